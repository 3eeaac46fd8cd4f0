"""Data: bring recordings in, check them, cut windows."""

import pandas as pd
import streamlit as st

from data.errors import RecordingError
from data.readers import MAX_UPLOAD_MB
from data.recordings import Recordings
from data.tidy import to_recordings
from data.windows import WindowSettings
from pages.ui import cache, charts
from pages.ui.mapping_form import mapping_form
from pages.ui.shell import TRAIN, open_page, where_data_go
from pages.ui.state import Session


def choose_source(session: Session) -> None:
    """Offer the sample and an upload side by side."""
    sample, upload = st.columns(2, gap="large")
    with sample:
        st.markdown("**Real sample recordings**")
        st.caption("Ten people doing seven shoulder exercises with a watch: 50 Hz, 81 minutes.")
        if st.button("Use the sample", type="secondary" if session.recordings else "primary"):
            session.use(cache.sample())
            st.rerun()
    with upload:
        st.markdown("**Your own file**")
        file = st.file_uploader(
            f"CSV or Parquet, one row a sample, at most {MAX_UPLOAD_MB} MB",
            help="It needs columns for the person, the activity, the time, and one a measured channel. "
            f"{where_data_go()}",
        )
    if file is not None and session.note("loaded file") != file.file_id:
        load_upload(session, file)


def load_upload(session: Session, file) -> None:
    """Read an uploaded table, let the person correct what its columns mean, and use it."""
    try:
        with st.container(border=True), st.spinner(f"Reading {file.name} ..."):
            table = cache.uploaded_table(session.owner, file.file_id, file.name, file)
            st.dataframe(table.head(3), width="stretch", hide_index=True)
            mapping = mapping_form(table, key=file.file_id)
            if mapping is None or not st.button("Load these recordings", type="primary"):
                return
            session.use(to_recordings(table, mapping, name=file.name))
    except RecordingError as error:
        st.error(f"{error}\n\nWhat was loaded before is unchanged.")
        return
    session.take_note("loaded file", file.file_id)
    cache.uploaded_table.clear()
    st.rerun()


def summary(session: Session, recordings: Recordings) -> None:
    """Show what the recordings are in one line of figures."""
    st.subheader(recordings.name)
    figures = {
        "People": f"{len(recordings.subjects)}",
        "Activities": f"{len(recordings.activities)}",
        "Minutes": f"{recordings.duration_s / 60:.0f}",
        "Samples per second": f"{recordings.rate_hz:g}",
        "Channels": f"{len(recordings.channels)}",
    }
    for column, (label, value) in zip(st.columns(len(figures)), figures.items(), strict=True):
        column.metric(label, value)
    named = zip(recordings.channels, recordings.units, strict=True)
    st.caption("Channels: " + ", ".join(f"{name} ({unit})" if unit else name for name, unit in named))


def window_settings(session: Session) -> None:
    """Let the person choose how windows are cut, and say what comes of it."""
    now = session.window_settings
    length, overlap, draw, result = st.columns([3, 3, 2, 5], gap="medium")
    session.start_widget("seed", session.seed)
    session.start_widget("window length", now.duration_s)
    session.start_widget("window overlap", round(100 * now.overlap))
    with length:
        duration_s = st.number_input(
            "Window length in seconds", 0.2, 60.0, step=0.1, format="%g", key="window length",
            help="Everything is made and measured in windows of this length. 2.56 s is the field's habit.",
        )  # fmt: skip
    with overlap:
        percent = st.slider(
            "Overlap in %", 0, 90, step=5, key="window overlap",
            help="How much of a window the next one repeats. Overlapping windows never end up on both sides of a test.",
        )  # fmt: skip
    with draw:
        seed = st.number_input(
            "Seed", 0, 10_000, step=1, key="seed",
            help="Another seed draws other people to hold out, and starts every training and attack anew: "
            "a way to see how much the numbers depend on chance.",
        )  # fmt: skip
    chosen = WindowSettings(duration_s, percent / 100)
    if (chosen, seed) != (now, session.seed):
        session.window_settings, session.seed = chosen, int(seed)
        st.rerun()
    with result:
        try:
            split = session.study.split
        except RecordingError as error:
            st.error(str(error))
            return
        st.markdown(
            f"**{len(session.study.windows):,} windows:** {len(split.fit):,} to learn from, {len(split.fresh):,} of "
            f"the same people kept aside, {len(split.unseen):,} of {len(split.unseen.subjects)} people held out "
            f"entirely ({', '.join(split.unseen.subjects) or 'nobody'}), {split.n_in_gaps:,} in the gaps between them."
        )


def browse(session: Session, recordings: Recordings) -> None:
    """Show one raw recording, a stretch at a time."""
    index = cache.series_index(session.owner, recordings.fingerprint, recordings)
    person, activity, series_box, stretch = st.columns(4)
    subject = person.selectbox("Person", recordings.subjects)
    activities = index.loc[index["subject"] == subject, "activity"].unique()
    chosen = activity.selectbox("Activity", sorted(activities))
    matching = index[(index["subject"] == subject) & (index["activity"] == chosen)].set_index("series")
    series = series_box.selectbox("Recording", matching.index)
    end = float(matching.loc[series, "seconds"])
    from_s, to_s = (0.0, end)
    if end > 1:
        from_s, to_s = stretch.slider("Seconds", 0.0, end, (0.0, min(end, 20.0)), key=f"stretch {series}")
    step_s = session.window_settings.duration_s * (1 - session.window_settings.overlap)
    n_steps = int(end / step_s) + 1
    boundaries = [k * step_s for k in range(n_steps)] if (to_s - from_s) / step_s < 40 else []
    try:
        drawn = charts.trace(recordings, series, from_s, to_s, boundaries_s=boundaries)
    except ValueError:
        st.info("There is nothing between these two times. Move the ends of the slider apart.")
        return
    st.altair_chart(drawn, width="stretch")


def data_check(recordings: Recordings) -> None:
    """Show what was noticed while reading, one row a finding, with a download."""
    table = pd.DataFrame([vars(finding) for finding in recordings.findings])
    if table.empty:
        st.success("Nothing unusual was found.")
        return
    table["severity"] = table["severity"].map({"note": "ⓘ for information", "warning": "⚠ please look"})
    st.dataframe(table, hide_index=True, width="stretch")
    st.download_button(
        "Download the data check (CSV)", table.to_csv(index=False), "data_check.csv", "text/csv"
    )


session = open_page(
    "Data", "Bring recordings of several people doing several activities, and check what they are."
)
with st.expander("Load other recordings") if session.recordings else st.container():
    choose_source(session)
if session.recordings is not None:
    summary(session, session.recordings)
    window_settings(session)
    coverage_tab, trace_tab, check_tab, delete_tab = st.tabs(
        ["Who did what", "Look at a recording", "Data check", "Delete my data"]
    )
    with coverage_tab:
        st.altair_chart(charts.coverage(session.recordings), width="stretch")
    with trace_tab:
        browse(session, session.recordings)
    with check_tab:
        data_check(session.recordings)
    with delete_tab:
        st.markdown("Deletes the recordings and all models, versions, drawings and reports made from them.")
        if st.checkbox("Yes, I want to delete everything") and st.button("Delete my data"):
            session.delete_everything()
            st.rerun()
    st.page_link(TRAIN, label="Next: make shareable versions", icon=":material/arrow_forward:")
