"""Sampling rates of series, and resampling them to an even grid of one rate."""

from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import pandas as pd

CLOCK_TOLERANCE = 0.01  # rates this close are attributed to clock deviations
MIXED_TOLERANCE = 0.05  # rates further apart are different settings of a sensor
SKIPPED = 1.8  # multiple of the usual step above which samples are missing
JITTER = 0.25  # fraction of a step by which samples may deviate from the grid without being interpolated


@dataclass(frozen=True, eq=False)
class EvenSeries:
    """One series on an even grid.

    Attributes:
        values: `(n, channels)` float32, NaN where missing.
        n_filled: Number of missing samples that were interpolated linearly.
        jittered: Whether values were interpolated because times were uneven.
        resampled: Whether the series had a different rate.
    """

    values: np.ndarray
    n_filled: int = 0
    jittered: bool = False
    resampled: bool = False


def series_rates(t: np.ndarray, starts: np.ndarray, runs: np.ndarray | None = None) -> np.ndarray:
    """Estimate the rate of each series: its number of usual steps, divided by its duration.

    The usual step is the median over the whole recording that a series was cut from, because a few samples between
    two gaps do not determine it.

    Args:
        t: `(n,)` seconds of all series, concatenated, strictly increasing within each.
        starts: `(k,)` index at which each series begins.
        runs: `(n,)` number of the recording of each sample; by default each series is one recording.

    Returns:
        `(k,)` rates in Hz; NaN for series of one sample.
    """
    ends = np.append(starts[1:], len(t))
    series = np.repeat(np.arange(len(starts)), ends - starts)
    inner = np.diff(series) == 0
    steps, series = np.diff(t)[inner], series[1:][inner]
    run = series if runs is None else runs[1:][inner]
    n_steps = steps / pd.Series(steps).groupby(run).transform("median").to_numpy()
    # A late sample after an early one does not mean that one is missing.
    n_steps = np.where(n_steps < SKIPPED, 1, np.rint(n_steps))
    counts = np.bincount(series, weights=n_steps, minlength=len(starts))
    durations = t[ends - 1] - t[starts]
    return np.divide(counts, durations, out=np.full(len(starts), np.nan), where=durations > 0)


def common_rate(rates: np.ndarray, lengths: np.ndarray) -> float:
    """Return the rate of most samples, rounded to a whole number if within 0.1 % of it.

    A rate that agrees with one decimal to five digits is kept: 204.8 Hz (Shimmer) is within 0.1 % of 205.

    Args:
        rates: `(k,)` rate of each series in Hz.
        lengths: `(k,)` number of samples in each series.
    """
    order = np.argsort(rates)
    cumulated = np.cumsum(lengths[order])
    typical = rates[order][np.searchsorted(cumulated, cumulated[-1] / 2)]
    near = np.abs(rates / typical - 1) <= MIXED_TOLERANCE
    mean = 1 / np.average(1 / rates[near], weights=lengths[near])
    whole, tenth = round(mean), round(float(mean), 1)
    if tenth > 0 and abs(mean / tenth - 1) <= 1e-5:
        return tenth
    return float(whole) if whole > 0 and abs(mean / whole - 1) <= 1e-3 else round(float(mean), 3)


def resample_evenly(
    t: np.ndarray, values: np.ndarray, rate_hz: float, common_hz: float, *, bridge: bool = True
) -> EvenSeries:
    """Resample one series to an even grid of `common_hz`.

    Samples that already lie on the grid of their own clock are returned unchanged. Missing values stay missing, as do
    grid points between them and their neighbours.

    Args:
        t: `(n,)` seconds, strictly increasing, n >= 2.
        values: `(n, channels)` float32, NaN where missing.
        rate_hz: The rate of the series.
        common_hz: The common rate of all series.
        bridge: Whether grid points without a sample are interpolated linearly instead of left missing.
    """
    ratio = abs(rate_hz / common_hz - 1)
    grid_hz = common_hz if CLOCK_TOLERANCE < ratio <= MIXED_TOLERANCE else rate_hz
    position = (t - t[0]) * grid_hz
    slot = np.rint(position)
    on_grid = np.abs(position - slot).max() <= JITTER and np.diff(slot).min() >= 1
    if on_grid and slot[-1] == len(slot) - 1:
        evened = EvenSeries(values)
    elif on_grid:
        evened = _with_lost_samples(slot.astype(np.int64), values, bridge=bridge)
    else:
        grid = np.arange(int(position[-1] + 1e-6) + 1)
        evened = EvenSeries(_interpolated(grid, position, values), jittered=True)
    return _resampled(evened, rate_hz, common_hz) if ratio > MIXED_TOLERANCE else evened


def _with_lost_samples(slot: np.ndarray, values: np.ndarray, *, bridge: bool) -> EvenSeries:
    n_lost = int(slot[-1]) + 1 - len(slot)
    if bridge:
        return EvenSeries(_interpolated(np.arange(slot[-1] + 1), slot, values), n_filled=n_lost)
    placed = np.full((slot[-1] + 1, values.shape[1]), np.nan, dtype=np.float32)
    placed[slot] = values
    return EvenSeries(placed)


def _interpolated(grid: np.ndarray, position: np.ndarray, values: np.ndarray) -> np.ndarray:
    # A missing value makes everything between its neighbours missing, as it is unknown.
    filled = np.stack([np.interp(grid, position, channel) for channel in values.T], axis=1)
    return filled.astype(np.float32)


def _resampled(evened: EvenSeries, rate_hz: float, common_hz: float) -> EvenSeries:
    from scipy.signal import resample_poly  # takes a second to import, and few recordings need it

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
    """Interpolate missing values linearly, so that a filter can be applied."""
    filled = values.copy()
    for channel in filled.T:
        known = np.flatnonzero(~np.isnan(channel))
        if len(known) > 0:
            channel[:] = np.interp(np.arange(len(channel)), known, channel[known])
    return np.nan_to_num(filled)
