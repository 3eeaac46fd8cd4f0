"""Inputs of GAIN's convolutional networks: windows with gaps, standardised."""

from dataclasses import dataclass, fields, replace

import numpy as np

from synth.imputers.boundary_matching import Brackets
from synth.imputers.gain.scaling import MinMax

_TINY = 1e-6


@dataclass(frozen=True, eq=False)
class Space:
    """The space in which the networks learn: each channel standardised to mean 0 and standard deviation 1.

    Attributes:
        scale: Min-max scaling, the space in which errors are measured.
        centre: `(channels,)` float32, the means in min-max space.
        unit: `(channels,)` float32, the standard deviations there.
    """

    scale: MinMax
    centre: np.ndarray
    unit: np.ndarray

    @classmethod
    def of(cls, values: np.ndarray) -> "Space":
        """Estimate the space from windows, `(n, timesteps, channels)` in sensor units."""
        scale = MinMax.of(values)
        scaled = scale.to_unit(values).astype(np.float64)
        centre, unit = scaled.mean(axis=(0, 1)), scaled.std(axis=(0, 1)) + _TINY
        return cls(scale, centre.astype(np.float32), unit.astype(np.float32))

    @property
    def size(self) -> float:
        """Root mean square of the channels' standard deviations in min-max space, > 0."""
        return float(np.sqrt(np.mean(self.unit.astype(np.float64) ** 2)))

    def enter(self, values: np.ndarray) -> np.ndarray:
        """Map sensor units, `(..., channels)`, to this space."""
        return (self.scale.to_unit(values) - self.centre) / self.unit

    def leave(self, inner: np.ndarray) -> np.ndarray:
        """Map this space, `(..., channels)`, back to sensor units."""
        return self.scale.to_units(inner * self.unit + self.centre)


@dataclass(frozen=True, eq=False)
class GappedWindows:
    """Windows with gaps, as the networks are given them.

    Attributes:
        shown: `(n, timesteps, channels)` float32 in `Space`, gaps interpolated linearly.
        mask: Same shape, float32, 1 where known.
        where: Their `Brackets`.
    """

    shown: np.ndarray
    mask: np.ndarray
    where: Brackets

    @classmethod
    def of(cls, inner: np.ndarray, mask: np.ndarray) -> "GappedWindows":
        """Prepare windows.

        Args:
            inner: `(n, timesteps, channels)` in `Space`; ignored where missing.
            mask: Same shape, bool, `True` where known.
        """
        where = Brackets.of(mask)
        return cls(where.interpolate(inner), mask.astype(np.float32), where)

    def part(self, some: slice) -> "GappedWindows":
        """Return some of the windows."""
        parts = (getattr(self.where, f.name)[some] for f in fields(Brackets))
        return GappedWindows(self.shown[some], self.mask[some], Brackets(*parts))

    def same_gaps_in(self, inner: np.ndarray) -> "GappedWindows":
        """Return other windows, `(n, timesteps, channels)` in `Space`, with the same gaps."""
        return replace(self, shown=self.where.interpolate(inner))

    def matched(self, proposal: np.ndarray) -> np.ndarray:
        """Shift and tilt a proposal, `(n, timesteps, channels)`, to meet the known samples; see `boundary_matching`."""
        free = self.where.freedom.transpose(0, 2, 1)
        return self.shown + free * (proposal - self.where.interpolate(proposal))

    def arrays(self) -> tuple[np.ndarray, ...]:
        """Return all arrays, in the order in which the train step takes them."""
        where = self.where
        return (self.shown, self.mask, where.left, where.right, where.weight, where.freedom, where.has)
