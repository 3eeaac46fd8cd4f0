"""An attacker whose network finds out by itself what is characteristic of each person's movement.

Networks with different initial weights end up different. The thorough attacker trains three, adds their
log-probabilities, and reports how far they differ; the interval is over people, given these networks.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from data.windows import Windows
from synth.audit.models.convnet import FittedConvnet, fit_convnet
from synth.audit.reidentification.base import REFITTED, Naming, Reidentification
from synth.audit.report import Effort
from synth.audit.stats import Estimate, share_per_person
from synth.core.run_context import RunContext


@dataclass(frozen=True)
class ConvnetReidentification(Reidentification):
    """A small convolutional network; in quick audits a single one, for the refitted tier only.

    Attributes:
        n_updates: Steps of the optimiser, whatever the number of windows.
        n_seeds: Number of networks that vote.
        tiers: The tiers that it tries; `None` for all of them.
    """

    attacker = "convolutional network"
    version = 2
    title = "Naming the person behind released windows with a convolutional network"
    n_updates: int = 300
    n_seeds: int = 1
    tiers: tuple[str, ...] | None = (REFITTED,)

    def for_effort(self, effort: Effort) -> "ConvnetReidentification":
        """Train several networks for longer, for every tier, in a thorough audit."""
        return replace(self, n_updates=1200, n_seeds=3, tiers=None) if effort == "thorough" else self

    def name(self, known: Windows, shown: Windows, context: RunContext) -> Naming:
        """Sum the log-probabilities of all networks."""
        trained = self._train(known.values, known.subject, context)
        votes = [Naming(f.log_likelihood(shown.values), shown.subject, known.subjects) for f in trained]
        together = np.sum([vote.evidence for vote in votes], axis=0)
        return Naming(together, shown.subject, known.subjects, note=_spread(votes))

    def name_by_shuffled(self, known: Windows, shown: Windows, context: RunContext) -> Estimate:
        """Train one network on shuffled names."""
        shuffled = np.random.default_rng(context.seed).permutation(known.subject)
        (fitted,) = replace(self, n_seeds=1)._train(known.values, shuffled, context)
        return share_per_person(fitted.predict(shown.values) == shown.subject, shown.subject)

    def _train(self, values: np.ndarray, names: np.ndarray, context: RunContext) -> Iterator[FittedConvnet]:
        for i in range(self.n_seeds):
            yield fit_convnet(values, names, context.with_seed(context.seed + i), n_updates=self.n_updates)


def _spread(votes: list[Naming]) -> str:
    """Describe how far networks with different initial weights differ."""
    if len(votes) < 2:
        return ""
    alone = ", ".join(f"{100 * vote.top(1).value:.0f}" for vote in votes)
    return f"{len(votes)} networks that began differently vote here; alone they name {alone} % of windows correctly."
