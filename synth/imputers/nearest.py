"""What the most similar real window did in that place."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from data.windows import Windows
from synth.imputers.base import FittedImputer, Imputer
from synth.imputers.query import check_query, with_known
from synth.imputers.seams import meet
from synth.learner import OnProgress, ShouldStop, ignore, never, setting
from synth.weights import pack, unpack

_TINY = 1e-6
_AT_ONCE = 256  # windows compared at once


@dataclass(frozen=True)
class NearestWindow(Imputer):
    """Copy the gap from the training window that agrees best on what is known.

    Windows are compared on the known samples, each channel in units of its spread; a sample counts less the
    further it is from what is missing. What is copied is shifted and tilted to meet the known samples at both ends.
    Several draws are the next nearest windows, so that their spread shows how far similar movements differ.

    It keeps real windows, and fills in with pieces of them: whoever gets a filled window gets such pieces.

    References:
        Hot-deck imputation: Andridge and Little, International Statistical Review 78 (2010).
    """

    kind: ClassVar[str] = "nearest"
    title: ClassVar[str] = "Nearest real window"
    summary: ClassVar[str] = "Copies the gap from the real window that agrees best with what is known."

    copies: ClassVar[bool] = True

    reach: float = setting(
        0.25,
        "Reach",
        "How far from a gap samples still count in the comparison, as a share of the window.",
        low=0.01,
        high=10.0,
    )
    max_windows: int = setting(2_000, "Windows at most", "Windows that it keeps.", low=1, high=100_000)

    def fit(
        self, train: Windows, *, seed: int, on_progress: OnProgress = ignore, should_stop: ShouldStop = never
    ) -> "FittedNearest":
        chosen = np.sort(np.random.default_rng(seed).permutation(len(train))[: self.max_windows])
        spread = train.values.std(axis=(0, 1), dtype=np.float64) + _TINY
        return FittedNearest(self, train.values[chosen], spread.astype(np.float32))

    def load(self, payload: bytes) -> "FittedNearest":
        _, arrays = unpack(payload)
        return FittedNearest(self, arrays["windows"], arrays["spread"])


class FittedNearest(FittedImputer):
    """Real windows to copy from.

    Attributes:
        windows: `(n, timesteps, channels)` float32 in sensor units.
        spread: `(channels,)` float32, the unit in which channels are compared.
    """

    def __init__(self, learner: NearestWindow, windows: np.ndarray, spread: np.ndarray) -> None:
        self.learner = learner
        self.history = []
        self.windows = windows
        self.spread = spread

    def impute(self, values: np.ndarray, mask: np.ndarray, *, n_draws: int = 1, seed: int) -> np.ndarray:
        check_query(values, mask, self.windows.shape[1:], n_draws)
        ranked = self._ranked(values, mask, min(n_draws, len(self.windows)))
        draws = [
            with_known(values, mask, meet(values, mask, self.windows[ranked[:, k % ranked.shape[1]]]))
            for k in range(n_draws)
        ]
        return np.stack(draws)

    def to_bytes(self) -> bytes:
        return pack({"learner": self.learner.card()}, {"windows": self.windows, "spread": self.spread})

    def _ranked(self, values: np.ndarray, mask: np.ndarray, n_nearest: int) -> np.ndarray:
        """Return `(n, n_nearest)` indices of the windows that agree best, nearest first."""
        n_values = mask.shape[1] * mask.shape[2]
        kept = (self.windows / self.spread).reshape(len(self.windows), n_values)
        squares = kept**2
        known = np.where(mask, values / self.spread, 0).reshape(len(values), n_values)
        weights = _importance(mask, self.learner.reach * mask.shape[1]).reshape(len(values), n_values)
        ranked = [np.empty((0, n_nearest), int)]
        for i in range(0, len(values), _AT_ONCE):
            known_i, weights_i = known[i : i + _AT_ONCE], weights[i : i + _AT_ONCE]
            # The query's own squares are the same for every kept window.
            distances = weights_i @ squares.T - 2 * (weights_i * known_i) @ kept.T
            ranked.append(np.argsort(distances, axis=1, kind="stable")[:, :n_nearest])
        return np.concatenate(ranked)


def _importance(mask: np.ndarray, reach: float) -> np.ndarray:
    """Weigh known samples by `exp(-distance in samples / reach)` to the nearest time with a missing sample."""
    t = np.arange(mask.shape[1])
    missing = (~mask).any(axis=2)
    before = np.maximum.accumulate(np.where(missing, t, -np.inf), axis=1)
    after = np.minimum.accumulate(np.where(missing, t, np.inf)[:, ::-1], axis=1)[:, ::-1]
    distance = np.minimum(t - before, after - t)
    return (mask * np.exp(-distance / reach)[:, :, None]).astype(np.float32)
