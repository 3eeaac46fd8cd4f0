"""Nearest neighbours of windows with gaps: real windows that agree best with the known samples."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

_AT_ONCE = 256  # windows compared at once


@dataclass(frozen=True, eq=False)
class ReferenceWindows:
    """Real windows among which neighbours are searched.

    Attributes:
        windows: `(m, timesteps, channels)` float32, channels in units of their standard deviation.
        reach: Distance from a gap, in samples, at which the weight of a sample has fallen to 1 / e.
    """

    windows: np.ndarray
    reach: float

    def ranked(self, values: np.ndarray, mask: np.ndarray, n_nearest: int) -> np.ndarray:
        """Find the windows that agree best with the known samples of others.

        Args:
            values: `(n, timesteps, channels)` in the same units; ignored where missing.
            mask: Same shape, bool, `True` where known.
            n_nearest: How many neighbours of each window, >= 1.

        Returns:
            `(n, n_nearest)` int, positions in `windows`, nearest first.
        """
        known, weights = (
            x.reshape(len(mask), self._flat.shape[1])
            for x in (np.where(mask, values, 0), importance(mask, self.reach))
        )
        ranked = [np.empty((0, n_nearest), int)]
        for i in range(0, len(values), _AT_ONCE):
            known_i, weights_i = known[i : i + _AT_ONCE], weights[i : i + _AT_ONCE]
            # The squares of the known samples are the same for every reference window.
            distances = weights_i @ self._squares.T - 2 * (weights_i * known_i) @ self._flat.T
            ranked.append(np.argsort(distances, axis=1, kind="stable")[:, :n_nearest])
        return np.concatenate(ranked)

    @cached_property
    def _flat(self) -> np.ndarray:
        return self.windows.reshape(len(self.windows), -1)

    @cached_property
    def _squares(self) -> np.ndarray:
        return self._flat**2


def importance(mask: np.ndarray, reach: float) -> np.ndarray:
    """Weight known samples by their distance from the nearest timestep with a missing sample.

    Args:
        mask: `(n, timesteps, channels)` bool, `True` where known.
        reach: Scale of the exponential decay, in samples, > 0.

    Returns:
        Same shape, float32 in [0, 1]: `exp(-distance / reach)`, 0 where missing.
    """
    t = np.arange(mask.shape[1])
    missing = (~mask).any(axis=2)
    before = np.maximum.accumulate(np.where(missing, t, -np.inf), axis=1)
    after = np.minimum.accumulate(np.where(missing, t, np.inf)[:, ::-1], axis=1)[:, ::-1]
    distance = np.minimum(t - before, after - t)
    return (mask * np.exp(-distance / reach)[:, :, None]).astype(np.float32)
