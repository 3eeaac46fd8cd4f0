"""The contract of imputers: models that fill in missing samples."""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from data.windows import Windows
from synth.core.learner import Fitted, Learner
from synth.core.run_context import RunContext


class FittedImputer(Fitted):
    """An imputer that can fill in windows of the length and channels it was fitted on."""

    learner: "Imputer"

    @abstractmethod
    def impute(self, values: np.ndarray, mask: np.ndarray, *, n_draws: int = 1, seed: int) -> np.ndarray:
        """Fill in missing samples.

        Args:
            values: `(n, timesteps, channels)` float32 in sensor units; ignored (may be NaN) where missing.
            mask: Same shape, bool, `True` where the sample is known.
            n_draws: How many draws to make (multiple imputation), >= 1. A deterministic imputer repeats itself.
            seed: The only source of randomness.

        Returns:
            `(n_draws, n, timesteps, channels)` float32; known samples are returned exactly.

        Raises:
            TrainingError: If the windows have another length or other channels than those it was fitted on, or a
                known sample is not a number.
        """

    def expect(self, values: np.ndarray, mask: np.ndarray, *, seed: int) -> np.ndarray:
        """Fill in the expected values: closest to the truth on average, and smoother than real movement.

        Args:
            values: As for `impute`.
            mask: As for `impute`.
            seed: Used where the expectation is estimated by sampling.

        Returns:
            `(n, timesteps, channels)` float32: the first draw, unless the imputer knows the expectation.
        """
        return self.impute(values, mask, seed=seed)[0]


@dataclass(frozen=True)
class Imputer(Learner):
    """Hyperparameters of an imputer.

    Attributes:
        copies: Whether imputed values are copied from the windows it was fitted on.
        varies: Whether its draws differ, and their expectation is known as well.
    """

    copies: ClassVar[bool] = False
    varies: ClassVar[bool] = False

    @abstractmethod
    def fit(self, train: Windows, context: RunContext) -> FittedImputer:
        """Learn from complete windows; see `Learner.fit`."""

    @abstractmethod
    def load(self, payload: bytes) -> FittedImputer:
        """Restore what `FittedImputer.to_bytes` wrote."""


def imputers() -> Mapping[str, type[Imputer]]:
    """Return every imputer by kind."""
    import synth.imputers
    from synth.core.discovery import learners_in

    return {k: v for k, v in learners_in(synth.imputers).items() if issubclass(v, Imputer)}
