"""A distance between generated and real windows, for early stopping of generators without a suitable loss."""

import numpy as np

from data.windows import Windows

N_BANDS = 8
LEAST_POWER = 1e-4  # of a standardised channel: anything less counts as still


def validation_distance(written: Windows, real: Windows, *, spread_of: Windows) -> float:
    """Return how far generated windows are from real ones of the same activities.

    Windows are described by the mean of each channel and the log amplitudes in frequency bands; the means and
    standard deviations of these features are compared for each activity.

    Args:
        written: Any number of generated windows.
        real: Validation windows; only activities that were generated.
        spread_of: Windows that give the scale of each channel.

    Returns:
        The mean over activities (weighted by their windows) and features of the squared differences of means and
        standard deviations.
    """
    scale = np.maximum(spread_of.values.std(axis=(0, 1)), 1e-12)
    ours, theirs = (_described(side.values / scale) for side in (written, real))
    total = 0.0
    for activity in real.activities:
        a, b = ours[written.activity == activity], theirs[real.activity == activity]
        squares = (a.mean(axis=0) - b.mean(axis=0)) ** 2 + (a.std(axis=0) - b.std(axis=0)) ** 2
        total += len(b) / len(real) * squares.mean()
    return float(total)


def _described(values: np.ndarray) -> np.ndarray:
    """Return `(n, columns)`: mean, and log amplitude in `N_BANDS` logarithmically spaced bands."""
    centre = values.mean(axis=1, keepdims=True)
    power = np.abs(np.fft.rfft(values - centre, axis=1)[:, 1:]) ** 2 / values.shape[1] ** 2
    n = power.shape[1]
    edges = np.unique(np.geomspace(1, n + 1, N_BANDS + 1).astype(int))[:-1] - 1
    bands = np.log(np.add.reduceat(power, edges, axis=1) + LEAST_POWER) / 2
    return np.concatenate([centre, bands], axis=1).reshape(len(values), -1)
