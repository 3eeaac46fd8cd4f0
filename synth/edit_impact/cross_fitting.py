"""Cross-fitted forests: each window is classified by forests that learnt from nothing in its own group."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from sklearn.ensemble import ExtraTreesClassifier

from synth.audit.models.classifiers import fit_forest
from synth.core.run_context import RunContext

N_FOLDS = 3
N_TREES = 60


@dataclass(frozen=True, eq=False)
class CrossFittedForests:
    """Forests that each left out a fold of the groups, so that every window meets one that never saw its group.

    Attributes:
        names: `(k,)` str, the classes in alphabetical order.
        forests: One per fold.
        fold: Group -> the fold that was left out of the forest of the same number.
        recall: Class -> share of its windows that are classified correctly out of fold, in [0, 1].
    """

    names: np.ndarray
    forests: tuple[ExtraTreesClassifier, ...]
    fold: Mapping[str, int]
    recall: Mapping[str, float]

    @classmethod
    def fit(
        cls, table: np.ndarray, labels: np.ndarray, groups: np.ndarray, context: RunContext
    ) -> Self | None:
        """Fit one forest per fold.

        Args:
            table: `(n, n_features)`.
            labels: `(n,)` str, the class of each window.
            groups: `(n,)` str; no forest classifies a group that it learnt from.
            context: Its seed assigns groups to folds and grows the trees; asked to stop between forests.

        Returns:
            The forests, or `None` where there are too few groups or classes to learn from.

        Raises:
            Stopped: If it was asked to stop.
        """
        fold = _assign_folds(labels, groups, seed=context.seed)
        fold_of = np.array([fold[group] for group in groups])
        n_folds = int(fold_of.max(initial=0)) + 1
        learnt = [labels[fold_of != i] for i in range(n_folds)]
        if n_folds < 2 or min(len(set(known.tolist())) for known in learnt) < 2:
            return None
        forests = []
        for i, known in enumerate(learnt):
            context.stop_if_asked()
            forests.append(
                fit_forest(table[fold_of != i], known, seed=context.seed, balanced=True, n_trees=N_TREES)
            )
        fitted = cls(np.unique(labels), tuple(forests), fold, {})
        predicted = fitted.names[fitted.votes(table, groups).argmax(axis=1)]
        recall = {str(name): float((predicted[labels == name] == name).mean()) for name in fitted.names}
        return replace(fitted, recall=recall)

    @property
    def balanced_accuracy(self) -> float:
        """Mean recall over the classes, in [0, 1]."""
        return float(np.mean(list(self.recall.values())))

    def votes(self, table: np.ndarray, groups: np.ndarray) -> np.ndarray:
        """Return the share of votes for each class.

        Args:
            table: `(n, n_features)`.
            groups: `(n,)` str. A group that no forest learnt from is classified by all of them together.

        Returns:
            `(n, k)` float64 in [0, 1], in the order of `names`.
        """
        votes = np.zeros((len(table), len(self.names)))
        fold_of = np.array([self.fold.get(str(group), -1) for group in groups])
        for i, forest in enumerate(self.forests):
            columns = np.searchsorted(self.names, forest.classes_)
            own, shared = np.flatnonzero(fold_of == i), np.flatnonzero(fold_of == -1)
            for rows, weight in ((own, 1.0), (shared, 1 / len(self.forests))):
                if len(rows):
                    # A single target: scikit-learn returns one array, and a list only for several.
                    votes[np.ix_(rows, columns)] += weight * np.asarray(forest.predict_proba(table[rows]))
        return votes

    def knows(self, name: str, group: str) -> bool:
        """Whether the forests that classify a group learnt from any window of a class."""
        i = self.fold.get(group)
        return name in self.names if i is None else name in self.forests[i].classes_


def _assign_folds(labels: np.ndarray, groups: np.ndarray, *, seed: int) -> dict[str, int]:
    """Assign groups to folds in turn, those with the same label one after the other (stratified)."""
    names, first = np.unique(groups, return_index=True)
    shuffled = np.random.default_rng(seed).permutation(len(names))
    order = shuffled[np.argsort(labels[first][shuffled], kind="stable")]
    return {str(names[k]): place % N_FOLDS for place, k in enumerate(order)}
