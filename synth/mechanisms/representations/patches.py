"""The encoding of windows as sequences of patches, for sequence models."""

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np

from data.windows import Windows
from synth.core.errors import TrainingError
from synth.core.pooled_limits import PooledLimits

_SMALLEST_VARIANCE = 1e-10  # of a direction, relative to the largest: below it there is only rounding
_SMALLEST_SPREAD = 1e-6  # of a channel, relative to its mean: below it float32 holds a constant


@dataclass(frozen=True, eq=False)
class PatchCode:
    """A linear encoding: consecutive samples of one or all channels become uncorrelated numbers.

    Each channel is standardised; a patch (`patch_length` samples of the channels that are modelled together) is
    projected onto its principal directions, and each is scaled to unit variance. Independent Gaussian codes then
    correspond to correlated, smooth signals. Directions without variance (constant channels) are dropped and decode
    to constants.

    Attributes:
        mean: `(channels,)` float32, sensor units.
        scale: `(channels,)` float32, standard deviation in sensor units.
        basis: `(patch_length * channels per stream, features)` float32, orthonormal columns.
        spread: `(features,)` float32, standard deviation along each column.
        limit: `(features,)` float32, largest absolute code, pooled over people; no code of anybody's.
        extrapolation: `(features, features)` float32, least-squares prediction of a patch from the previous one:
            `prediction = previous @ extrapolation`.
        mixing: `(features, features)` float32: `patch = prediction + innovation @ mixing`, where innovations are
            uncorrelated with unit variance.
        patch_length: Samples per patch.
        jointly: Whether all channels form one stream, or each channel its own.
    """

    mean: np.ndarray
    scale: np.ndarray
    basis: np.ndarray
    spread: np.ndarray
    limit: np.ndarray
    extrapolation: np.ndarray
    mixing: np.ndarray
    patch_length: int
    jointly: bool

    @classmethod
    def learn(
        cls, values: np.ndarray, patch_length: int, *, people: np.ndarray, jointly: bool
    ) -> "PatchCode":
        """Fit the encoding to training windows.

        Args:
            values: `(n, timesteps, channels)` float32, sensor units.
            patch_length: Samples per patch, in [1, timesteps].
            people: `(n,)`, whom each window belongs to, for the limits.
            jointly: Whether a patch spans all channels.

        Raises:
            TrainingError: If every channel is constant.
        """
        mean = values.mean(axis=(0, 1), dtype=np.float64)
        scale = values.std(axis=(0, 1), dtype=np.float64)
        scale = np.where(scale > _SMALLEST_SPREAD * np.abs(mean), scale, 1.0)
        mean, scale = mean.astype(np.float32), scale.astype(np.float32)
        patches = _to_patches((values - mean) / scale, patch_length, jointly)
        flat = patches.reshape(-1, patches.shape[-1])
        variances, directions = np.linalg.eigh((flat.T @ flat).astype(np.float64) / len(flat))
        kept = np.flatnonzero(variances > max(_SMALLEST_VARIANCE * variances.max(), 1e-12))[::-1]
        if len(kept) == 0:
            raise TrainingError(
                "All channels of these windows are constant, so there is no movement to learn. "
                "Check on the Data page which columns hold the sensor."
            )
        basis = directions[:, kept]
        basis = basis * np.sign(basis[np.abs(basis).argmax(axis=0), np.arange(len(kept))])
        spread = np.sqrt(variances[kept])
        codes = patches @ (basis / spread).astype(np.float32)
        limit = PooledLimits.of(np.abs(codes), np.repeat(people, len(codes) // len(people))).high
        parts = (mean, scale, basis, spread, limit, *_linear_dynamics(codes))
        as_float32 = [part.astype(np.float32) for part in parts]
        return cls(*as_float32, patch_length=patch_length, jointly=jointly)

    @property
    def n_features(self) -> int:
        """Numbers per patch."""
        return len(self.spread)

    @property
    def n_streams(self) -> int:
        """Sequences per window."""
        return 1 if self.jointly else len(self.mean)

    def encode(self, values: np.ndarray) -> np.ndarray:
        """Encode `(n, timesteps, channels)` as `(n * n_streams, patches, n_features)`.

        Samples after the last whole patch are dropped.
        """
        patches = _to_patches((values - self.mean) / self.scale, self.patch_length, self.jointly)
        return patches @ (self.basis / self.spread)

    def innovations(self, codes: np.ndarray) -> np.ndarray:
        """Return the whitened residual of each patch after the linear prediction; the first patch is unchanged."""
        deviations = codes[:, 1:] - codes[:, :-1] @ self.extrapolation
        left = np.linalg.solve(self.mixing.T.astype(np.float64), deviations.reshape(-1, self.n_features).T).T
        return np.concatenate([codes[:, :1], left.reshape(deviations.shape)], axis=1).astype(np.float32)

    def decode(self, codes: np.ndarray) -> np.ndarray:
        """Decode `(n * n_streams, patches, n_features)` into `(n, patches * patch_length, channels)`, sensor units."""
        n_windows = len(codes) // self.n_streams
        flat = (codes * self.spread) @ self.basis.T
        n_samples = codes.shape[1] * self.patch_length
        if self.jointly:
            standardised = flat.reshape(n_windows, n_samples, len(self.mean))
        else:
            standardised = flat.reshape(n_windows, self.n_streams, n_samples).transpose(0, 2, 1)
        return standardised * self.scale + self.mean

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return the arrays to store, by name."""
        return {f"code/{f.name}": np.asarray(getattr(self, f.name)) for f in fields(self)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> "PatchCode":
        """Restore it from `to_arrays`."""
        stored = {f.name: arrays[f"code/{f.name}"] for f in fields(cls)}
        patch_length, jointly = (stored.pop(name) for name in ("patch_length", "jointly"))
        return cls(**stored, patch_length=int(patch_length), jointly=bool(jointly))


def shifted(windows: Windows, patch_length: int, rng: np.random.Generator) -> Windows:
    """Shift the patch boundaries of windows at random.

    A window could have begun anywhere in its series. With fixed boundaries the network would see each movement cut
    in the same way in every epoch, and overfit to that.

    Args:
        windows: The windows to cut.
        patch_length: Samples per patch.
        rng: Draws the shifts.

    Returns:
        Windows that are shorter by up to two patches, of the same length for every `rng`.
    """
    n_patches = max(1, (windows.n_timesteps - patch_length + 1) // patch_length)
    n_kept = n_patches * patch_length
    offsets = rng.integers(min(patch_length, windows.n_timesteps - n_kept + 1), size=len(windows))
    timesteps = offsets[:, None] + np.arange(n_kept)
    return windows.with_values(windows.values[np.arange(len(windows))[:, None], timesteps])


def _to_patches(standardised: np.ndarray, patch_length: int, jointly: bool) -> np.ndarray:
    n_windows, n_timesteps, n_channels = standardised.shape
    n_patches = n_timesteps // patch_length
    whole = standardised[:, : n_patches * patch_length]
    if jointly:
        return whole.reshape(n_windows, n_patches, patch_length * n_channels)
    return whole.transpose(0, 2, 1).reshape(n_windows * n_channels, n_patches, patch_length)


def _linear_dynamics(codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return `extrapolation` and `mixing` of codes `(n, patches, features)`."""
    n_features = codes.shape[2]
    before = codes[:, :-1].reshape(-1, n_features).astype(np.float64)
    after = codes[:, 1:].reshape(-1, n_features).astype(np.float64)
    n_pairs = max(1, len(before))
    ridge = 1e-4 * np.eye(n_features)
    extrapolation = np.linalg.solve(before.T @ before / n_pairs + ridge, before.T @ after / n_pairs)
    left = after - before @ extrapolation
    variances, directions = np.linalg.eigh(left.T @ left / n_pairs)
    # A deterministic signal has no residual; the lower bound keeps its innovations finite.
    mixing = np.sqrt(np.maximum(variances, 1e-6))[:, None] * directions.T
    return extrapolation, mixing
