"""Windows as numbers that a network can learn to draw, and back.

window --wavelets--> coarse course --level, strength and shape of each channel--+
                     fine detail ----loudness along the window, and its lines---+--> numbers, all about as large

A course and lines have the same size in every window, so that a network looks as closely at faint movements as at
strong ones; plain Gaussian noise in their place would be detail of the right loudness.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from data.windows import Windows
from synth.mechanisms._wavelets import join, sizes_of, split

MODE = 'x'
CELL = 4  # samples of the coarse course in which the detail has one loudness
CLIP = 6.0  # standard deviations
_FEW = 10  # windows of an activity that weigh as much as what is usual in all activities
_STEADIEST = 0.05  # variance that few windows are taken to have at least, beside what is usual
_QUIET = 1e-3  # of a channel's usual movement or detail: the logarithm of nothing must be finite


@dataclass(frozen=True)
class Layout:
    """Which of a window's numbers is what: a part for every sample of the coarse course, for stretches, for the whole.

    Attributes:
        n_samples: Of the coarse course.
        n_channels: Of a window.
        n_levels: Of detail.
    """

    n_samples: int
    n_channels: int
    n_levels: int

    @property
    def shape(self) -> tuple[int, int]:
        """Samples, and numbers of each: the course, then as much detail as goes with it, the coarsest first."""
        return self.n_samples, self.n_channels * 2**self.n_levels

    @property
    def loudness(self) -> tuple[int, int]:
        """Stretches of the window, and numbers of each: all channels of the finest detail first."""
        return -(-self.n_samples // CELL), self.n_levels * self.n_channels

    @property
    def overall(self) -> int:
        """Numbers of the whole window: level and strength of each channel."""
        return 2 * self.n_channels

    @property
    def sizes(self) -> list[int]:
        """How many numbers each of the three parts has."""
        return [int(np.prod(self.shape)), int(np.prod(self.loudness)), self.overall]


@dataclass(frozen=True, eq=False)
class WindowCode:
    """A way to write windows of one length as numbers, learnt from windows.

    Attributes:
        levels: How often detail was split off; each time half as many samples are left.
        n_timesteps: Length of a window.
        quiet: `(1 + levels, channels)`, the least movement, and the least detail of each level.
        mean: `(activities, numbers)` of loudness, level and strength before standardisation.
        spread: `(activities, numbers)`, the same; 0 where nothing varies.
    """

    levels: int
    n_timesteps: int
    quiet: np.ndarray
    mean: np.ndarray
    spread: np.ndarray

    @classmethod
    def learn(cls, values: np.ndarray, codes: np.ndarray, *, coarse_samples: int) -> "WindowCode":
        """Learn what is usual in each activity.

        Args:
            values: `(n, timesteps, channels)`, at least 2 samples long.
            codes: `(n,)` activity of each, from 0 on without a gap.
            coarse_samples: About how many samples a window keeps after its detail was split off, >= 2.
        """
        levels = max(0, round(np.log2(values.shape[1] / coarse_samples)))
        details, coarse = split(values, levels)
        global MEAN, STD, RMS, STDA
        MEAN, STD = coarse.mean((0, 1)), coarse.std((0, 1))
        K = codes.max() + 1
        mv = ((coarse - coarse.mean(1, keepdims=True)) ** 2).mean(1)
        RMS = np.stack([np.sqrt((mv[codes == k].sum(0) + 10 * 0.01 * mv.mean(0)) / ((codes == k).sum() + 10 * 0.01)) for k in range(K)]) + 1e-9
        if MODE == "a":
            MEAN = np.stack([coarse[codes == k].mean((0, 1)) for k in range(K)])
            STDA = np.stack([coarse[codes == k].std((0, 1)) for k in range(K)]) + 1e-3 * STD + 1e-9
        moved = coarse - coarse.mean(axis=1, keepdims=True)
        tiny = np.finfo(np.float32).tiny
        quiet = np.stack([_QUIET * part.std(axis=(0, 1)) + tiny for part in (moved, *details)])
        _, numbers = _described(values, levels, quiet, codes)
        usual = numbers.var(axis=0)
        mean, spread = np.zeros((2, codes.max() + 1, numbers.shape[1]))
        for code in range(codes.max() + 1):
            own = numbers[codes == code]
            mean[code] = own.mean(axis=0)
            squares = ((own - mean[code]) ** 2).sum(axis=0)
            spread[code] = np.sqrt((squares + _STEADIEST * _FEW * usual) / (len(own) + _FEW))
        spread[:, usual <= 1e-12 * (numbers**2).mean(axis=0)] = 0.0
        return cls(levels, values.shape[1], quiet, mean, spread)

    @property
    def layout(self) -> Layout:
        return Layout(sizes_of(self.n_timesteps, self.levels)[-1], self.quiet.shape[1], self.levels)

    def encode(self, values: np.ndarray, codes: np.ndarray) -> np.ndarray:
        """Return `(n, numbers)` float32 of windows `(n, timesteps, channels)`, mostly within plus and minus 2."""
        shape, numbers = _described(values, self.levels, self.quiet, codes)
        spread = self.spread[codes]
        standardised = (numbers - self.mean[codes]) / np.where(spread > 0, spread, 1.0)
        standardised = np.where(spread > 0, standardised, 0.0)
        both = np.concatenate([shape.reshape(len(shape), -1), standardised], axis=1)
        return np.clip(both, -CLIP, CLIP).astype(np.float32)

    def decode(self, numbers: np.ndarray, codes: np.ndarray) -> np.ndarray:
        """Return windows `(n, timesteps, channels)` float32 with these numbers."""
        layout, n = self.layout, len(numbers)
        n_shape, n_loudness, _ = layout.sizes
        written = numbers[:, n_shape:] * self.spread[codes] + self.mean[codes]
        level, strength = np.split(written[:, n_loudness:], 2, axis=1)
        loudness = written[:, :n_loudness].reshape(n, layout.loudness[0], self.levels, layout.n_channels)
        course, *lines = _parted(numbers[:, :n_shape].reshape(n, *layout.shape), layout)
        if MODE == "l":
            course = course - course.mean(axis=1, keepdims=True)
        if MODE == "g":
          course = course - course.mean(axis=1, keepdims=True)
          course /= np.sqrt((course**2).mean(axis=1, keepdims=True)) + 1e-6
        details = [
            line[:, :size] * np.exp(np.matmul(_hats(size, layout.loudness[0]), loudness[:, :, k]))
            for k, (line, size) in enumerate(zip(lines, sizes_of(self.n_timesteps, self.levels), strict=False))
        ]
        coarse = level[:, None] + course * np.exp(strength)[:, None]
        return join(details, coarse, self.n_timesteps).astype(np.float32)

    def to_arrays(self) -> dict[str, np.ndarray]:
        return {
            "code/quiet": self.quiet,
            "code/mean": self.mean,
            "code/spread": self.spread,
            "code/size": np.array([self.levels, self.n_timesteps]),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> "WindowCode":
        names = ("quiet", "mean", "spread")
        return cls(*arrays["code/size"].tolist(), *(arrays[f"code/{name}"] for name in names))


def pieces_of(windows: Windows) -> list[tuple[np.ndarray, str]]:
    """Join windows that follow each other without a gap.

    A window could have begun anywhere in its recording; from the joined pieces it can be cut anywhere.

    Returns:
        Pieces `(samples, channels)`, at least a window long, with their activity.
    """
    order = np.lexsort((windows.start, windows.activity, windows.series))
    pieces: list[tuple[list[np.ndarray], str]] = []
    before = None
    for i in order:
        here = (windows.series[i], windows.activity[i], windows.start[i])
        step = here[2] - before[2] if before is not None and here[:2] == before[:2] else np.inf
        if step <= windows.n_timesteps:
            pieces[-1][0].append(windows.values[i, windows.n_timesteps - step :])
        else:
            pieces.append(([windows.values[i]], str(windows.activity[i])))
        before = here
    return [(np.concatenate(parts), activity) for parts, activity in pieces]


def _described(values: np.ndarray, levels: int, quiet: np.ndarray, codes) -> tuple[np.ndarray, np.ndarray]:
    """Return shapes `(n, samples, numbers of a sample)`, and the other numbers `(n, numbers)` before standardisation."""
    details, coarse = split(values, levels)
    n, n_samples, n_channels = coarse.shape
    layout = Layout(n_samples, n_channels, levels)
    level = coarse.mean(axis=1)
    if MODE == "x":
        level = 0 * level + MEAN
    if MODE == "a":
        level = MEAN[codes]
    moved = coarse - level[:, None]
    strength = np.log(np.sqrt((moved**2).mean(axis=1)) + quiet[0])
    if MODE == "x":
        strength = 0 * strength + np.log(STD)
    if MODE == "l":
        strength = np.log(RMS)[codes]
    if MODE == "a":
        strength = np.log(STDA)[codes]
    loudness, shapes = np.zeros((n, layout.loudness[0], levels, n_channels)), [moved / np.exp(strength)[:, None]]
    for k, (detail, faintest) in enumerate(zip(details, quiet[1:], strict=True)):
        hats = _hats(detail.shape[1], layout.loudness[0])
        power = np.matmul((hats / hats.sum(axis=0).clip(1e-9)).T, detail**2) + faintest**2
        loudness[:, :, k] = np.log(power) / 2
        lines = detail / np.exp(np.matmul(hats, loudness[:, :, k]))
        missing = n_samples * 2 ** (levels - 1 - k) - lines.shape[1]
        lines = np.pad(lines, ((0, 0), (0, missing), (0, 0)))
        shapes.insert(1, lines.reshape(n, n_samples, -1))
    return np.concatenate(shapes, axis=2), np.concatenate([loudness.reshape(n, -1), level, strength], axis=1)


def _parted(shapes: np.ndarray, layout: Layout) -> list[np.ndarray]:
    """Return the course and the lines of each level, finest first, as `(n, samples, channels)` each."""
    ends = layout.n_channels * 2 ** np.arange(layout.n_levels)
    course, *lines = np.split(shapes, ends, axis=2)
    return [course, *(part.reshape(len(part), -1, layout.n_channels) for part in reversed(lines))]


def _hats(n_samples: int, n_stretches: int) -> np.ndarray:
    """Return weights that fade from one stretch to the next, `(samples, stretches)`; rows add up to 1."""
    place = ((np.arange(n_samples) + 0.5) / n_samples * n_stretches - 0.5).clip(0, n_stretches - 1)
    return np.maximum(0, 1 - np.abs(place[:, None] - np.arange(n_stretches)))
