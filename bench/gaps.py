"""Do filled spans look real? Judges that see a filled span with its surroundings, and the steps at its seams.

Half of the windows (drawn at random) keep the real span, in the others it is filled in, so that no window is seen both
ways. A judge learns on some people (series, where there are fewer than five people) and is asked about others; 50 % is
guessing. Controls: real spans called filled cannot be told from real ones, straight lines can.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import StratifiedGroupKFold

from data.windows import Windows
from synth.audit.models.convnet import fit_convnet
from synth.audit.models.features import features
from synth.core.run_context import RunContext
from synth.imputers.base import FittedImputer
from synth.imputers.comparison import FEWEST_PEOPLE, MISSING_SHARE

SURROUNDINGS = 0.5  # of the span's length, seen on either side
N_FOLDS = 3
N_UPDATES = 300
Judge = Callable[[Windows, np.ndarray, Windows], np.ndarray]


@dataclass(frozen=True, eq=False)
class Gap:
    """One span in the middle of all windows.

    Attributes:
        windows: Complete windows that nothing was fitted to.
        start: First sample of the span.
        stop: The sample after its last one.
    """

    windows: Windows
    start: int
    stop: int

    @classmethod
    def of(cls, windows: Windows) -> "Gap":
        length = max(1, int(MISSING_SHARE * windows.n_timesteps))
        start = (windows.n_timesteps - length) // 2
        return cls(windows, start, start + length)

    def filled(self, imputer: FittedImputer) -> np.ndarray:
        """Return the windows with the span filled in by a single draw, in all channels."""
        mask = np.ones(self.windows.values.shape, dtype=bool)
        mask[:, self.start : self.stop] = False
        return imputer.impute(self.windows.values, mask, seed=0)[0]

    def seen(self, values: np.ndarray) -> Windows:
        """Return the span with its surroundings."""
        margin = int(SURROUNDINGS * (self.stop - self.start))
        return self.windows.with_values(values[:, self.start - margin : self.stop + margin])


def told_apart(gap: Gap, filled: np.ndarray, judge: Judge) -> float:
    """Return the balanced accuracy, in [0, 1], of telling filled from real spans, on people not learnt from."""
    windows = gap.windows
    is_filled = np.random.default_rng(0).random(len(windows)) < 0.5
    seen = gap.seen(np.where(is_filled[:, None, None], filled, windows.values))
    groups = windows.subject if len(windows.subjects) >= FEWEST_PEOPLE else windows.series
    said = np.zeros(len(windows), dtype=bool)
    folds = StratifiedGroupKFold(N_FOLDS, shuffle=True, random_state=0)
    for learnt, asked in folds.split(said, is_filled, groups):
        said[asked] = judge(seen.take(learnt), is_filled[learnt], seen.take(asked))
    return float(balanced_accuracy_score(is_filled, said))


def by_forest(learnt: Windows, is_filled: np.ndarray, asked: Windows) -> np.ndarray:
    """Judge by a random forest on features of the span, of its surroundings, and of how they differ."""
    forest = RandomForestClassifier(200, min_samples_leaf=2, random_state=0, n_jobs=1)
    return forest.fit(_described(learnt), is_filled).predict(_described(asked))


def by_network(learnt: Windows, is_filled: np.ndarray, asked: Windows) -> np.ndarray:
    """Judge by the audit's convolutional network, on samples and their steps around each window's mean."""
    values = [x.values - x.values.mean(axis=1, keepdims=True) for x in (learnt, asked)]
    fitted = fit_convnet(values[0], is_filled, RunContext(0), n_updates=N_UPDATES)
    return fitted.predict(values[1])


def seam_steps(gap: Gap, filled: np.ndarray) -> tuple[float, float]:
    """Return the median and 95th percentile of steps at the seams, as percentiles (0 to 100) of real steps there.

    Real steps at the same place: 50 and 95 are what real spans have. Each channel counts by itself.
    """
    edges = [gap.start - 1, gap.stop - 1]
    real = np.abs(np.diff(gap.windows.values, axis=1))
    made = np.abs(np.diff(filled, axis=1))[:, edges]
    ranks = [
        np.searchsorted(np.sort(real[:, :, c].ravel()), made[:, :, c].ravel()) / real[:, :, c].size
        for c in range(real.shape[2])
    ]
    median, high = np.quantile(np.concatenate(ranks), [0.5, 0.95])
    return float(100 * median), float(100 * high)


def _described(seen: Windows) -> np.ndarray:
    n = seen.n_timesteps
    margin = round(n * SURROUNDINGS / (1 + 2 * SURROUNDINGS))
    parts = [slice(margin, n - margin), slice(0, margin), slice(n - margin, n), slice(0, n)]
    span, before, after, whole = (features(replace(seen, values=seen.values[:, part])) for part in parts)
    steps = np.abs(np.diff(seen.values, axis=1))
    curves = np.abs(np.diff(seen.values, 2, axis=1))
    typical = np.median(steps, axis=1) + 1e-6
    at_seams = [steps[:, i] / typical for i in (margin - 1, n - margin - 1)]
    bends = [curves[:, i] / typical for i in (margin - 2, margin - 1, n - margin - 2, n - margin - 1)]
    return np.concatenate([span, span - (before + after) / 2, whole, *at_seams, *bends], axis=1)
