"""Guarantee: differential privacy at the level of people, and what it means in words."""

from dataclasses import asdict, dataclass
from math import exp
from typing import Any

from data.windows import Windows
from synth.core.errors import TrainingError

STRONG, WEAK = (
    1.0,
    10.0,
)  # largest epsilon of a guarantee that is called strong, and of one that is called weak
NOT_COVERED = (
    "Not covered: the number of people and of windows of each activity; what the channels measure; how recordings were "
    "cut, split and cleaned; choosing settings by looking at results, because every further model of the same people "
    "adds its own epsilon; and the figures of the report, which are measured on the recordings."
)


@dataclass(frozen=True)
class Guarantee:
    """(epsilon, delta)-differential privacy of a model, and so of all releases it makes.

    Two sets of recordings are neighbours if they differ in one person, whose windows are present in one and empty in
    the other (zero-out adjacency: the number of people is public). For any set of models, the probability under one is
    at most `exp(epsilon)` times that under the other, plus `delta`.

    Attributes:
        epsilon: Logarithm of the largest factor between the probabilities, > 0.
        delta: Probability with which this bound may fail, in (0, 1).
        n_people: Number of people it learnt from; each is protected with all of their recordings.
        how: How it was derived, so that others can verify it.

    References:
        Dwork and Roth, The algorithmic foundations of differential privacy, 2014.
    """

    epsilon: float
    delta: float
    n_people: int
    how: str = ""

    @classmethod
    def to_people_of(cls, windows: Windows, epsilon: float) -> "Guarantee":
        """Return the guarantee for the people in these windows, with delta far below one over their number.

        Args:
            windows: The windows that a model will learn from.
            epsilon: See `Guarantee`, > 0.

        Raises:
            TrainingError: If no model of these windows could keep it: they do not name their people, or were imputed.
        """
        if not windows.subjects or (windows.subject == "").any():
            raise TrainingError(
                "Differential privacy protects each person, but some of these windows do not say whose they are. Load "
                "recordings with a column that names the person, or set epsilon to 0."
            )
        if windows.share_filled > 0:
            raise TrainingError(
                f"Differential privacy would not hold here: missing samples were filled in ({windows.filled_by}), and "
                "the imputer may have learnt from other people. Load the recordings without filling them in, or set "
                "epsilon to 0."
            )
        n_people = len(windows.subjects)
        return cls(epsilon, min(1e-5, n_people**-1.1 / 10), n_people)

    def in_words(self) -> str:
        """Say what is guaranteed, and how strong that is."""
        return (
            f"Differential privacy for each of the {self.n_people} people it learnt from: seeing its output, even an "
            "attacker who has everybody else's recordings can change the odds they give to one person's participation "
            f"by at most a factor of {_large(self.epsilon)} (epsilon {self.epsilon:g}; this may fail with a "
            f"probability of 1 in {1 / self.delta:,.0f}). {self._assessment()}"
        )

    def card(self) -> dict[str, Any]:
        """Return the guarantee as plain JSON values, for the card of a release."""
        return {**asdict(self), "in words": f"{self.in_words()} {NOT_COVERED}"}

    def _assessment(self) -> str:
        if self.epsilon <= STRONG:
            return "That is strong: they can hardly tell."
        if self.epsilon <= WEAK:
            return "That is weak: it rules out certainty, and little more."
        return "So large a factor guarantees next to nothing; rely on the measured attacks."


def _large(epsilon: float) -> str:
    """Write `exp(epsilon)` legibly."""
    factor = exp(epsilon)
    if factor < 1e6:
        return f"{factor:,.0f}" if factor >= 100 else f"{factor:.3g}"
    digits = f"{factor:.0e}"
    return f"{digits[0]} with {int(digits.split('e')[1])} zeros"
