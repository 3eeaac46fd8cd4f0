"""Gravity taken out, magnitudes added: channels made from channels."""

from collections.abc import Sequence

import numpy as np

from data.sensors import Sensor, holds_gravity, sensors

GRAVITY_BELOW_HZ = 0.3
SHORTEST_FILTERED = 30  # samples; of a shorter series its mean is taken for gravity


def accelerations_with_gravity(
    values: np.ndarray, channels: Sequence[str], units: Sequence[str]
) -> list[Sensor]:
    """Return the accelerometers whose values in g hold gravity.

    Args:
        values: `(n, channels)` of all series.
        channels: Names of the channels.
        units: Their units.
    """
    return [
        sensor
        for sensor in sensors(channels)
        if sensor.quantity == "acceleration"
        and all(units[i] == "g" for i in sensor.axes)
        and holds_gravity(values[:, sensor.axes])
    ]


def without_gravity(values: np.ndarray, axes: Sequence[int], rate_hz: float) -> np.ndarray:
    """Return one series with what stays below 0.3 Hz taken out of some channels.

    The filter is that of the UCI HAR data set (Anguita et al., ESANN 2013): a Butterworth low-pass of
    third order, applied forwards and backwards. Missing samples stay missing.

    Args:
        values: `(n, channels)` float32 of one series, NaN where missing.
        axes: The channels to change.
        rate_hz: Samples per second.
    """
    from scipy.signal import butter, sosfiltfilt  # a second to load, and few recordings need it

    changed = values.copy()
    for axis in axes:
        channel = values[:, axis].astype(np.float64)
        known = np.isfinite(channel)
        bridged = np.interp(np.arange(len(channel)), np.flatnonzero(known), channel[known])
        if len(channel) < SHORTEST_FILTERED or rate_hz <= 2 * GRAVITY_BELOW_HZ:
            slow = np.full(len(channel), bridged.mean())
        else:
            sections = butter(3, GRAVITY_BELOW_HZ, fs=rate_hz, output="sos")
            slow = sosfiltfilt(sections, bridged, padlen=min(len(channel) - 1, round(3 * rate_hz)))
        changed[:, axis] = channel - slow
    return changed


def with_magnitudes(
    values: np.ndarray, channels: Sequence[str], units: Sequence[str]
) -> tuple[np.ndarray, tuple[str, ...], tuple[str, ...]]:
    """Add the length of each sensor's vector as a channel.

    Where acceleration comes in two parts, gravity and the rest (as phones give it), the length of their
    sum is added, too: what an accelerometer measures.

    Args:
        values: `(n, channels)`.
        channels: Names of the channels.
        units: Their units.

    Returns:
        Values, names and units with the new ones at the end.
    """
    vectors = {
        sensor.name: (values[:, sensor.axes], units[sensor.axes[0]])
        for sensor in sensors(channels)
        if sensor.quantity not in ("attitude", "gravity") and f"{sensor.name}_magnitude" not in channels
    }
    gravity = [sensor for sensor in sensors(channels) if sensor.quantity == "gravity"]
    own = [
        s
        for s in sensors(channels)
        if s.quantity == "acceleration" and holds_gravity(values[:, s.axes]) is False
    ]
    if len(gravity) == 1 and len(own) == 1 and units[gravity[0].axes[0]] == units[own[0].axes[0]]:
        vectors["total_acceleration"] = (
            values[:, gravity[0].axes] + values[:, own[0].axes],
            units[own[0].axes[0]],
        )
    lengths = [
        np.linalg.norm(vector, axis=1, keepdims=True).astype(np.float32) for vector, _ in vectors.values()
    ]
    names = tuple(f"{name}_magnitude" for name in vectors)
    return (
        np.concatenate([values, *lengths], axis=1),
        (*channels, *names),
        (*units, *(unit for _, unit in vectors.values())),
    )
