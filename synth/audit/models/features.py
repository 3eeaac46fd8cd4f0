"""Time and spectral features of windows for classical attackers, with any channels and rate."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from data.windows import Windows

N_BANDS = 6  # spectral bands per channel, equally wide in log frequency
LAGS_S = (0.1, 0.3)  # autocorrelation lags in seconds
QUANTILES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)
MAX_PAIRS = 66  # all pairs of twelve channels
FLOOR = 1e-8  # keeps logarithms and ratios of constant windows finite


def features(windows: Windows) -> NDArray[np.float32]:
    """Describe each window by its level, spread, shape, rhythm and coupling of channels.

    Args:
        windows: Windows of at least two samples.

    Returns:
        `(n, n_features)` float32, finite: 26 features per channel and one per pair of channels.
    """
    values = windows.values.astype(np.float64)
    parts = [*_time_features(values, windows.rate_hz), *_spectral_features(values, windows.rate_hz)]
    table = np.concatenate([*parts, _coupling(values)], axis=1)
    return np.nan_to_num(table, nan=0.0, posinf=0.0, neginf=0.0).astype(np.float32)


def _time_features(values: np.ndarray, rate_hz: float) -> Iterator[np.ndarray]:
    """Yield features that need no spectrum: `(n, channels)` or `(n, k * channels)`."""
    n_timesteps = values.shape[1]
    centred = values - values.mean(axis=1, keepdims=True)
    scale = centred.std(axis=1)
    steps = np.diff(values, axis=1)
    ordered = np.sort(values, axis=1)
    ranks = np.round(np.array(QUANTILES) * (n_timesteps - 1)).astype(int)
    yield values.mean(axis=1)
    yield scale
    yield np.sqrt((values**2).mean(axis=1))
    yield ordered[:, ranks].reshape(len(values), -1)
    yield np.abs(steps).mean(axis=1)
    yield steps.std(axis=1)
    standardised = centred / (scale[:, None] + FLOOR)
    yield (standardised**3).mean(axis=1)
    yield (standardised**4).mean(axis=1)
    yield (np.diff(np.signbit(centred), axis=1)).mean(axis=1)
    for lag_s in LAGS_S:
        lag = min(max(1, round(lag_s * rate_hz)), n_timesteps - 1)
        yield (standardised[:, lag:] * standardised[:, :-lag]).mean(axis=1)


def _spectral_features(values: np.ndarray, rate_hz: float) -> Iterator[np.ndarray]:
    """Yield band powers, dominant frequency, centroid and entropy of each channel's spectrum."""
    from scipy import fft, stats

    n, n_timesteps, n_channels = values.shape
    centred = values - values.mean(axis=1, keepdims=True)
    power = np.abs(np.asarray(fft.rfft(centred * np.hanning(n_timesteps)[:, None], axis=1))[:, 1:]) ** 2
    frequency_hz = fft.rfftfreq(n_timesteps, 1 / rate_hz)[1:]
    edges = np.geomspace(frequency_hz[0], frequency_hz[-1] * 1.001, N_BANDS + 1)
    band = np.clip(np.searchsorted(edges, frequency_hz, side="right") - 1, 0, N_BANDS - 1)
    membership = band == np.arange(N_BANDS)[:, None]
    yield np.log(np.einsum("bf,nfc->nbc", membership, power) + FLOOR).reshape(n, N_BANDS * n_channels)
    share = power / (power.sum(axis=1, keepdims=True) + FLOOR)
    yield frequency_hz[power.argmax(axis=1)]
    yield np.einsum("f,nfc->nc", frequency_hz, share)
    yield np.asarray(stats.entropy(share + FLOOR, axis=1))


def _coupling(values: np.ndarray) -> np.ndarray:
    """Correlate every pair of channels within each window: `(n, pairs)`."""
    centred = values - values.mean(axis=1, keepdims=True)
    centred /= centred.std(axis=1, keepdims=True) + FLOOR
    correlation = np.einsum("ntc,ntd->ncd", centred, centred) / values.shape[1]
    first, second = np.triu_indices(values.shape[2], k=1)
    return correlation[:, first[:MAX_PAIRS], second[:MAX_PAIRS]]
