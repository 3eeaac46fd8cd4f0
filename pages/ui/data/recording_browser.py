"""One original recording, part by part: overview, detail, window boundaries."""

import streamlit as st

from data.recordings import Recordings
from pages.ui.common.state import Session
from synth.reporting import charts
from synth.runs.study import Study

FIRST_STRETCH_S = 20.0
MOST_BOUNDARIES = 40


def browse_recording(session: Session, recordings: Recordings, study: Study | None) -> None:
    """Show one original recording; dragging over the overview selects the part shown in detail."""
    index = recordings.index.assign(seconds=recordings.index["n"] / recordings.rate_hz)
    person, activity, series_box = st.columns(3)
    subject = person.selectbox("Person", recordings.subjects)
    activities = index.loc[index["subject"] == subject, "activity"].unique()
    chosen = activity.selectbox("Activity", sorted(activities))
    matching = index[(index["subject"] == subject) & (index["activity"] == chosen)].set_index("series")
    lengths_s = {str(name): float(seconds) for name, seconds in matching["seconds"].items()}
    series = series_box.selectbox("Recording", list(lengths_s))
    end_s = lengths_s[series]
    from_s, to_s = _stretch(session, recordings, series, end_s)
    boundaries = [] if study is None else _boundaries(study, series, from_s, to_s)
    try:
        drawn = charts.trace(recordings, series, from_s, to_s, boundaries_s=boundaries)
    except ValueError:
        st.info("There is no data in this part. Drag over another one.")
        return
    st.altair_chart(drawn, width="stretch")


def _boundaries(study: Study, series: str, from_s: float, to_s: float) -> list[float]:
    """Return where windows begin in the part shown; none where there are too many to see."""
    starts_s = study.windows.start[study.windows.series == series] / study.windows.rate_hz
    inside = starts_s[(starts_s >= from_s) & (starts_s <= to_s)]
    return inside.tolist() if len(inside) < MOST_BOUNDARIES else []


def _stretch(session: Session, recordings: Recordings, series: str, end_s: float) -> tuple[float, float]:
    """Show the overview and return the part to show in detail, in seconds."""
    key = f"overview {series}"
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
