"""New windows that resemble given ones: blends of three windows, with texture of random signs."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.spatial.distance import cdist

from synth.mechanisms.representations.cosines import cosine_transform, inverse_cosine_transform

N_NEIGHBOURS = 5
MAX_DONORS = 2_000  # whose pairwise distances are computed
# They sum to one, which preserves means; so do their squares, which preserves variances; and none of them dominates.
WEIGHTS = np.array([2, 2, -1]) / 3


@dataclass(frozen=True, eq=False)
class LinearCode:
    """A linear autoencoder of windows: their principal components.

    Nonlinear dense networks add roughness of their own, by which a random forest distinguished every window they
    generated from a real one.

    Attributes:
        mean: `(timesteps, channels)`, sensor units.
        spread: `(channels,)`, sensor units; 1 where a channel is constant.
        directions: `(n_codes, timesteps * channels)`, orthonormal.

    References:
        Baldi and Hornik, Neural networks and principal component analysis, Neural Networks 2 (1989).
    """

    mean: np.ndarray
    spread: np.ndarray
    directions: np.ndarray

    @classmethod
    def learn(cls, values: np.ndarray, n_codes: int) -> "LinearCode":
        """Compute the principal components of `(n, timesteps, channels)`; at most n - 1 of them."""
        mean, spread = values.mean(axis=0, dtype=np.float64), channel_spread(values)
        flat = ((values - mean) / spread).reshape(len(values), -1)
        _, _, directions = np.linalg.svd(flat, full_matrices=False)
        return cls(mean, spread, directions[: min(n_codes, len(values) - 1)])

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> "LinearCode":
        """Restore it from `to_arrays`."""
        return cls(*(arrays[f"code/{name}"] for name in ("mean", "spread", "directions")))

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return the arrays to store, by name."""
        return {f"code/{name}": getattr(self, name) for name in ("mean", "spread", "directions")}

    def redraw(self, donors: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
        """Generate windows that resemble `donors` without being any of them.

        The code of each is a blend of three similar donors; what the code leaves out of them is blended as well,
        with the signs of all frequencies drawn anew, so that variance and spectrum are those of a real window.

        Args:
            donors: `(n_donors, timesteps, channels)`, at least one.
            n: Number of windows to generate.
            rng: Chooses donors and signs.

        Returns:
            `(n, timesteps, channels)` float32, in sensor units.
        """
        if len(donors) > MAX_DONORS:
            donors = donors[rng.choice(len(donors), MAX_DONORS, replace=False)]
        flat = ((donors - self.mean) / self.spread).reshape(len(donors), -1)
        codes = flat @ self.directions.T
        left = (flat - codes @ self.directions).reshape(donors.shape)
        three = _alike(codes, n, rng)
        blended = np.einsum("j,njk->nk", WEIGHTS, codes[three]) @ self.directions
        texture = sum(w * _with_other_signs(left[one], rng) for w, one in zip(WEIGHTS, three.T, strict=True))
        drawn = blended.reshape(n, *donors.shape[1:]) + texture
        return (self.mean + self.spread * drawn).astype(np.float32)


def channel_spread(values: np.ndarray) -> np.ndarray:
    """Return each channel's standard deviation, 1 where it is constant, of `(n, timesteps, channels)`."""
    spread = values.std(axis=(0, 1), dtype=np.float64)
    level = np.abs(values).max(axis=(0, 1))
    return np.where(spread > 1e-6 * level, spread, 1.0)


def _alike(codes: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """Draw `(n, 3)` indices: any window, and two different ones of its nearest neighbours, if there are any."""
    first = rng.integers(len(codes), size=n)
    n_near = min(N_NEIGHBOURS, len(codes) - 1)
    if n_near < 2:
        return np.repeat(first[:, None], 3, axis=1)
    distance = cdist(codes, codes)
    np.fill_diagonal(distance, np.inf)
    near = np.argsort(distance, axis=1, kind="stable")[:, :n_near]
    two = rng.random((n, n_near)).argsort(axis=1)[:, :2]
    return np.column_stack([first, np.take_along_axis(near[first], two, axis=1)])


def _with_other_signs(values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw the sign of each frequency anew, the same for all channels, so that they keep moving together.

    The signs are those of the cosine transform, which does not treat a window as periodic: drift does not leak into
    all frequencies. The mean is unchanged.
    """
    spectrum = cosine_transform(values, axis=1)
    signs = rng.choice([-1.0, 1.0], size=(*values.shape[:2], 1))
    signs[:, 0] = 1.0
    return inverse_cosine_transform(spectrum * signs, axis=1)
