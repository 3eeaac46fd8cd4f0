"""Which activity, which person is recognised? Checks that classify a window, and compare with its label."""

from collections import Counter
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from data.release import Release
from data.splits import Split
from data.windows import concatenate
from synth.audit.membership.member_sets import unused_of
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
from synth.edit_impact.cross_fitting import CrossFittedForests


@dataclass(frozen=True, eq=False)
class RecognitionCheck(ImpactCheck):
    """What checks share that classify a window and compare the class with its label.

    Attributes:
        forests: Fitted with the labels as classes.
        group: `(n,)` str, the group of every window of the release.
        label: `(n,)` str, the label of every window of the release.
        recognised: What is said of windows that are classified as their label.
    """

    forests: CrossFittedForests
    group: np.ndarray
    label: np.ndarray
    recognised: ClassVar[str]

    def can_measure(self, index: int) -> bool:
        """Whether the forests learnt anything with the label of this window of the release."""
        return self.forests.knows(str(self.label[index]), str(self.group[index]))

    @property
    def chance(self) -> float:
        """Accuracy of guessing, one divided by the number of classes."""
        return 1 / len(self.forests.names)

    def measure(self, edited: MeasuredWindows) -> Measured:
        """Return the share of windows that are classified as their label; see `ImpactCheck.measure`."""
        votes = self.forests.votes(edited.table, self.group[edited.indices])
        predicted = self.forests.names[votes.argmax(axis=1)]
        right = predicted == self.label[edited.indices]
        if len(right) == 1:
            return float(right[0]), f"recognised as {predicted[0]} ({percent(votes.max())} of votes)"
        mistaken = Counter(predicted[~right].tolist()).most_common(1)
        otherwise = f"; otherwise mostly as {mistaken[0][0]}" if mistaken else ""
        return float(right.mean()), f"{in_words(right)} {self.recognised}{otherwise}"


@dataclass(frozen=True, eq=False)
class ActivityCheck(RecognitionCheck):
    """Which activity is recognised? Learnt from real recordings of other people."""

    question = "utility"
    recognised = "recognised as their activity"

    @property
    def basis(self) -> str:
        """What the classifier learnt from, and its accuracy on real windows."""
        return (
            f"Guessing is right in {percent(self.chance)} of cases. The classifier learnt from other people and is "
            f"right about {percent(self.forests.balanced_accuracy)} of real windows."
        )


@dataclass(frozen=True, eq=False)
class PersonCheck(RecognitionCheck):
    """Who is recognised? Learnt from other series of this release, as an attacker who holds it can."""

    question = "reidentification"
    recognised = "recognised as their person"

    @property
    def basis(self) -> str:
        """What the classifier learnt from, and its accuracy on released windows."""
        return (
            f"Guessing is right in {percent(self.chance)} of cases. The classifier learnt from the other recordings "
            f"of this version and is right about {percent(self.forests.balanced_accuracy)} of its windows."
        )


def activity_check(split: Split, release: Release, context: RunContext) -> ActivityCheck | NoCheck:
    """Fit a classifier of activities to real windows.

    Args:
        split: The real windows, used and unused.
        release: The release before the edits.
        context: Its seed draws windows where there are many; asked to stop between forests.
    """
    originals = originals_of(split, release)
    # A generator may give back verbatim what it learnt from; recognising that would say nothing of realism.
    parts = [split.fit, split.fresh, split.unseen] if release.claims_people else [unused_of(split)]
    real = concatenate(parts)
    real = real.take(training_sample(real.activity, context.seed))
    person = release.windows.subject if originals is None else originals.subject
    forests = CrossFittedForests.fit(features(real), real.activity, real.subject, context)
    if forests is None:
        return NoCheck(
            ActivityCheck.question,
            "Cannot tell: learning activities takes at least two people and two activities.",
        )
    check = ActivityCheck(forests, person, release.windows.activity)
    if forests.balanced_accuracy <= check.chance:
        return NoCheck(
            ActivityCheck.question,
            "Cannot tell: the quick classifier does not recognise these activities in real recordings either.",
        )
    return check


def person_check(split: Split, release: Release, context: RunContext) -> PersonCheck | NoCheck:
    """Fit a classifier of people to the release itself.

    Args:
        split: Not looked at: the attacker holds the release only.
        release: The release before the edits, in which windows claim people.
        context: Its seed draws windows where there are many; asked to stop between forests.
    """
    claimed = np.flatnonzero(release.windows.subject != "")
    claimed = claimed[training_sample(release.windows.subject[claimed], context.seed)]
    known = release.windows.take(claimed)
    forests = CrossFittedForests.fit(features(known), known.subject, known.series, context)
    if forests is None:
        return NoCheck(
            PersonCheck.question,
            "Cannot tell: recognising people takes at least two with several recordings each.",
        )
    return PersonCheck(forests, release.windows.series, release.windows.subject)
