"""Loading recordings: choose files, watch them being read, say what the columns mean."""

from collections.abc import Callable
from pathlib import PurePosixPath

import streamlit as st

from data.errors import RecordingError
from data.readers import extensions
from data.readers.catalogue import summary
from data.readers.files import MAX_FILE_MB, MAX_TOTAL_MB
from pages.ui.common import cache
from pages.ui.common.markdown import literal
from pages.ui.common.page_frame import data_location_notice
from pages.ui.common.state import Session
from pages.ui.data.allowed_folders import AllowedFolders, folder_of
from pages.ui.data.column_names_form import name_columns
from pages.ui.data.mapping_form import mapping_form, preparation_form
from synth.core.errors import StoreError
from synth.runs.upload_process import Intake

POLL_S = 0.7
FILES, FOLDER, PATH = "Files or a ZIP", "A folder", "On this computer"


def show_upload(session: Session) -> None:
    """Show the upload in progress, or offer to choose files."""
    intake = session.uploads.current
    if intake is None:
        _choose(session)
        return
    status = intake.status
    if status in ("reading", "converting"):
        _watch(session, intake, status)
    elif status == "failed" and intake.rows_without_names:
        name_columns(session, intake)
    elif status == "failed":
        _failed(session, intake)
    elif status == "kept":
        session.data.use_kept(intake.recordings_key)
        session.uploads.end()
        st.rerun()
    else:
        _ask(session, intake)


def _choose(session: Session) -> None:
    sample, own = st.columns([2, 5], gap="large")
    with sample:
        st.markdown("**Real sample recordings**")
        st.caption("Ten people doing seven shoulder exercises with a smartwatch: 50 Hz, 81 minutes.")
        if st.button("Use the sample", type="secondary" if session.data.recordings else "primary"):
            session.data.use(cache.sample())
            st.rerun()
    with own:
        st.markdown("**Your own recordings**")
        ways = [FILES, FOLDER, *([PATH] if session.is_local else [])]
        way = st.segmented_control(
            "From where", ways, default=FILES, label_visibility="collapsed", key="way in"
        )
        if way == PATH:
            _from_path(session)
        else:
            _from_upload(session, folder=way == FOLDER)
        st.caption(
            "One table, one file per person or recording, or the folder of a device or public data set as downloaded. "
            f"{data_location_notice()}",
            help=summary(),
        )


def _from_upload(session: Session, *, folder: bool) -> None:
    generation = session.tab.get("upload generation", 0)
    uploads = st.file_uploader(
        f"CSV, Excel, Parquet, MATLAB, EDF and others; at most {MAX_FILE_MB} MB per file",
        accept_multiple_files="directory" if folder else True,
        key=f"upload {folder} {generation}",
        help=f"Extensions: {', '.join(extensions())}. Files are recognised by their content, not their name.",
    )
    if not uploads:
        return
    total_mb = sum(upload.size for upload in uploads) / 2**20
    if total_mb > MAX_TOTAL_MB:
        st.error(f"These files are {total_mb:,.0f} MB in total; the limit is {MAX_TOTAL_MB:,} MB.")
        return
    names = [upload.name for upload in uploads]
    top = PurePosixPath(names[0]).parts[0]
    name = (
        top
        if len(names) == 1 or all(PurePosixPath(n).parts[0] == top for n in names)
        else f"{len(names)} files"
    )
    # A new uploader: the old one would hand over the same files again.
    session.tab.keep("upload generation", generation + 1)
    files = [(upload.name, upload) for upload in uploads]
    if _begun(session, lambda intake: intake.read_uploads(files, name)):
        st.rerun()


def _from_path(session: Session) -> None:
    path = st.text_input(
        "Path of a file, a ZIP or a folder", key="path in", placeholder="/home/me/recordings",
        help="For recordings that are too large to upload: they are read in place.",
    ).strip()  # fmt: skip
    folders = AllowedFolders(session.workspace)
    folder = folder_of(path) if path else None
    may_read = folder is not None and folders.allow(folder)
    if path and folder is None:
        st.error("This is no path of this computer. Check it.")
    if folder is not None and not may_read:
        may_read = st.checkbox(
            f"Penumbra may read recordings in {literal(str(folder))} and the folders in it",
            key=f"may read {folder}",
        )
    if st.button("Read", disabled=not may_read) and folder is not None:
        folders.add(folder)
        if _begun(session, lambda intake: intake.read_path(path)):
            st.rerun()


def _begun(session: Session, read: Callable[[Intake], None]) -> bool:
    """Begin to read files; return whether that worked. What went wrong is said on the page."""
    try:
        session.uploads.begin(read)
    except StoreError as error:
        st.error(literal(str(error)))
        return False
    return True


def _watch(session: Session, intake: Intake, status: str) -> None:
    @st.fragment(run_every=POLL_S)
    def live() -> None:
        if intake.status != status:
            st.rerun()
        with st.container(border=True):
            words, button = st.columns([5, 1], vertical_alignment="center")
            with words:
                st.progress(*_how_far(intake, status))
            if button.button("Stop", key="stop intake", width="stretch"):
                session.uploads.end()
                st.rerun()

    live()


def _how_far(intake: Intake, status: str) -> tuple[float, str]:
    if status == "converting":
        return 0.9, f"**{literal(intake.name)}** · checking, resampling and saving"
    progress = intake.progress
    if progress is None or progress.total <= 1:
        return 0.0, f"**{literal(intake.name)}** · reading"
    left = progress.seconds_left
    remaining = "" if left is None else f", about {left:.0f} s left"
    share = progress.done / progress.total
    return (
        share,
        f"**{literal(intake.name)}** · {literal(progress.text)}, {progress.done:,} of {progress.total:,}{remaining}",
    )


def _failed(session: Session, intake: Intake) -> None:
    kept = " What was loaded before is unchanged." if session.data.recordings is not None else ""
    st.error(f"**{literal(intake.name)}** could not be loaded. {literal(intake.error)}{kept}")
    again, other = st.columns([1, 4]) if intake.can_choose_again else (None, st.container())
    if again is not None and again.button("Change the settings", type="primary"):
        intake.back_to_choosing()
        st.rerun()
    if other.button("Choose other files"):
        session.uploads.end()
        st.rerun()


def _ask(session: Session, intake: Intake) -> None:
    table = intake.table()
    mapped, prepared = intake.chosen or (None, None)
    key = f"intake {id(intake)} {mapped is None}"
    with st.container(border=True):
        what = f"Recognised as **{table.layout}**" if table.layout else "Read as an ordinary table"
        several = f" from {len(table.parts):,} files" if len(table.parts) > 1 else ""
        st.markdown(f"**{literal(intake.name)}** · {what}: {intake.n_rows():,} rows{several}.")
        st.dataframe(table.frame.head(3), width="stretch", hide_index=True)
        try:
            mapping = mapping_form(table, mapped, key=key)
        except RecordingError as error:
            st.error(literal(str(error)))
            mapping = None
        preparation = preparation_form(prepared, key=key)
        load, cancel = st.columns([1, 4])
        wanted = load.button(
            "Load these recordings", type="primary", disabled=mapping is None, width="stretch"
        )
        if wanted and mapping is not None:
            intake.convert(mapping, preparation)
            st.rerun()
        if cancel.button("Cancel"):
            session.uploads.end()
            st.rerun()
