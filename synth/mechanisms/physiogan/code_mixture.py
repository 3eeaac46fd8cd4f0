"""Gaussian mixtures of the latent codes of each activity."""

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np

STEADIEST = 0.01  # smallest variance of a component
FEWEST_OF_A_KIND = 5  # windows per component: none describes a window or two


@dataclass(frozen=True, eq=False)
class CodeMixture:
    """A Gaussian mixture for each activity.

    Attributes:
        shares: `(activities, kinds)` float32, weights of the components.
        centres: `(activities, kinds, code_size)` float32, their means.
        factors: `(activities, kinds, code_size, code_size)` float32: `code = centre + standard normal @ factor`.

    References:
        Ghosh et al., From variational to deterministic autoencoders, ICLR 2020 (sampling from the distribution of
        the encoded data).
    """

    shares: np.ndarray
    centres: np.ndarray
    factors: np.ndarray

    @classmethod
    def standard(cls, n_activities: int, size: int) -> "CodeMixture":
        """Return a standard normal distribution for every activity."""
        eye = np.eye(size, dtype=np.float32)
        shape = n_activities, 1
        return cls(
            np.ones(shape, np.float32), np.zeros((*shape, size), np.float32), np.tile(eye, (*shape, 1, 1))
        )

    @classmethod
    def learn(
        cls,
        means: np.ndarray,
        variances: np.ndarray,
        activities: np.ndarray,
        n_activities: int,
        *,
        n_kinds: int,
    ) -> "CodeMixture":
        """Fit mixtures to latent codes.

        Args:
            means: `(n, code_size)`.
            variances: Same shape, posterior variances.
            activities: `(n,)` int; every activity occurs.
            n_activities: Number of activities.
            n_kinds: Largest number of components; an activity with few windows has fewer.
        """
        from sklearn.mixture import GaussianMixture

        size = means.shape[1]
        shares, centres = np.zeros((n_activities, n_kinds)), np.zeros((n_activities, n_kinds, size))
        factors = np.zeros((n_activities, n_kinds, size, size))
        for k in range(n_activities):
            own = means[activities == k].astype(np.float64)
            own = own[[0, 0]] if len(own) == 1 else own
            for n in range(int(np.clip(len(own) // FEWEST_OF_A_KIND, 1, n_kinds)), 0, -1):
                found = GaussianMixture(n, reg_covar=STEADIEST, random_state=0).fit(own)
                weights = np.asarray(found.weights_)
                if weights.min() * len(own) >= FEWEST_OF_A_KIND:
                    break
            unsure = np.diag(variances[activities == k].mean(axis=0))
            shares[k, :n], centres[k, :n] = weights, found.means_
            factors[k, :n] = np.linalg.cholesky(found.covariances_ + unsure).transpose(0, 2, 1)
        return cls(*(part.astype(np.float32) for part in (shares, centres, factors)))

    def codes_from(self, uniforms: np.ndarray, normals: np.ndarray, activities: np.ndarray) -> np.ndarray:
        """Turn random numbers into codes, `(n, code_size)` float32.

        Args:
            uniforms: `(n,)` in [0, 1), choose the component.
            normals: `(n, code_size)`, standard normal.
            activities: `(n,)` int.
        """
        reached = np.cumsum(self.shares[activities], axis=1)
        kinds = (uniforms[:, None] * reached[:, -1:] >= reached).sum(axis=1)
        turned = np.einsum("nk,nkl->nl", normals, self.factors[activities, kinds])
        return (self.centres[activities, kinds] + turned).astype(np.float32)

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return the arrays to store, by name."""
        return {f"codes/{f.name}": getattr(self, f.name) for f in fields(self)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> "CodeMixture":
        """Restore it from `to_arrays`."""
        return cls(*(arrays[f"codes/{f.name}"] for f in fields(cls)))
