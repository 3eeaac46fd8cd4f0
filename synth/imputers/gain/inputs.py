"""What GAIN's convolutional networks are shown of windows with gaps, and in which space."""

from dataclasses import dataclass, fields, replace

import numpy as np

from synth.imputers.boundary_matching import Brackets
from synth.imputers.gain.scaling import MinMax

_TINY = 1e-6


@dataclass(frozen=True, eq=False)
class Space:
    """Where the networks learn: each channel around its mean, in units of its spread.

    Attributes:
        scale: Min-max scaling, the space in which errors count.
        centre: `(channels,)` float32, the means in min-max space.
        unit: `(channels,)` float32, the standard deviations there.
    """

    scale: MinMax
    centre: np.ndarray
    unit: np.ndarray

    @classmethod
    def of(cls, values: np.ndarray) -> "Space":
        """Measure `(n, timesteps, channels)`."""
        scale = MinMax.of(values)
        scaled = scale.to_unit(values).astype(np.float64)
        centre, unit = scaled.mean(axis=(0, 1)), scaled.std(axis=(0, 1)) + _TINY
        return cls(scale, centre.astype(np.float32), unit.astype(np.float32))

    @property
    def size(self) -> float:
        """Root mean square of the channels' spreads in min-max space."""
        return float(np.sqrt(np.mean(self.unit.astype(np.float64) ** 2)))

    def enter(self, values: np.ndarray) -> np.ndarray:
        return (self.scale.to_unit(values) - self.centre) / self.unit

    def leave(self, inner: np.ndarray) -> np.ndarray:
        return self.scale.to_units(inner * self.unit + self.centre)


@dataclass(frozen=True, eq=False)
class GappedWindows:
    """Windows with gaps, as the networks see them.

    Attributes:
        shown: `(n, timesteps, channels)` float32 in `Space`, known samples joined by straight lines.
        mask: Same shape, float32, 1 where known.
        where: Their `Brackets`.
    """

    shown: np.ndarray
    mask: np.ndarray
    where: Brackets

    @classmethod
    def of(cls, inner: np.ndarray, mask: np.ndarray) -> "GappedWindows":
        """Ask about `inner` (ignored where `mask` is `False`)."""
        where = Brackets.of(mask)
        return cls(where.interpolate(inner), mask.astype(np.float32), where)

    def part(self, some: slice) -> "GappedWindows":
        """Ask about some of the windows only."""
        parts = (getattr(self.where, f.name)[some] for f in fields(Brackets))
        return GappedWindows(self.shown[some], self.mask[some], Brackets(*parts))

    def same_gaps_in(self, inner: np.ndarray) -> "GappedWindows":
        """Ask the same about other windows."""
        return replace(self, shown=self.where.interpolate(inner))

    def matched(self, proposal: np.ndarray) -> np.ndarray:
        """Move a proposal, `(n, timesteps, channels)`, so that it meets what is known; see `boundary_matching`."""
        free = self.where.freedom.transpose(0, 2, 1)
        return self.shown + free * (proposal - self.where.interpolate(proposal))

    def arrays(self) -> tuple[np.ndarray, ...]:
        where = self.where
        return (self.shown, self.mask, where.left, where.right, where.weight, where.freedom, where.has)
