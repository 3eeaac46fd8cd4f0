"""The simplest imputation: each channel's mean over all training windows."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from data.windows import Windows
from synth.core.run_context import RunContext
from synth.imputers.base import Imputer
from synth.imputers.input_checks import check_inputs, with_known
from synth.imputers.plain import FittedPlain


@dataclass(frozen=True)
class ChannelMean(Imputer):
    """Replace every missing sample by its channel's mean over all training windows and timesteps.

    There is one mean per channel and not per timestep: windows are cut anywhere in a movement, so a timestep has no
    meaning of its own.
    """

    kind: ClassVar[str] = "mean"
    title: ClassVar[str] = "Mean"
    summary: ClassVar[str] = "Fills in each channel's average (mean imputation)."

    def fit(self, train: Windows, context: RunContext) -> "FittedChannelMean":
        """Learn the channel means; see `Imputer.fit`."""
        return FittedChannelMean(self, train.n_timesteps, _means(train.values))

    def fit_table(self, table: np.ndarray, context: RunContext) -> "FittedChannelMean":
        """Learn from a table `(rows, columns)`, NaN where missing; see `synth.imputers.tables`."""
        return FittedChannelMean(self, 1, _means(table))

    def load(self, payload: bytes) -> "FittedChannelMean":
        """Restore what `to_bytes` wrote."""
        return FittedChannelMean.from_bytes(self, payload)


class FittedChannelMean(FittedPlain):
    """Channel means."""

    def impute(self, values: np.ndarray, mask: np.ndarray, *, n_draws: int = 1, seed: int) -> np.ndarray:
        """Fill in the channel means; see `FittedImputer.impute`."""
        check_inputs(values, mask, (self.n_timesteps, len(self.means)), n_draws)
        filled = with_known(values, mask, self.means)
        return np.repeat(filled[None], n_draws, axis=0)


def _means(values: np.ndarray) -> np.ndarray:
    rows = values.reshape(-1, values.shape[-1])
    return np.asarray(np.nanmean(rows, axis=0, dtype=np.float64), np.float32)
