"""The contract of a quick judge: one question, asked of single windows before and after a correction."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from data.release import Release
from data.splits import Split
from data.windows import Windows
from synth.audit.models.classifiers import at_most
from synth.core.figures import percent
from synth.edit_impact.consequence import Consequence

MAX_LEARNT = 1000  # windows a judge learns from, of each kind
FEW = 5  # of so few windows no percentage is given


@dataclass(frozen=True, eq=False)
class Case:
    """Corrected windows that are judged.

    Attributes:
        windows: As they are, with their labels in the version.
        table: `(n, n_features)` their features.
        indices: `(n,)` which windows of the version they are.
    """

    windows: Windows
    table: np.ndarray
    indices: np.ndarray


class Judge(ABC):
    """One question to single windows. Subclasses are frozen: what they learnt never changes.

    Attributes:
        question: Key of the question of the report.
        why_not: Why it cannot be answered on these recordings; `""` where it can.
    """

    question: ClassVar[str]
    why_not: str = ""

    def compare(self, before: Case, after: Case) -> Consequence:
        """Judge windows before and after."""
        able = np.array([not self.why_not and self.can_judge(i) for i in after.indices], bool)
        if not able.any():
            reason = self.why_not or "Cannot be said: the judge knows nothing else of this kind."
            return Consequence(self.question, None, None, None, 0, "", reason, "")
        before, after = (_of(case, able) for case in (before, after))
        (was, said_before), (now, said_after) = self.judge_both(before, after)
        n = int(able.sum())
        return Consequence(self.question, was, now, self.chance, n, said_before, said_after, self.basis)

    def judge_both(self, before: Case, after: Case) -> tuple[tuple[float, str], tuple[float, str]]:
        """Return the share, and what is said of it, before and after."""
        return self.judge(before), self.judge(after)

    def can_judge(self, index: int) -> bool:
        """Whether something is known against which this window of the version can be judged."""
        return True

    @property
    @abstractmethod
    def chance(self) -> float: ...

    @property
    @abstractmethod
    def basis(self) -> str: ...

    @abstractmethod
    def judge(self, case: Case) -> tuple[float, str]:
        """Return the share of the windows for which the answer is yes, and what is said of it."""


def _of(case: Case, which: np.ndarray) -> Case:
    return Case(case.windows.take(which), case.table[which], case.indices[which])


def how_many(yes: np.ndarray) -> str:
    """Count few windows, and give the share of many."""
    n_yes = int(yes.sum())
    if len(yes) > FEW:
        return f"{percent(yes.mean())} of {len(yes)}"
    return f"all {n_yes}" if n_yes == len(yes) else f"{n_yes or 'none'} of {len(yes)}"


def origin_of(split: Split, release: Release) -> Windows | None:
    """Return the private window of each released one, where that is known."""
    return None if release.source is None else split.fit.take(release.source)


def some(labels: np.ndarray, seed: int) -> np.ndarray:
    """Return indices of as many windows as a judge learns from, the same share of every label."""
    return at_most(labels, MAX_LEARNT, seed=seed)
