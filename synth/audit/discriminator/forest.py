"""Not a network, but features that an engineer would look at."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from data.windows import Windows
from synth.audit.attack import FOREST
from synth.audit.discriminator.base import Discriminator
from synth.audit.models.classifiers import fit_forest
from synth.audit.models.features import features
from synth.audit.report import Effort
from synth.core.run_context import RunContext


@dataclass(frozen=True)
class ForestDiscriminator(Discriminator):
    """Extremely randomised trees on time and spectral features."""

    attacker = f"{FOREST} discriminator"
    title = "Distinguishing released windows from real ones with features"
    efforts: ClassVar[tuple[Effort, ...]] = ("thorough",)
    version = 2
    max_per_side = 3000
    n_folds = 3

    def describe(self, windows: Windows) -> np.ndarray:
        """Return coarse features."""
        return features(windows)

    def score(
        self, known: np.ndarray, is_release: np.ndarray, shown: np.ndarray, context: RunContext
    ) -> np.ndarray:
        """Return the share of trees that vote for a release."""
        forest = fit_forest(known, is_release, seed=context.seed, balanced=True)
        return np.asarray(forest.predict_proba(shown))[:, 1]
