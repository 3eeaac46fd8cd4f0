"""Does the release hold exact numbers of private windows?

The attacker's story: someone works out numbers of every released window and channel (mean, spread, extremes, ends)
and of every recording that they hold. A number that agrees to the last digit does not agree by chance: whoever limits,
copies or reuses numbers of single windows gives these windows away, however different the samples look. Numbers that
recur in several released windows are the most telling, so they are also looked at on their own.

By chance, numbers agree as often as they do a few neighbouring numbers away. Private numbers are therefore moved to
numbers of their neighbours, on the same grid if the instrument has one, and looked up again: this is what nothing
shared looks like.

References:
    Dwork, Smith, Steinke and Ullman, Exposed! A survey of attacks on private data, Annual Review of Statistics and Its
    Application 4 (2017) (exact statistics disclose individuals).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from data.release import Release
from data.splits import Split
from data.windows import Windows
from synth.audit.attack import Attack, Baseline, must_lose, must_win, unprotected
from synth.audit.report import Result
from synth.audit.stats import binomial_interval, holm
from synth.core.run_context import RunContext

SAME = 1e-6  # of a channel's standard deviation: numbers this close are the same
N_MOVES = 20  # how often numbers are moved
RECURRING = 3  # windows
ANY, SHARED = "every number", "numbers that recur"


@dataclass(frozen=True)
class SharedValues(Attack):
    """Look for numbers of released windows that are exactly those of used ones."""

    question = "copies"
    attacker = "exact values"
    title = "Looking for exact numbers of private windows"

    def run(self, split: Split, release: Release, context: RunContext) -> tuple[Result, ...]:
        """Return the share of used windows of which the release holds a number, beyond chance."""
        return _measure(split.fit, release.windows, split.fit, context)

    def reference(self, split: Split, context: RunContext) -> Baseline:
        """Measure the unprotected windows, windows of which only the means are kept, and unused windows."""
        fit = split.fit
        kept = _keeping_means(fit, np.random.default_rng(context.seed))
        won = min(_measure(fit, kept, fit, context), key=lambda r: 1.0 if r.p is None else r.p)
        planted = "noise with the means of used windows"
        controls = [must_win(self.question, self.attacker, planted, won, 0.0)]
        others = split.fresh if len(split.fresh) else split.unseen
        if len(others):
            lost = min(_measure(fit, others, fit, context), key=lambda r: 1.0 if r.p is None else r.p)
            control = must_lose(self.question, self.attacker, "unused real windows", lost, 0.0)
            controls.append(replace(control, passed=lost.p is not None and 2 * lost.p > 0.01))
        return Baseline(ceilings=self.run(split, unprotected(split), context), controls=tuple(controls))


def numbers_of(values: np.ndarray) -> Mapping[str, np.ndarray]:
    """Return numbers of windows, each `(n, channels)` float64.

    Args:
        values: `(n, timesteps, channels)`.
    """
    exact = values.astype(np.float64)
    return {
        "mean": exact.mean(axis=1),
        "standard deviation": exact.std(axis=1),
        "smallest value": exact.min(axis=1),
        "largest value": exact.max(axis=1),
        "median": np.median(exact, axis=1),
        "first value": exact[:, 0],
        "last value": exact[:, -1],
    }


def _measure(used: Windows, released: Windows, like: Windows, context: RunContext) -> tuple[Result, ...]:
    """Look up the numbers of used windows among all numbers of released ones, and among those that recur."""
    rng = np.random.default_rng(context.seed)
    scale = np.maximum(like.values.std(axis=(0, 1), dtype=np.float64), 1e-12)
    ours, theirs = numbers_of(used.values), numbers_of(released.values)
    results = []
    for tier in (ANY, SHARED):
        context.stop_if_asked()
        tests: list[tuple[float, np.ndarray, np.ndarray, str]] = []
        for name, numbers in ours.items():
            found, by_chance = _found(numbers / scale, theirs[name] / scale, tier == SHARED, rng)
            tests.append((_p(found, by_chance, used), found, by_chance, name))
        corrected = holm([test[0] for test in tests])
        best = int(np.argmin(corrected))
        _, found, by_chance, name = tests[best]
        results.append(_filled(tier, found, by_chance, name, corrected[best]))
    return tuple(results)


def _found(
    ours: np.ndarray, theirs: np.ndarray, recurring: bool, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return which windows' numbers are among others, `(n,)` bool, and likewise after moves: `(N_MOVES, n)`."""
    found = np.zeros(len(ours), bool)
    by_chance = np.zeros((N_MOVES, len(ours)), bool)
    for mine, held in zip(ours.T, theirs.T, strict=True):
        known = _recurring(held) if recurring else np.sort(held)
        if len(known) == 0 or np.ptp(mine) == 0:
            continue
        found |= _is_among(mine, known)
        for k, moved in enumerate(_moved(mine, rng)):
            by_chance[k] |= _is_among(moved, known)
    return found, by_chance


def _recurring(numbers: np.ndarray) -> np.ndarray:
    """Return the sorted numbers that at least `RECURRING` windows have."""
    ordered = np.sort(numbers)
    group = np.cumsum(np.diff(ordered, prepend=ordered[0]) > SAME)
    return ordered[np.bincount(group)[group] >= RECURRING]


def _is_among(numbers: np.ndarray, known: np.ndarray) -> np.ndarray:
    at = np.searchsorted(known, numbers)
    before, after = known[np.maximum(at - 1, 0)], known[np.minimum(at, len(known) - 1)]
    return np.minimum(np.abs(numbers - before), np.abs(numbers - after)) <= SAME


def _moved(numbers: np.ndarray, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Yield numbers moved by steps between neighbouring numbers, which lie on the same grid if there is one."""
    distinct = np.unique(numbers)
    steps = np.diff(distinct)
    steps = steps[steps > 3 * SAME]
    for _ in range(N_MOVES):
        if len(steps):
            yield numbers + rng.choice(steps, len(numbers)) * rng.choice([-1, 1], len(numbers))
        else:
            yield numbers + rng.uniform(5, 50, len(numbers)) * SAME * rng.choice([-1, 1], len(numbers))


def _p(found: np.ndarray, by_chance: np.ndarray, used: Windows) -> float:
    """Return the probability that as many stretches of recordings are found by chance (Poisson)."""
    from scipy import stats

    spot = _spots(used)
    n_found = len(np.unique(spot[found]))
    expected = np.array([len(np.unique(spot[moved])) for moved in by_chance])
    mean = expected.mean() + 1 / N_MOVES
    # Where numbers agree often, counts vary more than a Poisson distribution's.
    return float(
        max(stats.poisson.sf(n_found - 1, mean), stats.norm.sf((n_found - mean) / (expected.std() + 0.2)))
    )


def _spots(windows: Windows) -> np.ndarray:
    """Number the stretches of two window lengths, `(n,)` int: windows that overlap share numbers."""
    series = np.unique(windows.series, return_inverse=True)[1]
    piece = windows.start // (2 * windows.n_timesteps)
    return np.unique(np.stack([series, piece]), axis=1, return_inverse=True)[1].reshape(-1)


def _filled(tier: str, found: np.ndarray, by_chance: np.ndarray, name: str, p: float) -> Result:
    share, chance = float(found.mean()), float(by_chance.mean())
    low, high = binomial_interval(found.sum(), len(found))
    empty = SharedValues.unmeasured(
        "share of copies",
        tier,
        unit=f"used windows whose {name} in a channel is exactly that of a released one, beyond chance",
        chance=0.0,
    )
    value, low, high = (max(0.0, end - chance) for end in (share, low, high))
    return replace(empty, value=value, low=low, high=high, n=len(found), p=p)


def _keeping_means(windows: Windows, rng: np.random.Generator) -> Windows:
    """Return noise with the channels' means of a tenth of the windows, each for ten windows."""
    values = rng.normal(0, windows.values.std(axis=(0, 1)), windows.values.shape)
    some = np.resize(np.arange(0, len(windows), 10), len(windows))
    wanted = windows.values.astype(np.float64).mean(axis=1)[some]
    return windows.with_values(values - values.mean(axis=1, keepdims=True) + wanted[:, None])
