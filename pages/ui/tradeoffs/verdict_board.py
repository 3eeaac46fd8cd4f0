"""The verdict board: a table with a row for each version and a column for each question. Details on demand."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Literal

import pandas as pd
import streamlit as st

from pages.ui.common.markdown import literal
from pages.ui.tradeoffs import address
from synth.audit.goal import Decision, Standing
from synth.audit.question import headline, question_of, with_verdict
from synth.audit.report import Report
from synth.audit.verdicts import NOT_APPLICABLE
from synth.core.figures import percent
from synth.reporting.advice import mechanism_of
from synth.reporting.html_parts import escape

Colour = Literal["green", "orange", "red", "blue", "gray"]
COLOURS: Mapping[str, Colour] = {"good": "green", "fair": "orange", "bad": "red", "neutral": "blue"}
UNDECIDED: Colour = "gray"
# Tints are translucent and the text has the colour of the page, so that both can be read in either theme.
STYLE = """<style>
.board {overflow-x: auto; margin: .3rem 0 .6rem}
.board table {border-collapse: collapse; width: 100%; font-size: .875rem; line-height: 1.35}
.board th, .board td {text-align: left; vertical-align: top; padding: .4rem .55rem;
  border: 0 solid rgba(128, 132, 149, .3); border-bottom-width: 1px}
.board thead th {font-weight: 600; vertical-align: bottom}
.board tbody th {font-weight: 600; min-width: 9rem}
.board td {min-width: 6.4rem}
@media (max-width: 1200px) {.board table {font-size: .8rem} .board td {min-width: 0}
  .board th, .board td {padding: .35rem .3rem} .board tbody th {min-width: 7rem}}
.board small {display: block; font-weight: 400; opacity: .8}
.board summary {cursor: pointer; list-style-position: outside; border-radius: .4rem; padding: .1rem .4rem;
  display: inline-block}
.board summary:focus-visible {outline: 2px solid currentColor; outline-offset: 1px}
.board .number {display: block; font-variant-numeric: tabular-nums; white-space: nowrap}
.board details p {margin: .3rem 0 0; min-width: 15rem; max-width: 20rem; font-size: inherit}
.board .green {background: rgba(33, 195, 84, .2)} .board .orange {background: rgba(255, 164, 33, .25)}
.board .red {background: rgba(255, 75, 75, .22)} .board .gray {background: rgba(128, 132, 149, .18)}
.board .blue {background: rgba(28, 131, 225, .18)} .board .pale {opacity: .7}
</style>"""


def verdict_board(reports: Mapping[str, Report], decision: Decision) -> None:
    """Show a table of the verdicts: a row for each version, best first, and a column for each question."""
    shown, folded = _folded(reports, decision)
    if folded and st.toggle(
        f"Show all {len(reports)} versions", key=address.ALL_VERSIONS, bind="query-params",
        help="Of several strengths of a method, only the one that is best for your goal is shown.",
    ):  # fmt: skip
        shown, folded = decision.standings, {}
    st.html(STYLE + board_html(reports, shown, folded))
    with st.expander("What these verdicts are based on"):
        st.caption(
            "Privacy: *safe* if every attacker clearly stays close to guessing, *at risk* if one of them does better, "
            "*cannot tell* if these recordings do not suffice or an attacker failed a known-answer check, *does not "
            "apply* if the question has no meaning for this version. *Safe* means safe from these attackers, not from "
            "every conceivable one. Brackets show 95 % intervals; R-… names the rule in “Reading a report”."
        )
        for report in (reports[standing.key] for standing in shown):
            provenance = f" ({literal(report.provenance)})" if report.provenance else ""
            st.markdown(f"**{literal(report.name)}**{provenance}")
            if report.promise:
                st.markdown(f"- {literal(report.promise)}")
            for question, verdict in report.verdicts.items():
                title = question_of(question).title
                st.markdown(
                    f"- *{title}* **{question_of(question).label(verdict)}**: {literal(verdict.in_full)}"
                )


def _folded(
    reports: Mapping[str, Report], decision: Decision
) -> tuple[Sequence[Standing], Mapping[str, int]]:
    """Return the best version of each method, and of how many strengths it is the best where there are several."""
    by_method: dict[str, list[Standing]] = {}
    for standing in decision.standings:
        by_method.setdefault(_method(standing.key, reports[standing.key]), []).append(standing)
    shown = [strengths[0] for strengths in by_method.values()]
    return shown, {s[0].key: len(s) for s in by_method.values() if len(s) > 1}


def _method(key: str, report: Report) -> str:
    """Return what all strengths of a method have in common; a corrected or imported version stands alone."""
    mechanism = mechanism_of(report)
    if mechanism is None or mechanism.dial is None or report.corrected_from:
        return key
    return repr(mechanism.at(mechanism.dial.steps[0]))


def board_html(
    reports: Mapping[str, Report], shown: Sequence[Standing], folded: Mapping[str, int] = MappingProxyType({})
) -> str:
    """Return the table as HTML that a screen reader reads by version and question.

    Args:
        reports: By key of the version.
        shown: The versions of the rows, in their order.
        folded: Of how many strengths a version is the best, by key.
    """
    asked = with_verdict()
    heads = "".join(
        f'<th scope="col" title="{escape(question_of(key).explanation)}">{escape(question_of(key).title)}</th>'
        for key in asked
    )
    rows = "".join(
        f'<tr><th scope="row">{_version(reports[s.key], folded.get(s.key, 1))}</th>{_goal_cell(s)}'
        + "".join(_cell(reports[s.key], key) for key in asked)
        + "</tr>"
        for s in shown
    )
    return (
        '<div class="board" role="region" tabindex="0" aria-label="Verdicts">'
        '<table aria-label="Verdicts of all versions, best for your goal first">'
        f'<thead><tr><th scope="col">Version</th><th scope="col">Your goal</th>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _version(report: Report, n_strengths: int) -> str:
    notes = [report.provenance] if report.provenance else []
    if report.promise:
        notes.append(
            "claims a mathematical guarantee" if report.is_claim else "with a mathematical guarantee"
        )
    if n_strengths > 1:
        notes.append(f"best of {n_strengths} versions of this method")
    return escape(report.name) + "".join(f"<small>{escape(note)}</small>" for note in notes)


def _goal_cell(standing: Standing) -> str:
    if standing.meets:
        return f"<td>{_details('meets it', 'green', '', 'Every limit is met.')}</td>"
    said = f"It fails at {standing.why_not}."
    if standing.outdated:
        return f"<td>{_details('measure again', 'gray', '', said)}</td>"
    n_failed = f"{len(standing.failures)} of {len(standing.checks)} limits"
    return f"<td>{_details('fails', 'gray', n_failed, said)}</td>"


def _cell(report: Report, question: str) -> str:
    verdict = report.verdicts.get(question)
    if verdict is None:
        return '<td><span class="pale">not measured</span></td>'
    number = headline(report, question)
    rule = question_of(question).rule_in_words(verdict.rule)
    return "<td>{}</td>".format(
        _details(
            verdict.verdict,
            "pale" if verdict.verdict == NOT_APPLICABLE else _colour(question, verdict.verdict),
            "" if number is None else number.figure,
            f"{verdict.in_full} {rule}".rstrip(),
        )
    )


def _details(word: str, colour: str, number: str, reason: str) -> str:
    """Return a word with its number; the reason is shown on hovering, and on a click or with the keyboard."""
    figure = f'<span class="number">{escape(number)}</span>' if number else ""
    said = escape(reason)
    return f'<details><summary class="{colour}" title="{said}">{escape(word)}{figure}</summary><p>{said}</p></details>'


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
