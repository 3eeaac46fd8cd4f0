"""A wavelet transform of windows of any length: detail at several levels, and the remaining coarse signal."""

import numpy as np

_LIFTS = ((-1.586134342059924, -0.052980118572961), (0.882911075530934, 0.443506852043971))
_GAIN = 1.230174104914001


def split(values: np.ndarray, levels: int) -> tuple[list[np.ndarray], np.ndarray]:
    """Return the detail of each level, finest first, and the coarse signal: `(n, samples, channels)` each.

    Args:
        values: `(n, timesteps, channels)`.
        levels: Levels of the decomposition; each halves the number of samples.
    """
    analysis, sizes = _analysis(values.shape[1], levels)
    *details, coarse = np.split(np.matmul(analysis, values.astype(np.float64)), np.cumsum(sizes)[:-1], axis=1)
    return details, coarse


def join(details: list[np.ndarray], coarse: np.ndarray, n_timesteps: int) -> np.ndarray:
    """Reconstruct windows `(n, timesteps, channels)` from the result of `split`."""
    analysis, _ = _analysis(n_timesteps, len(details))
    return np.matmul(np.linalg.inv(analysis), np.concatenate([*details, coarse], axis=1))


def sizes_of(n_timesteps: int, levels: int) -> list[int]:
    """Return the number of samples of each level and of the coarse signal."""
    sizes = []
    for _ in range(levels):
        sizes.append(n_timesteps // 2)
        n_timesteps -= n_timesteps // 2
    return [*sizes, n_timesteps]


def _analysis(n_timesteps: int, levels: int) -> tuple[np.ndarray, list[int]]:
    """Return the analysis matrix `(timesteps, timesteps)`, and the number of rows of each level and of the coarse
    signal.

    Cohen-Daubechies-Feauveau 9/7 by lifting, with symmetric extension: works for any length, and a constant has no
    detail.

    References:
        Daubechies and Sweldens, Factoring wavelet transforms into lifting steps, 1998.
    """
    rest, parts = np.eye(n_timesteps), []
    for _ in range(levels):
        even, odd = rest[0::2].copy(), rest[1::2].copy()
        for predict, update in _LIFTS:
            odd += predict * (even[: len(odd)] + np.concatenate([even[1:], even[-1:]])[: len(odd)])
            around = np.concatenate([odd[:1], odd, odd[-1:]])
            even += update * (around[: len(even)] + around[1 : len(even) + 1])
        parts.append(odd / _GAIN)
        rest = even * _GAIN
    return np.concatenate([*parts, rest]), sizes_of(n_timesteps, levels)
