"""The numbers of a strength sweep: points and their reports -> a setting for each strength, over its seeds; a table."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

import pandas as pd

from synth.audit.question import headline, question_of
from synth.audit.report import Report, Result
from synth.audit.verdicts import AT_RISK
from synth.core.figures import figure
from synth.reporting.charts.recognition import QUESTION, attackers, claims_nobody, how_hidden, knows_release
from synth.runs.sweep import Point

MeasuredPoints = Sequence[tuple[Point, Report]]


@dataclass(frozen=True)
class Figure:
    """One number of a setting: the mean over its seeds.

    Attributes:
        value: The mean, a share in [0, 1].
        low: Mean lower end of the seeds' 95 % intervals.
        high: Mean upper end.
        chance: What pure guessing achieves.
        ceiling: The same on unprotected recordings.
        each: The value of each seed.
        n: How many people the intervals are based on: the fewest of all seeds.
        attacker: Who measured it with the first seed.
        tier: What they knew.
    """

    value: float
    low: float
    high: float
    chance: float | None
    ceiling: float | None
    each: tuple[float, ...]
    n: int
    metric: str
    attacker: str
    tier: str

    @classmethod
    def over(cls, results: Sequence[Result]) -> "Figure":
        """Summarise the results of all seeds."""
        first = results[0]
        return cls(
            value=_mean(r.number for r in results),
            low=_mean(r.ends[0] for r in results),
            high=_mean(r.ends[1] for r in results),
            chance=first.chance,
            ceiling=first.ceiling,
            each=tuple(r.number for r in results),
            n=min(r.n for r in results),
            metric=first.metric,
            attacker=first.attacker,
            tier=first.tier,
        )

    @property
    def in_words(self) -> str:
        """The value with its interval: "74 % [63, 83]"."""
        return figure(self.value, self.low, self.high)

    @property
    def measured_by(self) -> str:
        """Who measured it, and what they knew."""
        return f"{self.attacker}, {self.tier}"

    @property
    def hidden(self) -> float:
        """How well people are hidden from this attacker."""
        return how_hidden(self.value, self.chance)


@dataclass(frozen=True)
class Setting:
    """One method at one strength.

    Attributes:
        method: What all strengths are called together.
        strength: Where its dial is set; `None` without one.
        words: The strength in words.
        order: Place on the line of its method, rising from mild to strong.
        nobody: Whether its windows are attributed to no real person.
        seeds: Which seeds were measured.
        useful: How well activities are recognised.
        strongest: How often the attacker that counts is right.
        static: How often the static attacker of the usual test is right; `None` where there is none.
    """

    method: str
    strength: float | None
    words: str
    order: float
    nobody: bool
    seeds: tuple[int, ...]
    useful: Figure
    strongest: Figure
    static: Figure | None

    @property
    def name(self) -> str:
        """The method with its strength in words."""
        return self.method if self.strength is None else f"{self.method}, {_lower(self.words)}"


def sweep_settings(
    measured: MeasuredPoints, *, by_person: bool = False
) -> tuple[list[Setting], tuple[str, ...]]:
    """Return the settings in the order of methods and strengths, and a sentence for each that cannot be drawn.

    Args:
        measured: Points of one study with their reports.
        by_person: Whether the attackers decide once for all windows of a person.
    """
    found, notes = [], []
    of_setting = sorted(measured, key=lambda item: (item[0].method, _order(item[0]), item[0].seed))
    for _, group in groupby(of_setting, key=lambda item: (item[0].method, _order(item[0]))):
        same = list(group)
        setting = _setting(same, by_person)
        if setting is None:
            notes.append(_why_not(*same[0], by_person))
        else:
            found.append(setting)
    notes += _other_risks(of_setting)
    asked = list(dict.fromkeys(point.method for point, _ in measured))
    return sorted(found, key=lambda s: (asked.index(s.method), s.order)), tuple(dict.fromkeys(notes))


def _other_risks(measured: MeasuredPoints) -> list[str]:
    """Name the settings that give away something this chart does not show."""
    found: dict[str, list[str]] = {}
    for point, report in measured:
        for key, verdict in report.verdicts.items():
            if verdict.verdict == AT_RISK and key != QUESTION:
                found.setdefault(key, []).append(f"“{point.turned.label()}”")
    return [
        f"At risk, but not shown on this chart ({question_of(key).title}): {', '.join(dict.fromkeys(names))}."
        for key, names in found.items()
    ]


def front(settings: Sequence[Setting]) -> list[Setting]:
    """Return the settings that no other one beats on both counts, the least hidden first (Pareto front).

    Generated windows are attributed to no real person, which answers another question: they are left out.
    """
    claiming = [s for s in settings if not s.nobody]
    best: list[Setting] = []
    for s in sorted(claiming, key=lambda s: (-s.strongest.hidden, -s.useful.value)):
        if not best or s.useful.value > best[-1].useful.value:
            best.append(s)
    return best[::-1]


def most_flattered(settings: Sequence[Setting]) -> Setting | None:
    """Return the setting for which the usual test most underestimates an attacker who trains on released windows."""
    flattered = [
        (s.static.hidden - s.strongest.hidden, s)
        for s in settings
        if s.static is not None and knows_release(s.strongest.tier)
    ]
    return max(flattered, key=itemgetter(0), default=(0.0, None))[1]


def sweep_table(measured: MeasuredPoints) -> pd.DataFrame:
    """Return a row for each point: what it is, and every number of the chart with its interval."""
    return pd.DataFrame([_row(point, report) for point, report in measured])


def sweep_in_words(table: pd.DataFrame) -> pd.DataFrame:
    """Return a `sweep_table` for reading: each number in one cell, such as "74 % [63, 83]", without guessing."""
    names = [name.removesuffix(": from") for name in map(str, table.columns) if name.endswith(": from")]
    numbers = {
        name: [
            "–" if pd.isna(value) else figure(value, low, high)
            for value, low, high in zip(
                table[name], table[f"{name}: from"], table[f"{name}: to"], strict=True
            )
        ]
        for name in names
    }
    strengths = ["–" if pd.isna(strength) else f"{strength:g}" for strength in table["strength"]]
    return table[["method", "what the strength is", "seed"]].assign(strength=strengths, **numbers)


def _setting(same: MeasuredPoints, by_person: bool) -> Setting | None:
    seeds, static, strongest, useful = [], [], [], []
    for point, report in same:
        by_usual_test, counts = attackers(report, by_person=by_person)
        activities = headline(report, "utility")
        if counts is None or activities is None:
            continue
        seeds.append(point.seed)
        strongest.append(counts)
        useful.append(activities)
        if by_usual_test is not None:
            static.append(by_usual_test)
    if not seeds:
        return None
    first = same[0][0]  # all seeds share method and strength
    return Setting(
        method=first.method,
        strength=first.strength,
        words=first.strength_in_words,
        order=_order(first),
        nobody=claims_nobody(strongest[0]),
        seeds=tuple(seeds),
        useful=Figure.over(useful),
        strongest=Figure.over(strongest),
        static=Figure.over(static) if static else None,
    )


def _order(point: Point) -> float:
    """Return where a strength stands between mild and strong: on some dials, less is stronger."""
    dial = point.mechanism.dial
    if point.strength is None or dial is None:
        return 0.0
    steps = dial.steps
    return point.strength if steps[0] < steps[-1] else -point.strength


def _why_not(point: Point, report: Report, by_person: bool) -> str:
    name = point.method if point.strength is None else f"{point.method}, {_lower(point.strength_in_words)}"
    if headline(report, "utility") is None:
        return f"“{name}” is not on the map: recognition of activities could not be measured for it."
    strongest = headline(report, QUESTION)
    if by_person and strongest is not None and claims_nobody(strongest):
        return (
            f"“{point.method}” is not on this map: its windows are attributed to no real person, so nobody can be "
            "recognised person by person."
        )
    return f"“{name}” is not on the map: recognition of people could not be measured for it."


def _row(point: Point, report: Report) -> Mapping[str, Any]:
    static, strongest = attackers(report)
    static_people, refitted_people = attackers(report, by_person=True)
    numbers = {
        "activities recognised": headline(report, "utility"),
        "people recognised": strongest,
        "people recognised, usual test": static,
        "people recognised, usual test, by person": static_people,
        "people recognised, refitted attacker, by person": refitted_people,
    }
    row: dict[str, Any] = {
        "method": point.method,
        "strength": point.strength,
        "what the strength is": point.strength_in_words.rpartition(":")[0],
        "seed": point.seed,
    }
    for name, r in numbers.items():
        row |= {name: None, f"{name}: from": None, f"{name}: to": None, f"{name}: guessing": None}
        if r is not None:
            row |= {
                name: r.value,
                f"{name}: from": r.low,
                f"{name}: to": r.high,
                f"{name}: guessing": r.chance,
            }
    return row


def _mean(values: Iterable[float]) -> float:
    found = list(values)
    return sum(found) / len(found)


def _lower(words: str) -> str:
    return words[:1].lower() + words[1:]
