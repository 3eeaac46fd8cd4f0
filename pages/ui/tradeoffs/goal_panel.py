"""The goal: what the version is for, what must not happen, within which limits, and the answer in one sentence."""

from collections.abc import Mapping

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.ui.common.markdown import literal
from pages.ui.common.page_frame import TRAIN
from pages.ui.common.state import Session
from pages.ui.tradeoffs import address
from pages.ui.train.method_picker import preselect
from synth.audit.goal import (
    PURPOSE_IN_WORDS,
    PURPOSES,
    USUAL_HARMS,
    WANTED,
    Decision,
    Goal,
    Limit,
    Purpose,
    harms,
    usual_share,
)
from synth.audit.question import headline, question_of
from synth.audit.report import Report
from synth.core.figures import percent
from synth.reporting.advice import next_try

GOAL = "goal"  # where a browser tab keeps it
WANTED_PERCENT = (30, 40, 50, 60, 70, 80, 90)  # of usefulness: further right asks for more
REALISM_PERCENT = (20, 30, 40, 50, 60, 70, 80)
ALLOWED_PERCENT = (2, 5, 10, 20, 30, 50)  # of privacy: further left is more private
SIDE_BY_SIDE = 3  # sliders
WHAT_IS_IT_FOR = (
    "Recognise activities: somebody trains or tests a classifier, a step counter, ... with it. Show realistic "
    "movement: somebody looks at it, in teaching or in a demonstration."
)
WHAT_MUST_NOT = (
    "Choose what would harm the people in the recordings. That recordings of a person were used says something about "
    "them where taking part does, as in a study of patients; to rule it out takes recordings of many people."
)


def ask_goal(reports: Mapping[str, Report]) -> Goal:
    """Ask what the version is for and what must not happen; the answers are in the address as well."""
    left, right = st.columns(2, gap="large")
    purpose: Purpose | None = left.segmented_control(
        "**What is it for?**",
        PURPOSES,
        default=PURPOSES[0],
        format_func=lambda choice: PURPOSE_IN_WORDS[choice],
        key=address.PURPOSE,
        help=WHAT_IS_IT_FOR,
        required=True,
        bind="query-params",
    )
    avoided = right.pills(
        "**What must not happen?**",
        harms(),
        default=USUAL_HARMS,
        format_func=lambda key: question_of(key).harm or question_of(key).title,
        selection_mode="multi",
        key=address.HARMS,
        help=WHAT_MUST_NOT,
        wrap=True,
        bind="query-params",
    )
    chosen = Goal(purpose or PURPOSES[0], tuple(avoided))
    with st.expander("Limits"):
        places = [
            place for _ in range(0, len(chosen.limits), SIDE_BY_SIDE) for place in st.columns(SIDE_BY_SIDE)
        ]
        changed = tuple(
            _choose_limit(limit, reports, place) for limit, place in zip(chosen.limits, places, strict=False)
        )
    return Goal(chosen.purpose, chosen.harms, changed)


def _choose_limit(limit: Limit, reports: Mapping[str, Report], place: DeltaGenerator) -> Limit:
    """Show the slider of one limit, with what it means and which end protects people."""
    if limit.is_wanted:
        label, steps = "at least so much of what the original recordings give above guessing", WANTED_PERCENT
        ends = "Further right asks for more usefulness. Usually 70 %: the verdict *kept* takes as much to be certain."
    elif limit.question in WANTED["movement"]:
        label, steps = "at most so far from guessing (0 %) to certainty (100 %)", REALISM_PERCENT
        ends = "Further left asks for more realism. Usually half of the way; *indistinguishable* takes 20 %."
    else:
        label, steps = (
            "of the cases that guessing gets wrong, an attacker may get right at most",
            ALLOWED_PERCENT,
        )
        ends = "Further left is more private. Usually 10 %, the line of the verdict *safe*."
    value = place.select_slider(
        f"**{question_of(limit.question).short}**: {label} (in %)",
        steps,
        value=round(100 * usual_share(limit.question)),
        key=f"{address.LIMIT}{limit.question}",
        bind="query-params",
    )
    chosen = Limit(limit.question, value / 100)
    place.caption(f"{_in_these_reports(chosen, reports)} {ends}")
    return chosen


def show_answer(session: Session, decision: Decision, reports: Mapping[str, Report]) -> None:
    """Say which version to share, or that none should be, and what to try next."""
    sentence = f"**{literal(decision.sentence)}**"
    if decision.best.meets:
        st.success(sentence, icon=":material/check_circle:")
    else:
        st.warning(sentence, icon=":material/block:")
        _propose(session, decision, reports)
    st.caption(_what_it_rests_on(decision, reports))


def _propose(session: Session, decision: Decision, reports: Mapping[str, Report]) -> None:
    proposed = next_try(decision, reports)
    if proposed is None:
        st.caption(
            "The methods that are proposed here were tried. The strength sweep on Trade-offs shows what other "
            "strengths cost; the limits may also ask for more than these recordings can give."
        )
        return
    mechanism = proposed.mechanism
    if mechanism is None:
        st.caption(f"Try {literal(proposed.words)}.")
        return
    clicked = st.button(
        literal(f"Try {proposed.words}"),
        key="try next",
        on_click=preselect,
        args=(session, mechanism),
        icon=":material/arrow_forward:",
        help="Opens the Train page with this method and strength chosen.",
    )
    if clicked:
        st.switch_page(TRAIN)


def _what_it_rests_on(decision: Decision, reports: Mapping[str, Report]) -> str:
    """Say how limits are compared, and what of it is provisional."""
    said = (
        "A limit is met if the worse end of the interval is within it. "
        "What attackers *cannot tell* does not meet a limit on privacy. "
    )
    if not decision.goal.harms:
        said += "**Nothing that must not happen was chosen: privacy does not count.** "
    if reports[decision.best.key].effort == "quick":
        said += "Measured by quick attackers: measure thoroughly before you share."
    return said.rstrip()


def _in_these_reports(limit: Limit, reports: Mapping[str, Report]) -> str:
    """Write a limit as the numbers of these versions: "Here: 23 % (guessing: 14 %)"."""
    found = [r for report in reports.values() if (r := headline(report, limit.question)) is not None]
    lines = sorted({(limit.line(r), r.chance or 0.0) for r in found})
    if not lines:
        return "Not measured here."
    written = dict.fromkeys(f"{percent(line)} (guessing: {percent(chance)})" for line, chance in lines)
    return f"Here: {' or '.join(written)}."
