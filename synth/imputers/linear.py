"""Linear interpolation in time between the known neighbours of a gap."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from data.windows import Windows
from synth.core.run_context import RunContext
from synth.imputers.base import Imputer
from synth.imputers.input_checks import check_inputs, with_known
from synth.imputers.plain import FittedPlain


@dataclass(frozen=True)
class LinearInterpolation(Imputer):
    """Join the known samples on both sides of a gap by a straight line, each channel by itself.

    Before the first and after the last known sample, the nearest known value is held. A channel without a known sample
    gets its mean over the training windows.
    """

    kind: ClassVar[str] = "linear"
    title: ClassVar[str] = "Straight line"
    summary: ClassVar[str] = "Joins both ends of a gap by a straight line (linear interpolation)."

    def fit(self, train: Windows, context: RunContext) -> "FittedLinear":
        """Learn the channel means; see `Imputer.fit`."""
        means = train.values.mean(axis=(0, 1), dtype=np.float64).astype(np.float32)
        return FittedLinear(self, train.n_timesteps, means)

    def load(self, payload: bytes) -> "FittedLinear":
        """Restore what `to_bytes` wrote."""
        return FittedLinear.from_bytes(self, payload)


class FittedLinear(FittedPlain):
    """Linear interpolation, with channel means where a channel has no known sample."""

    def impute(self, values: np.ndarray, mask: np.ndarray, *, n_draws: int = 1, seed: int) -> np.ndarray:
        """Interpolate linearly; see `FittedImputer.impute`."""
        check_inputs(values, mask, (self.n_timesteps, len(self.means)), n_draws)
        filled = np.broadcast_to(self.means, values.shape).astype(np.float32)
        t = np.arange(self.n_timesteps)
        for window, channel in zip(*np.nonzero(mask.any(axis=1) & ~mask.all(axis=1)), strict=True):
            known = mask[window, :, channel]
            filled[window, :, channel] = np.interp(t, t[known], values[window, known, channel])
        return np.repeat(with_known(values, mask, filled)[None], n_draws, axis=0)
