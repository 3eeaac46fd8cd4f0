"""Which windows a correction is for: by activity, person, number, kind of movement, or likeness to one window."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np

from data.windows import Windows
from synth.editing.strokes import EditError

MAX_NAMES, MAX_INDICES, MAX_CLUSTERS = 10_000, 1_000_000, 50


@dataclass(frozen=True)
class Selection:
    """What has to be true of a window at once; nothing said means all windows.

    Attributes:
        activities: It shows one of these.
        people: It is of one of these people.
        indices: It is one of these, counted from 0.
        cluster: It is of this kind of movement, counted from 0: the kinds are found by k-means on the audit's
            window features, the most frequent one first.
        n_clusters: How many kinds are told apart, in [2, 50].
        like: It is among those most like this window (dynamic time warping, each channel on one scale).
        n_like: How many of these, the window itself among them; >= 1.
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
        """Return the indices of the chosen windows, ascending.

        Args:
            windows: All windows of a release.
            seed: Of the search for kinds of movement.

        Raises:
            EditError: If something named is not there, or no window is left.
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
            raise EditError(f"Window {max(numbers) + 1} is meant, but there are only {len(windows)}.")
        if self.indices:
            chosen &= np.isin(np.arange(len(windows)), self.indices)
        if self.cluster is not None and chosen.any():
            chosen &= clusters(windows, self.n_clusters, seed=seed) == self.cluster
        found = np.flatnonzero(chosen)
        if len(found) and self.like is not None:
            found = found[_nearest(windows, self.like, found, self.n_like)]
        if len(found) == 0:
            raise EditError(f"No window is meant by: {self.describe()}. Choose other windows.")
        return np.sort(found)

    def describe(self, *, named: bool = True) -> str:
        """Say which windows in plain words.

        Args:
            named: Whether people are called by their names and windows by their numbers; else only how many they are
                is told.
        """
        people = ", ".join(self.people) if named else _count(len(self.people), "person", "people")
        pattern = f"window {self.like + 1}" if named and self.like is not None else "one window"
        parts = [
            f"the activity {' or '.join(self.activities)}" if self.activities else "",
            f"of {people}" if self.people else "",
            self._numbers(named) if self.indices else "",
            f"of kind {self.cluster + 1} of {self.n_clusters}" if self.cluster is not None else "",
            f"among the {self.n_like} most like {pattern}" if self.like is not None else "",
        ]
        return ", ".join(part for part in parts if part) or "all windows"

    def _numbers(self, named: bool) -> str:
        if not named:
            return _count(len(set(self.indices)), "window", "windows")
        shown = ", ".join(str(i + 1) for i in self.indices[:5]) + (", ..." if len(self.indices) > 5 else "")
        return f"{'window' if len(self.indices) == 1 else 'windows'} {shown}"

    def to_json(self) -> dict[str, Any]:
        """Return what is said, as plain JSON values; `selection_from_json` restores it."""
        said = {f.name: getattr(self, f.name) for f in fields(self) if getattr(self, f.name) != f.default}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in said.items()}


def selection_from_json(body: Any) -> Selection:
    """Restore what `Selection.to_json` wrote.

    Raises:
        EditError: If it is no selection; the sentence says what is wrong.
    """
    if not isinstance(body, Mapping):
        raise EditError("What says which windows are meant cannot be understood.")
    strange = set(body) - set(asdict(Selection()))
    if strange:
        raise EditError(f"Windows cannot be chosen by {min(strange)!r:.60}.")
    try:
        return Selection(**body)
    except (TypeError, ValueError) as error:
        raise EditError(f"Which windows are meant cannot be understood: {error}.") from error


def clusters(windows: Windows, n_clusters: int, *, seed: int) -> np.ndarray:
    """Sort windows into kinds of movement, the most frequent kind being 0.

    Args:
        windows: At least one window.
        n_clusters: How many kinds; as many as there are windows at most.
        seed: Of k-means.

    Returns:
        `(n,)` int64.
    """
    from sklearn.cluster import KMeans
    from sklearn.preprocessing import StandardScaler

    from synth.audit.models.features import features

    table = StandardScaler().fit_transform(features(windows).astype(np.float64))
    different = len(np.unique(table, axis=0))
    means = KMeans(min(n_clusters, different), n_init=4, random_state=seed % 2**32)
    labels = means.fit_predict(table)
    order = np.argsort(-np.bincount(labels), kind="stable")
    return np.argsort(order)[labels]


def _nearest(windows: Windows, index: int, candidates: np.ndarray, n: int) -> np.ndarray:
    """Return which `n` of the candidates are nearest to a window by dynamic time warping."""
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
        raise ValueError(f"{name} has {len(value):,} names; at most {MAX_NAMES:,} are read")
    return tuple(value)


def _whole(name: str, value: Any, low: int, high: int = MAX_INDICES) -> int:
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or not low <= value <= high:
        raise ValueError(f"{name} must be whole numbers in [{low}, {high}]. Received: {value!r:.100}")
    return int(value)


def _count(n: int, one: str, many: str) -> str:
    return f"{n} {one if n == 1 else many}"
