"""Charts of reports: a forest plot for each question, whatever attackers and tiers a report holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import altair as alt

from synth.audit.question import Question, headline, question_of
from synth.audit.report import Report, Result
from synth.audit.verdicts import above_chance, guessing
from synth.core.figures import percent
from synth.imputers.comparison import ImputationError
from synth.reporting.charts.forest_plot import Axis, Row, forest
from synth.reporting.charts.theme import NARROW_CHARACTERS, UNPROTECTED, colour_of, titled

Chart = alt.TopLevelMixin  # any chart, combined ones too


@dataclass(frozen=True)
class Drawing:
    """A chart and what it cannot show.

    Attributes:
        chart: `None` where nothing could be measured.
        notes: A sentence for each number that the data cannot support.
    """

    chart: Chart | None
    notes: tuple[str, ...]


def discriminator(reports: Sequence[Report], names: Sequence[str] | None = None) -> Drawing:
    """Draw how well released windows can be distinguished from real ones."""
    return question_chart("discriminator", reports, names)


def utility(reports: Sequence[Report], names: Sequence[str] | None = None) -> Drawing:
    """Draw how well activities can be recognised."""
    return question_chart("utility", reports, names)


def reidentification(reports: Sequence[Report], names: Sequence[str] | None = None) -> Drawing:
    """Draw how well people can be recognised."""
    return question_chart("reidentification", reports, names)


def question_chart(question: str, reports: Sequence[Report], names: Sequence[str] | None = None) -> Drawing:
    """Draw one question of all reports: a section for each attacker and tier, a row for each release.

    Of several metrics of the same attacker and tier, the first is drawn; the others are in the table.

    Args:
        question: Key of a question; one without a definition is drawn as well.
        reports: One for each release.
        names: All releases there are, in their fixed order, so that each keeps its colour; by default those
            of `reports`.
    """
    words = question_of(question)
    found = [(report.name, r) for report in reports for r in report.results if r.question == question]
    notes = _notes(words, [(name, r) for name, r in found if r.value is None])
    rows = _rows(words, [(name, r) for name, r in found if r.value is not None])
    if not rows:
        return Drawing(None, notes)
    colours = colour_of([*(names or [report.name for report in reports]), UNPROTECTED])
    title = titled(_finding(words, reports), words.explanation)
    return Drawing(forest(rows, _axis(words, rows), colours=colours, title=title), notes)


def imputation(errors: Sequence[ImputationError]) -> Drawing:
    """Draw how far imputed samples are from the hidden truth, for each kind of gap."""
    kinds = list(dict.fromkeys(e.kind_of_gap for e in errors))
    rows = [
        Row(f"Missing: {kind}", e.imputer, e.rmse, e.low, e.high, rests_on=f"{e.n} {e.unit}")
        for kind in kinds
        for e in errors
        if e.kind_of_gap == kind
    ]
    if not rows:
        return Drawing(None, ("There were no windows in which samples could be hidden.",))
    finding = "Closest to the truth: " + "; ".join(
        f"“{name}” for {', '.join(won)}" for name, won in _winners(errors, kinds).items()
    )
    axis = Axis(
        "root mean squared error, as a share of each channel's range",
        worse="far from the truth",
        better="close to the truth",
        low=0.0,
        high=1.05 * max(x for row in rows for x in (row.value, row.high) if x is not None),
        lower_is_better=True,
    )
    explanation = "Known samples were hidden, filled in and compared, with the same gaps for every method."
    colours = colour_of(e.imputer for e in errors)
    return Drawing(
        forest(rows, axis, colours=colours, title=titled(finding, explanation, characters=NARROW_CHARACTERS)),
        (),
    )


def _winners(errors: Sequence[ImputationError], kinds: Sequence[str]) -> dict[str, list[str]]:
    """Return the kinds of gap on which each imputer came closest."""
    won: dict[str, list[str]] = {}
    for kind in kinds:
        nearest = min((e for e in errors if e.kind_of_gap == kind), key=lambda e: e.rmse)
        won.setdefault(nearest.imputer, []).append(kind)
    return won


def _rows(words: Question, measured: Sequence[tuple[str, Result]]) -> list[Row]:
    """Return the rows in the order of their sections; results on real data alone are shown once."""
    attackers: dict[str, set[str]] = {}
    for _, r in measured:
        attackers.setdefault(r.tier, set()).add(r.attacker)
    sections: dict[tuple[str, str], dict[str, Row]] = {}
    for name, r in measured:
        heading = words.tier_in_words(r.tier) + (f" · {r.attacker}" if len(attackers[r.tier]) > 1 else "")
        label = UNPROTECTED if r.tier.startswith("TRTR") else name
        row = Row(
            heading,
            label,
            r.number,
            r.low,
            r.high,
            r.chance,
            r.ceiling,
            f"{r.attacker}, {r.metric}",
            f"{r.n} {r.unit}",
        )
        sections.setdefault((r.tier, r.attacker), {}).setdefault(label, row)
    real_data_first = sorted(sections, key=lambda section: not section[0].startswith("TRTR"))
    return [row for section in real_data_first for row in sections[section].values()]


def _axis(words: Question, rows: Sequence[Row]) -> Axis:
    figures = [x for row in rows for x in (row.value, row.low, row.high, row.chance) if x is not None]
    low = min([words.axis_low, *figures])
    return Axis(
        measure=words.measure,
        worse=words.worse,
        better=words.better,
        low=0.05 * int(low * 20),
        high=1.0,
        lower_is_better=words.direction != "higher",
    )


def _notes(words: Question, unmeasured: Sequence[tuple[str, Result]]) -> tuple[str, ...]:
    """Say once for all releases what could not be measured, and why."""
    names: dict[str, list[str]] = {}
    for name, r in unmeasured:
        reason = r.note or "The data cannot support this number."
        names.setdefault(f"{words.tier_in_words(r.tier)}, {r.attacker}: {reason}", []).append(f"“{name}”")
    return tuple(f"{', '.join(dict.fromkeys(of))}. {what}" for what, of in names.items())


def _finding(question: Question, reports: Sequence[Report]) -> str:
    """Say which release stands out and which is at the other end, by the numbers that their verdicts rest on."""
    found = [(report.name, r) for report in reports if (r := headline(report, question.key)) is not None]
    if not found:
        return question.title
    name, top = max(found, key=lambda item: above_chance(item[1]))
    finding = question.finding.format(name=f"“{name}”", value=top.figure)
    if top.chance is not None:
        finding += f" {guessing(top)}"
    alike = [(n, r) for n, r in found if r.metric == top.metric]
    other, lowest = min(alike, key=lambda item: above_chance(item[1]))
    if len(alike) > 1 and percent(lowest.number) == percent(top.number):
        return f"{finding}; the others are alike"
    return finding if other == name else f"{finding}; {question.contrast} “{other}”: {lowest.figure}"


def names_in_order(reports: Sequence[Report]) -> Mapping[str, str]:
    """Return the colour of each release as it is on every chart, for the badges next to them."""
    scale = colour_of(report.name for report in reports)
    return dict(zip(scale.domain, scale.range, strict=True))
