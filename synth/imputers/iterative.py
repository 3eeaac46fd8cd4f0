"""scikit-learn's IterativeImputer on flattened windows: each sample is regressed on those it correlates with."""

import warnings
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from data.windows import Windows
from synth.core.learner import setting
from synth.core.run_context import RunContext
from synth.imputers.base import FittedImputer, Imputer
from synth.imputers.input_checks import check_inputs, with_known
from synth.imputers.masks import draw_masks
from synth.keras_support.weights import pack, unpack


@dataclass(frozen=True)
class Iterative(Imputer):
    """Chained linear regressions (MICE without sampling): scikit-learn's IterativeImputer.

    Every sample of a window is a column, predicted by Bayesian ridge regression from `n_nearest` other columns, which
    are drawn with probabilities that follow their correlation with it. Columns are visited in turn, `rounds` times. It
    is fitted to a limited number of windows, a fifth of whose samples are hidden at random: on held-out gaps of the
    sample recordings this is better than hiding gaps, or nothing. It stores regression coefficients, not windows.

    Attributes:
        n_nearest: Predictors of each column, in [1, 1000].
        rounds: Visits to each column, in [1, 50].
        max_windows: Windows to fit to at most, in [10, 100000].

    References:
        van Buuren and Groothuis-Oudshoorn, mice: Multivariate imputation by chained equations in R, Journal of
        Statistical Software 45 (2011).
    """

    kind: ClassVar[str] = "iterative"
    title: ClassVar[str] = "Chained regressions"
    summary: ClassVar[str] = (
        "Predicts each missing sample from related samples (scikit-learn's IterativeImputer)."
    )

    n_nearest: int = setting(
        20, "Related samples", "Samples that predict a missing one (n_nearest_features).", low=1, high=1000
    )
    rounds: int = setting(3, "Rounds", "How often all samples are visited (max_iter).", low=1, high=50)
    max_windows: int = setting(
        600, "Windows at most", "The largest number of windows it learns from.", low=10, high=100_000
    )

    def fit(self, train: Windows, context: RunContext) -> "FittedIterative":
        """Fit the regressions; see `Imputer.fit`."""
        context.stop_if_asked()
        rng = np.random.default_rng(context.seed)
        chosen = train.values[np.sort(rng.permutation(len(train))[: self.max_windows])]
        masks = draw_masks(chosen.shape, kind="scattered", miss_rate=0.2, rng=rng)
        rows = np.where(masks, chosen, np.nan).reshape(len(chosen), -1)
        return FittedIterative(self, train.values.shape[1:], **_chain(self, rows, context.seed))

    def fit_table(self, table: np.ndarray, context: RunContext) -> "FittedIterative":
        """Learn from a table `(rows, columns)`, NaN where missing; see `synth.imputers.tables`."""
        return FittedIterative(self, (1, table.shape[1]), **_chain(self, table, context.seed))

    def load(self, payload: bytes) -> "FittedIterative":
        """Restore what `to_bytes` wrote."""
        card, arrays = unpack(payload)
        return FittedIterative(self, tuple(card["shape"]), **arrays)


class FittedIterative(FittedImputer):
    """A chain of linear regressions, in the order in which they are applied.

    Attributes:
        shape: `(timesteps, channels)` it was fitted on; a table has one timestep.
        start: `(columns,)`, initial values of missing samples: the mean of each column.
        column: `(steps,)` int64, the column that each step predicts.
        neighbours: `(steps, n_nearest)` int64, its predictors.
        weights: `(steps, n_nearest)`, their coefficients.
        intercepts: `(steps,)`.
    """

    def __init__(
        self,
        learner: Iterative,
        shape: tuple[int, int],
        start: np.ndarray,
        column: np.ndarray,
        neighbours: np.ndarray,
        weights: np.ndarray,
        intercepts: np.ndarray,
    ) -> None:
        self.learner = learner
        self.history = []
        self.shape = shape
        self.start = start
        self.column = column
        self.neighbours = neighbours
        self.weights = weights
        self.intercepts = intercepts

    def impute(self, values: np.ndarray, mask: np.ndarray, *, n_draws: int = 1, seed: int) -> np.ndarray:
        """Apply the regressions in order; see `FittedImputer.impute`."""
        check_inputs(values, mask, self.shape, n_draws)
        is_missing = ~mask.reshape(len(mask), self.shape[0] * self.shape[1])
        rows = np.where(is_missing, self.start, values.reshape(is_missing.shape))
        missing_in = [np.flatnonzero(column) for column in is_missing.T]
        for step, column in enumerate(self.column):
            which = missing_in[column]
            if len(which):
                looked_at = rows[which[:, None], self.neighbours[step]]
                rows[which, column] = looked_at @ self.weights[step] + self.intercepts[step]
        return np.repeat(with_known(values, mask, rows.reshape(values.shape))[None], n_draws, axis=0)

    def to_bytes(self) -> bytes:
        """Return the learner and all arrays; see `Fitted.to_bytes`."""
        card = {"learner": self.learner.card(), "shape": list(self.shape)}
        names = ("start", "column", "neighbours", "weights", "intercepts")
        return pack(card, {name: getattr(self, name) for name in names})


def _chain(settings: Iterative, rows: np.ndarray, seed: int) -> dict[str, np.ndarray]:
    """Fit scikit-learn's imputer to `(n, columns)`, NaN where missing, and return its coefficients."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.experimental import enable_iterative_imputer  # noqa: F401
    from sklearn.impute import IterativeImputer
    from threadpoolctl import threadpool_limits

    imputer = IterativeImputer(
        n_nearest_features=settings.n_nearest,
        max_iter=settings.rounds,
        random_state=seed,
        keep_empty_features=True,
    )
    # Thousands of small regressions: a second thread for each costs more than it saves.
    with warnings.catch_warnings(), threadpool_limits(1):
        # A few rounds are enough for a baseline, and waiting for convergence would take minutes.
        warnings.simplefilter("ignore", ConvergenceWarning)
        imputer.fit(rows.astype(np.float64))
    steps, start = imputer.imputation_sequence_, imputer.initial_imputer_
    if start is None:  # set by `fit`
        raise RuntimeError("scikit-learn's IterativeImputer was not fitted")
    n_neighbours = len(steps[0].neighbor_feat_idx) if steps else 0
    return {
        "start": start.statistics_,
        "column": np.array([step.feat_idx for step in steps], dtype=np.int64),
        "neighbours": np.array([step.neighbor_feat_idx for step in steps], dtype=np.int64).reshape(
            -1, n_neighbours
        ),
        "weights": np.array([step.estimator.coef_ for step in steps], dtype=np.float64).reshape(
            -1, n_neighbours
        ),
        "intercepts": np.array([step.estimator.intercept_ for step in steps], dtype=np.float64),
    }
