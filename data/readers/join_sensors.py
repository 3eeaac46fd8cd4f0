"""Joining sensors that were sampled at different times, by interpolation to the times of one of them."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

MAX_STEPS_BRIDGED = 3
ABOUT_AS_FAST = 0.9  # sensors of one device differ slightly in rate; the first of those is used


def join_streams(streams: Mapping[str, pd.DataFrame], onto: str | None = None) -> pd.DataFrame:
    """Interpolate all sensors linearly to the times of the fastest one.

    Among sensors that are about as fast, the times of the first are used. Values are missing before a sensor starts,
    after it ends, and where it pauses for more than three of its usual steps.

    Args:
        streams: A frame for each sensor, for example `"acc"`, with a column `t` (seconds on a common clock) and
            one column per axis, for example `x`. Rows of the sensor whose times are used may be in any order, which is
            kept. Repeated times of other sensors are ignored.
        onto: The sensor whose times are used; by default the fastest.

    Returns:
        `t` (float64) and one float32 column per sensor and axis, for example `acc_x`, in the order of `streams`.

    Raises:
        ValueError: If there are no streams.
    """
    base = onto or fastest_stream(streams)
    t = streams[base]["t"].to_numpy(np.float64)
    columns: dict[str, np.ndarray] = {"t": t}
    for name, stream in streams.items():
        for axis in stream.columns.drop("t"):
            values = stream[axis].to_numpy(np.float64)
            if name != base:
                values = _interpolated(t, stream["t"].to_numpy(np.float64), values)
            columns[f"{name}_{axis}"] = values.astype(np.float32)
    return pd.DataFrame(columns)


def fastest_stream(streams: Mapping[str, pd.DataFrame]) -> str:
    """Return the fastest sensor, or the first of those that are about as fast.

    Raises:
        ValueError: If there are no streams.
    """
    if not streams:
        raise ValueError("at least one stream is needed. Received: none")
    steps = {name: _usual_step(np.sort(stream["t"].to_numpy(np.float64))) for name, stream in streams.items()}
    shortest = min(steps.values())
    return next(name for name, step in steps.items() if step == shortest or step * ABOUT_AS_FAST <= shortest)


def _interpolated(t: np.ndarray, times: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return `(n,)` values at `t`, NaN outside the stream and within its pauses."""
    longest = MAX_STEPS_BRIDGED * _usual_step(np.sort(times))
    known = np.isfinite(times) & np.isfinite(values)
    times, first = np.unique(times[known], return_index=True)
    if len(times) == 0:
        return np.full(len(t), np.nan)
    found = np.interp(t, times, values[known][first], left=np.nan, right=np.nan)
    after = np.searchsorted(times, t).clip(0, len(times) - 1)
    before = (np.searchsorted(times, t, side="right") - 1).clip(0)
    found[times[after] - times[before] > longest] = np.nan
    return found


def _usual_step(times: np.ndarray) -> float:
    """Return the median forward step of sorted times, infinity if there is none."""
    steps = np.diff(times)
    forward = steps[steps > 0]
    return float(np.median(forward)) if len(forward) else np.inf
