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
from dataclasses import dataclass
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
from synth.audit.models.phase_surrogates import phase_randomised
from synth.audit.report import Control, Result
from synth.audit.stats import Estimate, balanced_share
from synth.core.run_context import RunContext

MIN_PAIRS = 20  # with fewer windows per side nothing can be said
TOO_FEW = f"Fewer than {MIN_PAIRS} released windows match real ones of other series in activity."
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
    """A classifier that learns to distinguish released windows from real ones."""

    question = "discriminator"
    title = "Distinguishing released windows from real ones"
    max_per_side: ClassVar[int]
    n_folds: ClassVar[int]

    def obstacle(self, split: Split) -> str:
        """Need unused recordings of the same people."""
        return "" if len(split.fresh) else NOTHING_FRESH

    @abstractmethod
    def call(self, given: Contest, context: RunContext) -> np.ndarray:
        """Predict for each window whether it is released: `(n,)` float, 1 or 0, NaN where not tested."""

    def run(self, split: Split, release: Release, context: RunContext) -> tuple[Result, ...]:
        """Return the balanced accuracy of distinguishing released windows from unused real ones."""
        got = self._estimate(split, release.windows, context)
        return (measured(self._empty_result(), got, note=TOO_FEW if got is None else ""),)

    def reference(self, split: Split, context: RunContext) -> Baseline:
        """Measure real windows against real ones, and windows with scrambled phases."""
        real = self._estimate(split, split.fit, context)
        ceilings = (measured(self._empty_result(), real, note=TOO_FEW if real is None else ""),)
        if real is None:
            return Baseline(ceilings=ceilings)
        surrogates = split.fit.with_values(phase_randomised(split.fit.values, seed=context.seed))
        caught = self._estimate(split, surrogates, context)
        if caught is None:
            raise ValueError("scrambled windows pair with real ones wherever unscrambled ones do")
        planted = "real windows with scrambled phases (same spectra)"
        controls = (
            self._nothing_to_find(real),
            must_win(self.question, self.attacker, planted, caught, 0.5),
        )
        return Baseline(ceilings=ceilings, controls=controls)

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
        given = contest(split, released, max_per_side=self.max_per_side, seed=context.seed)
        if given is None:
            return None
        context.stop_if_asked()
        called = self.call(given, context)
        judged = ~np.isnan(called)
        if len(set(given.is_release[judged].tolist())) < 2:
            return None
        correct = called[judged] == given.is_release[judged]
        return balanced_share(correct, given.is_release[judged], given.cluster[judged])

    def _empty_result(self) -> Result:
        return self.unmeasured(
            "balanced accuracy",
            "refitted",
            unit="people and generation batches; released windows against unused real ones of the same "
            "people, same activities, people's activities kept apart",
            chance=0.5,
            direction="chance",
        )


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
