"""What holds for a whole window: where each channel lies, and how strongly it moves."""

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np

_QUIET = 1e-3  # of a channel's spread: the logarithm of no movement must be finite
_SMALLEST_SPREAD = 1e-6  # of a number, relative to its size: below it nothing varies


@dataclass(frozen=True, eq=False)
class StyleCode:
    """Turns windows into a few numbers of spread one: level, and logarithm of strength, of each channel.

    Attributes:
        quiet: `(channels,)` float32, sensor units.
        mean: `(2 * channels,)` float32, of the levels, then of the logarithms of strength.
        spread: `(2 * channels,)` float32, the same; 0 where nothing varies.
        jointly: Whether a window has one style, or each channel its own.
    """

    quiet: np.ndarray
    mean: np.ndarray
    spread: np.ndarray
    jointly: bool

    @classmethod
    def learn(cls, values: np.ndarray, *, jointly: bool) -> "StyleCode":
        """Learn what is usual from windows `(n, timesteps, channels)`, in sensor units."""
        quiet = _QUIET * values.std(axis=(0, 1), dtype=np.float64) + np.finfo(np.float32).tiny
        numbers = _described(values, quiet)
        mean, spread = numbers.mean(axis=0), numbers.std(axis=0)
        spread = np.where(spread > _SMALLEST_SPREAD * np.maximum(np.abs(mean), 1.0), spread, 0.0)
        return cls(*(part.astype(np.float32) for part in (quiet, mean, spread)), jointly=jointly)

    @property
    def size(self) -> int:
        """Numbers of a style."""
        return len(self.mean) if self.jointly else 2

    def encode(self, values: np.ndarray) -> np.ndarray:
        """Return styles of windows `(n, timesteps, channels)`: `(n, size)` or `(n * channels, size)`, float32."""
        away = _described(values, self.quiet) - self.mean
        numbers = np.where(self.spread > 0, away, 0.0) / np.where(self.spread > 0, self.spread, 1.0)
        if not self.jointly:
            numbers = numbers.reshape(len(values), 2, -1).transpose(0, 2, 1).reshape(-1, 2)
        return numbers.astype(np.float32)

    def to_arrays(self) -> dict[str, np.ndarray]:
        return {f"style/{f.name}": np.asarray(getattr(self, f.name)) for f in fields(self)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> "StyleCode":
        stored = {f.name: arrays[f"style/{f.name}"] for f in fields(cls)}
        return cls(**stored | {"jointly": bool(stored["jointly"])})


def _described(values: np.ndarray, quiet: np.ndarray) -> np.ndarray:
    level = values.mean(axis=1, dtype=np.float64)
    strength = np.sqrt(((values - level[:, None]) ** 2).mean(axis=1))
    return np.concatenate([level, np.log(strength + quiet)], axis=1)
