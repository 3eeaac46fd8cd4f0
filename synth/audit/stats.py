"""Values with 95 % intervals over people: pure functions of numbers.

Windows of one person resemble each other, so an interval that counts windows is far too narrow. Every
function here takes clusters (people, or generation batches) and counts those.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

LEVEL = 0.95
N_BOOTSTRAP = 2000
LEAST_CLUSTERS = 1.5  # with fewer, nothing is known about how clusters differ
LEAST_ERROR = 0.01
ROUNDING = 9  # significant decimals of a share


@dataclass(frozen=True)
class Estimate:
    """A share in [0, 1] with its 95 % interval.

    Attributes:
        value: The share.
        low: Lower end of the interval.
        high: Upper end.
        n_clusters: How many clusters (people) it rests on.
        n_draws: Upper bound of the number of independent draws; 0 where it does not come from draws.
        error: Its standard error over clusters; 0 where only draws are counted.
        freedom: Degrees of freedom of that error.
    """

    value: float
    low: float
    high: float
    n_clusters: int
    n_draws: float = 0.0
    error: float = 0.0
    freedom: float = 1.0

    def p_above(self, chance: float) -> float:
        """Return the one-sided p-value of the value lying above `chance`.

        The larger of two p-values counts: the binomial tail of its draws and, where clusters differ, the t tail
        of its standard error over them.
        """
        from scipy import stats

        if self.value <= chance:
            return 1.0
        hits = self.value * self.n_draws
        binomial = float(stats.beta.cdf(chance, hits, self.n_draws - hits + 1)) if self.n_draws else 0.0
        if not self.error:
            return binomial if self.n_draws else 1.0
        return max(binomial, float(stats.t.sf((self.value - chance) / self.error, self.freedom)))

    def p_below(self, chance: float) -> float:
        """Return the one-sided p-value of the value lying below `chance`."""
        return replace(self, value=1 - self.value).p_above(1 - chance)


def share(
    correct: np.ndarray,
    cluster: np.ndarray,
    *,
    weight: np.ndarray | None = None,
    stratum: np.ndarray | None = None,
    level: float = LEVEL,
) -> Estimate:
    """Estimate a weighted share of correct answers, with an interval over clusters.

    The standard error is the cluster-robust one of a mean (the residuals of each cluster summed, then squared).

    Args:
        correct: `(n,)` bool.
        cluster: `(n,)` labels: windows of one cluster count as one draw.
        weight: `(n,)` positive; equal by default.
        stratum: `(n,)` labels whose own shares are fixed by design (the two sides of a balanced
            accuracy); residuals are taken within them. By default there is one.
        level: Coverage of the interval, in (0, 1).

    Returns:
        The estimate.
    """
    raw = np.ones(len(correct)) if weight is None else weight
    weights = raw / raw.sum()
    stratum = np.zeros(len(correct), int) if stratum is None else np.unique(stratum, return_inverse=True)[1]
    expected = np.bincount(stratum, weights * correct) / np.bincount(stratum, weights)
    names, codes = np.unique(cluster, return_inverse=True)
    residuals = np.bincount(codes, weights * (correct - expected[stratum]))
    n_effective_clusters = 1 / (np.bincount(codes, weights) ** 2).sum()
    correction = n_effective_clusters / max(n_effective_clusters - 1, 1e-9)
    value = min(round(float(weights @ correct), 12), 1.0)
    error, n_draws = float(np.sqrt(correction * (residuals**2).sum())), 1 / (weights**2).sum()
    low, high = korn_graubard(
        value, standard_error=error, n_windows=n_draws, n_clusters=n_effective_clusters, level=level
    )
    if n_effective_clusters < LEAST_CLUSTERS:
        return Estimate(value, low, high, len(names))
    floor = float(np.sqrt(value * (1 - value) / n_draws))  # people who agree exactly may do so by chance
    return Estimate(
        value, low, high, len(names), n_draws, max(error, floor, LEAST_ERROR), n_effective_clusters - 1
    )


def balanced_share(correct: np.ndarray, side: np.ndarray, cluster: np.ndarray) -> Estimate:
    """Estimate a balanced accuracy: the mean over sides of the share of correct answers.

    Args:
        correct: `(n,)` bool.
        side: `(n,)` labels; every side has the same weight, however many windows it has.
        cluster: `(n,)` labels that may cross the sides.
    """
    return share(correct, cluster, weight=_equal_weight(side), stratum=side)


def share_per_person(correct: np.ndarray, person: np.ndarray) -> Estimate:
    """Estimate the mean over people of their shares; every person has the same weight.

    Args:
        correct: `(n,)` bool, or scores in [0, 1].
        person: `(n,)` labels.
    """
    return share(correct, person, weight=_equal_weight(person))


def holm(p: Sequence[float]) -> list[float]:
    """Return p-values corrected for multiple tests (Holm's step-down procedure).

    Implemented here because pages judge the reports they read, and statsmodels takes a second to load.
    """
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(np.asarray(p, float)[order] * np.arange(len(p), 0, -1))
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(stepped, 1.0)
    return adjusted.tolist()


def counted(n_found: int, n: int) -> Estimate:
    """Estimate a share of `n` items that are tested one by one (Clopper and Pearson's interval)."""
    return Estimate(n_found / n, *binomial_interval(n_found, n), n, n_draws=n)


def binomial_interval(
    n_found: float, n_draws: float, *, method: Literal["beta", "wilson"] = "beta", level: float = LEVEL
) -> tuple[float, float]:
    """Return the interval of a share of independent draws, both ends in [0, 1].

    Args:
        n_found: How many draws were hits, in [0, `n_draws`]; need not be whole for effective numbers of draws.
        n_draws: How many draws there were, > 0.
        method: `"beta"` never covers too little (Clopper and Pearson), `"wilson"` covers `level` on average.
        level: Coverage of the interval, in (0, 1).
    """
    from statsmodels.stats.proportion import proportion_confint

    ends = proportion_confint(n_found, n_draws, alpha=1 - level, method=method)
    low, high = np.asarray(ends, float).tolist()  # the stubs allow for tables, too
    return low, high


def auc_of_people(first: np.ndarray, second: np.ndarray, *, seed: int) -> Estimate:
    """Estimate how often a person of the first kind has the higher number, resampling people of both kinds.

    Args:
        first: `(n_first,)` one number per person.
        second: `(n_second,)`.
        seed: Draws the resamples.
    """
    wins = (first[:, None] > second) + 0.5 * (first[:, None] == second)
    rng = np.random.default_rng(seed)
    drawn = [rng.multinomial(n, np.full(n, 1 / n), N_BOOTSTRAP) / n for n in wins.shape]
    replicates = np.einsum("bi,ij,bj->b", drawn[0], wins, drawn[1], optimize=True)
    low, high = korn_graubard(
        float(wins.mean()), float(replicates.std()), n_windows=wins.size, n_clusters=min(wins.shape)
    )
    return Estimate(
        float(wins.mean()),
        low,
        high,
        sum(wins.shape),
        error=float(replicates.std()),
        freedom=min(wins.shape) - 1,
    )


def decisions(n_right: int, n: int) -> Estimate:
    """Estimate a share of `n` independent decisions, one per person (Wilson's interval)."""
    return Estimate(n_right / n, *binomial_interval(n_right, n, method="wilson"), n, n_draws=n)


def repeated(values: np.ndarray) -> Estimate:
    """Estimate the mean of independent repetitions (shuffles of the labels) by Student's t.

    Args:
        values: `(n,)` one share per repetition, at least two.
    """
    from scipy import stats

    mean, freedom = float(np.mean(values)), len(values) - 1
    error = float(np.std(values, ddof=1) / np.sqrt(len(values)))
    reach = float(stats.t.ppf(0.5 + LEVEL / 2, freedom)) * error
    low, high = max(mean - reach, 0.0), min(mean + reach, 1.0)
    return Estimate(mean, low, high, len(values), error=max(error, LEAST_ERROR), freedom=freedom)


def typical(draws: Sequence[Estimate]) -> Estimate:
    """Return the mean of several estimates and of their intervals' ends: a typical one.

    For controls with random labels. The interval of `repeated` shrinks with the number of draws until it excludes
    guessing in one of forty audits, however harmless the attacker.
    """
    value, low, high, error = (
        float(np.mean([getattr(draw, name) for draw in draws])) for name in ("value", "low", "high", "error")
    )
    return Estimate(value, low, high, draws[0].n_clusters, error=error, freedom=draws[0].freedom)


def macro_f1(truth: np.ndarray, called: np.ndarray, cluster: np.ndarray, *, seed: int) -> Estimate:
    """Estimate the F1 score averaged over the classes that occur in `truth`, resampling clusters."""
    confusion = _confusions(truth, called, cluster)
    occurs = confusion.sum(axis=(0, 2)) > 0
    value = float(f1_of(confusion.sum(axis=0), occurs))
    n_clusters = len(confusion)
    counts = _bootstrap_counts(n_clusters, seed)
    replicates = f1_of(np.tensordot(counts, confusion, axes=1), occurs)
    n_effective_clusters = len(truth) ** 2 / (confusion.sum(axis=(1, 2)) ** 2).sum()
    low, high = korn_graubard(
        value, _bootstrap_error(replicates, n_clusters), n_windows=len(truth), n_clusters=n_effective_clusters
    )
    return Estimate(value, low, high, n_clusters)


def share_kept(
    truth: np.ndarray, called: np.ndarray, called_by_real: np.ndarray, cluster: np.ndarray, *, seed: int
) -> Estimate:
    """Estimate which part of one model's macro-F1 above guessing another model keeps on the same windows.

    Both are resampled together, so clusters that are hard for both cancel out. The interval holds all parts `k` for
    which the difference "kept minus `k` times the whole" is not rejected by a t test at 5 % (Fieller).

    Args:
        truth: `(n,)` labels.
        called: `(n,)` what the model in question says.
        called_by_real: `(n,)` what the model that it is compared with says.
        cluster: `(n,)` labels.
        seed: Draws the resamples.

    Returns:
        The part, from 0 for guessing or less to 1 for as much or more; 0 where there is nothing to keep.

    References:
        Fieller, as in `linkage`.
    """
    from scipy import stats

    tables = [_confusions(truth, said, cluster) for said in (called, called_by_real)]
    occurs = [table.sum(axis=(0, 2)) > 0 for table in tables]
    chance, n_clusters = 1 / occurs[0].sum(), len(tables[0])
    kept, whole = (float(f1_of(t.sum(axis=0), o)) - chance for t, o in zip(tables, occurs, strict=True))
    value = float(np.clip(kept / whole, 0, 1)) if whole > 0 else 0.0
    if n_clusters < 2:
        return Estimate(value, 0.0, 1.0, n_clusters)
    counts = _bootstrap_counts(n_clusters, seed)
    drawn = [f1_of(np.tensordot(counts, t, axes=1), o) for t, o in zip(tables, occurs, strict=True)]
    spread = np.cov(drawn, bias=True) * n_clusters / (n_clusters - 1)
    part = np.append(np.linspace(0, 1, 1001), value)
    error = np.sqrt(np.maximum(spread[0, 0] - 2 * part * spread[0, 1] + part**2 * spread[1, 1], 0))
    reach = stats.t.ppf(0.5 + LEVEL / 2, n_clusters - 1) * np.maximum(error, LEAST_ERROR)
    not_rejected = part[np.abs(kept - part * whole) <= reach]
    low, high = (
        (float(not_rejected.min()), float(not_rejected.max())) if len(not_rejected) else (value, value)
    )
    return Estimate(value, min(low, value), max(high, value), n_clusters)


def kappa(truth: np.ndarray, called: np.ndarray, cluster: np.ndarray, *, seed: int) -> Estimate:
    """Estimate Cohen's kappa, the agreement beyond that of guessing with the same frequencies, in [-1, 1].

    0 is guessing, 1 is perfect agreement. The interval comes from resampling clusters; with one cluster it is [-1, 1].

    References:
        Cohen, A coefficient of agreement for nominal scales, Educational and Psychological Measurement 20 (1960).
    """
    from scipy import stats

    confusion = _confusions(truth, called, cluster)
    n_clusters = len(confusion)
    value = float(kappa_of(confusion.sum(axis=0)))
    if n_clusters < 2:
        return Estimate(value, -1.0, 1.0, n_clusters)
    replicates = kappa_of(np.tensordot(_bootstrap_counts(n_clusters, seed), confusion, axes=1))
    error, freedom = max(_bootstrap_error(replicates, n_clusters), LEAST_ERROR), n_clusters - 1
    reach = float(stats.t.ppf(0.5 + LEVEL / 2, freedom)) * error
    low, high = max(value - reach, -1.0), min(value + reach, 1.0)
    return Estimate(value, low, high, n_clusters, error=error, freedom=freedom)


def kappa_of(confusion: np.ndarray) -> np.ndarray:
    """Return Cohen's kappa of confusion tables `(..., truth, called)`; 0 where guessing is always right, too."""
    n = confusion.sum(axis=(-2, -1))
    right = np.trace(confusion, axis1=-2, axis2=-1) / n
    guessed = (confusion.sum(axis=-1) * confusion.sum(axis=-2)).sum(axis=-1) / n**2
    return np.divide(right - guessed, 1 - guessed, out=np.zeros_like(right), where=guessed < 1)


def f1_of(confusion: np.ndarray, occurs: np.ndarray) -> np.ndarray:
    """Return the macro-F1 of confusion tables `(..., truth, called)` over the classes in `occurs`.

    A class that occurs but was never predicted counts 0; one that is missing from a resample is skipped there.
    """
    hits = np.diagonal(confusion, axis1=-2, axis2=-1)
    attempts = confusion.sum(axis=-1) + confusion.sum(axis=-2)
    scores = np.divide(2 * hits, attempts, out=np.zeros_like(attempts), where=attempts > 0)
    counted = occurs & (attempts > 0)
    return (scores * counted).sum(axis=-1) / np.maximum(counted.sum(axis=-1), 1)


def linkage(members: np.ndarray, outsiders: np.ndarray, *, n_windows: int) -> Estimate:
    """Estimate how much more a release resembles members than people held out: `m / (m + h)`.

    The interval is over people of both kinds: all ratios that a t test at 5 % does not reject (Fieller,
    with Welch's degrees of freedom). Windows that all resemble one person are one coincidence, and the
    interval reflects that. Where people agree exactly, the number of windows still bounds it.

    Args:
        members: `(n_members,)` share of windows that resemble each member, at least two.
        outsiders: `(n_outsiders,)` the same for people not in the data, at least two.
        n_windows: Number of windows that resemble anybody.

    Returns:
        0.5 where both are resembled equally, 1 where only members are.

    References:
        Fieller, Some problems in interval estimation, Journal of the Royal Statistical Society B 16 (1954).
    """
    from scipy import stats

    m, h = members.mean(), outsiders.mean()
    n_people = len(members) + len(outsiders)
    if m + h == 0:
        return Estimate(0.5, 0.0, 1.0, n_people)
    value = float(m / (m + h))
    ratio = np.append(np.linspace(0, 1, 2001), value)
    from_members = (1 - ratio) ** 2 * members.var(ddof=1) / len(members)
    from_outsiders = ratio**2 * outsiders.var(ddof=1) / len(outsiders)
    freedom = _welch(from_members, from_outsiders, len(members), len(outsiders))
    reach = stats.t.ppf(0.5 + LEVEL / 2, freedom) * np.sqrt(from_members + from_outsiders)
    not_rejected = ratio[np.abs((1 - ratio) * m - ratio * h) <= reach + 10.0**-ROUNDING]
    low, high = korn_graubard(value, 0.0, n_windows=n_windows, n_clusters=n_people - 1)
    low, high = min(low, float(not_rejected.min())), max(high, float(not_rejected.max()))
    alike = int(np.argmin(np.abs(ratio - 0.5)))
    error = float(np.sqrt(from_members + from_outsiders)[alike] / (m + h))
    return Estimate(value, low, high, n_people, error=max(error, LEAST_ERROR), freedom=float(freedom[alike]))


def korn_graubard(
    value: float, standard_error: float, *, n_windows: float, n_clusters: float, level: float = LEVEL
) -> tuple[float, float]:
    """Return an interval that stays inside [0, 1] and never has zero width.

    The standard error is turned into the number of independent draws that would have it, reduced for
    few clusters by the squared ratio of normal and t quantiles; Clopper-Pearson then does the rest.

    Args:
        value: The share, in [0, 1].
        standard_error: Its standard error over clusters, >= 0.
        n_windows: Effective number of windows, the upper bound of the number of draws.
        n_clusters: Effective number of clusters, >= 1.
        level: Coverage of the interval, in (0, 1).

    References:
        Korn and Graubard, Confidence intervals for proportions with small expected number of positive
        counts estimated from survey data, Survey Methodology 24 (1998).
    """
    from scipy import stats

    if n_clusters < LEAST_CLUSTERS:
        return 0.0, 1.0
    # Rounding errors near 0 and 1 must not pass for a standard error or for a hit.
    value = round(value, ROUNDING)
    n_draws = n_windows
    if standard_error > 10**-ROUNDING and 0 < value < 1:
        n_draws = min(n_windows, value * (1 - value) / standard_error**2)
    tail = 0.5 + level / 2
    n_draws *= float((stats.norm.ppf(tail) / stats.t.ppf(tail, n_clusters - 1)) ** 2)
    return binomial_interval(value * n_draws, n_draws, level=level)


def _welch(first: np.ndarray, second: np.ndarray, n_first: int, n_second: int) -> np.ndarray:
    """Return Welch's degrees of freedom for two squared standard errors; the sum of both where both errors are zero."""
    spread = first**2 / (n_first - 1) + second**2 / (n_second - 1)
    everyone = np.full_like(spread, n_first + n_second - 2.0)
    return np.divide((first + second) ** 2, spread, out=everyone, where=spread > 0)


def _confusions(truth: np.ndarray, called: np.ndarray, cluster: np.ndarray) -> np.ndarray:
    """Return the confusion matrix of each cluster, `(n_clusters, n_classes, n_classes)`."""
    classes, codes = np.unique(np.concatenate([truth, called]), return_inverse=True)
    names, clusters = np.unique(cluster, return_inverse=True)
    confusion = np.zeros((len(names), len(classes), len(classes)))
    np.add.at(confusion, (clusters, codes[: len(truth)], codes[len(truth) :]), 1)
    return confusion


def _equal_weight(label: np.ndarray) -> np.ndarray:
    _, codes, counts = np.unique(label, return_inverse=True, return_counts=True)
    return 1 / counts[codes]


def _bootstrap_counts(n_clusters: int, seed: int) -> np.ndarray:
    """Draw how often each cluster occurs in each resample: `(N_BOOTSTRAP, n_clusters)`."""
    rng = np.random.default_rng(seed)
    return rng.multinomial(n_clusters, np.full(n_clusters, 1 / n_clusters), N_BOOTSTRAP)


def _bootstrap_error(replicates: np.ndarray, n_clusters: int) -> float:
    # The bootstrap's spread is that of n - 1 clusters.
    return float(replicates.std() * np.sqrt(n_clusters / max(n_clusters - 1, 1)))
