"""Charts of what a release looks like next to real recordings: spectra, rhythm, and a map of windows."""

from collections.abc import Mapping
from typing import Any, Literal

import altair as alt
import pandas as pd

from synth.audit.report import Report
from synth.core.figures import percent
from synth.reporting.charts.theme import MAX_ROWS, NEUTRAL, PALETTE, colour_of, legend_above, titled

REAL, USED, RELEASED = "real", "real, used", "released"
SIDES = {REAL: "real, unused", USED: "real, used for the release", RELEASED: "released"}
LOOKS = {REAL: (NEUTRAL, [1, 0]), USED: (NEUTRAL, [4, 3]), RELEASED: (PALETTE[0], [1, 0])}
MAP_HEIGHT = 260
CURVE_HEIGHT = 80


def spectra(report: Report) -> alt.VConcatChart | None:
    """Draw mean power spectra of both sides, one panel per channel; `None` where nothing was compared."""
    return _curves(
        report,
        "spectra",
        tier="spectra",
        what="Spectra",
        x=("frequency_hz", "frequency (Hz)"),
        y=("power_db", "dB"),
        explanation="Where the lines diverge, movements are stronger or weaker at this frequency than in real "
        "recordings.",
    )


def rhythm(report: Report) -> alt.VConcatChart | None:
    """Draw mean autocorrelations of both sides, one panel per channel; `None` where nothing was compared."""
    return _curves(
        report,
        "autocorrelation",
        tier="rhythm (autocorrelation)",
        what="Rhythm",
        x=("lag_s", "seconds later (lag)"),
        y=("correlation", "correlation"),
        explanation="How much a movement resembles itself a little later. A peak is the time after which it repeats.",
    )


def map_of_windows(
    report: Report, colour: Literal["activity", "person"] = "activity"
) -> alt.VConcatChart | None:
    """Draw windows as points, similar ones close together: real ones above, released ones below, on the same axes.

    Args:
        report: With the exhibits of the question `"realism"`; the map of neighbours is preferred where there is one.
        colour: What the colours stand for.

    Returns:
        `None` where nothing was compared.
    """
    exhibits = _exhibits(report)
    rows = pd.DataFrame((exhibits.get("neighbours") or exhibits.get("map") or [])[:MAX_ROWS])
    if rows.empty:
        return None
    rows["person"] = rows["person"].replace("", "no real person")
    scale = colour_of(sorted(rows[colour].unique()))
    axes = {axis: [float(rows[axis].min()), float(rows[axis].max())] for axis in "xy"}
    panels = [
        _cloud(rows[rows["side"] == side], name, colour, scale, axes)
        for side, name in ((REAL, SIDES[REAL]), (RELEASED, report.name))
    ]
    how = (
        "similar windows lie close together (t-SNE)"
        if exhibits.get("neighbours")
        else "directions of largest variance (PCA)"
    )
    finding = f"Windows of the release among real ones, by {colour}"
    explanation = (
        f"Each point is a window; {how}. Real ones above, those of “{report.name}” below, on the same axes."
    )
    return alt.vconcat(*panels).properties(title=titled(finding, explanation))


def _exhibits(report: Report) -> Mapping[str, Any]:
    return report.exhibits.get("realism", {})


def _curves(
    report: Report,
    exhibit: str,
    *,
    tier: str,
    what: str,
    x: tuple[str, str],
    y: tuple[str, str],
    explanation: str,
) -> alt.VConcatChart | None:
    rows = pd.DataFrame(_exhibits(report).get(exhibit, [])[:MAX_ROWS])
    if rows.empty:
        return None
    channels = list(dict.fromkeys(rows["channel"]))
    values = [float(rows[y[0]].min()), float(rows[y[0]].max())]
    rows["of"] = rows["side"].map(SIDES)
    panels = [
        _panel(rows[rows["channel"] == channel], channel, x, y, values, is_last=channel == channels[-1])
        for channel in channels
    ]
    return alt.vconcat(*panels).properties(title=titled(_finding(report, tier, what), explanation))


def _panel(
    rows: pd.DataFrame,
    channel: str,
    x: tuple[str, str],
    y: tuple[str, str],
    values: list[float],
    *,
    is_last: bool,
) -> alt.Chart:
    sides = list(dict.fromkeys(rows["side"]))
    names = [SIDES[side] for side in sides]
    colours, dashes = ([LOOKS[side][i] for side in sides] for i in (0, 1))
    legend = legend_above()
    return (
        alt.Chart(rows)
        .mark_line(strokeWidth=1.6)
        .encode(
            x=alt.X(
                f"{x[0]}:Q",
                title=x[1] if is_last else None,
                scale=alt.Scale(nice=False, zero=False),
                axis=alt.Axis(labels=is_last, ticks=is_last, tickCount=10),
            ),
            y=alt.Y(
                f"{y[0]}:Q",
                title=[channel, y[1]],
                scale=alt.Scale(domain=values, nice=True),
                axis=alt.Axis(tickCount=3),
            ),
            color=alt.Color("of:N", scale=alt.Scale(domain=names, range=colours), legend=legend),
            strokeDash=alt.StrokeDash("of:N", scale=alt.Scale(domain=names, range=dashes), legend=legend),
            tooltip=[
                alt.Tooltip("of:N", title="side"),
                "channel:N",
                alt.Tooltip(f"{x[0]}:Q", title=x[1], format=".3~g"),
                alt.Tooltip(f"{y[0]}:Q", title=y[1], format=".3~g"),
            ],
        )
        .properties(width="container", height=CURVE_HEIGHT)
    )


def _cloud(
    rows: pd.DataFrame, name: str, colour: str, scale: alt.Scale, axes: Mapping[str, list[float]]
) -> alt.Chart:
    bare = alt.Axis(labels=False, ticks=False, grid=False)
    return (
        alt.Chart(rows)
        .mark_circle(size=26, opacity=0.75)
        .encode(
            x=alt.X("x:Q", title=None, axis=bare, scale=alt.Scale(domain=axes["x"])),
            y=alt.Y("y:Q", title=name, axis=bare, scale=alt.Scale(domain=axes["y"])),
            color=alt.Color(f"{colour}:N", scale=scale, legend=legend_above(columns=4)),
            tooltip=["activity:N", "person:N"],
        )
        .properties(width="container", height=MAP_HEIGHT)
    )


def _finding(report: Report, tier: str, what: str) -> str:
    """Say how far apart both sides are, and how far apart two sets of real recordings are."""
    found = next((r for r in report.results if (r.question, r.tier) == ("realism", tier)), None)
    if found is None or found.value is None:
        return what
    finding = f"{what} of “{report.name}” and real recordings are {percent(found.value)} apart"
    return finding if found.ceiling is None else f"{finding}; two sets of real ones: {percent(found.ceiling)}"
