"""An attacker who learns what makes two windows those of one person, as speakers are verified.

The attacker's story: windows of one person differ from each other in much the same way for everybody. They measure
these differences, make them equally large in all directions, and what remains tells people apart: a window is of the
person to whose windows of the same activity it is most similar.

Who owns the method needs no recordings of our people for that (*informed, strangers*): they make a release of other
people's recordings, learn from it, and compare released windows with groups of released windows that bear one name or
one code. Is this the same person? That links windows without naming anybody. Single windows are judged; of people as
a whole there are too few to learn whose sums are comparable, so that is only shown.

References:
    Tomashenko et al., The VoicePrivacy 2024 Challenge evaluation plan (the semi-informed attacker).
    Hatch, Kajarekar and Stolcke, Within-class covariance normalization for SVM-based speaker recognition, Interspeech
    2006; the covariance is that of Ledoit and Wolf, since people may be few.
"""

from dataclasses import dataclass, replace

import numpy as np

from data.release import Release
from data.splits import Split
from data.windows import Windows
from synth.audit.attack import Evidence
from synth.audit.models.classifiers import N_SHUFFLES
from synth.audit.models.features import features
from synth.audit.reidentification.base import (
    RANKED,
    REFITTED,
    STRANGERS,
    Naming,
    Reidentification,
    scenarios,
)
from synth.audit.report import Result
from synth.audit.stats import Estimate, repeated
from synth.core.run_context import RunContext

BY_STRANGERS = (
    "people; released windows after the cut, compared with groups of windows before it, learnt from what the same "
    "method made of other people's recordings"
)
LEAST_STRANGERS = 2
ROWS_A_CALL = 500  # windows compared between two checks for a stop
FLOOR = 1e-9


@dataclass(frozen=True)
class MetricReidentification(Reidentification):
    """Cosine similarity of features, whitened by the spread within each person and activity."""

    attacker = "same-person metric"
    title = "Naming the person whose windows are most similar, as speakers are verified"
    tiers = RANKED

    def name(self, known: Windows, shown: Windows, context: RunContext) -> Naming:
        """Learn the metric from the known windows, and compare."""
        both = Placed.of(Space.of(known), known, shown)
        return both.naming(known.subject, context)

    def name_by_shuffled(self, known: Windows, shown: Windows, context: RunContext) -> Estimate:
        """Shuffle the names of the known windows several times, with the same metric."""
        both, rng = Placed.of(Space.of(known), known, shown), np.random.default_rng(context.seed)
        shuffles = (rng.permutation(known.subject) for _ in range(N_SHUFFLES))
        values = [both.naming(names, context).top(1).value for names in shuffles]
        return repeated(np.array(values))

    def examine(self, split: Split, release: Release, context: RunContext) -> Evidence:
        """Measure every tier, and what strangers' recordings teach."""
        found = super().examine(split, release, context)
        return replace(found, results=(*found.results, *self._by_strangers(split, release, context)))

    def _by_strangers(self, split: Split, release: Release, context: RunContext) -> tuple[Result, ...]:
        """Link released windows by a metric learnt from other people; nothing where there are fewer than two."""
        if release.made_for_attackers is None:
            return ()
        made = release.made_for_attackers.windows
        ours = {"", *split.fit.subjects, *release.windows.subjects}
        strangers = made.take(~np.isin(made.subject, sorted(ours)))
        refitted = next(s for s in scenarios(split, release) if s.tier == REFITTED).of_common_people()
        if len(strangers.subjects) < LEAST_STRANGERS or len(refitted.known) == 0:
            return ()
        both = Placed.of(Space.of(strangers), refitted.known, refitted.shown)
        naming = both.naming(refitted.known.subject, context)
        results = self._results(replace(refitted, tier=STRANGERS, unit=BY_STRANGERS), naming, context)
        return tuple(r if r.tier == STRANGERS else replace(r, p=None) for r in results)


@dataclass(frozen=True, eq=False)
class Space:
    """Features in units in which the windows of a person and activity differ equally in all directions.

    Attributes:
        mean: `(n_features,)`.
        axes: `(n_features, n_features)`, multiplied from the right.
    """

    mean: np.ndarray
    axes: np.ndarray

    @classmethod
    def of(cls, windows: Windows) -> "Space":
        """Learn it from windows that name people."""
        from sklearn.covariance import LedoitWolf

        table = features(windows)
        groups = np.char.add(np.char.add(windows.subject, "\0"), windows.activity)
        mean, spread = table.mean(axis=0, dtype=np.float64), table.std(axis=0, dtype=np.float64) + FLOOR
        scaled = (table - mean) / spread
        within = LedoitWolf(assume_centered=True).fit(scaled - _middles(scaled, groups, groups))
        variances, directions = np.linalg.eigh(within.covariance_)
        return cls(mean, directions / np.sqrt(np.maximum(variances, FLOOR)) / spread[:, None])

    def place(self, windows: Windows) -> np.ndarray:
        """Return where windows lie, `(n, n_features)`."""
        return (features(windows) - self.mean) @ self.axes


@dataclass(frozen=True, eq=False)
class Placed:
    """Known and shown windows as directions from the middle of their activity: similar are those in the same direction.

    Attributes:
        known: `(n_known, n_features)` of length 1.
        shown: `(n_shown, n_features)`, likewise.
        known_activity: `(n_known,)` str.
        shown_activity: `(n_shown,)` str.
        truth: `(n_shown,)` str, whose the shown windows are.
    """

    known: np.ndarray
    shown: np.ndarray
    known_activity: np.ndarray
    shown_activity: np.ndarray
    truth: np.ndarray

    @classmethod
    def of(cls, space: Space, known: Windows, shown: Windows) -> "Placed":
        ours, theirs = space.place(known), space.place(shown)
        middles = [_middles(ours, known.activity, side.activity) for side in (known, shown)]
        directions = _of_length_one(ours - middles[0]), _of_length_one(theirs - middles[1])
        return cls(*directions, known.activity, shown.activity, shown.subject)

    def naming(self, names: np.ndarray, context: RunContext) -> Naming:
        """Score each person by their most similar window of the same activity; -1 where they have none.

        Args:
            names: `(n_known,)` str, whose the known windows are taken to be.
            context: Asked whether to stop.
        """
        people = sorted(set(names.tolist()))
        evidence = np.empty((len(self.shown), len(people)))
        for begin in range(0, len(self.shown), ROWS_A_CALL):
            context.stop_if_asked()
            rows = slice(begin, begin + ROWS_A_CALL)
            alike = self.shown[rows] @ self.known.T
            alike[self.shown_activity[rows, None] != self.known_activity] = -1.0
            evidence[rows] = np.stack([alike[:, names == person].max(axis=1) for person in people], axis=1)
        return Naming(evidence, self.truth, people)


def _middles(table: np.ndarray, labels: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Return the mean of the rows of each label that is wanted, `(n_wanted, n_features)`; 0 where it has none."""
    names, codes = np.unique(np.concatenate([labels, wanted]), return_inverse=True)
    sums = np.zeros((len(names), table.shape[1]))
    np.add.at(sums, codes[: len(labels)], table)
    counts = np.bincount(codes[: len(labels)], minlength=len(names))
    return (sums / np.maximum(counts, 1)[:, None])[codes[len(labels) :]]


def _of_length_one(table: np.ndarray) -> np.ndarray:
    return table / (np.linalg.norm(table, axis=1, keepdims=True) + FLOOR)
