"""Guarantee: a formal promise to each person (differential privacy), and what it means in words."""

from dataclasses import asdict, dataclass
from math import exp
from typing import Any

from data.windows import Windows
from synth.core.errors import TrainingError

STRONG, WEAK = 1.0, 10.0  # epsilon up to which a promise is called strong, or worth something
NOT_COVERED = (
    "Not covered: how many people there were and how many windows of each activity; what channels measure; how "
    "recordings were cut, split and cleaned; choosing settings by looking at results, because every further model of "
    "the same people adds its own epsilon; and the figures of the report, which are measured on the recordings."
)


@dataclass(frozen=True)
class Guarantee:
    """That a model and all it makes say little about any one of those it learnt from.

    Two sets of recordings are neighbours if one person's windows are there in one and empty in the other. No set of
    models is more than `exp(epsilon)` times as likely with one as with the other, and `delta` more.

    Attributes:
        epsilon: Logarithm of the largest factor, > 0.
        delta: Chance with which it may fail, in (0, 1).
        n_people: How many it learnt from; each of them is protected with all that they recorded.
        how: What it follows from, so that others can compute it again.

    References:
        Dwork and Roth, The algorithmic foundations of differential privacy, 2014.
    """

    epsilon: float
    delta: float
    n_people: int
    how: str = ""

    @classmethod
    def to_people_of(cls, windows: Windows, epsilon: float) -> "Guarantee":
        """Return the promise that can be made to the people of windows, with a delta far below one of them.

        Raises:
            TrainingError: If it would not be true, whatever learns from these windows.
        """
        if not windows.subjects or (windows.subject == "").any():
            raise TrainingError(
                "A formal promise is made to each person, and some of these windows do not say whom they show. Load "
                "recordings with a column that names the person, or set the promise to 0."
            )
        if windows.share_filled > 0:
            raise TrainingError(
                f"A formal promise would be false here: missing samples were filled in ({windows.filled_by}), and "
                "what fills in may have learnt from other people. Load the recordings without filling them in, or "
                "set the promise to 0."
            )
        n_people = len(windows.subjects)
        return cls(epsilon, min(1e-5, n_people**-1.1 / 10), n_people)

    def in_words(self) -> str:
        """Return what is promised, and how much that is."""
        return (
            f"Formal promise to each of the {self.n_people} people it learnt from: whoever sees what it makes, even "
            "knowing everybody else's recordings, can change the odds that one person took part at most by a factor "
            f"of {_large(self.epsilon)} (epsilon {self.epsilon:g}; it may fail with a chance of 1 in "
            f"{1 / self.delta:,.0f}). {self._judgement()}"
        )

    def card(self) -> dict[str, Any]:
        """Return it as plain JSON values, for the card of a release."""
        return {**asdict(self), "in words": f"{self.in_words()} {NOT_COVERED}"}

    def _judgement(self) -> str:
        if self.epsilon <= STRONG:
            return "That is strong: they can hardly tell."
        if self.epsilon <= WEAK:
            return "That is weak; it rules out certainty, and little more."
        return "So large a factor promises next to nothing; go by the measured attacks."


def _large(epsilon: float) -> str:
    """Write `exp(epsilon)` so that it can be read."""
    factor = exp(epsilon)
    if factor < 1e6:
        return f"{factor:,.0f}" if factor >= 100 else f"{factor:.3g}"
    digits = f"{factor:.0e}"
    return f"{digits[0]} with {int(digits.split('e')[1])} zeros"
