"""Who is at risk? The share of each person's windows that is recognised, and the person recognised most.

A mean over people hides that one of them may be recognised always. The names stay with the owner of the recordings:
they are in exhibits, never in results.

An attacker who gives everybody the same name is always right about that person and knows nothing. So a person's share
is compared with how often windows of other people are given that name, which is guessing for this person.
"""

from dataclasses import asdict, dataclass, replace

import numpy as np

from synth.audit.stats import LEVEL, Estimate, share, share_per_person


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


@dataclass(frozen=True)
class MostExposed:
    """The person who is recognised most, without the name.

    Attributes:
        estimate: The share of their windows that is recognised; the interval holds for all people at once.
        chance: The share of other people's windows that is taken for theirs, at least one over the number of people.
        p: The p-value of the difference, times the number of people (Bonferroni).
    """

    estimate: Estimate
    chance: float
    p: float


def exposures(
    called: np.ndarray, person: np.ndarray, stretch: np.ndarray, *, at_once: bool = False
) -> list[Exposure]:
    """Estimate how often each person is recognised, the most exposed one first.

    Args:
        called: `(n,)` str, whom the attacker takes each window to be of.
        person: `(n,)` str, whose it is.
        stretch: `(n,)` int, the uninterrupted stretch of recording: its windows count as one draw.
        at_once: Whether the intervals hold for all people at once (Bonferroni) instead of for each alone: whoever is
            picked because their share is the highest is partly picked by chance.
    """
    people, recognised = sorted(set(person.tolist())), called == person
    level = 1 - (1 - LEVEL) / len(people) if at_once else LEVEL
    found = [_exposure(who, recognised[person == who], stretch[person == who], level) for who in people]
    return sorted(found, key=lambda one: (-one.value, -one.low))


def most_exposed(called: np.ndarray, person: np.ndarray, stretch: np.ndarray, *, n_known: int) -> MostExposed:
    """Return how often the first of `exposures` is recognised, and whether that is luck.

    Args:
        called: `(n,)` str, as for `exposures`.
        person: `(n,)` str.
        stretch: `(n,)` int.
        n_known: How many people the attacker chooses from.
    """
    everyone = exposures(called, person, stretch, at_once=True)
    worst = everyone[0]
    own = person == worst.person
    right = share(called[own] == worst.person, stretch[own])
    estimate = replace(right, low=worst.low, high=worst.high)
    if own.all():
        return MostExposed(estimate, 1 / n_known, 1.0)
    wrong = share_per_person(called[~own] == worst.person, person[~own])
    chance = max(wrong.value, 1 / n_known)
    if not (
        right.error and wrong.error
    ):  # of one stretch, or of one other person: nothing is known about others
        return MostExposed(estimate, chance, 1.0)
    difference = replace(
        right, error=float(np.hypot(right.error, wrong.error)), freedom=min(right.freedom, wrong.freedom)
    )
    return MostExposed(estimate, chance, min(1.0, len(everyone) * difference.p_above(chance)))


def _exposure(person: str, recognised: np.ndarray, stretch: np.ndarray, level: float) -> Exposure:
    got = share(recognised, stretch, level=level)
    return Exposure(person, got.value, got.low, got.high, len(recognised), got.n_clusters)
