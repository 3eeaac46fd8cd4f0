"""Windows as numbers that a small network can learn to draw, and back.

window --wavelets--> coarse course ----cosine coefficients----+
                     fine detail --loudness along the window--+--> numbers, standardised within each activity
                                 --what is left: lines, drawn anew when numbers become a window

Nothing of a window's own fine detail survives: only how loud it was, where in the window, and in which channel.
What is common to an activity (which channels tremble together, how heavy the tails are) is learnt from all people.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.fft import idct
from scipy.special import ndtr

from data.windows import Windows

STRETCHES = 8  # of a window, in each of which the detail has its own loudness
CLIP = 6.0  # standard deviations
_FEW = 10  # windows of an activity that weigh as much as what is usual in all activities
_STEADIEST = 0.05  # variance that few windows are taken to have at least, beside what is usual
_NARROWEST = 1e-6  # variance along a direction in which nothing varies
_QUANTILES = np.linspace(0.0005, 0.9995, 201)
_QUIET = 1e-3  # of a channel's usual detail: the logarithm of no detail must be finite
_LIFTS = ((-1.586134342059924, -0.052980118572961), (0.882911075530934, 0.443506852043971))
_GAIN = 1.230174104914001


@dataclass(frozen=True, eq=False)
class WindowCode:
    """A way to write windows of one length as numbers, learnt from windows.

    Attributes:
        levels: How often detail was split off; each time half as many samples are left.
        n_timesteps: Length of a window.
        quiet: `(max(levels, 1), channels)`, what is added to the size of detail before its logarithm.
        mean: `(activities, numbers)` of the numbers before standardisation.
        spread: `(activities, numbers)`, the same; 0 where nothing varies.
        coupling: `(activities, levels, channels, channels)` symmetric root of the correlation of the lines.
        tails: `(activities, levels, 201, channels)` quantiles of the lines.
    """

    levels: int
    n_timesteps: int
    quiet: np.ndarray
    mean: np.ndarray
    spread: np.ndarray
    coupling: np.ndarray
    tails: np.ndarray

    @classmethod
    def learn(cls, values: np.ndarray, codes: np.ndarray, *, coarse_samples: int) -> "WindowCode":
        """Learn what is usual in each activity.

        Args:
            values: `(n, timesteps, channels)`, at least 2 samples long.
            codes: `(n,)` activity of each, from 0 on without a gap.
            coarse_samples: About how many samples a window keeps after its detail was split off, >= 2.
        """
        n_timesteps, n_channels = values.shape[1:]
        levels = max(0, round(np.log2(n_timesteps / coarse_samples)))
        details, _ = _split(values, levels)
        quiet = np.stack([_QUIET * detail.std(axis=(0, 1)) for detail in details] or [np.zeros(n_channels)])
        numbers, lines = _numbers_and_lines(values, levels, quiet)
        n_activities = codes.max() + 1
        usual = numbers.var(axis=0)
        mean, spread = np.zeros((2, n_activities, numbers.shape[1]))
        coupling = np.zeros((n_activities, levels, n_channels, n_channels))
        tails = np.zeros((n_activities, levels, len(_QUANTILES), n_channels))
        for code in range(n_activities):
            of_it = codes == code
            mean[code] = numbers[of_it].mean(axis=0)
            squares = ((numbers[of_it] - mean[code]) ** 2).sum(axis=0)
            spread[code] = np.sqrt((squares + _STEADIEST * _FEW * usual) / (of_it.sum() + _FEW))
            for level in range(levels):
                drawn = lines[level][of_it].reshape(-1, n_channels)
                coupling[code, level] = _root_of_correlation(drawn)
                tails[code, level] = np.quantile(drawn, _QUANTILES, axis=0)
        spread[:, usual <= 1e-12 * (numbers**2).mean(axis=0)] = 0.0
        return cls(levels, n_timesteps, quiet, mean, spread, coupling, tails)

    @property
    def n_numbers(self) -> int:
        return self.mean.shape[1]

    def encode(self, values: np.ndarray, codes: np.ndarray) -> np.ndarray:
        """Return `(n, numbers)` float32 of windows `(n, timesteps, channels)`, mostly within plus and minus 2."""
        numbers, _ = _numbers_and_lines(values, self.levels, self.quiet)
        spread = self.spread[codes]
        standardised = (numbers - self.mean[codes]) / np.where(spread > 0, spread, 1.0)
        return np.clip(np.where(spread > 0, standardised, 0.0), -CLIP, CLIP).astype(np.float32)

    def decode(self, numbers: np.ndarray, codes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return windows `(n, timesteps, channels)` float32 with these numbers; `rng` draws the lines."""
        n, n_channels = len(numbers), self.quiet.shape[1]
        written = numbers * self.spread[codes] + self.mean[codes]
        analysis, sizes = _wavelets(self.n_timesteps, self.levels)
        hats = [_hats(size) for size in sizes[:-1]]
        ends = np.cumsum([sizes[-1], *(h.shape[1] for h in hats)])[:-1]
        coarse, *loudness = np.split(written.reshape(n, -1, n_channels), ends, axis=1)
        parts = [
            self._lines(codes, level, sizes[level], rng) * np.exp(np.matmul(hats[level], loud))
            for level, loud in enumerate(loudness)
        ]
        coefficients = np.concatenate([*parts, np.matmul(_waves(sizes[-1]), coarse)], axis=1)
        return np.matmul(np.linalg.inv(analysis), coefficients).astype(np.float32)

    def to_arrays(self) -> dict[str, np.ndarray]:
        return {
            "code/quiet": self.quiet,
            "code/mean": self.mean,
            "code/spread": self.spread,
            "code/coupling": self.coupling,
            "code/tails": self.tails,
            "code/size": np.array([self.levels, self.n_timesteps]),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> "WindowCode":
        levels, n_timesteps = arrays["code/size"].tolist()
        names = ("quiet", "mean", "spread", "coupling", "tails")
        return cls(levels, n_timesteps, *(arrays[f"code/{name}"] for name in names))

    def _lines(self, codes: np.ndarray, level: int, n_lines: int, rng: np.random.Generator) -> np.ndarray:
        normals = rng.standard_normal((len(codes), n_lines, self.quiet.shape[1]))
        ranks = ndtr(np.matmul(normals, self.coupling[codes, level]))
        lines = np.empty_like(ranks)
        for code in np.unique(codes):
            for channel in range(lines.shape[2]):
                of_it = (codes == code, slice(None), channel)
                lines[of_it] = np.interp(ranks[of_it], _QUANTILES, self.tails[code, level, :, channel])
        return lines


@dataclass(frozen=True, eq=False)
class Directions:
    """The directions in which numbers vary most, and how far they go along each in every activity.

    Attributes:
        axes: `(numbers, numbers)` orthonormal columns, the widest first, pooled over activities.
        variances: `(activities, numbers)` along each, > 0.
    """

    axes: np.ndarray
    variances: np.ndarray

    @classmethod
    def learn(cls, numbers: np.ndarray, codes: np.ndarray) -> "Directions":
        """Learn from `(n, numbers)` standardised numbers of activities `(n,)`; few windows borrow from all."""
        numbers = numbers.astype(np.float64)
        usual, axes = np.linalg.eigh(numbers.T @ numbers / len(numbers))
        usual, axes = usual[::-1].clip(min=0), axes[:, ::-1]
        squares = (numbers @ axes) ** 2
        sums = np.stack([squares[codes == code].sum(axis=0) for code in range(codes.max() + 1)])
        variances = (sums + _FEW * usual) / (np.bincount(codes)[:, None] + _FEW) + _NARROWEST
        return cls(axes.astype(np.float32), variances.astype(np.float32))

    def to_arrays(self) -> dict[str, np.ndarray]:
        return {"directions/axes": self.axes, "directions/variances": self.variances}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> "Directions":
        return cls(arrays["directions/axes"], arrays["directions/variances"])


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


def _numbers_and_lines(
    values: np.ndarray, levels: int, quiet: np.ndarray
) -> tuple[np.ndarray, list[np.ndarray]]:
    """Return numbers `(n, numbers)` before standardisation, and for each level the lines `(n, samples, channels)`."""
    details, coarse = _split(values, levels)
    parts, lines = [np.matmul(_waves(coarse.shape[1]).T, coarse)], []
    for detail, floor in zip(details, quiet, strict=False):
        hats = _hats(detail.shape[1])
        power = np.matmul((hats / hats.sum(axis=0)).T, detail**2) + floor**2 + np.finfo(np.float32).tiny
        parts.append(np.log(power) / 2)
        lines.append(detail / np.exp(np.matmul(hats, parts[-1])))
    return np.concatenate(parts, axis=1).reshape(len(values), -1), lines


def _split(values: np.ndarray, levels: int) -> tuple[list[np.ndarray], np.ndarray]:
    """Return the details of each level, finest first, and the coarse course: `(n, samples, channels)` each."""
    analysis, sizes = _wavelets(values.shape[1], levels)
    *details, coarse = np.split(np.matmul(analysis, values.astype(np.float64)), np.cumsum(sizes)[:-1], axis=1)
    return details, coarse


def _wavelets(n_timesteps: int, levels: int) -> tuple[np.ndarray, list[int]]:
    """Return the matrix `(timesteps, timesteps)` of the wavelets, and how many rows each level and the rest have.

    Cohen-Daubechies-Feauveau 9/7 by lifting, mirrored at the ends: any length, and a constant has no detail.

    References:
        Daubechies and Sweldens, Factoring wavelet transforms into lifting steps, 1998.
    """
    rest, parts = np.eye(n_timesteps), []
    for _ in range(levels):
        even, odd = rest[0::2].copy(), rest[1::2].copy()
        for predict, update in _LIFTS:
            odd += predict * (even[: len(odd)] + np.concatenate([even[1:], even[-1:]])[: len(odd)])
            around = np.concatenate([odd[:1], odd, odd[-1:]])
            even += update * (around[: len(even)] + around[1 : len(even) + 1])
        parts.append(odd / _GAIN)
        rest = even * _GAIN
    return np.concatenate([*parts, rest]), [len(part) for part in (*parts, rest)]


def _hats(n_samples: int) -> np.ndarray:
    """Return weights that fade from one stretch to the next, `(samples, stretches)`; rows add up to 1."""
    n_stretches = min(STRETCHES, n_samples)
    place = ((np.arange(n_samples) + 0.5) / n_samples * n_stretches - 0.5).clip(0, n_stretches - 1)
    return np.maximum(0, 1 - np.abs(place[:, None] - np.arange(n_stretches)))


def _waves(n_samples: int) -> np.ndarray:
    return idct(np.eye(n_samples), axis=0, norm="ortho")


def _root_of_correlation(lines: np.ndarray) -> np.ndarray:
    """Return the symmetric root of the correlation of columns; a column of zeros goes its own way."""
    scale = np.sqrt((lines**2).mean(axis=0))
    scaled = lines / np.where(scale > 0, scale, 1.0)
    correlation = scaled.T @ scaled / len(lines)
    np.fill_diagonal(correlation, 1.0)
    variances, directions = np.linalg.eigh(correlation)
    return (directions * np.sqrt(variances.clip(min=0))) @ directions.T
