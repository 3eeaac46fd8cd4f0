"""The encoding of windows as standardised images (channels x time) for convolutional autoencoders."""

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np

from synth.core.errors import TrainingError

_SMALLEST_SPREAD = 1e-6  # of a channel, relative to its mean: below it float32 holds a constant


@dataclass(frozen=True, eq=False)
class ImageCode:
    """Standardised channels, one row each, padded to the width that a pooling network needs.

    Attributes:
        mean: `(channels,)` float64, sensor units.
        spread: `(channels,)` float64, sensor units; 0 for a constant channel, which decodes to that constant.
        n_timesteps: Samples of a window.
        multiple: The width of an image is a multiple of this; windows are padded by repeating their ends.
    """

    mean: np.ndarray
    spread: np.ndarray
    n_timesteps: int
    multiple: int

    @classmethod
    def learn(cls, values: np.ndarray, *, multiple: int) -> "ImageCode":
        """Fit the standardisation to training windows `(n, timesteps, channels)` in sensor units.

        Raises:
            TrainingError: If every channel is constant.
        """
        mean = values.mean(axis=(0, 1), dtype=np.float64)
        spread = values.std(axis=(0, 1), dtype=np.float64)
        spread = np.where(spread > _SMALLEST_SPREAD * np.abs(mean), spread, 0.0)
        if not spread.any():
            raise TrainingError(
                "All channels of these windows are constant, so there is no movement to learn. "
                "Check on the Data page which columns hold the sensor."
            )
        return cls(mean, spread, values.shape[1], multiple)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Channels, samples after padding, and one."""
        return len(self.mean), self.n_timesteps + sum(self._padding), 1

    def encode(self, values: np.ndarray) -> np.ndarray:
        """Encode `(n, timesteps, channels)` in sensor units as `(n, *shape)` float32."""
        scaled = (values - self.mean) / np.where(self.spread > 0, self.spread, 1.0)
        longer = np.pad(scaled, ((0, 0), self._padding, (0, 0)), mode="edge")
        return np.ascontiguousarray(longer.transpose(0, 2, 1)[..., None], dtype=np.float32)

    def decode(self, images: np.ndarray) -> np.ndarray:
        """Decode `(n, *shape)` into `(n, timesteps, channels)` float32 in sensor units."""
        before = self._padding[0]
        scaled = images[:, :, before : before + self.n_timesteps, 0].transpose(0, 2, 1)
        return (scaled * self.spread + self.mean).astype(np.float32)

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return the arrays to store, by name."""
        return {f"code/{f.name}": np.asarray(getattr(self, f.name)) for f in fields(self)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> "ImageCode":
        """Restore it from `to_arrays`."""
        mean, spread, n_timesteps, multiple = (arrays[f"code/{f.name}"] for f in fields(cls))
        return cls(mean, spread, int(n_timesteps), int(multiple))

    @property
    def _padding(self) -> tuple[int, int]:
        missing = -self.n_timesteps % self.multiple
        return missing // 2, missing - missing // 2
