"""The classical attacker: extremely randomised trees on window features."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

if TYPE_CHECKING:
    from sklearn.ensemble import ExtraTreesClassifier

N_TREES = 200
N_SHUFFLES, N_TREES_SHUFFLED = 10, 30
MAX_TRAINING_WINDOWS = 12_000  # more windows take minutes and improve little


class Classifier(Protocol):
    """A fitted classifier, such as those of scikit-learn and its pipelines."""

    def predict(self, table: np.ndarray, /) -> Any:
        """Return the class of each row of `(n, n_features)`: `(n,)`."""
        ...


def fit_forest(
    table: np.ndarray, labels: np.ndarray, *, seed: int, balanced: bool = False, n_trees: int = N_TREES
) -> "ExtraTreesClassifier":
    """Fit a forest whose predictions do not depend on the number of processors.

    Args:
        table: `(n, n_features)`.
        labels: `(n,)` str or bool.
        seed: Draws the trees, and the windows where there are too many.
        balanced: Whether every class has the same weight, however many windows it has.
        n_trees: Number of trees, >= 1; more make predictions more stable.

    References:
        Geurts, Ernst and Wehenkel, Extremely randomized trees, Machine Learning 63 (2006).
    """
    from sklearn.ensemble import ExtraTreesClassifier

    if len(table) > MAX_TRAINING_WINDOWS:
        kept = np.sort(np.random.default_rng(seed).choice(len(table), MAX_TRAINING_WINDOWS, replace=False))
        table, labels = table[kept], labels[kept]
    forest = ExtraTreesClassifier(n_trees, random_state=seed, n_jobs=-1)
    forest.fit(table, labels, sample_weight=_equal_weight(labels) if balanced else None)
    # Threads add up the trees' votes in arbitrary order, which may change a tie.
    return forest.set_params(n_jobs=1)


def fit_standardised(classifier: Classifier, table: np.ndarray, labels: np.ndarray) -> Classifier:
    """Fit a classifier of scikit-learn to features that are standardised first.

    Args:
        classifier: Not fitted yet.
        table: `(n, n_features)`.
        labels: `(n,)` str.
    """
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    pipeline = make_pipeline(StandardScaler(), classifier)
    return pipeline.fit(table, labels)  # pyright: ignore[reportReturnType]  # `predict` is a descriptor


def _equal_weight(labels: np.ndarray) -> np.ndarray:
    """Weigh windows so that every class counts the same.

    scikit-learn's own `class_weight="balanced"` mistakes classes named `1`, `2` for numbers and fails.
    """
    names, codes, counts = np.unique(labels, return_inverse=True, return_counts=True)
    return len(labels) / (len(names) * counts[codes])


def log_likelihood(forest: "ExtraTreesClassifier", table: np.ndarray) -> np.ndarray:
    """Return the log of each class's share of votes, `(n, n_classes)`, floored at half a vote."""
    return np.log(np.maximum(forest.predict_proba(table), 0.5 / forest.n_estimators))


def shuffled_forests(
    table: np.ndarray, labels: np.ndarray, *, seed: int, balanced: bool = False
) -> Iterator["ExtraTreesClassifier"]:
    """Yield small forests trained on shuffled labels, a different shuffle for each.

    One shuffle is not enough: windows of a person and activity form clusters, so that a single shuffle can be right
    far more often than guessing.
    """
    rng = np.random.default_rng(seed)
    for i in range(N_SHUFFLES):
        shuffled = rng.permutation(labels)
        yield fit_forest(table, shuffled, seed=seed + i, balanced=balanced, n_trees=N_TREES_SHUFFLED)


def at_most(labels: np.ndarray, n: int, *, seed: int) -> np.ndarray:
    """Return sorted indices of at most `n` entries, the same share of every label."""
    rng = np.random.default_rng(seed)
    if len(labels) <= n:
        return np.arange(len(labels))
    shuffled = rng.permutation(len(labels))
    in_label_order = shuffled[np.argsort(labels[shuffled], kind="stable")]
    every = np.linspace(0, len(labels), n, endpoint=False).astype(int)
    return np.sort(in_label_order[every])
