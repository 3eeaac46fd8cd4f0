"""Does it look right? The distance of released windows from real ones, and pictures of both. There is no verdict.

The reader's story: someone who knows such recordings looks at spectra, rhythms and values and asks whether a release
could have been recorded. Each measure describes every window by a vector, averages over the windows of an activity on
each side, and gives the distance of the two means; activities that both sides have get equal weight. Real windows are
unused recordings of the same people or, where there are none, of other people.

    spectra                       log-spectral distance of mean power spectra (Hann), root mean square over frequency
                                  and mean over channels; d decibels count as d / (10 + d)
    rhythm (autocorrelation)      root mean square difference of mean autocorrelations up to half a window, halved
    how channels go together      Wasserstein distance of the distributions over windows of the correlation of two
                                  channels, of values and of first and second differences; mean over these and over
                                  all pairs, halved
    distribution of values        Wasserstein distance of each channel's values in units of its spread, mean over
                                  channels; d counts as d / (1 + d)
    all features together (MMD)   maximum mean discrepancy of standardised window features, Gaussian kernel of the
                                  median distance in 512 random features, divided by its largest value

All are in [0, 1]; 0 is equal. Two sets of real recordings differ, too: the ceiling is their distance. Intervals come
from resampling people (or generation batches), widened by the t distribution for small numbers of them.

References:
    Gray and Markel, Distance measures for speech processing, IEEE Transactions on ASSP 24 (1976).
    Gretton et al., A kernel two-sample test, JMLR 13 (2012).
    Rahimi and Recht, Random features for large-scale kernel machines, NIPS 2007.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from data.release import Release
from data.splits import Split
from data.windows import Windows
from synth.audit.attack import NOTHING_FRESH, Attack, Baseline, Evidence, measured, unprotected
from synth.audit.models.classifiers import at_most
from synth.audit.models.features import features
from synth.audit.models.fine_features import N_ORDERS, couplings
from synth.audit.models.projections import linear, neighbouring
from synth.audit.report import Result
from synth.audit.stats import LEVEL, Estimate
from synth.core.run_context import RunContext

MAX_WINDOWS = 2_000  # per side
MAX_ON_MAP = 400  # per side
MAX_POINTS = 100  # per curve
N_RESAMPLES = 200
MAX_CLUSTERS = 100  # further batches of generated windows are merged
N_LEVELS = 100  # of values at which distributions are compared
N_COUPLING_LEVELS = 19  # correlations at which distributions are compared: every 0.1
N_RANDOM_FEATURES = 512
HALF_DB = 10.0  # a difference of this many decibels counts as 0.5
FLOOR = 1e-12

REAL, USED, RELEASED = "real", "real, used", "released"
COUPLING = "how channels go together"
NOTHING_ALIKE = "The release and the unused recordings have no activity in common."
ONE_CHANNEL = "There is only one channel."


@dataclass(frozen=True, eq=False)
class Measure:
    """A way to describe and compare windows.

    Attributes:
        tier: What it describes, in words.
        describe: Maps windows to vectors, `(n, n_columns)`.
        distance: Maps the mean vectors of two sides, `(..., n_columns)` each, to distances in [0, 1], `(...)`.
    """

    tier: str
    describe: Callable[[Windows], np.ndarray]
    distance: Callable[[np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Realism(Attack):
    """Distances of spectra, rhythm, coupling, values and features; spectra and a map to look at."""

    question = "realism"
    attacker = "comparison of windows"
    title = "Comparing spectra, rhythm and values with real windows"
    version = 2

    def obstacle(self, split: Split) -> str:
        """Need unused recordings, of the same people or of others."""
        return "" if len(split.fresh) or len(split.unseen) else NOTHING_FRESH

    def run(self, split: Split, release: Release, context: RunContext) -> tuple[Result, ...]:
        """Return one distance in [0, 1] for each way of describing windows."""
        real, who = unused(split)
        unit = f"{who}; each activity that both have"
        ours, theirs = _same_activities(release.windows, real, seed=context.seed)
        results = []
        for measure in measures(real if len(theirs) == 0 else theirs, ours, seed=context.seed):
            context.stop_if_asked()
            template = self._empty_result(measure.tier, unit)
            if len(theirs) == 0:
                results.append(measured(template, None, note=NOTHING_ALIKE))
            else:
                results.append(measured(template, apart(measure, ours, theirs, seed=context.seed)))
        if len(real.channels) == 1:
            results.append(measured(self._empty_result(COUPLING, unit), None, note=ONE_CHANNEL))
        return tuple(results)

    def reference(self, split: Split, context: RunContext) -> Baseline:
        """Measure the unprotected windows; there is nothing to win or lose."""
        return Baseline(ceilings=self.run(split, unprotected(split), context))

    def examine(self, split: Split, release: Release, context: RunContext) -> Evidence:
        """Measure a release, and show spectra, autocorrelations and a map."""
        results = self.run(split, release, context)
        ours, theirs = _same_activities(release.windows, unused(split)[0], seed=context.seed)
        if len(theirs) == 0:
            return Evidence(results)
        used, _ = _same_activities(split.fit, theirs, seed=context.seed)
        sides = {name: side for name, side in ((REAL, theirs), (USED, used), (RELEASED, ours)) if len(side)}
        return Evidence(
            results,
            {
                "spectra": spectra(sides),
                "autocorrelation": autocorrelations(sides),
                "map": map_of(theirs, ours, linear, seed=context.seed),
            },
        )

    def _empty_result(self, tier: str, unit: str) -> Result:
        return self.unmeasured("distance", tier, unit=unit)


@dataclass(frozen=True)
class Neighbourhoods(Attack):
    """A map on which windows lie next to their nearest neighbours (t-SNE); nothing is measured on it."""

    question = "realism"
    attacker = "map of neighbours"
    title = "Drawing a map of neighbouring windows"
    efforts = ("thorough",)

    def obstacle(self, split: Split) -> str:
        """Need what `Realism` needs."""
        return Realism().obstacle(split)

    def reference(self, split: Split, context: RunContext) -> Baseline:
        """Return nothing: a map has neither ceiling nor controls."""
        return Baseline()

    def run(self, split: Split, release: Release, context: RunContext) -> tuple[Result, ...]:
        """Return nothing: a map is not measured."""
        return ()

    def examine(self, split: Split, release: Release, context: RunContext) -> Evidence:
        """Draw the map of released and real windows."""
        context.stop_if_asked()
        ours, theirs = _same_activities(release.windows, unused(split)[0], seed=context.seed)
        rows = map_of(theirs, ours, neighbouring, seed=context.seed) if len(theirs) else []
        return Evidence((), {"neighbours": rows})


def measures(real: Windows, released: Windows, *, seed: int) -> Iterator[Measure]:
    """Yield every measure that these windows allow."""
    yield Measure("spectra", power, _log_spectral)
    yield Measure("rhythm (autocorrelation)", autocorrelation, lambda a, b: _root_mean_square(a - b) / 2)
    if len(real.channels) > 1:
        yield Measure(COUPLING, shares_of_couplings, lambda a, b: np.abs(a - b).mean(axis=-1))
    levels = _levels(real, released)
    gaps = np.diff(levels, axis=0) / (real.values.std(axis=(0, 1)) + FLOOR)

    def wasserstein(ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
        between = np.abs(ours - theirs).reshape(*ours.shape[:-1], *gaps.shape)
        return _saturating((between * gaps).sum(axis=-2).mean(axis=-1), 1.0)

    yield Measure("distribution of values", lambda w: share_below(w, levels), wasserstein)
    embed = _embedding(real, seed=seed)
    yield Measure(
        "all features together (MMD)", embed, lambda a, b: np.linalg.norm(a - b, axis=-1) / np.sqrt(2)
    )


def apart(measure: Measure, released: Windows, real: Windows, *, seed: int) -> Estimate:
    """Estimate the distance of two sides, with an interval over people (or generation batches)."""
    activities = sorted(set(released.activity.tolist()))
    clusters = _clusters(released), _clusters(real)
    joint = sorted({*clusters[0].tolist(), *clusters[1].tolist()})
    sums, counts = zip(
        *(
            _sums(measure.describe(side), side.activity, cluster, activities, joint)
            for side, cluster in zip((released, real), clusters, strict=True)
        ),
        strict=True,
    )

    def distance(times: np.ndarray) -> float:
        n = [np.einsum("c,ca->a", times, count) for count in counts]
        there = (n[0] > 0) & (n[1] > 0)
        if not there.any():
            return np.nan
        ours, theirs = (
            np.tensordot(times, total, axes=1)[there] / size[there, None]
            for total, size in zip(sums, n, strict=True)
        )
        return float(measure.distance(ours, theirs).mean())

    n_clusters = len(counts[0])
    value = distance(np.ones(n_clusters))
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(n_clusters, np.full(n_clusters, 1 / n_clusters), N_RESAMPLES)
    reach = _reach(np.array([distance(times) for times in drawn]), n_clusters)
    return Estimate(value, max(value - reach, 0.0), min(value + reach, 1.0), n_clusters)


def unused(split: Split) -> tuple[Windows, str]:
    """Return real windows that the release was not made from, and a description of them."""
    if len(split.fresh):
        return split.fresh, "people; against unused recordings of the same people"
    return split.unseen, "people; against recordings of other people"


def power(windows: Windows) -> np.ndarray:
    """Return each window's power spectrum without its mean: `(n, frequencies * channels)`, units squared per Hz."""
    from scipy import fft

    n_timesteps = windows.n_timesteps
    taper = np.hanning(n_timesteps + 2)[1:-1]
    spectrum = np.abs(np.asarray(fft.rfft(_centred(windows) * taper[:, None], axis=1))[:, 1:]) ** 2
    return (2 * spectrum / (windows.rate_hz * (taper**2).sum())).reshape(len(windows), -1)


def autocorrelation(windows: Windows) -> np.ndarray:
    """Return each window's autocorrelation from one sample to half a window: `(n, lags * channels)`."""
    from scipy import fft

    n_timesteps = windows.n_timesteps
    spectrum = np.abs(np.asarray(fft.rfft(_centred(windows), 2 * n_timesteps, axis=1))) ** 2
    covariance = np.asarray(fft.irfft(spectrum, axis=1))[:, : n_timesteps // 2 + 1]
    variance = covariance[:, :1]
    rhythm = np.divide(covariance, variance, out=np.zeros_like(covariance), where=variance > FLOOR)
    return rhythm[:, 1:].reshape(len(windows), -1)


def shares_of_couplings(windows: Windows) -> np.ndarray:
    """Return whether each correlation of two channels is at or below each level: `(n, orders * pairs * levels)`.

    The mean over windows is a distribution function; the mean absolute difference of two such functions over levels
    from -1 to 1 is half the Wasserstein distance of the correlations.
    """
    levels = np.linspace(-1, 1, N_COUPLING_LEVELS + 2)[1:-1]
    found = np.concatenate([couplings(windows.values, order)[1] for order in range(N_ORDERS)], axis=1)
    return (found[:, :, None] <= levels).astype(np.float32).reshape(len(windows), -1)


def share_below(windows: Windows, levels: np.ndarray) -> np.ndarray:
    """Return the share of each window's samples at or below each level but the last: `(n, levels - 1 * channels)`."""
    shares = [
        (windows.values[:, None, :, c] <= levels[:-1, None, c]).mean(axis=2, dtype=np.float32)
        for c in range(levels.shape[1])
    ]
    return np.stack(shares, axis=2).reshape(len(windows), -1)


def spectra(sides: dict[str, Windows]) -> list[dict[str, Any]]:
    """Return rows (channel, side, frequency_hz, power_db) of mean spectra, at most `MAX_POINTS` per curve."""
    from scipy import fft

    any_side = next(iter(sides.values()))
    frequency_hz = fft.rfftfreq(any_side.n_timesteps, 1 / any_side.rate_hz)[1:]
    return [
        {"channel": channel, "side": side, "frequency_hz": round(float(x), 3), "power_db": round(float(y), 2)}
        for side, windows in sides.items()
        for channel, curve in _curves(windows, power(windows))
        for x, y in _thinned(frequency_hz, 10 * np.log10(curve + FLOOR))
    ]


def autocorrelations(sides: dict[str, Windows]) -> list[dict[str, Any]]:
    """Return rows (channel, side, lag_s, correlation) of mean autocorrelations, at most `MAX_POINTS` per curve."""
    return [
        {"channel": channel, "side": side, "lag_s": round(float(x), 4), "correlation": round(float(y), 4)}
        for side, windows in sides.items()
        for channel, curve in _curves(windows, autocorrelation(windows))
        for x, y in _thinned(np.arange(1, len(curve) + 1) / windows.rate_hz, curve)
    ]


def map_of(
    real: Windows, released: Windows, project: Callable[..., np.ndarray], *, seed: int
) -> list[dict[str, Any]]:
    """Return rows (x, y, activity, person, side) of at most `MAX_ON_MAP` windows per side, on one map."""
    from sklearn.preprocessing import StandardScaler

    sides = {
        name: windows.take(at_most(windows.activity, MAX_ON_MAP, seed=seed))
        for name, windows in ((REAL, real), (RELEASED, released))
    }
    tables = {name: features(windows) for name, windows in sides.items()}
    scaler = StandardScaler().fit(tables[REAL])
    places = project(np.clip(scaler.transform(np.concatenate(list(tables.values()))), -10, 10), seed=seed)
    labels = [
        (activity, person, name)
        for name, windows in sides.items()
        for activity, person in zip(windows.activity.tolist(), windows.subject.tolist(), strict=True)
    ]
    return [
        {"x": round(float(x), 3), "y": round(float(y), 3), "activity": a, "person": p, "side": s}
        for (x, y), (a, p, s) in zip(places, labels, strict=True)
    ]


def _same_activities(released: Windows, real: Windows, *, seed: int) -> tuple[Windows, Windows]:
    """Keep the activities that both sides have, and at most `MAX_WINDOWS` of each side."""
    both = sorted(set(released.activities) & set(real.activities))
    sides = [side.take(np.isin(side.activity, both)) for side in (released, real)]
    ours, theirs = (side.take(at_most(side.activity, MAX_WINDOWS, seed=seed)) for side in sides)
    return ours, theirs


def _clusters(windows: Windows) -> np.ndarray:
    """Return the person of each window, or the batch of generated ones: `(n,)` str."""
    return np.where(windows.subject == "", windows.series, windows.subject)


def _sums(
    table: np.ndarray, activity: np.ndarray, cluster: np.ndarray, activities: list[str], clusters: list[str]
) -> tuple[np.ndarray, np.ndarray]:
    """Sum vectors by cluster and activity, `(clusters, activities, columns)`, and count them."""
    n_clusters = min(len(clusters), MAX_CLUSTERS)
    place = np.searchsorted(clusters, cluster) % n_clusters, np.searchsorted(activities, activity)
    sums = np.zeros((n_clusters, len(activities), table.shape[1]))
    np.add.at(sums, place, table)
    counts = np.zeros(sums.shape[:2])
    np.add.at(counts, place, 1)
    return sums, counts


def _reach(resampled: np.ndarray, n_clusters: int) -> float:
    """Return half the width of an interval from bootstrapped distances, wider for few clusters."""
    from scipy import stats

    if n_clusters < 2:
        return 1.0
    spread = np.nanstd(resampled) * np.sqrt(n_clusters / (n_clusters - 1))
    return float(stats.t.ppf(0.5 + LEVEL / 2, n_clusters - 1) * spread)


def _log_spectral(ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    # Channels vary fastest: the mean over all of their frequencies is one over channels, too.
    difference_db = 10 * np.log10((ours + FLOOR) / (theirs + FLOOR))
    return _saturating(_root_mean_square(difference_db), HALF_DB)


def _saturating(distance: np.ndarray, half: float) -> np.ndarray:
    return distance / (half + distance)


def _root_mean_square(values: np.ndarray) -> np.ndarray:
    return np.sqrt((values**2).mean(axis=-1))


def _levels(*sides: Windows) -> np.ndarray:
    """Return values at which distributions are compared, from the lowest to the highest: `(levels, channels)`."""
    pooled = np.concatenate([side.values.reshape(-1, len(side.channels)) for side in sides])
    return np.quantile(pooled, np.linspace(0, 1, N_LEVELS), axis=0)


def _embedding(real: Windows, *, seed: int) -> Callable[[Windows], np.ndarray]:
    """Return random features of a Gaussian kernel on window features, scaled by the real windows."""
    from scipy.spatial.distance import pdist
    from sklearn.kernel_approximation import RBFSampler
    from sklearn.preprocessing import StandardScaler

    table = features(real)
    scaler = StandardScaler().fit(table)
    some = scaler.transform(table[at_most(real.activity, MAX_ON_MAP, seed=seed)])
    width = float(np.median(pdist(some))) if len(some) > 1 else 1.0
    kernel = RBFSampler(gamma=1 / (2 * width**2 + FLOOR), n_components=N_RANDOM_FEATURES, random_state=seed)
    kernel.fit(some)
    return lambda windows: kernel.transform(np.clip(scaler.transform(features(windows)), -10, 10))


def _curves(windows: Windows, table: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    """Yield the mean curve of each channel; every activity has the same weight."""
    by_activity = [table[windows.activity == activity].mean(axis=0) for activity in windows.activities]
    curves = np.mean(by_activity, axis=0).reshape(-1, len(windows.channels))
    yield from zip(windows.channels, curves.T, strict=True)


def _thinned(x: np.ndarray, y: np.ndarray) -> Iterator[tuple[float, float]]:
    """Average neighbouring points of a long curve."""
    size = -(-len(x) // MAX_POINTS)
    starts = np.arange(0, len(x), size)
    lengths = np.diff(np.append(starts, len(x)))
    yield from zip(np.add.reduceat(x, starts) / lengths, np.add.reduceat(y, starts) / lengths, strict=True)


def _centred(windows: Windows) -> np.ndarray:
    values = windows.values.astype(np.float64)
    return values - values.mean(axis=1, keepdims=True)
