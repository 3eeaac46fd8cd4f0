"""Data: load recordings, check them, assign roles, cut windows."""

import pandas as pd
import streamlit as st

from data.errors import RecordingError
from data.export.csv import to_csv
from data.plurals import counted
from data.recordings import Recordings
from data.splits import SplitSettings
from data.windows import WindowSettings
from pages.ui.common import cache
from pages.ui.common.markdown import literal
from pages.ui.common.page_frame import TRAIN, open_page
from pages.ui.common.state import Session
from pages.ui.data.label_panel import label_panel
from pages.ui.data.recording_browser import browse_recording
from pages.ui.data.roles_form import roles_form
from pages.ui.data.upload_panel import show_upload
from synth.core.figures import percent
from synth.reporting import charts
from synth.runs.study import Study

DELETED = "what was deleted"
SEVERITIES = {"note": "Note", "warning": "Warning"}


def summary(recordings: Recordings) -> None:
    """Show the main figures of the recordings in one row."""
    st.header(literal(recordings.name))
    figures = {
        "People": f"{len(recordings.subjects)}",
        "Activities": f"{len(recordings.activities)}",
        "Minutes": _minutes(recordings.duration_s),
        "Samples per second": f"{recordings.rate_hz:g}",
        "Channels": f"{len(recordings.channels)}",
        "Warnings": f"{sum(finding.severity == 'warning' for finding in recordings.findings)}",
    }
    for column, (label, value) in zip(st.columns(len(figures)), figures.items(), strict=True):
        column.metric(label, value, help="See the data check below" if label == "Warnings" else None)
    named = zip(recordings.channels, recordings.units, strict=True)
    listed = ", ".join(f"{name} ({unit})" if unit else name for name, unit in named)
    st.caption(f"Channels: {literal(listed)}")
    if recordings.filled is not None:
        st.caption(
            f"{percent(recordings.share_filled)} of the samples were missing and were filled in: "
            f"{literal(recordings.filled_by)}."
        )


def _minutes(seconds: float) -> str:
    """Return minutes, with tenths where there are few."""
    minutes = seconds / 60
    return f"{minutes:,.0f}" if minutes >= 10 else f"{minutes:.1f}"


def window_settings(session: Session) -> Study | None:
    """Let the user choose how windows are cut and split, and show the result."""
    now, shares = session.data.window_settings, session.data.shares
    first = {
        "seed": session.data.seed,
        "window length": now.duration_s,
        "window overlap": round(100 * now.overlap),
        "held out": round(100 * shares.held_out),
        "kept aside": round(100 * shares.fresh),
    }
    for key, value in first.items():
        session.tab.start_widget(key, value)
    length, overlap, held_out, kept_aside, draw = st.columns(5, gap="medium")
    with length:
        duration_s = st.number_input(
            "Window length in seconds", 0.2, 60.0, step=0.1, format="%g", key="window length",
            help="All versions are made and measured in windows of this length. 2.56 s is common in the field.",
        )  # fmt: skip
    with overlap:
        percent = st.slider(
            "Overlap in %", 0, 90, step=5, key="window overlap",
            help="How much consecutive windows overlap. Overlapping windows never end up on both sides of a test.",
        )  # fmt: skip
    with held_out:
        unseen = st.slider(
            "Unseen people in %", 0, 80, step=5, key="held out",
            help="No method learns from these people. They show whether a version works for people it has never seen, "
            "and whether it reveals who took part.",
        )  # fmt: skip
    with kept_aside:
        fresh = st.slider(
            "Unused time in %", 10, 80, step=5, key="kept aside",
            help="This share of the other people's recordings is reserved for tests; no method learns from it.",
        )  # fmt: skip
    with draw:
        seed = st.number_input(
            "Seed", 0, 10_000, step=1, key="seed",
            help="A different seed selects different unseen people and repeats every training and attack: "
            "this shows how much the numbers depend on chance.",
        )  # fmt: skip
    chosen = (WindowSettings(duration_s, percent / 100), SplitSettings(unseen / 100, fresh / 100), int(seed))
    if chosen != (now, shares, session.data.seed):
        session.data.window_settings, session.data.shares, session.data.seed = chosen
        st.rerun()
    try:
        study = session.data.study
    except RecordingError as error:
        st.error(literal(str(error)))
        return None
    if study is None:
        return None
    split = study.split
    people = split.unseen.subjects
    who = literal(", ".join(people[:12])) + (" ..." if len(people) > 12 else "")
    unseen = counted(len(people), "unseen person", "unseen people")
    unseen_windows = f"{len(split.unseen):,} of {unseen} ({who})" if people else "none of unseen people"
    st.markdown(
        f"**{len(study.windows):,} windows:** {len(split.fit):,} used, {len(split.fresh):,} from unused time of the "
        f"same people, {unseen_windows}, {split.n_in_buffers:,} left out at the borders between used and unused time."
    )
    return study


def coverage_and_balance(recordings: Recordings) -> None:
    """Show who did what for how long, and what is known about the people."""
    st.altair_chart(charts.coverage(recordings), width="stretch")
    st.altair_chart(charts.balance(recordings), width="stretch")
    if not recordings.attributes.columns.empty:
        st.markdown("**About the people**")
        st.dataframe(recordings.attributes, width="stretch")


def data_check(recordings: Recordings) -> None:
    """Show the findings of reading, one row each, with a download."""
    table = pd.DataFrame([vars(finding) for finding in recordings.findings])
    if table.empty:
        st.success("Nothing unusual was found.")
        return
    table = table.assign(severity=table["severity"].map(SEVERITIES))
    table.columns = ["Severity", "Where", "Finding", "What was done, or what to do"]
    with st.container(height=460 if len(table) > 7 else "content", border=False):
        st.table(table.map(literal).set_index("Severity"))
    st.download_button("Download the data check (CSV)", to_csv(table), "data_check.csv", "text/csv")


def frequencies(session: Session, study: Study) -> None:
    """Show the spectrum of one sensor by activity."""
    spectra = cache.spectra_of(session.owner, study.key, study.windows)
    sensors: list[str] = list(dict.fromkeys(spectra["sensor"]))
    sensor = st.selectbox("Sensor", sensors)
    st.altair_chart(charts.spectrum(spectra, sensor), width="stretch")


def delete(session: Session) -> None:
    """Offer to delete everything."""
    st.markdown("Deletes the recordings and all models, versions, drawings and reports made from them.")
    if st.checkbox("Yes, I want to delete everything") and st.button("Delete my data"):
        session.tab.keep(DELETED, session.delete_everything().lines)
        st.rerun()


def what_was_deleted(session: Session) -> None:
    """List what was deleted, once; what could not be, too."""
    lines = session.tab.get(DELETED, [])
    session.tab.keep(DELETED, None)
    if lines:
        listed = "\n".join(f"- {literal(line)}" for line in lines)
        st.info(f"Your data were deleted.\n{listed}", icon=":material/delete:")


session = open_page("Data", "Load recordings of several people doing several activities, and check them.")
what_was_deleted(session)
on_the_way = session.uploads.current is not None
recordings = session.data.recordings
with (
    st.expander("Load other recordings", expanded=on_the_way)
    if recordings is not None and not on_the_way
    else st.container()
):
    show_upload(session)
if recordings is not None and not on_the_way:
    summary(recordings)
    study = window_settings(session)
    names = ["Who did what", "Label activities", "Unseen people", "View a recording", "Frequencies",
             "What to keep and hide", "Data check", "Delete my data"]  # fmt: skip
    what, labels, split, raw, spectra, roles, check, deletion = st.tabs(names)
    with what:
        coverage_and_balance(recordings)
    with labels:
        label_panel(session, recordings)
    with split:
        if study is not None:
            rows = cache.timeline_of(session.owner, study.key, recordings, study.split)
            st.altair_chart(charts.split_picture(rows), width="stretch")
    with raw:
        browse_recording(session, recordings, study)
    with spectra:
        if study is not None:
            frequencies(session, study)
    with roles:
        roles_form(session)
    with check:
        data_check(recordings)
    with deletion:
        delete(session)
    st.page_link(TRAIN, label="Next: make shareable versions", icon=":material/arrow_forward:")
elif not on_the_way and not session.repository.store.is_empty:
    with st.expander("Delete my data"):
        delete(session)
