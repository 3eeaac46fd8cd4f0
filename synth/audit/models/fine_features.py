"""Fine detail of windows: what happens from sample to sample, and between channels. For boosted trees.

Generators that learn the course of a movement seldom learn how its noise is coloured, how channels of one sensor go
together from sample to sample, or how their values are quantised. Any channels, rate and length.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from data.windows import Windows
from synth.audit.models.features import FLOOR, QUANTILES

N_FINE_BANDS = 16  # equally wide, up to the Nyquist frequency
LAGS = (1, 2, 3, 4, 6, 8, 12, 16)  # samples
N_ORDERS = 3  # values, first and second differences


def fine_features(windows: Windows) -> NDArray[np.float32]:
    """Describe each window by its levels and its fine detail.

    Args:
        windows: Windows of at least two samples.

    Returns:
        `(n, n_features)` float32, finite.
    """
    values = windows.values.astype(np.float64)
    levels = (values.mean(axis=1), _quantiles(values))
    parts = (*levels, *_of_differences(values), _fine_bands(values), *_quantisation(windows.values))
    table = np.concatenate(parts, axis=1)
    return np.nan_to_num(table, nan=0.0, posinf=0.0, neginf=0.0).astype(np.float32)


def couplings(values: np.ndarray, order: int) -> tuple[np.ndarray, np.ndarray]:
    """Return covariances and correlations within each window of the `order`-th differences of all pairs of channels.

    Args:
        values: `(n, timesteps, channels)`.
        order: 0 for the values themselves.

    Returns:
        `(n, pairs)` each; correlations with a constant channel are 0.
    """
    steps = np.diff(values.astype(np.float64), n=order, axis=1)
    steps = steps - steps.mean(axis=1, keepdims=True) if steps.shape[1] else steps
    covariance = np.swapaxes(steps, 1, 2) @ steps / max(steps.shape[1], 1)
    spread = np.sqrt(np.einsum("ncc->nc", covariance))
    correlation = covariance / (spread[:, :, None] * spread[:, None, :] + FLOOR**2)
    first, second = np.triu_indices(values.shape[2], k=1)
    return covariance[:, first, second], correlation[:, first, second]


def _of_differences(values: np.ndarray) -> Iterator[np.ndarray]:
    """Yield couplings, spread, quantiles, tails and autocorrelation of values and their differences."""
    for order in range(N_ORDERS):
        yield from couplings(values, order)
        steps = np.diff(values, n=order, axis=1)
        if not steps.shape[1]:
            steps = np.zeros_like(values[:, :1])
        centred = steps - steps.mean(axis=1, keepdims=True)
        scale = centred.std(axis=1)
        standardised = centred / (scale[:, None] + FLOOR)
        yield np.log(scale + FLOOR)
        yield (standardised**4).mean(axis=1)
        yield from _autocorrelations(standardised)
        if order:
            yield _quantiles(standardised)
            yield np.abs(steps).max(axis=1)


def _autocorrelations(standardised: np.ndarray) -> Iterator[np.ndarray]:
    """Yield one `(n, channels)` for each lag; 0 for lags longer than the window."""
    for lag in LAGS:
        yield (standardised[:, lag:] * standardised[:, :-lag]).sum(axis=1) / standardised.shape[1]


def _quantiles(values: np.ndarray) -> np.ndarray:
    ordered = np.sort(values, axis=1)
    ranks = np.round(np.array(QUANTILES) * (values.shape[1] - 1)).astype(int)
    return ordered[:, ranks].reshape(len(values), -1)


def _fine_bands(values: np.ndarray) -> np.ndarray:
    """Return the log power in equally wide bands: `(n, bands * channels)`."""
    from scipy import fft

    n, n_timesteps, n_channels = values.shape
    centred = values - values.mean(axis=1, keepdims=True)
    power = np.abs(np.asarray(fft.rfft(centred * np.hanning(n_timesteps)[:, None], axis=1))[:, 1:]) ** 2
    n_bands = min(N_FINE_BANDS, power.shape[1])
    starts = np.arange(n_bands) * power.shape[1] // n_bands
    return np.log(np.add.reduceat(power, starts, axis=1) + FLOOR).reshape(n, n_bands * n_channels)


def _quantisation(values: np.ndarray) -> Iterator[np.ndarray]:
    """Yield the share of equal neighbours, that of distinct values, and the smallest gap relative to the spread."""
    yield (np.diff(values, axis=1) == 0).mean(axis=1)
    gaps = np.diff(np.sort(values, axis=1).astype(np.float64), axis=1)
    yield (gaps > 0).mean(axis=1)
    smallest = np.where(gaps > 0, gaps, np.inf).min(axis=1)
    relative = smallest / (values.std(axis=1) + FLOOR)
    yield np.log(np.where(np.isfinite(relative), relative, 1.0) + FLOOR)
