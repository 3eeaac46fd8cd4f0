"""Which course a filling takes: the likely one, or one of those that are possible."""

from typing import Literal

import numpy as np

from synth.imputers.base import FittedImputer

DrawMode = Literal["likely", "possible"]


def in_draw_mode(imputer: FittedImputer, draw_mode: DrawMode) -> FittedImputer:
    """Return an imputer that fills in what this one expects, or, as it does itself, what is possible."""
    return LikelyImputer(imputer) if draw_mode == "likely" else imputer


class LikelyImputer(FittedImputer):
    """An imputer that always answers with what another one expects.

    Args:
        imputer: The other one.
    """

    def __init__(self, imputer: FittedImputer) -> None:
        self.learner = imputer.learner
        self.history = imputer.history
        self._imputer = imputer

    def impute(self, values: np.ndarray, mask: np.ndarray, *, n_draws: int = 1, seed: int) -> np.ndarray:
        return np.repeat(self._imputer.expect(values, mask, seed=seed)[None], n_draws, axis=0)

    def to_bytes(self) -> bytes:
        return self._imputer.to_bytes()
