"""Channels derived from others: acceleration without gravity, and magnitudes."""

from collections.abc import Sequence

import numpy as np

from data.sensors import Sensor, includes_gravity, keeps_direction, sensors

GRAVITY_BELOW_HZ = 0.3
SHORTEST_FILTERED = 30  # samples; for a shorter series, gravity is estimated by the mean


def accelerations_with_gravity(
    values: np.ndarray, channels: Sequence[str], units: Sequence[str]
) -> list[Sensor]:
    """Return the accelerometers whose values in g include gravity; a unit of g makes a vector an acceleration.

    Args:
        values: `(n, channels)` of all series.
        channels: Channel names.
        units: Unit of each channel.
    """
    return [
        sensor
        for sensor in sensors(channels)
        if sensor.quantity in ("acceleration", "")
        and all(units[i] == "g" for i in sensor.axes)
        and includes_gravity(values[:, sensor.axes])
        and keeps_direction(values[:, sensor.axes])
    ]


def without_gravity(values: np.ndarray, axes: Sequence[int], rate_hz: float) -> np.ndarray:
    """Return one series with frequencies below 0.3 Hz removed from some channels.

    The filter is that of the UCI HAR data set (Anguita et al., ESANN 2013): a third-order Butterworth low-pass,
    applied forwards and backwards. Missing samples stay missing.

    Args:
        values: `(n, channels)` float32 of one series, NaN where missing.
        axes: The channels to change.
        rate_hz: Sampling rate in Hz.
    """
    from scipy.signal import butter, sosfiltfilt  # takes a second to import, and few recordings need it

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
    """Add the magnitude of each sensor's vector as a channel.

    If acceleration is split into gravity and user acceleration, as on phones, the magnitude of their sum is added as
    well: what an accelerometer measures.

    Args:
        values: `(n, channels)`.
        channels: Channel names.
        units: Unit of each channel.

    Returns:
        Values, names and units, with the new channels at the end.
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
        if s.quantity == "acceleration" and includes_gravity(values[:, s.axes]) is False
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
