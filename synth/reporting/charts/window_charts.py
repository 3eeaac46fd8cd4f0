"""Charts of windows: real ones next to released ones, and one before and after its correction."""

import json
from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd

from data.windows import Windows
from synth.reporting.charts.downsampled_traces import Line, channel_groups, rows_of
from synth.reporting.charts.theme import (
    FIT_WIDTH,
    PALETTE,
    PANEL_HEIGHT,
    colour_of,
    layered,
    legend_above,
    titled,
)

GAP = 0.12  # between neighbouring windows, as a share of a window

BEFORE, DRAWN, ROUGHLY, BLENDED, FILLED, AFTER = (
    "before", "drawn", "drawn roughly", "blended", "filled in", "after",
)  # fmt: skip
SOLID = [1, 0]
LABEL_WIDTH = 36  # pixels, so that panels are aligned exactly
LOOKS = {
    BEFORE: ("#8A93A0", [4, 3]),
    DRAWN: (PALETTE[3], SOLID),
    ROUGHLY: ("#E69F00", SOLID),
    BLENDED: ("#C98A62", SOLID),
    FILLED: (PALETTE[0], SOLID),
    AFTER: (PALETTE[0], SOLID),
}


def side_by_side(
    real: Windows,
    released: Windows,
    activity: str,
    n: int = 4,
    *,
    group: str | None = None,
    source: np.ndarray | None = None,
    name: str = "released",
) -> alt.VConcatChart:
    """Draw real windows above released ones of the same activity, on the same axes.

    A real window is labelled with its own activity where the release calls it something else.

    Args:
        real: Real windows.
        released: Windows of a release, same channels.
        activity: Which activity; both must have it.
        n: How many of each, >= 1; spread evenly over what there is.
        group: Title of a panel of `channel_groups`; the first one by default.
        source: For a transformed release the index in `real` of each window's origin, to show true pairs.
        name: What the release is called.

    Raises:
        ValueError: If one side has no window of `activity`.
    """
    groups = channel_groups(real.channels, real.units)
    title = group if group is not None else next(iter(groups))
    theirs = _spread(released, activity, n)
    ours = source[theirs] if source is not None else _spread(real, activity, n)
    sides = {"real": (real, ours), name: (released, theirs)}
    lines = [
        Line(place, windows.values[index, :, channel], {"side": side, "channel": real.channels[channel]})
        for side, (windows, indices) in sides.items()
        for index, place in zip(indices, _places(windows.n_timesteps, len(indices)), strict=True)
        for channel in groups[title]
    ]
    rows = rows_of(lines)
    values = [float(rows["value"].min()), float(rows["value"].max())]
    charts = [
        _strip(
            rows[rows["side"] == side],
            side,
            title,
            windows.duration_s,
            n,
            values,
            _others(windows, indices, activity),
        )
        for side, (windows, indices) in sides.items()
    ]
    how = (
        "Each real window is shown above the released window made from it."
        if source is not None
        else "Examples, not the same moments."
    )
    return alt.vconcat(*charts).properties(title=titled(f"{activity}: real windows and “{name}”", how))


def strips(
    shown: Sequence[tuple[str, np.ndarray]],
    *,
    channels: Sequence[str],
    units: Sequence[str],
    duration_s: float,
    group: str | None = None,
) -> list[alt.Chart]:
    """Draw sets of windows, a chart each, on the same axes.

    Args:
        shown: What each set is called, and its windows `(n, timesteps, channels)`, n >= 1.
        channels: Channel names.
        units: Unit of each.
        duration_s: Length of a window, > 0.
        group: Title of a panel of `channel_groups`; the first one by default.
    """
    groups = channel_groups(channels, units)
    title = group if group is not None else next(iter(groups))
    lines = [
        Line(place, window[:, channel], {"side": name, "channel": channels[channel]})
        for name, windows in shown
        for window, place in zip(windows, _places(windows.shape[1], len(windows)), strict=True)
        for channel in groups[title]
    ]
    rows = rows_of(lines)
    values = [float(rows["value"].min()), float(rows["value"].max())]
    return [
        _strip(rows[rows["side"] == name], name, title, duration_s, len(windows), values, None).properties(
            autosize=FIT_WIDTH
        )
        for name, windows in shown
    ]


def _spread(windows: Windows, activity: str, n: int) -> np.ndarray:
    """Return `n` windows of the activity, evenly spread over the recordings."""
    found = np.flatnonzero(windows.activity == activity)
    if len(found) == 0:
        raise ValueError(f"there is no window of {activity!r}")
    return found[np.unique(np.linspace(0, len(found) - 1, n).round().astype(int))]


def _others(windows: Windows, indices: np.ndarray, activity: str) -> list[str]:
    """Name the activity of windows where it is another one: a release may call them something else."""
    return [f": {name}" if name != activity else "" for name in windows.activity[indices].tolist()]


def _places(n_timesteps: int, n: int) -> np.ndarray:
    """Return the x of every sample of `n` windows side by side, in windows: `(n, n_timesteps)`."""
    share = np.arange(n_timesteps) / n_timesteps
    return np.arange(n)[:, None] * (1 + GAP) + share


def _strip(
    rows: pd.DataFrame,
    side: str,
    panel: str,
    duration_s: float,
    n: int,
    values: list[float],
    named: list[str] | None,
) -> alt.Chart:
    begins = [round(i * (1 + GAP), 6) for i in range(n)]
    number = f"round(datum.value / {1 + GAP})"
    axis = alt.Axis(
        values=begins,
        labelExpr=f"'window ' + ({number} + 1) + ({json.dumps(named)}[{number}] || '')" if named else "''",
        labelAlign="left",
        title=f"{'each ' if n > 1 else ''}{duration_s:.2f} s",
    )
    return (
        alt.Chart(rows)
        .mark_line(strokeWidth=1.3)
        .encode(
            x=alt.X("x:Q", axis=axis, scale=alt.Scale(domain=[0, n * (1 + GAP) - GAP], nice=False)),
            y=alt.Y("value:Q", title=[side, panel], scale=alt.Scale(domain=values, nice=True)),
            color=alt.Color(
                "channel:N",
                scale=colour_of(rows["channel"]),
                legend=legend_above(),
            ),
            detail="line:N",
            tooltip=["side:N", "channel:N", alt.Tooltip("value:Q", format=".4~g")],
        )
        .properties(width="container", height=PANEL_HEIGHT)
    )


def before_after(
    before: np.ndarray,
    after: np.ndarray,
    spans: Sequence[Sequence[tuple[int, int, str]]],
    *,
    channels: Sequence[str],
    rate_hz: float,
    units: Sequence[str] | None = None,
    draws: np.ndarray | None = None,
    show: Sequence[int] | None = None,
) -> list[alt.LayerChart]:
    """Draw a corrected window over the original, a chart for each channel; what changed is shaded.

    Args:
        before: `(timesteps, channels)` in sensor units.
        after: Same shape, corrected; NaN where it is still unknown.
        spans: For each channel `(start, stop, kind)` in samples, `stop` excluded: what was drawn, drawn roughly,
            blended into it or filled in.
        channels: Channel names.
        rate_hz: Samples per second.
        units: Unit of each channel.
        draws: `(n_draws, timesteps, channels)` several imputations, whose spread is shown.
        show: Indices of the channels to draw; by default those that changed, or all if none did.
    """
    is_changed = ~np.isclose(np.asarray(after), before, rtol=0, atol=0)
    changed_channels = np.flatnonzero(is_changed.any(axis=0)).tolist()
    shown = list(show if show is not None else changed_channels) or list(range(len(channels)))
    units = units or [""] * len(channels)
    lines = [line for channel in shown for line in _versions(before, after, spans, channel, rate_hz)]
    rows = rows_of(lines)
    kinds = [kind for kind in LOOKS if kind in set(rows["version"])]
    changed = int(is_changed.any(axis=1).sum())
    finding = f"{changed} of {len(before)} samples changed ({changed / rate_hz:.2f} s)"
    how = ""
    if draws is not None and len(draws) > 1 and float(np.ptp(draws, axis=0).max()) > 0:
        how = f"The shading around filled-in samples is the range of {len(draws)} imputations."
    charts = []
    for c in shown:
        layers = (
            _grounds(spans[c], rate_hz, kinds),
            _spread_band(draws, spans[c], c, rate_hz),
            _version_panel(rows[rows["channel"] == c], channels[c], units[c], kinds, is_last=c == shown[-1]),
        )
        title = {"title": titled(finding, how)} if c == shown[0] else {}
        charts.append(layered(*layers).properties(width="container", height=110, autosize=FIT_WIDTH, **title))
    return charts


def preview(
    before: np.ndarray,
    after: np.ndarray,
    *,
    rate_hz: float,
    title: str,
    unit: str = "",
    with_legend: bool = True,
) -> alt.Chart:
    """Draw one channel of one window before and after a correction.

    Args:
        before: `(timesteps,)` in sensor units.
        after: Same shape.
        rate_hz: Samples per second.
        title: Which window it is.
        unit: Unit of the channel.
        with_legend: Whether to say which line is which.
    """
    t = np.arange(len(before)) / rate_hz
    sides = ((BEFORE, before), (AFTER, after))
    rows = rows_of([Line(t, trace, {"version": side}) for side, trace in sides])
    colours, dashes = ([LOOKS[side][i] for side, _ in sides] for i in (0, 1))
    domain = [side for side, _ in sides]
    legend = legend_above() if with_legend else None
    return (
        alt.Chart(rows)
        .mark_line(strokeWidth=1.6)
        .encode(
            x=alt.X("x:Q", title=None, scale=alt.Scale(nice=False), axis=alt.Axis(tickCount=4, format="~g")),
            y=alt.Y(
                "value:Q",
                title=unit or None,
                scale=alt.Scale(zero=False),
                axis=alt.Axis(tickCount=4),
            ),
            color=alt.Color("version:N", scale=alt.Scale(domain=domain, range=colours), legend=legend),
            strokeDash=alt.StrokeDash(
                "version:N", scale=alt.Scale(domain=domain, range=dashes), legend=legend
            ),
            detail="line:N",
        )
        .properties(width="container", height=80, title=titled(title), autosize=FIT_WIDTH)
    )


def _grounds(spans: Sequence[tuple[int, int, str]], rate_hz: float, kinds: Sequence[str]) -> alt.Chart:
    """Shade the stretches that changed."""
    rows = pd.DataFrame(
        [{"from": (a - 0.5) / rate_hz, "to": (b - 0.5) / rate_hz, "version": kind} for a, b, kind in spans],
        columns=["from", "to", "version"],
    )
    scale = alt.Scale(domain=list(kinds), range=[LOOKS[kind][0] for kind in kinds])
    return (
        alt.Chart(rows)
        .mark_rect(opacity=0.1)
        .encode(x="from:Q", x2="to:Q", color=alt.Color("version:N", scale=scale, legend=legend_above()))
    )


def _spread_band(
    draws: np.ndarray | None, spans: Sequence[tuple[int, int, str]], channel: int, rate_hz: float
) -> alt.Chart:
    """Shade the range of several imputations, from the lowest to the highest at each time."""
    rows = []
    for number, (start, stop, kind) in enumerate(spans):
        if draws is None or len(draws) < 2 or kind == DRAWN:
            continue
        for t in range(max(0, start - 1), min(stop + 1, draws.shape[1])):
            low, high = float(draws[:, t, channel].min()), float(draws[:, t, channel].max())
            rows.append({"x": t / rate_hz, "low": low, "high": high, "span": number})
    return (
        alt.Chart(pd.DataFrame(rows, columns=["x", "low", "high", "span"]))
        .mark_area(opacity=0.25, color=LOOKS[FILLED][0])
        .encode(x="x:Q", y="low:Q", y2="high:Q", detail="span:N")
    )


def _versions(
    before: np.ndarray,
    after: np.ndarray,
    spans: Sequence[Sequence[tuple[int, int, str]]],
    channel: int,
    rate_hz: float,
) -> list[Line]:
    """Return the lines of one channel; a span's line reaches to its neighbours, to join the trace."""
    t = np.arange(len(before)) / rate_hz
    lines = [Line(t, before[:, channel], {"channel": channel, "version": BEFORE})]
    for start, stop, kind in spans[channel]:
        reach = slice(max(0, start - 1), stop + 1)
        lines.append(Line(t[reach], after[reach, channel], {"channel": channel, "version": kind}))
    return lines


def _version_panel(rows: pd.DataFrame, name: str, unit: str, kinds: list[str], *, is_last: bool) -> alt.Chart:
    colours, dashes = ([LOOKS[kind][i] for kind in kinds] for i in (0, 1))
    is_edit = alt.datum.version != BEFORE
    legend = legend_above()
    return (
        alt.Chart(rows)
        .mark_line()
        .encode(
            x=alt.X(
                "x:Q",
                title="seconds" if is_last else None,
                scale=alt.Scale(nice=False),
                axis=alt.Axis(tickCount=8),
            ),
            y=alt.Y(
                "value:Q",
                title=f"{name} ({unit})" if unit else name,
                scale=alt.Scale(zero=False),
                axis=alt.Axis(minExtent=LABEL_WIDTH),
            ),
            color=alt.Color("version:N", scale=alt.Scale(domain=kinds, range=colours), legend=legend),
            strokeWidth=alt.condition(is_edit, alt.value(2.6), alt.value(1.0)),
            strokeDash=alt.StrokeDash(
                "version:N", scale=alt.Scale(domain=kinds, range=dashes), legend=legend
            ),
            detail="line:N",
            tooltip=["version:N", alt.Tooltip("x:Q", title="seconds"), alt.Tooltip("value:Q", format=".4~g")],
        )
    )
