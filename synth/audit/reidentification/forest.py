"""An attacker who looks at features of each window: level, spread, rhythm and coupling of channels."""

from dataclasses import dataclass

import numpy as np

from data.windows import Windows
from synth.audit.attack import FOREST
from synth.audit.models.classifiers import fit_forest, log_likelihood, shuffled_forests
from synth.audit.models.features import features
from synth.audit.reidentification.base import Naming, Reidentification
from synth.audit.stats import Estimate, repeated, share_per_person
from synth.core.run_context import RunContext


@dataclass(frozen=True)
class ForestReidentification(Reidentification):
    """Extremely randomised trees on time and spectral features."""

    attacker = FOREST
    version = 2
    title = "Naming the person behind released windows"

    def name(self, known: Windows, shown: Windows, context: RunContext) -> Naming:
        """Take the log of each person's share of the trees' votes."""
        forest = fit_forest(features(known), known.subject, seed=context.seed, balanced=True)
        return Naming(log_likelihood(forest, features(shown)), shown.subject, list(map(str, forest.classes_)))

    def name_by_shuffled(self, known: Windows, shown: Windows, context: RunContext) -> Estimate:
        """Train small forests on names that are shuffled anew for each."""
        table = features(shown)
        forests = shuffled_forests(features(known), known.subject, seed=context.seed, balanced=True)
        values = [share_per_person(f.predict(table) == shown.subject, shown.subject).value for f in forests]
        return repeated(np.array(values))
