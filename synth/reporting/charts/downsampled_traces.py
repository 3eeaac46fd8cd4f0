"""Traces as rows of a chart: never more rows than a chart may hold, without losing a peak."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import pandas as pd

from synth.reporting.charts.theme import MAX_ROWS

CHANNELS_A_PANEL = 4


@dataclass(frozen=True, eq=False)
class Line:
    """One uninterrupted line.

    Attributes:
        x: `(n,)` where on the axis, ascending.
        values: `(n,)`.
        labels: Columns that say which line it is, for colour, panel and tooltip.
    """

    x: np.ndarray
    values: np.ndarray
    labels: Mapping[str, str | float] = field(default_factory=dict)


def rows_of(lines: Sequence[Line], max_rows: int = MAX_ROWS) -> pd.DataFrame:
    """Return all lines as rows `x, value, line` and their labels, at most `max_rows`.

    Longer lines are reduced to the smallest and largest value of each piece, in their order, so that a short
    peak stays visible.
    """
    budget = max(2, max_rows // max(1, len(lines)))
    parts = []
    for number, line in enumerate(lines[: max_rows // 2]):
        kept = _kept(np.asarray(line.values, dtype=float), budget)
        part = pd.DataFrame({"x": np.round(line.x[kept], 6), "value": np.asarray(line.values, float)[kept]})
        parts.append(part.assign(line=number, **line.labels))
    if not parts:
        return pd.DataFrame({"x": [], "value": [], "line": []})
    return pd.concat(parts, ignore_index=True)


def channel_groups(channels: Sequence[str], units: Sequence[str]) -> dict[str, list[int]]:
    """Group channels that belong on one panel: one sensor, one unit, as its axes.

    Args:
        channels: Names, for example `acc_x`, `acc_y`, `gyro_x`.
        units: Unit of each.

    Returns:
        Indices of the channels by the panel's title, in the order of the channels.
    """
    sensors: dict[tuple[str, str], list[int]] = {}
    for index, (name, unit) in enumerate(zip(channels, units, strict=True)):
        stem = re.sub(r"[ _.\-]*[xyzXYZ]$", "", name) or name
        sensors.setdefault((stem, unit), []).append(index)
    if len(sensors) > len(channels) / 2:
        sensors = {}
        for index, unit in enumerate(units):
            sensors.setdefault(("", unit), []).append(index)
    panels = {}
    for (stem, unit), indices in sensors.items():
        for begin in range(0, len(indices), CHANNELS_A_PANEL):
            some = indices[begin : begin + CHANNELS_A_PANEL]
            name = stem if stem and len(indices) > 1 else ", ".join(channels[i] for i in some)
            title = f"{name} ({unit})" if unit else name
            panels[title if title not in panels else f"{title} {len(panels) + 1}"] = some
    return panels


def _kept(values: np.ndarray, budget: int) -> np.ndarray:
    """Return the indices of at most `budget` samples: the extremes of equally long pieces."""
    n = len(values)
    if n <= budget:
        return np.arange(n)
    edges = np.linspace(0, n, budget // 2 + 1).astype(int)
    pieces = [np.arange(a, b) for a, b in pairwise(edges)]
    extremes = [[piece[values[piece].argmin()], piece[values[piece].argmax()]] for piece in pieces]
    return np.unique(extremes)
