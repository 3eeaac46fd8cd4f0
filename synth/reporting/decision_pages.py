"""The first two pages of a report: which version to share, all versions at a glance, limits and settings."""

from collections.abc import Mapping, Sequence

from synth.audit.goal import Decision, Standing
from synth.audit.question import headline, question_of, with_verdict
from synth.audit.report import Report
from synth.audit.verdicts import NOT_APPLICABLE
from synth.reporting.advice import mechanism_of
from synth.reporting.html_parts import escape, table

STYLE = """
.board { font-size: 12px; } .board td { overflow-wrap: normal; } .board td, .board th { padding: 4px 6px; }
.board .word { display: inline-block; border-radius: 4px; padding: 0 5px; print-color-adjust: exact;
  -webkit-print-color-adjust: exact; }
.board .good { background: #CDEFD8; } .board .fair { background: #FFE6BF; } .board .bad { background: #FFD2D2; }
.board .neutral { background: #D3E5F9; } .board .undecided { background: #E3E6EA; } .board .pale { color: #5B6470; }
.on-paper { display: none; }
.appendix { border-top: 1px solid #E1E5EA; margin-top: 36px; }
@page { margin: 14mm; }
@media print { .on-paper { display: block; }
  .appendix { break-before: page; border: 0; margin: 0; } .appendix > h2:first-child { margin-top: 0; }
  h1 { font-size: 20px; } h2 { margin: 18px 0 4px; font-size: 16px; } .board { font-size: 10px; }
  .board td, .board th { padding: 2px 4px; } }
"""


def best_first(decision: Decision, reports: Mapping[str, Report]) -> list[Report]:
    """Return the reports as the decision orders them."""
    return [reports[standing.key] for standing in decision.standings]


def which_to_share(decision: Decision) -> str:
    """Say which version to share, if any, and for which goal."""
    return (
        f"<p><b>{escape(decision.sentence)}</b></p>\n"
        f'<p class="quiet">{escape(decision.goal.in_words)} A limit is met if the worse end of the interval is within '
        "it.</p>"
    )


def board(decision: Decision, reports: Mapping[str, Report], colours: Mapping[str, str]) -> str:
    """Return a table with a row for each version, best first: whether it meets the goal, and its verdicts.

    Args:
        decision: Orders the versions.
        reports: By key of the version.
        colours: Of the versions in charts, by name.
    """
    asked = [key for key in with_verdict() if any(key in report.verdicts for report in reports.values())]
    rows = [
        f"<td>{_version(reports[s.key], colours)}</td><td>{_for_the_goal(s)}</td>"
        + "".join(f"<td>{_word(reports[s.key], key)}</td>" for key in asked)
        for s in decision.standings
    ]
    return table(["version", "the goal", *(question_of(key).title for key in asked)], rows, "board")


def settings(reports: Sequence[Report]) -> str:
    """Return a table of how each version was made, in short; "All numbers" of the version has every setting."""
    return table(
        ["version", "method", "strength", "measured"],
        [
            f"<td>{escape(report.name)}</td><td>{escape(method)}</td><td>{escape(strength)}</td>"
            f"<td>{escape(f'{report.effort}, by {report.program}')}</td>"
            for report in reports
            for method, strength in [_made(report)]
        ],
        "board",
    )


def _version(report: Report, colours: Mapping[str, str]) -> str:
    notes = filter(None, [report.provenance, report.promise])
    said = "".join(f'<br><span class="quiet">{escape(note)}</span>' for note in notes)
    return (
        f'<span class="swatch" style="background:{colours[report.name]}"></span>{escape(report.name)}{said}'
    )


def _for_the_goal(standing: Standing) -> str:
    if standing.meets:
        return '<span class="word good">meets it</span>'
    if standing.outdated:
        return "to be measured again"
    return f"fails {len(standing.failures)} of {len(standing.checks)} limits"


def _word(report: Report, key: str) -> str:
    verdict = report.verdicts.get(key)
    if verdict is None:
        return '<span class="pale">not measured</span>'
    if verdict.verdict == NOT_APPLICABLE:
        return f'<span class="pale">{escape(verdict.verdict)}</span>'
    number = headline(report, key)
    figure = "" if number is None else f"<br>{escape(number.figure)}"
    tone = question_of(key).tone(verdict.verdict) or "undecided"
    return f'<span class="word {tone}">{escape(verdict.verdict)}</span>{figure}'


def _made(report: Report) -> tuple[str, str]:
    """Return the method and its strength in words."""
    mechanism = mechanism_of(report)
    if mechanism is None:
        known = "mechanism" in report.release.get("card", {})
        return (
            "with settings that this version of the program does not know" if known else "from elsewhere",
            "–",
        )
    method = f"{mechanism.title}, corrected by hand" if report.corrected_from else mechanism.title
    if mechanism.dial is None:
        return method, "–"
    return method, f"{mechanism.dial_label()}: {getattr(mechanism, mechanism.dial.field):g}"
