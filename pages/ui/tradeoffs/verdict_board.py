"""The verdict board: one row per question, one column per version. Details below, on demand."""

from collections.abc import Mapping, Sequence
from typing import Literal

import pandas as pd
import streamlit as st

from pages.ui.common.markdown import literal
from synth.audit.question import question_of, with_verdict
from synth.audit.report import Report
from synth.core.figures import percent

Colour = Literal["green", "orange", "red", "blue", "gray"]
COLOURS: Mapping[str, Colour] = {"good": "green", "fair": "orange", "bad": "red", "neutral": "blue"}
UNDECIDED: Colour = "gray"
AT_ONCE = 5  # versions side by side


def verdict_board(reports: Mapping[str, Report]) -> None:
    """Show the verdicts; where there are many versions, only the chosen ones."""
    shown = _chosen(reports)
    widths = [3, *[2] * len(shown)]
    columns = st.columns(widths, vertical_alignment="top")
    columns[0].markdown("**Question**")
    for column, report in zip(columns[1:], shown, strict=True):
        column.markdown(f"**{literal(report.name)}**")
        if report.provenance:
            column.caption(literal(report.provenance))
        if report.promise:
            guarantee = (
                "claims a mathematical guarantee" if report.is_claim else "with a mathematical guarantee"
            )
            column.caption(guarantee, help=literal(report.promise))
    for question in with_verdict():
        title, *cells = st.columns(widths, vertical_alignment="center")
        words = question_of(question)
        title.markdown(words.title, help=words.explanation)
        for cell, report in zip(cells, shown, strict=True):
            verdict = report.verdicts.get(question)
            if verdict is None:
                cell.badge("not measured", color=UNDECIDED)
            else:
                rule = words.rule_in_words(verdict.rule)
                cell.badge(
                    words.label(verdict),
                    color=_colour(question, verdict.verdict),
                    help=literal(f"{verdict.in_full} {rule}".rstrip()),
                )
    with st.expander("What these verdicts are based on"):
        st.caption(
            "Privacy: *safe* if every attacker clearly stays close to guessing, *at risk* if one of them does better, "
            "*cannot tell* if these recordings do not suffice or an attacker failed a known-answer check, *does not "
            "apply* if the question has no meaning for this version. *Safe* means safe from these attackers, not from "
            "every conceivable one. Brackets show 95 % intervals; R-… names the rule in “Reading a report”."
        )
        for report in shown:
            provenance = f" ({literal(report.provenance)})" if report.provenance else ""
            st.markdown(f"**{literal(report.name)}**{provenance}")
            if report.promise:
                st.markdown(f"- {literal(report.promise)}")
            for question, verdict in report.verdicts.items():
                title = question_of(question).title
                st.markdown(
                    f"- *{title}* **{question_of(question).label(verdict)}**: {literal(verdict.in_full)}"
                )


def sentences(reports: Sequence[Report], question: str) -> None:
    """Show the verdicts of one question with their reasons, one line per version."""
    for report in reports:
        verdict = report.verdicts.get(question)
        if verdict is not None:
            colour = _colour(question, verdict.verdict)
            label = question_of(question).label(verdict)
            st.markdown(f":{colour}-badge[{label}] **{literal(report.name)}**: {literal(verdict.in_full)}")


def controls(reports: Sequence[Report], question: str) -> None:
    """Show the known-answer checks of the attackers of one question."""
    found = {control for report in reports for control in report.controls if control.question == question}
    if not found:
        return
    failed = sum(not control.passed for control in found)
    outcome = "all passed" if not failed else f"{failed} of {len(found)} failed"
    with st.expander(f"Known-answer checks of the attackers: {outcome}"):
        rows = [
            {
                "attacker": control.attacker,
                "case": control.planted,
                "should": "find something" if control.expected == "win" else "find nothing",
                "result": control.figure,
                "guessing": percent(control.chance),
                "passed": "yes" if control.passed else "NO",
            }
            for control in sorted(found, key=lambda c: (c.attacker, c.expected))
        ]
        st.dataframe(pd.DataFrame(rows), hide_index=True, width="stretch")


def _colour(question: str, word: str) -> Colour:
    tone = question_of(question).tone(word)
    return UNDECIDED if tone is None else COLOURS[tone]


def _chosen(reports: Mapping[str, Report]) -> list[Report]:
    if len(reports) <= AT_ONCE:
        return list(reports.values())
    newest = list(reports)[-AT_ONCE:]
    chosen = st.multiselect(
        "Versions to compare",
        list(reports),
        default=newest,
        max_selections=AT_ONCE,
        format_func=lambda key: reports[key].name,
    )
    return [reports[key] for key in chosen or newest]
