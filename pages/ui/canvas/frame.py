"""The mapping between pixels of the canvas and samples of one channel."""

from dataclasses import dataclass

import numpy as np

LEFT, RIGHT, TOP, BOTTOM = (
    52,
    14,
    12,
    26,
)  # pixels around the plot: value labels on the left, time labels below
HEADROOM = 0.25  # room above and below the trace, as a share of its range, to draw beyond it


@dataclass(frozen=True)
class Frame:
    """A canvas with a plot inside it: sample `t` stands at a known x, value `v` at a known y.

    The plot leaves `LEFT`, `RIGHT`, `TOP` and `BOTTOM` pixels of the canvas free for labels. The first
    sample stands on its left edge, the last on its right edge, `low` on its bottom and `high` on its top.

    Attributes:
        width: Width of the canvas in pixels, > `LEFT + RIGHT`.
        height: Height of the canvas in pixels, > `TOP + BOTTOM`.
        n_timesteps: Samples that are shown, >= 2.
        low: Value at the bottom of the plot, in sensor units.
        high: Value at its top, > `low`.
        first: Index of the first sample that is shown, >= 0.
    """

    width: int
    height: int
    n_timesteps: int
    low: float
    high: float
    first: int = 0

    def __post_init__(self) -> None:
        if self.width <= LEFT + RIGHT or self.height <= TOP + BOTTOM:
            raise ValueError(
                f"the canvas is too small for its labels. Received: {self.width} x {self.height}"
            )
        if self.n_timesteps < 2:
            raise ValueError(f"n_timesteps must be at least 2. Received: {self.n_timesteps}")
        if self.first < 0:
            raise ValueError(f"first must not be negative. Received: {self.first}")
        if not (np.isfinite([self.low, self.high]).all() and self.low < self.high):
            raise ValueError(f"low must be below high, both finite. Received: {self.low}, {self.high}")

    @property
    def last(self) -> int:
        """Index of the last sample that is shown."""
        return self.first + self.n_timesteps - 1

    @property
    def pixels_per_step(self) -> float:
        """Pixels from one sample to the next."""
        return (self.width - LEFT - RIGHT) / (self.n_timesteps - 1)

    @property
    def value_per_pixel(self) -> float:
        """Sensor units from one pixel row to the next."""
        return (self.high - self.low) / (self.height - TOP - BOTTOM)

    def x_of(self, t: np.ndarray | float) -> np.ndarray | float:
        """Pixel column of sample index `t`."""
        return LEFT + np.multiply(np.subtract(t, self.first), self.pixels_per_step)

    def y_of(self, value: np.ndarray | float) -> np.ndarray | float:
        """Pixel row of a value in sensor units; rows count downwards."""
        return TOP + np.subtract(self.high, value) / self.value_per_pixel

    def t_of(self, x: np.ndarray | float) -> np.ndarray | float:
        """Sample index, with fractions, of a pixel column."""
        return self.first + np.subtract(x, LEFT) / self.pixels_per_step

    def value_of(self, y: np.ndarray | float) -> np.ndarray | float:
        """Value in sensor units of a pixel row."""
        return self.high - np.subtract(y, TOP) * self.value_per_pixel


def frame_around(values: np.ndarray, *, width: int, height: int) -> Frame:
    """Return a frame that shows `values` and leaves room to draw beyond them.

    Args:
        values: `(timesteps,)` or several such rows that share the frame; NaN is ignored.
        width: Width of the canvas in pixels.
        height: Height of the canvas in pixels.
    """
    finite = np.asarray(values, dtype=float)[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (-1.0, 1.0)
    room = HEADROOM * (high - low) or max(abs(high) * HEADROOM, 1e-3)
    return Frame(width, height, np.shape(values)[-1], low - room, high + room)
