"""One method at any strength: curves through its measured strengths, and its mark on the map."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import altair as alt
import pandas as pd

from synth.audit.question import headline
from synth.audit.report import Report
from synth.core.figures import figure
from synth.mechanisms.base import Dial
from synth.reporting.charts.axes import corner, guessing, privacy_axis, utility_axis
from synth.reporting.charts.recognition import attackers, how_hidden
from synth.reporting.charts.sweep.figures import Figure, Setting
from synth.reporting.charts.theme import (
    FIT_WIDTH,
    LABEL_PX,
    NEUTRAL,
    PALETTE,
    PERCENT,
    layered,
    titled,
)

NOW = "now"  # the data set that says where the dial stands
PEOPLE, ACTIVITIES = "people recognised", "activities recognised"
HUES = {PEOPLE: PALETTE[3], ACTIVITIES: PALETTE[0]}
DASHES = [5, 4]
CURVE_HEIGHT = 130
COLUMN_CHARACTERS = 34  # of titles above a third of the page
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


def row_of_now(place: float, now: Expected | None) -> dict[str, Any]:
    """Return the one row of the data set `NOW`, where the dial stands and what it gives: all that changes as it turns.

    Args:
        place: Where the dial stands (`Dial.place`).
        now: What is to be expected there.
    """
    if now is None:
        return {"place": place}
    about = "" if not now.between else "≈ "
    return {
        "place": place,
        "measured": not now.between,
        "strength": f"{now.strength:g}",
        "words": now.in_words,
        PEOPLE: now.people.value,
        f"{PEOPLE} in words": about + now.people.in_words,
        ACTIVITIES: now.activities.value,
        f"{ACTIVITIES} in words": about + now.activities.in_words,
        "privacy": how_hidden(now.people.value, now.chance),
        "privacy_low": how_hidden(now.people.high, now.chance),
        "privacy_high": how_hidden(now.people.low, now.chance),
        "utility": now.activities.value,
        "utility_low": now.activities.low,
        "utility_high": now.activities.high,
    }


def curves(settings: Sequence[Setting], dial: Dial, label: str) -> list[alt.LayerChart]:
    """Draw how often people and activities are recognised at each measured strength, a chart for each of the two.

    Between measured strengths, dashes are estimates.

    Where the dial stands is the data set `NOW` (`row_of_now`): the chart itself stays the same while it turns.

    Args:
        settings: The measured strengths of one method, from mild to strong.
        dial: Of the method.
        label: Of the dial.
    """
    places = [dial.place(float(s.strength or 0)) for s in settings]
    rows = {
        PEOPLE: [(place, s.strength, s.strongest) for place, s in zip(places, settings, strict=True)],
        ACTIVITIES: [(place, s.strength, s.useful) for place, s in zip(places, settings, strict=True)],
    }
    said = "Marks and bars: measured, with 95 % intervals. Dashes: estimated in between. Dotted: guessing."
    heading = {"title": titled("What attackers and classifiers get", said, characters=COLUMN_CHARACTERS)}
    people, activities = (_panel(name, numbers, dial, label) for name, numbers in rows.items())
    return [people.properties(**heading), activities]


def strengths_on_map(
    settings: Sequence[Setting], others: Mapping[str, tuple[float, float]]
) -> alt.LayerChart:
    """Draw the measured strengths of one method on the map, and other versions for comparison.

    Where the dial stands among them is the data set `NOW`.

    Args:
        settings: The measured strengths of one method, from mild to strong.
        others: Where versions are on the map, by name (`places_of`).
    """
    # The whole title of the axis needs a wider chart.
    x = privacy_axis().title(["how well people are hidden", "← worse   ·   better →"])
    y = utility_axis(settings[0].useful.metric)
    line = [
        {
            "privacy": s.strongest.hidden,
            "utility": s.useful.value,
            "order": s.order,
            "name": f"{s.strength:g}",
        }
        for s in settings
    ]
    rest = [{"privacy": hidden, "utility": useful, "name": name} for name, (hidden, useful) in others.items()]
    base = alt.Chart(pd.DataFrame(line))
    grey = alt.Chart(pd.DataFrame(rest, columns=["privacy", "utility", "name"]))
    layers = [
        guessing(x),
        grey.mark_point(filled=True, size=70, color=NEUTRAL, opacity=0.6).encode(
            x=x, y=y, tooltip=alt.Tooltip("name:N", title="version")
        ),
        base.mark_line(strokeDash=DASHES, color=HUES[ACTIVITIES]).encode(x=x, y=y, order="order:Q"),
        base.mark_point(filled=True, size=70, color=HUES[ACTIVITIES], opacity=1).encode(
            x=x, y=y, tooltip=alt.Tooltip("name:N", title="strength")
        ),
        *_mark(x, y),
        corner(x),
    ]
    said = "Ring: this strength, full where it was measured. Line: measured strengths. Grey: your versions."
    return layered(*layers).properties(
        width="container",
        height=2 * CURVE_HEIGHT + 40,
        autosize=FIT_WIDTH,
        title=titled("On the map", said, characters=COLUMN_CHARACTERS),
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
    name: str, measured: Sequence[tuple[float, float | None, Figure]], dial: Dial, label: str
) -> alt.LayerChart:
    rows = [
        {
            "place": place, "value": f.value, "low": f.low, "high": f.high,
            "strength": f"{strength:g}", "figure": f.in_words, "by": f.measured_by,
        }
        for place, strength, f in measured
    ]  # fmt: skip
    x, y = _dial_axis(dial, label if name == ACTIVITIES else ""), _share_axis("value", name)
    base = alt.Chart(pd.DataFrame(rows)).encode(x=x)
    tips = [
        alt.Tooltip("strength:N"),
        alt.Tooltip("figure:N", title=name),
        alt.Tooltip("by:N", title="measured by"),
    ]
    layers = [
        base.mark_area(opacity=0.12, color=HUES[name]).encode(y=alt.Y("low:Q"), y2="high:Q"),
        base.mark_line(strokeDash=DASHES, color=HUES[name]).encode(y=y),
        base.mark_rule(strokeWidth=3, opacity=0.6, color=HUES[name]).encode(y=alt.Y("low:Q"), y2="high:Q"),
        base.mark_point(filled=True, size=70, opacity=1, color=HUES[name]).encode(y=y, tooltip=tips),
        *_line_of_guessing(measured[0][2].chance, y),
        *_needle(name, x, dial),
    ]
    return layered(*layers).properties(width="container", height=CURVE_HEIGHT, autosize=FIT_WIDTH)


def _line_of_guessing(chance: float | None, y: alt.Y) -> list[alt.Chart]:
    if chance is None:
        return []
    line = alt.Chart(pd.DataFrame({"value": [chance]}))
    return [line.mark_rule(strokeDash=[2, 3], color=NEUTRAL).encode(y=y)]


def _needle(name: str, x: alt.X, dial: Dial) -> list[alt.Chart]:
    """Return where the dial stands, and the number there: a full mark where it was measured, else a ring."""
    y, middle = _share_axis(name, name), (len(dial.steps) - 1) / 2
    base = alt.Chart(alt.NamedData(NOW)).encode(x=x)
    known = base.transform_filter(f"isValid(datum['{name}'])").encode(y=y)
    left, right = (known.transform_filter(f"datum.place {side} {middle}") for side in ("<=", ">"))
    looks: dict[str, Any] = {"dy": -13, "fontSize": LABEL_PX, "color": NEUTRAL, "fontWeight": "bold"}
    words = [
        left.mark_text(align="left", dx=8, **looks).encode(text=f"{name} in words:N"),
        right.mark_text(align="right", dx=-8, **looks).encode(text=f"{name} in words:N"),
    ]
    return [
        base.mark_rule(color=NEUTRAL, strokeWidth=1.5),
        _ring(known, MARK_PX / 2, NEUTRAL),
        *words,
    ]


def _mark(x: alt.X, y: alt.Y) -> list[alt.Chart]:
    """Return where the dial stands on the map, with its intervals."""
    base = alt.Chart(alt.NamedData(NOW)).transform_filter("isValid(datum.privacy)")
    bar = base.mark_rule(strokeWidth=5, opacity=0.35, color=HUES[PEOPLE])
    return [
        bar.encode(x=alt.X("privacy_low:Q"), x2="privacy_high:Q", y=y),
        bar.encode(x=x, y=alt.Y("utility_low:Q"), y2="utility_high:Q"),
        _ring(base, MARK_PX, HUES[PEOPLE]).encode(
            x=x, y=y, tooltip=alt.Tooltip("words:N", title="this strength")
        ),
        base.mark_text(
            dx=14, dy=-12, align="left", fontSize=LABEL_PX, fontWeight="bold", color=NEUTRAL
        ).encode(x=x, y=y, text="strength:N"),
    ]


def _ring(base: alt.Chart, size: float, colour: str) -> alt.Chart:
    full = alt.condition("datum.measured", alt.value(1), alt.value(0))
    return base.mark_point(size=size, strokeWidth=2.5, stroke=colour, fill=colour, opacity=1).encode(
        fillOpacity=full
    )


def _dial_axis(dial: Dial, label: str) -> alt.X:
    names = [f"{step:g}" for step in dial.steps]
    return alt.X(
        "place:Q",
        title=[label, "← mild   ·   more private →"] if label else None,
        scale=alt.Scale(domain=[-0.15, len(names) - 0.85], nice=False),
        axis=alt.Axis(values=list(range(len(names))), labelExpr=f"{names}[datum.value]", grid=False),
    )


def _share_axis(field: str, name: str) -> alt.Y:
    return alt.Y(
        f"{field}:Q",
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
