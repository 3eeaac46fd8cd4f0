"""Which activity, which person is recognised? Judges that call a window by a name, right or wrong."""

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
from synth.edit_impact.base import Case, Judge, how_many, origin_of, some
from synth.edit_impact.forest_folds import Panel


@dataclass(frozen=True, eq=False)
class NameJudge(Judge):
    """What every judge shares that calls a window by a name, right or wrong.

    Attributes:
        panel: Knows the names.
        group: `(n,)` of every window of the version.
        label: `(n,)` what every window of the version claims to be.
        rightly: What is said of windows that are called by their name.
    """

    panel: Panel | None
    group: np.ndarray
    label: np.ndarray
    rightly: ClassVar[str]

    def can_judge(self, index: int) -> bool:
        return self.panel.knows(str(self.label[index]), str(self.group[index]))

    @property
    def chance(self) -> float:
        return 1 / len(self.panel.names)

    def judge(self, case: Case) -> tuple[float, str]:
        votes = self.panel.votes(case.table, self.group[case.indices])
        called = self.panel.names[votes.argmax(axis=1)]
        right = called == self.label[case.indices]
        if len(right) == 1:
            return float(right[0]), f"recognised as {called[0]} ({percent(votes.max())} of votes)"
        mistaken = Counter(called[~right].tolist()).most_common(1)
        taken = f"; otherwise mostly as {mistaken[0][0]}" if mistaken else ""
        return float(right.mean()), f"{how_many(right)} {self.rightly}{taken}"


@dataclass(frozen=True, eq=False)
class ActivityJudge(NameJudge):
    """Which activity is recognised? Learnt from real recordings of other people."""

    question = "utility"
    rightly = "recognised as their activity"

    @property
    def why_not(self) -> str:
        if self.panel is None:
            return (
                "Cannot be said: activities can only be learnt from at least two people and two activities."
            )
        if self.panel.mean_right <= self.chance:
            return "Cannot be said: the quick judge cannot tell these activities in real recordings either."
        return ""

    @property
    def basis(self) -> str:
        return (
            f"Guessing gives {percent(self.chance)}; the judge learnt from other people and is right about "
            f"{percent(self.panel.mean_right)} of real windows."
        )


@dataclass(frozen=True, eq=False)
class PersonJudge(NameJudge):
    """Who is recognised? Learnt from other series of this version: the attacker who has the release."""

    question = "reidentification"
    rightly = "recognised as their person"

    @property
    def why_not(self) -> str:
        if self.panel is None:
            return "Cannot be said: people can only be told apart where at least two have several recordings."
        return ""

    @property
    def basis(self) -> str:
        return (
            f"Guessing gives {percent(self.chance)}; the judge learnt from the other recordings of this version and is "
            f"right about {percent(self.panel.mean_right)} of its windows."
        )


def activity_judge(split: Split, release: Release, context: RunContext) -> ActivityJudge:
    origin = origin_of(split, release)
    # What a generator learnt from may come back word for word; such windows must not be recognised for that.
    parts = [split.fit, split.fresh, split.unseen] if release.claims_people else [unused_of(split)]
    real = concatenate(parts)
    real = real.take(some(real.activity, context.seed))
    person = release.windows.subject if origin is None else origin.subject
    panel = Panel.fit(features(real), real.activity, real.subject, context)
    return ActivityJudge(panel, person, release.windows.activity)


def person_judge(split: Split, release: Release, context: RunContext) -> PersonJudge:
    claimed = np.flatnonzero(release.windows.subject != "")
    claimed = claimed[some(release.windows.subject[claimed], context.seed)]
    known = release.windows.take(claimed)
    panel = Panel.fit(features(known), known.subject, known.series, context)
    return PersonJudge(panel, release.windows.series, release.windows.subject)
