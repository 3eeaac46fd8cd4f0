"""Used or unused? Both sets of recordings, and whether a release resembles the used set too often.

Where stretches of recording were assigned to the sides at random, a release that is independent of the assignment
resembles each side in proportion to its size, whatever its windows look like; a copy resembles the used side. Where the
holdout was supplied (another session, other people), a release may resemble one side for many reasons, so that nothing
follows.
"""

from dataclasses import dataclass

import numpy as np

from data.splits import Split
from data.windows import Windows
from synth.audit.stats import LEVEL, Estimate, binomial_interval

N_DRAWS = 4999


@dataclass(frozen=True, eq=False)
class Sides:
    """Private windows of both sides, as one pool.

    Attributes:
        pool: Used and unused windows.
        used: `(n,)` bool.
        place: `(n,)` int, the stretch of recording that was assigned to a side as a whole.
        odds: `(n,)` the ratio of used to unused windows of the same person and activity.
    """

    pool: Windows
    used: np.ndarray
    place: np.ndarray
    odds: np.ndarray

    @classmethod
    def of(cls, pool: Windows, used: np.ndarray, place: np.ndarray) -> "Sides":
        """Make both sides of a pool of windows, and work out the odds."""
        return cls(pool, used, place, _odds(pool, used))


def unused_of(split: Split) -> Windows:
    """Return unused windows of the same people where there are any, else of other people."""
    return split.fresh if len(split.fresh) else split.unseen


def stretches(windows: Windows, side: np.ndarray) -> np.ndarray:
    """Number the uninterrupted stretches of each series on one side: `(n,)` int.

    Args:
        windows: Any windows.
        side: `(n,)`.
    """
    order = np.lexsort((windows.start, side, windows.series))
    series, start = windows.series[order], windows.start[order]
    begins = np.ones(len(order), bool)
    begins[1:] = (
        (series[1:] != series[:-1])
        | (side[order][1:] != side[order][:-1])
        | (np.diff(start) > 1.5 * windows.n_timesteps)
    )
    number = np.empty(len(order), int)
    number[order] = np.cumsum(begins) - 1
    return number


def excess(sides: Sides, nearest: np.ndarray, counted: np.ndarray, *, seed: int) -> tuple[Estimate, float]:
    """Estimate by how much more windows resemble the used side than its size explains.

    Args:
        sides: Both sides.
        nearest: `(n,)` the private window that each window resembles most.
        counted: `(n,)` bool; the others count as resembling neither side.
        seed: Draws assignments of stretches.

    Returns:
        The share, 0 where both sides are resembled in proportion to their size, with an interval for chance; and
        the p-value: the share of other assignments of stretches to sides that would give at least as much.
    """
    won = nearest[counted]
    places, codes, n_won = np.unique(sides.place[won], return_inverse=True, return_counts=True)
    if len(places) == 0:
        return Estimate(0.0, *binomial_interval(0, len(nearest)), 0), 1.0
    first = np.array([won[np.argmax(codes == code)] for code in range(len(places))])
    used, odds = sides.used[first], sides.odds[first]
    gain, loss = n_won / len(nearest), n_won * odds / len(nearest)
    value = float(np.where(used, gain, -loss).sum())
    drawn = np.random.default_rng(seed).random((N_DRAWS, len(places))) < odds / (1 + odds)
    by_chance = np.where(drawn, gain, -loss).sum(axis=1)
    p = (1 + (by_chance >= value - 1e-12).sum()) / (1 + N_DRAWS)
    reach = np.quantile(np.abs(by_chance), LEVEL)
    most = binomial_interval(float(used @ n_won), len(nearest))[1]
    low, high = np.clip([value - reach, max(value + reach, most)], 0.0, 1.0)
    return Estimate(float(np.clip(value, 0, 1)), float(low), float(high), len(places)), float(p)


def _odds(pool: Windows, used: np.ndarray) -> np.ndarray:
    """Return used to unused windows among those of the same person and activity, or of all where one is missing."""
    codes = _kind(pool)
    n_used, n_all = np.bincount(codes, used), np.bincount(codes)
    n_unused = n_all - n_used
    both = (n_used > 0) & (n_unused > 0)
    ratio = np.divide(n_used, n_unused, out=np.full(len(n_all), used.sum() / (~used).sum()), where=both)
    return ratio[codes]


def _kind(windows: Windows) -> np.ndarray:
    """Number each window's person and activity, `(n,)` int."""
    names = np.char.add(np.char.add(windows.subject, "\0"), windows.activity)
    return np.unique(names, return_inverse=True)[1]
