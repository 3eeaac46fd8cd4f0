"""A convolutional network that reads the samples and their steps.

The attacker's story is that of every discriminator; this one needs no engineer who says what to look at, and
finds shapes that features average away.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synth.audit.discriminator.base import Discriminator
from synth.audit.models.convnet import fit_convnet
from synth.audit.report import Effort
from synth.core.run_context import RunContext


@dataclass(frozen=True)
class ConvnetDiscriminator(Discriminator):
    """A small convolutional network; each fold standardises with its own training part.

    Attributes:
        n_updates: Optimiser steps per fold, whatever the number of windows.
    """

    attacker = "convolutional discriminator"
    title = "Distinguishing released windows from real ones with a convolutional network"
    efforts: ClassVar[tuple[Effort, ...]] = ("thorough",)
    version = 2
    max_per_side = 1500
    n_folds = 3
    n_updates: int = 400

    def score(
        self, known: np.ndarray, is_release: np.ndarray, shown: np.ndarray, context: RunContext
    ) -> np.ndarray:
        """Return the probability of a release."""
        fitted = fit_convnet(known, is_release, context, n_updates=self.n_updates)
        return np.exp(fitted.log_likelihood(shown)[:, 1])
