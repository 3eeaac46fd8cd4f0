"""Power spectra of movement, by activity and sensor."""

import numpy as np
import pandas as pd

from data.sensors import sensors
from data.windows import Windows

MAX_WINDOWS = 400  # per activity; more would not change the result


def spectra(windows: Windows) -> pd.DataFrame:
    """Average the power spectra of windows, by activity and sensor.

    Each window is centred and tapered with a Hann window (Welch's method, one segment per window); the axes of a
    sensor are summed, so that its orientation does not matter.

    Args:
        windows: Any windows; at most 400 of each activity are used, evenly spaced.

    Returns:
        Columns `activity`, `sensor`, `hz` and `power` (unit squared per Hz).
    """
    n = windows.n_timesteps
    taper = np.hanning(n)
    hz = np.fft.rfftfreq(n, 1 / windows.rate_hz)
    frames = []
    for activity in windows.activities:
        which = np.flatnonzero(windows.activity == activity)
        which = which[np.linspace(0, len(which) - 1, min(len(which), MAX_WINDOWS)).astype(int)]
        values = windows.values[which]
        values = (values - values.mean(axis=1, keepdims=True)) * taper[:, None]
        power = (np.abs(np.fft.rfft(values, axis=1)) ** 2).mean(axis=0) * 2
        power /= windows.rate_hz * (taper**2).sum()
        frames += [
            pd.DataFrame(
                {"activity": activity, "sensor": name, "hz": hz[1:], "power": power[1:, axes].sum(axis=1)}
            )
            for name, axes in _vectors(windows.channels).items()
        ]
    return pd.concat(frames, ignore_index=True)


def _vectors(channels: tuple[str, ...]) -> dict[str, list[int]]:
    """Return the channels of each sensor; a channel that is not part of a vector stands for itself."""
    found = {sensor.name: list(sensor.axes) for sensor in sensors(channels)}
    in_sensor = {axis for axes in found.values() for axis in axes}
    return found | {name: [i] for i, name in enumerate(channels) if i not in in_sensor}
