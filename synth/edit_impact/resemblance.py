"""Whom does a window resemble that claims nobody? The quick version of the audit's nearest person."""

from dataclasses import dataclass

import numpy as np

from data.release import Release
from data.splits import Split
from data.windows import concatenate
from synth.audit.models.features import features
from synth.core.figures import percent
from synth.core.run_context import RunContext
from synth.edit_impact.base import (
    ImpactCheck,
    Measured,
    MeasuredWindows,
    NoCheck,
    in_words,
    training_sample,
)
from synth.edit_impact.cross_fitting import CrossFittedForests


@dataclass(frozen=True, eq=False)
class ResemblanceCheck(ImpactCheck):
    """Do windows that claim nobody resemble people whose recordings were used, or people who were held out?

    Attributes:
        forests: Fitted with people as classes.
        members: People whose recordings were used.
    """

    forests: CrossFittedForests
    members: frozenset[str]
    question = "reidentification"

    @property
    def chance(self) -> float:
        """Share of the known people whose recordings were used, in [0, 1]."""
        return len(self.members & set(self.forests.names.tolist())) / len(self.forests.names)

    @property
    def basis(self) -> str:
        """Whom the classifier knows, and its accuracy on real windows."""
        return (
            f"These windows claim nobody; {percent(self.chance)} of the people the classifier knows took part. It is "
            f"right about {percent(self.forests.balanced_accuracy)} of real windows."
        )

    def measure(self, edited: MeasuredWindows) -> Measured:
        """Return the share of windows most like someone who took part; see `ImpactCheck.measure`."""
        votes = self.forests.votes(edited.table, edited.windows.series)
        nearest = self.forests.names[votes.argmax(axis=1)]
        used = np.isin(nearest, list(self.members))
        if len(used) == 1:
            part = "took part" if used[0] else "did not take part"
            return float(used[0]), f"most like {nearest[0]}, who {part} ({percent(votes.max())} of votes)"
        return float(used.mean()), f"{in_words(used)} most like someone who took part"


def resemblance_check(split: Split, release: Release, context: RunContext) -> ResemblanceCheck | NoCheck:
    """Fit a classifier of people to real windows, used ones and those of people who were held out.

    Args:
        split: The real windows.
        release: The release before the edits; only its activities count.
        context: Its seed draws windows where there are many; asked to stop between forests.
    """
    known = concatenate([split.fit, split.unseen])
    known = known.take(np.isin(known.activity, release.windows.activities))
    known = known.take(training_sample(known.subject, context.seed))
    members = frozenset(split.fit.subjects)
    forests = CrossFittedForests.fit(features(known), known.subject, known.series, context)
    if forests is None or set(forests.names.tolist()) <= members:
        return NoCheck(
            ResemblanceCheck.question, "Cannot tell: nobody was held out whom they could resemble instead."
        )
    return ResemblanceCheck(forests, members)
