"""Streams: sensors that were sampled each at its own times, brought to the times of one of them."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

MAX_STEPS_BRIDGED = 3
ABOUT_AS_FAST = 0.9  # sensors of one device differ by a little; the first of those is taken


def joined(streams: Mapping[str, pd.DataFrame], onto: str | None = None) -> pd.DataFrame:
    """Bring sensors to the times of the fastest one by straight lines between neighbouring samples.

    Of sensors that are about as fast, the first one's times are taken. A value is missing before another
    sensor begins, after it ends, and where it paused for more than three of its usual steps.

    Args:
        streams: By sensor, for example `"acc"`: a column `t` (seconds, one clock for all sensors) and one
            column an axis, for example `x`. Rows of the sensor whose times are taken may be in any order;
            they stay as they are. Of others, repeated times count once.
        onto: The sensor whose times are taken, if not the fastest one's.

    Returns:
        `t` (float64) and one float32 column a sensor and axis, for example `acc_x`, in the order of `streams`.

    Raises:
        ValueError: If there are no streams.
    """
    base = onto or timekeeper(streams)
    t = streams[base]["t"].to_numpy(np.float64)
    columns: dict[str, np.ndarray] = {"t": t}
    for name, stream in streams.items():
        for axis in stream.columns.drop("t"):
            values = stream[axis].to_numpy(np.float64)
            if name != base:
                values = _interpolated(t, stream["t"].to_numpy(np.float64), values)
            columns[f"{name}_{axis}"] = values.astype(np.float32)
    return pd.DataFrame(columns)


def timekeeper(streams: Mapping[str, pd.DataFrame]) -> str:
    """Return the sensor whose times `joined` takes: the fastest, or the first of those about as fast.

    Raises:
        ValueError: If there are no streams.
    """
    if not streams:
        raise ValueError("at least one stream is needed. Received: none")
    steps = {name: _usual_step(np.sort(stream["t"].to_numpy(np.float64))) for name, stream in streams.items()}
    shortest = min(steps.values())
    return next(name for name, step in steps.items() if step == shortest or step * ABOUT_AS_FAST <= shortest)


def _interpolated(t: np.ndarray, times: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return `(n,)` values at `t`, NaN outside and within pauses of the stream."""
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
    """Return the median step forward of sorted times, infinity where there is none."""
    steps = np.diff(times)
    forward = steps[steps > 0]
    return float(np.median(forward)) if len(forward) else np.inf
