"""An attacker who learns nothing: each later window gets the name of the nearest earlier one.

Dynamic time warping allows for a movement that is faster in some places and slower in others. A person's rank is that
of their nearest window.

The *similarity rank* is the published measure of the anonymising autoencoder: the mean distance of a person's released
windows of one activity from everybody's recordings of it, and the place of the right person among these means. It is
given as the share of the other people who are farther away, so that 1 is the nearest person, 0 the farthest, and 1/2
guessing. This attacker is static and looks at means instead of at the nearest window, so that a high number says much
and a low one little; it is shown, not judged.

References:
    Malekzadeh et al., Mobile sensor data anonymization, IoTDI 2019 (the similarity rank, there from 0 for the nearest
    of 24 people, with the city-block distance, every second sample and channels apart).
    Sakoe and Chiba, Dynamic programming algorithm optimization for spoken word recognition, IEEE Transactions
    on Acoustics, Speech and Signal Processing 26 (1978); the band around the diagonal is a tenth of the window.
    Keogh and Pazzani, Scaling up dynamic time warping for datamining applications, KDD 2000: long windows are
    averaged over neighbouring samples first, to at most 64 steps.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from data.release import Release
from data.splits import Split
from data.windows import Windows
from synth.audit.attack import Evidence, measured
from synth.audit.models.classifiers import N_SHUFFLES, at_most
from synth.audit.models.convnet import moments, scaled
from synth.audit.reidentification.base import (
    RANKED,
    TOO_FEW,
    Naming,
    Reidentification,
    Scenario,
    scenarios,
)
from synth.audit.report import Effort, Result
from synth.audit.stats import Estimate, repeated, share_per_person
from synth.core.run_context import RunContext, ShouldStop, never, stop_if_asked

MAX_STEPS = 64
BAND = 0.1  # share of a window by which one movement may be ahead of the other
SLOWER = (
    10  # without its C library dtaidistance takes a hundred times as long, so a tenth of the windows per side
)
ROWS_A_CALL = 50  # windows compared between two checks for a stop
SIMILARITY, BY_MEANS = "similarity rank", "static, mean distance"


@dataclass(frozen=True)
class WarpingReidentification(Reidentification):
    """The nearest neighbour by dynamic time warping; only where the attacker learnt from released windows.

    Attributes:
        max_shown: Largest number of windows to name, the same share of every person and activity.
        max_known: Largest number of windows to compare them with.
    """

    attacker = "nearest by time warping"
    version = 3
    title = "Naming the person behind released windows by time warping"
    max_shown: int = 300
    max_known: int = 600
    tiers = RANKED
    manner = (
        ", each later window looked up among the earlier ones (where there are many, among a draw of them)"
    )

    def for_effort(self, effort: Effort) -> "WarpingReidentification":
        """Compare more windows in a thorough audit."""
        return replace(self, max_shown=1000, max_known=2000) if effort == "thorough" else self

    def examine(self, split: Split, release: Release, context: RunContext) -> Evidence:
        """Measure every tier, and the similarity rank."""
        evidence = super().examine(split, release, context)
        static = (scene for scene in scenarios(split, release) if scene.tier == "static")
        ranks = [self._similarity_rank(scene.of_common_people(), context) for scene in static]
        return replace(evidence, results=(*evidence.results, *(r for r in ranks if r.value is not None)))

    def name(self, known: Windows, shown: Windows, context: RunContext) -> Naming:
        """Rank people by the distance of their nearest window."""
        some, looked_up, distance = self._look_up(known, shown, context)
        return replace(_nearest(distance, known.subject[some], shown.subject[looked_up]), looked_up=looked_up)

    def name_by_shuffled(self, known: Windows, shown: Windows, context: RunContext) -> Estimate:
        """Shuffle the names of the known windows several times, with the same distances."""
        some, looked_up, distance = self._look_up(known, shown, context)
        rng = np.random.default_rng(context.seed)
        shuffles = [rng.permutation(known.subject[some]) for _ in range(N_SHUFFLES)]
        values = [_nearest(distance, names, shown.subject[looked_up]).top(1).value for names in shuffles]
        return repeated(np.array(values))

    def _similarity_rank(self, scene: Scenario, context: RunContext) -> Result:
        """Measure how many people are farther from a person's released windows than that person is."""
        empty = self.unmeasured(SIMILARITY, BY_MEANS, unit=f"{scene.unit}, activities apart", chance=0.5)
        found = list(self._others_farther(scene, context))
        if not found:
            return measured(empty, None, note=TOO_FEW)
        people, shares = zip(*found, strict=True)
        estimate = share_per_person(np.array(shares), np.array(people))
        last = len(scene.known.subjects) - 1
        rank = f"Rank {(1 - estimate.value) * last:.1f}, from 0 (the nearest person) to {last}."
        return replace(measured(empty, estimate, note=rank), p=None)

    def _others_farther(self, scene: Scenario, context: RunContext) -> Iterator[tuple[str, float]]:
        """Yield every person of every activity, and the share of others who are farther away; ties count half."""
        known, shown = (
            side.take(_drawn(side, affordable(n), seed=context.seed))
            for side, n in ((scene.known, self.max_known), (scene.shown, self.max_shown))
        )
        if len(known) == 0:
            return
        scale = moments(known.values)
        for activity in sorted(set(known.activities) & set(shown.activities)):
            there, here = (side.take(side.activity == activity) for side in (known, shown))
            sides = [shortened(scaled(side.values, *scale)) for side in (here, there)]
            distance = warped_distances(*sides, should_stop=context.should_stop)
            yield from farther_on_average(distance, there.subject, here.subject)

    def _look_up(
        self, known: Windows, shown: Windows, context: RunContext
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return indices of the sampled known and shown windows, and the distance of each of these to each of those."""
        some = _drawn(known, affordable(self.max_known), seed=context.seed)
        looked_up = _drawn(shown, affordable(self.max_shown), seed=context.seed)
        looked_up = looked_up[np.isin(shown.subject[looked_up], known.subject[some])]
        scale = moments(known.values[some])
        sides = [shortened(scaled(v, *scale)) for v in (shown.values[looked_up], known.values[some])]
        return some, looked_up, warped_distances(*sides, should_stop=context.should_stop)


def affordable(n: int) -> int:
    """Return how many of `n` windows this machine can compare in time, >= 1."""
    from dtaidistance import dtw

    return n if dtw.dtw_cc else max(1, n // SLOWER)


def warped_distances(shown: np.ndarray, known: np.ndarray, *, should_stop: ShouldStop = never) -> np.ndarray:
    """Return the distance by dynamic time warping of every pair, `(n_shown, n_known)`.

    All channels are warped together.

    Args:
        shown: `(n_shown, steps, channels)`.
        known: `(n_known, steps, channels)`.
        should_stop: Checked every `ROWS_A_CALL` rows.
    """
    from dtaidistance import dtw, dtw_ndim

    known = known.astype(np.float64)
    parts = [np.zeros((0, len(known)))]
    for begin in range(0, len(shown), ROWS_A_CALL):
        stop_if_asked(should_stop)
        rows = shown[begin : begin + ROWS_A_CALL].astype(np.float64)
        n, n_all = len(rows), len(rows) + len(known)
        pairs = dtw_ndim.distance_matrix(
            np.concatenate([rows, known]),
            ndim=known.shape[2],
            window=1 + round(BAND * known.shape[1]),
            block=((0, n), (n, n_all)),
            compact=True,
            use_c=bool(dtw.dtw_cc),
        )
        parts.append(np.reshape(pairs, (n, len(known))))
    return np.concatenate(parts)


def shortened(values: np.ndarray) -> np.ndarray:
    """Average neighbouring samples so that a window has at most `MAX_STEPS`; a remainder at the end is left out."""
    n, n_timesteps, n_channels = values.shape
    per_step = -(-n_timesteps // MAX_STEPS)
    n_steps = n_timesteps // per_step
    return values[:, : n_steps * per_step].reshape(n, n_steps, per_step, n_channels).mean(axis=2)


def farther_on_average(
    distance: np.ndarray, names: np.ndarray, truth: np.ndarray
) -> Iterator[tuple[str, float]]:
    """Yield every person on both sides, and the share of the others who are farther on average; ties count half.

    Args:
        distance: `(n_shown, n_known)`.
        names: `(n_known,)` str.
        truth: `(n_shown,)` str.
    """
    people = sorted(set(names.tolist()))
    for person in sorted(set(truth.tolist()) & set(people)):
        own = distance[truth == person]
        away = {name: own[:, names == name].mean() for name in people}
        others = np.array([away[name] for name in people if name != person])
        if len(others):
            yield person, float(np.mean((others > away[person]) + 0.5 * (others == away[person])))


def _nearest(distance: np.ndarray, names: np.ndarray, truth: np.ndarray) -> Naming:
    """Score each person by their nearest window."""
    people = sorted(set(names.tolist()))
    evidence = [-distance[:, names == person].min(axis=1) for person in people]
    return Naming(np.stack(evidence, axis=1), truth, people)


def _drawn(windows: Windows, n: int, *, seed: int) -> np.ndarray:
    """Draw indices of at most `n` windows, the same share of every person and activity."""
    pairs = zip(windows.subject.tolist(), windows.activity.tolist(), strict=True)
    return at_most(np.array([f"{who}, {what}" for who, what in pairs]), n, seed=seed)
