"""What is left of windows when nobody's window is: how each activity is posed, how strong, how fast, how coupled.

windows  --describe-->  descriptors  --MovementModel.learn-->  Gaussians pooled over people  --draw, compose-->  windows

A descriptor is the mean of each channel and a few cepstral coefficients of its cosine spectrum (the logarithm of
its envelope). Around its envelope a spectrum is Gaussian, with the channels' coupling of its activity: phases,
and with them every shape that could be laid over a recording, are drawn anew.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np

from data.windows import Windows
from synth.mechanisms.representations.cosines import cosine_transform, inverse_cosine_transform

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
    spectrum = cosine_transform(values - mean[:, None], axis=1)[:, 1:]
    floor = _FLOOR * np.abs(spectrum).mean(axis=(0, 1)) + np.finfo(np.float32).tiny
    cepstrum = cosine_transform(np.log(np.abs(spectrum) + floor), axis=1)[:, :detail]
    lines = spectrum / np.exp(_envelope(cepstrum, spectrum.shape[1]))
    return Descriptors(np.concatenate([mean, cepstrum.reshape(n, detail * n_channels)], axis=1), lines)


def compose(numbers: np.ndarray, lines: np.ndarray) -> np.ndarray:
    """Return the windows of descriptors `numbers` and `lines`, float32: the inverse of `describe`."""
    n, n_lines, n_channels = lines.shape
    cepstrum = numbers[:, n_channels:].reshape(n, -1, n_channels)
    spectrum = lines.astype(np.float32) * np.exp(_envelope(cepstrum.astype(np.float32), n_lines))
    # One matrix product beats many transforms.
    waves = inverse_cosine_transform(np.eye(n_lines + 1, dtype=np.float32), axis=0)[:, 1:]
    return waves @ spectrum + numbers[:, None, :n_channels].astype(np.float32)


def _envelope(cepstrum: np.ndarray, n_lines: int) -> np.ndarray:
    """Return the logarithm of the envelope, `(n, n_lines, channels)`, of `(n, detail, channels)`."""
    waves = inverse_cosine_transform(np.eye(n_lines, dtype=cepstrum.dtype), axis=0)[:, : cepstrum.shape[1]]
    return waves @ cepstrum


@dataclass(frozen=True, eq=False)
class MovementCluster:
    """One way in which an activity is done, pooled over several people.

    Attributes:
        share: Of all windows, every person weighing the same.
        mean: `(numbers,)` of descriptors.
        spread: `(numbers,)` standard deviation of descriptors.
        spread_within: `(numbers,)` the same of their deviations from each series' own mean.
        coupling: `(lines, channels, channels)` symmetric root of the covariance of a line over the channels.
        lowest: `(numbers,)` smallest descriptor seen.
        highest: `(numbers,)` largest.
    """

    share: np.ndarray
    mean: np.ndarray
    spread: np.ndarray
    spread_within: np.ndarray
    coupling: np.ndarray
    lowest: np.ndarray
    highest: np.ndarray


@dataclass(frozen=True, eq=False)
class MovementModel:
    """How activities are done by nobody in particular.

    How descriptors hang together (correlations) is pooled over all activities: of a single way there are too few
    windows, and draws from their own covariance would lie where just those windows lie. On the sample an attacker
    who follows ups and downs then knew used recordings at an AUC of .56 to .60; pooled, at .49 to .53, with
    activities recognised as well.

    Attributes:
        activities: What was learnt, sorted.
        ways: For each activity, the ways it is done.
        together: `(numbers, numbers)` correlation of descriptors within a way.
        together_within: The same of their deviations from each series' mean.
        detail: Cepstral coefficients a channel.
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
        """Pool windows over people; people weigh the same.

        Args:
            train: Windows of several people for each activity.
            detail: Cepstral coefficients a channel, in [1, timesteps - 1].
            n_ways: In how many ways an activity is done at most. Left and right arms, fast and slow: one
                Gaussian would fill the space between.
            fewest_people: A way counts only if effectively so many people do it so (one over the sum of their
                squared shares); otherwise there are fewer ways.
            seed: Of the search for ways.
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
                found.append(_cluster(described.numbers[i], own[i], described.lines[i], weights[i]))
                scaled[i] = _over(described.numbers[i] - found[-1].mean, found[-1].spread)
                scaled_own[i] = _over(own[i], found[-1].spread_within)
            ways.append(tuple(found))
        together, together_within = (_covariance(x, weights / weights.sum()) for x in (scaled, scaled_own))
        return cls(tuple(train.activities), tuple(ways), together, together_within, detail)

    def draw(
        self, activities: np.ndarray, own: np.ndarray, kept: float, rng: np.random.Generator
    ) -> np.ndarray:
        """Return windows of people who do not exist, `(n, timesteps, channels)` float32.

        Args:
            activities: `(n,)` str, what is done in each.
            own: `(n, numbers)` from `own`.
            kept: How much of own changes `own` holds, in [0, 1].
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
        """Return by how much windows differ from the mean of their activity in their series, times `kept`.

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
        numbers = way.mean + own + rng.standard_normal(own.shape) @ _roots(covariance[None])[0]
        numbers = np.clip(numbers, way.lowest, way.highest)
        normals = rng.standard_normal((len(own), *way.coupling.shape[:2]), dtype=np.float32)
        lines = np.einsum("nfc,fcd->nfd", normals, way.coupling.astype(np.float32), optimize=True)
        return compose(numbers, lines)

    def to_arrays(self) -> dict[str, np.ndarray]:
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
    """Return by how much each row differs from the mean of its group; 0 where it is alone."""
    _, group = np.unique(groups, return_inverse=True)
    sums = np.zeros((group.max() + 1, numbers.shape[1]))
    np.add.at(sums, group, numbers)
    return numbers - (sums / np.bincount(group)[:, None])[group]


def _cluster(numbers: np.ndarray, own: np.ndarray, lines: np.ndarray, weights: np.ndarray) -> MovementCluster:
    share = weights / weights.sum()
    mean = share @ numbers
    return MovementCluster(
        share=np.array(weights.sum()),
        mean=mean,
        spread=np.sqrt(share @ (numbers - mean) ** 2),
        spread_within=np.sqrt(share @ own**2),
        coupling=_roots(_smooth(np.einsum("n,nfc,nfd->fcd", share, lines, lines, optimize=True))),
        lowest=numbers.min(axis=0),
        highest=numbers.max(axis=0),
    )


def _parts(
    numbers: np.ndarray, people: np.ndarray, *, n_clusters: int, fewest_people: int, seed: int
) -> list[np.ndarray]:
    """Return the indices of each way of doing one activity."""
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
    """Return how many people windows come from effectively: fewer than their number where one has most of them."""
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
    """Average each line's coupling with its neighbours': `(lines, channels, channels)`."""
    padded = np.pad(coupling, ((N_NEIGHBOURS, N_NEIGHBOURS), (0, 0), (0, 0)), mode="edge")
    width = 2 * N_NEIGHBOURS + 1
    return np.mean([padded[i : i + len(coupling)] for i in range(width)], axis=0)


def _roots(covariances: np.ndarray) -> np.ndarray:
    """Return the symmetric root of each covariance `(m, d, d)`; what is negative by rounding counts as 0."""
    variances, directions = np.linalg.eigh(covariances)
    return np.einsum("mij,mj,mkj->mik", directions, np.sqrt(np.maximum(variances, 0)), directions)
