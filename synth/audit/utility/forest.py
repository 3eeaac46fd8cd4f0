"""Activities recognised by a forest on window features."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from synth.audit.attack import FOREST
from synth.audit.models.classifiers import fit_forest
from synth.audit.utility.base import ActivityUtility

if TYPE_CHECKING:
    from sklearn.ensemble import ExtraTreesClassifier


@dataclass(frozen=True)
class ForestUtility(ActivityUtility):
    """Extremely randomised trees."""

    attacker = FOREST

    def classifier(self, table: np.ndarray, activity: np.ndarray, *, seed: int) -> "ExtraTreesClassifier":
        """Fit a forest."""
        return fit_forest(table, activity, seed=seed, n_trees=100)
