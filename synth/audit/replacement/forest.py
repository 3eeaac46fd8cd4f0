"""Can replaced windows be recognised? For releases that leave some windows unchanged.

The attacker's story: a release replaces what is sensitive (smoking, a seizure) by something harmless and leaves the
rest unchanged. Someone has examples of both, from people whose originals they know, and looks at the windows of other
people: which are genuine? Anybody who can point at the replaced ones knows when something sensitive happened.

The activity must not give the replacement away: if only one activity is replaced, a classifier that recognises this
activity has found nothing but the label. So equally many genuine and replaced windows of each released activity are
compared. Where no activity has both, windows are paired by the activity they look like, as named by forests trained
on real windows of other people. This is the comparison made by the authors of the replacement autoencoder, genuine
neutral windows against replaced ones, for any data. Where nothing genuine looks like the replaced windows, all windows
are compared, and the result says so.

A window is genuine if it equals its private window to within 0.5 % of each channel's spread (the rounding of text
files); where changed windows carry another label than their source, all that kept theirs count as genuine. The authors'
own attacker knows genuine windows only, and is in a file of its own (`gan.py`).

References:
    Malekzadeh, Clegg and Haddadi, Replacement AutoEncoder, IoTDI 2018.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from data.release import Release
from data.shared_samples import shared_fraction
from data.splits import Split
from data.windows import Windows
from synth.audit.attack import (
    FOREST,
    Attack,
    Baseline,
    measured,
    must_lose,
    must_win,
)
from synth.audit.models.classifiers import at_most, fit_forest
from synth.audit.models.features import features
from synth.audit.models.phase_surrogates import phase_randomised
from synth.audit.report import Result
from synth.audit.stats import Estimate, balanced_share, typical
from synth.core.run_context import RunContext

MIN_WINDOWS = 20  # of either kind
MIN_SHARE = 0.05  # of either kind
MIN_PAIRED = 0.2  # of the windows of the rarer kind
MAX_PER_SIDE = 1_500
ROUNDING = 5e-3  # of a channel's spread
N_SUMS = 6  # random projections by which equal windows are found
N_FOLDS = 3
N_TREES, N_TREES_LOOKS = 100, 50
N_SHUFFLES, N_TREES_SHUFFLED, N_SHUFFLED = 6, 20, 1_000

NEARLY_ALL = 0.9  # of a window's runs of samples
NONE_GENUINE = "Every window was changed, so no replaced ones stand among genuine ones."
NONE_REPLACED = "No window was changed."
FEW_GENUINE = "Nearly every window was changed: only {n} of {all} are genuine, too few to compare with."
FEW_REPLACED = "Hardly any window was changed: only {n} of {all}, too few to learn from."
ONE_GROUP = "Genuine and replaced windows come from one recording, so there is no other one to test on."
PAIRED_BY_LOOKS = (
    "No activity has genuine and replaced windows, so they were paired by the activity that they look like."
)
ALL_COMPARED = (
    "What was replaced looks like nothing that was left as it is, so all windows are compared: the attacker may "
    "recognise the activity rather than the replacement."
)


@dataclass(frozen=True, eq=False)
class Pairs:
    """Equally many genuine and replaced windows of each kind of movement.

    Attributes:
        index: `(n,)` of the released windows.
        is_replaced: `(n,)` bool, the truth.
        kind: `(n,)` what they were paired by.
        note: How they were paired, where it was not by activity.
    """

    index: np.ndarray
    is_replaced: np.ndarray
    kind: np.ndarray
    note: str = ""


@dataclass(frozen=True)
class Replacement(Attack):
    """Extremely randomised trees on window features, refitted on the release; people are kept apart."""

    question = "replacement"
    attacker = FOREST
    title = "Distinguishing replaced windows from genuine ones"

    def run(self, split: Split, release: Release, context: RunContext) -> tuple[Result, ...]:
        """Return the balanced accuracy of distinguishing replaced windows from genuine ones."""
        context.stop_if_asked()
        is_replaced = replaced_in(release, split.fit)
        reason = why_too_few(is_replaced)
        if reason:
            applies = reason not in (NONE_GENUINE, NONE_REPLACED)
            return (replace(self._empty_result(), note=reason, applies=applies),)
        group = people_or_series(release.windows)
        if len(set(group.tolist())) < 2:
            return (measured(self._empty_result(), None, note=ONE_GROUP),)
        pairs = paired(split.fit, release.windows, is_replaced, context)
        context.stop_if_asked()
        estimate = recognised(
            features(release.windows.take(pairs.index)),
            pairs.is_replaced,
            group[pairs.index],
            seed=context.seed,
        )
        return (measured(self._empty_result(), estimate, note=pairs.note),)

    def reference(self, split: Split, context: RunContext) -> Baseline:
        """Plant windows with scrambled phases, and call genuine windows replaced at random."""
        rng = np.random.default_rng(context.seed)
        real = split.fit.take(at_most(split.fit.subject, 2 * MAX_PER_SIDE, seed=context.seed))
        is_replaced = rng.random(len(real)) < 1 / 3
        if why_too_few(is_replaced):
            return Baseline()
        fakes = phase_randomised(real.values, seed=context.seed)
        planted = real.with_values(np.where(is_replaced[:, None, None], fakes, real.values))
        caught = recognised(features(planted), is_replaced, real.subject, seed=context.seed)
        some = real.take(at_most(real.subject, N_SHUFFLED, seed=context.seed))
        nothing = _random_calls_recognised(some, is_replaced.mean(), context)
        controls = (
            must_win(self.question, self.attacker, "a third of windows with scrambled phases", caught, 0.5),
            must_lose(
                self.question, self.attacker, "genuine windows called replaced at random", nothing, 0.5
            ),
        )
        return Baseline(controls=controls)

    def _empty_result(self) -> Result:
        return self.unmeasured(
            "balanced accuracy",
            "refitted",
            unit="people; released windows of people that the attacker did not learn from, equally many of both "
            "kinds of each activity",
            chance=0.5,
        )


def genuine(release: Release, private: Windows) -> np.ndarray:
    """Find the released windows that are unchanged private ones.

    Args:
        release: Its windows are compared with their sources or, where it names none, with all private
            windows, whatever their starts.
        private: The windows it was made from.

    Returns:
        `(n,)` bool.
    """
    released = release.windows.values
    tolerance = ROUNDING * private.values.std(axis=(0, 1)) + 1e-12
    candidates = release.source
    if candidates is None:
        candidates = _nearest_by_sums(released / tolerance, private.values / tolerance)
    same = (np.abs(released - private.values[candidates]) <= tolerance).all(axis=(1, 2))
    if release.source is not None:
        return same
    # Genuine windows with other starts than the private ones still contain their runs of samples.
    return same | (shared_fraction(release.windows, private) > NEARLY_ALL)


def replaced_in(release: Release, private: Windows) -> np.ndarray:
    """Find the released windows that replace something else.

    If some changed windows have another activity than their source, these are the replaced ones: a mechanism may pass
    all others through the same model, so that replaced windows do not stand out. Otherwise all changed windows are.

    Args:
        release: As in `genuine`.
        private: The windows it was made from.

    Returns:
        `(n,)` bool.
    """
    changed = ~genuine(release, private)
    if release.source is None:
        return changed
    relabelled = changed & (release.windows.activity != private.activity[release.source])
    return relabelled if relabelled.any() else changed


def why_too_few(is_replaced: np.ndarray) -> str:
    """Return why genuine and replaced windows cannot be compared; `""` where they can."""
    n = len(is_replaced)
    n_replaced = int(is_replaced.sum())
    enough = max(MIN_WINDOWS, MIN_SHARE * n)
    if n_replaced == 0:
        return NONE_REPLACED
    if n_replaced == n:
        return NONE_GENUINE
    if n_replaced < enough:
        return FEW_REPLACED.format(n=n_replaced, all=n)
    return FEW_GENUINE.format(n=n - n_replaced, all=n) if n - n_replaced < enough else ""


def paired(private: Windows, released: Windows, is_replaced: np.ndarray, context: RunContext) -> Pairs:
    """Draw equally many genuine and replaced windows per activity, or else per apparent activity, or else of all."""
    n_rarer = min(is_replaced.sum(), (~is_replaced).sum())
    enough = max(MIN_WINDOWS, MIN_PAIRED * n_rarer)
    pairs = equally_many(released.activity, is_replaced, seed=context.seed)
    if pairs.is_replaced.sum() >= enough:
        return pairs
    looks = looks_like(private, released, context)
    pairs = equally_many(looks, is_replaced, seed=context.seed)
    if pairs.is_replaced.sum() >= enough:
        return replace(pairs, note=PAIRED_BY_LOOKS)
    return replace(equally_many(np.zeros(len(released)), is_replaced, seed=context.seed), note=ALL_COMPARED)


def looks_like(private: Windows, released: Windows, context: RunContext) -> np.ndarray:
    """Predict the activity of released windows by forests trained on real windows of other people.

    So are genuine windows: their own labels would distinguish them from replaced ones.
    """
    group = people_or_series(released)
    known, shown = features(private), features(released)
    looks = np.empty(len(released), dtype=private.activity.dtype)
    for _, test in _folds(group):
        context.stop_if_asked()
        others = ~np.isin(private.subject, group[test])
        if not others.any():
            others = ~others
        forest = fit_forest(known[others], private.activity[others], seed=context.seed, n_trees=N_TREES_LOOKS)
        looks[test] = forest.predict(shown[test])
    return looks


def people_or_series(windows: Windows) -> np.ndarray:
    """Return the person of each window; the series, where all claim one person or nobody."""
    return windows.subject if len(set(windows.subject.tolist())) > 1 else windows.series


def _nearest_by_sums(released: np.ndarray, private: np.ndarray) -> np.ndarray:
    """Return for each released window the private one with the nearest random projections."""
    from scipy.spatial import KDTree

    weights = np.random.default_rng(0).normal(size=(private[0].size, N_SUMS))
    tree = KDTree(private.reshape(len(private), -1) @ weights)
    return np.asarray(tree.query(released.reshape(len(released), -1) @ weights)[1])


def equally_many(kind: np.ndarray, is_replaced: np.ndarray, *, seed: int) -> Pairs:
    """Draw as many replaced as genuine windows of each kind that has both, at most `MAX_PER_SIDE` of each."""
    rng = np.random.default_rng(seed)
    sizes = {k: min((is_replaced[kind == k]).sum(), (~is_replaced[kind == k]).sum()) for k in np.unique(kind)}
    share = min(1.0, MAX_PER_SIDE / max(sum(sizes.values()), 1))
    drawn = [
        rng.choice(
            np.flatnonzero((kind == k) & (is_replaced == side)), int(np.ceil(size * share)), replace=False
        )
        for k, size in sizes.items()
        for side in (False, True)
    ]
    index = np.sort(np.concatenate(drawn)).astype(int)
    return Pairs(index, is_replaced[index], kind[index])


def _folds(group: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    from sklearn.model_selection import GroupKFold

    yield from GroupKFold(min(N_FOLDS, len(set(group.tolist())))).split(group, groups=group)


def recognised(
    table: np.ndarray, is_replaced: np.ndarray, group: np.ndarray, *, seed: int, n_trees: int = N_TREES
) -> Estimate:
    """Estimate the balanced accuracy on windows of other groups."""
    called = np.zeros(len(table), bool)
    for train, test in _folds(group):
        forest = fit_forest(table[train], is_replaced[train], seed=seed, balanced=True, n_trees=n_trees)
        called[test] = forest.predict(table[test])
    return balanced_share(called == is_replaced, is_replaced, group)


def _random_calls_recognised(real: Windows, share: float, context: RunContext) -> Estimate:
    """Label genuine windows as replaced at random, several times."""
    rng = np.random.default_rng(context.seed)
    table, found = features(real), []
    for _ in range(N_SHUFFLES):
        context.stop_if_asked()
        nothing = rng.random(len(real)) < share
        found.append(recognised(table, nothing, real.subject, seed=context.seed, n_trees=N_TREES_SHUFFLED))
    return typical(found)
