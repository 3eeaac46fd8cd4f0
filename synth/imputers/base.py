"""The contract of everything that fills in missing samples."""

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
        """Fill in what is missing.

        Args:
            values: `(n, timesteps, channels)` float32 in sensor units; ignored (may be NaN) where missing.
            mask: Same shape, bool: `True` where the sample is known.
            n_draws: How many different fillings to make, >= 1. A deterministic imputer repeats itself.
            seed: The only source of randomness.

        Returns:
            `(n_draws, n, timesteps, channels)` float32; known samples are returned exactly.
        """

    def expect(self, values: np.ndarray, mask: np.ndarray, *, seed: int) -> np.ndarray:
        """Fill in the likely course: nearest to the truth on average, and smoother than real movement.

        Args:
            values: As for `impute`.
            mask: As for `impute`.
            seed: Used where what is likely is found by drawing.

        Returns:
            `(n, timesteps, channels)` float32. The first draw, unless an imputer knows better.
        """
        return self.impute(values, mask, seed=seed)[0]


@dataclass(frozen=True)
class Imputer(Learner):
    """Hyperparameters of a way to fill in missing samples.

    Attributes:
        copies: Whether fillings hold pieces of the very windows that it was fitted on.
        varies: Whether it knows a likely course besides several possible ones.
    """

    copies: ClassVar[bool] = False
    varies: ClassVar[bool] = False

    @abstractmethod
    def fit(self, train: Windows, context: RunContext) -> FittedImputer: ...

    @abstractmethod
    def load(self, payload: bytes) -> FittedImputer: ...


def imputers() -> Mapping[str, type[Imputer]]:
    """Return every imputer by kind."""
    import synth.imputers
    from synth.core.discovery import learners_in

    return {k: v for k, v in learners_in(synth.imputers).items() if issubclass(v, Imputer)}
