"""Can one find out which recordings were used?

The attacker's story: someone holds a recording of a person and asks whether exactly this one was used to make the
release (which would reveal the diagnosis, the day or the place that the release is about). They have the release and
some other real recordings. Used recordings lie where the release is dense and other recordings are not (density
ratio), or simply nearer to some released window (nearest distance).

The attacker compares used and unused recordings of the same people and activities, so knowing how a person moves does
not help: whether the *person* can be recognised is another question. Where there are no unused recordings of the same
people, they can only compare people whose recordings were used with people whose were not. Any release that shows these
people resembles them more, whichever of their recordings it was made from, so that is shown and not judged.

References:
    van Breugel et al., Membership inference attacks against synthetic data through overfitting detection
    (DOMIAS), AISTATS 2023.
    Chen et al., GAN-Leaks, CCS 2020 (nearest distances).
    Carlini et al., Membership inference attacks from first principles, S&P 2022 (true positives at few false ones).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from data.release import Release
from data.splits import Split, cut_by_time
from data.windows import Windows, concatenate
from synth.audit.attack import (
    NOTHING_FRESH,
    Attack,
    Baseline,
    measured,
    must_lose,
    must_win,
    unprotected,
)
from synth.audit.membership.member_sets import stretches
from synth.audit.models.classifiers import at_most
from synth.audit.models.features import features
from synth.audit.report import Result
from synth.audit.stats import Estimate, auc_of_people, decisions, repeated, share
from synth.core.run_context import RunContext

MAX_WINDOWS = 6_000  # of each kind
N_COMPONENTS = 24
N_NEIGHBOURS = 3
FLOOR = 1e-6  # of a typical distance, so that an exact copy is not infinitely near
FALSE_POSITIVES = 0.01
MIN_PEOPLE, MIN_PEOPLE_A_SIDE, MIN_UNUSED = 3, 10, 300
FEW_PEOPLE = f"At least {MIN_PEOPLE} people need both used and unused recordings of the same activity."
FEW_ACTIVITIES = "This attacker learns to distinguish activities, and there is only one."
FEW_A_SIDE = f"To say something about people, at least {MIN_PEOPLE_A_SIDE} are needed on each side."
FEW_UNUSED = (
    f"At least {MIN_UNUSED} unused windows are needed to estimate how many are wrongly taken for used."
)
BY_WINDOW, BY_PERSON = "by window", "by person"
AUC, CAUGHT = "AUC", "true positives at 1 % false ones"
MOST_DRIFT = 0.2  # beyond guessing
RATIO, NEAREST = "density ratio", "nearest distance"
TOO_DIFFERENT = (
    "The used and the unused recordings differ so much (another session, another way of wearing the sensor) that "
    "resembling the used ones says nothing. Use other times of the same sessions as the holdout."
)
NO_PROOF = (
    "Only other people were held out. That the people whose recordings were used resemble the release more than these "
    "can mean that the people are recognised, which is no proof that these recordings of them were used. Add other "
    "recordings of the same people as the holdout."
)
NO_CONTROL = (
    "Used and unused recordings may differ by session; more unused ones are needed to see by how much."
)


@dataclass(frozen=True, eq=False)
class LineUp:
    """Used and unused recordings that are compared with a release.

    Attributes:
        used: The release may have been made from these.
        unused: It was not made from these.
        of_the_same_people: Whether every unused one comes with used ones of the same person.
    """

    used: Windows
    unused: Windows
    of_the_same_people: bool


@dataclass(frozen=True)
class Membership(Attack):
    """Nearest distances and density ratio on window features."""

    question = "membership"
    attacker = "density of the release"
    title = "Inferring which recordings were used"
    fewest_activities: ClassVar[int] = 1  # of a release
    version = 2
    against_others: ClassVar[int] = -1  # index of the score that is used to compare people with other people

    def obstacle(self, split: Split) -> str:
        """Need unused recordings, of the same people or of others."""
        return "" if len(split.fresh) or len(split.unseen) else NOTHING_FRESH

    def run(self, split: Split, release: Release, context: RunContext) -> tuple[Result, ...]:
        """Return the results of each score: AUC, people recognised, and true positives at few false ones."""
        context.stop_if_asked()
        results = self._attack(_line_up(split), release.windows, context)
        if split.at_random or len(split.fresh) == 0:
            return tuple(results)
        return tuple(self._beyond_drift(split, results, context))

    def _beyond_drift(self, split: Split, results: Sequence[Result], context: RunContext) -> list[Result]:
        """Judge results where the holdout was supplied and may come from other sessions.

        A harmless release then resembles one side more: that of its own session. How much more is measured on harmless
        windows of both sides. For each score, a release has to resemble the used side by more than twice as much;
        decisions per person are not judged.
        """
        drifts = self._drifts(split, context)
        return [_judged_beyond(r, drifts.get(_look(r))) for r in results]

    def _drifts(self, split: Split, context: RunContext) -> dict[str, float]:
        """Return by score how far harmless windows are from resembling both sides equally.

        Harmless windows are unused ones, other people's, and used ones in comparison with earlier used ones: a release
        of the same session as the used recordings, although of other times, looks like these.
        """
        found = [*self._nothing_to_find(split, context), *self._of_the_same_session(split, context)]
        if len(split.unseen):
            given = LineUp(split.fit, split.fresh, True)
            found = found + self._attack(given, split.unseen, context)
        drifts: dict[str, float] = {}
        for r in found:
            if r.value is not None and r.metric == AUC:
                drifts[_look(r)] = max(drifts.get(_look(r), 0.0), abs(r.value - 0.5))
        return drifts

    def _nothing_to_find(self, split: Split, context: RunContext) -> list[Result]:
        """Attack half of the unused recordings as if they were a release, and compare with the other half."""
        context.stop_if_asked()
        released, unused = halves(split.fresh, seed=context.seed)
        if len(released) == 0 or len(unused) == 0:
            return []
        return self._attack(LineUp(split.fit, unused, True), released, context)

    def _of_the_same_session(self, split: Split, context: RunContext) -> list[Result]:
        """Attack the later used recordings as if they were a release made of the earlier ones."""
        context.stop_if_asked()
        before, after = cut_by_time(split.fit, share=0.5)
        if len(before) == 0 or len(after) == 0:
            return []
        given = LineUp(split.fit.take(before), split.fresh, True)
        return self._attack(given, split.fit.take(after), context)

    def reference(self, split: Split, context: RunContext) -> Baseline:
        """Measure the used recordings themselves, and unused ones in the place of a release."""
        ceilings = self.run(split, unprotected(split), context)
        if len(split.fresh) == 0 or ceilings[0].value is None:
            return Baseline(ceilings=ceilings)
        nothing = self._nothing_to_find(split, context)
        controls = [
            must_win(self.question, self.attacker, "the used recordings themselves", ceilings[0], 0.5)
        ]
        if split.at_random and nothing and nothing[0].value is not None:
            text = "other unused recordings of the same people"
            controls.append(must_lose(self.question, self.attacker, text, nothing[0], 0.5))
        return Baseline(ceilings=ceilings, controls=tuple(controls))

    def familiarity(
        self, given: LineUp, released: Windows, context: RunContext
    ) -> Iterator[tuple[str, np.ndarray]]:
        """Yield the name and values `(n,)` of each score, used recordings first; higher means "used"."""
        return _nearness(given, released)

    def _attack(self, given: LineUp, released: Windows, context: RunContext) -> list[Result]:
        results = self._measure(given, released, context)
        return [replace(r, attacker=self.attacker) for r in results]

    def _measure(self, given: LineUp, released: Windows, context: RunContext) -> list[Result]:
        given, released = _comparable(given, released, seed=context.seed)
        if len(released.activities) < self.fewest_activities:
            return [measured(_empty_result(AUC, BY_WINDOW, 0.5), None, note=FEW_ACTIVITIES)]
        if len({*given.used.subjects, *given.unused.subjects}) < 2 or not len(given.unused):
            return [measured(_empty_result(AUC, BY_WINDOW, 0.5), None, note=FEW_PEOPLE)]
        looks = self.familiarity(given, released, context)
        if not given.of_the_same_people:
            return [_people_against_others(given, *list(looks)[self.against_others])]
        results = []
        for name, familiar in looks:
            results += _judge(given, familiar, name)
        return results


def _look(r: Result) -> str:
    """Return the score that a result belongs to."""
    return r.tier.split(",")[0]


def _judged_beyond(r: Result, drift: float | None) -> Result:
    """Judge a result against the drift of harmless windows."""
    if drift is None or drift > MOST_DRIFT:
        note = NO_CONTROL if drift is None else TOO_DIFFERENT
        return replace(r, value=None, low=None, high=None, p=None, note=note)
    if not r.tier.endswith(BY_WINDOW) or r.metric != AUC:
        return replace(r, p=None)
    chance = 0.5 + 2 * drift
    return replace(r, chance=chance, p=_p_above(r, chance))


def _p_above(r: Result, chance: float) -> float | None:
    """Return the p-value of a result against another chance level: a t tail over people."""
    from scipy import stats

    if r.value is None:
        return None
    freedom = max(r.n - 1, 1)
    low, high = r.ends
    error = max(high - low, 0.01) / 2 / stats.t.ppf(0.975, freedom)
    return float(stats.t.sf((r.value - chance) / error, freedom))


def _line_up(split: Split) -> LineUp:
    if len(split.fresh):
        return LineUp(split.fit, split.fresh, True)
    return LineUp(split.fit, split.unseen, False)


def _comparable(given: LineUp, released: Windows, *, seed: int) -> tuple[LineUp, Windows]:
    """Keep the activities that the release has, and at most `MAX_WINDOWS` of each kind."""
    sides = [w.take(np.isin(w.activity, released.activities)) for w in (given.used, given.unused)]
    sides = [w.take(at_most(w.activity, MAX_WINDOWS, seed=seed)) for w in sides]
    released = released.take(at_most(released.activity, MAX_WINDOWS, seed=seed))
    return replace(given, used=sides[0], unused=sides[1]), released


def _nearness(given: LineUp, released: Windows) -> Iterator[tuple[str, np.ndarray]]:
    """Yield how near each recording is to released windows, and how much nearer than to other recordings.

    Other people's real recordings, used and unused, give the density of recordings in general.
    """
    from sklearn.decomposition import PCA
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    real = concatenate([given.used, given.unused])
    table = features(real)
    n_components = min(N_COMPONENTS, table.shape[1], len(table))
    embedding = make_pipeline(StandardScaler(), PCA(n_components, random_state=0)).fit(table)
    ours, theirs = embedding.transform(table), embedding.transform(features(released))
    to_released = _distances(ours, theirs)
    floor = FLOOR * np.median(to_released)
    to_others = np.empty_like(to_released)
    for person in real.subjects:
        own = real.subject == person
        to_others[own] = _distances(ours[own], ours[~own])
    yield NEAREST, -to_released[:, 0]
    yield RATIO, (np.log(to_others + floor) - np.log(to_released + floor)).mean(axis=1)


def _distances(ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """Return the distances to the nearest few, `(n, N_NEIGHBOURS)`."""
    from sklearn.neighbors import NearestNeighbors

    n_neighbours = min(N_NEIGHBOURS, len(theirs))
    found = NearestNeighbors(n_neighbors=n_neighbours).fit(theirs).kneighbors(ours)[0]
    return np.pad(found, ((0, 0), (0, N_NEIGHBOURS - n_neighbours)), mode="edge")


def _judge(given: LineUp, familiar: np.ndarray, name: str) -> list[Result]:
    used, unused = familiar[: len(given.used)], familiar[len(given.used) :]
    of_people = _auc_of_each_person(given, used, unused)
    enough = len(of_people) >= MIN_PEOPLE
    by_window = measured(
        _empty_result(AUC, f"{name}, {BY_WINDOW}", 0.5),
        repeated(of_people) if enough else None,
        note="" if enough else FEW_PEOPLE,
    )
    many = len(of_people) >= MIN_PEOPLE_A_SIDE
    by_person = measured(
        _empty_result("people recognised", f"{name}, {BY_PERSON}", 0.5),
        decisions(int((of_people > 0.5).sum()), len(of_people)) if many else None,
        note="" if many else FEW_A_SIDE,
    )
    sure = len(unused) >= MIN_UNUSED
    caught = measured(
        _empty_result(CAUGHT, f"{name}, {BY_WINDOW}", FALSE_POSITIVES),
        _true_positives(used, unused, given.used.subject) if sure else None,
        note="" if sure else FEW_UNUSED,
    )
    # Shown next to the AUC, but not judged: the threshold rests on few unused windows.
    return [by_window, by_person, replace(caught, p=None)]


def _auc_of_each_person(given: LineUp, used: np.ndarray, unused: np.ndarray) -> np.ndarray:
    """Return for each person how often a used window scores higher than an unused one of the same activity."""
    from sklearn.metrics import roc_auc_score

    found = []
    for person in sorted(set(given.used.subjects) & set(given.unused.subjects)):
        areas, n_pairs = [], []
        for activity in given.used.activities:
            first = used[(given.used.subject == person) & (given.used.activity == activity)]
            second = unused[(given.unused.subject == person) & (given.unused.activity == activity)]
            if len(first) and len(second):
                truth = np.repeat([1, 0], [len(first), len(second)])
                areas.append(roc_auc_score(truth, np.concatenate([first, second])))
                n_pairs.append(len(first) * len(second))
        if areas:
            found.append(np.average(areas, weights=n_pairs))
    return np.array(found)


def _true_positives(used: np.ndarray, unused: np.ndarray, person: np.ndarray) -> Estimate:
    """Return the share of used windows above the threshold that 99 % of unused ones stay below (95 % confidence)."""
    from scipy import stats

    rank = int(stats.binom.ppf(0.95, len(unused), 1 - FALSE_POSITIVES))
    return share(used > np.sort(unused)[min(rank, len(unused) - 1)], person)


def _people_against_others(given: LineUp, name: str, familiar: np.ndarray) -> Result:
    """Compare whole people, where there are no unused recordings of the same people; not judged."""
    empty = _empty_result(AUC, f"{name}, against other people, {BY_PERSON}", 0.5)
    people = [given.used.subjects, given.unused.subjects]
    if min(map(len, people)) < MIN_PEOPLE_A_SIDE:
        return measured(empty, None, note=FEW_A_SIDE)
    person = np.concatenate([given.used.subject, given.unused.subject])
    used, unused = (np.array([familiar[person == name].mean() for name in side]) for side in people)
    result = measured(empty, auc_of_people(used, unused, seed=0), note=NO_PROOF)
    return replace(result, p=None)


def halves(windows: Windows, *, seed: int) -> tuple[Windows, Windows]:
    """Split windows into halves by stretches of recording."""
    place = stretches(windows, np.zeros(len(windows), bool))
    drawn = np.random.default_rng(seed).permutation(np.unique(place))[: (place.max() + 1) // 2]
    first = np.isin(place, drawn)
    return windows.take(first), windows.take(~first)


def _empty_result(metric: str, tier: str, chance: float) -> Result:
    return Membership.unmeasured(
        metric,
        tier,
        unit="people; their used windows against unused ones of the same activity",
        chance=chance,
    )
