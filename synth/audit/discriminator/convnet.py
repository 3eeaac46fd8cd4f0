"""The third discriminator: a convolutional network that reads the samples and their steps.

The attacker's story is that of every discriminator; this one needs no engineer who says what to look at, and
finds shapes that features average away.
"""

from dataclasses import dataclass, replace

import numpy as np

from synth.audit.discriminator.base import Contest, Discriminator
from synth.audit.models.convnet import fit_convnet
from synth.audit.report import Effort
from synth.core.run_context import RunContext


@dataclass(frozen=True)
class ConvnetDiscriminator(Discriminator):
    """A small convolutional network; each fold standardises with its own training part.

    Attributes:
        n_updates: Optimiser steps per fold, whatever the number of windows; more in thorough audits.
    """

    attacker = "convolutional discriminator"
    title = "Distinguishing released windows from real ones with a convolutional network"
    max_per_side = 1500
    n_folds = 3
    n_updates: int = 50

    def for_effort(self, effort: Effort) -> "ConvnetDiscriminator":
        """Train for longer in a thorough audit."""
        return replace(self, n_updates=400) if effort == "thorough" else self

    def call(self, given: Contest, context: RunContext) -> np.ndarray:
        """Classify the windows of each fold by a network trained on the other folds."""
        values = given.windows.values
        called = np.full(len(values), np.nan)
        for training, test in given.folds(self.n_folds, seed=context.seed):
            context.stop_if_asked()
            fitted = fit_convnet(
                values[training], given.is_release[training], context, n_updates=self.n_updates
            )
            called[test] = fitted.predict(values[test])
        return called
