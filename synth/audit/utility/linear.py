"""Activities recognised by a linear model on window features: what an analyst with little data would take."""

from dataclasses import dataclass

import numpy as np
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from synth.audit.utility.base import ActivityUtility


@dataclass(frozen=True)
class LinearUtility(ActivityUtility):
    """Linear discriminant analysis with shrinkage (Ledoit and Wolf, 2004) on standardised features."""

    attacker = "linear discriminant analysis"

    def classifier(self, table: np.ndarray, activity: np.ndarray, *, seed: int) -> Pipeline:
        model = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")
        return make_pipeline(StandardScaler(), model).fit(table, activity)
