"""Min-max scaling, the space in which GAIN learns and imputers are compared."""

from dataclasses import dataclass

import numpy as np

from synth.core.pooled_limits import PooledLimits

_TINY = 1e-6  # keeps a constant column finite, as the authors' code does


@dataclass(frozen=True, eq=False)
class MinMax:
    """A map of the observed range of each column to [0, 1].

    Attributes:
        low: `(columns,)` float32, smallest observed values.
        span: `(columns,)` float32, largest minus smallest, plus 1e-6.
    """

    low: np.ndarray
    span: np.ndarray

    @classmethod
    def of(cls, values: np.ndarray) -> "MinMax":
        """Return the scaling of the columns (last axis) of `values`, ignoring NaN."""
        rows = values.reshape(-1, values.shape[-1]).astype(np.float64)
        low, high = np.nanmin(rows, axis=0), np.nanmax(rows, axis=0)
        return cls(low.astype(np.float32), (high - low + _TINY).astype(np.float32))

    @classmethod
    def within(cls, limits: PooledLimits) -> "MinMax":
        """Return the scaling of columns to limits that are no single window's; some values lie beyond [0, 1]."""
        return cls(limits.low.astype(np.float32), (limits.high - limits.low + _TINY).astype(np.float32))

    def to_unit(self, values: np.ndarray) -> np.ndarray:
        """Map sensor units to [0, 1]; values outside the observed range go beyond it."""
        return ((values - self.low) / self.span).astype(np.float32)

    def to_units(self, scaled: np.ndarray) -> np.ndarray:
        """Map [0, 1] back to sensor units."""
        return (scaled * self.span + self.low).astype(np.float32)
