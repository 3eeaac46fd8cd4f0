"""Autoregressive noise that models what a smooth decoder leaves out of windows."""

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np

RIDGE = 1e-3  # of the mean variance: directions with almost no variance are not extrapolated
SHRINKAGE = 100.0  # weight of all activities together, in patches, in an activity's covariance
LIMIT, MAX_STRENGTH = 4.0, 2.0  # standard deviations
LEAST = 1e-9


@dataclass(frozen=True, eq=False)
class ResidualNoise:
    """Gaussian noise with the covariances of the residuals.

    After the first patch, `patch = previous @ extrapolation + noise @ later`. The strength of a whole window is
    log-normally distributed, as for the windows of its activity: some people move more smoothly than others.

    Attributes:
        extrapolation: `(features, features)` float32, of all activities together.
        first: `(activities, features, features)` float32, covariance factor of the first patch.
        later: Same shape, covariance factor of the residuals of all other patches.
        strength: `(activities, 2)` float32, mean and standard deviation of the logarithm of a window's root mean
            square.
    """

    extrapolation: np.ndarray
    first: np.ndarray
    later: np.ndarray
    strength: np.ndarray

    @classmethod
    def none(cls, n_activities: int, n_features: int) -> "ResidualNoise":
        """Return noise that is zero everywhere."""
        nothing = np.zeros((n_activities, n_features, n_features), np.float32)
        return cls(nothing[0], nothing, nothing, np.zeros((n_activities, 2), np.float32))

    @classmethod
    def learn(cls, left: np.ndarray, activities: np.ndarray, n_activities: int) -> "ResidualNoise":
        """Fit the noise to residuals.

        Args:
            left: `(n, patches, features)`, real windows minus reconstructions.
            activities: `(n,)` int; every activity occurs.
            n_activities: Number of activities.
        """
        left = left.astype(np.float64)
        strength = np.sqrt(np.mean(left**2, axis=(1, 2))) + LEAST
        alike = left / strength[:, None, None]
        logs = [np.log(strength[activities == k]) for k in range(n_activities)]
        n_features = left.shape[2]
        before, after = (part.reshape(-1, n_features) for part in (alike[:, :-1], alike[:, 1:]))
        ridge = RIDGE * max(len(before), 1) * np.eye(n_features)
        extrapolation = np.linalg.solve(before.T @ before + ridge, before.T @ after)
        innovations = alike[:, 1:] - alike[:, :-1] @ extrapolation
        factors = [
            [_root(_covariance(part, activities == k)) for k in range(n_activities)]
            for part in (alike, innovations)
        ]
        parts = (extrapolation, *factors, [(log.mean(), log.std()) for log in logs])
        return cls(*(np.array(part, np.float32) for part in parts))

    def colour(self, noise: np.ndarray, strengths: np.ndarray, activities: np.ndarray) -> np.ndarray:
        """Turn white noise into residuals.

        Args:
            noise: `(n, patches, features)`, standard normal.
            strengths: `(n,)`, standard normal: the strength of each window relative to its activity.
            activities: `(n,)` int.

        Returns:
            Same shape as `noise`, float32.
        """
        noise = np.clip(noise, -LIMIT, LIMIT).astype(np.float32)
        coloured = np.empty_like(noise)
        coloured[:, 0] = np.einsum("nf,nfg->ng", noise[:, 0], self.first[activities])
        for t in range(1, noise.shape[1]):
            new = np.einsum("nf,nfg->ng", noise[:, t], self.later[activities])
            coloured[:, t] = coloured[:, t - 1] @ self.extrapolation + new
        middle, spread = self.strength[activities].T
        strength = np.exp(middle + spread * np.clip(strengths, -MAX_STRENGTH, MAX_STRENGTH))
        return coloured * strength[:, None, None].astype(np.float32)

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return the arrays to store, by name."""
        return {f"detail/{f.name}": getattr(self, f.name) for f in fields(self)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> "ResidualNoise":
        """Restore it from `to_arrays`."""
        return cls(*(arrays[f"detail/{f.name}"] for f in fields(cls)))


def missing_share(real: np.ndarray, rewritten: np.ndarray) -> np.ndarray:
    """Return the factor for each feature that scales residuals to the variance missing from reconstructions,
    `(features,)`.

    About 1 if windows are reconstructed as their conditional mean. A discriminator makes the decoder add texture of
    its own, as strong as the real one but at other places: the residual contains both.

    Args:
        real: `(n, patches, features)`.
        rewritten: Same shape, the reconstructions.
    """
    wanted, there, left = (np.mean(part**2, axis=(0, 1)) for part in (real, rewritten, real - rewritten))
    return np.sqrt(np.clip((wanted - there) / np.maximum(left, 1e-12), 0.0, 1.0))


def _covariance(left: np.ndarray, own: np.ndarray) -> np.ndarray:
    """Return the second moment of one activity's patches, shrunk towards that of all."""
    everybody, mine = (part.reshape(-1, left.shape[2]) for part in (left, left[own]))
    shared = everybody.T @ everybody / max(len(everybody), 1)
    return (mine.T @ mine + SHRINKAGE * shared) / (len(mine) + SHRINKAGE)


def _root(covariance: np.ndarray) -> np.ndarray:
    """Return a factor with `factor.T @ factor == covariance`."""
    variances, directions = np.linalg.eigh(covariance)
    return np.sqrt(np.maximum(variances, 0))[:, None] * directions.T
