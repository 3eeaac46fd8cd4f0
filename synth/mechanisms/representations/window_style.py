"""The style of a window - the mean and strength of each channel - separated from the movement."""

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np

from synth.core.pooled_limits import PooledLimits

_QUIET = 1e-3  # of a channel's standard deviation: avoids division by zero and the logarithm of zero
_STILL = 1e-3  # of the typical strength: generated movement that is weaker is not amplified to the style
_LEAST = 0.05  # of a channel's typical movement in all activities: smallest scale of any activity
_SMALLEST_SPREAD = 1e-6  # relative to the mean: anything smaller counts as constant
CLIP = 20.0  # times the typical size; rotating a sensor can make an axis move that never did


@dataclass(frozen=True, eq=False)
class StyleCode:
    """Separates windows into a style, a few numbers of unit variance, and movement in units of its typical strength.

    A style consists of the mean and the log strength of each channel. Movement is scaled by what is typical of the
    activity, so that an activity with little movement is modelled as accurately as any other.

    Attributes:
        quiet: `(channels,)` float32, sensor units; added to strengths.
        movement: `(activities, channels)` float32, typical strength; a single row if there is no condition on
            activities.
        mean: `(2 * channels,)` float32, of the means, then of the log strengths.
        spread: `(2 * channels,)` float32, the same; 0 if nothing varies.
        lowest: `(2 * channels,)` float32, lower limit of the deviation from the mean, in standard deviations, pooled
            over people; generated styles hardly exceed it.
        highest: `(2 * channels,)` float32, the upper limit.
        jointly: Whether a window has one style, or each channel its own.
    """

    quiet: np.ndarray
    movement: np.ndarray
    mean: np.ndarray
    spread: np.ndarray
    lowest: np.ndarray
    highest: np.ndarray
    jointly: bool

    @classmethod
    def learn(
        cls, values: np.ndarray, codes: np.ndarray, *, people: np.ndarray, jointly: bool
    ) -> "StyleCode":
        """Estimate what is typical.

        Args:
            values: `(n, timesteps, channels)`, sensor units.
            codes: `(n,)` int, activity codes 0, 1, ... without a gap; all 0 if there is no condition on activities.
            people: `(n,)`, whom each window belongs to, for the limits.
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
        limits = PooledLimits.of(_in_spreads(numbers - mean, spread), people)
        squares = [(strength[codes == code] ** 2).mean(axis=0) for code in range(codes.max() + 1)]
        movement = np.maximum(np.sqrt(squares), _LEAST * np.sqrt((strength**2).mean(axis=0))) + quiet
        parts = (quiet, movement, mean, spread, limits.low, limits.high)
        return cls(*(part.astype(np.float32) for part in parts), jointly=jointly)

    @property
    def size(self) -> int:
        """Numbers per style."""
        return len(self.mean) if self.jointly else 2

    def apart(self, values: np.ndarray, codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Separate windows `(n, timesteps, channels)` with activity codes `(n,)` into movement and style.

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
        """Combine movement and styles into windows `(n, timesteps, channels)` float32, whose first `n_timesteps` have
        the given styles.
        """
        n, n_channels = len(moved), moved.shape[2]
        if not self.jointly:
            styles = styles.reshape(n, n_channels, 2).transpose(0, 2, 1).reshape(n, -1)
        numbers = PooledLimits(self.lowest, self.highest).soften(styles) * self.spread + self.mean
        level, logarithm = np.split(numbers[:, None], 2, axis=2)
        drawn_level, drawn_strength = _described(moved[:, :n_timesteps])
        usual = self._usual(codes)
        strength = np.maximum(np.exp(logarithm) - self.quiet, 0) / usual
        factors = strength / np.maximum(drawn_strength[:, None], _STILL)
        return (level + (moved - drawn_level[:, None]) * factors * usual).astype(np.float32)

    def _usual(self, codes: np.ndarray) -> np.ndarray:
        return self.movement[codes if len(self.movement) > 1 else np.zeros_like(codes)][:, None]

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return the arrays to store, by name."""
        return {f"style/{f.name}": np.asarray(getattr(self, f.name)) for f in fields(self)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> "StyleCode":
        """Restore it from `to_arrays`."""
        stored = {f.name: arrays[f"style/{f.name}"] for f in fields(cls)}
        jointly = bool(stored.pop("jointly"))
        return cls(**stored, jointly=jointly)


def _in_spreads(away: np.ndarray, spread: np.ndarray) -> np.ndarray:
    return np.where(spread > 0, away, 0.0) / np.where(spread > 0, spread, 1.0)


def _described(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean and strength of each channel, `(n, channels)` each."""
    level = values.mean(axis=1, dtype=np.float64)
    return level, np.sqrt(((values - level[:, None]) ** 2).mean(axis=1))
