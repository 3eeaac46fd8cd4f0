"""Gradient boosting for two classes: the strongest classical model on tables of many features."""

from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits


@dataclass(frozen=True)
class Boosting:
    """Histogram-based boosted trees, both classes with the same weight.

    Attributes:
        n_trees: Trees, >= 1.
        learning_rate: Share of each tree's correction that is applied, in (0, 1].
        n_leaves: Most leaves of a tree, >= 2.
        n_bins: Values of a feature that trees tell apart, in [2, 255].
        share_of_features: Share of the features that each split may choose from, in (0, 1]: it saves time, and trees
            that differ are better together.

    References:
        Friedman, Greedy function approximation: a gradient boosting machine, Annals of Statistics 29 (2001).
    """

    n_trees: int = 100
    learning_rate: float = 0.1
    n_leaves: int = 8
    n_bins: int = 32
    share_of_features: float = 0.1

    def scores(self, known: np.ndarray, truth: np.ndarray, shown: np.ndarray, *, seed: int) -> np.ndarray:
        """Return the estimated probability that each row of `shown` is of the class `True`.

        Args:
            known: `(n, n_features)` to learn from.
            truth: `(n,)` bool.
            shown: `(n_shown, n_features)`.
            seed: Draws the features of each split.

        Returns:
            `(n_shown,)` in [0, 1].
        """
        from scipy.special import expit, logit
        from sklearn.ensemble import HistGradientBoostingClassifier

        trees = HistGradientBoostingClassifier(
            max_iter=self.n_trees,
            learning_rate=self.learning_rate,
            max_leaf_nodes=self.n_leaves,
            max_features=self.share_of_features,
            max_bins=self.n_bins,
            early_stopping=False,  # pyright: ignore[reportArgumentType]  # scikit-learn documents bool, too
            random_state=seed,
        )
        # Several threads wait for each other on tables as small as these.
        with threadpool_limits(1):
            logits = trees.fit(known, truth).decision_function(shown)
        # Weights would have the same effect, but scikit-learn spends more time on weighted bins than on trees.
        return expit(logits - logit(truth.mean()))
