"""Can a classifier distinguish it from real data? What all discriminators share: windows, folds and controls.

The attacker's story: someone is given windows, half of them released and half real, and must say which are which.
They were trained on other examples of both. The real windows are stretches of the same people's recordings that the
release was not made from; both sides have the same activities in the same numbers. All of a person's series of an
activity (or a generation batch) are in the same fold: if short series were split at random, an attacker who knew one
series would be misled about its sibling and be wrong more often than guessing.

References:
    Alzantot, Chakraborty and Srivastava, SenseGen, PerCom Workshops 2017 (the discriminator test).
    Lopez-Paz and Oquab, Revisiting Classifier Two-Sample Tests, ICLR 2017.
"""

from abc import abstractmethod
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from data.release import Release
from data.splits import Split
from data.windows import Windows, concatenate
from synth.audit.attack import (
    ALPHA_OF_CONTROL,
    NOTHING_FRESH,
    Attack,
    Baseline,
    measured,
    must_win,
)
from synth.audit.models.grids import alike, onto
from synth.audit.models.phase_surrogates import phase_randomised
from synth.audit.models.saturation import half_of_groups, more_would_help
from synth.audit.report import Control, Result
from synth.audit.stats import Estimate, balanced_share
from synth.core.figures import percent
from synth.core.run_context import RunContext

MIN_PAIRS = 20  # with fewer windows per side nothing can be said
TOO_FEW = f"Fewer than {MIN_PAIRS} released windows match real ones of other series in activity."
MORE_WOULD_HELP = "More windows to learn from would make this attacker stronger."
LEAST_GAIN = 0.01  # a smaller one, though certain, changes nothing
LEAST_PREFERENCE = 1e-6
FEW_BATCHES = 6  # with fewer generation batches of an activity, each generated window is a batch of its own


@dataclass(frozen=True, eq=False)
class Contest:
    """Released and real windows in equal numbers of each activity.

    Attributes:
        windows: Both, in order: released ones first.
        is_release: `(n,)` bool, the truth.
        group: `(n,)` str; a group is never on both sides of a fold.
        cluster: `(n,)` str, what the interval counts: people, and batches of generated windows.
    """

    windows: Windows
    is_release: np.ndarray
    group: np.ndarray
    cluster: np.ndarray

    def half_of(self, indices: np.ndarray, *, seed: int) -> np.ndarray:
        """Return positions within `indices` of half of the groups of each side and activity."""
        sides = np.where(self.is_release, "released, ", "real, ").astype(object) + self.windows.activity
        return half_of_groups(sides[indices].astype(str), self.group[indices], seed=seed)

    def folds(self, n_folds: int, *, seed: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield training and test indices; every window is tested at most once."""
        from sklearn.model_selection import StratifiedGroupKFold

        n_folds = min(n_folds, len(set(self.group.tolist())))
        if n_folds < 2:
            return
        splitter = StratifiedGroupKFold(n_folds, shuffle=True, random_state=seed)
        for train, test in splitter.split(self.is_release, self.is_release, self.group):
            if self.is_release[train].any() and not self.is_release[train].all():
                yield train, test


def contest(split: Split, released: Windows, *, max_per_side: int, seed: int) -> Contest | None:
    """Pair released windows with fresh real ones of the same activities.

    Args:
        split: The real windows.
        released: The windows to distinguish from them.
        max_per_side: Upper bound of windows per side; the same share of every activity is kept.
        seed: Draws the windows where one side has more.

    Returns:
        The contest, or `None` when there are fewer than `MIN_PAIRS` pairs.
    """
    chosen = _matched(released.activity, split.fresh.activity, max_per_side, np.random.default_rng(seed))
    if len(chosen[0]) < MIN_PAIRS:
        return None
    sides = [released.take(chosen[0]), split.fresh.take(chosen[1])]
    groups = [batches(sides[0]), _person_and_activity(sides[1])]
    clusters = [np.where(sides[0].subject == "", groups[0], sides[0].subject), sides[1].subject]
    return Contest(
        windows=concatenate(sides),
        is_release=np.repeat([True, False], [len(chosen[0]), len(chosen[1])]),
        group=np.concatenate(groups),
        cluster=np.concatenate(clusters),
    )


def batches(windows: Windows) -> np.ndarray:
    """Return the group of each window, `(n,)` str: a person's windows of an activity, or a generation batch.

    Where an activity has few batches, each generated window is its own group: an attacker trained on no
    batch of an activity would take its windows for real.
    """
    if (windows.subject != "").any():
        return _person_and_activity(windows)
    found = set(zip(windows.activity.tolist(), windows.series.tolist(), strict=True))
    if min(Counter(activity for activity, _ in found).values()) >= FEW_BATCHES:
        return windows.series
    return np.array([f"generated window {i}" for i in range(len(windows))])


def _person_and_activity(windows: Windows) -> np.ndarray:
    pairs = zip(windows.subject.tolist(), windows.activity.tolist(), strict=True)
    return np.array([f"{person}, {activity}" for person, activity in pairs])


@dataclass(frozen=True)
class Discriminator(Attack):
    """A classifier that learns to distinguish released windows from real ones.

    Attributes:
        max_per_side: Most windows of each side.
        n_folds: Each window is judged by an attacker who learnt from the other folds.
        tier: What the attacker knows.
        sees_rounding: Whether they are shown values as they are. Otherwise, where one side lies on a grid (a sensor's
            converter, a file with few decimals), both sides are rounded onto it, or onto the coarser one of two: what
            rounding alone tells is the business of `RoundingDiscriminator`.
        tests_saturation: Whether `run` also tests if more windows would make the attacker stronger: nearly as costly
            as the attack itself.
    """

    question = "discriminator"
    title = "Distinguishing released windows from real ones"
    max_per_side: ClassVar[int]
    n_folds: ClassVar[int]
    tier: ClassVar[str] = "refitted"
    sees_rounding: ClassVar[bool] = False
    tests_saturation: ClassVar[bool] = False

    def obstacle(self, split: Split) -> str:
        """Need unused recordings of the same people."""
        return "" if len(split.fresh) else NOTHING_FRESH

    def describe(self, windows: Windows) -> np.ndarray:
        """Return what the attacker looks at, `(n, ...)`: of each window by itself, so that nothing is learnt here."""
        return windows.values

    @abstractmethod
    def score(
        self, known: np.ndarray, is_release: np.ndarray, shown: np.ndarray, context: RunContext
    ) -> np.ndarray:
        """Learn from some windows and judge others.

        Args:
            known: `(n, ...)` descriptions to learn from.
            is_release: `(n,)` bool, the truth about them.
            shown: `(n_shown, ...)` descriptions to judge.
            context: Its seed draws everything that is random.

        Returns:
            `(n_shown,)` float; above 0.5 means released.
        """

    def scores(self, given: Contest, context: RunContext) -> np.ndarray:
        """Score every window by an attacker who learnt from the other folds: `(n,)`, NaN without enough groups."""
        return self._out_of_fold(given, context)

    def run(self, split: Split, release: Release, context: RunContext) -> tuple[Result, ...]:
        """Return the balanced accuracy of distinguishing released windows from unused real ones."""
        given = self._contest(split, release.windows, context)
        scores = np.zeros(0) if given is None else self.scores(given, context)
        got = None if given is None else judged(given, scores)
        if given is None or got is None:
            return (measured(self._empty_result(), None, note=TOO_FEW),)
        note = self._if_not_saturated(given, scores, context) if self.tests_saturation else ""
        return (measured(self._empty_result(), got, note=note),)

    def reference(self, split: Split, context: RunContext) -> Baseline:
        """Measure real windows against real ones, and planted cases that the attacker must detect."""
        real = self._estimate(split, split.fit, context)
        ceilings = (measured(self._empty_result(), real, note=TOO_FEW if real is None else ""),)
        if real is None:
            return Baseline(ceilings=ceilings)
        controls = [self._nothing_to_find(real)]
        for planted, values in self.planted(split, context):
            caught = self._estimate(split, split.fit.with_values(values), context)
            if caught is None:
                raise ValueError("planted windows pair with real ones wherever unchanged ones do")
            controls.append(must_win(self.question, self.attacker, planted, caught, 0.5))
        return Baseline(ceilings=ceilings, controls=tuple(controls))

    def planted(self, split: Split, context: RunContext) -> Iterator[tuple[str, np.ndarray]]:
        """Yield cases that a working attacker detects: their name, and the used windows' values after a change."""
        yield (
            "real windows with scrambled phases (same spectra)",
            phase_randomised(split.fit.values, seed=context.seed),
        )

    def _contest(self, split: Split, released: Windows, context: RunContext) -> Contest | None:
        given = contest(split, released, max_per_side=self.max_per_side, seed=context.seed)
        return given if given is None or self.sees_rounding else rounded_alike(given)

    def _out_of_fold(self, given: Contest, context: RunContext, *, from_half: bool = False) -> np.ndarray:
        described = self.describe(given.windows)
        scores = np.full(len(described), np.nan)
        for training, test in given.folds(self.n_folds, seed=context.seed):
            context.stop_if_asked()
            known = training[given.half_of(training, seed=context.seed)] if from_half else training
            scores[test] = self.score(described[known], given.is_release[known], described[test], context)
        return scores

    def _if_not_saturated(self, given: Contest, scores: np.ndarray, context: RunContext) -> str:
        """Return a sentence if the attacker is certainly better than one who learns from half of the groups."""
        halved = self._out_of_fold(given, context, from_half=True)
        right, right_with_half = (called_release(s) == given.is_release for s in (scores, halved))
        reached, with_half = judged(given, scores), judged(given, halved)
        if reached is None or with_half is None or reached.value < with_half.value + LEAST_GAIN:
            return ""
        if not more_would_help(right_with_half, right, given.cluster):
            return ""
        return f"{MORE_WOULD_HELP} With half of these, they reached {percent(with_half.value)}."

    def _nothing_to_find(self, real: Estimate) -> Control:
        """Test real windows in the place of a release: the interval must contain 0.5, except in 1 % of audits."""
        p = 2 * min(real.p_above(0.5), real.p_below(0.5))
        return Control(
            question=self.question,
            attacker=self.attacker,
            planted="real windows against other real windows",
            expected="lose",
            value=real.value,
            low=real.low,
            high=real.high,
            chance=0.5,
            passed=real.low <= 0.5 <= real.high or p > ALPHA_OF_CONTROL,
        )

    def _estimate(self, split: Split, released: Windows, context: RunContext) -> Estimate | None:
        given = self._contest(split, released, context)
        return None if given is None else judged(given, self.scores(given, context))

    def _empty_result(self) -> Result:
        return self.unmeasured(
            "balanced accuracy",
            self.tier,
            unit="people and generation batches; released windows against unused real ones of the same "
            "people, same activities, people's activities kept apart",
            chance=0.5,
            direction="chance",
        )


def judged(given: Contest, scores: np.ndarray) -> Estimate | None:
    """Estimate the balanced accuracy of scores; `None` where they do not cover both sides."""
    tested = ~np.isnan(scores)
    truth = given.is_release[tested]
    if truth.all() or not truth.any():
        return None
    return balanced_share(called_release(scores[tested]) == truth, truth, given.cluster[tested])


def called_release(scores: np.ndarray) -> np.ndarray:
    """Return which scores mean released: one that differs from 0.5 by rounding errors means nothing."""
    return scores > 0.5 + LEAST_PREFERENCE


def rounded_alike(given: Contest) -> Contest:
    """Round both sides onto the grid of the coarser one, channel by channel, where either lies on a grid."""
    values = given.windows.values
    grids = alike(values[given.is_release], values[~given.is_release])
    return replace(given, windows=given.windows.with_values(onto(values, grids)))


def _matched(
    ours: np.ndarray, theirs: np.ndarray, max_per_side: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Draw equally many indices of each activity from two label arrays."""
    activities = sorted(set(ours.tolist()) & set(theirs.tolist()))
    sizes = {a: min((ours == a).sum(), (theirs == a).sum()) for a in activities}
    share = min(1.0, max_per_side / max(sum(sizes.values()), 1))
    picks: tuple[list[np.ndarray], list[np.ndarray]] = ([], [])
    for activity, size in sizes.items():
        n_kept = max(1, int(size * share))
        for labels, kept in zip((ours, theirs), picks, strict=True):
            kept.append(rng.choice(np.flatnonzero(labels == activity), n_kept, replace=False))
    nobody = np.zeros(0, int)
    return np.concatenate([nobody, *picks[0]]), np.concatenate([nobody, *picks[1]])
