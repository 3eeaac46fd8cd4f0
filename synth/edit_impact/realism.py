"""Is a window distinguished from real ones? Learnt from real windows, counterfeits of them, and the release itself."""

from dataclasses import dataclass

import numpy as np

from data.release import Release
from data.splits import Split
from data.windows import concatenate
from synth.audit.discriminator.base import batches
from synth.audit.models.features import features
from synth.core.figures import percent
from synth.core.run_context import RunContext
from synth.edit_impact.base import (
    ImpactCheck,
    Measured,
    MeasuredWindows,
    NoCheck,
    in_words,
    originals_of,
    training_sample,
)
from synth.edit_impact.counterfeits import counterfeits
from synth.edit_impact.cross_fitting import CrossFittedForests

REAL, MADE = "real", "made"


@dataclass(frozen=True, eq=False)
class RealismCheck(ImpactCheck):
    """Distinguished from real? A discriminator of real windows from counterfeits and from released windows.

    Attributes:
        forests: Fitted with the classes `REAL` and `MADE`.
        group: `(n,)` str, the group of every window of the release.
    """

    forests: CrossFittedForests
    group: np.ndarray
    question = "discriminator"

    @property
    def chance(self) -> float:
        """False positive rate: the share of real windows that are taken for artificial ones, in [0, 1]."""
        return 1 - self.forests.recall[REAL]

    @property
    def basis(self) -> str:
        """What the discriminator learnt from, and its rates of right and wrong answers."""
        return (
            f"This quick discriminator detects {percent(self.forests.recall[MADE])} of counterfeits and mistakes "
            f"{percent(self.chance)} of real windows for them. It did not learn from this window, nor from this "
            "person's recordings of the activity."
        )

    def measure(self, edited: MeasuredWindows) -> Measured:
        """Return the share of windows that are distinguished from real ones; see `ImpactCheck.measure`."""
        votes = self.forests.votes(edited.table, self.group[edited.indices])
        made = votes[:, list(self.forests.names).index(MADE)]
        distinguished = made > 0.5
        if len(distinguished) > 1:
            return float(distinguished.mean()), f"{in_words(distinguished)} distinguished from real"
        if distinguished[0]:
            return 1.0, f"distinguished from real ({percent(made[0])} of votes)"
        return 0.0, f"passes as real ({percent(1 - made[0])} of votes)"


def realism_check(split: Split, release: Release, context: RunContext) -> RealismCheck | NoCheck:
    """Fit the discriminator.

    Args:
        split: The real windows, used and unused.
        release: The release before the edits; windows that equal their originals are not taken for artificial.
        context: Its seed draws windows and counterfeits; asked to stop between forests.
    """
    originals = originals_of(split, release)
    group = batches(release.windows if originals is None else originals)
    real = concatenate([split.fit, split.fresh, split.unseen])
    real = real.take(training_sample(real.activity, context.seed))
    group_of_real = batches(real)
    forged, _ = counterfeits(real.values, group_of_real, seed=context.seed)
    changed = np.ones(len(release.windows), bool)
    if originals is not None:
        changed = (release.windows.values != originals.values).any(axis=(1, 2))
    made = np.flatnonzero(changed)
    made = made[training_sample(release.windows.activity[made], context.seed)]
    parts = [real, real.with_values(forged), release.windows.take(made)]
    labels = np.repeat([REAL, MADE, MADE], [len(part) for part in parts])
    groups = np.concatenate([group_of_real, group_of_real, group[made]])
    forests = CrossFittedForests.fit(features(concatenate(parts)), labels, groups, context)
    if forests is None:
        return NoCheck(
            RealismCheck.question, "Cannot tell: too few recordings to learn what real ones look like."
        )
    return RealismCheck(forests, group)
