"""Forest plots: a row for each release, its number with the 95 % interval, next to guessing and the ceiling.

The usual chart in medicine for several estimates of the same thing, each with its interval. Better is always to
the right, so the axis is reversed where a lower number is better.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt
import pandas as pd

from synth.core.figures import figure, percent
from synth.reporting.charts.theme import (
    FIT_WIDTH,
    MAX_ROWS,
    NEUTRAL,
    layered,
    legend_above,
    wrapped,
)

ROW_PX = 22
HEADING_CHARACTERS = 72
MEASURED, GUESSING, CEILING = "measured (95 % interval)", "pure guessing", "unprotected recordings"
_LOOKS = {MEASURED: "circle", GUESSING: "M0,-1.3V1.3", CEILING: "diamond"}


@dataclass(frozen=True)
class Row:
    """One estimate.

    Attributes:
        section: Heading under which it appears.
        name: Release (or imputer) it belongs to, for label and colour.
        value: The number, on the axis' scale.
        low: Lower end of its interval, `None` where there is none.
        high: Upper end.
        chance: What pure guessing achieves, `None` where that has no meaning.
        ceiling: The same measurement on unprotected data, if any.
        by: Attacker and metric, for the tooltip.
        rests_on: What the interval is based on and how many of them, for the tooltip.
    """

    section: str
    name: str
    value: float
    low: float | None
    high: float | None
    chance: float | None = None
    ceiling: float | None = None
    by: str = ""
    rests_on: str = ""


@dataclass(frozen=True)
class Axis:
    """The horizontal axis in words.

    Attributes:
        measure: What the numbers are.
        worse: What the left end means.
        better: What the right end means.
        low: Smallest number on the axis.
        high: Largest number on the axis.
        lower_is_better: Whether the axis is reversed.
        format: D3 number format.
    """

    measure: str
    worse: str
    better: str
    low: float
    high: float
    lower_is_better: bool
    format: str = ".3~%"


def forest(
    rows: Sequence[Row], axis: Axis, *, colours: alt.Scale, title: alt.TitleParams, each: str = "release"
) -> alt.LayerChart:
    """Draw estimates as a forest plot in the given order, under the headings of their sections.

    Args:
        rows: Estimates; those of a section stand together.
        axis: What is measured and which end is better.
        colours: `colour_of` all names.
        title: The finding.
        each: What a row is, for the tooltip.
    """
    headings, marks, intervals, ids = _placed(rows[: MAX_ROWS // 6])
    y = alt.Y(
        "row:N",
        title=None,
        scale=alt.Scale(domain=ids),
        axis=alt.Axis(
            labelExpr="slice(datum.label, 5)", labelLimit=210, ticks=False, domain=False, labelPadding=8
        ),
    )
    x = alt.X(
        "x:Q",
        title=[axis.measure, f"← worse: {axis.worse}   ·   better: {axis.better} →"],
        scale=alt.Scale(domain=[axis.low, axis.high], reverse=axis.lower_is_better, nice=False, clamp=True),
        axis=alt.Axis(format=axis.format, tickCount=6),
    )
    tint = alt.Color("name:N", scale=colours, legend=None)
    layers = [
        alt.Chart(intervals).mark_rule(strokeWidth=3, opacity=0.55).encode(y=y, x=x, x2="x2:Q", color=tint),
        _points(marks, x, y, colours, each),
        alt.Chart(headings)
        .mark_text(align="left", baseline="middle", dy=3, fontSize=12, fontWeight="bold", color=NEUTRAL)
        .encode(y=y, x=alt.value(0), text="heading:N"),
    ]
    return layered(*layers).properties(
        width="container", height=ROW_PX * len(ids), title=title, autosize=FIT_WIDTH
    )


def _points(marks: pd.DataFrame, x: alt.X, y: alt.Y, colours: alt.Scale, each: str) -> alt.Chart:
    kinds = [kind for kind in _LOOKS if kind in set(marks["kind"])]
    look = alt.Shape(
        "kind:N",
        scale=alt.Scale(domain=kinds, range=[_LOOKS[kind] for kind in kinds]),
        legend=legend_above(direction="horizontal", symbolStrokeColor=NEUTRAL, symbolStrokeWidth=2),
    )
    is_measured = alt.datum.kind == MEASURED
    tint = alt.Color("name:N", scale=colours, legend=None)
    return (
        alt.Chart(marks)
        .mark_point(strokeWidth=2, size=70, opacity=1)
        .encode(
            x=x,
            y=y,
            shape=look,
            stroke=alt.condition(is_measured, tint, alt.value(NEUTRAL)),
            fill=alt.condition(is_measured, tint, alt.value("transparent")),
            tooltip=[
                alt.Tooltip("name:N", title=each),
                alt.Tooltip("section:N", title="measured how"),
                alt.Tooltip("by:N", title="measured by"),
                alt.Tooltip("kind:N", title="shown"),
                alt.Tooltip("number:N", title="number [95 % interval]"),
                alt.Tooltip("rests_on:N", title="based on"),
            ],
        )
    )


def _placed(rows: Sequence[Row]) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, list[str]]:
    """Give each heading and estimate a row of its own; return headings, marks, intervals and the order."""
    ids: list[str] = []
    headings, marks, intervals = [], [], []
    for number, row in enumerate(rows):
        if number == 0 or row.section != rows[number - 1].section:
            headings += [
                {"row": _add(ids, ""), "heading": line} for line in wrapped(row.section, HEADING_CHARACTERS)
            ]
        here = _add(ids, row.name)
        has_interval = row.low is not None and row.high is not None
        about = {
            "row": here,
            "name": row.name,
            "section": row.section,
            "by": row.by,
            "rests_on": row.rests_on,
        }
        for kind, x in ((GUESSING, row.chance), (CEILING, row.ceiling), (MEASURED, row.value)):
            if x is not None:
                number = figure(x, row.low, row.high) if kind == MEASURED else percent(x)
                marks.append(about | {"kind": kind, "x": x, "number": number})
        if has_interval:
            intervals.append(about | {"x": row.low, "x2": row.high})
    columns = ["row", "name", "x", "x2"]
    return pd.DataFrame(headings), pd.DataFrame(marks), pd.DataFrame(intervals, columns=columns), ids


def _add(ids: list[str], label: str) -> str:
    ids.append(f"{len(ids):04d} {label}")
    return ids[-1]
