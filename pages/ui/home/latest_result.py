"""What has been found so far, on the home page: which version to share, the map of all, and where to go on."""

from collections.abc import Mapping

import streamlit as st

from data.errors import PenumbraError
from pages.ui.common.chart_panel import show_chart
from pages.ui.common.page_frame import TRADEOFFS
from pages.ui.common.state import Session
from pages.ui.tradeoffs.goal_panel import GOAL, show_answer
from synth.audit.goal import Goal
from synth.audit.report import Report, beside_originals
from synth.reporting import charts
from synth.reporting.advice import decide_among


def reports_so_far(session: Session) -> Mapping[str, Report]:
    """Return the reports about the loaded recordings by key of the version; none where there are no recordings."""
    try:
        study = session.data.study
    except PenumbraError:  # the pages that need them say why
        return {}
    return {} if study is None else beside_originals(session.repository.reports(study))


def latest_result(session: Session, reports: Mapping[str, Report]) -> None:
    """Say which version to share by the goal that was chosen last, and show what each gives away as a map."""
    st.header("Latest result")
    show_answer(session, decide_among(reports, session.tab.get(GOAL, Goal())), reports)
    st.page_link(TRADEOFFS, label="All questions, other goals, downloads", icon=":material/arrow_forward:")
    ordered = list(reports.values())
    chart = charts.tradeoff(ordered, [report.name for report in ordered]).chart
    if chart is not None:
        show_chart(chart, key="latest result")
