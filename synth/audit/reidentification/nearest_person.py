"""Whom do they look like? For releases whose windows claim nobody.

The attacker's story: someone knows recordings of people who were in the private data (members) and of people who were
not, and finds the person whom each generated window resembles most. A release that reveals nothing about its members
resembles both groups equally; one that repeats their ways of moving resembles members more.
"""

from dataclasses import dataclass

import numpy as np

from data.release import Release
from data.splits import Split, cut_by_time
from data.windows import Windows, concatenate
from synth.audit.attack import (
    FOREST,
    NOBODY_UNSEEN,
    NOTHING_FRESH,
    Attack,
    Baseline,
    measured,
    must_lose,
    must_win,
)
from synth.audit.models.classifiers import at_most, fit_forest
from synth.audit.models.features import features
from synth.audit.report import Result
from synth.audit.stats import Estimate, linkage
from synth.core.run_context import RunContext

MIN_OUTSIDERS = 2
MIN_WINDOWS = 8  # per person
TOO_FEW = (
    "Not measured: at least two people must be held out to compare with, which needs about six people "
    "in the recordings."
)


@dataclass(frozen=True)
class NearestPerson(Attack):
    """A forest that names the most similar real person, with equal weight for members and people held out."""

    question = "reidentification"
    attacker = f"{FOREST}, nearest person"
    title = "Finding the people whom generated windows resemble"

    def applies_to(self, release: Release) -> bool:
        """Apply to releases whose windows claim nobody."""
        return not release.claims_people

    def obstacle(self, split: Split) -> str:
        """Need unused recordings of members, and recordings of people held out."""
        if len(split.fresh) == 0:
            return NOTHING_FRESH
        return "" if len(split.unseen) else NOBODY_UNSEEN

    def run(self, split: Split, release: Release, context: RunContext) -> tuple[Result, ...]:
        """Return the member linkage: 0.5 where members and others are resembled alike, 1 where only members are."""
        context.stop_if_asked()
        got = _linkage(split.fit, split.unseen, release.windows, seed=context.seed)
        return (measured(self._empty_result(), got, note=TOO_FEW if got is None else ""),)

    def reference(self, split: Split, context: RunContext) -> Baseline:
        """Measure unused windows of members, and windows of people held out."""
        ceilings = self.run(split, Release("fresh windows", split.fresh), context)
        if ceilings[0].value is None:
            return Baseline(ceilings=ceilings)
        context.stop_if_asked()
        before, after = cut_by_time(split.unseen, share=0.5)
        known, shown = split.unseen.take(before), split.unseen.take(after)
        members = _linkage(split.fit, known, split.fresh, seed=context.seed)
        others = _linkage(split.fit, known, shown, seed=context.seed)
        controls = tuple(
            judge(self.question, self.attacker, planted, got, 0.5)
            for judge, planted, got in (
                (must_win, "unused real windows of members", members),
                (must_lose, "unused real windows of people held out", others),
            )
            if got is not None
        )
        return Baseline(ceilings=ceilings, controls=controls)

    def _empty_result(self) -> Result:
        return self.unmeasured(
            "member linkage",
            "refitted to nobody",
            unit="people, members and held out; all released windows",
            chance=0.5,
        )


def _linkage(members: Windows, outsiders: Windows, released: Windows, *, seed: int) -> Estimate | None:
    """Return m / (m + h) of the released windows; `None` with too few people to compare with.

    Every person has the same weight in the classifier, so that guessing gives m = h.
    """
    members, outsiders = (
        _of_people_with_enough(_same_activities(side, released)) for side in (members, outsiders)
    )
    if len(outsiders.subjects) < MIN_OUTSIDERS or len(members.subjects) < MIN_OUTSIDERS:
        return None
    known = concatenate([members, outsiders])
    n_each = np.unique(known.subject, return_counts=True)[1].min(initial=len(known))
    known = known.take(_equally_many(known, n_each, seed=seed))
    forest = fit_forest(features(known), known.subject, seed=seed, balanced=True)
    called = forest.predict(features(released))
    shares = {person: float((called == person).mean()) for person in [*members.subjects, *outsiders.subjects]}
    return linkage(
        np.array([shares[person] for person in members.subjects]),
        np.array([shares[person] for person in outsiders.subjects]),
        n_windows=len(released),
    )


def _same_activities(known: Windows, released: Windows) -> Windows:
    """Keep only the activities of the release."""
    return known.take(np.isin(known.activity, released.activities))


def _of_people_with_enough(known: Windows) -> Windows:
    """Leave out people with so few windows that all others would have to be reduced to that number."""
    people, counts = np.unique(known.subject, return_counts=True)
    return known.take(np.isin(known.subject, people[counts >= MIN_WINDOWS]))


def _equally_many(known: Windows, n_each: int, *, seed: int) -> np.ndarray:
    """Return indices of `n_each` windows of every person, the same share of each activity."""
    kept = []
    for person in known.subjects:
        theirs = np.flatnonzero(known.subject == person)
        kept.append(theirs[at_most(known.activity[theirs], n_each, seed=seed)])
    return np.concatenate(kept)
