"""Is anyone's recording copied? Windows laid over private ones.

The attacker's story: someone holds the released windows and, from elsewhere, recordings of the same people
(a gym's app, an older study). He lays every released window over every private one, shifted in time, louder
or quieter, turned round, with channels exchanged. One window that was copied names a person and everything
that the release says of him.

People repeat themselves, so windows that were merely learnt also fit some recording. But they fit recordings
that were never used just as well: which stretches were used was drawn at random. Copies fit the used ones.
That is asked of all windows, and of those that fit one stretch so much better than all others as at most one
in a hundred unused real windows does (few copies among many harmless windows are found there).

References:
    Platzer and Reutterer, Holdout-based empirical assessment of mixed-type synthetic data, Frontiers in Big
    Data 4 (2021) (are records nearer to training than to holdout data?).
    Stadler, Oprisanu and Troncoso, Synthetic data - anonymisation groundhog day, USENIX Security 2022 (why a
    distance alone says nothing).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import stats

from data.release import Release
from data.splits import Split
from data.windows import Windows
from synth.audit.attack import NOTHING_FRESH, Attack, Baseline, Evidence, must_lose, must_win, unprotected
from synth.audit.classifiers import at_most
from synth.audit.overlay import VIEWS, Fits, aligned, lay_over
from synth.audit.report import Result
from synth.audit.sides import Sides, excess, sides_of
from synth.audit.stats import Estimate
from synth.learner import ShouldStop, never

LINE = 0.99  # share of unused real windows that lie below the line
MAX_RELEASED, MAX_UNUSED, MAX_POOL = 800, 400, 6_000  # windows; more take minutes and change little
MIN_UNUSED = 100
N_PAIRS = 3  # drawn on top of each other
ALL, STANDING_OUT = "all windows", "windows that stand out"
TOO_FEW = f"At least {MIN_UNUSED} real windows that were not used are needed to know how well windows fit by chance."


@dataclass(frozen=True)
class Copies(Attack):
    """The best fit of each released window among used and unused private ones."""

    question = "copies"
    attacker = "nearest private window"
    title = "Looking for windows that were copied"

    def obstacle(self, split: Split) -> str:
        if len(split.fresh) == len(split.unseen) == 0:
            return NOTHING_FRESH
        return "" if max(len(split.fresh), len(split.unseen)) >= MIN_UNUSED else TOO_FEW

    def run(
        self, split: Split, release: Release, *, seed: int, should_stop: ShouldStop = never
    ) -> tuple[Result, ...]:
        return self.examine(split, release, seed=seed, should_stop=should_stop).results

    def examine(
        self, split: Split, release: Release, *, seed: int, should_stop: ShouldStop = never
    ) -> Evidence:
        sides = sides_of(split, max_windows=MAX_POOL, seed=seed)
        released = _some(release.windows, MAX_RELEASED, seed)
        results: list[Result] = []
        pairs: list[Mapping[str, Any]] = []
        for view in VIEWS:
            line = _line(sides, view, seed=seed, should_stop=should_stop)
            fits = lay_over(released, sides.pool, view, place=sides.place, should_stop=should_stop)
            results += _results(view, fits, line, sides, seed=seed)
            pairs += _closest(released, sides, fits, line)
        return Evidence(tuple(results), {"pairs": pairs[:N_PAIRS]} if pairs else {})

    def reference(self, split: Split, *, seed: int, should_stop: ShouldStop = never) -> Baseline:
        ceilings = self.run(split, unprotected(split), seed=seed, should_stop=should_stop)
        jittered = split.fit.with_values(_jittered(split.fit.values, seed=seed))
        planted = self.run(split, Release("jittered", jittered), seed=seed, should_stop=should_stop)
        best = max(planted, key=lambda r: r.low)
        controls = [
            must_win(self.question, self.attacker, "private windows, shifted and with noise", best, 0.0)
        ]
        sides = sides_of(split, max_windows=MAX_POOL, seed=seed)
        released, others = _unused_apart(sides, seed=seed)
        for view in VIEWS:
            fits = lay_over(released, others.pool, view, place=others.place, should_stop=should_stop)
            line = _line(others, view, seed=seed, should_stop=should_stop)
            nothing = max(_results(view, fits, line, others, seed=seed), key=lambda r: r.low)
            controls.append(
                must_lose(self.question, self.attacker, f"unused real windows, {view}", nothing, 0.0)
            )
        return Baseline(ceilings=ceilings, controls=tuple(controls))


def _results(view: str, fits: Fits, line: float, sides: Sides, *, seed: int) -> list[Result]:
    found = []
    for tier, counted in ((ALL, np.ones(len(fits.fit), bool)), (STANDING_OUT, fits.margin > line)):
        estimate, p = excess(sides, fits.nearest, counted, seed=seed)
        found.append(
            replace(
                _empty_result(f"{view}, {tier}"),
                value=estimate.value,
                low=estimate.low,
                high=estimate.high,
                n=estimate.n_clusters,
                p=p,
            )
        )
    return found


def _line(sides: Sides, view: str, *, seed: int, should_stop: ShouldStop) -> float:
    """Return the margin that 99 of 100 unused windows surely (95 %) stay below, each looked up elsewhere."""
    unused = np.flatnonzero(~sides.used)
    unused = unused[at_most(sides.pool.activity[unused], MAX_UNUSED, seed=seed)]
    fits = lay_over(
        sides.pool.take(unused),
        sides.pool,
        view,
        place=sides.place,
        own=sides.place[unused],
        should_stop=should_stop,
    )
    rank = int(stats.binom.ppf(0.95, len(unused), LINE))
    return float(np.sort(fits.margin)[min(rank, len(unused) - 1)])


def _unused_apart(sides: Sides, *, seed: int) -> tuple[Windows, Sides]:
    """Take half of the unused stretches out of the pool, as a release that knows nothing of what was used."""
    unused = np.unique(sides.place[~sides.used])
    drawn = np.random.default_rng(seed).permutation(unused)[: len(unused) // 2]
    taken = np.isin(sides.place, drawn) & ~sides.used
    left = ~taken
    released = _some(sides.pool.take(taken), MAX_UNUSED, seed)
    return released, Sides.of(sides.pool.take(left), sides.used[left], sides.place[left])


def _closest(released: Windows, sides: Sides, fits: Fits, line: float) -> list[Mapping[str, Any]]:
    """Return the used windows that released ones fit most outstandingly, ready to be drawn over each other."""
    standing_out = (fits.margin > line) & sides.used[fits.nearest]
    chosen = np.flatnonzero(standing_out)[np.argsort(-fits.margin[standing_out])][:N_PAIRS]
    pairs = []
    for i in chosen:
        private = sides.pool.take(fits.nearest[i : i + 1])
        ours, theirs, channel = aligned(released.values[i], private.values[0])
        pairs.append(
            {
                "fit": round(float(fits.fit[i]), 3),
                "channel": released.channels[channel],
                "activity": str(private.activity[0]),
                "person": str(private.subject[0]),
                "rate_hz": float(released.rate_hz),
                "released": ours.round(4).tolist(),
                "private": theirs.round(4).tolist(),
            }
        )
    return pairs


def _jittered(values: np.ndarray, *, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    spread = values.std(axis=(0, 1))
    return np.roll(values, 5, axis=1) + rng.normal(0, 0.05, values.shape) * spread


def _some(windows: Windows, n: int, seed: int) -> Windows:
    return windows.take(at_most(windows.activity, n, seed=seed))


def _empty_result(tier: str) -> Result:
    return Result(
        question="copies",
        metric="share of copies",
        attacker=Copies.attacker,
        tier=tier,
        value=None,
        low=None,
        high=None,
        chance=0.0,
        ceiling=None,
        direction="lower",
        n=0,
        unit="stretches of recording; released windows that fit a used stretch best, beyond the share of used ones",
    )
