"""Grids on which a sensor's converter, or a file with few decimals, places values; and rounding onto them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

MIN_GAPS = 20  # between distinct values; fewer may lie on a grid by chance
LEAST_GAP = 8  # times the distance of neighbouring float32 numbers: smaller gaps lie on the grid of these
MAX_RESIDUE = 0.1  # mean distance of gaps from whole steps; 0.25 by chance
STRAYS = 0.05  # share of gaps that may be smaller than a step
GROWTH = 4  # a step that is known from some steps is known well enough to count four times as many
FIRST_REACH = 100  # steps from the middle at which the step is first measured


@dataclass(frozen=True)
class Grid:
    """Values `offset + k * step` with whole `k`.

    Attributes:
        step: In the unit of the values, > 0.
        offset: One of the values.
    """

    step: float
    offset: float

    def rounded(self, values: np.ndarray) -> np.ndarray:
        """Round onto the grid: float32 of the same shape."""
        steps = np.round((values.astype(np.float64) - self.offset) / self.step)
        return (self.offset + steps * self.step).astype(np.float32)

    def holds(self, values: np.ndarray) -> np.ndarray:
        """Return whether each window of one channel, `(n, timesteps)`, lies on the grid: `(n,)` 1 or 0.

        NaN where float32 does not resolve steps at the window's values.
        """
        steps = (values.astype(np.float64) - self.offset) / self.step
        told = self.step >= LEAST_GAP * _spacing(values)
        residue = np.where(told, np.abs(steps - np.round(steps)), 0.0).sum(axis=1)
        return _verdict(residue, told.sum(axis=1), least=1)


def grid_of(values: np.ndarray) -> Grid | None:
    """Return the grid on which all values of one channel lie; `None` where there is none, or too few show it.

    Neighbouring distinct values are few steps apart, so that rounding their gaps tells a grid however many steps the
    values span.

    Args:
        values: float32 of any shape.
    """
    distinct = np.unique(values.astype(np.float64))
    gaps, finest = np.diff(distinct), _resolution(distinct)
    resolved = gaps[gaps >= LEAST_GAP * finest]
    # A few strays (filled samples) must not hide a grid; where they are none, the smallest gap may be rare.
    for smallest in np.quantile(resolved, (STRAYS, 0)) if len(resolved) else ():
        step = float(np.median(resolved[np.abs(resolved - smallest) <= smallest / 2]))
        told = gaps[step >= LEAST_GAP * finest]
        step = _counted_out(told, step)
        if len(told) >= MIN_GAPS and np.abs(told / step - np.round(told / step)).mean() <= MAX_RESIDUE:
            return _measured(distinct, step)
    return None


def grids_of(values: np.ndarray) -> list[Grid | None]:
    """Return the grid of each channel of `(n, timesteps, channels)`."""
    return [grid_of(values[..., channel]) for channel in range(values.shape[2])]


def on_own_grid(values: np.ndarray) -> np.ndarray:
    """Return whether gaps between a window's values are multiples of the smallest one.

    This needs no grid common to all windows: people may have worn sensors of different calibration.

    Args:
        values: `(n, timesteps, channels)` float32.

    Returns:
        `(n, channels)` 1 or 0; NaN where there are too few distinct values to say so.
    """
    ordered = np.sort(np.swapaxes(values.astype(np.float64), 0, 1), axis=0)
    gaps = np.diff(ordered, axis=0)
    told = gaps >= LEAST_GAP * _resolution(ordered)
    smallest = np.where(told, gaps, np.inf).min(axis=0)
    steps = np.where(told, gaps / smallest, 0.0)
    return _verdict(np.abs(steps - np.round(steps)).sum(axis=0), told.sum(axis=0), least=MIN_GAPS)


def alike(first: np.ndarray, second: np.ndarray) -> list[Grid | None]:
    """Return for each channel the coarser of the two sides' grids; `None` where neither side lies on one."""
    pairs = zip(grids_of(first), grids_of(second), strict=True)
    return [max((g for g in pair if g), key=lambda g: g.step, default=None) for pair in pairs]


def onto(values: np.ndarray, grids: Sequence[Grid | None]) -> np.ndarray:
    """Round each channel of `(n, timesteps, channels)` onto its grid; channels without one stay as they are."""
    return np.stack([g.rounded(values[..., c]) if g else values[..., c] for c, g in enumerate(grids)], axis=2)


def _verdict(residue: np.ndarray, n: np.ndarray, *, least: int) -> np.ndarray:
    """Return 1 where the mean of `n` distances is small, else 0; NaN where there are fewer than `least`."""
    return np.where(n < least, np.nan, (residue <= MAX_RESIDUE * n).astype(np.float64))


def _resolution(ordered: np.ndarray) -> np.ndarray:
    """Return the smallest difference that float32 can hold at each gap between values sorted along the first axis."""
    finest = _spacing(ordered)
    return np.maximum(finest[1:], finest[:-1])


def _spacing(values: np.ndarray) -> np.ndarray:
    return np.spacing(np.abs(values).astype(np.float32)).astype(np.float64)


def _counted_out(gaps: np.ndarray, step: float) -> float:
    """Measure a step by gaps of few steps, then by those of ever more, which count only if the step is known well."""
    for reach in GROWTH ** np.arange(1, 20):
        near = gaps[(gaps > step / 2) & (gaps <= reach * step)]
        if len(near):
            step = float(near.sum() / np.round(near / step).sum())
    return step


def _measured(distinct: np.ndarray, step: float) -> Grid:
    """Measure step and offset by a line through values at whole steps, from the middle outwards."""
    middle = distinct[len(distinct) // 2]
    reach, offset = FIRST_REACH * step, 0.0
    while True:
        near = distinct[np.abs(distinct - middle) <= reach] - middle
        steps = np.round((near - offset) / step)
        if len(near) > 1 and np.ptp(steps):
            step, offset = np.polyfit(steps, near, 1).tolist()
        if len(near) == len(distinct):
            return Grid(step, float(middle + offset))
        reach *= GROWTH
