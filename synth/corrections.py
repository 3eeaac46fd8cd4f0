"""Corrections by hand: what was drawn and what was rubbed out -> values and mask -> a corrected release.

marks --correct--> Correction --fill--> windows --corrected_release--> Release with provenance
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from data.errors import PenumbraError
from data.release import Release
from synth.imputers.base import FittedImputer


class CorrectionError(PenumbraError):
    """Something drawn does not fit the window it was drawn on."""


@dataclass(frozen=True, eq=False)
class Stroke:
    """A drawn piece of signal in one channel.

    Attributes:
        channel: Index of the channel.
        indices: `(k,)` whole numbers, the samples drawn, in the order of drawing; a stroke may go back in
            time, and then the last value of a sample wins.
        values: `(k,)` their values in the channel's unit.
    """

    channel: int
    indices: np.ndarray
    values: np.ndarray


@dataclass(frozen=True)
class Unknown:
    """A rubbed-out stretch.

    Attributes:
        start: First sample.
        stop: The sample after the last one.
        channels: Indices of the channels; `None` for all.
    """

    start: int
    stop: int
    channels: tuple[int, ...] | None = None


@dataclass(frozen=True, eq=False)
class Correction:
    """One window after drawing and rubbing out, before anything is filled in.

    Attributes:
        window_index: Which window of the release.
        values: `(timesteps, channels)` float32 in sensor units; what is missing keeps its old value here
            and is not to be used.
        mask: Same shape, bool, `True` where the sample is known.
        drawn: Same shape, bool, `True` where the sample was drawn.
    """

    window_index: int
    values: np.ndarray
    mask: np.ndarray
    drawn: np.ndarray


def correct(window: np.ndarray, marks: Sequence[Stroke | Unknown], *, window_index: int) -> Correction:
    """Apply strokes and rubbed-out stretches in their order; where they overlap the last one wins.

    Args:
        window: `(timesteps, channels)` in sensor units; not modified.
        marks: What the person did, oldest first.
        window_index: Which window of the release it is.

    Raises:
        CorrectionError: If a mark lies outside the window, or a drawn value is not a number.
    """
    values = np.array(window, dtype=np.float32)
    mask = np.ones(values.shape, dtype=bool)
    drawn = np.zeros(values.shape, dtype=bool)
    for mark in marks:
        if isinstance(mark, Unknown):
            _check_unknown(mark, values.shape)
            channels = slice(None) if mark.channels is None else list(mark.channels)
            mask[mark.start : mark.stop, channels] = False
            drawn[mark.start : mark.stop, channels] = False
            continue
        _check_stroke(mark, values.shape)
        for i, value in zip(mark.indices, mark.values, strict=True):
            values[i, mark.channel] = value
        mask[mark.indices, mark.channel] = True
        drawn[mark.indices, mark.channel] = True
    return Correction(window_index, values, mask, drawn)


def fill(correction: Correction, imputer: FittedImputer, *, seed: int, n_draws: int = 1) -> np.ndarray:
    """Fill in what is missing of a corrected window.

    Returns:
        `(n_draws, timesteps, channels)` float32; what was drawn or left alone is returned exactly.

    Raises:
        TrainingError: If the imputer was fitted on windows of another length or other channels.
    """
    if correction.mask.all():
        return np.repeat(correction.values[None], n_draws, axis=0)
    return imputer.impute(correction.values[None], correction.mask[None], n_draws=n_draws, seed=seed)[:, 0]


def provenance(
    correction: Correction, channels: Sequence[str], *, imputer: FittedImputer | None, seed: int
) -> dict[str, Any]:
    """Write down, as plain JSON values, which samples were drawn and which were filled in by what.

    Args:
        correction: What was done.
        channels: Channel names.
        imputer: What filled in the rest; `None` where nothing was missing.
        seed: The seed of the filling.

    Returns:
        `window`, `drawn` and `filled` (channel name -> list of `[start, stop]`), `imputer`, `seed`.
    """
    return {
        "window": int(correction.window_index),
        "drawn": _spans_by_channel(correction.drawn, channels),
        "filled": _spans_by_channel(~correction.mask, channels),
        "imputer": None if imputer is None else imputer.learner.card(),
        "seed": int(seed),
    }


def corrected_release(
    release: Release,
    edits: Mapping[int, np.ndarray],
    *,
    name: str,
    provenance: Mapping[int, Mapping[str, Any]],
) -> Release:
    """Make a new release with some windows replaced; the original stays as it is.

    Args:
        release: Where the windows come from.
        edits: Index of a window -> its new values `(timesteps, channels)`.
        name: Name of the new release.
        provenance: Index of a window -> what `provenance` wrote down; the same windows as `edits`.

    Returns:
        A release with the same labels and source. Its card has every correction so far under
        `"corrections"`, and the original's name under `"corrected_from"`.

    Raises:
        CorrectionError: If an edit has no place in the release, or is not finite.
        ValueError: If `edits` and `provenance` are about different windows.
    """
    if set(edits) != set(provenance):
        raise ValueError(f"provenance is needed for windows {sorted(edits)}. Received: {sorted(provenance)}")
    values = release.windows.values.copy()
    for index, edited in edits.items():
        _check_edit(index, edited, values.shape)
        values[index] = edited
    earlier = list(release.card.get("corrections", []))
    card = {
        **release.card,
        "corrected_from": release.name,
        "corrections": earlier + [dict(provenance[index]) for index in sorted(edits)],
    }
    return Release(name, release.windows.with_values(values), release.source, card)


def spans(flags: np.ndarray) -> list[list[int]]:
    """Return where a bool array `(timesteps,)` is true, as `[start, stop]` with `stop` excluded."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return edges.reshape(-1, 2).tolist()


def _spans_by_channel(flags: np.ndarray, channels: Sequence[str]) -> dict[str, list[list[int]]]:
    return {name: spans(column) for name, column in zip(channels, flags.T, strict=True) if column.any()}


def _check_stroke(stroke: Stroke, shape: tuple[int, int]) -> None:
    _check_channels((stroke.channel,), shape[1])
    indices = np.asarray(stroke.indices)
    if len(indices) != len(stroke.values) or not np.issubdtype(indices.dtype, np.integer):
        raise ValueError(
            f"a stroke needs one value for each whole-number index. Received: {indices.dtype}, "
            f"{len(indices)} indices, {len(stroke.values)} values"
        )
    if len(indices) and not 0 <= indices.min() <= indices.max() < shape[0]:
        raise CorrectionError(
            f"A stroke goes from sample {indices.min()} to {indices.max()}, but the window has samples "
            f"0 to {shape[0] - 1}. Draw inside the frame."
        )
    if not np.isfinite(stroke.values).all():
        raise CorrectionError("A drawn value is not a number. Draw that stroke again.")


def _check_unknown(unknown: Unknown, shape: tuple[int, int]) -> None:
    _check_channels(unknown.channels or (), shape[1])
    if not 0 <= unknown.start <= unknown.stop <= shape[0]:
        raise CorrectionError(
            f"The rubbed-out stretch goes from sample {unknown.start} to {unknown.stop}, but the window has "
            f"{shape[0]} samples. Rub out inside the frame."
        )


def _check_channels(channels: tuple[int, ...], n_channels: int) -> None:
    outside = [channel for channel in channels if not 0 <= channel < n_channels]
    if outside:
        raise CorrectionError(
            f"Channel number {outside[0] + 1} was drawn on, but these windows have {n_channels}. "
            "The data have changed since; draw it again."
        )


def _check_edit(index: int, edited: np.ndarray, shape: tuple[int, int, int]) -> None:
    if not 0 <= index < shape[0]:
        raise CorrectionError(f"Window {index + 1} was corrected, but the release has {shape[0]} windows.")
    if edited.shape != shape[1:]:
        raise CorrectionError(
            f"A corrected window has {edited.shape[0]} samples and {edited.shape[1]} channels; those of the "
            f"release have {shape[1]} and {shape[2]}."
        )
    if not np.isfinite(edited).all():
        raise CorrectionError(
            f"Window {index + 1} still has missing samples. Fill them in before accepting it."
        )
