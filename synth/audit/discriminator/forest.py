"""The second discriminator: not a network, but features that an engineer would look at."""

from dataclasses import dataclass

import numpy as np

from synth.audit.attack import FOREST
from synth.audit.discriminator.base import Contest, Discriminator
from synth.audit.models.classifiers import fit_forest
from synth.audit.models.features import features
from synth.core.run_context import RunContext


@dataclass(frozen=True)
class ForestDiscriminator(Discriminator):
    """Extremely randomised trees on time and spectral features."""

    attacker = f"{FOREST} discriminator"
    title = "Distinguishing released windows from real ones with features"
    max_per_side = 3000
    n_folds = 3

    def call(self, given: Contest, context: RunContext) -> np.ndarray:
        """Classify the windows of each fold by a forest trained on the other folds."""
        table = features(given.windows)
        called = np.full(len(table), np.nan)
        for train, test in given.folds(self.n_folds, seed=context.seed):
            context.stop_if_asked()
            forest = fit_forest(table[train], given.is_release[train], seed=context.seed, balanced=True)
            called[test] = forest.predict(table[test])
        return called
