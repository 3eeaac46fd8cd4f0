"""What plain imputers store: the length of windows, and a mean for channels without a known sample."""

from typing import Self

import numpy as np

from synth.imputers.base import FittedImputer, Imputer
from synth.keras_support.weights import pack, unpack


class FittedPlain(FittedImputer):
    """A plain imputer with the channel means it falls back on; it has learnt nothing else.

    Attributes:
        n_timesteps: Length of the windows it was fitted on.
        means: `(channels,)` float32 in sensor units.
    """

    def __init__(self, learner: Imputer, n_timesteps: int, means: np.ndarray) -> None:
        self.learner = learner
        self.history = []
        self.n_timesteps = n_timesteps
        self.means = means

    @classmethod
    def from_bytes(cls, learner: Imputer, payload: bytes) -> Self:
        """Restore what `to_bytes` wrote."""
        card, arrays = unpack(payload)
        return cls(learner, card["n_timesteps"], arrays["means"])

    def to_bytes(self) -> bytes:
        """Return the learner and all arrays; see `Fitted.to_bytes`."""
        card = {"learner": self.learner.card(), "n_timesteps": self.n_timesteps}
        return pack(card, {"means": self.means})
