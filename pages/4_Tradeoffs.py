"""Trade-offs: every version against every attacker, as charts, with intervals, chance and ceilings."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from pages.ui.common.beforehand import beforehand_notice
from pages.ui.common.chart_panel import names_of_all, show, show_chart
from pages.ui.common.earlier_versions import earlier_versions, warn_of_mixed_versions
from pages.ui.common.page_frame import TRAIN, need_study, open_page
from pages.ui.common.progress import interrupted_panel, jobs_panel, start
from pages.ui.common.state import Session
from pages.ui.common.widgets import button, show_table
from pages.ui.tradeoffs import address
from pages.ui.tradeoffs.downloads import downloads
from pages.ui.tradeoffs.goal_panel import GOAL, ask_goal, show_answer
from pages.ui.tradeoffs.guessing_game import guessing_game
from pages.ui.tradeoffs.import_release import import_release
from pages.ui.tradeoffs.strength_panel import strength_panel
from pages.ui.tradeoffs.sweep_panel import sweep_section
from pages.ui.tradeoffs.verdict_board import controls, sentences, verdict_board
from synth.audit.question import question_of, questions
from synth.audit.report import Effort, Report, beside_originals
from synth.reporting import charts
from synth.reporting.advice import decide_among
from synth.runs.study import Study

GOAL_OF_PAGE = "goal of the page"
SHARES = ("value", "low", "high", "chance", "ceiling")


def measure_rest(session: Session, study: Study, releases: Mapping[str, Mapping[str, Any]]) -> None:
    """Offer to measure the versions that have no report yet, and to measure thoroughly."""
    quick, thorough = st.columns([3, 1])
    open_ones = [key for key in releases if session.background.to_measure(study, key)]
    missing = [key for key in open_ones if session.repository.report(study, key, "thorough") is None]
    if missing:
        counted = "1 version" if len(missing) == 1 else f"{len(missing)} versions"
        button(
            session, f"Measure {counted}", lambda: measure(session, study, missing, "quick"),
            key="measure missing", place=quick, type="primary",
        )  # fmt: skip
    if not all(session.background.to_measure(study, key, "thorough") is False for key in releases):
        with thorough.popover("Measure thoroughly", width="stretch"):
            st.markdown(
                "Uses more attackers and runs each of them several times. This takes many minutes for the first "
                "version and less for later ones. You can stop it, and keep working in the meantime."
            )
            offered = [key for key in releases if session.background.to_measure(study, key, "thorough")]
            chosen = st.multiselect("Versions", offered, format_func=lambda key: releases[key]["name"])
            button(
                session, "Start", lambda: measure(session, study, chosen, "thorough"),
                key="measure thoroughly", disabled=not chosen,
            )  # fmt: skip


def measure(session: Session, study: Study, keys: Sequence[str], effort: Effort) -> bool:
    """Start measuring versions; return whether all could be started. Errors are shown on the page."""
    begun = [
        start(lambda key=key: session.background.measure(study, key, effort), "Already measured.")
        for key in keys
    ]
    return all(begun)


@st.fragment
def goal_and_answer(session: Session, reports: Mapping[str, Report]) -> None:
    """Ask for the goal, and answer by a sentence and the board at once; then the rest of the page follows."""
    decision = decide_among(reports, ask_goal(reports))
    session.tab.keep(GOAL, decision.goal)
    address.remember_address(session)
    show_answer(session, decision, reports)
    verdict_board(reports, decision)
    st.caption("Hover over a verdict, or click it, for its reason.")
    if session.tab.get(GOAL_OF_PAGE, decision.goal) != decision.goal:  # downloads warn by the goal, too
        st.rerun()


def one_question(session: Session, reports: Sequence[Report], names: Sequence[str], content_key: str) -> None:
    """Show verdicts, charts, tables and checks of the chosen question."""
    asked = list(questions())
    chosen = st.segmented_control(
        "Question",
        asked,
        default=asked[0],
        format_func=lambda key: question_of(key).title,
        key=address.QUESTION,
        label_visibility="collapsed",
        required=True,
        bind="query-params",
    )
    key = chosen or asked[0]  # an address may say that none is
    question = question_of(key)
    st.header(question.title, help=f"Technical term: {question.term}.")
    sentences(reports, key)
    show(session, charts.question_chart(key, reports, names), key, content_key)
    for name in question.charts:
        drawing = charts.CHARTS[name](reports, names, session.data.roles)
        show(session, drawing, name.replace(" ", "_"), content_key)
    for name in question.tables:
        table = charts.TABLES[name](reports)
        if table is not None:
            st.dataframe(table, hide_index=True, width="stretch")
    if question.pictures:
        pictures(reports, key)
    controls(reports, key)
    left_out = sorted({title for report in reports for title in report.not_run})
    if left_out:
        st.caption(f"Measured only in a thorough run: {'; '.join(left_out)}.")


def pictures(reports: Sequence[Report], question: str) -> None:
    """Show the pictures of one version."""
    named = {report.name: report for report in reports if question in report.exhibits}
    if not named:
        return
    chosen = st.selectbox("Version shown", list(named), key=f"look at {question}")
    for name in question_of(question).pictures:
        chart = charts.PICTURES[name](named[chosen])
        if chart is not None:
            show_chart(chart, key=f"{question} {chosen} {name}")


def details(report: Report) -> None:
    """Show every number and every known-answer check of one version."""
    frame = report.to_frame().drop(columns="release")
    frame["tier"] = [question_of(r.question).tier_in_words(r.tier) for r in report.results]
    show_table(frame, SHARES)
    st.markdown("**Known-answer checks** of the same attackers")
    controls = pd.DataFrame([vars(control) for control in report.controls])
    show_table(controls, SHARES)
    st.json({"release": dict(report.release), "data": dict(report.data), "seed": report.seed}, expanded=False)


def what_to_do_first(made: bool) -> None:
    """Say how to get a first report."""
    if made:
        st.info("The first report appears here as soon as it is measured.")
        return
    st.info(
        "There is no version to measure yet. Make one (added noise takes a second), import one below, or compare "
        "methods at different strengths."
    )
    st.page_link(TRAIN, label="Make a shareable version")


def before_the_first_report(session: Session, study: Study) -> None:
    """Offer what works without a version."""
    outside, one_dial, strengths = st.tabs(["Import a version", "Move a strength", "Strength sweep"])
    with outside:
        import_release(session, study)
    with one_dial:
        strength_panel(session, study, {})
    with strengths:
        sweep_section(session, study)


session = open_page(
    "Trade-offs",
    "What is each version still good for, and what does it still give away about the people in it?",
)
address.take_up_address(session)
study = need_study(session)
with (
    st.container()
):  # one element however much it holds: the tabs below keep their place, and the open one stays open
    interrupted_panel(session, study)
    jobs_panel(session)
    releases = session.repository.releases(study)
    reports = beside_originals(session.repository.reports(study))
    if releases:
        measure_rest(session, study, releases)
        beforehand_notice(session, study)
        earlier_versions(session, study)
    warn_of_mixed_versions(reports)
    if not reports:
        what_to_do_first(bool(releases))
if not reports:
    before_the_first_report(session, study)
    st.stop()

names = names_of_all(session, study, reports)
ordered = list(reports.values())
content_key = hashlib.sha256(
    repr([(report.name, report.effort, report.seed) for report in ordered]).encode()
    + " ".join(sorted(reports)).encode()
    + repr(session.data.roles).encode()
).hexdigest()
session.tab.keep(GOAL_OF_PAGE, None)
with st.container():
    goal_and_answer(session, reports)
decision = decide_among(reports, session.tab.get(GOAL))
session.tab.keep(GOAL_OF_PAGE, decision.goal)
tradeoff, one_dial, strengths, closer, game, numbers, outside, share = st.tabs(
    [
        "Trade-off",
        "Move a strength",
        "Strength sweep",
        "One question in detail",
        "Can you tell?",
        "All numbers",
        "Import a version",
        "Download",
    ],
)
with tradeoff:
    show(session, charts.tradeoff(ordered, names), "tradeoff", content_key)
    if len(ordered) > 1:
        show(session, charts.comparison(ordered, names), "side_by_side", content_key)
with one_dial:
    strength_panel(session, study, reports)
with strengths:
    sweep_section(session, study)
with closer:
    one_question(session, ordered, names, content_key)
with game:
    guessing_game(session, study, reports)
with numbers:
    chosen = address.chosen_in_address(
        session, address.VERSION, address.coded(reports),
        lambda key: st.selectbox("Version", list(reports), format_func=lambda k: reports[k].name, key=key),
    )  # fmt: skip
    details(reports[chosen])
    with st.popover("Delete this version"):
        st.markdown("Deletes the version, its report and the model that was trained for it.")
        if st.button("Delete", type="primary"):
            session.repository.delete_release(study, chosen)
            st.rerun()
with outside:
    import_release(session, study)
with share:
    downloads(session, study, reports, content_key, decision)
address.remember_address(session)
