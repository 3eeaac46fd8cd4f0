"""Grids on which a sensor's converter, or a file with few decimals, places values; and rounding onto them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

MIN_GAPS = 20  # between distinct values; fewer may lie on a grid by chance
LEAST_GAP = 8  # times the distance of neighbouring float32 numbers: smaller gaps lie on the grid of these
MAX_RESIDUE = 0.1  # mean distance of gaps from whole steps; 0.25 by chance
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

    def residue(self, values: np.ndarray) -> np.ndarray:
        """Return the distance of each value from the grid in steps, in [0, 0.5]; 0.25 on average by chance."""
        steps = (values.astype(np.float64) - self.offset) / self.step
        return np.abs(steps - np.round(steps))


def grid_of(values: np.ndarray) -> Grid | None:
    """Return the grid on which all values of one channel lie; `None` where there is none, or too few show it.

    Neighbouring distinct values are few steps apart, so that rounding their gaps tells a grid however many steps the
    values span.

    Args:
        values: float32 of any shape.
    """
    distinct = np.unique(values.astype(np.float64))
    gaps = np.diff(distinct)
    gaps = gaps[_resolved(gaps, distinct)]
    if len(gaps) < MIN_GAPS:
        return None
    step = float(np.median(gaps[gaps < 1.5 * gaps.min()]))
    if np.abs(gaps / step - np.round(gaps / step)).mean() > MAX_RESIDUE:
        return None
    return _measured(distinct, step)


def grids_of(values: np.ndarray) -> list[Grid | None]:
    """Return the grid of each channel of `(n, timesteps, channels)`."""
    return [grid_of(values[..., channel]) for channel in range(values.shape[2])]


def on_own_grid(values: np.ndarray) -> np.ndarray:
    """Return whether gaps between a window's values are multiples of the smallest one.

    This needs no grid common to all windows: people may have worn sensors of different calibration.

    Args:
        values: `(n, timesteps, channels)` float32.

    Returns:
        `(n, channels)` bool; `False` where there are too few distinct values to say so.
    """
    ordered = np.sort(values.astype(np.float64), axis=1)
    gaps = np.diff(ordered, axis=1)
    there = _resolved(gaps, ordered)
    smallest = np.where(there, gaps, np.inf).min(axis=1, keepdims=True)
    steps = np.where(there, gaps / smallest, 0.0)
    residue = np.abs(steps - np.round(steps)).sum(axis=1)
    n_gaps = there.sum(axis=1)
    return (n_gaps >= MIN_GAPS) & (residue <= MAX_RESIDUE * n_gaps)


def alike(first: np.ndarray, second: np.ndarray) -> list[Grid | None]:
    """Return for each channel the coarser of the two sides' grids; `None` where neither side lies on one."""
    pairs = zip(grids_of(first), grids_of(second), strict=True)
    return [max((g for g in pair if g), key=lambda g: g.step, default=None) for pair in pairs]


def onto(values: np.ndarray, grids: Sequence[Grid | None]) -> np.ndarray:
    """Round each channel of `(n, timesteps, channels)` onto its grid; channels without one stay as they are."""
    return np.stack([g.rounded(values[..., c]) if g else values[..., c] for c, g in enumerate(grids)], axis=2)


def _resolved(gaps: np.ndarray, ordered: np.ndarray) -> np.ndarray:
    """Return which gaps, along the axis that they are one shorter in, float32 resolves well."""
    apart = np.spacing(np.abs(ordered).astype(np.float32)).astype(np.float64)
    axis = next(i for i in range(gaps.ndim) if gaps.shape[i] < ordered.shape[i])
    return gaps >= LEAST_GAP * np.maximum(*(np.delete(apart, end, axis=axis) for end in (0, -1)))


def _measured(distinct: np.ndarray, step: float) -> Grid:
    """Measure step and offset by a line through values at whole steps, from the middle outwards.

    A step that is known from a hundred steps is known well enough to count four hundred.
    """
    middle = distinct[len(distinct) // 2]
    reach, offset = FIRST_REACH * step, 0.0
    while True:
        near = distinct[np.abs(distinct - middle) <= reach] - middle
        steps = np.round((near - offset) / step)
        if len(near) > 1 and np.ptp(steps):
            step, offset = np.polyfit(steps, near, 1).tolist()
        if len(near) == len(distinct):
            return Grid(step, float(middle + offset))
        reach *= 4
