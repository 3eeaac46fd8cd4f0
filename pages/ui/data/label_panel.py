"""Give recordings activities afterwards: from a table of times, by marking a trace, or by naming kinds of movement."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from data.errors import RecordingError
from data.labels import COLUMNS, LabelSpans, propose, read_labels, with_labels
from data.readers.files import one_file
from data.recordings import Recordings
from pages.ui.common.markdown import literal
from pages.ui.common.state import Session
from pages.ui.common.widgets import button
from pages.ui.data.recording_browser import choose_series, choose_stretch, show_stretch
from synth.reporting import charts

TABLE, MARKS, KINDS = "From a table of times", "By marking a trace", "By naming kinds of movement"
MARKED = "marks"  # note of the workspace
LABELLED = ", labelled"  # in the name of recordings whose activities were given afterwards
AUTOMATIC = "as many as the data support"


def label_panel(session: Session, recordings: Recordings) -> None:
    """Offer the three ways, and the way back."""
    origin = session.repository.labelled_from(str(session.data.recordings_key))
    if origin:
        st.info("These recordings were given activities here. The recordings before that are still stored.")
        button(session, "Go back to the recordings before", lambda: _use(session, origin))
    st.markdown(
        "Recordings are cut wherever the activity changes; samples that no label covers keep the activity they have "
        f"({literal(', '.join(recordings.activities[:6]))})."
    )
    way = st.radio(
        "How do you want to label the activities?",
        [TABLE, MARKS, KINDS],
        horizontal=True,
        key="way of labels",
    )
    {TABLE: _from_table, MARKS: _by_marking, KINDS: _by_kinds}[way](session, recordings)


def _from_table(session: Session, recordings: Recordings) -> None:
    st.caption(
        "A diary, or an export of ELAN, BORIS, GGIR (night summary), BIDS or EDF+: one line per stretch, with start, "
        "end (or duration), activity and, if there are several people, the person. Times count from the start of each "
        "person's recording, in seconds or as h:mm:ss, or are dates with times of day."
    )
    upload = st.file_uploader("Table of labels (CSV, TSV, Excel, EDF+)", key="labels in")
    shift_s = st.number_input(
        "Shift of the labels in seconds", value=0.0, step=1.0, key="shift of labels",
        help="Added to all times of the table. If its clock is an hour behind that of the recordings, write 3600.",
    )  # fmt: skip
    if upload is None:
        return
    try:
        spans = read_labels(one_file(upload.getvalue(), upload.name))
        labelled = with_labels(recordings, spans, shift_s=shift_s)
    except RecordingError as error:
        st.error(literal(str(error)))
        return
    for finding in labelled.findings[len(recordings.findings) :]:
        (st.warning if finding.severity == "warning" else st.markdown)(
            literal(f"{finding.found}. {finding.done}")
        )
    st.altair_chart(charts.coverage(labelled), width="stretch")
    button(session, "Use these labels", lambda: _keep(session, labelled), type="primary")


def _by_marking(session: Session, recordings: Recordings) -> None:
    """Let the person drag over a trace and say what was done there."""
    person, series, end_s = choose_series(recordings, key="mark")
    from_s, to_s = choose_stretch(session, recordings, series, end_s, key="mark")
    show_stretch(recordings, series, from_s, to_s)
    marks = _marks(session)
    known = sorted({*recordings.activities, *marks["activity"]})
    name, add = st.columns([3, 1], vertical_alignment="bottom")
    activity = name.selectbox(
        f"What was done from {from_s:.1f} to {to_s:.1f} s?", known, index=None, accept_new_options=True,
        key="activity of mark", placeholder="Choose, or write a new activity",
    )  # fmt: skip
    mark = {
        "subject": person,
        "series": series,
        "begin_s": from_s,
        "end_s": to_s,
        "activity": str(activity or "").strip(),
    }
    with add:
        button(session, "Mark this stretch", lambda: _mark(session, mark), disabled=not mark["activity"])
    if marks.empty:
        st.caption("Nothing is marked yet.")
        return
    st.dataframe(
        marks.rename(
            columns={"subject": "person", "series": "recording", "begin_s": "from s", "end_s": "to s"}
        ),
        hide_index=True,
        width="stretch",
    )
    use, undo, _ = st.columns([2, 2, 3])
    with undo:
        button(session, "Take the last mark away", lambda: _note_marks(session, marks.iloc[:-1]))
    with use:
        button(
            session, "Use these marks",
            lambda: _use_spans(session, recordings, "Marks on the trace", marks), type="primary",
        )  # fmt: skip


def _by_kinds(session: Session, recordings: Recordings) -> None:
    st.caption(
        "The signals are cut into stretches of 5 s and grouped by level, strength and pace of movement; kind 1 is the "
        "quietest. Nothing says what people did: look at examples of each kind (View a recording), and name it."
    )
    wanted = st.selectbox("Kinds of movement", [AUTOMATIC, *range(2, 9)], key="kinds of labels")
    try:
        with st.spinner("Looking for kinds of movement ..."):
            spans = _proposal(session, recordings, None if wanted == AUTOMATIC else int(wanted))
    except RecordingError as error:
        st.error(literal(str(error)))
        return
    st.altair_chart(charts.label_spans(recordings, spans), width="stretch")
    minutes = (spans.table["end_s"] - spans.table["begin_s"]).groupby(spans.table["activity"]).sum() / 60
    longest = spans.table.assign(length=spans.table["end_s"] - spans.table["begin_s"]).nlargest(
        len(spans), "length"
    )
    first = longest.drop_duplicates("activity").set_index("activity")
    shown = pd.DataFrame(
        {
            "kind": minutes.index,
            "minutes": minutes.round(1).to_numpy(),
            "an example": [
                f"{first.at[k, 'series']}, from {first.at[k, 'begin_s']:.0f} s" for k in minutes.index
            ],
            "activity": minutes.index,
        }
    )
    named = st.data_editor(
        shown,
        hide_index=True,
        width="stretch",
        disabled=["kind", "minutes", "an example"],
        key=f"names of kinds {wanted}",
    )
    names = {
        kind: str(name or "").strip() or kind
        for kind, name in zip(named["kind"], named["activity"], strict=True)
    }
    table = spans.table.assign(activity=spans.table["activity"].map(names))
    button(
        session, "Use these activities",
        lambda: _use_spans(session, recordings, "Kinds of movement", table), type="primary",
    )  # fmt: skip


def _proposal(session: Session, recordings: Recordings, n_kinds: int | None) -> LabelSpans:
    """Return the proposal, computed once for each tab."""
    key = f"proposal {session.data.recordings_key} {n_kinds}"
    known = session.tab.get(key)
    if known is None:
        known = propose(recordings, n_kinds, seed=session.data.seed)
        session.tab.keep(key, known)
    return known


def _marks(session: Session) -> pd.DataFrame:
    """Return the marks on these recordings; whatever else stands in the workspace is not looked at."""
    noted = session.workspace.get(MARKED, {})
    listed = noted.get(str(session.data.recordings_key), []) if isinstance(noted, Mapping) else []
    marks = [mark for mark in listed if _is_mark(mark)] if isinstance(listed, list) else []
    return pd.DataFrame(marks, columns=list(COLUMNS))


def _is_mark(noted: Any) -> bool:
    if not isinstance(noted, Mapping) or set(noted) != set(COLUMNS):
        return False
    times = (noted["begin_s"], noted["end_s"])
    return all(isinstance(time, float | int) for time in times) and times[0] < times[1]


def _use_spans(session: Session, recordings: Recordings, name: str, table: pd.DataFrame) -> bool:
    try:
        labelled = with_labels(recordings, LabelSpans(name, table))
    except RecordingError as error:
        st.error(literal(str(error)))
        return False
    return _keep(session, labelled)


def _mark(session: Session, mark: Mapping[str, Any]) -> bool:
    _note_marks(session, pd.concat([_marks(session), pd.DataFrame([mark])], ignore_index=True))
    return True


def _note_marks(session: Session, marks: pd.DataFrame) -> bool:
    others = session.workspace.get_now(MARKED, {})
    others = others if isinstance(others, Mapping) else {}
    session.workspace.keep(MARKED, {**others, str(session.data.recordings_key): marks.to_dict("records")})
    return True


def _keep(session: Session, labelled: Recordings) -> bool:
    """Keep recordings with their new activities, and work on them."""
    name = labelled.name.removesuffix(LABELLED) + LABELLED
    session.data.use(replace(labelled, name=name), labelled_from=str(session.data.recordings_key))
    return True


def _use(session: Session, key: str) -> bool:
    session.data.use_kept(key)
    return True
