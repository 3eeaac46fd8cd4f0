"""A model of movement made of statistics of all people together: posture, strength, spectrum and coupling of each
activity.

windows  --describe-->  descriptors  --MovementModel.learn-->  Gaussians pooled over people  --draw, compose-->
windows

It holds means, covariances and limits, each over the windows of several people, and no number of a single window.

A descriptor consists of the mean of each channel and a few cepstral coefficients (of the logarithm of its cosine
spectrum's envelope). Relative to its envelope a spectrum is modelled as Gaussian, with the coupling between
channels of its activity: phases, and with them every shape that could be matched to a recording, are drawn anew.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np

from data.windows import Windows
from synth.core.pooled_limits import PooledLimits
from synth.mechanisms.representations.cosines import cosine_transform, inverse_cosine_transform

FEWEST_WINDOWS = 20  # per cluster; with fewer, covariances are unreliable
MOST_REDRAWS = 20  # of descriptors beyond their limits
N_NEIGHBOURS = 2  # spectral lines on either side over which couplings are averaged
_FLOOR = 1e-6  # of a channel's typical line: the logarithm of a constant channel must be finite


@dataclass(frozen=True, eq=False)
class Descriptors:
    """Windows as a few numbers each, and their spectral lines relative to the envelope.

    Attributes:
        numbers: `(n, channels * (1 + detail))` float64: means, then cepstral coefficients.
        lines: `(n, timesteps - 1, channels)` float64, cosine spectrum divided by its envelope.
    """

    numbers: np.ndarray
    lines: np.ndarray


def describe(values: np.ndarray, detail: int) -> Descriptors:
    """Separate windows into descriptors and normalised spectra.

    Args:
        values: `(n, timesteps, channels)`, sensor units.
        detail: Cepstral coefficients per channel, in [1, timesteps - 1].
    """
    n, _, n_channels = values.shape
    mean = values.mean(axis=1, dtype=np.float64)
    spectrum = cosine_transform(values - mean[:, None], axis=1)[:, 1:]
    floor = _FLOOR * np.abs(spectrum).mean(axis=(0, 1)) + np.finfo(np.float32).tiny
    cepstrum = cosine_transform(np.log(np.abs(spectrum) + floor), axis=1)[:, :detail]
    lines = spectrum / np.exp(_envelope(cepstrum, spectrum.shape[1]))
    return Descriptors(np.concatenate([mean, cepstrum.reshape(n, detail * n_channels)], axis=1), lines)


def compose(numbers: np.ndarray, lines: np.ndarray) -> np.ndarray:
    """Return the windows with descriptors `numbers` and spectra `lines`, float32: the inverse of `describe`."""
    n, n_lines, n_channels = lines.shape
    cepstrum = numbers[:, n_channels:].reshape(n, -1, n_channels)
    spectrum = lines.astype(np.float32) * np.exp(_envelope(cepstrum.astype(np.float32), n_lines))
    # One matrix product beats many transforms.
    waves = inverse_cosine_transform(np.eye(n_lines + 1, dtype=np.float32), axis=0)[:, 1:]
    return waves @ spectrum + numbers[:, None, :n_channels].astype(np.float32)


def _envelope(cepstrum: np.ndarray, n_lines: int) -> np.ndarray:
    """Return the log envelope, `(n, n_lines, channels)`, of a cepstrum `(n, detail, channels)`."""
    waves = inverse_cosine_transform(np.eye(n_lines, dtype=cepstrum.dtype), axis=0)[:, : cepstrum.shape[1]]
    return waves @ cepstrum


@dataclass(frozen=True, eq=False)
class MovementCluster:
    """One way of doing an activity, pooled over several people.

    Attributes:
        share: Weight among all windows, with equal weights for people.
        mean: `(numbers,)` of descriptors.
        spread: `(numbers,)` standard deviation of descriptors.
        spread_within: `(numbers,)` standard deviation of descriptors around the mean of their series.
        coupling: `(lines, channels, channels)` symmetric root of the covariance of a spectral line between
            channels.
        lowest: `(numbers,)` lower limit of descriptors, pooled over people.
        highest: `(numbers,)` upper limit of descriptors, pooled over people.
    """

    share: np.ndarray
    mean: np.ndarray
    spread: np.ndarray
    spread_within: np.ndarray
    coupling: np.ndarray
    lowest: np.ndarray
    highest: np.ndarray

    @property
    def limits(self) -> PooledLimits:
        """The limits of descriptors."""
        return PooledLimits(self.lowest, self.highest)


@dataclass(frozen=True, eq=False)
class MovementModel:
    """How activities are done, over all people.

    The correlations of descriptors are pooled over all activities: a single cluster has too few windows, and
    samples from its own covariance would lie where just those windows lie. On the sample, an attacker who uses
    individual variation then recognised used recordings at an AUC of .56 to .60; with pooling at .49 to .53, with
    activities recognised as well.

    Attributes:
        activities: The activities, sorted.
        ways: For each activity, its clusters.
        together: `(numbers, numbers)` correlation of descriptors within a cluster.
        together_within: The same for deviations from the mean of each series.
        detail: Cepstral coefficients per channel.
    """

    activities: tuple[str, ...]
    ways: tuple[tuple[MovementCluster, ...], ...]
    together: np.ndarray
    together_within: np.ndarray
    detail: int

    @classmethod
    def learn(
        cls, train: Windows, *, detail: int, n_clusters: int, fewest_people: int, seed: int
    ) -> "MovementModel":
        """Pool windows over people, with equal weights for people.

        Args:
            train: Windows of several people for each activity.
            detail: Cepstral coefficients per channel, in [1, timesteps - 1].
            n_clusters: Largest number of clusters per activity. Left and right arms, fast and slow: a single
                Gaussian would fill the space between them.
            fewest_people: A cluster is kept only if it has at least this effective number of people (one over the
                sum of their squared shares); otherwise there are fewer clusters.
            seed: Of the clustering.
        """
        described, weights = describe(train.values, detail), _weights(train.subject)
        own = deviations(described.numbers, train.series)
        ways, scaled, scaled_own = [], np.zeros_like(own), np.zeros_like(own)
        for activity in train.activities:
            members = np.flatnonzero(train.activity == activity)
            numbers, people = described.numbers[members], train.subject[members]
            found = []
            for part in _parts(
                numbers, people, n_clusters=n_clusters, fewest_people=fewest_people, seed=seed
            ):
                i = members[part]
                found.append(
                    _cluster(described.numbers[i], own[i], described.lines[i], weights[i], train.subject[i])
                )
                scaled[i] = _over(described.numbers[i] - found[-1].mean, found[-1].spread)
                scaled_own[i] = _over(own[i], found[-1].spread_within)
            ways.append(tuple(found))
        together, together_within = (_covariance(x, weights / weights.sum()) for x in (scaled, scaled_own))
        return cls(tuple(train.activities), tuple(ways), together, together_within, detail)

    def draw(
        self, activities: np.ndarray, own: np.ndarray, kept: float, rng: np.random.Generator
    ) -> np.ndarray:
        """Generate windows of people who do not exist, `(n, timesteps, channels)` float32.

        Args:
            activities: `(n,)` str, the activity of each window.
            own: `(n, numbers)`, the result of `own`.
            kept: Share of individual variation that `own` contains, in [0, 1].
            rng: Draws everything else.
        """
        n_lines, n_channels = self.ways[0][0].coupling.shape[:2]
        values = np.empty((len(activities), n_lines + 1, n_channels), np.float32)
        for activity, ways in zip(self.activities, self.ways, strict=True):
            members = np.flatnonzero(activities == activity)
            if len(members) == 0:
                continue
            shares = np.array([float(way.share) for way in ways])
            chosen = rng.choice(len(ways), len(members), p=shares / shares.sum())
            for number, way in enumerate(ways):
                values[members[chosen == number]] = self._draw_way(
                    way, own[members[chosen == number]], kept, rng
                )
        return values

    def own(self, private: Windows, kept: float) -> np.ndarray:
        """Return the deviation of windows from the mean of their activity in their series, times `kept`.

        Returns:
            `(n, numbers)`.
        """
        if kept == 0:
            return np.zeros((len(private), len(self.together)))
        groups = np.char.add(np.char.add(private.activity, "\0"), private.series)
        return kept * deviations(describe(private.values, self.detail).numbers, groups)

    def _draw_way(
        self, way: MovementCluster, own: np.ndarray, kept: float, rng: np.random.Generator
    ) -> np.ndarray:
        covariance = self.together * np.outer(way.spread, way.spread)
        covariance -= kept**2 * self.together_within * np.outer(way.spread_within, way.spread_within)
        numbers = _within(way.limits, way.mean + own, _roots(covariance[None])[0], rng)
        normals = rng.standard_normal((len(own), *way.coupling.shape[:2]), dtype=np.float32)
        lines = np.einsum("nfc,fcd->nfd", normals, way.coupling.astype(np.float32), optimize=True)
        return compose(numbers, lines)

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return the arrays to store, by name."""
        arrays = {
            "model/together": self.together,
            "model/together_within": self.together_within,
            "model/activities": np.array(self.activities),
            "model/detail": np.array(self.detail),
            "model/ways": np.array([len(ways) for ways in self.ways]),
        }
        every_cluster = [way for ways in self.ways for way in ways]
        return arrays | {
            f"model/{number:03d}/{f.name}": getattr(way, f.name)
            for number, way in enumerate(every_cluster)
            for f in fields(MovementCluster)
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> "MovementModel":
        """Restore it from `to_arrays`."""
        counts = arrays["model/ways"].tolist()
        every_cluster = iter(
            MovementCluster(
                **{f.name: arrays[f"model/{number:03d}/{f.name}"] for f in fields(MovementCluster)}
            )
            for number in range(sum(counts))
        )
        return cls(
            activities=tuple(arrays["model/activities"].tolist()),
            ways=tuple(tuple(next(every_cluster) for _ in range(count)) for count in counts),
            together=arrays["model/together"],
            together_within=arrays["model/together_within"],
            detail=int(arrays["model/detail"]),
        )


def deviations(numbers: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Return the difference between each row and the mean of its group, of the same shape; 0 if it is alone."""
    _, group = np.unique(groups, return_inverse=True)
    sums = np.zeros((group.max() + 1, numbers.shape[1]))
    np.add.at(sums, group, numbers)
    return numbers - (sums / np.bincount(group)[:, None])[group]


def _within(
    limits: PooledLimits, centres: np.ndarray, root: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Draw a Gaussian around each of `centres`, `(n, numbers)`; draw again what lies beyond the limits.

    Clipping would write the limits themselves into windows, the same numbers into many of them.
    """
    numbers = centres + rng.standard_normal(centres.shape) @ root
    for _ in range(MOST_REDRAWS):
        beyond = np.flatnonzero(~limits.hold(numbers))
        if len(beyond) == 0:
            break
        numbers[beyond] = centres[beyond] + rng.standard_normal((len(beyond), len(root))) @ root
    return limits.soften(numbers)


def _cluster(
    numbers: np.ndarray, own: np.ndarray, lines: np.ndarray, weights: np.ndarray, people: np.ndarray
) -> MovementCluster:
    share = weights / weights.sum()
    mean = share @ numbers
    limits = PooledLimits.of(numbers, people)
    return MovementCluster(
        share=np.array(weights.sum()),
        mean=mean,
        spread=np.sqrt(share @ (numbers - mean) ** 2),
        spread_within=np.sqrt(share @ own**2),
        coupling=_roots(_smooth(np.einsum("n,nfc,nfd->fcd", share, lines, lines, optimize=True))),
        lowest=limits.low,
        highest=limits.high,
    )


def _parts(
    numbers: np.ndarray, people: np.ndarray, *, n_clusters: int, fewest_people: int, seed: int
) -> list[np.ndarray]:
    """Return the indices of each cluster of one activity."""
    from sklearn.cluster import KMeans

    for n in range(min(n_clusters, len(people) // FEWEST_WINDOWS), 1, -1):
        spread = numbers.std(axis=0)
        clusters = KMeans(n, n_init=3, random_state=seed)  # pyright: ignore[reportArgumentType]  # inferred from "auto"
        way = clusters.fit_predict(_over(numbers - numbers.mean(axis=0), spread))
        parts = [np.flatnonzero(way == i) for i in range(n)]
        if all(len(p) >= FEWEST_WINDOWS and _people_behind(people[p]) >= fewest_people for p in parts):
            return parts
    return [np.arange(len(people))]


def _people_behind(people: np.ndarray) -> float:
    """Return the effective number of people: smaller than their number if one of them has most of the windows."""
    shares = np.unique(people, return_counts=True)[1] / len(people)
    return 1 / (shares**2).sum()


def _over(centred: np.ndarray, spread: np.ndarray) -> np.ndarray:
    return centred / np.where(spread > 0, spread, 1.0)


def _weights(people: np.ndarray) -> np.ndarray:
    _, person, counts = np.unique(people, return_inverse=True, return_counts=True)
    return 1 / (counts[person] * len(counts))


def _covariance(centred: np.ndarray, share: np.ndarray) -> np.ndarray:
    return (centred * share[:, None]).T @ centred


def _smooth(coupling: np.ndarray) -> np.ndarray:
    """Average each line's coupling with its neighbours: `(lines, channels, channels)`."""
    padded = np.pad(coupling, ((N_NEIGHBOURS, N_NEIGHBOURS), (0, 0), (0, 0)), mode="edge")
    width = 2 * N_NEIGHBOURS + 1
    return np.mean([padded[i : i + len(coupling)] for i in range(width)], axis=0)


def _roots(covariances: np.ndarray) -> np.ndarray:
    """Return the symmetric root of each covariance `(m, d, d)`; eigenvalues below 0 by rounding count as 0."""
    variances, directions = np.linalg.eigh(covariances)
    return np.einsum("mij,mj,mkj->mik", directions, np.sqrt(np.maximum(variances, 0)), directions)
