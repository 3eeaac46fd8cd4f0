"""Does it give away gender, age, ...? For releases whose windows claim people.

The attacker's story: someone knows the gender (or age, or height) of some people of the release, because they are
patients of his or say so in public. He learns from their released windows and looks at those of people whom he has
never seen. Every window of a person is learnt from or judged, never both, so that recognising people does not help.

He may have it upside down: naming the wrong one of two classes far too often says as much as naming the right one.
An accuracy `a` of two classes therefore counts as `max(a, 1 - a)` (39 of 100 counts as 61), and guessing is what the
same folding gives where names mean nothing: the attributes of all people are dealt out anew many times, and the same
attacker, folds and windows answer for each of these permutations. With more than two classes nothing is folded.

Intervals are over people (Korn and Graubard), p-values over permutations of people. The answer by window is the one
that is tested; one decision a person is the same answer, coarser, and would only count as one test more. Where people
are so few that no answer could stand out from their permutations, there is none.

References:
    Elazar and Goldberg, Adversarial removal of demographic attributes, EMNLP 2018 (why it must be refitted).
    Ojala and Garriga, Permutation tests for studying classifier performance, JMLR 11 (2010).
"""

from abc import abstractmethod
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import factorial, prod
from typing import ClassVar

import numpy as np
import pandas as pd

from data.release import Release
from data.splits import Split
from data.windows import Windows
from synth.audit.attack import Attack, Baseline, measured, must_lose, unprotected
from synth.audit.models.classifiers import at_most
from synth.audit.models.features import features
from synth.audit.report import Control, Result
from synth.audit.stats import Estimate, share, typical
from synth.audit.verdicts import ALPHA
from synth.core.run_context import RunContext

NO_ATTRIBUTES = (
    "The recordings name no attributes of people (such as gender or age), so there is nothing to give away."
)
AGGREGATED = "aggregated"  # one decision a person
UPSIDE_DOWN = "The attacker named the wrong class more often than the right one, which says as much."
MAX_CLASSES = 6
MIN_A_CLASS = 2  # with one person of a class there is nobody to learn it from
MAX_WINDOWS = 4_000  # of all people together; more change little
N_PERMUTATIONS = 999
N_RANDOM_LABELS = 20  # draws of the control that must lose
MAX_LEFT_OUT_ONE_BY_ONE = 20  # people; more are left out in groups
N_FOLDS = 10
PLANTED_SCALE = 2.0
CLIP = 10.0  # standard deviations; a single wild feature must not decide


@dataclass(frozen=True, eq=False)
class Labelling:
    """What is known of people, as classes.

    Attributes:
        name: The attribute.
        people: `(n_people,)` str, those of whom it is known.
        codes: `(n_people,)` int, the class of each; empty if the attribute cannot be attacked.
        words: The classes in words, or the reason why it cannot be attacked.
    """

    name: str
    people: np.ndarray
    codes: np.ndarray
    words: str

    @property
    def usable(self) -> bool:
        """Whether an attacker can be tested with it."""
        return len(self.codes) > 0


@dataclass(frozen=True, eq=False)
class Scene:
    """Released windows of the people whose attribute is known.

    Attributes:
        table: `(n, n_features)` float32.
        activity: `(n,)` str, as released.
        person: `(n,)` int, index of each window's person.
        n_people: How many people there are.
    """

    table: np.ndarray
    activity: np.ndarray
    person: np.ndarray
    n_people: int

    def folds(self, *, seed: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield people to learn from and people to judge; they do not depend on anybody's attribute."""
        order = np.random.default_rng(seed).permutation(self.n_people)
        n_folds = self.n_people if self.n_people <= MAX_LEFT_OUT_ONE_BY_ONE else N_FOLDS
        for judged in np.array_split(order, n_folds):
            yield np.setdiff1d(order, judged), np.sort(judged)

    def only(self, people: np.ndarray) -> "Scene":
        """Leave out everybody but those at the indices `people`, who are numbered anew."""
        kept = np.isin(self.person, people)
        renumbered = np.searchsorted(people, self.person[kept])
        return Scene(self.table[kept], self.activity[kept], renumbered, len(people))


@dataclass(frozen=True, eq=False)
class Answers:
    """Classes that were named: `(n_windows, n_labellings)` and `(n_people, n_labellings)` int8."""

    by_window: np.ndarray
    by_person: np.ndarray


class AttributeInference(Attack):
    """What every attacker of attributes shares. Subclasses say how classes are named."""

    question = "attributes"
    n_permutations: ClassVar[int] = N_PERMUTATIONS

    @abstractmethod
    def name(self, scene: Scene, labels: np.ndarray, context: RunContext) -> Answers:
        """Name the class of every window and person, having learnt from other people.

        Args:
            scene: The windows.
            labels: `(n_labellings, n_people)` int, each row a way to deal out the classes; all are answered in
                the same way and apart from each other.
            context: Its seed draws the folds; asked to stop between folds.
        """

    def applies_to(self, release: Release) -> bool:
        """Apply to releases whose windows claim people."""
        return release.claims_people

    def obstacle(self, split: Split) -> str:
        """Need recordings that name an attribute of people."""
        return "" if len(known_attributes(split).columns) else NO_ATTRIBUTES

    def run(self, split: Split, release: Release, context: RunContext) -> tuple[Result, ...]:
        """Return two results for each attribute (by window and by person), or one that says why it was not measured."""
        people = release.windows.subjects
        everybody = scene_of(release.windows, seed=context.seed)
        known = known_attributes(split).reindex(people)
        results: list[Result] = []
        for attribute in known:
            context.stop_if_asked()
            labelling = classes_of(known[attribute])
            if labelling.usable:
                some = everybody.only(np.flatnonzero(np.isin(people, labelling.people)))
                results += self._attack(some, labelling, context)
            else:
                results.append(
                    measured(self._templates(str(attribute), "people")[0], None, note=labelling.words)
                )
        return tuple(results)

    def reference(self, split: Split, context: RunContext) -> Baseline:
        """Measure the unprotected windows, an attribute planted in the movements, and classes that mean nothing."""
        ceilings = self.run(split, unprotected(split), context)
        controls = self._controls(split.fit, context)
        return Baseline(ceilings=ceilings, controls=controls)

    def _attack(self, scene: Scene, labelling: Labelling, context: RunContext) -> list[Result]:
        unit = f"people ({labelling.words}); learnt from released windows of other people"
        templates = self._templates(labelling.name, unit)
        labels = permuted(labelling.codes, self.n_permutations, seed=context.seed)
        answers = self.name(scene, labels, context)
        return [
            _judged(template, called, person, labels)
            for template, called, person in zip(
                templates,
                (answers.by_window, answers.by_person),
                (scene.person, np.arange(scene.n_people)),
                strict=True,
            )
        ]

    def _controls(self, real: Windows, context: RunContext) -> tuple[Control, ...]:
        """Give half of the people stronger movements, and see; deal out classes that mean nothing, and see."""
        people = np.array(real.subjects)
        halves = np.random.default_rng(context.seed).permutation(len(people)) % 2
        if smallest_p(halves) > ALPHA:
            return ()
        louder = scene_of(amplified(real, np.isin(real.subject, people[halves == 1])), seed=context.seed)
        planted = Labelling("strength", people, halves, "planted")
        found = self._attack(louder, planted, context)[0]
        scene = scene_of(real, seed=context.seed)
        labels = permuted(halves, N_RANDOM_LABELS, seed=context.seed + 1)[1:]
        called = self.name(scene, labels, context).by_window
        nothing = typical(
            [_estimate(c, scene.person, codes)[0] for c, codes in zip(called.T, labels, strict=True)]
        )
        win = f"movements of half of the people made {PLANTED_SCALE:g} times as strong"
        lose = "classes dealt out to people at random"
        return (
            _found(found, win),
            must_lose(self.question, self.attacker, lose, nothing, found.by_guessing),
        )

    def _templates(self, attribute: str, unit: str) -> list[Result]:
        return [
            self.unmeasured(f"balanced accuracy of {attribute}", tier, unit=unit)
            for tier in ("refitted", f"refitted, {AGGREGATED}")
        ]


@dataclass(frozen=True)
class RidgeAttributes(AttributeInference):
    """Ridge regression of the classes on window features.

    Features are standardised within each released activity, so that who did what does not matter; every person
    weighs the same. Named is the class whose regression rises most above its share of the people learnt from. All
    permutations are solved at once: one system of equations a fold.

    The share, and not the middle between the classes, is what is compared with: who is left out is missing from the
    mean of his class, so that this middle lies too near to it, and an attacker with nothing to find would be wrong
    more often than guessing, which folding would take for a leak.

    Attributes:
        penalty: Ridge penalty, in units of one feature's variance, > 0.
    """

    attacker = "ridge regression"
    title = "Inferring attributes of people with ridge regression"
    penalty: float = 0.1

    def name(self, scene: Scene, labels: np.ndarray, context: RunContext) -> Answers:
        """Name classes by ridge regression, all labellings at once."""
        one_hot = one_hot_of(labels)
        by_window = np.zeros((len(scene.table), len(labels)), np.int8)
        by_person = np.zeros((scene.n_people, len(labels)), np.int8)
        for learnt, judged in scene.folds(seed=context.seed):
            context.stop_if_asked()
            table = standardised(scene, learnt)
            means = person_means(scene, table)
            shares = one_hot[learnt].mean(axis=0)
            weights = self._solve(scene, table, means[learnt], learnt, one_hot[learnt] - shares)
            shown = np.isin(scene.person, judged)
            by_person[judged] = _risen_most(means[judged], weights, shares)
            by_window[shown] = _risen_most(table[shown], weights, shares)
        return Answers(by_window, by_person)

    def _solve(
        self, scene: Scene, table: np.ndarray, means: np.ndarray, learnt: np.ndarray, wanted: np.ndarray
    ) -> np.ndarray:
        """Return the regression weights `(n_features, n_labellings, n_classes)`."""
        from scipy import linalg

        known = np.isin(scene.person, learnt)
        n_windows = np.bincount(scene.person, minlength=scene.n_people)
        balanced = table[known] / np.sqrt(n_windows[scene.person[known], None], dtype=table.dtype)
        gram = balanced.T @ balanced / len(learnt) + self.penalty * np.eye(table.shape[1], dtype=table.dtype)
        moments = means.T @ wanted.reshape(len(learnt), -1) / len(learnt)
        return linalg.solve(gram, moments, assume_a="pos").reshape(-1, *wanted.shape[1:])


def known_attributes(split: Split) -> pd.DataFrame:
    """Join what all private recordings say of people: one row a person, one column an attribute."""
    tables = [part.attributes for part in (split.fit, split.fresh, split.unseen)]
    said = [table for table in tables if len(table.columns)]
    if not said:
        return pd.DataFrame()
    joined = pd.concat([table.set_axis(table.index.astype(str)) for table in said])
    return joined[~joined.index.duplicated()]


def classes_of(column: pd.Series) -> Labelling:
    """Make classes of an attribute: numbers of many values are halved at their median.

    Args:
        column: One value a person (index = person); people without one are left out.

    Returns:
        The classes, or the reason why there are none that an attacker could be tested with.
    """
    name = str(column.name)
    known = column[column.notna() & (column.astype(str).str.strip() != "")]
    people = known.index.to_numpy(str)

    def refused(reason: str) -> Labelling:
        return Labelling(name, people, np.zeros(0, int), f"{name} was not measured: {reason}")

    if len(known) == 0:
        return refused("it is not known of anybody in the release.")
    codes, values = pd.factorize(known.astype(str), sort=True)
    if len(values) == 1:
        return refused("it is the same for everybody in the release.")
    words = " or ".join(values) if len(values) <= MAX_CLASSES else ""
    numbers = pd.to_numeric(known, errors="coerce").astype(float)
    if numbers.notna().all() and _too_fine(codes):
        codes, words = _halved(numbers.to_numpy())
    elif len(values) == len(known):
        return refused("it is different for every person, like a name.")
    elif len(values) > MAX_CLASSES:
        return refused(f"it has {len(values)} classes for {len(known)} people (at most {MAX_CLASSES}).")
    smallest = np.bincount(codes).min()
    if smallest < MIN_A_CLASS:
        return refused(f"a class of it has {smallest} person; at least {MIN_A_CLASS} are needed.")
    if smallest_p(codes) > ALPHA:
        return refused(
            f"{len(known)} people are too few. Their classes can be dealt out in {n_permutations(codes)} ways "
            f"only, so the smallest possible p-value is {smallest_p(codes):.3f}; {ALPHA} is needed."
        )
    return Labelling(name, people, codes, words)


def n_permutations(codes: np.ndarray) -> int:
    """Count the ways to deal out classes to people that an attacker can tell apart.

    Classes of the same size can exchange their names: he learns them from those names.
    """
    sizes = np.unique(codes, return_counts=True)[1].tolist()
    ways = factorial(len(codes)) // prod(factorial(size) for size in sizes)
    return ways // prod(factorial(n_alike) for n_alike in Counter(sizes).values())


def smallest_p(codes: np.ndarray) -> float:
    """Return the smallest p-value that any attacker could get with these people."""
    return max(1 / n_permutations(codes), 1 / (N_PERMUTATIONS + 1))


def permuted(codes: np.ndarray, n: int, *, seed: int) -> np.ndarray:
    """Return `(n + 1, n_people)` int: the classes themselves, and `n` times dealt out anew."""
    rng = np.random.default_rng(seed)
    return np.stack([codes, *(rng.permutation(codes) for _ in range(n))])


def scene_of(windows: Windows, *, seed: int) -> Scene:
    """Describe windows that claim people by features: at most `MAX_WINDOWS`, as many of each as there are."""
    people = windows.subjects
    claimed = np.flatnonzero(windows.subject != "")
    kept = claimed[at_most(windows.subject[claimed], max(MAX_WINDOWS, len(people)), seed=seed)]
    first = np.array([np.argmax(windows.subject == person) for person in people])
    kept = np.union1d(kept, first)  # everybody, however few windows he has
    some = windows.take(kept)
    return Scene(features(some), some.activity, np.searchsorted(people, some.subject), len(people))


def amplified(windows: Windows, which: np.ndarray) -> Windows:
    """Make the movements of some windows stronger around each window's mean."""
    centre = windows.values.mean(axis=1, keepdims=True)
    scale = np.where(which, PLANTED_SCALE, 1.0)[:, None, None]
    return windows.with_values(centre + scale * (windows.values - centre))


def standardised(scene: Scene, learnt: np.ndarray) -> np.ndarray:
    """Scale each feature by the people learnt from: within each activity, if one of them did it; their mean is 0."""
    known = np.isin(scene.person, learnt)
    overall = scene.table[known].std(axis=0) + 1e-8
    scaled = (scene.table - scene.table[known].mean(axis=0)) / overall
    for activity in set(scene.activity[known].tolist()):
        here = scene.activity == activity
        seen = scene.table[here & known]
        spread = np.maximum(seen.std(axis=0), 1e-3 * overall)
        scaled[here] = (scene.table[here] - seen.mean(axis=0)) / spread
    np.clip(scaled, -CLIP, CLIP, out=scaled)
    return scaled - person_means(scene, scaled)[learnt].mean(axis=0)


def person_means(scene: Scene, table: np.ndarray) -> np.ndarray:
    """Return the mean of each person's windows: `(n_people, n_columns)`."""
    n_windows = np.bincount(scene.person, minlength=scene.n_people)
    sums = np.zeros((scene.n_people, table.shape[1]), table.dtype)
    np.add.at(sums, scene.person, table)
    return sums / n_windows[:, None].astype(table.dtype)


def _too_fine(codes: np.ndarray) -> bool:
    sizes = np.bincount(codes)
    return len(sizes) > MAX_CLASSES or (len(sizes) > 2 and sizes.min() < MIN_A_CLASS)


def _halved(numbers: np.ndarray) -> tuple[np.ndarray, str]:
    """Cut at the median, which goes to the side that makes the halves more equal."""
    median = float(np.median(numbers))
    cuts = {f"above {median:g} or not": numbers > median, f"{median:g} or above, or not": numbers >= median}
    words = min(cuts, key=lambda cut: abs(cuts[cut].mean() - 0.5))
    return cuts[words].astype(int), words


def one_hot_of(labels: np.ndarray) -> np.ndarray:
    """Return `(n_people, n_labellings, n_classes)` float32."""
    return (labels.T[:, :, None] == np.arange(labels.max() + 1)).astype(np.float32)


def _risen_most(table: np.ndarray, weights: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Return the class that is predicted most above its share: `(n, n_labellings)` int8."""
    rise = np.tensordot(table, weights, axes=1) / np.maximum(shares, 1e-6)
    return rise.argmax(axis=2).astype(np.int8)


def _balanced_accuracy(called: np.ndarray, person: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the mean over classes of the share named right, every person weighing the same: `(n_labellings,)`."""
    of_person = np.arange(labels.shape[1])[:, None] == person
    of_person = (of_person / of_person.sum(axis=1, keepdims=True)).astype(np.float32)
    right = of_person @ (called == labels.T[person]).astype(np.float32)
    one_hot = one_hot_of(labels)
    return np.einsum("pr,prk->rk", right, one_hot / one_hot.sum(axis=0)).mean(axis=1)


def _folded(accuracy: np.ndarray, n_classes: int) -> np.ndarray:
    return np.maximum(accuracy, 1 - accuracy) if n_classes == 2 else accuracy


def _judged(template: Result, called: np.ndarray, person: np.ndarray, labels: np.ndarray) -> Result:
    """Compare the answers on the true classes (first column) with those on permuted ones."""
    estimate, upside_down = _estimate(called[:, 0], person, labels[0])
    counted = _folded(_balanced_accuracy(called, person, labels), labels.max() + 1)
    # Rounding errors must not decide whether a permutation is as good as the truth.
    p = float((1 + (counted[1:] >= counted[0] - 1e-6).sum()) / len(counted))
    return replace(
        measured(template, estimate, note=UPSIDE_DOWN if upside_down else ""),
        chance=float(counted[1:].mean()),
        p=None if template.tier.endswith(AGGREGATED) else p,
    )


def _estimate(called: np.ndarray, person: np.ndarray, codes: np.ndarray) -> tuple[Estimate, bool]:
    """Estimate the folded balanced accuracy in which every person of a class weighs the same; say if it was folded."""
    of_class, of_person = np.bincount(codes)[codes], np.bincount(person, minlength=len(codes))
    weight = 1 / (of_class * of_person)[person]
    correct = called == codes[person]
    upside_down = bool(codes.max() == 1 and weight @ correct < weight @ ~correct)
    return share(correct != upside_down, person, weight=weight, stratum=codes[person]), upside_down


def _found(result: Result, planted: str) -> Control:
    """A planted attribute is found: few of the permutations do as well."""
    return Control(
        result.question,
        result.attacker,
        planted,
        "win",
        result.number,
        *result.ends,
        result.by_guessing,
        passed=result.p is not None and result.p <= ALPHA,
    )
