"""An attacker who learns nothing: each later window gets the name of the nearest earlier one.

Dynamic time warping allows for a movement that is faster in some places and slower in others. A person's rank is that
of their nearest window.

References:
    Sakoe and Chiba, Dynamic programming algorithm optimization for spoken word recognition, IEEE Transactions
    on Acoustics, Speech and Signal Processing 26 (1978); the band around the diagonal is a tenth of the window.
    Keogh and Pazzani, Scaling up dynamic time warping for datamining applications, KDD 2000: long windows are
    averaged over neighbouring samples first, to at most 64 steps.
"""

from dataclasses import dataclass, replace

import numpy as np

from data.windows import Windows
from synth.audit.models.classifiers import N_SHUFFLES, at_most
from synth.audit.models.convnet import moments, scaled
from synth.audit.reidentification.base import RANKED, Naming, Reidentification
from synth.audit.report import Effort
from synth.audit.stats import Estimate, repeated
from synth.core.run_context import RunContext, ShouldStop, never, stop_if_asked

MAX_STEPS = 64
BAND = 0.1  # share of a window by which one movement may be ahead of the other
SLOWER = (
    10  # without its C library dtaidistance takes a hundred times as long, so a tenth of the windows per side
)
ROWS_A_CALL = 50  # windows compared between two checks for a stop


@dataclass(frozen=True)
class WarpingReidentification(Reidentification):
    """The nearest neighbour by dynamic time warping; only where the attacker learnt from released windows.

    Attributes:
        max_shown: Largest number of windows to name, the same share of every person and activity.
        max_known: Largest number of windows to compare them with.
    """

    attacker = "nearest by time warping"
    version = 2
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


def _nearest(distance: np.ndarray, names: np.ndarray, truth: np.ndarray) -> Naming:
    """Score each person by their nearest window."""
    people = sorted(set(names.tolist()))
    evidence = [-distance[:, names == person].min(axis=1) for person in people]
    return Naming(np.stack(evidence, axis=1), truth, people)


def _drawn(windows: Windows, n: int, *, seed: int) -> np.ndarray:
    """Draw indices of at most `n` windows, the same share of every person and activity."""
    pairs = zip(windows.subject.tolist(), windows.activity.tolist(), strict=True)
    return at_most(np.array([f"{who}, {what}" for who, what in pairs]), n, seed=seed)
