"""Do released windows match used recordings more outstandingly than unused windows match any?

Windows that were not used show how outstanding a match can be without copying. Two lines are drawn: one that no unused
window passes, and one that one in a hundred does. Beyond each, released windows that match used recordings are compared
with unused windows, all together and person by person: no share of copies counts as harmless. A single copy far beyond
both lines is found by extrapolation: the tail of unused windows follows a generalised Pareto distribution.

References:
    Pickands, Statistical inference using extreme order statistics, Annals of Statistics 3 (1975).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from synth.audit.stats import Estimate, binomial_interval, holm

RARE = 0.01  # share of unused windows beyond the lower line
TAIL, MIN_TAIL = 0.05, 20  # share and least number of unused windows that the tail is fitted to
LEAST_SCALE, LEAST_SHAPE = 0.05, 0.1  # a release may stand out a little more for harmless reasons
MOST_SPOTS = 10  # considered together beyond the tail


@dataclass(frozen=True)
class Tail:
    """The tail of the margins of unused windows, a generalised Pareto distribution of their negative logarithm.

    Attributes:
        begin: Where it begins.
        share: Share of unused windows beyond, in (0, 1].
        shape: At least `LEAST_SHAPE`.
        scale: Its scale, at least `LEAST_SCALE`.
    """

    begin: float
    share: float
    shape: float
    scale: float

    @classmethod
    def of(cls, margin: np.ndarray) -> "Tail":
        """Fit the tail to the margins of unused windows, `(n,)`, at least two."""
        from scipy import stats

        height = np.sort(_height(margin))[::-1]
        n = min(max(MIN_TAIL, int(TAIL * len(height))), len(height) - 1)
        beyond = height[:n] - height[n]
        shape, scale = LEAST_SHAPE, LEAST_SCALE
        if beyond[0] > LEAST_SCALE:
            fitted, _, spread = stats.genpareto.fit(beyond, floc=0)
            shape, scale = max(float(fitted), LEAST_SHAPE), max(float(spread), LEAST_SCALE)
        return cls(float(height[n]), n / len(height), shape, scale)

    def beyond(self, margin: np.ndarray) -> np.ndarray:
        """Return how likely an unused window has at least such a margin, `(n,)`; at most `share` is told apart."""
        from scipy import stats

        return self.share * stats.genpareto.sf(_height(margin) - self.begin, self.shape, 0, self.scale)


def _height(margin: np.ndarray) -> np.ndarray:
    return -np.log1p(-np.minimum(margin, 1 - 1e-6))


@dataclass(frozen=True)
class Yardstick:
    """How outstanding the matches of unused windows are, and how many known copies are found.

    Attributes:
        n: How many unused windows were looked up.
        lines: The margins of the two lines, the higher one first.
        beyond: For each line, person whose recording was matched -> unused windows beyond it.
        resembling: Person -> unused windows whose best match is that person's recording.
        tail: Of the margins.
        power: Share of known copies that are found beyond the lower line, in [0, 1].
    """

    n: int
    lines: tuple[float, ...]
    beyond: tuple[Mapping[str, int], ...]
    resembling: Mapping[str, int]
    tail: Tail
    power: float = 1.0

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> "Yardstick":
        """Restore what `dataclasses.asdict` wrote."""
        read = {"lines": tuple(body["lines"]), "beyond": tuple(body["beyond"]), "tail": Tail(**body["tail"])}
        return cls(**{**body, **read})


def yardstick(margin: np.ndarray, person: np.ndarray) -> Yardstick:
    """Draw the lines.

    Args:
        margin: `(n,)` of unused windows.
        person: `(n,)` whose recording each matches.
    """
    ordered = np.sort(margin)[::-1]
    lines = (float(ordered[0]), float(ordered[min(int(np.ceil(RARE * len(margin))), len(margin) - 1)]))
    beyond = tuple(_tally(person[margin > line]) for line in lines)
    return Yardstick(len(margin), lines, beyond, _tally(person), Tail.of(margin))


def stand_outs(
    known: Yardstick, margin: np.ndarray, person: np.ndarray, spot: np.ndarray, used: np.ndarray
) -> tuple[Estimate, float]:
    """Estimate the share of copies among released windows, and test that there are any.

    Args:
        known: Of the same view.
        margin: `(n,)` of released windows.
        person: `(n,)` whose recording each matches.
        spot: `(n,)` int: matches at one spot count as one in tests, as windows that overlap do.
        used: `(n,)` bool, whether that recording was used.

    Returns:
        The share beyond that of unused windows, scaled by the share of known copies that are found; and the p-value,
        corrected for the number of lines and people.
    """
    from scipy import stats

    n = len(margin)
    of_all, of_people = [], []
    for line, beyond in zip(known.lines, known.beyond, strict=True):
        found = used & (margin > line)
        of_all.append(_p(_spots(spot[found]), n, sum(beyond.values()), known.n, stats))
        for name in np.unique(person[found]).tolist():
            n_found = _spots(spot[found & (person == name)])
            n_like = int((person == name).sum())
            of_people.append(_p(n_found, n_like, beyond.get(name, 0), known.resembling.get(name, 0), stats))
    n_people = len(set(known.resembling) | set(person.tolist()))
    of_people += [1.0] * (len(known.lines) * n_people - len(of_people))
    tests = (min(holm(of_all)), min(holm(of_people)), _p_of_tail(known.tail, margin, spot, used, stats))
    p = min(1.0, len(tests) * min(tests))
    return _share(known, used & (margin > known.lines[-1]), spot), p


def _p(n_found: int, n: int, n_found_unused: int, n_unused: int, stats: Any) -> float:
    """Return the probability that as many are found among released windows if they are like unused ones (Fisher)."""
    if n_found == 0:
        return 1.0
    table = [[n_found, max(n - n_found, 0)], [n_found_unused, max(n_unused - n_found_unused, 0)]]
    return float(stats.fisher_exact(table, alternative="greater")[1])


def _p_of_tail(tail: Tail, margin: np.ndarray, spot: np.ndarray, used: np.ndarray, stats: Any) -> float:
    """Return how likely as many unused windows are as far out, for the number of spots that is the least likely."""
    of_spot = np.unique(spot[used], return_inverse=True)[1]
    furthest = np.zeros(of_spot.max(initial=-1) + 1)
    np.maximum.at(furthest, of_spot, margin[used])
    p = tail.beyond(np.sort(furthest)[::-1][:MOST_SPOTS])
    at_least = stats.binom.sf(np.arange(len(p)), len(margin), p)
    return min(1.0, MOST_SPOTS * float(at_least.min(initial=1.0)))


def _share(known: Yardstick, found: np.ndarray, spot: np.ndarray) -> Estimate:
    n_by_chance = sum(known.beyond[-1].values())
    by_chance, at_most = n_by_chance / known.n, binomial_interval(n_by_chance, known.n)[1]
    n_spots = _spots(spot[found])
    n_draws = len(found) / max(1.0, found.sum() / max(n_spots, 1))
    low, high = binomial_interval(found.mean() * n_draws, n_draws)
    scale = max(known.power - by_chance, 0.05)

    def beyond(share: float, chance: float) -> float:
        return float(np.clip((share - chance) / scale, 0, 1))

    ends = beyond(low, at_most), beyond(high, 0.0)
    return Estimate(beyond(float(found.mean()), by_chance), *ends, n_spots)


def _spots(spot: np.ndarray) -> int:
    return len(np.unique(spot))


def _tally(names: np.ndarray) -> dict[str, int]:
    found, counts = np.unique(names, return_counts=True)
    return dict(zip(found.tolist(), counts.tolist(), strict=True))
