"""What is left of windows when nobody's window is: how each activity is posed, how strong, how fast, how coupled.

windows  --describe-->  descriptors  --Way.learn-->  Gaussians pooled over people  --draw, compose-->  new windows

A descriptor is the mean of each channel and a few cepstral coefficients of its cosine spectrum (the logarithm of
its envelope). Around its envelope a spectrum is Gaussian, with the channels' coupling of its activity: phases,
and with them every shape that could be laid over a recording, are drawn anew.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
from scipy.fft import dct, idct
from sklearn.cluster import KMeans

FEWEST_WINDOWS = 20  # behind one way of doing an activity; below it covariances say little
N_NEIGHBOURS = 2  # spectral lines on either side that share a coupling
_FLOOR = 1e-6  # of a channel's usual line: the logarithm of a constant channel must be finite


@dataclass(frozen=True, eq=False)
class Descriptors:
    """Windows as a few numbers each, and the spectrum's lines around them.

    Attributes:
        numbers: `(n, channels * (1 + detail))` float64: means, then cepstral coefficients.
        lines: `(n, timesteps - 1, channels)` float64, cosine spectrum divided by its envelope.
    """

    numbers: np.ndarray
    lines: np.ndarray


def describe(values: np.ndarray, detail: int) -> Descriptors:
    """Part windows into descriptors and what is left of their spectrum.

    Args:
        values: `(n, timesteps, channels)`, sensor units.
        detail: Cepstral coefficients a channel, in [1, timesteps - 1].
    """
    n, _, n_channels = values.shape
    mean = values.mean(axis=1, dtype=np.float64)
    spectrum = dct(values - mean[:, None], axis=1, norm="ortho")[:, 1:]
    floor = _FLOOR * np.abs(spectrum).mean(axis=(0, 1)) + np.finfo(np.float32).tiny
    cepstrum = dct(np.log(np.abs(spectrum) + floor), axis=1, norm="ortho")[:, :detail]
    lines = spectrum / np.exp(_envelope(cepstrum, spectrum.shape[1]))
    return Descriptors(np.concatenate([mean, cepstrum.reshape(n, detail * n_channels)], axis=1), lines)


def compose(numbers: np.ndarray, lines: np.ndarray) -> np.ndarray:
    """Return the windows of descriptors `numbers` and `lines`, float32: the inverse of `describe`."""
    n, n_lines, n_channels = lines.shape
    cepstrum = numbers[:, n_channels:].reshape(n, -1, n_channels)
    spectrum = lines.astype(np.float32) * np.exp(_envelope(cepstrum.astype(np.float32), n_lines))
    waves = idct(np.eye(n_lines + 1, dtype=np.float32), axis=0, norm="ortho")[
        :, 1:
    ]  # a product beats many transforms
    return waves @ spectrum + numbers[:, None, :n_channels].astype(np.float32)


def _envelope(cepstrum: np.ndarray, n_lines: int) -> np.ndarray:
    """Return the logarithm of the envelope, `(n, n_lines, channels)`, of `(n, detail, channels)`."""
    waves = idct(np.eye(n_lines, dtype=cepstrum.dtype), axis=0, norm="ortho")[:, : cepstrum.shape[1]]
    return waves @ cepstrum


@dataclass(frozen=True, eq=False)
class Way:
    """One way in which an activity is done, pooled over several people. Holds nobody's window.

    Attributes:
        share: Of the activity's windows that are done so, every person weighing the same.
        mean: `(numbers,)` of descriptors.
        total: `(numbers, numbers)` covariance of descriptors.
        within: The same of their deviations from each person's own mean.
        coupling: `(lines, channels, channels)` symmetric root of the covariance of a line over the channels.
        lowest: `(numbers,)` smallest descriptor seen.
        highest: `(numbers,)` largest.
    """

    share: np.ndarray
    mean: np.ndarray
    total: np.ndarray
    within: np.ndarray
    coupling: np.ndarray
    lowest: np.ndarray
    highest: np.ndarray

    @classmethod
    def learn(cls, described: Descriptors, people: np.ndarray, weights: np.ndarray) -> "Way":
        """Pool windows.

        Args:
            described: Of the windows that are done so.
            people: `(n,)` whose each window is.
            weights: `(n,)` of each window, such that people weigh the same.
        """
        numbers, share = described.numbers, weights / weights.sum()
        mean = share @ numbers
        own = deviations(numbers, people)
        coupling = np.einsum("n,nfc,nfd->fcd", share, described.lines, described.lines)
        return cls(
            share=np.array(weights.sum()),
            mean=mean,
            total=_covariance(numbers - mean, share),
            within=_covariance(own, share),
            coupling=_roots(_smooth(coupling)),
            lowest=numbers.min(axis=0),
            highest=numbers.max(axis=0),
        )

    def draw(self, own: np.ndarray, kept: float, rng: np.random.Generator) -> np.ndarray:
        """Return windows `(n, timesteps, channels)` of people who do not exist.

        Args:
            own: `(n, numbers)`, by how much each private window differs from what is usual for its person.
            kept: How much of that is kept, in [0, 1].
            rng: Draws everything else.
        """
        left = self.total - kept**2 * self.within
        numbers = self.mean + kept * own + rng.standard_normal(own.shape) @ _roots(left[None])[0]
        numbers = np.clip(numbers, self.lowest, self.highest)
        normals = rng.standard_normal((len(own), *self.coupling.shape[:2]), dtype=np.float32)
        lines = np.einsum("nfc,fcd->nfd", normals, self.coupling.astype(np.float32), optimize=True)
        return compose(numbers, lines)

    def to_arrays(self, name: str) -> dict[str, np.ndarray]:
        return {f"{name}/{f.name}": getattr(self, f.name) for f in fields(self)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray], name: str) -> "Way":
        return cls(**{f.name: arrays[f"{name}/{f.name}"] for f in fields(cls)})


def learn_ways(
    described: Descriptors, people: np.ndarray, *, n_ways: int, fewest_people: int, seed: int
) -> list[Way]:
    """Find in how many ways an activity is done, at most `n_ways`, and learn each of them.

    Left and right arms, fast and slow: one Gaussian would fill the space between. A way counts only if
    `fewest_people` do it so, each way; otherwise there are fewer ways.
    """
    weights = _weights(people)
    for n in range(n_ways, 1, -1):
        if len(people) < n * FEWEST_WINDOWS:
            continue
        way = _parted(described.numbers, n, seed)
        parts = [way == i for i in range(n)]
        if all(p.sum() >= FEWEST_WINDOWS and len(set(people[p].tolist())) >= fewest_people for p in parts):
            return [
                Way.learn(Descriptors(described.numbers[p], described.lines[p]), people[p], weights[p])
                for p in parts
            ]
    return [Way.learn(described, people, weights)]


def deviations(numbers: np.ndarray, groups: np.ndarray | Sequence[str]) -> np.ndarray:
    """Return by how much each row differs from the mean of its group; 0 where it is alone."""
    _, group = np.unique(groups, return_inverse=True)
    sums = np.zeros((group.max() + 1, numbers.shape[1]))
    np.add.at(sums, group, numbers)
    return numbers - (sums / np.bincount(group)[:, None])[group]


def _weights(people: np.ndarray) -> np.ndarray:
    _, person, counts = np.unique(people, return_inverse=True, return_counts=True)
    return 1 / (counts[person] * len(counts))


def _parted(numbers: np.ndarray, n: int, seed: int) -> np.ndarray:
    spread = numbers.std(axis=0)
    scaled = (numbers - numbers.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    return KMeans(n, n_init=3, random_state=seed).fit_predict(scaled)


def _covariance(centred: np.ndarray, share: np.ndarray) -> np.ndarray:
    return (centred * share[:, None]).T @ centred


def _smooth(coupling: np.ndarray) -> np.ndarray:
    """Average each line's coupling with its neighbours': `(lines, channels, channels)`."""
    padded = np.pad(coupling, ((N_NEIGHBOURS, N_NEIGHBOURS), (0, 0), (0, 0)), mode="edge")
    width = 2 * N_NEIGHBOURS + 1
    return np.mean([padded[i : i + len(coupling)] for i in range(width)], axis=0)


def _roots(covariances: np.ndarray) -> np.ndarray:
    """Return the symmetric root of each covariance `(m, d, d)`; what is negative by rounding counts as 0."""
    variances, directions = np.linalg.eigh(covariances)
    return np.einsum("mij,mj,mkj->mik", directions, np.sqrt(np.maximum(variances, 0)), directions)
