"""The contract of an impact check: one question, asked of single windows before and after an edit."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from data.release import Release
from data.splits import Split
from data.windows import Windows
from synth.audit.models.classifiers import at_most
from synth.core.figures import percent
from synth.edit_impact.impact import EditImpact

MAX_LEARNT = 1000  # windows a check learns from, of each kind
FEW = 5  # windows; so few are counted instead of given as a percentage
NO_REFERENCE = "Cannot tell: there is nothing comparable to learn from."


@dataclass(frozen=True, eq=False)
class MeasuredWindows:
    """Windows to be measured, before or after an edit.

    Attributes:
        windows: The windows, with their labels in the release.
        table: `(n, n_features)` float, their features.
        indices: `(n,)` int, their positions in the release.
    """

    windows: Windows
    table: np.ndarray
    indices: np.ndarray

    def take(self, which: np.ndarray) -> "MeasuredWindows":
        """Return the windows that `which`, `(n,)` bool, selects."""
        return MeasuredWindows(self.windows.take(which), self.table[which], self.indices[which])


# The share of windows for which the answer is yes, in [0, 1], and the same in words.
Measured = tuple[float, str]


class ImpactCheck(ABC):
    """One question asked of single windows. Subclasses are frozen: what they learnt never changes.

    Attributes:
        question: Key of the question of the report.
    """

    question: ClassVar[str]

    def compare(self, before: MeasuredWindows, after: MeasuredWindows) -> EditImpact:
        """Measure the same windows before and after they were edited.

        Args:
            before: At least one window.
            after: The same windows, edited.
        """
        able = np.array([self.can_measure(i) for i in after.indices], bool)
        if not able.any():
            return not_measured(self.question, NO_REFERENCE)
        (was, text_before), (now, text_after) = self.measure_both(before.take(able), after.take(able))
        n = int(able.sum())
        return EditImpact(self.question, was, now, self.chance, n, text_before, text_after, self.basis)

    def measure_both(self, before: MeasuredWindows, after: MeasuredWindows) -> tuple[Measured, Measured]:
        """Measure windows before and after; override it where doing both at once saves work."""
        return self.measure(before), self.measure(after)

    def can_measure(self, index: int) -> bool:
        """Whether the check learnt anything that this window of the release can be compared with."""
        return True

    @property
    @abstractmethod
    def chance(self) -> float:
        """The share to expect from guessing, or the error rate on harmless windows; in [0, 1]."""

    @property
    @abstractmethod
    def basis(self) -> str:
        """What the check learnt from and how accurate it is, in a sentence or two."""

    @abstractmethod
    def measure(self, edited: MeasuredWindows) -> Measured:
        """Return the share of windows for which the answer is yes, and the same in words."""


@dataclass(frozen=True)
class NoCheck:
    """Stands in for a check that cannot be made on these recordings.

    Attributes:
        question: Key of the question of the report.
        reason: Why not, in a sentence.
    """

    question: str
    reason: str

    def compare(self, before: MeasuredWindows, after: MeasuredWindows) -> EditImpact:
        """Return the reason in place of a result."""
        return not_measured(self.question, self.reason)


def not_measured(question: str, reason: str) -> EditImpact:
    """Return a result that says why there is none."""
    return EditImpact(question, None, None, None, 0, "", reason, "")


def in_words(yes: np.ndarray) -> str:
    """Count few windows, and give the percentage of many; `yes` is `(n,)` bool."""
    n_yes = int(yes.sum())
    if len(yes) > FEW:
        return f"{percent(yes.mean())} of {len(yes)}"
    return f"all {n_yes}" if n_yes == len(yes) else f"{n_yes or 'none'} of {len(yes)}"


def originals_of(split: Split, release: Release) -> Windows | None:
    """Return the private window behind each released one; `None` where that is not known."""
    return None if release.source is None else split.fit.take(release.source)


def training_sample(labels: np.ndarray, seed: int) -> np.ndarray:
    """Return indices of at most `MAX_LEARNT` windows, the same share of every label."""
    return at_most(labels, MAX_LEARNT, seed=seed)
