"""Activities recognised by a linear model on window features: what an analyst with little data would use."""

from dataclasses import dataclass

import numpy as np

from synth.audit.models.classifiers import Classifier, fit_standardised
from synth.audit.utility.base import ActivityUtility


@dataclass(frozen=True)
class LinearUtility(ActivityUtility):
    """Linear discriminant analysis with shrinkage (Ledoit and Wolf, 2004) on standardised features."""

    attacker = "linear discriminant analysis"

    def classifier(self, table: np.ndarray, activity: np.ndarray, *, seed: int) -> Classifier:
        """Fit the discriminant analysis to standardised features."""
        from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

        model = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")
        return fit_standardised(model, table, activity)
