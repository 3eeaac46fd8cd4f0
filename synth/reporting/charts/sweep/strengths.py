"""One method at any strength: curves through its measured strengths, and its mark on the map."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import altair as alt
import pandas as pd

from synth.audit.question import headline
from synth.audit.report import Report
from synth.core.figures import figure
from synth.mechanisms.base import Dial
from synth.reporting.charts.axes import HEIGHT, corner, guessing, privacy_axis, utility_axis
from synth.reporting.charts.recognition import attackers, how_hidden
from synth.reporting.charts.sweep.figures import Figure, Setting
from synth.reporting.charts.theme import FIT_WIDTH, LABEL_PX, NEUTRAL, PALETTE, PERCENT, layered, titled

PEOPLE, ACTIVITIES = "people recognised", "activities recognised"
HUES = {PEOPLE: PALETTE[3], ACTIVITIES: PALETTE[0]}
DASHES = [5, 4]
CURVE_HEIGHT = 130
MARK_PX = 260


class Span(NamedTuple):
    """A share with its 95 % interval, all in [0, 1]."""

    value: float
    low: float
    high: float

    @property
    def in_words(self) -> str:
        return figure(*self)


@dataclass(frozen=True)
class Expected:
    """What one strength of a method gives.

    Attributes:
        strength: Where the dial is set.
        place: Where that is from mild to strong (`Dial.place`).
        people: How often the attacker that counts recognises people.
        activities: How well activities are recognised.
        chance: How often guessing recognises people.
        between: The measured strengths that it is interpolated between; `()` where it was measured itself.
    """

    strength: float
    place: float
    people: Span
    activities: Span
    chance: float | None
    between: tuple[float, ...] = ()

    @property
    def in_words(self) -> str:
        """Both numbers, and whether they were measured."""
        numbers = f"{PEOPLE} {self.people.in_words}, {ACTIVITIES} {self.activities.in_words}"
        if not self.between:
            return f"Measured: {numbers}."
        low, high = self.between
        return f"Estimated between {low:g} and {high:g}, which were measured: {numbers}."


def expected(settings: Sequence[Setting], dial: Dial, strength: float) -> Expected | None:
    """Return what to expect at a strength: as it was measured, else on the straight line between its two neighbours.

    Args:
        settings: The measured strengths of one method, from mild to strong.
        dial: Of the method.
        strength: Where it is set.

    Returns:
        `None` where no strength was measured on one side.
    """
    place = dial.place(strength)
    for setting in settings:
        if setting.strength == strength:
            return Expected(
                strength, place, _span(setting.strongest), _span(setting.useful), _chance(setting)
            )
    for before, after in pairwise(settings):
        low, high = (dial.place(float(s.strength or 0)) for s in (before, after))
        if low < place < high:
            share = (place - low) / (high - low)
            return Expected(
                strength,
                place,
                _between(before.strongest, after.strongest, share),
                _between(before.useful, after.useful, share),
                _chance(before),
                (float(before.strength or 0), float(after.strength or 0)),
            )
    return None


def curves(
    settings: Sequence[Setting], dial: Dial, label: str, place: float, now: Expected | None
) -> alt.VConcatChart:
    """Draw what attackers and classifiers get at each measured strength, and where the dial stands.

    Between measured strengths the curves are dashed: they are estimates.

    Args:
        settings: The measured strengths of one method, from mild to strong.
        dial: Of the method.
        label: Of the dial.
        place: Where the dial stands (`Dial.place`).
        now: What is to be expected there.
    """
    panels = [
        _panel(
            name,
            [(dial.place(float(s.strength or 0)), s.strength, figure_of(s)) for s in settings],
            None if now is None else getattr(now, part),
            dial,
            place,
            label if name == ACTIVITIES else "",
            is_measured=now is not None and not now.between,
        )
        for name, part, figure_of in (
            (PEOPLE, "people", lambda s: s.strongest),
            (ACTIVITIES, "activities", lambda s: s.useful),
        )
    ]
    said = "Marks and bars: measured, with 95 % intervals. Dashes: estimated between them. Dotted: guessing."
    return alt.vconcat(*panels).properties(
        title=titled("What attackers and classifiers get", said, characters=44)
    )


def mark_on_map(
    settings: Sequence[Setting], now: Expected | None, others: Mapping[str, tuple[float, float]]
) -> alt.LayerChart:
    """Draw the strengths of one method on the map, where the dial stands among them, and other versions for comparison.

    Args:
        settings: The measured strengths of one method, from mild to strong.
        now: What is to be expected where the dial stands.
        others: By name of a version, how well it hides people and how well activities are recognised.
    """
    x, y = privacy_axis(), utility_axis(settings[0].useful.metric)
    line = pd.DataFrame(
        [
            {
                "privacy": s.strongest.hidden,
                "utility": s.useful.value,
                "order": s.order,
                "name": f"{s.strength:g}",
            }
            for s in settings
        ]
    )
    rest = pd.DataFrame(
        [{"privacy": hidden, "utility": useful, "name": name} for name, (hidden, useful) in others.items()],
        columns=["privacy", "utility", "name"],
    )
    base, tip = alt.Chart(line), alt.Tooltip("name:N", title="strength")
    layers = [
        guessing(x),
        alt.Chart(rest)
        .mark_point(filled=True, size=70, color=NEUTRAL, opacity=0.6)
        .encode(x=x, y=y, tooltip=alt.Tooltip("name:N", title="version")),
        base.mark_line(strokeDash=DASHES, color=HUES[ACTIVITIES]).encode(x=x, y=y, order="order:Q"),
        base.mark_point(filled=True, size=70, color=HUES[ACTIVITIES], opacity=1).encode(
            x=x, y=y, tooltip=tip
        ),
        *_mark(now, x, y),
        corner(x),
    ]
    return layered(*layers).properties(
        width="container",
        height=HEIGHT - 40,
        autosize=FIT_WIDTH,
        title=titled(
            "On the map", "Ring: this strength. Line: the measured ones. Grey: your versions.", characters=44
        ),
    )


def places_of(reports: Mapping[str, Report]) -> dict[str, tuple[float, float]]:
    """Return where versions are on the map, by name: how well people are hidden, how well activities are recognised."""
    found = {}
    for report in reports.values():
        _, strongest = attackers(report)
        useful = headline(report, "utility")
        if strongest is not None and useful is not None and None not in (strongest.value, useful.value):
            found[report.name] = how_hidden(strongest.number, strongest.chance), useful.number
    return found


def _panel(
    name: str,
    measured: Sequence[tuple[float, float | None, Figure]],
    now: Span | None,
    dial: Dial,
    place: float,
    label: str,
    *,
    is_measured: bool,
) -> alt.LayerChart:
    rows = pd.DataFrame(
        [
            {
                "place": at, "value": f.value, "low": f.low, "high": f.high,
                "strength": f"{strength:g}", "figure": f.in_words, "by": f.measured_by,
            }
            for at, strength, f in measured
        ]
    )  # fmt: skip
    x, y = _dial_axis(dial, label), _share_axis(name)
    base = alt.Chart(rows).encode(x=x)
    tips = [
        alt.Tooltip("strength:N"),
        alt.Tooltip("figure:N", title=name),
        alt.Tooltip("by:N", title="measured by"),
    ]
    chance = measured[0][2].chance
    layers = [
        base.mark_area(opacity=0.12, color=HUES[name]).encode(y=alt.Y("low:Q"), y2="high:Q"),
        base.mark_line(strokeDash=DASHES, color=HUES[name]).encode(y=y),
        base.mark_rule(strokeWidth=3, opacity=0.6, color=HUES[name]).encode(y=alt.Y("low:Q"), y2="high:Q"),
        base.mark_point(filled=True, size=70, opacity=1, color=HUES[name]).encode(y=y, tooltip=tips),
        *_line_of_guessing(chance, y),
        *_needle(place, now, x, y, is_measured=is_measured),
    ]
    return layered(*layers).properties(width="container", height=CURVE_HEIGHT)


def _line_of_guessing(chance: float | None, y: alt.Y) -> list[alt.Chart]:
    if chance is None:
        return []
    return [
        alt.Chart(pd.DataFrame({"value": [chance]})).mark_rule(strokeDash=[2, 3], color=NEUTRAL).encode(y=y)
    ]


def _needle(place: float, now: Span | None, x: alt.X, y: alt.Y, *, is_measured: bool) -> list[alt.Chart]:
    """Return where the dial stands, and the number there: a full mark where it was measured, else a ring."""
    needle = alt.Chart(pd.DataFrame({"place": [place]})).mark_rule(color=NEUTRAL, strokeWidth=1.5).encode(x=x)
    if now is None:
        return [needle]
    text = now.in_words if is_measured else f"≈ {now.in_words}"
    base = alt.Chart(pd.DataFrame({"place": [place], "value": [now.value], "text": [text]})).encode(x=x, y=y)
    right = place > 1
    words = base.mark_text(
        align="right" if right else "left", dx=-10 if right else 10, dy=-12, fontSize=LABEL_PX, color=NEUTRAL,
        fontWeight="bold",
    ).encode(text="text:N")  # fmt: skip
    return [
        needle,
        base.mark_point(size=MARK_PX / 2, strokeWidth=2.5, filled=is_measured, color=NEUTRAL),
        words,
    ]


def _mark(now: Expected | None, x: alt.X, y: alt.Y) -> list[alt.Chart]:
    if now is None:
        return []
    hidden = {
        "privacy": how_hidden(now.people.value, now.chance),
        "privacy_low": how_hidden(now.people.high, now.chance),
        "privacy_high": how_hidden(now.people.low, now.chance),
    }
    useful = {
        "utility": now.activities.value,
        "utility_low": now.activities.low,
        "utility_high": now.activities.high,
    }
    row = pd.DataFrame([hidden | useful | {"name": f"{now.strength:g}", "words": now.in_words}])
    base = alt.Chart(row)
    bar = base.mark_rule(strokeWidth=5, opacity=0.35, color=PALETTE[3])
    return [
        bar.encode(x=alt.X("privacy_low:Q"), x2="privacy_high:Q", y=y),
        bar.encode(x=x, y=alt.Y("utility_low:Q"), y2="utility_high:Q"),
        base.mark_point(
            size=MARK_PX, strokeWidth=3, color=PALETTE[3], filled=not now.between, opacity=1
        ).encode(x=x, y=y, tooltip=alt.Tooltip("words:N", title="this strength")),
        base.mark_text(
            dx=14, dy=-12, align="left", fontSize=LABEL_PX, fontWeight="bold", color=NEUTRAL
        ).encode(x=x, y=y, text="name:N"),
    ]


def _dial_axis(dial: Dial, label: str) -> alt.X:
    names = [f"{step:g}" for step in dial.steps]
    return alt.X(
        "place:Q",
        title=[label, "← mild   ·   more private →"] if label else None,
        scale=alt.Scale(domain=[-0.15, len(names) - 0.85], nice=False),
        axis=alt.Axis(values=list(range(len(names))), labelExpr=f"{names}[datum.value]", grid=False),
    )


def _share_axis(name: str) -> alt.Y:
    return alt.Y(
        "value:Q",
        title=name,
        scale=alt.Scale(domain=[0, 1.02], nice=False),
        axis=alt.Axis(labelExpr=PERCENT, values=[0, 0.25, 0.5, 0.75, 1]),
    )


def _span(number: Figure) -> Span:
    return Span(number.value, number.low, number.high)


def _between(before: Figure, after: Figure, share: float) -> Span:
    return Span(*(a + share * (b - a) for a, b in zip(_span(before), _span(after), strict=True)))


def _chance(setting: Setting) -> float | None:
    return setting.strongest.chance
