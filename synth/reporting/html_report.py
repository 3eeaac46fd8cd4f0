"""Reports -> one self-contained page that opens anywhere, without a network, even years later."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from synth.audit.goal import Goal, in_order
from synth.audit.question import question_of, questions
from synth.audit.report import Control, Report, Result, Verdict
from synth.core.figures import interval, percent
from synth.reporting import decision_pages
from synth.reporting.advice import decide_among
from synth.reporting.charts import (
    Drawing,
    comparison,
    most_flattered,
    names_in_order,
    question_chart,
    standalone,
    sweep,
    sweep_in_words,
    sweep_sentence,
    sweep_settings,
    sweep_table,
    tradeoff,
)
from synth.reporting.charts.sweep.figures import MeasuredPoints
from synth.reporting.html_parts import escape, table

POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline' 'unsafe-eval'; img-src data: blob:"
HOW_TO_READ = (
    "Every number is a measurement on these recordings, not a promise about others. Its 95 % interval is given in "
    "brackets (where the number would lie if other people of the same kind had been recorded). Next to it are the "
    "results of pure guessing and of the same attacker on the unprotected recordings.",
    "Most attackers were retrained on the release itself (“refitted”). An attacker who only knows the originals "
    "(“static”) usually does worse; on their own, they make a release look safer than it is.",
    "Controls are checks with a known answer. An attacker who loses where they must win, or wins where there is "
    "nothing to find, cannot be trusted, and the verdict says so.",
    "Where a single number stands for a question, it is the one that the verdict rests on, the same everywhere.",
    "Each verdict names its rule (R-…): docs/reading-a-report.md of the program explains all of them.",
    "Which version to share is said for a stated goal with stated limits; there is no overall score. How much risk is "
    "acceptable depends on who receives the data and on what was agreed with the people in them.",
)
ON_PAPER = (
    "All numbers, controls and settings of a version are printed where they are unfolded on the screen."
)
OWNERS = "For the owner of the recordings only: this page can name people. Share the other report instead."
STYLE = """
:root { color-scheme: light; }
body { font: 15px/1.5 Helvetica, Arial, sans-serif; color: #1F2630; background: #fff; margin: 0 auto;
  padding: 24px; max-width: 1000px; }
h1 { font-size: 26px; margin: 0 0 4px; } h2 { font-size: 20px; margin: 36px 0 8px; }
h3 { font-size: 16px; margin: 24px 0 6px; }
p { margin: 6px 0; } .quiet { color: #5B6470; } .term { color: #5B6470; font-weight: normal; font-size: 14px; }
table { border-collapse: collapse; width: 100%; font-size: 13px; margin: 8px 0; }
th, td { text-align: left; vertical-align: top; padding: 5px 8px; border-bottom: 1px solid #E1E5EA;
  overflow-wrap: break-word; }
th { color: #5B6470; font-weight: 600; } td.number { white-space: nowrap; }
.wide { overflow-x: auto; }
.verdict { font-weight: 600; } .swatch { display: inline-block; width: 11px; height: 11px; border-radius: 50%;
  margin-right: 6px; }
.chart { width: 100%; min-height: 120px; margin: 8px 0; } .chart svg { max-width: 100%; height: auto; }
summary { cursor: pointer; } summary h2 { display: inline-block; margin: 16px 0 8px; }
.vega-embed { width: 100%; } .note::before { content: "Note: "; font-weight: 600; }
@media print { body { padding: 0; max-width: none; font-size: 12px; } h2 { break-after: avoid; }
  .chart, tr { break-inside: avoid; } .vega-embed summary { display: none; } }
"""
DRAW = """
for (const place of document.querySelectorAll(".chart")) {
  const specification = JSON.parse(document.getElementById(place.dataset.from).textContent);
  vegaEmbed(place, specification, { mode: "vega-lite", renderer: "svg",
    actions: { export: true, source: false, compiled: false, editor: false } });
}
"""


@dataclass(frozen=True)
class _Section:
    """A part of the page that shows a chart."""

    anchor: str
    title: str
    term: str
    drawing: Drawing


def report_html(
    reports: Sequence[Report],
    *,
    title: str = "What these versions keep and what they give away",
    notice: str = "",
    goal: Goal | None = None,
) -> str:
    """Return one HTML page with everything the reports say.

    The page loads nothing (a content security policy forbids it) and holds the drawing library once, about
    1 MB. The same reports give the same bytes.

    Args:
        reports: One for each release, at least one.
        title: Heading of the page.
        notice: Said first, for example whom the page is for.
        goal: What a version is for and what must not happen; the usual one by default.

    Raises:
        ValueError: If there is no report.
    """
    if not reports:
        raise ValueError("at least one report is needed")
    keyed = in_order(reports)
    decision = decide_among(keyed, goal or Goal())
    ordered = decision_pages.best_first(decision, keyed)
    first, *others = sections = _sections(reports)
    body = [
        f"<h1>{escape(title)}</h1>",
        f"<p><b>{escape(notice)}</b></p>" if notice else "",
        f'<p class="quiet">{_summary(reports)}</p>',
        decision_pages.which_to_share(decision),
        _chart(first),
        "<h2>All versions at a glance, best for the goal first</h2>",
        f'<div class="wide">{decision_pages.board(decision, keyed, names_in_order(reports))}</div>',
        "<h2>How they were made</h2>",
        decision_pages.settings(ordered),
        '<div class="appendix">',
        f'<p class="quiet on-paper">{escape(ON_PAPER)}</p>',
        "<h2>How to read this</h2>",
        *(f"<p>{escape(text)}</p>" for text in HOW_TO_READ),
        "<h2>What the verdicts are based on</h2>",
        f'<div class="wide">{_reasons(ordered)}</div>',
        *map(_chart, others),
        *map(_release, ordered),
        "<h2>The recordings</h2>",
        *(_facts(data) for data in _distinct([report.data for report in reports])),
        "</div>",
    ]
    return _page(title, "\n".join(body), with_charts=any(s.drawing.chart is not None for s in sections))


def sweep_html(
    measured: MeasuredPoints, *, title: str = "What protection costs, strength by strength"
) -> str:
    """Return one HTML page with the chart of a strength sweep, window by window and person by person.

    Args:
        measured: Points of one study with their reports, at least one.
        title: Heading of the page.

    Raises:
        ValueError: If there is no point.
    """
    if not measured:
        raise ValueError("at least one point is needed")
    sections = [
        _Section(f"sweep-{manner.split()[0]}", f"Privacy and usefulness, {manner}", term, drawing)
        for manner, term, drawing in (
            ("as in the verdicts", "re-identification", sweep(measured)),
            ("person by person", "aggregated re-identification", sweep(measured, by_person=True)),
        )
    ]
    worst = most_flattered(sweep_settings(measured)[0])
    said = "" if worst is None else f"<p><b>{escape(sweep_sentence(worst))}</b></p>"
    numbers = sweep_in_words(sweep_table(measured))
    rows = [
        "".join(f"<td>{escape(str(cell))}</td>" for cell in row) for row in numbers.itertuples(index=False)
    ]
    body = [
        f"<h1>{escape(title)}</h1>",
        said,
        *(f"<p>{escape(text)}</p>" for text in HOW_TO_READ[:2]),
        *map(_chart, sections),
        "<h2>All numbers</h2>",
        f'<div class="wide">{table(list(numbers.columns), rows)}</div>',
        "<h2>The recordings</h2>",
        *(_facts(data) for data in _distinct([report.data for _, report in measured])),
    ]
    return _page(title, "\n".join(body), with_charts=any(s.drawing.chart is not None for s in sections))


def _page(title: str, body: str, *, with_charts: bool) -> str:
    library = f"<script>{_library()}</script>\n<script>{DRAW}</script>" if with_charts else ""
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}{decision_pages.STYLE}</style>\n</head>\n<body>\n{body}\n{library}\n</body>\n</html>\n"
    )


def _library() -> str:
    """Return the drawing library as one script, as the installed Altair draws."""
    import altair as alt
    import vl_convert

    version = "_".join(alt.SCHEMA_VERSION.lstrip("v").split(".")[:2])
    bundle = vl_convert.javascript_bundle(vl_version=f"v{version}")  # pyright: ignore[reportCallIssue]  # snippet is optional
    return bundle.replace("</script", "<\\/script")


def _sections(reports: Sequence[Report]) -> list[_Section]:
    asked = list(dict.fromkeys(r.question for report in reports for r in report.results))
    known = [question for question in questions() if question in asked]
    first = _Section("tradeoff", "Privacy and usefulness", "privacy-utility trade-off", tradeoff(reports))
    side_by_side = [_Section("comparison", "All versions", "comparison", comparison(reports))] * (
        len(reports) > 1
    )
    return [first, *side_by_side] + [
        _Section(
            question,
            question_of(question).title,
            question_of(question).term,
            question_chart(question, reports),
        )
        for question in [*known, *(q for q in asked if q not in known)]
    ]


def _chart(section: _Section) -> str:
    notes = "".join(f'<p class="quiet note">{escape(note)}</p>' for note in section.drawing.notes)
    if section.drawing.chart is None:
        drawn = '<p class="quiet">Nothing could be measured here.</p>'
    else:
        identifier = escape(f"chart-{section.anchor}")
        specification = json.dumps(standalone(section.drawing.chart, width="container"))
        safe = specification.replace("<", "\\u003c")
        drawn = (
            f'<div class="chart" data-from="{identifier}" role="img" aria-label="{escape(section.title)}"></div>'
            f'<script type="application/json" id="{identifier}">{safe}</script>'
        )
    return (
        f'<h2>{escape(section.title)} <span class="term">({escape(section.term)})</span></h2>\n{drawn}{notes}'
    )


def _reasons(reports: Sequence[Report]) -> str:
    """Return a table of the verdicts with their sentences and rules."""
    asked = list(dict.fromkeys(q for report in reports for q in report.verdicts))
    colours = names_in_order(reports)
    rows = []
    for report in reports:
        cells = [
            f'<td><span class="swatch" style="background:{colours[report.name]}"></span>{escape(report.name)}'
            f"{_provenance(report)}</td>"
        ]
        for question in asked:
            verdict = report.verdicts.get(question)
            cells.append(f"<td>{_verdict(question, verdict)}</td>")
        rows.append("".join(cells))
    return table(["version", *(question_of(question).title for question in asked)], rows)


def _verdict(question: str, verdict: Verdict | None) -> str:
    """Return the word with its number, the sentence, and the rule, whose text is shown on hovering."""
    if verdict is None:
        return '<span class="verdict">not asked</span>'
    words = question_of(question)
    text = escape(words.rule_in_words(verdict.rule))
    rule = f'<br><span class="quiet" title="{text}">{escape(verdict.rule)}</span>' if verdict.rule else ""
    return f'<span class="verdict">{escape(words.label(verdict))}</span><br>{escape(verdict.sentence)}{rule}'


def _provenance(report: Report) -> str:
    """Say what a corrected release was corrected from, and what it guarantees."""
    said = filter(None, [report.provenance, report.promise])
    return "".join(f'<br><span class="quiet">{escape(text)}</span>' for text in said)


def _release(report: Report) -> str:
    results = [_result(r) for r in report.results]
    controls = [_control(c) for c in report.controls]
    headings = ["question", "measured how", "result", "95 % interval", "guessing", "unprotected", "based on"]
    parts = [
        f"<details><summary><h2>All numbers: {escape(report.name)}</h2></summary>{_provenance(report)}",
        table(headings, results),
        "<h3>Controls: checks with a known answer</h3>" if controls else "",
        table(["question", "given to the attacker", "must", "result", "guessing", "passed"], controls),
        f"<h3>How it was made (audit seed {report.seed})</h3>",
        _facts(_without_edits(report.release)),
        _edits(report.release.get("card", {}).get("edits")),
        "</details>",
    ]
    return "\n".join(parts)


def _without_edits(release: Mapping[str, Any]) -> dict[str, Any]:
    card = {name: value for name, value in release.get("card", {}).items() if name != "edits"}
    return {**release, **({"card": card} if "card" in release else {})}


def _edits(sentences: Any) -> str:
    """List the steps of a recipe in their order."""
    if not isinstance(sentences, list) or not sentences:
        return ""
    items = "".join(f"<li>{escape(str(sentence))}</li>" for sentence in sentences)
    return f"<h3>Manual corrections, in this order</h3>\n<ol>{items}</ol>"


def _result(r: Result) -> str:
    words = question_of(r.question)
    by = f"<span class='quiet'>{escape(r.attacker)}, {escape(r.metric)}</span>"
    how = f"{escape(words.tier_in_words(r.tier))}<br>{by}"
    value = "not measured" if r.value is None else percent(r.value)
    note = f"<br><span class='quiet'>{escape(r.note)}</span>" if r.note else ""
    return (
        f"<td>{escape(words.term)}</td><td>{how}</td><td class='number'>{value}</td>"
        f"<td class='number'>{_interval(r.low, r.high)}</td><td class='number'>{_share(r.chance)}</td>"
        f"<td class='number'>{_share(r.ceiling)}</td><td>{r.n} {escape(r.unit)}{note}</td>"
    )


def _control(c: Control) -> str:
    return (
        f"<td>{escape(question_of(c.question).term)}</td><td>{escape(c.planted)}<br>"
        f"<span class='quiet'>{escape(c.attacker)}</span></td><td>{escape(c.expected)}</td>"
        f"<td class='number'>{c.figure}</td>"
        f"<td class='number'>{percent(c.chance)}</td><td>{'✓ yes' if c.passed else '✗ no'}</td>"
    )


def _share(share: float | None) -> str:
    return "–" if share is None else percent(share)


def _interval(low: float | None, high: float | None) -> str:
    return "–" if low is None or high is None else interval(low, high)


def _summary(reports: Sequence[Report]) -> str:
    names = ", ".join(escape(report.name) for report in reports)
    programs = ", ".join(dict.fromkeys(report.program for report in reports))
    seeds = ", ".join(str(seed) for seed in dict.fromkeys(report.seed for report in reports))
    counted = "1 version" if len(reports) == 1 else f"{len(reports)} versions"
    return (
        f"{counted}: {names}. Audit seed: {seeds}. Measured by {programs}. The same data, settings and seed give the "
        "same page."
    )


def _facts(facts: Mapping[str, Any]) -> str:
    """Return nested settings as a table of two columns."""
    rows = [f"<td>{escape(name)}</td><td>{escape(value)}</td>" for name, value in _flat(facts)]
    return table(["property", "value"], rows)


def _flat(facts: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for key, value in facts.items():
        name = f"{prefix}{str(key).replace('_', ' ')}"
        if isinstance(value, Mapping):
            found += _flat(value, f"{name}: ")
        elif isinstance(value, list | tuple):
            found.append((name, ", ".join(map(str, value))))
        else:
            found.append((name, str(value)))
    return found


def _distinct(described: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return each description once; reports of one study share theirs."""
    kept: list[Mapping[str, Any]] = []
    for one in described:
        if one not in kept:
            kept.append(one)
    return kept
