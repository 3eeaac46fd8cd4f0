"""Does it reveal gender, age, ...? For releases whose windows claim people.

The attacker's story: someone knows the gender (or age, or height) of some people in the release, because these are
their patients or have said so in public. They learn from those people's released windows and then classify the windows
of people they have never seen. Each person's windows are used either for training or for testing, never for both, so
recognising people does not help.

The attacker may confuse the classes systematically: naming the wrong one of two classes far too often reveals as much
as naming the right one. With two classes, an accuracy `a` therefore counts as `max(a, 1 - a)` (39 % counts as 61 %),
and the chance level is what the same folding gives where labels mean nothing: the attributes are permuted among all
people many times, and the same attacker, folds and windows are evaluated for each permutation. With more than two
classes nothing is folded.

Intervals are over people (Korn and Graubard), p-values over permutations of people. Only the result by window is
tested; one decision per person is a coarser version of the same answer and would only add another test. With too few
people for any result to stand out from its permutations, nothing is measured.

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
    "The recordings name no attributes of people (such as gender or age), so there is nothing to reveal."
)
AGGREGATED = "aggregated"  # one decision a person
UPSIDE_DOWN = "The attacker named the wrong class more often than the right one, which says as much."
MAX_CLASSES = 6
MIN_A_CLASS = 2  # a class of one person cannot be learnt without that person
MAX_WINDOWS = 4_000  # of all people together; more make little difference
N_PERMUTATIONS = 999
N_RANDOM_LABELS = 20  # draws of the control that must lose
MAX_LEFT_OUT_ONE_BY_ONE = 20  # people; more are left out in groups
N_FOLDS = 10
PLANTED_SCALE = 2.0
CLIP = 10.0  # standard deviations; a single outlying feature must not decide


@dataclass(frozen=True, eq=False)
class Labelling:
    """An attribute of people, encoded as classes.

    Attributes:
        name: The attribute.
        people: `(n_people,)` str, the people whose attribute is known.
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
        """Yield people to train on and people to test on, independently of their attributes."""
        order = np.random.default_rng(seed).permutation(self.n_people)
        n_folds = self.n_people if self.n_people <= MAX_LEFT_OUT_ONE_BY_ONE else N_FOLDS
        for judged in np.array_split(order, n_folds):
            yield np.setdiff1d(order, judged), np.sort(judged)

    def only(self, people: np.ndarray) -> "Scene":
        """Keep only the people at the indices `people`, and renumber them."""
        kept = np.isin(self.person, people)
        renumbered = np.searchsorted(people, self.person[kept])
        return Scene(self.table[kept], self.activity[kept], renumbered, len(people))


@dataclass(frozen=True, eq=False)
class Answers:
    """Predicted classes: `(n_windows, n_labellings)` and `(n_people, n_labellings)` int8."""

    by_window: np.ndarray
    by_person: np.ndarray


class AttributeInference(Attack):
    """The base of all attackers that infer attributes. Subclasses predict the classes."""

    question = "attributes"
    n_permutations: ClassVar[int] = N_PERMUTATIONS

    @abstractmethod
    def name(self, scene: Scene, labels: np.ndarray, context: RunContext) -> Answers:
        """Predict the class of every window and person from other people's.

        Args:
            scene: The windows.
            labels: `(n_labellings, n_people)` int, each row one assignment of classes to people; all are
                handled in the same way and independently of each other.
            context: Its seed draws the folds; asked to stop between folds.
        """

    def applies_to(self, release: Release) -> bool:
        """Apply to releases whose windows claim people."""
        return release.claims_people

    def is_ruled_out(self, split: Split) -> bool:
        """Without attributes there is nothing to reveal."""
        return True

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
        """Amplify the movements of half of the people, to be found; assign meaningless classes, not to be found."""
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

    Features are standardised within each released activity, so that it does not matter who did what; every person has
    the same weight. The predicted class is the one whose regression exceeds its share of the training people most. All
    permutations are solved at once, by one system of equations per fold.

    The threshold is the share and not the midpoint between the classes: people left out do not contribute to the mean
    of their own class, so the midpoint lies too near to it, and an attacker with nothing to find would be wrong more
    often than guessing, which folding would mistake for a leak.

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
    """Join the attributes of all private recordings: one row per person, one column per attribute."""
    tables = [part.attributes for part in (split.fit, split.fresh, split.unseen)]
    said = [table for table in tables if len(table.columns)]
    if not said:
        return pd.DataFrame()
    joined = pd.concat([table.set_axis(table.index.astype(str)) for table in said])
    return joined[~joined.index.duplicated()]


def classes_of(column: pd.Series) -> Labelling:
    """Turn an attribute into classes: numbers with many values are split at their median.

    Args:
        column: One value per person (index = person); people without one are left out.

    Returns:
        The classes, or the reason why there are none that an attacker could be tested with.
    """
    name = str(column.name)
    known = column[column.notna() & (column.astype(str).str.strip() != "")]
    people = known.index.to_numpy(str)

    def refused(reason: str) -> Labelling:
        return Labelling(name, people, np.zeros(0, int), f"{name} was not measured: {reason}")

    if len(known) == 0:
        return refused("it is not known for anybody in the release.")
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
            f"{len(known)} people are too few. Their classes can be assigned in only {n_permutations(codes)} "
            f"ways, so the smallest possible p-value is {smallest_p(codes):.3f}; {ALPHA} is needed."
        )
    return Labelling(name, people, codes, words)


def n_permutations(codes: np.ndarray) -> int:
    """Count the distinct ways to assign classes to people.

    Classes of the same size can exchange names, because the attacker learns only those names.
    """
    sizes = np.unique(codes, return_counts=True)[1].tolist()
    ways = factorial(len(codes)) // prod(factorial(size) for size in sizes)
    return ways // prod(factorial(n_alike) for n_alike in Counter(sizes).values())


def smallest_p(codes: np.ndarray) -> float:
    """Return the smallest p-value that any attacker could reach with these people."""
    return max(1 / n_permutations(codes), 1 / (N_PERMUTATIONS + 1))


def permuted(codes: np.ndarray, n: int, *, seed: int) -> np.ndarray:
    """Return `(n + 1, n_people)` int: the classes themselves, then `n` permutations."""
    rng = np.random.default_rng(seed)
    return np.stack([codes, *(rng.permutation(codes) for _ in range(n))])


def scene_of(windows: Windows, *, seed: int) -> Scene:
    """Compute the features of windows that claim people: at most `MAX_WINDOWS`, the same share of each person's."""
    people = windows.subjects
    claimed = np.flatnonzero(windows.subject != "")
    kept = claimed[at_most(windows.subject[claimed], max(MAX_WINDOWS, len(people)), seed=seed)]
    first = np.array([np.argmax(windows.subject == person) for person in people])
    kept = np.union1d(kept, first)  # everybody, however few windows they have
    some = windows.take(kept)
    return Scene(features(some), some.activity, np.searchsorted(people, some.subject), len(people))


def amplified(windows: Windows, which: np.ndarray) -> Windows:
    """Amplify the movements of some windows around each window's mean."""
    centre = windows.values.mean(axis=1, keepdims=True)
    scale = np.where(which, PLANTED_SCALE, 1.0)[:, None, None]
    return windows.with_values(centre + scale * (windows.values - centre))


def standardised(scene: Scene, learnt: np.ndarray) -> np.ndarray:
    """Standardise each feature by the training people's, within each activity that they did; their mean is 0."""
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
    """Split at the median, which goes to the side that makes the halves more equal."""
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
    """Estimate the folded balanced accuracy, people of a class weighing the same, and whether it was folded."""
    of_class, of_person = np.bincount(codes)[codes], np.bincount(person, minlength=len(codes))
    weight = 1 / (of_class * of_person)[person]
    correct = called == codes[person]
    upside_down = bool(codes.max() == 1 and weight @ correct < weight @ ~correct)
    return share(correct != upside_down, person, weight=weight, stratum=codes[person]), upside_down


def _found(result: Result, planted: str) -> Control:
    """Check that a planted attribute is found: few permutations do as well."""
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
