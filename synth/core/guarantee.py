"""Guarantee: differential privacy of the people a model was trained on, and what it means in words."""

from dataclasses import asdict, dataclass
from math import exp
from typing import Any

from data.windows import Windows
from synth.core.errors import TrainingError

STRONG, WEAK = 1.0, 10.0  # largest epsilon of a guarantee that is called strong, or weak
NOT_COVERED = (
    "Not covered: how many people there were and how many windows of each activity; what channels measure; how "
    "recordings were cut, split and cleaned; choosing settings by looking at results, because every further model of "
    "the same people adds its own epsilon; and the figures of the report, which are measured on the recordings."
)


@dataclass(frozen=True)
class Guarantee:
    """Differential privacy of a model and of everything it makes, for each person it was trained on.

    Two sets of recordings are neighbours if one person's windows are present in one and empty in the other. No set
    of models is more than `exp(epsilon)` times as likely with one as with the other, plus `delta`.

    Attributes:
        epsilon: Logarithm of the largest factor, > 0.
        delta: Probability with which it may fail, in (0, 1).
        n_people: Number of people it was trained on; each is protected with everything they recorded.
        how: How it is achieved, so that others can recompute it.

    References:
        Dwork and Roth, The algorithmic foundations of differential privacy, 2014.
    """

    epsilon: float
    delta: float
    n_people: int
    how: str = ""

    @classmethod
    def to_people_of(cls, windows: Windows, epsilon: float) -> "Guarantee":
        """Return the guarantee for the people of windows, with a delta far below one over their number.

        Args:
            windows: The training windows, each with its person.
            epsilon: Logarithm of the largest factor, > 0.

        Raises:
            TrainingError: If no model trained on these windows could satisfy it.
        """
        if not windows.subjects or (windows.subject == "").any():
            raise TrainingError(
                "Differential privacy protects each person, and some of these windows do not say whom they show. Load "
                "recordings with a column that names the person, or set epsilon to 0."
            )
        if windows.share_filled > 0:
            raise TrainingError(
                "Differential privacy cannot be guaranteed here: missing samples were filled in "
                f"({windows.filled_by}), perhaps by a model of other people. Load the recordings without filling them "
                "in, or set epsilon to 0."
            )
        n_people = len(windows.subjects)
        return cls(epsilon, min(1e-5, n_people**-1.1 / 10), n_people)

    def in_words(self) -> str:
        """Return what is guaranteed, and how strong that is."""
        return (
            f"Differential privacy for each of the {self.n_people} people it was trained on: whoever sees the results, "
            "even knowing everybody else's recordings, can change the odds that one person took part by at most a "
            f"factor of {_large(self.epsilon)} (epsilon {self.epsilon:g}; it may fail with a probability of 1 in "
            f"{1 / self.delta:,.0f}). {self._judgement()}"
        )

    def card(self) -> dict[str, Any]:
        """Return it as plain JSON values, for the card of a release."""
        return {**asdict(self), "in words": f"{self.in_words()} {NOT_COVERED}"}

    def _judgement(self) -> str:
        if self.epsilon <= STRONG:
            return "That is strong: they can hardly tell."
        if self.epsilon <= WEAK:
            return "That is weak: it rules out certainty, and little more."
        return "So large a factor guarantees next to nothing; rely on the measured attacks instead."


def _large(epsilon: float) -> str:
    """Write `exp(epsilon)` so that it can be read."""
    factor = exp(epsilon)
    if factor < 1e6:
        return f"{factor:,.0f}" if factor >= 100 else f"{factor:.3g}"
    digits = f"{factor:.0e}"
    return f"{digits[0]} with {int(digits.split('e')[1])} zeros"
