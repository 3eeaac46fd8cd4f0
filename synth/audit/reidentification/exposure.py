"""Who is at risk? The share of each person's windows that is recognised, and the person recognised most.

A mean over people hides that one of them may be recognised always. The names stay with the owner of the recordings:
they are in exhibits, never in results.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from synth.audit.stats import LEVEL, Estimate, share


@dataclass(frozen=True)
class Exposure:
    """How often one person is recognised.

    Attributes:
        person: The name.
        value: The share of their windows.
        low: Lower end of the interval over their stretches of recording.
        high: Upper end.
        n_windows: How many windows were shown.
        n_stretches: From how many stretches of recording.
    """

    person: str
    value: float
    low: float
    high: float
    n_windows: int
    n_stretches: int

    def card(self) -> dict[str, str | float]:
        """Return plain JSON values."""
        return asdict(self)


def exposures(
    recognised: np.ndarray, person: np.ndarray, stretch: np.ndarray, *, at_once: bool = False
) -> list[Exposure]:
    """Estimate how often each person is recognised, the most exposed one first.

    Args:
        recognised: `(n,)` bool.
        person: `(n,)` str.
        stretch: `(n,)` int, the uninterrupted stretch of recording: its windows count as one draw.
        at_once: Whether the intervals hold for all people at once (Bonferroni) instead of for each alone: whoever is
            picked because their share is the highest is partly picked by chance.
    """
    people = sorted(set(person.tolist()))
    level = 1 - (1 - LEVEL) / len(people) if at_once else LEVEL
    found = [_exposure(who, recognised[person == who], stretch[person == who], level) for who in people]
    return sorted(found, key=lambda one: (-one.value, -one.low))


def most_exposed(everyone: Sequence[Exposure]) -> Estimate:
    """Return the estimate of the first of `exposures`, without the name."""
    worst = everyone[0]
    return Estimate(worst.value, worst.low, worst.high, worst.n_stretches)


def _exposure(person: str, recognised: np.ndarray, stretch: np.ndarray, level: float) -> Exposure:
    got = share(recognised, stretch, level=level)
    return Exposure(person, got.value, got.low, got.high, len(recognised), got.n_clusters)
