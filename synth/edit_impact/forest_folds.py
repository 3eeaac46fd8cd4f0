"""Several forests of which each left something out, so that each window has a judge that knows nothing near it."""

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
class Panel:
    """Forests of which each left out some groups, so that each window has one that knows nothing near it.

    Attributes:
        names: `(k,)` what windows are called.
        forests: One a fold.
        fold: Group -> the forest that did not learn from it.
        right: Name -> share of its windows that are called right, each by the forest that did not know it.
    """

    names: np.ndarray
    forests: tuple[ExtraTreesClassifier, ...]
    fold: Mapping[str, int]
    right: Mapping[str, float]

    @classmethod
    def fit(
        cls, table: np.ndarray, labels: np.ndarray, groups: np.ndarray, context: RunContext
    ) -> Self | None:
        """Teach a panel.

        Args:
            table: `(n, n_features)`.
            labels: `(n,)` str, what windows are.
            groups: `(n,)` str, what must not be learnt from and judged by the same forest.
            context: Its seed deals out the groups and draws the trees; asked to stop between forests.

        Returns:
            The panel, or `None` where there are too few groups or labels to learn anything from.
        """
        fold = _dealt_out(labels, groups, seed=context.seed)
        place = np.array([fold[group] for group in groups])
        n_folds = int(place.max(initial=0)) + 1
        taught = [labels[place != i] for i in range(n_folds)]
        if n_folds < 2 or min(len(set(known.tolist())) for known in taught) < 2:
            return None
        forests = []
        for i, known in enumerate(taught):
            context.stop_if_asked()
            forests.append(
                fit_forest(table[place != i], known, seed=context.seed, balanced=True, n_trees=N_TREES)
            )
        panel = cls(np.unique(labels), tuple(forests), fold, {})
        called = panel.names[panel.votes(table, groups).argmax(axis=1)]
        right = {str(name): float((called[labels == name] == name).mean()) for name in panel.names}
        return replace(panel, right=right)

    @property
    def mean_right(self) -> float:
        """Share called right where every name weighs the same."""
        return float(np.mean(list(self.right.values())))

    def votes(self, table: np.ndarray, groups: np.ndarray) -> np.ndarray:
        """Return each name's share of votes, `(n, k)`; windows of groups that nobody learnt from are judged by all."""
        votes = np.zeros((len(table), len(self.names)))
        place = np.array([self.fold.get(str(group), -1) for group in groups])
        for i, forest in enumerate(self.forests):
            columns = np.searchsorted(self.names, forest.classes_)
            alone, shared = np.flatnonzero(place == i), np.flatnonzero(place == -1)
            for there, weight in ((alone, 1.0), (shared, 1 / len(self.forests))):
                if len(there):
                    votes[np.ix_(there, columns)] += weight * forest.predict_proba(table[there])
        return votes

    def knows(self, name: str, group: str) -> bool:
        """Whether those who judge a group learnt from anything of that name."""
        i = self.fold.get(group)
        return name in self.names if i is None else name in self.forests[i].classes_


def _dealt_out(labels: np.ndarray, groups: np.ndarray, *, seed: int) -> dict[str, int]:
    """Deal groups out to folds in turn, those of the same label one after the other."""
    names, first = np.unique(groups, return_index=True)
    shuffled = np.random.default_rng(seed).permutation(len(names))
    order = shuffled[np.argsort(labels[first][shuffled], kind="stable")]
    return {str(names[k]): place % N_FOLDS for place, k in enumerate(order)}
