"""Activities recognised by a linear model on window features: what an analyst with little data would take."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from synth.audit.utility.base import ActivityUtility

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline


@dataclass(frozen=True)
class LinearUtility(ActivityUtility):
    """Linear discriminant analysis with shrinkage (Ledoit and Wolf, 2004) on standardised features."""

    attacker = "linear discriminant analysis"

    def classifier(self, table: np.ndarray, activity: np.ndarray, *, seed: int) -> "Pipeline":
        from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        model = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")
        return make_pipeline(StandardScaler(), model).fit(table, activity)
