"""The strength sweep: which points there are, and what is asked of each.

choice (mechanisms, their strengths, seeds) -> points -> tasks.sweep_point, one per point -> Repository.keep_point

A point is a mechanism at one strength, fitted and released with one seed. Its release is not kept: the same
windows, settings and seed give the same release again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from synth.audit.report import Effort
from synth.mechanisms.base import Mechanism

ASKED: tuple[str, ...] = ("utility", "reidentification", "membership", "replacement")
EFFORT: Effort = "quick"
MAX_SEEDS = 5


@dataclass(frozen=True)
class Point:
    """One release of a sweep.

    Attributes:
        mechanism: What makes it, as it was chosen; its name is that of the method.
        strength: Where its dial is set; `None` for a mechanism without one.
        seed: Of the fit and the release. The audit has the study's seed, so that all points meet the same
            attackers and the same people.
    """

    mechanism: Mechanism
    strength: float | None
    seed: int

    @property
    def turned(self) -> Mechanism:
        """The mechanism with its dial at this strength."""
        return self.mechanism if self.strength is None else self.mechanism.at(self.strength)

    @property
    def method(self) -> str:
        """What all strengths of this mechanism are called together."""
        return self.mechanism.label()

    @property
    def strength_in_words(self) -> str:
        """The dial's label and where it stands; `""` without a dial."""
        if self.strength is None:
            return ""
        return f"{self.mechanism.dial_label()}: {self.strength:g}"


def points(choice: Mapping[Mechanism, Sequence[float]], seeds: Sequence[int]) -> list[Point]:
    """List all combinations, each once: the whole of the first seed before the second one.

    Args:
        choice: The strengths of each mechanism; none at all for one without a dial.
        seeds: Of fits and releases.

    Raises:
        ValueError: If a mechanism without a dial is given strengths, or one with a dial none.
    """
    for mechanism, strengths in choice.items():
        if (mechanism.dial is None) == bool(strengths):
            raise ValueError(f"{mechanism.kind}: strengths must fit its dial. Received: {list(strengths)}")
    found = [
        Point(mechanism, strength, seed)
        for seed in seeds
        for mechanism, strengths in choice.items()
        for strength in strengths or (None,)
    ]
    return list(dict.fromkeys(found))
