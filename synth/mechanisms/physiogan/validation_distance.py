"""How far generated windows are from held-out real ones, where a generator has no loss that says so."""

import numpy as np

from data.windows import Windows

N_BANDS = 8
LEAST_POWER = 1e-4  # of a standardised channel: less is as good as still


def validation_distance(written: Windows, real: Windows, *, spread_of: Windows) -> float:
    """Say how far written windows are from real ones of the same activities: what early stopping goes by.

    Windows are described by the level of each channel and the logarithms of its amplitudes in bands; means and spreads
    of these over the windows of an activity are compared.

    Args:
        written: Windows of any number.
        real: Held-out windows; at least one of an activity that was written.
        spread_of: Windows whose values have spread one.

    Returns:
        The mean over activities (by their windows) and descriptions of the squared differences of means and spreads.
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
    """Return `(n, columns)`: mean, and log amplitude in `N_BANDS` bands of equal width on a logarithmic scale."""
    centre = values.mean(axis=1, keepdims=True)
    power = np.abs(np.fft.rfft(values - centre, axis=1)[:, 1:]) ** 2 / values.shape[1] ** 2
    n = power.shape[1]
    edges = np.unique(np.geomspace(1, n + 1, N_BANDS + 1).astype(int))[:-1] - 1
    bands = np.log(np.add.reduceat(power, edges, axis=1) + LEAST_POWER) / 2
    return np.concatenate([centre, bands], axis=1).reshape(len(values), -1)
