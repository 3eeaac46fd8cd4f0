"""The encoding of windows for flow matching, and its inverse.

window --wavelets--> coarse signal --mean of each channel, and movement around it--+
                     fine detail ----loudness over the window, and its shape-------+--> numbers of similar size

Movement is scaled by what is typical of the activity, and the shape of detail by its loudness, so that an activity
with little movement is modelled as accurately as any other. White noise in the place of the shape would be detail
of the right loudness.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from synth.mechanisms.representations.wavelets import join, sizes_of, split

CELL = 4  # samples of the coarse signal with a common loudness of detail
CLIP = 10.0  # times the typical size
_FEW = 10  # windows of an activity with the same weight as the prior from all activities
_STEADIEST = 0.05  # variance of that prior, relative to the variance in all activities
_QUIET = 1e-3  # of a channel's typical movement or detail: avoids division by zero


@dataclass(frozen=True)
class CodeLayout:
    """The layout of an encoded window: numbers for every sample of the coarse signal, for segments, and for the whole
    window.

    Attributes:
        n_samples: Samples of the coarse signal.
        n_channels: Channels of a window.
        n_levels: Levels of detail.
    """

    n_samples: int
    n_channels: int
    n_levels: int

    @property
    def shape(self) -> tuple[int, int]:
        """Samples, and numbers per sample: the movement, then the detail that belongs to it, coarsest first."""
        return self.n_samples, self.n_channels * 2**self.n_levels

    @property
    def loudness(self) -> tuple[int, int]:
        """Segments of the window, and numbers per segment: all channels of the finest detail first."""
        return -(-self.n_samples // CELL), self.n_levels * self.n_channels

    @property
    def sizes(self) -> list[int]:
        """How many numbers there are of each kind; the last are the means of the channels."""
        return [int(np.prod(self.shape)), int(np.prod(self.loudness)), self.n_channels]


@dataclass(frozen=True, eq=False)
class WindowCode:
    """An encoding of windows of one length, fitted to windows.

    Attributes:
        levels: Levels of the wavelet decomposition; each halves the number of samples.
        n_timesteps: Length of a window.
        movement: `(activities, channels)`, typical size of the coarse signal around its mean.
        quiet: `(levels, channels)`, smallest size of the detail.
        mean: `(activities, numbers)`, of loudness and mean before standardisation.
        spread: `(activities, numbers)`, the same; 0 if nothing varies.
    """

    levels: int
    n_timesteps: int
    movement: np.ndarray
    quiet: np.ndarray
    mean: np.ndarray
    spread: np.ndarray

    @classmethod
    def learn(cls, values: np.ndarray, codes: np.ndarray, *, coarse_samples: int) -> "WindowCode":
        """Estimate what is typical of each activity.

        Args:
            values: `(n, timesteps, channels)`, timesteps >= 2.
            codes: `(n,)` activity codes, 0, 1, ... without a gap.
            coarse_samples: Approximate number of samples of the coarse signal, >= 2.
        """
        levels = max(0, round(np.log2(values.shape[1] / coarse_samples)))
        details, coarse = split(values, levels)
        tiny, n_channels = np.finfo(np.float32).tiny, values.shape[2]
        quiet = np.array([_QUIET * detail.std(axis=(0, 1)) + tiny for detail in details])
        quiet = quiet.reshape(levels, n_channels)
        squares = ((coarse - coarse.mean(axis=1, keepdims=True)) ** 2).mean(axis=1)
        of_activities = np.stack([squares[codes == code].mean(axis=0) for code in range(codes.max() + 1)])
        movement = np.sqrt(of_activities) + _QUIET * np.sqrt(squares.mean(axis=0)) + tiny
        _, _, loudness, level = _described(values, quiet)
        numbers = np.concatenate([loudness, level], axis=1)
        usual = numbers.var(axis=0)
        mean, spread = np.zeros((2, codes.max() + 1, numbers.shape[1]))
        for code in range(codes.max() + 1):
            own = numbers[codes == code]
            mean[code] = own.mean(axis=0)
            around = ((own - mean[code]) ** 2).sum(axis=0)
            spread[code] = np.sqrt((around + _STEADIEST * _FEW * usual) / (len(own) + _FEW))
        spread[:, usual <= 1e-12 * (numbers**2).mean(axis=0)] = 0.0
        return cls(levels, values.shape[1], movement, quiet, mean, spread)

    @property
    def layout(self) -> CodeLayout:
        """The layout of an encoded window."""
        return CodeLayout(sizes_of(self.n_timesteps, self.levels)[-1], self.quiet.shape[1], self.levels)

    def encode(self, values: np.ndarray, codes: np.ndarray) -> np.ndarray:
        """Encode windows `(n, timesteps, channels)` as `(n, numbers)` float32, mostly within plus and minus 2."""
        moved, lines, loudness, level = _described(values, self.quiet)
        shape = np.concatenate([moved / self.movement[codes][:, None], lines], axis=2)
        spread = self.spread[codes]
        others = np.concatenate([loudness, level], axis=1) - self.mean[codes]
        others = np.where(spread > 0, others, 0.0) / np.where(spread > 0, spread, 1.0)
        numbers = np.concatenate([shape.reshape(len(shape), -1), others], axis=1)
        return np.clip(numbers, -CLIP, CLIP).astype(np.float32)

    def decode(self, numbers: np.ndarray, codes: np.ndarray) -> np.ndarray:
        """Decode `(n, numbers)` into windows `(n, timesteps, channels)` float32."""
        layout, n, numbers = self.layout, len(numbers), np.clip(numbers, -CLIP, CLIP)
        n_shape, n_loudness, _ = layout.sizes
        others = numbers[:, n_shape:] * self.spread[codes] + self.mean[codes]
        loudness = others[:, :n_loudness].reshape(n, layout.loudness[0], self.levels, layout.n_channels)
        ends = layout.n_channels * 2 ** np.arange(self.levels)
        moved, *lines = np.split(numbers[:, :n_shape].reshape(n, *layout.shape), ends, axis=2)
        details = [
            line.reshape(n, -1, layout.n_channels)[:, :size]
            * np.exp(np.matmul(_hats(size, layout.loudness[0]), loudness[:, :, k]))
            for k, (line, size) in enumerate(
                zip(reversed(lines), sizes_of(self.n_timesteps, self.levels), strict=False)
            )
        ]
        moved = (moved - moved.mean(axis=1, keepdims=True)) * self.movement[codes][:, None]
        return join(details, moved + others[:, None, n_loudness:], self.n_timesteps).astype(np.float32)

    def restyle(self, numbers: np.ndarray, others: np.ndarray, share: float) -> np.ndarray:
        """Move posture and strength of encoded windows towards those of others; the course of movement stays.

        Args:
            numbers: `(n, numbers)`, encoded windows.
            others: `(n, numbers)`, encoded windows of the same activities.
            share: 0 keeps their own, 1 replaces them.

        Returns:
            `(n, numbers)` float32.
        """
        (moved, loudness, level), theirs = self._parted(numbers), self._parted(others)
        strength, their_strength = (
            np.sqrt((part**2).mean(axis=1, keepdims=True) + _QUIET**2) for part in (moved, theirs[0])
        )
        changed = moved * (their_strength / strength) ** share
        louder = loudness + share * (
            theirs[1].mean(axis=1, keepdims=True) - loudness.mean(axis=1, keepdims=True)
        )
        lines = numbers[:, : self.layout.sizes[0]].reshape(len(numbers), *self.layout.shape)[
            ..., moved.shape[2] :
        ]
        parts = np.concatenate([changed, lines], axis=2), louder, level + share * (theirs[2] - level)
        return np.concatenate([part.reshape(len(numbers), -1) for part in parts], axis=1).astype(np.float32)

    def _parted(self, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return movement `(n, samples, channels)`, loudness `(n, segments, numbers)` and level `(n, channels)`."""
        layout, n = self.layout, len(numbers)
        shape, loudness, level = np.split(numbers, np.cumsum(layout.sizes)[:-1], axis=1)
        moved = shape.reshape(n, *layout.shape)[..., : layout.n_channels]
        return moved, loudness.reshape(n, *layout.loudness), level

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return the arrays to store, by name."""
        arrays = {f"code/{name}": getattr(self, name) for name in ("movement", "quiet", "mean", "spread")}
        return {"code/size": np.array([self.levels, self.n_timesteps])} | arrays

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> "WindowCode":
        """Restore it from `to_arrays`."""
        names = ("movement", "quiet", "mean", "spread")
        return cls(*arrays["code/size"].tolist(), *(arrays[f"code/{name}"] for name in names))


def _described(
    values: np.ndarray, quiet: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return movement and detail `(n, samples, numbers per sample)`, loudness and mean `(n, numbers)`."""
    levels = len(quiet)
    details, coarse = split(values, levels)
    n, n_samples, n_channels = coarse.shape
    n_stretches = CodeLayout(n_samples, n_channels, levels).loudness[0]
    level = coarse.mean(axis=1)
    loudness, lines = np.zeros((n, n_stretches, levels, n_channels)), [np.zeros((n, n_samples, 0))]
    for k, detail in enumerate(details):
        hats = _hats(detail.shape[1], n_stretches)
        power = np.matmul((hats / hats.sum(axis=0)).T, detail**2) + quiet[k] ** 2
        loudness[:, :, k] = np.log(power) / 2
        line = detail / np.exp(np.matmul(hats, loudness[:, :, k]))
        missing = n_samples * 2 ** (levels - 1 - k) - line.shape[1]
        lines.insert(0, np.pad(line, ((0, 0), (0, missing), (0, 0))).reshape(n, n_samples, -1))
    return coarse - level[:, None], np.concatenate(lines, axis=2), loudness.reshape(n, -1), level


def _hats(n_samples: int, n_stretches: int) -> np.ndarray:
    """Return weights that fade from one segment to the next, `(samples, segments)`; rows sum to 1."""
    place = ((np.arange(n_samples) + 0.5) / n_samples * n_stretches - 0.5).clip(0, n_stretches - 1)
    return np.maximum(0, 1 - np.abs(place[:, None] - np.arange(n_stretches)))
