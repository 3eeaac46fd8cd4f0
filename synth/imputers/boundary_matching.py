"""Continuity at gap boundaries: proposed values are shifted and tilted to meet the known samples around a gap."""

from dataclasses import dataclass

import numpy as np

_HALF_FREE = 8  # the product a b at which half of a proposal's deviation counts; see `Brackets.freedom`


@dataclass(frozen=True, eq=False)
class Brackets:
    """The known samples of its channel between which each sample lies.

    Attributes:
        left: `(n, channels, timesteps)` int32, the last known sample up to this one; the next one where there is none.
        right: Same shape, the first known sample from this one on; the previous one where there is none.
        weight: Same shape, float32 in [0, 1], the position between `left` (0) and `right` (1).
        freedom: Same shape, float32 in [0, 1], how much of a proposal's deviation from the straight line counts:
            a b / (a b + 8) at a and b samples from the known ones, as the error of linear interpolation grows with a b.
            0 where known, 1 in channels without a known sample.
        has: `(n, channels, 1)` float32, 1 where the channel has a known sample.
    """

    left: np.ndarray
    right: np.ndarray
    weight: np.ndarray
    freedom: np.ndarray
    has: np.ndarray

    @classmethod
    def of(cls, mask: np.ndarray) -> "Brackets":
        """Find the brackets for a mask `(n, timesteps, channels)`, bool, `True` where known."""
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
        """Interpolate linearly between known samples; the first and last known values are held outwards.

        Args:
            values: `(n, timesteps, channels)`; ignored where missing.

        Returns:
            Same shape, float32; 0 in channels without a known sample.
        """
        across = np.where(np.isfinite(values), values, 0).transpose(0, 2, 1)
        left, right = (np.take_along_axis(across, side, axis=2) for side in (self.left, self.right))
        lines = (left + (right - left) * self.weight) * self.has
        return lines.transpose(0, 2, 1).astype(np.float32)


def match_boundaries(values: np.ndarray, mask: np.ndarray, proposal: np.ndarray) -> np.ndarray:
    """Shift and tilt proposed values so that they pass through the known samples.

    The differences at the known samples around a gap are interpolated linearly and added. A proposal of zeros thus
    becomes linear interpolation, and a proposal with a constant error becomes exact.

    Args:
        values: `(n, timesteps, channels)`; ignored where missing.
        mask: Same shape, bool, `True` where known.
        proposal: Same shape.

    Returns:
        Same shape, float32; the proposal itself in channels without a known sample.
    """
    brackets = Brackets.of(mask)
    return proposal + brackets.interpolate(np.where(mask, values - proposal, 0))
