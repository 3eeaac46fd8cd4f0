"""The contract of every transform of a group of windows.

Transform (frozen settings = JSON = form)  --apply(windows, context)-->  EditedWindows(values, mask)
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from functools import cache, cached_property
from typing import Any, ClassVar, Literal, get_type_hints

import numpy as np

from data.discovery import classes_in
from data.windows import Windows
from synth.core.learner import check_field, setting
from synth.editing.strokes import EditError

Measure = Literal["usual movement", "sensor units"]
Points = tuple[tuple[float, float], ...]
MAX_CHANNELS, MAX_POINTS = 1_000, 500  # of one transform; a file with more was not made on the page


@dataclass(frozen=True, eq=False)
class TransformContext:
    """What a transform may use besides the windows it edits.

    Attributes:
        seed: The only source of randomness.
        reference: All windows of the release, as they are before this transform.
        indices: `(n,)` int, positions in `reference` of the windows to be edited; 0, 1, ... if `None`. Randomness in a
            window depends on its position only, not on which other windows are selected with it.
    """

    seed: int
    reference: Windows
    indices: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class EditedWindows:
    """Windows after an edit, before anything is filled in.

    Attributes:
        values: `(n, timesteps, channels)` float32 in sensor units; must not be used where missing.
        mask: Same shape, bool, `True` where the sample is known.
        drawn: Same shape, bool, `True` where it was drawn; `None` where nothing was.
        rough: Same shape, bool, `True` where it was drawn roughly; `None` where nothing was.
        joined: Same shape, bool, `True` where a sample was shifted to meet what was drawn; `None` where none was.
    """

    values: np.ndarray
    mask: np.ndarray
    drawn: np.ndarray | None = None
    rough: np.ndarray | None = None
    joined: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class Group:
    """What a transform is given: the selected channels of the selected windows.

    Attributes:
        values: `(n, timesteps, k)` float64 in sensor units; a copy that may be modified.
        positions: Positions of the selected channels in `reference`.
        seed: The only source of randomness.
        indices: `(n,)` int, positions of the windows in `reference`.
        reference: All windows of the release.
    """

    values: np.ndarray
    positions: tuple[int, ...]
    seed: int
    indices: np.ndarray
    reference: Windows

    @property
    def rate_hz(self) -> float:
        """Samples per second, > 0."""
        return self.reference.rate_hz

    @property
    def channels(self) -> tuple[str, ...]:
        """Names of the selected channels."""
        return tuple(self.reference.channels[p] for p in self.positions)

    @property
    def units(self) -> tuple[str, ...]:
        """Units of the selected channels, `""` where not known."""
        return tuple(self.reference.units[p] for p in self.positions)

    @cached_property
    def everyone(self) -> np.ndarray:
        """The selected channels of all windows of the release, `(m, timesteps, k)` float64."""
        return self.reference.values[:, :, list(self.positions)].astype(np.float64)

    @cached_property
    def usual(self) -> np.ndarray:
        """Usual movement, `(k,)`: the root mean variance of each channel within the windows of the release."""
        return np.sqrt(self.everyone.var(axis=1).mean(axis=0))

    @property
    def middles(self) -> np.ndarray:
        """Mean of each channel over each window, `(n, 1, k)`."""
        return self.values.mean(axis=1, keepdims=True)

    def in_units(self, size: float, measure: Measure) -> np.ndarray:
        """Convert a size to each channel's unit, `(k,)` float64."""
        return size * self.usual if measure == "usual movement" else np.full(len(self.positions), size)

    def generators(self) -> list[np.random.Generator]:
        """Return one random generator per window."""
        return [np.random.default_rng([self.seed, int(index)]) for index in self.indices]


@dataclass(frozen=True, kw_only=True)
class Transform(ABC):
    """One edit of a group of windows.

    Subclasses are frozen dataclasses whose fields are made with `setting`, like those of mechanisms. A drawn curve is a
    field of type `Points`: pairs of numbers in ascending order of the first, within the ranges given in `axes`.

    Attributes:
        kind: Its name in recipes; never changed.
        title: Its name on pages.
        summary: What it does, in one sentence.
        axes: Field with drawn points -> the ranges `(low, high)` of both numbers.

    Raises:
        ValueError: If a setting has the wrong type or is out of range.
    """

    kind: ClassVar[str]
    title: ClassVar[str]
    summary: ClassVar[str]
    axes: ClassVar[Mapping[str, tuple[tuple[float, float], tuple[float, float]]]] = {}

    channels: tuple[str, ...] = setting(
        (), "Channels", "Which channels to change; all of them if none is chosen.", advanced=False
    )

    def __post_init__(self) -> None:
        hints = get_type_hints(type(self))
        for f in fields(self):
            value = getattr(self, f.name)
            if hints[f.name] == Points:
                object.__setattr__(self, f.name, self._points(f.name, value))
            elif hints[f.name] == tuple[str, ...]:
                object.__setattr__(self, f.name, self._names(f.name, value))
            else:
                check_field(self.kind, f, hints[f.name], value)
                if hints[f.name] is float:
                    object.__setattr__(self, f.name, float(value))

    def apply(self, windows: Windows, context: TransformContext) -> EditedWindows:
        """Edit windows. The same windows, context and settings give the same bytes.

        Args:
            windows: The windows to be edited; not modified.
            context: All windows of the release, and the seed.

        Returns:
            Values and mask of all channels; channels that are not selected stay as they are.

        Raises:
            EditError: If a channel does not exist, or the settings cannot be applied to these windows.
        """
        positions = self.positions(windows.channels)
        edited = EditedWindows(windows.values.copy(), np.ones(windows.values.shape, dtype=bool))
        if len(windows) == 0:
            return edited
        indices = np.arange(len(windows)) if context.indices is None else np.asarray(context.indices)
        values = windows.values[:, :, list(positions)].astype(np.float64)
        changed, known = self.change(Group(values, positions, context.seed, indices, context.reference))
        if not np.isfinite(changed[known]).all():
            raise EditError(f"{self.title} produces values that are not numbers. Choose smaller settings.")
        edited.values[:, :, list(positions)] = changed
        edited.mask[:, :, list(positions)] = known
        return edited

    @abstractmethod
    def change(self, group: Group) -> tuple[np.ndarray, np.ndarray]:
        """Transform the selected channels.

        Args:
            group: The selected channels of the selected windows, and the release.

        Returns:
            New values, float in sensor units, and mask, `True` where known; both `(n, timesteps, k)`.

        Raises:
            EditError: If the settings cannot be applied to these windows.
        """

    @abstractmethod
    def sentence(self) -> str:
        """Say what the transform does, without the channels and without a full stop."""

    def describe(self) -> str:
        """Say what the transform does to which channels."""
        return f"{self.sentence()} in {', '.join(self.channels) if self.channels else 'all channels'}"

    def positions(self, channels: Sequence[str]) -> tuple[int, ...]:
        """Return the positions of the selected channels among `channels`.

        Raises:
            EditError: If one does not exist.
        """
        missing = [name for name in self.channels if name not in channels]
        if missing:
            raise EditError(
                f"{self.title} applies to the channel {missing[0]}, which these windows do not have. "
                f"They have: {', '.join(channels)}."
            )
        chosen = self.channels or channels
        return tuple(i for i, name in enumerate(channels) if name in chosen)

    def to_json(self) -> dict[str, Any]:
        """Return the kind and all settings as plain JSON values; `transform_from_json` restores it."""
        plain = {name: _plain(value) for name, value in asdict(self).items()}
        return {"kind": self.kind, **plain}

    def _names(self, name: str, value: Any) -> tuple[str, ...]:
        if not isinstance(value, list | tuple) or not all(isinstance(v, str) for v in value):
            raise ValueError(f"{self.kind}: {name} must be a list of names. Received: {value!r:.100}")
        if len(value) > MAX_CHANNELS:
            raise ValueError(
                f"{self.kind}: {name} has {len(value):,} names; at most {MAX_CHANNELS:,} are allowed"
            )
        return tuple(value)

    def _points(self, name: str, value: Any) -> Points:
        try:
            table = np.array(value, dtype=np.float64).reshape(len(value), 2)
        except (TypeError, ValueError, OverflowError) as error:
            raise ValueError(
                f"{self.kind}: {name} must be pairs of numbers. Received: {value!r:.100}"
            ) from error
        if not 2 <= len(table) <= MAX_POINTS:
            raise ValueError(f"{self.kind}: {name} needs 2 to {MAX_POINTS} points. Received: {len(table):,}")
        if (np.diff(table[:, 0]) <= 0).any():
            raise ValueError(f"{self.kind}: {name} must have ascending first numbers, each only once")
        for column, (low, high) in zip(table.T, self.axes[name], strict=True):
            if not ((column >= low) & (column <= high)).all():
                raise ValueError(f"{self.kind}: {name} must lie in [{low:g}, {high:g}]")
        return tuple((float(x), float(y)) for x, y in table)


def known(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return values with a mask that marks all of them as known."""
    return values, np.ones(values.shape, dtype=bool)


@cache
def transforms() -> Mapping[str, type[Transform]]:
    """Return every transform by kind, discovered in the files of this package."""
    import synth.editing.transforms as package

    return {transform.kind: transform for transform in classes_in(package, Transform)}


def transform_from_json(body: Mapping[str, Any]) -> Transform:
    """Restore what `Transform.to_json` wrote.

    Raises:
        EditError: If the kind is unknown or a setting is invalid; the message says which.
    """
    settings = dict(body)
    kind = settings.pop("kind", None)
    known_kinds = transforms()
    if not isinstance(kind, str) or kind not in known_kinds:
        raise EditError(f"There is no edit {kind!r:.60}. There are: {', '.join(known_kinds)}.")
    transform = known_kinds[kind]
    unknown = set(settings) - {f.name for f in fields(transform)}
    if unknown:
        raise EditError(f"{transform.title} has no setting {min(unknown)!r:.60}.")
    try:
        return transform(**settings)
    except (TypeError, ValueError) as error:
        raise EditError(f"{transform.title}: {error}.") from error


def _plain(value: Any) -> Any:
    return [_plain(v) for v in value] if isinstance(value, tuple) else value
