"""Random convolution kernels: how much of a window exceeds a threshold after each of many fixed convolutions.

Our own MiniRocket on NumPy: the packages that offer it need Numba or PyTorch. Each kernel has nine weights, six of -1
and three of 2, in all 84 orders; it is spread over the window by dilations, sums a random set of channels, and is
compared with thresholds drawn from what it yields on windows that the attacker knows. Different from the paper, windows
are not padded, kernels also read first and second differences, and channels are added with random signs, so that
thresholds notice how channels go together: on the sample, 81 % of Flow's windows were distinguished, 74 % without.

References:
    Dempster, Schmidt and Webb, MiniRocket: A very fast (almost) deterministic transform for time series
    classification, KDD 2021.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

LENGTH, N_HEAVY = 9, 3
N_ORDERS = 3  # values, first and second differences
MAX_DILATIONS = 6
N_THRESHOLDS = 3  # for each kernel and dilation
N_SHOWN = 64  # windows from which thresholds are drawn
MAX_JOINT_CHANNELS = 9
FLOOR = 1e-8  # keeps constant channels finite
CHUNK = 256  # windows at a time, for memory


@dataclass(frozen=True, eq=False)
class Kernels:
    """Kernels of one dilation.

    Attributes:
        order: 0 if they read values, 1 for first differences, 2 for second ones.
        dilation: Samples between two weights, >= 1.
        weights: `(84, 9 * channels)` float32.
        thresholds: `(N_THRESHOLDS, 84)` float32.
    """

    order: int
    dilation: int
    weights: np.ndarray
    thresholds: np.ndarray

    def shares(self, values: np.ndarray) -> np.ndarray:
        """Return the share of samples above each threshold: `(n, N_THRESHOLDS * 84)`."""
        yielded = convolved(values, self.weights, self.dilation)
        above = [(yielded > t[None, None]).mean(axis=1, dtype=np.float32) for t in self.thresholds]
        return np.concatenate(above, axis=1)


@dataclass(frozen=True, eq=False)
class RandomKernels:
    """Kernels whose thresholds were drawn from known windows.

    Attributes:
        scaling: Mean and standard deviation of each channel of the known windows' differences, by their order.
        kernels: All of them.
    """

    scaling: tuple[tuple[np.ndarray, np.ndarray], ...]
    kernels: tuple[Kernels, ...]

    @classmethod
    def of(cls, values: np.ndarray, *, seed: int) -> "RandomKernels":
        """Draw channels and thresholds.

        Args:
            values: `(n, timesteps, channels)` known windows.
            seed: Draws both.
        """
        rng = np.random.default_rng(seed)
        scaling = tuple((d.mean(axis=(0, 1)), d.std(axis=(0, 1)) + FLOOR) for d in _differences(values))
        shown = rng.choice(len(values), min(N_SHOWN, len(values)), replace=False)
        return cls(scaling, tuple(_drawn(_standardised(values[shown], scaling), rng)))

    def features(self, values: np.ndarray) -> NDArray[np.float32]:
        """Return the shares of all kernels and thresholds: `(n, n_features)` float32 in [0, 1]."""
        n_chunks = max(1, -(-len(values) // CHUNK))
        return np.concatenate([self._of_chunk(chunk) for chunk in np.array_split(values, n_chunks)])

    def _of_chunk(self, values: np.ndarray) -> np.ndarray:
        inputs = _standardised(values, self.scaling)
        return np.concatenate([kernels.shares(inputs[kernels.order]) for kernels in self.kernels], axis=1)


def convolved(values: np.ndarray, weights: np.ndarray, dilation: int) -> np.ndarray:
    """Convolve windows with kernels.

    Args:
        values: `(n, timesteps, channels)`.
        weights: `(n_kernels, 9 * channels)`.
        dilation: Samples between two weights.

    Returns:
        `(n, timesteps - 8 * dilation, n_kernels)`.
    """
    n_valid = values.shape[1] - (LENGTH - 1) * dilation
    taps = [values[:, k * dilation : k * dilation + n_valid] for k in range(LENGTH)]
    return np.concatenate(taps, axis=2) @ weights.T


def dilations(n_timesteps: int) -> list[int]:
    """Return increasing dilations that fit into windows of at least nine samples, evenly spaced in their logarithm."""
    largest = (n_timesteps - 1) // (LENGTH - 1)
    spaced = np.geomspace(1, max(largest, 1), MAX_DILATIONS)
    return sorted(set(spaced.astype(int).tolist()))


def _drawn(inputs: list[np.ndarray], rng: np.random.Generator) -> Iterator[Kernels]:
    """Draw kernels of every dilation for values and their differences."""
    patterns = np.full((84, LENGTH), -1, np.float32)
    for pattern, heavy in zip(patterns, combinations(range(LENGTH), N_HEAVY), strict=True):
        pattern[list(heavy)] = 2
    for order, steps in enumerate(inputs):
        for dilation in dilations(steps.shape[1]):
            channels = _channel_sets(len(patterns), steps.shape[2], rng)
            weights = (patterns[:, :, None] * channels[:, None, :]).reshape(len(patterns), -1)
            yielded = convolved(steps, weights, dilation).reshape(-1, len(patterns))
            thresholds = np.quantile(yielded, rng.uniform(0, 1, N_THRESHOLDS), axis=0)
            yield Kernels(order, dilation, weights, thresholds.astype(np.float32))


def _channel_sets(n_kernels: int, n_channels: int, rng: np.random.Generator) -> np.ndarray:
    """Draw the channels of each kernel and their signs, few channels more often than many.

    Returns:
        `(n_kernels, n_channels)` float32 of -1, 0 and 1.
    """
    most = min(n_channels, MAX_JOINT_CHANNELS)
    sizes = (2 ** rng.uniform(0, np.log2(most + 1), n_kernels)).astype(int)
    places = rng.permuted(np.tile(np.arange(n_channels), (n_kernels, 1)), axis=1)
    signs = rng.choice(np.array([-1, 1], np.float32), places.shape)
    return signs * (places < sizes[:, None])


def _differences(values: np.ndarray) -> list[np.ndarray]:
    """Return values, first and second differences; the last sample of short windows is repeated until a kernel fits."""
    missing = max(0, LENGTH + N_ORDERS - 1 - values.shape[1])
    padded = np.pad(values.astype(np.float64), ((0, 0), (0, missing), (0, 0)), mode="edge")
    return [np.diff(padded, n=order, axis=1) for order in range(N_ORDERS)]


def _standardised(values: np.ndarray, scaling: Sequence[tuple[np.ndarray, np.ndarray]]) -> list[np.ndarray]:
    scaled = zip(_differences(values), scaling, strict=True)
    return [((steps - mean) / spread).astype(np.float32) for steps, (mean, spread) in scaled]
