"""One original recording, part by part: overview, detail, window boundaries."""

from collections.abc import Sequence

import streamlit as st

from data.recordings import Recordings
from pages.ui.common.state import Session
from synth.reporting import charts
from synth.runs.study import Study

FIRST_STRETCH_S = 20.0
MOST_BOUNDARIES = 40


def browse_recording(session: Session, recordings: Recordings, study: Study | None) -> None:
    """Show one original recording; dragging over the overview selects the part shown in detail."""
    _, series, end_s = choose_series(recordings, key="view")
    from_s, to_s = choose_stretch(session, recordings, series, end_s, key="view")
    boundaries = [] if study is None else _boundaries(study, series, from_s, to_s)
    show_stretch(recordings, series, from_s, to_s, boundaries)


def choose_series(recordings: Recordings, *, key: str) -> tuple[str, str, float]:
    """Let the person choose an uninterrupted recording.

    Args:
        recordings: What was loaded.
        key: Prefix of the widgets' keys.

    Returns:
        The person recorded, the name of the series and its length in seconds.
    """
    index = recordings.index.assign(seconds=recordings.index["n"] / recordings.rate_hz)
    person, activity, series_box = st.columns(3)
    subject = person.selectbox("Person", recordings.subjects, key=f"{key} person")
    activities = index.loc[index["subject"] == subject, "activity"].unique()
    chosen = activity.selectbox("Activity", sorted(activities), key=f"{key} activity")
    matching = index[(index["subject"] == subject) & (index["activity"] == chosen)].set_index("series")
    lengths_s = {str(name): float(seconds) for name, seconds in matching["seconds"].items()}
    series = series_box.selectbox("Recording", list(lengths_s), key=f"{key} series")
    return subject, series, lengths_s[series]


def show_stretch(
    recordings: Recordings, series: str, from_s: float, to_s: float, boundaries_s: Sequence[float] = ()
) -> None:
    """Show a stretch of one series in detail."""
    try:
        drawn = charts.trace(recordings, series, from_s, to_s, boundaries_s=boundaries_s)
    except ValueError:
        st.info("There is no data in this part. Drag over another one.")
        return
    st.altair_chart(drawn, width="stretch")


def _boundaries(study: Study, series: str, from_s: float, to_s: float) -> list[float]:
    """Return where windows begin in the part shown; none where there are too many to see."""
    starts_s = study.windows.start[study.windows.series == series] / study.windows.rate_hz
    inside = starts_s[(starts_s >= from_s) & (starts_s <= to_s)]
    return inside.tolist() if len(inside) < MOST_BOUNDARIES else []


def choose_stretch(
    session: Session, recordings: Recordings, series: str, end_s: float, *, key: str
) -> tuple[float, float]:
    """Show the overview and return the part that was dragged over, in seconds.

    Args:
        session: Remembers it.
        recordings: What was loaded.
        series: Which uninterrupted recording.
        end_s: Its length.
        key: Prefix of the widget's key.
    """
    key = f"{key} overview {series}"
    remembered = session.tab.get(key, (0.0, min(end_s, FIRST_STRETCH_S)))
    event = st.altair_chart(
        charts.overview(recordings, series, *remembered), width="stretch", key=key, on_select="rerun"
    )
    dragged = event.selection.get("stretch", {}).get("x") if event else None
    if not dragged:
        return remembered
    stretch = (max(0.0, float(min(dragged))), min(end_s, float(max(dragged))))
    if stretch[1] - stretch[0] < 2 / recordings.rate_hz:
        return remembered
    if stretch != remembered:
        session.tab.keep(key, stretch)
        st.rerun()
    return stretch
