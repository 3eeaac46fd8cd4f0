"""What holds for a whole window - where each channel lies, how strongly it moves - and the movement around it."""

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np

_QUIET = 1e-3  # of a channel's spread: nothing is not divided by, and has a logarithm
_STILL = 1e-3  # of what is usual: what was drawn weaker is not made as strong as it was to be
_LEAST = 0.05  # of a channel's usual movement in all activities: no activity is looked at more closely
_SMALLEST_SPREAD = (
    1e-6  # of a channel relative to its mean, and of a number of the style: below it nothing varies
)
CLIP = 20.0  # times what is usual; turning a sensor can make an axis move that never did


@dataclass(frozen=True, eq=False)
class StyleCode:
    """Takes windows apart into a style, a few numbers of spread one, and movement in units of what is usual.

    A style is the level and the logarithm of the strength of each channel. Movement is measured in what is usual for
    the activity: one that hardly moves is looked at as closely as one that does.

    Attributes:
        quiet: `(channels,)` float32, sensor units.
        movement: `(activities, channels)` float32, usual strength; one row where activities are not told.
        mean: `(2 * channels,)` float32, of the levels, then of the logarithms of strength.
        spread: `(2 * channels,)` float32, the same; 0 where nothing varies.
        limit: `(2 * channels,)` float32, farthest from the mean, in spreads; no window is drawn beyond.
        jointly: Whether a window has one style, or each channel its own.
    """

    quiet: np.ndarray
    movement: np.ndarray
    mean: np.ndarray
    spread: np.ndarray
    limit: np.ndarray
    jointly: bool

    @classmethod
    def learn(cls, values: np.ndarray, codes: np.ndarray, *, jointly: bool) -> "StyleCode":
        """Learn what is usual.

        Args:
            values: `(n, timesteps, channels)`, sensor units.
            codes: `(n,)` int, the activity of each, from 0 on without a gap; all 0 where activities are not told.
            jointly: Whether a window has one style.
        """
        middle, scale = (part(values, axis=(0, 1), dtype=np.float64) for part in (np.mean, np.std))
        scale = np.where(scale > _SMALLEST_SPREAD * np.abs(middle), scale, 1.0)
        quiet = _QUIET * scale
        level, strength = _described(values)
        numbers = np.concatenate([level, np.log(strength + quiet)], axis=1)
        mean, spread = numbers.mean(axis=0), numbers.std(axis=0)
        usual = np.concatenate([np.maximum(scale, np.abs(middle)), np.ones(len(scale))])
        spread = np.where(spread > _SMALLEST_SPREAD * usual, spread, 0.0)
        limit = np.abs(_in_spreads(numbers - mean, spread)).max(axis=0)
        squares = [(strength[codes == code] ** 2).mean(axis=0) for code in range(codes.max() + 1)]
        movement = np.maximum(np.sqrt(squares), _LEAST * np.sqrt((strength**2).mean(axis=0))) + quiet
        parts = (quiet, movement, mean, spread, limit)
        return cls(*(part.astype(np.float32) for part in parts), jointly=jointly)

    @property
    def size(self) -> int:
        """Numbers of a style."""
        return len(self.mean) if self.jointly else 2

    def apart(self, values: np.ndarray, codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Take windows `(n, timesteps, channels)` of activities `(n,)` apart.

        Returns:
            Movement, of the same shape, and styles `(n, size)` or `(n * channels, size)`, float32.
        """
        level, strength = _described(values)
        away = np.concatenate([level, np.log(strength + self.quiet)], axis=1) - self.mean
        styles = np.clip(_in_spreads(away, self.spread), -CLIP, CLIP)
        if not self.jointly:
            styles = styles.reshape(len(values), 2, -1).transpose(0, 2, 1).reshape(-1, 2)
        moved = np.clip((values - level[:, None]) / self._usual(codes), -CLIP, CLIP)
        return moved.astype(np.float32), styles.astype(np.float32)

    def together(
        self, moved: np.ndarray, styles: np.ndarray, codes: np.ndarray, n_timesteps: int
    ) -> np.ndarray:
        """Return windows `(n, timesteps, channels)` float32 whose first `n_timesteps` have these styles."""
        n, n_channels = len(moved), moved.shape[2]
        if not self.jointly:
            styles = styles.reshape(n, n_channels, 2).transpose(0, 2, 1).reshape(n, -1)
        numbers = np.clip(styles, -self.limit, self.limit) * self.spread + self.mean
        level, logarithm = np.split(numbers[:, None], 2, axis=2)
        drawn_level, drawn_strength = _described(moved[:, :n_timesteps])
        usual = self._usual(codes)
        strength = np.maximum(np.exp(logarithm) - self.quiet, 0) / usual
        factors = strength / np.maximum(drawn_strength[:, None], _STILL)
        return (level + (moved - drawn_level[:, None]) * factors * usual).astype(np.float32)

    def _usual(self, codes: np.ndarray) -> np.ndarray:
        return self.movement[codes if len(self.movement) > 1 else np.zeros_like(codes)][:, None]

    def to_arrays(self) -> dict[str, np.ndarray]:
        return {f"style/{f.name}": np.asarray(getattr(self, f.name)) for f in fields(self)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> "StyleCode":
        stored = {f.name: arrays[f"style/{f.name}"] for f in fields(cls)}
        jointly = bool(stored.pop("jointly"))
        return cls(**stored, jointly=jointly)


def _in_spreads(away: np.ndarray, spread: np.ndarray) -> np.ndarray:
    return np.where(spread > 0, away, 0.0) / np.where(spread > 0, spread, 1.0)


def _described(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return level and strength of each channel, `(n, channels)` each."""
    level = values.mean(axis=1, dtype=np.float64)
    return level, np.sqrt(((values - level[:, None]) ** 2).mean(axis=1))
