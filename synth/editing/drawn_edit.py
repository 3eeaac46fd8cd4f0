"""A drawing on one window as an edit of others: sample by sample, or aligned with each by dynamic time warping."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from data.windows import Windows
from synth.editing.strokes import (
    DrawnCurve,
    DrawnWindow,
    EditError,
    Erasure,
    MovedStretch,
    PinnedPoint,
    Stroke,
    apply_strokes,
    stroke_from_json,
    stroke_to_json,
    with_soft_joins,
)
from synth.editing.transforms.base import EditedWindows, TransformContext

MAX_STROKES, MAX_SAMPLES = 2_000, 500_000
MAX_LAG = 0.25  # share of a window; two windows further apart in time are not aligned


@dataclass(frozen=True)
class DrawnEdit:
    """Strokes drawn on one window, to be applied to others.

    Attributes:
        strokes: What was drawn, oldest first.
        aligned: Whether the drawing is fitted to each window: its channels are aligned with the window's by dynamic
            time warping, and take the window's level and amplitude. Otherwise the same samples get the same values.
        traces: The drawn-on channels of the window before drawing, as `(channel, values)`. Needed where `aligned`.

    Raises:
        ValueError: If `aligned`, and the trace of a drawn-on channel is missing.
    """

    kind: ClassVar[str] = "drawn"
    title: ClassVar[str] = "Drawn correction"
    summary: ClassVar[str] = "Applies what was drawn on one window to others."

    strokes: tuple[Stroke, ...]
    aligned: bool = False
    traces: tuple[tuple[int, tuple[float, ...]], ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "strokes", tuple(self.strokes))
        if self.aligned and not self.traces:
            raise ValueError("an aligned edit needs the traces of the window it was drawn on")
        missing = set(self.channels) - {channel for channel, _ in self.traces}
        if self.aligned and missing:
            raise ValueError(f"the trace of channel {min(missing)} is needed to align what was drawn on it")

    @property
    def channels(self) -> tuple[int, ...]:
        """Positions of the channels that strokes name, ascending."""
        named = [s.channels or () if isinstance(s, Erasure) else (s.channel,) for s in self.strokes]
        return tuple(sorted({channel for channels in named for channel in channels}))

    def apply(self, windows: Windows, context: TransformContext) -> EditedWindows:
        """Apply the drawing to windows; see `Transform.apply`.

        Args:
            windows: The windows to be edited; not modified.
            context: Not needed: a drawing is the same for every seed and release.

        Raises:
            EditError: If a stroke does not fit the windows.
        """
        one_by_one = self._aligned if self.aligned else self._same_samples
        done = [one_by_one(window, number) for number, window in enumerate(windows.values)]
        if not done:
            nothing = np.zeros(windows.values.shape, dtype=bool)
            return EditedWindows(windows.values.copy(), ~nothing, nothing, nothing, nothing)
        return EditedWindows(
            np.stack([window.values for window in done]),
            np.stack([window.mask for window in done]),
            np.stack([window.drawn for window in done]),
            np.stack([window.rough for window in done]),
            np.stack([window.joined for window in done]),
        )

    def describe(self, channels: Sequence[str], rate_hz: float) -> str:
        """Say what was drawn where, in one line.

        Args:
            channels: Names of the channels.
            rate_hz: Samples per second, > 0.
        """
        parts = dict.fromkeys(_in_words(stroke, channels, rate_hz) for stroke in self.strokes)
        shown = [*list(parts)[:6], *([f"and {len(parts) - 6} more"] if len(parts) > 6 else [])]
        return ("drawn and aligned: " if self.aligned else "drawn: ") + (", ".join(shown) or "nothing")

    def remapped(self, to: Mapping[int, int]) -> "DrawnEdit":
        """Return the edit for windows whose channels are in another order: old position -> new position."""
        strokes = tuple(_remapped(stroke, to) for stroke in self.strokes)
        return replace(
            self, strokes=strokes, traces=tuple((to[channel], trace) for channel, trace in self.traces)
        )

    def to_json(self) -> dict[str, Any]:
        """Return the edit as plain JSON values; `drawn_edit_from_json` restores it."""
        traces = [{"channel": channel, "values": list(values)} for channel, values in self.traces]
        strokes = [stroke_to_json(stroke) for stroke in self.strokes]
        return {"kind": self.kind, "marks": strokes, "aligned": self.aligned, "traces": traces}

    def _same_samples(self, window: np.ndarray, number: int) -> DrawnWindow:
        return apply_strokes(window, self.strokes, window_index=number)

    def _aligned(self, window: np.ndarray, number: int) -> DrawnWindow:
        channels = [channel for channel, _ in self.traces]
        if max(channels) >= window.shape[1] or any(len(trace) != len(window) for _, trace in self.traces):
            raise EditError("This edit was drawn on windows of another length or with other channels.")
        own = np.array([trace for _, trace in self.traces], dtype=np.float64).T
        canvas = np.zeros(window.shape)
        canvas[:, channels] = own
        source = apply_strokes(canvas, self.strokes, window_index=number)
        theirs = window[:, channels].astype(np.float64)
        position = warped_positions(_standardised(own), _standardised(theirs))
        return _transferred(source, window, position, dict(zip(channels, own.T, strict=True)))


def edit_from_strokes(window: np.ndarray, strokes: Sequence[Stroke], *, aligned: bool = False) -> DrawnEdit:
    """Turn what was drawn on one window into an edit of other windows.

    Args:
        window: `(timesteps, channels)` in sensor units, before drawing.
        strokes: What was drawn, oldest first.
        aligned: Whether the drawing is aligned with each window; see `DrawnEdit`.
    """
    if not aligned:
        return DrawnEdit(tuple(strokes))
    channels = DrawnEdit(tuple(strokes)).channels or range(window.shape[1])
    return DrawnEdit(tuple(strokes), True, tuple((int(c), tuple(map(float, window[:, c]))) for c in channels))


def drawn_edit_from_json(body: Mapping[str, Any]) -> DrawnEdit:
    """Restore what `DrawnEdit.to_json` wrote.

    Raises:
        EditError: If it is damaged; the message says what is wrong.
    """
    unexpected = set(body) - {"kind", "marks", "aligned", "traces"}
    strokes, aligned, traces = body.get("marks"), body.get("aligned", False), body.get("traces", [])
    if (
        unexpected
        or not isinstance(strokes, list)
        or not isinstance(aligned, bool)
        or not isinstance(traces, list)
    ):
        raise EditError("A drawn edit cannot be read. The file may be damaged.")
    if len(strokes) > MAX_STROKES or len(traces) > MAX_STROKES:
        raise EditError(f"A drawn edit has {len(strokes):,} strokes; at most {MAX_STROKES:,} are allowed.")
    read = tuple(map(stroke_from_json, strokes))
    try:
        kept = tuple((int(t["channel"]), tuple(map(float, t["values"]))) for t in traces)
        n_samples = sum(len(s.indices) for s in read if isinstance(s, DrawnCurve)) + sum(
            len(t) for _, t in kept
        )
        finite = all(np.isfinite(trace).all() for _, trace in kept)
        if n_samples > MAX_SAMPLES or not finite or any(channel < 0 for channel, _ in kept):
            raise ValueError("too many samples, or values that are not numbers")
        return DrawnEdit(read, aligned, kept)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise EditError(f"A drawn edit cannot be read: {error}.") from error


def warped_positions(own: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """Align two windows by dynamic time warping.

    Both ends may stay unmatched by up to a quarter of a window (relaxed end points), so that windows that begin at
    another phase of the movement can be aligned.

    Args:
        own: `(timesteps, k)`, each channel standardised.
        theirs: Same shape.

    Returns:
        `(timesteps,)`, for each sample of `theirs` its position in `own`, ascending; NaN where it is unmatched.

    References:
        Silva, Batista and Keogh, On the effect of endpoints on dynamic time warping, SIGKDD workshop MiLeTS 2016.
    """
    from dtaidistance import dtw, dtw_ndim

    n_timesteps = len(own)
    max_lag = max(1, round(MAX_LAG * n_timesteps))
    paths = dtw_ndim.warping_paths_fast if dtw.dtw_cc else dtw_ndim.warping_paths
    costs = paths(np.ascontiguousarray(own), np.ascontiguousarray(theirs), window=max_lag + 1, psi=max_lag)[1]
    path = np.array(dtw.best_path(costs))
    matched = np.bincount(path[:, 1], minlength=n_timesteps)
    total = np.bincount(path[:, 1], weights=path[:, 0], minlength=n_timesteps)
    return np.divide(total, matched, out=np.full(n_timesteps, np.nan), where=matched > 0)


def _transferred(
    source: DrawnWindow, window: np.ndarray, position: np.ndarray, own: Mapping[int, np.ndarray]
) -> DrawnWindow:
    """Transfer a drawing from one window to another; `position` says where its samples lie in the first."""
    matched = np.isfinite(position)
    nearest = np.round(np.where(matched, position, 0)).astype(int)
    mask, drawn, rough, join = (
        flags[nearest] * matched[:, None] for flags in (source.mask, source.drawn, source.rough, source.join)
    )
    mask |= ~matched[:, None]
    values = np.array(window, dtype=np.float32)
    for channel, trace in own.items():
        where, there = drawn[:, channel], np.flatnonzero(source.drawn[:, channel])
        if not where.any():
            continue
        curve = np.interp(position[where], there, source.values[there, channel])
        theirs = window[:, channel].astype(np.float64)
        gain = theirs.std() / trace.std() if trace.std() > 0 else 1.0
        values[where, channel] = theirs.mean() + gain * (curve - trace.mean())
    sheet = DrawnWindow(source.window_index, values, mask, drawn, rough, join, np.zeros_like(drawn))
    return with_soft_joins(sheet, window)


def _standardised(values: np.ndarray) -> np.ndarray:
    spread = values.std(axis=0)
    return (values - values.mean(axis=0)) / np.where(spread > 0, spread, 1.0)


def _in_words(stroke: Stroke, channels: Sequence[str], rate_hz: float) -> str:
    def named(places: Sequence[int] | None) -> str:
        if places is None:
            return "all channels"
        return " and ".join(channels[p] if p < len(channels) else f"channel {p + 1}" for p in places)

    if isinstance(stroke, Erasure):
        return f"unknown from {stroke.start / rate_hz:.2f} to {stroke.stop / rate_hz:.2f} s in {named(stroke.channels)}"
    place = named((stroke.channel,))
    if isinstance(stroke, PinnedPoint):
        return f"a point at {stroke.index / rate_hz:.2f} s in {place}"
    if isinstance(stroke, MovedStretch):
        return (
            f"a stretch from {stroke.start / rate_hz:.2f} to {stroke.stop / rate_hz:.2f} s moved in {place}"
        )
    first, last = min(stroke.indices), max(stroke.indices)
    how = "roughly " if stroke.belief == "roughly" else ""
    ends = f", blended over {stroke.join / rate_hz:.2f} s" if stroke.join else ""
    return f"{how}a curve from {first / rate_hz:.2f} to {last / rate_hz:.2f} s in {place}{ends}"


def _remapped(stroke: Stroke, to: Mapping[int, int]) -> Stroke:
    if isinstance(stroke, Erasure):
        return (
            stroke
            if stroke.channels is None
            else replace(stroke, channels=tuple(to[c] for c in stroke.channels))
        )
    return replace(stroke, channel=to[stroke.channel])
