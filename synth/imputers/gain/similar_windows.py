"""Which real windows agree best with what is known of a window with gaps."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

_AT_ONCE = 256  # windows compared at once


@dataclass(frozen=True, eq=False)
class ReferenceWindows:
    """Real windows that others are compared with.

    Attributes:
        windows: `(m, timesteps, channels)` float32, channels in units of their spread.
        reach: How far from a gap samples still count in the comparison, in samples.
    """

    windows: np.ndarray
    reach: float

    def ranked(self, values: np.ndarray, mask: np.ndarray, n_nearest: int) -> np.ndarray:
        """Return `(n, n_nearest)` indices of the windows that agree best with what is known, nearest first.

        Args:
            values: `(n, timesteps, channels)` in the same units; ignored where missing.
            mask: Same shape, bool, `True` where known.
            n_nearest: How many of each.
        """
        known, weights = (
            x.reshape(len(mask), self._flat.shape[1])
            for x in (np.where(mask, values, 0), importance(mask, self.reach))
        )
        ranked = [np.empty((0, n_nearest), int)]
        for i in range(0, len(values), _AT_ONCE):
            known_i, weights_i = known[i : i + _AT_ONCE], weights[i : i + _AT_ONCE]
            # The query's own squares are the same for every kept window.
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
    """Weigh known samples by `exp(-distance in samples / reach)` to the nearest time with a missing sample."""
    t = np.arange(mask.shape[1])
    missing = (~mask).any(axis=2)
    before = np.maximum.accumulate(np.where(missing, t, -np.inf), axis=1)
    after = np.minimum.accumulate(np.where(missing, t, np.inf)[:, ::-1], axis=1)[:, ::-1]
    distance = np.minimum(t - before, after - t)
    return (mask * np.exp(-distance / reach)[:, :, None]).astype(np.float32)
