"""Limits for generated numbers: pooled over people, and never written into a release.

The smallest and largest value among training windows would each be a number of a single window. Whatever is clipped to
them carries it into many released windows, and whoever has the recordings finds it there, exactly.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

MARGIN = 0.5  # standard deviations beyond a person's usual extreme


@dataclass(frozen=True, eq=False)
class PooledLimits:
    """The range of each of several numbers.

    Attributes:
        low: `(numbers,)` float64.
        high: `(numbers,)` float64, at least `low`.
    """

    low: np.ndarray
    high: np.ndarray

    @classmethod
    def of(cls, numbers: np.ndarray, people: np.ndarray) -> Self:
        """Average over people how far each of them goes, and add a margin.

        Args:
            numbers: `(n, numbers)`, or `(n, ..., numbers)`.
            people: `(n,)`, whom each row belongs to.
        """
        rows = numbers.reshape(len(numbers), -1, numbers.shape[-1]).astype(np.float64)
        lows, highs = rows.min(axis=1), rows.max(axis=1)
        own = [people == person for person in np.unique(people)]
        low = np.mean([lows[i].min(axis=0) for i in own], axis=0)
        high = np.mean([highs[i].max(axis=0) for i in own], axis=0)
        margin = MARGIN * rows.std(axis=(0, 1))
        return cls(low - margin, high + margin)

    def as_float32(self) -> Self:
        """Return the same limits in single precision, in which numbers then stay."""
        return type(self)(self.low.astype(np.float32), self.high.astype(np.float32))

    def hold(self, numbers: np.ndarray) -> np.ndarray:
        """Return which rows of `(n, numbers)` lie within all limits, `(n,)` bool."""
        return np.all((numbers >= self.low) & (numbers <= self.high), axis=-1)

    def soften(self, numbers: np.ndarray) -> np.ndarray:
        """Pull numbers `(..., numbers)` beyond the limits back towards them; the others stay exactly as they are.

        The excess grows only logarithmically, with a continuous slope, and different numbers stay different: no value
        recurs, as it would by clipping.
        """
        half = (self.high - self.low) / 2
        excess = np.maximum(self.low - numbers, 0) + np.maximum(numbers - self.high, 0)
        further = half * np.log1p(excess / np.where(half > 0, half, 1))
        return np.where(
            excess > 0,
            np.clip(numbers, self.low, self.high) + np.sign(numbers - self.high) * further,
            numbers,
        )
