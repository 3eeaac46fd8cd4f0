"""Edits drawn on a window: strokes -> values and mask -> an edited release.

strokes --apply_strokes--> DrawnWindow --fill--> windows --edited_release--> Release with provenance
"""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from data.errors import PenumbraError
from data.release import Release
from synth.editing.soft_joins import soft_joins
from synth.imputers.base import FittedImputer

Belief = Literal["exact", "roughly"]
MAX_SAMPLE = 10_000_000  # as many as a window of a recipe may have
ROUGHLY = 0.5  # weight of a roughly drawn curve; the rest is what the imputer fills in without knowing it


class EditError(PenumbraError):
    """A stroke or an edit does not fit the windows it is applied to."""


@dataclass(frozen=True)
class DrawnCurve:
    """A curve drawn in one channel; of kind `stroke` in files.

    Attributes:
        channel: Position of the channel.
        indices: The samples drawn, at least one, in the order of drawing. A curve may go back in time; the last
            value of a sample wins.
        values: Their values, in the channel's unit.
        belief: Whether the values are kept exactly, or roughly.
        join: How many recorded samples beside its ends are shifted to meet an exact curve (`soft_joins`), >= 0. Not in
            files where it is 0.

    Raises:
        EditError: If there is no sample, or a position is far outside any window.
        ValueError: If there is not one value per sample.
    """

    channel: int
    indices: tuple[int, ...]
    values: tuple[float, ...]
    belief: Belief = "exact"
    join: int = 0

    def __post_init__(self) -> None:
        _check_whole((self.channel, self.join, *self.indices))
        if self.join < 0:
            raise ValueError(f"join must not be negative. Received: {self.join}")
        if not self.indices:
            raise EditError("A curve has no samples. Draw it again.")
        if len(self.indices) != len(self.values):
            raise ValueError(
                f"a curve needs one value for each index. Received: {len(self.indices)} indices, "
                f"{len(self.values)} values"
            )
        if self.belief not in ("exact", "roughly"):
            raise ValueError(f"belief must be 'exact' or 'roughly'. Received: {self.belief!r}")
        object.__setattr__(self, "channel", int(self.channel))
        object.__setattr__(self, "indices", tuple(map(int, self.indices)))
        object.__setattr__(self, "values", tuple(map(float, self.values)))


@dataclass(frozen=True)
class PinnedPoint:
    """One value that the signal must pass through, with room to adapt around it; of kind `point` in files.

    Attributes:
        channel: Position of the channel.
        index: The sample.
        value: Its value, in the channel's unit.
        reach: How many samples before and after it become missing, except those that were drawn; >= 0.
    """

    channel: int
    index: int
    value: float
    reach: int = 0

    def __post_init__(self) -> None:
        _check_whole((self.channel, self.index, self.reach))
        object.__setattr__(self, "value", float(self.value))
        if self.reach < 0:
            raise ValueError(f"reach must not be negative. Received: {self.reach}")


@dataclass(frozen=True)
class Erasure:
    """A stretch that becomes missing; of kind `unknown` in files.

    Attributes:
        start: First sample.
        stop: The sample after the last one.
        channels: Positions of the channels; `None` for all.
    """

    start: int
    stop: int
    channels: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        _check_whole((self.start, self.stop, *(self.channels or ())))
        if self.channels is not None:
            object.__setattr__(self, "channels", tuple(self.channels))


@dataclass(frozen=True)
class MovedStretch:
    """A stretch moved in time or in value; where it was becomes missing. Of kind `move` in files.

    Attributes:
        channel: Position of the channel.
        start: First sample of the stretch.
        stop: The sample after its last one.
        by_samples: How far it is moved in time, later if positive; samples that leave the window are lost.
        by_value: What is added to its values, in the channel's unit.
    """

    channel: int
    start: int
    stop: int
    by_samples: int = 0
    by_value: float = 0.0

    def __post_init__(self) -> None:
        _check_whole((self.channel, self.start, self.stop, self.by_samples))
        object.__setattr__(self, "by_value", float(self.by_value))


Stroke = DrawnCurve | PinnedPoint | Erasure | MovedStretch
KINDS: Mapping[str, type[Stroke]] = {
    "stroke": DrawnCurve,
    "point": PinnedPoint,
    "unknown": Erasure,
    "move": MovedStretch,
}


@dataclass(frozen=True, eq=False)
class DrawnWindow:
    """One window after drawing and erasing, before anything is filled in.

    Attributes:
        window_index: Position of the window in the release.
        values: `(timesteps, channels)` float32 in sensor units. Missing samples keep their old value here; it must
            not be used.
        mask: Same shape, bool, `True` where the sample is known.
        drawn: Same shape, bool, `True` where the sample was drawn, or moved there.
        rough: Same shape, bool, `True` where it was drawn roughly.
        join: Same shape, whole numbers: the join of the curve that a sample was drawn with, 0 elsewhere.
        joined: Same shape, bool, `True` where a recorded sample was shifted to meet a curve.
    """

    window_index: int
    values: np.ndarray
    mask: np.ndarray
    drawn: np.ndarray
    rough: np.ndarray
    join: np.ndarray
    joined: np.ndarray

    @property
    def untouched(self) -> bool:
        """Whether nothing was drawn and nothing is missing."""
        return bool(self.mask.all() and not self.drawn.any())


def apply_strokes(window: np.ndarray, strokes: Sequence[Stroke], *, window_index: int) -> DrawnWindow:
    """Apply strokes in order; where they overlap, the last one wins.

    Args:
        window: `(timesteps, channels)` in sensor units; not modified.
        strokes: What was drawn, erased or moved, oldest first.
        window_index: Position of the window in the release.

    Raises:
        EditError: If a stroke lies outside the window, or a drawn value is not a number.
    """
    values = np.array(window, dtype=np.float32)
    nothing = np.zeros(values.shape, dtype=bool)
    join = np.zeros(values.shape, dtype=np.int32)
    sheet = DrawnWindow(window_index, values, ~nothing, nothing.copy(), nothing.copy(), join, nothing.copy())
    for stroke in strokes:
        _APPLY[type(stroke)](stroke, sheet)
    return with_soft_joins(sheet, window)


def with_soft_joins(sheet: DrawnWindow, window: np.ndarray) -> DrawnWindow:
    """Return what was drawn with the recorded samples beside it shifted to meet it.

    Args:
        sheet: What was drawn, with its joins.
        window: `(timesteps, channels)` before drawing.
    """
    values, joined = sheet.values.copy(), sheet.joined.copy()
    known = sheet.mask & ~sheet.drawn
    for channel in np.flatnonzero(sheet.join.any(axis=0)):
        column = sheet.values[:, channel]
        added = soft_joins(window[:, channel], column, sheet.join[:, channel], known[:, channel])
        values[:, channel] = np.where(added, column + added, column)
        joined[:, channel] = added != 0
    return dataclasses.replace(sheet, values=values, joined=joined)


def fill(drawn_window: DrawnWindow, imputer: FittedImputer, *, seed: int, n_draws: int = 1) -> np.ndarray:
    """Fill in what is missing in a drawn window.

    Roughly drawn samples end up half-way between the drawn curve and what the imputer fills in without knowing them;
    the rest is then filled in around that.

    Args:
        drawn_window: Where samples are missing.
        imputer: Fills them in.
        seed: The only source of randomness.
        n_draws: How many draws to make, >= 1.

    Returns:
        `(n_draws, timesteps, channels)` float32; what was drawn exactly, or left alone, is returned exactly.

    Raises:
        TrainingError: If the imputer was fitted on windows of another length or other channels.
    """
    return fill_all(
        drawn_window.values[None],
        drawn_window.mask[None],
        drawn_window.rough[None],
        imputer,
        seed=seed,
        n_draws=n_draws,
    )[:, 0]


def fill_all(
    values: np.ndarray,
    mask: np.ndarray,
    rough: np.ndarray | None,
    imputer: FittedImputer,
    *,
    seed: int,
    n_draws: int = 1,
) -> np.ndarray:
    """Fill in what is missing in many windows; see `fill`.

    Args:
        values: `(n, timesteps, channels)` float32.
        mask: Same shape, bool, `True` where the sample is known.
        rough: Same shape, bool, `True` where it was drawn roughly; `None` for nowhere.
        imputer: Fills in missing samples.
        seed: The only source of randomness.
        n_draws: How many draws to make, >= 1.

    Returns:
        `(n_draws, n, timesteps, channels)` float32.
    """
    draws = np.repeat(values[None], n_draws, axis=0)
    if rough is None or not rough.any():
        return draws if mask.all() else imputer.impute(values, mask, n_draws=n_draws, seed=seed)
    free = imputer.impute(values, mask & ~rough, n_draws=n_draws, seed=seed)
    draws = np.where(rough, ROUGHLY * draws + np.float32(1 - ROUGHLY) * free, draws).astype(np.float32)
    if mask.all():
        return draws
    around = imputer.impute(draws.reshape(-1, *values.shape[1:]), np.tile(mask, (n_draws, 1, 1)), seed=seed)
    return around[0].reshape(draws.shape)


def provenance(
    drawn_window: DrawnWindow, channels: Sequence[str], *, imputer: FittedImputer | None, seed: int
) -> dict[str, Any]:
    """Record, as plain JSON values, which samples were drawn and which were filled in, and by which imputer.

    Args:
        drawn_window: The window with its masks.
        channels: Names of the channels.
        imputer: The imputer that filled in missing samples; `None` where none was missing.
        seed: The seed of the imputation.

    Returns:
        `window`, `drawn`, `roughly` and `filled` (channel name -> list of `[start, stop]`), `imputer` and `seed`; and
        `joined`, where recorded samples were shifted to meet what was drawn.
    """
    joined = spans_by_channel(drawn_window.joined, channels)
    return {
        "window": int(drawn_window.window_index),
        "drawn": spans_by_channel(drawn_window.drawn & ~drawn_window.rough, channels),
        "roughly": spans_by_channel(drawn_window.rough, channels),
        **({"joined": joined} if joined else {}),
        "filled": spans_by_channel(~drawn_window.mask, channels),
        "imputer": None if imputer is None else imputer.learner.card(),
        "seed": int(seed),
    }


def stroke_to_json(stroke: Stroke) -> dict[str, Any]:
    """Return a stroke as plain JSON values; `stroke_from_json` restores it."""
    kind = next(kind for kind, known in KINDS.items() if isinstance(stroke, known))
    plain = {k: list(v) if isinstance(v, tuple) else v for k, v in vars(stroke).items()}
    if plain.get("join") == 0:
        del plain["join"]
    return {"kind": kind, **plain}


def stroke_from_json(body: Any) -> Stroke:
    """Restore what `stroke_to_json` wrote.

    Raises:
        EditError: If it is not a valid stroke; the message says what is wrong.
    """
    if not isinstance(body, Mapping) or body.get("kind") not in tuple(KINDS):
        raise EditError(f"A stroke must be one of: {', '.join(KINDS)}. The file may be damaged.")
    kind = KINDS[body["kind"]]
    try:
        stroke = kind(**{name: value for name, value in body.items() if name != "kind"})
    except (TypeError, ValueError, OverflowError) as error:
        raise EditError(f"A {body['kind']} cannot be read: {error}.") from error
    numbers = [v for f in dataclasses.fields(stroke) for v in np.atleast_1d(getattr(stroke, f.name))]
    if any(isinstance(v, bool | np.bool_) or (isinstance(v, float) and not np.isfinite(v)) for v in numbers):
        raise EditError(f"A {body['kind']} has a value that is not a number. Draw it again.")
    return stroke


def edited_release(
    release: Release,
    edits: Mapping[int, np.ndarray],
    *,
    name: str,
    provenance: Mapping[int, Mapping[str, Any]],
) -> Release:
    """Make a new release with some windows replaced; the original stays as it is.

    Args:
        release: Where the windows come from.
        edits: Position of a window -> its new values, `(timesteps, channels)` in sensor units.
        name: Name of the new release.
        provenance: Position of a window -> what `provenance` recorded; the same windows as `edits`.

    Returns:
        A release with the same labels and source. Its card lists every edited window so far under `"corrections"`,
        and has the name of the original under `"corrected_from"`.

    Raises:
        EditError: If an edited window is not in the release, has another shape, or is not finite.
        ValueError: If `edits` and `provenance` name different windows.
    """
    if set(edits) != set(provenance):
        raise ValueError(f"provenance is needed for windows {sorted(edits)}. Received: {sorted(provenance)}")
    values = release.windows.values.copy()
    for index, edited in edits.items():
        _check_edit(index, edited, values.shape)
        values[index] = edited
    # An imputer may have learnt from anybody, so a release loses its guarantee when it is edited.
    card = {
        **{name: value for name, value in release.card.items() if name != "promise"},
        "corrected_from": release.name,
        "corrections": listed(release.card, "corrections")
        + [dict(provenance[index]) for index in sorted(edits)],
    }
    return Release(name, release.windows.with_values(values), release.source, card)


def listed(card: Mapping[str, Any], name: str) -> list[Any]:
    """Return a list on a card; an empty one where there is none, or a file from elsewhere holds something else."""
    found = card.get(name)
    return list(found) if isinstance(found, list) else []


def spans(flags: np.ndarray) -> list[list[int]]:
    """Return the stretches where a bool array `(timesteps,)` is true, as `[start, stop]` with `stop` excluded."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return edges.reshape(-1, 2).tolist()


def spans_by_channel(flags: np.ndarray, channels: Sequence[str]) -> dict[str, list[list[int]]]:
    """Return the spans of `flags` `(timesteps, channels)` by the name of each channel that has any."""
    return {name: spans(column) for name, column in zip(channels, flags.T, strict=True) if column.any()}


def _draw(stroke: DrawnCurve, sheet: DrawnWindow) -> None:
    _check_channels((stroke.channel,), sheet.values.shape[1])
    _check_inside("A curve", min(stroke.indices), max(stroke.indices), len(sheet.values))
    _check_values(stroke.values)
    for i, value in zip(stroke.indices, stroke.values, strict=True):
        sheet.values[i, stroke.channel] = value
    where = list(stroke.indices), stroke.channel
    sheet.mask[where] = sheet.drawn[where] = True
    sheet.rough[where] = stroke.belief == "roughly"
    sheet.join[where] = stroke.join if stroke.belief == "exact" else 0


def _pin(point: PinnedPoint, sheet: DrawnWindow) -> None:
    _check_channels((point.channel,), sheet.values.shape[1])
    _check_inside("A point", point.index, point.index, len(sheet.values))
    _check_values((point.value,))
    around = slice(max(0, point.index - point.reach), point.index + point.reach + 1)
    sheet.mask[around, point.channel] &= sheet.drawn[around, point.channel]
    where = point.index, point.channel
    sheet.values[where] = point.value
    sheet.mask[where] = sheet.drawn[where] = True
    sheet.rough[where] = False
    sheet.join[where] = 0


def _erase(unknown: Erasure, sheet: DrawnWindow) -> None:
    _check_channels(unknown.channels or (), sheet.values.shape[1])
    _check_stretch("The erased stretch", unknown.start, unknown.stop, len(sheet.values))
    channels = slice(None) if unknown.channels is None else list(unknown.channels)
    for flags in (sheet.mask, sheet.drawn, sheet.rough, sheet.join):
        flags[unknown.start : unknown.stop, channels] = 0


def _move(move: MovedStretch, sheet: DrawnWindow) -> None:
    _check_channels((move.channel,), sheet.values.shape[1])
    _check_stretch("The moved stretch", move.start, move.stop, len(sheet.values))
    _check_values((move.by_value,))
    where = np.arange(move.start, move.stop)
    goal = where + move.by_samples
    stays = (goal >= 0) & (goal < len(sheet.values))
    if len(where) and not stays.any():
        raise EditError("The stretch was moved out of the window. Move it less far.")
    known, rough, join, values = (
        a[where, move.channel] for a in (sheet.mask, sheet.rough, sheet.join, sheet.values)
    )
    for flags in (sheet.mask, sheet.drawn, sheet.rough, sheet.join):
        flags[where, move.channel] = 0
    to = goal[stays], move.channel
    sheet.values[to] = values[stays] + np.float32(move.by_value)
    sheet.mask[to] = sheet.drawn[to] = known[stays]
    sheet.rough[to] = (known & rough)[stays]
    sheet.join[to] = join[stays]


_APPLY: Mapping[type, Any] = {DrawnCurve: _draw, PinnedPoint: _pin, Erasure: _erase, MovedStretch: _move}


def _check_whole(numbers: Sequence[Any]) -> None:
    for number in numbers:
        if isinstance(number, bool) or not isinstance(number, int | np.integer):
            raise ValueError(f"samples and channels are whole numbers. Received: {number!r}")
        if abs(number) > MAX_SAMPLE:
            raise EditError("A stroke lies, or moves a stretch, too far outside the window. Draw it again.")


def _check_values(values: Sequence[float]) -> None:
    with np.errstate(over="ignore"):
        if not np.isfinite(np.asarray(values, dtype=np.float32)).all():
            raise EditError("A drawn value is not a number. Draw it again.")


def _check_inside(what: str, first: int, last: int, n_timesteps: int) -> None:
    if not 0 <= first <= last < n_timesteps:
        where = f"is at sample {first}" if first == last else f"goes from sample {first} to {last}"
        raise EditError(
            f"{what} {where}, but the window has samples 0 to {n_timesteps - 1}. Draw inside the frame."
        )


def _check_stretch(what: str, start: int, stop: int, n_timesteps: int) -> None:
    if not 0 <= start <= stop <= n_timesteps:
        raise EditError(
            f"{what} goes from sample {start} to {stop}, but the window has {n_timesteps} samples. "
            "Stay inside the frame."
        )


def _check_channels(channels: tuple[int, ...], n_channels: int) -> None:
    outside = [channel for channel in channels if not 0 <= channel < n_channels]
    if outside:
        raise EditError(
            f"Channel number {outside[0] + 1} was drawn on, but these windows have {n_channels}. "
            "The data have changed since. Draw it again."
        )


def _check_edit(index: int, edited: np.ndarray, shape: tuple[int, int, int]) -> None:
    if not 0 <= index < shape[0]:
        raise EditError(f"Window {index + 1} was edited, but the release has {shape[0]} windows.")
    if edited.shape != shape[1:]:
        raise EditError(
            f"An edited window has {edited.shape[0]} samples and {edited.shape[1]} channels; those of the "
            f"release have {shape[1]} and {shape[2]}."
        )
    if not np.isfinite(edited).all():
        raise EditError(f"Window {index + 1} still has missing samples. Fill them in before accepting it.")
