"""Times that were written in whole seconds or minutes although samples came faster: spread evenly."""

from dataclasses import dataclass

import numpy as np

TICKS_S = {1.0: "seconds", 60.0: "minutes"}
MIN_ROWS_A_TICK = 5  # fewer rows of one time are several sensors or copies
MOSTLY = 0.5  # share of steps that are zero, from which on times are coarse
LARGEST_VARIATION = 0.2  # of the rows a tick, relative to their mean: more, and they tell no rate


@dataclass(frozen=True)
class Spread:
    """Coarse times, spread.

    Attributes:
        seconds: `(n,)` float64, NaN where a time is missing.
        ticks: What the times were whole numbers of: `"seconds"` or `"minutes"`.
        rate_hz: Samples per second, about; NaN where the rows a tick are too irregular to tell.
    """

    seconds: np.ndarray
    ticks: str
    rate_hz: float


def tick_of(times: np.ndarray, groups: np.ndarray) -> float:
    """Return the usual step of times that mostly stand still from row to row; NaN where they do not.

    Args:
        times: `(n,)` numbers, NaN where missing.
        groups: `(n,)` int, rows of one recording share a number.
    """
    if (np.diff(times) == 0).sum() <= MOSTLY * (len(times) - 1):
        return np.nan
    order = np.argsort(groups, kind="stable") if (np.diff(groups) < 0).any() else slice(None)
    steps = np.diff(times[order])
    steps = steps[(np.diff(groups[order]) == 0) & np.isfinite(steps)]
    forward = steps[steps > 0]
    if len(forward) == 0 or (steps == 0).sum() <= MOSTLY * len(steps):
        return np.nan
    standing_still = (steps == 0).sum() / len(forward)
    return float(np.median(forward)) if standing_still >= MIN_ROWS_A_TICK - 1 else np.nan


def spread(seconds: np.ndarray, groups: np.ndarray) -> Spread | None:
    """Spread rows evenly within the second (or minute) that they share, in the order of the file.

    How many rows a whole second has is the rate. Rows of the first second of a stretch end with it, and those
    of the last begin with it: they may be parts.

    Args:
        seconds: `(n,)` float64, NaN where missing.
        groups: `(n,)` int, rows of one recording share a number.

    Returns:
        `None` where the times are not whole numbers of a tick, most of them repeated.
    """
    tick = tick_of(seconds, groups)
    known = np.flatnonzero(np.isfinite(seconds))
    if tick not in TICKS_S or (np.mod(seconds[known], tick) != 0).any():
        return None
    order = known[np.argsort(groups[known], kind="stable")]
    t, group = seconds[order], groups[order]
    starts = np.flatnonzero(np.concatenate([[True], (np.diff(t) != 0) | (np.diff(group) != 0)]))
    counts = np.diff(np.append(starts, len(t)))
    follows = np.concatenate([[False], (np.diff(t[starts]) == tick) & (np.diff(group[starts]) == 0)])
    continues = np.append(follows[1:], False)
    usual, variation = _rows_a_tick(counts, group[starts], follows & continues)
    if not variation <= LARGEST_VARIATION:
        return Spread(seconds, TICKS_S[tick], np.nan)
    whole = np.where(follows & continues, counts, np.maximum(counts, usual))
    skipped = np.where(continues & ~follows, whole - counts, 0)
    place = np.arange(len(t)) - np.repeat(starts, counts) + np.repeat(skipped, counts)
    result = seconds.copy()
    # Rounded, so that two exports of the same rows have the same times.
    result[order] = np.round(t + tick * place / np.repeat(whole, counts), 9)
    return Spread(result, TICKS_S[tick], float(np.median(usual)) / tick)


def _rows_a_tick(counts: np.ndarray, group: np.ndarray, inner: np.ndarray) -> tuple[np.ndarray, float]:
    """Return how many rows a whole tick usually has around each tick, and how much that varies within groups."""
    if not inner.any():
        return counts.astype(np.float64), np.nan
    _, number = np.unique(group, return_inverse=True)
    sums = np.bincount(number, weights=counts * inner)
    n_inner = np.bincount(number, weights=inner)
    overall = counts[inner].mean()
    means = np.divide(sums, n_inner, out=np.full(len(sums), overall), where=n_inner > 0)[number]
    return means, float(np.sqrt(np.mean((counts[inner] / means[inner] - 1) ** 2)))
