"""Timestamps rounded to tenths, seconds or minutes although samples were taken faster: spreading them evenly."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

TICKS_S = {0.1: "tenths of a second", 1.0: "seconds", 60.0: "minutes"}
MIN_ROWS_A_TICK = 5  # fewer rows per timestamp come from several sensors or are copies
MIN_ROWS_A_TENTH = 2.4  # tenths are rarely the true times of anything, and rates from 25 Hz on are common
MOSTLY = 0.5  # share of zero steps above which times count as coarse
LARGEST_VARIATION = 0.2  # coefficient of variation of the rows per tick above which no rate can be derived


@dataclass(frozen=True)
class SpreadTimes:
    """Coarse timestamps after spreading.

    Attributes:
        seconds: `(n,)` float64, NaN where a time is missing.
        ticks: The unit that times were rounded to: `"tenths of a second"`, `"seconds"` or `"minutes"`.
        rate_hz: Approximate sampling rate in Hz; NaN if the rows per tick vary too much.
    """

    seconds: np.ndarray
    ticks: str
    rate_hz: float


def tick_of(times: np.ndarray, groups: np.ndarray) -> float:
    """Return the usual step of times that mostly repeat from row to row; NaN if they do not.

    Args:
        times: `(n,)` numbers, NaN where missing.
        groups: `(n,)` int, rows of the same recording share a number.
    """
    if (np.diff(times) == 0).sum() <= MOSTLY * (len(times) - 1):
        return np.nan
    order = np.argsort(groups, kind="stable") if (np.diff(groups) < 0).any() else slice(None)
    steps = np.diff(times[order])
    steps = steps[(np.diff(groups[order]) == 0) & np.isfinite(steps)]
    forward = steps[steps > 0]
    if len(forward) == 0 or (steps == 0).sum() <= MOSTLY * len(steps):
        return np.nan
    tick = float(np.median(forward))
    rows_a_tick = (steps == 0).sum() / len(forward) + 1
    # In seconds, milliseconds, microseconds or nanoseconds.
    is_tenth = any(_is_close(tick, 0.1 * 10.0**power) for power in (0, 3, 6, 9))
    return tick if rows_a_tick >= (MIN_ROWS_A_TENTH if is_tenth else MIN_ROWS_A_TICK) else np.nan


def is_tick(seconds: float) -> bool:
    """Return whether times are rounded to multiples of this: a tenth, a second or a minute."""
    return any(_is_close(seconds, tick) for tick in TICKS_S)


def _is_close(value: float, tick: float) -> bool:
    return bool(abs(value - tick) <= 1e-6 * tick)


def spread_evenly(seconds: np.ndarray, groups: np.ndarray) -> SpreadTimes | None:
    """Spread rows evenly within the second (or minute) that they share, in file order.

    The rate is the number of rows per complete second. The first and the last second of a stretch may be incomplete:
    rows of the first are aligned to its end, and those of the last to its start.

    Args:
        seconds: `(n,)` float64, NaN where missing.
        groups: `(n,)` int, rows of the same recording share a number.

    Returns:
        The spread times; `None` unless times are multiples of a tick and most are repeated.
    """
    step = tick_of(seconds, groups)
    tick = next((tick for tick in TICKS_S if _is_close(step, tick)), None)
    known = np.flatnonzero(np.isfinite(seconds))
    if tick is None:
        return None
    n_ticks = np.rint(seconds[known] / tick)
    if (np.abs(seconds[known] / tick - n_ticks) > 1e-4).any():
        return None
    order = np.argsort(groups[known], kind="stable")
    number, group = n_ticks[order], groups[known][order]
    order = known[order]
    t = seconds[order]
    starts = np.flatnonzero(np.concatenate([[True], (np.diff(number) != 0) | (np.diff(group) != 0)]))
    counts = np.diff(np.append(starts, len(t)))
    follows = np.concatenate([[False], (np.diff(number[starts]) == 1) & (np.diff(group[starts]) == 0)])
    continues = np.append(follows[1:], False)
    usual, variation = _rows_a_tick(counts, group[starts], follows & continues)
    # With few rows a tick, one row more or less is a matter of rounding.
    if not variation <= max(LARGEST_VARIATION, 1 / float(np.median(usual))):
        return SpreadTimes(seconds, TICKS_S[tick], np.nan)
    whole = np.where(follows & continues, counts, np.maximum(counts, usual))
    skipped = np.where(continues & ~follows, whole - counts, 0)
    place = np.arange(len(t)) - np.repeat(starts, counts) + np.repeat(skipped, counts)
    result = seconds.copy()
    spread = t + tick * place / np.repeat(whole, counts)
    if tick < 1:
        spread = _at_one_rate(t, tick, np.cumsum(_begins(~follows, counts)), spread)
    # Rounded, so that two exports of the same rows have the same times.
    result[order] = np.round(spread, 9)
    return SpreadTimes(result, TICKS_S[tick], float(np.median(usual)) / tick)


def _begins(breaks: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return `(n,)` bool: the first row of each tick that does not follow the one before."""
    begins = np.zeros(int(counts.sum()), dtype=bool)
    begins[np.concatenate([[0], np.cumsum(counts)[:-1]])[breaks]] = True
    return begins


def _at_one_rate(t: np.ndarray, tick: float, stretch: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """Replace times by a straight line through those of each stretch, where no row is further than a tick from it.

    With three or four rows a tick, spreading evenly within each would make the rate change from tick to tick.
    """
    bounds = np.flatnonzero(np.diff(stretch, prepend=stretch[0] - 1, append=stretch[-1] + 1))
    even = spread.copy()
    for begin, end in pairwise(bounds):
        row = np.arange(end - begin) - (end - begin - 1) / 2
        if (row**2).sum() == 0:
            continue
        slope = (row * t[begin:end]).sum() / (row**2).sum()
        line = t[begin:end].mean() + (tick - slope) / 2 + slope * row
        if np.abs(line - spread[begin:end]).max() <= tick:
            even[begin:end] = line
    return even


def _rows_a_tick(counts: np.ndarray, group: np.ndarray, inner: np.ndarray) -> tuple[np.ndarray, float]:
    """Return the usual number of rows per complete tick at each tick, and its variation within groups."""
    if not inner.any():
        return counts.astype(np.float64), np.nan
    _, number = np.unique(group, return_inverse=True)
    sums = np.bincount(number, weights=counts * inner)
    n_inner = np.bincount(number, weights=inner)
    overall = counts[inner].mean()
    means = np.divide(sums, n_inner, out=np.full(len(sums), overall), where=n_inner > 0)[number]
    return means, float(np.sqrt(np.mean((counts[inner] / means[inner] - 1) ** 2)))
