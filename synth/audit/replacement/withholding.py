"""Does withholding show where something is missing, and how much? For releases that withhold windows.

The attacker's story: a release leaves out what is sensitive and shares the rest as a file: each person's windows in
file order, without times. Two questions remain. **Where**: did a recording that stops do so by itself, or because what
came next was withheld? The attacker has examples of both from other people, and compares the last window before the
stop with the next one in the file, and with other possible continuations. Stops are compared within one activity,
equally many of both kinds: people who follow a protocol do one thing after the other, and no release can change what
everybody knows about the protocol. **How much**: of two people, one with much and one with little withheld, does the
one with fewer windows in the file have more to hide?

Stretches that the audit itself sets aside for its measurements interrupt recordings, too. They do not count as stops.

References:
    Malekzadeh, Clegg and Haddadi, Replacement AutoEncoder, IoTDI 2018: gaps of a filtered release give away when
    something sensitive happened.
"""

from dataclasses import dataclass, replace

import numpy as np

from data.export.shuffling import sharing_order
from data.release import Release
from data.splits import Split
from data.windows import Windows
from synth.audit.attack import Attack, Baseline, measured, must_lose, must_win
from synth.audit.models.features import features
from synth.audit.replacement.forest import equally_many, recognised
from synth.audit.report import Result
from synth.audit.stats import Estimate, auc_of_people, typical
from synth.core.run_context import RunContext

MIN_STOPS = 20  # of either kind
MIN_PEOPLE = 3  # with much withheld, and with little
PLANTED = 0.1  # share of windows at which a planted gap of two windows begins
N_TREES = 100
N_SHUFFLES, N_TREES_SHUFFLED = 6, 20
FARTHEST = 10.0  # largest seam, in standard deviations of the channels

STOPS = (
    "people; places where a recording stops, of people that the attacker did not learn from, equally many of both "
    "kinds of each activity"
)
PAIRS_OF_PEOPLE = "pairs of people, of one of whom more was withheld than of most"
NO_STOPS = (
    "Recordings rarely stop because something was withheld: only {n} such places can be compared with other stops in "
    "the same activity; at least {least} are needed."
)
FEW_PEOPLE = (
    "Windows were withheld from too few people, or from all in equal number, to say who has more to hide."
)


@dataclass(frozen=True, eq=False)
class Stops:
    """Where recordings stop in a release.

    Attributes:
        index: `(n,)` of the last window before each, in the release.
        is_gap: `(n,)` bool, whether what came next was withheld.
        activity: `(n,)` str, of that window.
        subject: `(n,)` str, the same.
    """

    index: np.ndarray
    is_gap: np.ndarray
    activity: np.ndarray
    subject: np.ndarray


@dataclass(frozen=True)
class Withholding(Attack):
    """Extremely randomised trees on the surroundings of a stop, refitted on other people; and a count of windows."""

    question = "replacement"
    attacker = "reader of what is missing"
    title = "Finding where something was withheld, and from whom much"

    def applies_to(self, release: Release) -> bool:
        """Apply to releases that name their sources and leave some out."""
        return release.source is not None and len(np.unique(release.source)) <= release.source.max(initial=-1)

    def run(self, split: Split, release: Release, context: RunContext) -> tuple[Result, ...]:
        """Return how well stops are recognised as gaps, and how well fewer windows tell who has more withheld."""
        context.stop_if_asked()
        stops = stops_of(split.fit, release)
        n_gaps = _n_comparable(stops, seed=context.seed)
        amount = _how_much(split.fit, release, seed=context.seed)
        where, how_much = (
            self._empty_result("balanced accuracy", "stops, refitted", STOPS),
            self._empty_result("AUC", "amounts, by person", PAIRS_OF_PEOPLE),
        )
        if n_gaps < MIN_STOPS:
            where = measured(where, None, note=NO_STOPS.format(n=n_gaps, least=MIN_STOPS))
        else:
            table = _surroundings(release.windows, stops.index, sharing_order(release))
            where = measured(where, _where(table, stops, seed=context.seed))
        return where, measured(how_much, amount, note="" if amount else FEW_PEOPLE)

    def reference(self, split: Split, context: RunContext) -> Baseline:
        """Plant gaps in a file that shows times, and call stops gaps at random."""
        rng = np.random.default_rng(context.seed)
        begins = np.flatnonzero(rng.random(len(split.fit)) < PLANTED)
        kept = np.setdiff1d(np.arange(len(split.fit)), [*begins, *(begins + 1)])
        planted = Release("planted gaps", split.fit.take(kept), kept)
        stops = stops_of(split.fit, planted)
        if _n_comparable(stops, seed=context.seed) < MIN_STOPS:
            return Baseline()
        table = _surroundings(planted.windows, stops.index, np.arange(len(kept)))
        with_times = np.column_stack([table, _time_to_next(planted.windows, stops.index)])
        found, nothing = _where(with_times, stops, seed=context.seed), []
        for _ in range(N_SHUFFLES):
            context.stop_if_asked()
            shuffled = replace(stops, is_gap=_permuted_within(stops.activity, stops.is_gap, rng))
            nothing.append(_where(table, shuffled, seed=context.seed, n_trees=N_TREES_SHUFFLED))
        controls = (
            must_win(self.question, self.attacker, "gaps in a file that shows times", found, 0.5),
            must_lose(self.question, self.attacker, "stops called gaps by lot", typical(nothing), 0.5),
        )
        return Baseline(controls=controls)

    def _empty_result(self, metric: str, tier: str, unit: str) -> Result:
        return self.unmeasured(metric, tier, unit=unit, chance=0.5)


def stops_of(private: Windows, release: Release) -> Stops:
    """Find the released windows after which a recording stops, and whether what came next was withheld.

    Args:
        private: The windows that the release was made from, in the order of the recordings.
        release: A release that names its sources.

    Raises:
        ValueError: If the release has no sources.
    """
    if release.source is None:
        raise ValueError(f"{release.name} does not name its sources")
    order = np.argsort(private.subject, kind="stable")
    same_person = private.subject[order][1:] == private.subject[order][:-1]
    following = np.full(len(private), -1)
    following[order[:-1][same_person]] = order[1:][same_person]
    same_series = (following >= 0) & (private.series == private.series[following])
    kept_apart = same_series & (private.start[following] - private.start > private.n_timesteps)
    withheld = (following >= 0) & ~np.isin(following, release.source)
    index = np.flatnonzero(((~same_series | withheld) & ~kept_apart)[release.source])
    windows = release.windows.take(index)
    return Stops(index, withheld[release.source[index]], windows.activity, windows.subject)


def _n_comparable(stops: Stops, *, seed: int) -> int:
    """Count the gaps that can be paired with another stop of the same activity."""
    return int(equally_many(stops.activity, stops.is_gap, seed=seed).is_replaced.sum())


def _where(table: np.ndarray, stops: Stops, *, seed: int, n_trees: int = N_TREES) -> Estimate:
    """Estimate the balanced accuracy of recognising gaps among other people's stops."""
    pairs = equally_many(stops.activity, stops.is_gap, seed=seed)
    return recognised(
        table[pairs.index], pairs.is_replaced, stops.subject[pairs.index], seed=seed, n_trees=n_trees
    )


def _surroundings(windows: Windows, index: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Describe what a file shows around some of its windows: `(n, features)`.

    Args:
        windows: The windows of the release.
        index: `(n,)` int, the windows to describe.
        order: `(n_windows,)` int, the order of the windows in the file.
    """
    place = np.argsort(order)
    after = order[np.minimum(place[index] + 1, len(order) - 1)]
    described, described_after = features(windows.take(index)), features(windows.take(after))
    spread = described.std(axis=0)
    jump = np.abs(described_after - described) / np.where(spread > 0, spread, 1.0)
    scaled = windows.values / np.maximum(windows.values.std(axis=(0, 1)), 1e-9)
    half = windows.n_timesteps // 2
    overlap = np.abs(scaled[after, :half] - scaled[index, -half:]).mean(axis=(1, 2))
    belongs = [label[after] == label[index] for label in (windows.subject, windows.activity)]
    seams = [_best_seam(scaled, windows.subject, i) for i in index]
    return np.column_stack([*belongs, jump, jump.mean(axis=1), overlap, seams])


def _best_seam(scaled: np.ndarray, subject: np.ndarray, at: int) -> float:
    """Return the smallest jump from the end of a window to the start of another of that person; 0 is seamless."""
    others = np.flatnonzero(subject == subject[at])
    seams = np.abs(scaled[others[others != at], 0] - scaled[at, -1]).mean(axis=1)
    return float(seams.min(initial=FARTHEST))


def _time_to_next(windows: Windows, index: np.ndarray) -> np.ndarray:
    """Return the samples until the next window of the same series begins; -1 where there is none."""
    after = np.minimum(index + 1, len(windows) - 1)
    later = windows.start[after] - windows.start[index]
    return np.where((windows.series[after] == windows.series[index]) & (later > 0), later, -1)


def _permuted_within(kind: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Permute labels within each kind: as many of each kind keep each label."""
    permuted = labels.copy()
    for k in np.unique(kind):
        permuted[kind == k] = rng.permutation(labels[kind == k])
    return permuted


def _how_much(private: Windows, release: Release, *, seed: int) -> Estimate | None:
    """Estimate how often, of two people, the one with fewer released windows has more withheld."""
    people = private.subjects
    n_released = np.array([(release.windows.subject == person).sum() for person in people])
    n_withheld = np.array([(private.subject == person).sum() for person in people]) - n_released
    much = n_withheld > np.median(n_withheld)
    if min(much.sum(), (~much).sum()) < MIN_PEOPLE:
        return None
    return auc_of_people(-n_released[much], -n_released[~much], seed=seed)
