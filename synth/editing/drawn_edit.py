"""A drawn correction as an edit that can be given to other windows, as it is or brought into step with them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from data.windows import Windows
from synth.editing.strokes import (
    Correction,
    CorrectionError,
    Mark,
    Move,
    Point,
    Stroke,
    Unknown,
    correct,
    mark_from_json,
    mark_to_json,
)
from synth.editing.transforms.base import Context, Edited

MAX_MARKS, MAX_SAMPLES = 2_000, 500_000
OUT_OF_STEP = 0.25  # share of a window by which two may be out of step and still be aligned


@dataclass(frozen=True)
class Drawn:
    """Marks drawn on one window, for others.

    Attributes:
        marks: What was drawn, oldest first.
        aligned: Whether it is brought into step with each window, at its level and strength: the channels drawn on
            are laid over the window's by dynamic time warping. Otherwise the same samples get the same values.
        traces: Of the channels drawn on, `(channel, samples)` of the window as it was. Needed where `aligned`.
    """

    kind: ClassVar[str] = "drawn"
    title: ClassVar[str] = "Drawn correction"
    summary: ClassVar[str] = "What was drawn on one window, given to others."

    marks: tuple[Mark, ...]
    aligned: bool = False
    traces: tuple[tuple[int, tuple[float, ...]], ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "marks", tuple(self.marks))
        if self.aligned and not self.traces:
            raise ValueError("an aligned correction needs the traces of the window it was drawn on")
        missing = set(self.channels) - {channel for channel, _ in self.traces}
        if self.aligned and missing:
            raise ValueError(f"the trace of channel {min(missing)} is needed to align what was drawn on it")

    @property
    def channels(self) -> tuple[int, ...]:
        """The channels named by marks, ascending."""
        named = [m.channels or () if isinstance(m, Unknown) else (m.channel,) for m in self.marks]
        return tuple(sorted({channel for channels in named for channel in channels}))

    def apply(self, windows: Windows, context: Context) -> Edited:
        """Give the correction to windows; see `Symbol.apply`.

        Raises:
            CorrectionError: If a mark does not fit the windows.
        """
        one_by_one = self._aligned if self.aligned else self._same_samples
        done = [one_by_one(window, number) for number, window in enumerate(windows.values)]
        if not done:
            nothing = np.zeros(windows.values.shape, dtype=bool)
            return Edited(windows.values.copy(), ~nothing, nothing, nothing)
        parts = ([getattr(c, name) for c in done] for name in ("values", "mask", "drawn", "rough"))
        return Edited(*map(np.stack, parts))

    def describe(self, channels: Sequence[str], rate_hz: float) -> str:
        """Say what was drawn where."""
        parts = dict.fromkeys(_in_words(mark, channels, rate_hz) for mark in self.marks)
        shown = [*list(parts)[:6], *([f"and {len(parts) - 6} more"] if len(parts) > 6 else [])]
        return ("drawn and brought into step: " if self.aligned else "drawn: ") + (
            ", ".join(shown) or "nothing"
        )

    def remapped(self, to: Mapping[int, int]) -> "Drawn":
        """Return it for windows in which channels have other places."""
        marks = tuple(_remapped(mark, to) for mark in self.marks)
        return replace(
            self, marks=marks, traces=tuple((to[channel], trace) for channel, trace in self.traces)
        )

    def to_json(self) -> dict[str, Any]:
        """Return it as plain JSON values; `drawn_from_json` restores it."""
        traces = [{"channel": channel, "values": list(values)} for channel, values in self.traces]
        marks = [mark_to_json(mark) for mark in self.marks]
        return {"kind": self.kind, "marks": marks, "aligned": self.aligned, "traces": traces}

    def _same_samples(self, window: np.ndarray, number: int) -> Correction:
        return correct(window, self.marks, window_index=number)

    def _aligned(self, window: np.ndarray, number: int) -> Correction:
        channels = [channel for channel, _ in self.traces]
        if max(channels) >= window.shape[1] or any(len(trace) != len(window) for _, trace in self.traces):
            raise CorrectionError(
                "The correction was drawn on windows of another length or with other channels."
            )
        own = np.array([trace for _, trace in self.traces], dtype=np.float64).T
        sheet = np.zeros(window.shape)
        sheet[:, channels] = own
        source = correct(sheet, self.marks, window_index=number)
        theirs = window[:, channels].astype(np.float64)
        position = warped_positions(_standardised(own), _standardised(theirs))
        return _carried_over(source, window, position, dict(zip(channels, own.T, strict=True)))


def drawn_on(window: np.ndarray, marks: Sequence[Mark], *, aligned: bool = False) -> Drawn:
    """Make a correction for other windows of what was drawn on one.

    Args:
        window: `(timesteps, channels)` as it was before drawing.
        marks: What was drawn.
        aligned: Whether it is brought into step with each window.
    """
    if not aligned:
        return Drawn(tuple(marks))
    channels = Drawn(tuple(marks)).channels or range(window.shape[1])
    return Drawn(tuple(marks), True, tuple((int(c), tuple(map(float, window[:, c]))) for c in channels))


def drawn_from_json(body: Mapping[str, Any]) -> Drawn:
    """Restore what `Drawn.to_json` wrote.

    Raises:
        CorrectionError: If it cannot be understood; the sentence says what is wrong.
    """
    strange = set(body) - {"kind", "marks", "aligned", "traces"}
    marks, aligned, traces = body.get("marks"), body.get("aligned", False), body.get("traces", [])
    if (
        strange
        or not isinstance(marks, list)
        or not isinstance(aligned, bool)
        or not isinstance(traces, list)
    ):
        raise CorrectionError("A drawn correction cannot be understood. The file may be damaged.")
    if len(marks) > MAX_MARKS or len(traces) > MAX_MARKS:
        raise CorrectionError(f"A drawn correction has {len(marks):,} marks; at most {MAX_MARKS:,} are read.")
    read = tuple(map(mark_from_json, marks))
    try:
        kept = tuple((int(t["channel"]), tuple(map(float, t["values"]))) for t in traces)
        n_samples = sum(len(m.indices) for m in read if isinstance(m, Stroke)) + sum(len(t) for _, t in kept)
        finite = all(np.isfinite(trace).all() for _, trace in kept)
        if n_samples > MAX_SAMPLES or not finite or any(channel < 0 for channel, _ in kept):
            raise ValueError("too many samples, or values that are not numbers")
        return Drawn(read, aligned, kept)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise CorrectionError(f"A drawn correction cannot be understood: {error}.") from error


def warped_positions(own: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """Return where each sample of one window lies in another, by dynamic time warping.

    Both ends may hang over by a quarter of a window, so that windows that begin at another phase fit.

    Args:
        own: `(timesteps, k)`, each channel standardised.
        theirs: Same shape.

    Returns:
        `(timesteps,)` positions in `own`, ascending; NaN where `theirs` hangs over.
    """
    from dtaidistance import dtw, dtw_ndim

    n_timesteps = len(own)
    reach = max(1, round(OUT_OF_STEP * n_timesteps))
    paths = dtw_ndim.warping_paths_fast if dtw.dtw_cc else dtw_ndim.warping_paths
    _, costs = paths(np.ascontiguousarray(own), np.ascontiguousarray(theirs), window=reach + 1, psi=reach)
    path = np.array(dtw.best_path(costs))
    matched = np.bincount(path[:, 1], minlength=n_timesteps)
    total = np.bincount(path[:, 1], weights=path[:, 0], minlength=n_timesteps)
    return np.divide(total, matched, out=np.full(n_timesteps, np.nan), where=matched > 0)


def _carried_over(
    source: Correction, window: np.ndarray, position: np.ndarray, own: Mapping[int, np.ndarray]
) -> Correction:
    """Return what was done to one window for another: `position` says where its samples lie in the first."""
    met = np.isfinite(position)
    nearest = np.round(np.where(met, position, 0)).astype(int)
    mask, drawn, rough = (
        (flags[nearest] & met[:, None]) for flags in (source.mask, source.drawn, source.rough)
    )
    mask |= ~met[:, None]
    values = np.array(window, dtype=np.float32)
    for channel, trace in own.items():
        where, there = drawn[:, channel], np.flatnonzero(source.drawn[:, channel])
        if not where.any():
            continue
        curve = np.interp(position[where], there, source.values[there, channel])
        theirs = window[:, channel].astype(np.float64)
        louder = theirs.std() / trace.std() if trace.std() > 0 else 1.0
        values[where, channel] = theirs.mean() + louder * (curve - trace.mean())
    return Correction(source.window_index, values, mask, drawn, rough)


def _standardised(values: np.ndarray) -> np.ndarray:
    spread = values.std(axis=0)
    return (values - values.mean(axis=0)) / np.where(spread > 0, spread, 1.0)


def _in_words(mark: Mark, channels: Sequence[str], rate_hz: float) -> str:
    def named(places: Sequence[int] | None) -> str:
        if places is None:
            return "all channels"
        return " and ".join(channels[p] if p < len(channels) else f"channel {p + 1}" for p in places)

    if isinstance(mark, Unknown):
        return f"unknown from {mark.start / rate_hz:.2f} to {mark.stop / rate_hz:.2f} s in {named(mark.channels)}"
    place = named((mark.channel,))
    if isinstance(mark, Point):
        return f"a point at {mark.index / rate_hz:.2f} s in {place}"
    if isinstance(mark, Move):
        return f"a part from {mark.start / rate_hz:.2f} to {mark.stop / rate_hz:.2f} s moved in {place}"
    first, last = min(mark.indices), max(mark.indices)
    how = "roughly " if mark.belief == "roughly" else ""
    return f"{how}a curve from {first / rate_hz:.2f} to {last / rate_hz:.2f} s in {place}"


def _remapped(mark: Mark, to: Mapping[int, int]) -> Mark:
    if isinstance(mark, Unknown):
        return mark if mark.channels is None else replace(mark, channels=tuple(to[c] for c in mark.channels))
    return replace(mark, channel=to[mark.channel])
