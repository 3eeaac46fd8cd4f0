"""What has been found so far, on the home page: which version to share, the map of all, and where to go on."""

from collections.abc import Mapping

import streamlit as st

from data.errors import PenumbraError
from pages.ui.common.beforehand import beforehand_notice
from pages.ui.common.chart_panel import names_of_all, show_chart
from pages.ui.common.markdown import literal
from pages.ui.common.page_frame import TRADEOFFS, link
from pages.ui.common.state import Session
from pages.ui.tradeoffs.goal_panel import GOAL, show_answer
from synth.audit.goal import Goal
from synth.audit.report import Report, beside_originals
from synth.reporting import charts
from synth.reporting.advice import decide_among
from synth.runs.study import Study


def study_and_reports(session: Session) -> tuple[Study | None, Mapping[str, Report]]:
    """Return what is loaded, and the reports about it by key of the version; `None` and none before that."""
    try:
        study = session.data.study
    except PenumbraError:  # the pages that need it say why
        return None, {}
    return study, {} if study is None else beside_originals(session.repository.reports(study))


def latest_result(session: Session, study: Study, reports: Mapping[str, Report]) -> None:
    """Say which version to share, and show what each gives away as a map.

    The goal is that of Trade-offs in this browser tab, or the usual one.
    """
    st.header("Latest result")
    goal = session.tab.get(GOAL, Goal())
    st.caption(literal(goal.in_words))
    show_answer(session, decide_among(reports, goal), reports)
    beforehand_notice(session, study)
    link(session, TRADEOFFS, "All questions, other goals, downloads", icon=":material/arrow_forward:")
    drawing = charts.tradeoff(list(reports.values()), names_of_all(session, study, reports))
    for note in drawing.notes:
        st.caption(f":material/info: {literal(note)}")
    if drawing.chart is not None:
        show_chart(drawing.chart, key="latest result")
