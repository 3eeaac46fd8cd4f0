"""Is anyone's recording copied? Windows are aligned with private ones.

The attacker's story: someone holds the released windows and, from elsewhere, recordings of the same people
(a gym's app, an older study). They compare every released window with every private one, shifted in time, scaled,
inverted, and with channels exchanged. A single copied window identifies a person and everything that the release
says about them.

People repeat themselves, so windows of a generator that merely learnt the data match some recording, too. But they
match recordings that were never used just as well, because the stretches to be used were drawn at random. Copies match
the used ones. This is tested for all windows, and for those that match one stretch so much better than all others as
at most 1 % of unused real windows do (which detects a few copies among many harmless windows). Where the unused
recordings were supplied and nothing was drawn at random, only the second test is made: at most 2 % may stand out.

References:
    Platzer and Reutterer, Holdout-based empirical assessment of mixed-type synthetic data, Frontiers in Big
    Data 4 (2021) (are records nearer to training than to holdout data?).
    Stadler, Oprisanu and Troncoso, Synthetic data - anonymisation groundhog day, USENIX Security 2022 (why a
    distance alone says nothing).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from data.release import Release
from data.splits import Split
from data.windows import Windows
from synth.audit.attack import (
    ALPHA_OF_CONTROL,
    NOTHING_FRESH,
    Attack,
    Baseline,
    Evidence,
    must_win,
    unprotected,
)
from synth.audit.copies.alignment_search import VIEWS, Fits, aligned, lay_over
from synth.audit.membership.member_sets import (
    Sides,
    excess,
    outstanding,
    sides_of,
    some_unused_apart,
    unused_of,
)
from synth.audit.models.classifiers import at_most
from synth.audit.report import Control, Result
from synth.audit.stats import Estimate, holm
from synth.core.run_context import RunContext

LINE = 0.99  # share of unused real windows that lie below the line
HARMLESS = 2 * (1 - LINE)  # share of harmless windows that may lie above it where the holdout was supplied
MAX_RELEASED, MAX_UNUSED, MAX_POOL = 600, 300, 6_000  # windows; more take minutes and make little difference
MAX_CONTROL = 250
MIN_UNUSED, MIN_RELEASED = 100, 20
NOISE = 0.3  # of each window's movement: copies with this much noise must be found before "safe" may be said
PLANTED = f"private windows, shifted and under noise of {NOISE:.0%} of their movement"
N_PAIRS = 3  # shown as overlays
ALL, STANDING_OUT = "all windows", "windows that stand out"
TOO_FEW = f"At least {MIN_UNUSED} real windows that were not used are needed to know how well windows fit by chance."


@dataclass(frozen=True)
class Copies(Attack):
    """Find the best match of each released window among used and unused private ones."""

    question = "copies"
    attacker = "nearest private window"
    title = "Looking for windows that were copied"

    def obstacle(self, split: Split) -> str:
        """Need at least `MIN_UNUSED` unused windows."""
        if len(split.fresh) == len(split.unseen) == 0:
            return NOTHING_FRESH
        return "" if len(unused_of(split)) >= MIN_UNUSED else TOO_FEW

    def run(self, split: Split, release: Release, context: RunContext) -> tuple[Result, ...]:
        """Return the share of copies for each view, of all windows (sides drawn at random) and of outstanding ones."""
        return self.examine(split, release, context).results

    def examine(self, split: Split, release: Release, context: RunContext) -> Evidence:
        """Measure a release, and show the pairs of windows that match best."""
        sides = sides_of(split, max_windows=MAX_POOL, seed=context.seed)
        lines = lines_of(sides, context)
        released = _some(release.windows, MAX_RELEASED, context.seed)
        results, fits = _look_up(released, sides, lines, context, at_random=split.at_random)
        pairs = [pair for view in VIEWS for pair in _closest(released, sides, fits[view])]
        pairs.sort(key=lambda pair: -pair["fit"])
        return Evidence(tuple(results), {"pairs": pairs[:N_PAIRS]} if pairs else {})

    def reference(self, split: Split, context: RunContext) -> Baseline:
        """Measure the unprotected windows, noisy copies of them, and unused windows."""
        sides = sides_of(split, max_windows=MAX_POOL, seed=context.seed)
        lines = lines_of(sides, context)

        def found(windows: Windows, among: Sides) -> list[Result]:
            released = _some(windows, MAX_CONTROL, context.seed)
            return _look_up(released, among, lines, context, at_random=split.at_random)[0]

        jittered = split.fit.with_values(_jittered(split.fit.values, seed=context.seed))
        outstanding = [r for r in found(jittered, sides) if r.tier.endswith(STANDING_OUT)]
        best = max(outstanding, key=lambda r: r.ends[0])
        controls = [must_win(self.question, self.attacker, PLANTED, best, best.by_guessing)]
        unused, others = some_unused_apart(sides, seed=context.seed)
        if len(unused) >= MIN_RELEASED:
            controls.append(_nothing_to_find(found(unused, others)))
        return Baseline(ceilings=tuple(found(unprotected(split).windows, sides)), controls=tuple(controls))


def _look_up(
    released: Windows,
    sides: Sides,
    lines: Mapping[str, float],
    context: RunContext,
    *,
    at_random: bool,
) -> tuple[list[Result], dict[str, Fits]]:
    """Return the results of both views, and the best matches."""
    fits = {
        view: lay_over(released, sides.pool, view, place=sides.place, should_stop=context.should_stop)
        for view in VIEWS
    }
    results = [
        r
        for view in VIEWS
        for r in _results(view, fits[view], lines[view], sides, seed=context.seed, at_random=at_random)
    ]
    return results, fits


def _nothing_to_find(results: Sequence[Result]) -> Control:
    """Test unused windows: an attacker who finds copies among them finds them anywhere."""
    tested = [(r, r.p) for r in results if r.p is not None]
    corrected = holm([p for _, p in tested])
    worst, _ = tested[int(np.argmin(corrected))]
    return Control(
        question=worst.question,
        attacker=worst.attacker,
        planted="unused real windows of the same people",
        expected="lose",
        value=worst.number,
        low=worst.ends[0],
        high=worst.ends[1],
        chance=worst.by_guessing,
        passed=min(corrected) > ALPHA_OF_CONTROL,
    )


def _results(view: str, fits: Fits, line: float, sides: Sides, *, seed: int, at_random: bool) -> list[Result]:
    stands_out = fits.margin > line
    if not at_random:
        template = replace(_empty_result(f"{view}, {STANDING_OUT}"), chance=HARMLESS)
        return [_filled(template, *outstanding(sides, fits.nearest, stands_out, chance=HARMLESS))]
    everything = np.ones(len(fits.fit), bool)
    return [
        _filled(_empty_result(f"{view}, {tier}"), *excess(sides, fits.nearest, counted, seed=seed))
        for tier, counted in ((ALL, everything), (STANDING_OUT, stands_out))
    ]


def _filled(template: Result, estimate: Estimate, p: float) -> Result:
    return replace(
        template, value=estimate.value, low=estimate.low, high=estimate.high, n=estimate.n_clusters, p=p
    )


def lines_of(sides: Sides, context: RunContext) -> dict[str, float]:
    """Return for each view the margin that 99 % of unused windows stay below, with 95 % confidence."""
    from scipy import stats

    unused = np.flatnonzero(~sides.used)
    unused = unused[at_most(sides.pool.activity[unused], MAX_UNUSED, seed=context.seed)]
    windows, own = sides.pool.take(unused), sides.place[unused]
    rank = min(int(stats.binom.ppf(0.95, len(unused), LINE)), len(unused) - 1)
    lines = {}
    for view in VIEWS:
        fits = lay_over(
            windows, sides.pool, view, place=sides.place, own=own, should_stop=context.should_stop
        )
        lines[view] = float(np.sort(fits.margin)[rank])
    return lines


def _closest(released: Windows, sides: Sides, fits: Fits) -> list[Mapping[str, Any]]:
    """Return the most outstanding matches of released and used windows, aligned for an overlay."""
    of_used = np.flatnonzero(sides.used[fits.nearest])
    chosen = of_used[np.argsort(-fits.margin[of_used])][:N_PAIRS]
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
    movement = values.std(axis=1, keepdims=True)
    return np.roll(values, 5, axis=1) + rng.normal(0, NOISE, values.shape) * movement


def _some(windows: Windows, n: int, seed: int) -> Windows:
    return windows.take(at_most(windows.activity, n, seed=seed))


def _empty_result(tier: str) -> Result:
    return Copies.unmeasured(
        "share of copies",
        tier,
        unit="stretches of recording; released windows that fit a used stretch best, beyond the share of used ones",
        chance=0.0,
    )
