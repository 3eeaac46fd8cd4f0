"""Straight lines in time between the known neighbours of a gap."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from data.windows import Windows
from synth.imputers.base import FittedImputer, Imputer
from synth.imputers.query import check_query, with_known
from synth.learner import OnProgress, ShouldStop, ignore, never
from synth.weights import pack, unpack


@dataclass(frozen=True)
class LinearInterpolation(Imputer):
    """Join the known samples on both sides of a gap by a straight line, each channel by itself.

    Before the first and after the last known sample the nearest known value is held. A channel without
    any known sample gets its mean over the training windows.
    """

    kind: ClassVar[str] = "linear"
    title: ClassVar[str] = "Straight line"
    summary: ClassVar[str] = "Joins both ends of a gap by a straight line (linear interpolation)."

    def fit(
        self, train: Windows, *, seed: int, on_progress: OnProgress = ignore, should_stop: ShouldStop = never
    ) -> "FittedLinear":
        means = train.values.mean(axis=(0, 1), dtype=np.float64).astype(np.float32)
        return FittedLinear(self, train.n_timesteps, means)

    def load(self, payload: bytes) -> "FittedLinear":
        card, arrays = unpack(payload)
        return FittedLinear(self, card["n_timesteps"], arrays["means"])


class FittedLinear(FittedImputer):
    """Linear interpolation, with the means for channels of which nothing is known.

    Attributes:
        n_timesteps: Length of the windows it was fitted on.
        means: `(channels,)` float32.
    """

    def __init__(self, learner: LinearInterpolation, n_timesteps: int, means: np.ndarray) -> None:
        self.learner = learner
        self.history = []
        self.n_timesteps = n_timesteps
        self.means = means

    def impute(self, values: np.ndarray, mask: np.ndarray, *, n_draws: int = 1, seed: int) -> np.ndarray:
        check_query(values, mask, (self.n_timesteps, len(self.means)), n_draws)
        filled = np.broadcast_to(self.means, values.shape).astype(np.float32)
        t = np.arange(self.n_timesteps)
        for window, channel in zip(*np.nonzero(mask.any(axis=1) & ~mask.all(axis=1)), strict=True):
            known = mask[window, :, channel]
            filled[window, :, channel] = np.interp(t, t[known], values[window, known, channel])
        return np.repeat(with_known(values, mask, filled)[None], n_draws, axis=0)

    def to_bytes(self) -> bytes:
        card = {"learner": self.learner.card(), "n_timesteps": self.n_timesteps}
        return pack(card, {"means": self.means})
