"""Which windows an edit applies to: by activity, person, number, cluster of movements, or similarity to a window."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np

from data.windows import Windows
from synth.editing.strokes import EditError

MAX_NAMES, MAX_INDICES, MAX_CLUSTERS = 10_000, 1_000_000, 50


@dataclass(frozen=True)
class Selection:
    """Conditions that a window must meet, all at once; without any, all windows are selected.

    Attributes:
        activities: Its activity is one of these.
        people: Its person is one of these.
        indices: Its position is one of these, counted from 0.
        cluster: It belongs to this cluster, counted from 0 in order of decreasing size: k-means on the audit's window
            features.
        n_clusters: Number of clusters, in [2, 50].
        like: It is among the nearest neighbours of the window at this position, by dynamic time warping with each
            channel divided by its standard deviation.
        n_like: How many nearest neighbours, the window itself among them; >= 1.

    Raises:
        ValueError: If a condition has the wrong type or is out of range.
    """

    activities: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    indices: tuple[int, ...] = ()
    cluster: int | None = None
    n_clusters: int = 4
    like: int | None = None
    n_like: int = 10

    def __post_init__(self) -> None:
        for name in ("activities", "people"):
            object.__setattr__(self, name, _names(name, getattr(self, name)))
        if not isinstance(self.indices, list | tuple | np.ndarray) or len(self.indices) > MAX_INDICES:
            raise ValueError(f"indices must be a list of at most {MAX_INDICES:,} whole numbers")
        object.__setattr__(self, "indices", tuple(_whole("indices", i, 0) for i in self.indices))
        for name, low, high in (
            ("cluster", 0, MAX_CLUSTERS - 1),
            ("n_clusters", 2, MAX_CLUSTERS),
            ("like", 0, MAX_INDICES),
            ("n_like", 1, MAX_INDICES),
        ):
            value = getattr(self, name)
            if value is None and name in ("cluster", "like"):
                continue
            object.__setattr__(self, name, _whole(name, value, low, high))
        if self.cluster is not None and self.cluster >= self.n_clusters:
            raise ValueError(f"cluster must be below n_clusters, {self.n_clusters}. Received: {self.cluster}")

    def which(self, windows: Windows, seed: int) -> np.ndarray:
        """Return the positions of the selected windows, ascending, `(n,)` int64.

        Args:
            windows: All windows of a release.
            seed: Of k-means.

        Raises:
            EditError: If an activity, person or number does not occur, or no window is left.
        """
        chosen = np.ones(len(windows), dtype=bool)
        for what, named, own in (
            ("activity", self.activities, windows.activity),
            ("person", self.people, windows.subject),
        ):
            if named:
                _refuse_missing(what, named, own)
                chosen &= np.isin(own, named)
        numbers = [*self.indices, *([] if self.like is None else [self.like])]
        if numbers and max(numbers) >= len(windows):
            raise EditError(f"Window {max(numbers) + 1} was selected, but there are only {len(windows)}.")
        if self.indices:
            chosen &= np.isin(np.arange(len(windows)), self.indices)
        if self.cluster is not None and chosen.any():
            chosen &= clusters(windows, self.n_clusters, seed=seed) == self.cluster
        found = np.flatnonzero(chosen)
        if len(found) and self.like is not None:
            found = found[_nearest(windows, self.like, found, self.n_like)]
        if len(found) == 0:
            raise EditError(f"No window matches this selection: {self.describe()}. Choose other windows.")
        return np.sort(found)

    def describe(self, *, named: bool = True) -> str:
        """Say in plain words which windows are selected.

        Args:
            named: Whether to name people and number windows; otherwise only their count is given.
        """
        people = ", ".join(self.people) if named else _count(len(self.people), "person", "people")
        pattern = f"window {self.like + 1}" if named and self.like is not None else "one window"
        parts = [
            f"the activity {' or '.join(self.activities)}" if self.activities else "",
            f"of {people}" if self.people else "",
            self._numbers(named) if self.indices else "",
            f"in cluster {self.cluster + 1} of {self.n_clusters}" if self.cluster is not None else "",
            f"among the {self.n_like} most like {pattern}" if self.like is not None else "",
        ]
        return ", ".join(part for part in parts if part) or "all windows"

    def _numbers(self, named: bool) -> str:
        if not named:
            return _count(len(set(self.indices)), "window", "windows")
        shown = ", ".join(str(i + 1) for i in self.indices[:5]) + (", ..." if len(self.indices) > 5 else "")
        return f"{'window' if len(self.indices) == 1 else 'windows'} {shown}"

    def to_json(self) -> dict[str, Any]:
        """Return the conditions as plain JSON values; `selection_from_json` restores them."""
        stated = {f.name: getattr(self, f.name) for f in fields(self) if getattr(self, f.name) != f.default}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in stated.items()}


def selection_from_json(body: Any) -> Selection:
    """Restore what `Selection.to_json` wrote.

    Raises:
        EditError: If it is not a valid selection; the message says what is wrong.
    """
    if not isinstance(body, Mapping):
        raise EditError("The selection of windows cannot be read.")
    unknown = set(body) - set(asdict(Selection()))
    if unknown:
        raise EditError(f"Windows cannot be selected by {min(unknown)!r:.60}.")
    try:
        return Selection(**body)
    except (TypeError, ValueError) as error:
        raise EditError(f"The selection of windows cannot be read: {error}.") from error


def clusters(windows: Windows, n_clusters: int, *, seed: int) -> np.ndarray:
    """Cluster windows by k-means on the audit's window features.

    Args:
        windows: At least one window.
        n_clusters: Number of clusters; fewer are found where there are fewer different windows.
        seed: Of k-means.

    Returns:
        `(n,)` int64, the cluster of each window; cluster 0 is the largest.
    """
    from sklearn.cluster import KMeans
    from sklearn.preprocessing import StandardScaler

    from synth.audit.models.features import features

    table = StandardScaler().fit_transform(features(windows).astype(np.float64))
    different = len(np.unique(table, axis=0))
    # The stubs infer the type of `n_init` from its default, "auto".
    n_init: Any = 4
    means = KMeans(min(n_clusters, different), n_init=n_init, random_state=seed % 2**32)
    labels = means.fit_predict(table)
    order = np.argsort(-np.bincount(labels), kind="stable")
    return np.argsort(order)[labels]


def _nearest(windows: Windows, index: int, candidates: np.ndarray, n: int) -> np.ndarray:
    """Return the positions among `candidates` of the `n` nearest to a window by dynamic time warping."""
    from synth.audit.reidentification.dtw import shortened, warped_distances

    values = windows.values.astype(np.float64)
    spread = values.std(axis=(0, 1))
    scaled = shortened(values[[index, *candidates]] / np.where(spread > 0, spread, 1.0))
    distance = warped_distances(scaled[:1], scaled[1:])[0]
    return np.argsort(distance, kind="stable")[:n]


def _refuse_missing(what: str, named: tuple[str, ...], own: np.ndarray) -> None:
    there = set(own.tolist()) - {""}
    missing = [name for name in named if name not in there]
    if missing:
        some = ", ".join(sorted(there)[:8]) or "none"
        raise EditError(
            f"There is no {what} {missing[0]!r} in these windows. There {'is' if not there else 'are'}: {some}."
        )


def _names(name: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(v, str) for v in value):
        raise ValueError(f"{name} must be a list of names. Received: {value!r:.100}")
    if len(value) > MAX_NAMES:
        raise ValueError(f"{name} has {len(value):,} names; at most {MAX_NAMES:,} are allowed")
    return tuple(value)


def _whole(name: str, value: Any, low: int, high: int = MAX_INDICES) -> int:
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or not low <= value <= high:
        raise ValueError(f"{name} must be whole numbers in [{low}, {high}]. Received: {value!r:.100}")
    return int(value)


def _count(n: int, one: str, many: str) -> str:
    return f"{n} {one if n == 1 else many}"
