"""Sampling rates of series, and series on an even grid of one rate."""

from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import pandas as pd

CLOCK_TOLERANCE = 0.01  # clocks this near to each other are taken for the same rate
MIXED_TOLERANCE = 0.05  # rates further apart than this are different settings of a sensor
SKIPPED = 1.8  # steps of more than this many usual ones have samples missing in them
JITTER = 0.25  # share of a step by which samples may be off the grid and still be kept as they are


@dataclass(frozen=True, eq=False)
class Evened:
    """One series on an even grid.

    Attributes:
        values: `(n, channels)` float32, NaN where missing.
        n_filled: Samples that were missing and lie on a straight line now.
        jittered: Whether values were interpolated because the times were uneven.
        resampled: Whether the series had another rate.
    """

    values: np.ndarray
    n_filled: int = 0
    jittered: bool = False
    resampled: bool = False


def series_rates(t: np.ndarray, starts: np.ndarray, runs: np.ndarray | None = None) -> np.ndarray:
    """Estimate the rate of each series: how many usual steps fit, over its duration.

    The usual step is the median of the whole recording that a series was cut from: a stretch of a few
    samples between two gaps does not tell it.

    Args:
        t: `(n,)` seconds of all series, one after the other, strictly increasing within each.
        starts: `(k,)` index at which each series begins.
        runs: `(n,)` number of the recording that each sample belongs to; by default each series is one.

    Returns:
        `(k,)` samples per second; NaN for series of one sample.
    """
    ends = np.append(starts[1:], len(t))
    series = np.repeat(np.arange(len(starts)), ends - starts)
    inner = np.diff(series) == 0
    steps, series = np.diff(t)[inner], series[1:][inner]
    run = series if runs is None else runs[1:][inner]
    n_steps = steps / pd.Series(steps).groupby(run).transform("median").to_numpy()
    # A late sample after an early one is not a missing one.
    n_steps = np.where(n_steps < SKIPPED, 1, np.rint(n_steps))
    counts = np.bincount(series, weights=n_steps, minlength=len(starts))
    durations = t[ends - 1] - t[starts]
    return np.divide(counts, durations, out=np.full(len(starts), np.nan), where=durations > 0)


def common_rate(rates: np.ndarray, lengths: np.ndarray) -> float:
    """Return the rate of most samples, as a whole number where it is within 0.1 % of one.

    Args:
        rates: `(k,)` rate of each series.
        lengths: `(k,)` samples of each series.
    """
    order = np.argsort(rates)
    cumulated = np.cumsum(lengths[order])
    typical = rates[order][np.searchsorted(cumulated, cumulated[-1] / 2)]
    near = np.abs(rates / typical - 1) <= MIXED_TOLERANCE
    mean = 1 / np.average(1 / rates[near], weights=lengths[near])
    whole = round(mean)
    return float(whole) if whole > 0 and abs(mean / whole - 1) <= 1e-3 else round(float(mean), 3)


def even(
    t: np.ndarray, values: np.ndarray, rate_hz: float, common_hz: float, *, bridge: bool = True
) -> Evened:
    """Put one series on an even grid of `common_hz`.

    Samples that already lie on the grid of their own clock are returned as they are. Missing values stay
    missing, and so do the places of the grid between them and their neighbours.

    Args:
        t: `(n,)` seconds, strictly increasing, n >= 2.
        values: `(n, channels)` float32, NaN where missing.
        rate_hz: The series' own rate.
        common_hz: The rate of all series.
        bridge: Whether places of the grid without a sample lie on a straight line, rather than missing.
    """
    ratio = abs(rate_hz / common_hz - 1)
    grid_hz = common_hz if CLOCK_TOLERANCE < ratio <= MIXED_TOLERANCE else rate_hz
    position = (t - t[0]) * grid_hz
    slot = np.rint(position)
    on_grid = np.abs(position - slot).max() <= JITTER and np.diff(slot).min() >= 1
    if on_grid and slot[-1] == len(slot) - 1:
        evened = Evened(values)
    elif on_grid:
        evened = _with_lost_samples(slot.astype(np.int64), values, bridge=bridge)
    else:
        grid = np.arange(int(position[-1] + 1e-6) + 1)
        evened = Evened(_interpolated(grid, position, values), jittered=True)
    return _resampled(evened, rate_hz, common_hz) if ratio > MIXED_TOLERANCE else evened


def _with_lost_samples(slot: np.ndarray, values: np.ndarray, *, bridge: bool) -> Evened:
    n_lost = int(slot[-1]) + 1 - len(slot)
    if bridge:
        return Evened(_interpolated(np.arange(slot[-1] + 1), slot, values), n_filled=n_lost)
    placed = np.full((slot[-1] + 1, values.shape[1]), np.nan, dtype=np.float32)
    placed[slot] = values
    return Evened(placed)


def _interpolated(grid: np.ndarray, position: np.ndarray, values: np.ndarray) -> np.ndarray:
    # A missing value makes everything between its neighbours missing, which is what is known of it.
    filled = np.stack([np.interp(grid, position, channel) for channel in values.T], axis=1)
    return filled.astype(np.float32)


def _resampled(evened: Evened, rate_hz: float, common_hz: float) -> Evened:
    from scipy.signal import resample_poly  # a second to load, and few recordings need it

    factor = Fraction(common_hz / rate_hz).limit_denominator(200)
    if factor.numerator == 0:
        return replace(evened, values=evened.values[:1], resampled=True)
    missing = np.isnan(evened.values)
    whole = _without_gaps(evened.values) if missing.any() else evened.values
    values = resample_poly(whole, factor.numerator, factor.denominator, axis=0, padtype="line")
    if missing.any():
        before = np.minimum((np.arange(len(values)) / float(factor)).astype(np.int64), len(missing) - 1)
        after = np.minimum(before + 1, len(missing) - 1)
        values[missing[before] | missing[after]] = np.nan
    return replace(evened, values=values.astype(np.float32), resampled=True)


def _without_gaps(values: np.ndarray) -> np.ndarray:
    """Draw straight lines where values are missing, so that a filter can run over them."""
    filled = values.copy()
    for channel in filled.T:
        known = np.flatnonzero(~np.isnan(channel))
        if len(known) > 0:
            channel[:] = np.interp(np.arange(len(channel)), known, channel[known])
    return np.nan_to_num(filled)
