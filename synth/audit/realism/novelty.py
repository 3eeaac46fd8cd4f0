"""Is anything new in it? Distances of released windows to used ones and to each other. There is no verdict.

The reader's story: someone fears that a generator merely replays its training windows (nothing is new), or that it
repeats one window over and over (nothing differs). They take each released window's distance to the nearest used
window of its activity, and to the nearest other released one, by dynamic time warping. Both are divided by the
distance of real windows to the nearest one in another series: 1 is as novel, or as diverse, as real recordings of
another person or time; 0 is a copy. (Unused stretches of a series that was used are nearer than that: nobody is as
similar to a person as the same person a minute later.)

A third figure takes the mean distance to all used windows of the activity instead of the nearest (mean DTW, as reported
in papers on generated signals). It is crude: it reliably detects what is ten times as strong (acceleration in m/s²
among windows in g), but copies, and noise as strong as the movement, look like real windows to it.

The result is the difference from 1, `1 - min(ratio, 1 / ratio)`, since a release can also be too far from everything;
the ratio is in the note. The minimum is taken for every window separately, and then averaged. (PhysioGAN's code carried
the minimum over from window to window, so that one near window made all later ones near.)

References:
    Alzantot, Garcia, Srivastava, PhysioGAN, 2022, arXiv:2204.13597 (novelty and diversity).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from data.release import Release
from data.splits import Split
from data.windows import Windows
from synth.audit.attack import Attack, Baseline, measured, must_lose, must_win, unprotected
from synth.audit.models.classifiers import at_most
from synth.audit.models.convnet import moments, scaled
from synth.audit.reidentification.dtw import affordable, shortened, warped_distances
from synth.audit.report import Result
from synth.audit.stats import LEVEL, Estimate
from synth.core.run_context import RunContext, ShouldStop

MAX_SHOWN = 100  # windows to compare
MAX_KNOWN = 5_000  # used windows to compare with; with more than these, copies may be missed
LINE = 0.5  # controls must end up on their side of it
NEW, DIVERSE = "as new as real windows (novelty)", "as diverse as real windows (diversity)"
ALIKE = "as like real windows as they are like each other (mean DTW)"
WORDS = {
    NEW: ("as far from the nearest used one", "from the nearest in another series"),
    DIVERSE: ("as far from each other", "from the nearest in another series"),
    ALIKE: ("as far from all used ones of their activity, on average,", "from those in other series"),
}
NO_OTHER_SERIES = "Nothing to compare with: no activity of the release has two series of real recordings."
Summary = Callable[[np.ndarray, np.ndarray], np.ndarray]  # of distances to known windows, ignoring some
LEAST = 1e-9  # lower bound of distances and ratios, to avoid division by 0


@dataclass(frozen=True)
class Ratios:
    """Distances to nearest neighbours, relative to those of real windows of the same activity.

    Attributes:
        values: `(n,)`, at least 0.
        cluster: `(n,)` str: the person of each window, or the batch of generated ones.
    """

    values: np.ndarray
    cluster: np.ndarray

    @property
    def mean(self) -> float:
        """The mean ratio, at least 0."""
        return float(self.values.mean())

    def unlike_real(self) -> Estimate:
        """Estimate the difference of the mean ratio from 1, in [0, 1], with an interval over clusters."""
        from scipy import stats

        names, codes = np.unique(self.cluster, return_inverse=True)
        n = len(names)
        residuals = np.bincount(codes, self.values - self.mean) / len(self.values)
        reach = np.inf
        if n > 1:
            error = float(np.sqrt(n / (n - 1) * (residuals**2).sum()))
            reach = float(stats.t.ppf(0.5 + LEVEL / 2, n - 1)) * error
        low, high = max(self.mean - reach, 0.0), self.mean + reach
        ends = [_from_one(low), _from_one(high)]
        return Estimate(_from_one(self.mean), 0.0 if low <= 1 <= high else min(ends), max(ends), n)


@dataclass(frozen=True)
class Novelty(Attack):
    """Distances by time warping, to used windows and among released ones."""

    question = "realism"
    attacker = "nearest windows by time warping"
    title = "Comparing released windows with used ones and with each other"

    def run(self, split: Split, release: Release, context: RunContext) -> tuple[Result, ...]:
        """Return how far a release is from real windows in novelty, diversity and mean distance."""
        found = {
            NEW: novelty(release.windows, split.fit, context),
            DIVERSE: diversity(release.windows, split.fit, context),
            ALIKE: likeness(release.windows, split.fit, context),
        }
        return tuple(self._result(tier, ratios) for tier, ratios in found.items())

    def reference(self, split: Split, context: RunContext) -> Baseline:
        """Measure the unprotected windows, repeated and amplified ones, and other people's windows."""
        ceilings = self.run(split, unprotected(split), context)
        repeated = diversity(_one_of_each(split.fit), split.fit, context)
        others = novelty(split.unseen, split.fit, context)
        strong = split.fit.with_values(10 * split.fit.values)
        stronger, alike = (likeness(w, split.fit, context) for w in (strong, split.unseen))
        same = ceilings[0] if ceilings[0].value is not None else None
        cases = (
            (must_win, "private windows as they are: not new", same),
            (must_win, "one window of each activity over and over: not diverse", _estimate(repeated)),
            (must_win, "private windows ten times as strong: not alike", _estimate(stronger)),
            (must_lose, "real windows of other people: new", _estimate(others)),
            (must_lose, "real windows of other people: alike", _estimate(alike)),
        )
        controls = tuple(
            must(self.question, self.attacker, planted, got, LINE)
            for must, planted, got in cases
            if got is not None
        )
        return Baseline(ceilings=ceilings, controls=controls)

    def _result(self, tier: str, ratios: Ratios | None) -> Result:
        template = self.unmeasured("distance", tier, unit="people; each activity that both have")
        if ratios is None:
            return measured(template, None, note=NO_OTHER_SERIES)
        there, real = WORDS[tier]
        note = f"Released windows are {ratios.mean:.2f} times {there} as real windows are {real}."
        return replace(measured(template, ratios.unlike_real()), note=note)


def novelty(windows: Windows, used: Windows, context: RunContext) -> Ratios | None:
    """Return distances to the nearest used window, relative to those between used ones of different series.

    Args:
        windows: The windows to judge.
        used: Real windows.
        context: Its seed draws the windows to compare where there are many; heeds requests to stop.

    Returns:
        About 0 for copies, about 1 for real recordings of other series; `None` where there is nothing to compare with.
    """
    return _to_used(windows, used, MAX_KNOWN, _nearest, context, apart=False)


def likeness(windows: Windows, used: Windows, context: RunContext) -> Ratios | None:
    """Return mean distances to used windows, relative to those between used ones of different series.

    Like real windows, those that claim a person are compared with other series only. Arguments as for
    `novelty`.

    Returns:
        About 1 for real recordings, and for copies; `None` where there is nothing to compare with.
    """
    return _to_used(windows, used, 2 * MAX_SHOWN, _on_average, context, apart=True)


def _to_used(
    windows: Windows,
    used: Windows,
    n_known: int,
    summary: Summary,
    context: RunContext,
    *,
    apart: bool,
) -> Ratios | None:
    scale = moments(used.values)
    used = _some(used, n_known, context.seed)
    shown, real = _some(windows, MAX_SHOWN, context.seed), _some(used, MAX_SHOWN, context.seed)
    ratios = []
    for activity in _in_both(shown, used):
        mine, own, known = (w.take(w.activity == activity) for w in (shown, real, used))
        own_series = (mine.series[:, None] == known.series) & (mine.subject[:, None] != "") & apart
        there = summary(_distances(mine, known, scale, context.should_stop), own_series)
        unit = summary(
            _distances(own, known, scale, context.should_stop), own.series[:, None] == known.series
        )
        ratios.append(_in_units(mine, there, unit))
    return _joined(ratios)


def diversity(windows: Windows, used: Windows, context: RunContext) -> Ratios | None:
    """Return distances among windows, relative to those among as many used ones of different series.

    Like real windows, those that claim a person are compared with other series only. Arguments as for `novelty`.

    Returns:
        About 0 for one window over and over, about 1 for real recordings; `None` with nothing to compare.
    """
    scale = moments(used.values)
    shown = _some(windows, MAX_SHOWN, context.seed)
    ratios = []
    for activity in _in_both(shown, used):
        mine, real = (w.take(w.activity == activity) for w in (shown, used))
        real = _some(real, len(mine), context.seed)
        unit = _nearest(
            _distances(real, real, scale, context.should_stop), real.series[:, None] == real.series
        )
        groups = np.where(mine.subject == "", np.arange(len(mine)).astype(str), mine.series)
        there = _nearest(_distances(mine, mine, scale, context.should_stop), groups[:, None] == groups)
        ratios.append(_in_units(mine, there, unit))
    return _joined(ratios)


def _nearest(distances: np.ndarray, left_out: np.ndarray) -> np.ndarray:
    """Return the minimum of each row over what is not left out; infinite where all is."""
    return np.where(left_out, np.inf, distances).min(axis=1)


def _on_average(distances: np.ndarray, left_out: np.ndarray) -> np.ndarray:
    """Return the mean of each row over what is not left out; infinite where all is."""
    n = (~left_out).sum(axis=1)
    total = np.where(left_out, 0.0, distances).sum(axis=1)
    return np.where(n > 0, total / np.maximum(n, 1), np.inf)


def _distances(
    shown: Windows, known: Windows, scale: tuple[np.ndarray, np.ndarray], should_stop: ShouldStop
) -> np.ndarray:
    """Return the time-warping distance of each pair of standardised windows, `(n_shown, n_known)`."""
    sides = [shortened(scaled(side.values, *scale)) for side in (shown, known)]
    return warped_distances(*sides, should_stop=should_stop)


def _in_units(windows: Windows, nearest: np.ndarray, unit: np.ndarray) -> Ratios:
    """Divide by the mean of the unit; windows and units without any neighbour are left out."""
    there, unit = np.isfinite(nearest), unit[np.isfinite(unit)]
    if len(unit) == 0:
        there = np.zeros(len(nearest), bool)
    cluster = np.where(windows.subject == "", windows.series, windows.subject)
    return Ratios(nearest[there] / max(unit.mean() if len(unit) else 1.0, LEAST), cluster[there])


def _joined(parts: list[Ratios]) -> Ratios | None:
    if sum(len(part.values) for part in parts) == 0:
        return None
    return Ratios(np.concatenate([p.values for p in parts]), np.concatenate([p.cluster for p in parts]))


def _estimate(ratios: Ratios | None) -> Estimate | None:
    return None if ratios is None else ratios.unlike_real()


def _from_one(ratio: float) -> float:
    """Return the difference of a ratio from 1, in [0, 1]: 0 at 1, and 1 at zero and infinity."""
    return 1 - min(ratio, 1 / max(ratio, LEAST))


def _in_both(shown: Windows, used: Windows) -> list[str]:
    return sorted(set(shown.activity.tolist()) & set(used.activity.tolist()))


def _one_of_each(windows: Windows) -> Windows:
    """Return as many windows, identical within an activity and claiming nobody."""
    first = {activity: np.flatnonzero(windows.activity == activity)[0] for activity in windows.activities}
    repeated = windows.take(np.array([first[activity] for activity in windows.activity.tolist()]))
    return replace(repeated, subject=np.full(len(windows), ""), series=windows.series)


def _some(windows: Windows, n: int, seed: int) -> Windows:
    """Draw at most `n` windows, the same share of every activity."""
    return windows.take(at_most(windows.activity, affordable(n), seed=seed))
