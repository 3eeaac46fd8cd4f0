"""Whether an imputer fills in the expected values, or draws possible ones."""

from typing import Literal

import numpy as np

from synth.imputers.base import FittedImputer

DrawMode = Literal["likely", "possible"]


def in_draw_mode(imputer: FittedImputer, draw_mode: DrawMode) -> FittedImputer:
    """Return an imputer that fills in what another one expects (`"likely"`), or that one itself (`"possible"`)."""
    return LikelyImputer(imputer) if draw_mode == "likely" else imputer


class LikelyImputer(FittedImputer):
    """An imputer whose draws are all the expectation of another imputer.

    Args:
        imputer: The other imputer.
    """

    def __init__(self, imputer: FittedImputer) -> None:
        self.learner = imputer.learner
        self.history = imputer.history
        self._imputer = imputer

    def impute(self, values: np.ndarray, mask: np.ndarray, *, n_draws: int = 1, seed: int) -> np.ndarray:
        """Repeat the expectation of the other imputer; see `FittedImputer.impute`."""
        return np.repeat(self._imputer.expect(values, mask, seed=seed)[None], n_draws, axis=0)

    def to_bytes(self) -> bytes:
        """Return the other imputer; see `Fitted.to_bytes`."""
        return self._imputer.to_bytes()
