"""Continuous at the seams: a proposal for a gap is shifted and tilted until it meets the known samples around it."""

from dataclasses import dataclass

import numpy as np

_HALF_FREE = 8  # a b of the sample where half of a proposal's deviation counts


@dataclass(frozen=True, eq=False)
class Brackets:
    """Between which known samples of its channel each sample lies.

    Attributes:
        left: `(n, channels, timesteps)` int32, the known sample before (itself where known); where there is
            none the one after.
        right: Same shape, the known sample after; where there is none the one before.
        weight: Same shape, float32 in [0, 1], how far along the sample is from left to right.
        freedom: Same shape, float32 in [0, 1], how far a proposal may leave the straight line: with a and b
            samples to the known ones on both sides a b / (a b + 8), as the error of a line grows with a b.
            0 where known, 1 in channels without any known sample.
        has: `(n, channels, 1)` float32, 1 where the channel has any known sample at all.
    """

    left: np.ndarray
    right: np.ndarray
    weight: np.ndarray
    freedom: np.ndarray
    has: np.ndarray

    @classmethod
    def of(cls, mask: np.ndarray) -> "Brackets":
        """Find them for a bool mask `(n, timesteps, channels)`, `True` where known."""
        known = mask.transpose(0, 2, 1)
        n_timesteps = known.shape[2]
        t = np.arange(n_timesteps, dtype=np.int32)
        before = np.maximum.accumulate(np.where(known, t, -1), axis=2)
        after = np.minimum.accumulate(np.where(known, t, n_timesteps)[:, :, ::-1], axis=2)[:, :, ::-1]
        left = np.where(before < 0, after, before)
        right = np.where(after == n_timesteps, before, after)
        weight = np.where(right > left, (t - left) / np.maximum(right - left, 1), 0)
        has = known.any(axis=2, keepdims=True)
        left, right = (np.where(has, side, 0).astype(np.int32) for side in (left, right))
        to_left = np.where(before < 0, n_timesteps, t - before)
        to_right = np.where(after == n_timesteps, n_timesteps, after - t)
        area = (to_left * to_right).astype(np.float32)
        freedom = np.where(has, area / (area + _HALF_FREE), 1)
        weight, freedom, has = (np.asarray(x, np.float32) for x in (weight, freedom, has))
        return cls(left, right, weight, freedom, has)

    def interpolate(self, values: np.ndarray) -> np.ndarray:
        """Join the known samples of `(n, timesteps, channels)` by straight lines, held at both ends.

        Returns:
            Same shape, float32; 0 in channels without any known sample.
        """
        across = np.where(np.isfinite(values), values, 0).transpose(0, 2, 1)
        left, right = (np.take_along_axis(across, side, axis=2) for side in (self.left, self.right))
        lines = (left + (right - left) * self.weight) * self.has
        return lines.transpose(0, 2, 1).astype(np.float32)


def match_boundaries(values: np.ndarray, mask: np.ndarray, proposal: np.ndarray) -> np.ndarray:
    """Move a proposal so that it passes through the known samples.

    What it is off by at the known samples around a gap is interpolated by a straight line and added, so
    that a proposal of zeros becomes linear interpolation, and one that is off by a constant is exact.

    Args:
        values: `(n, timesteps, channels)`; ignored where missing.
        mask: Same shape, bool, `True` where known.
        proposal: Same shape.

    Returns:
        Same shape, float32; the proposal itself in channels without any known sample.
    """
    brackets = Brackets.of(mask)
    return proposal + brackets.interpolate(np.where(mask, values - proposal, 0))
