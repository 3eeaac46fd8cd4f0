"""One window with what was drawn on it: what is known, what is not, and how to show it. Independent of Streamlit."""

from collections.abc import Sequence
from typing import Literal

import numpy as np

from data.errors import PenumbraError
from pages.ui.canvas import Band, Layer
from pages.ui.sketch.history import History
from synth.editing.soft_joins import jumps
from synth.editing.strokes import (
    Belief,
    DrawnCurve,
    DrawnWindow,
    Erasure,
    MovedStretch,
    Stroke,
    apply_strokes,
    spans,
)

MOST_ACTIONS = 100  # that can be undone; what was done before is kept as one

Kind = Literal["drawn", "drawn roughly", "blended", "filled in"]


def added(history: History, window: np.ndarray, strokes: Sequence[Stroke]) -> tuple[History, str]:
    """Add strokes one by one, each as an action of its own.

    Args:
        history: What was done before.
        window: `(timesteps, channels)` that it was done on.
        strokes: What was done now.

    Returns:
        The history, and why the last stroke that has no place on the window was left out, or `""`.
    """
    refused = ""
    for stroke in strokes:
        longer = history.add(stroke)
        try:
            apply_strokes(window, longer.strokes, window_index=0)
        except PenumbraError as error:
            refused = str(error)
            continue
        history = shortened(longer, window)
    return history, refused


def shortened(history: History, window: np.ndarray) -> History:
    """Keep a history from growing without bounds: the oldest actions become one with the same effect.

    Not where a part was moved: the strokes that leave the same would hold what was recorded there.
    """
    extra = len(history.done) - MOST_ACTIONS
    oldest = History(history.done[: max(extra, 0) + 1])
    if extra <= 0 or any(isinstance(stroke, MovedStretch) for stroke in oldest.strokes):
        return history
    return history.condensed(condensed(window, oldest.strokes), MOST_ACTIONS - 1)


def condensed(window: np.ndarray, strokes: Sequence[Stroke]) -> list[Stroke]:
    """Return few strokes with the same effect on a window as many; a `MovedStretch` becomes the samples it moved."""
    sheet = apply_strokes(window, strokes, window_index=0)
    found: list[Stroke] = []
    for channel in range(window.shape[1]):
        column = sheet.values[:, channel]
        found += [Erasure(start, stop, (channel,)) for start, stop in spans(~sheet.mask[:, channel])]
        rough, drawn = sheet.rough[:, channel], sheet.drawn[:, channel]
        join = sheet.join[:, channel]
        beliefs: Sequence[tuple[Belief, np.ndarray]] = (("exact", drawn & ~rough), ("roughly", rough))
        for belief, where in beliefs:
            for length in np.unique(join[where]).tolist():
                at = np.flatnonzero(where & (join == length))
                found.append(
                    DrawnCurve(channel, tuple(at.tolist()), tuple(column[at].tolist()), belief, length)
                )
    return found


def changed_spans(drawn_window: DrawnWindow) -> list[list[tuple[int, int, Kind]]]:
    """Return for each channel where it was drawn or is to be filled in, as `(start, stop, kind)`."""
    exact = drawn_window.drawn & ~drawn_window.rough
    kinds: Sequence[tuple[Kind, np.ndarray]] = (
        ("drawn", exact),
        ("drawn roughly", drawn_window.rough),
        ("blended", drawn_window.joined),
        ("filled in", ~drawn_window.mask),
    )
    n_channels = drawn_window.mask.shape[1]
    return [
        [(start, stop, kind) for kind, flags in kinds for start, stop in spans(flags[:, channel])]
        for channel in range(n_channels)
    ]


def layers(
    original: np.ndarray,
    drawn_window: DrawnWindow,
    draws: np.ndarray | None,
    channel: int,
    *,
    with_original: bool,
) -> list[Layer]:
    """Return the lines of one channel, the lowest first.

    Args:
        original: `(timesteps, channels)` before anything was drawn.
        drawn_window: What was drawn.
        draws: `(n_draws, timesteps, channels)` its fillings, where there are any.
        channel: Which channel.
        with_original: Whether to show the signal as it was, behind.
    """
    column = drawn_window.values[:, channel]
    known, drawn, rough = (a[:, channel] for a in (drawn_window.mask, drawn_window.drawn, drawn_window.rough))
    shown = [Layer(original[:, channel], "before")] if with_original else []
    open_ = ~known | rough
    if draws is not None and open_.any():
        reach = _with_neighbours(open_)
        shown += [Layer(np.where(reach, draw[:, channel], np.nan), "other") for draw in draws[1:]]
    shown.append(Layer(np.where(known & ~drawn, column, np.nan), "trace"))
    joined = drawn_window.joined[:, channel]
    if joined.any():
        shown.append(Layer(np.where(_with_neighbours(joined) & known, column, np.nan), "joined"))
    if draws is not None and open_.any():
        shown.append(Layer(np.where(reach, draws[0, :, channel], np.nan), "filled"))
    shown.append(Layer(np.where(rough, column, np.nan), "roughly"))
    shown.append(Layer(np.where(drawn & ~rough, column, np.nan), "drawn"))
    return shown


def bands(drawn_window: DrawnWindow, channel: int) -> list[Band]:
    """Return the stretches of a channel that are unknown."""
    return [Band(start, stop) for start, stop in spans(~drawn_window.mask[:, channel])]


def as_it_will_be(drawn_window: DrawnWindow, draws: np.ndarray | None) -> np.ndarray:
    """Return the window after the correction, `(timesteps, channels)`; NaN where it is not filled in yet."""
    return draws[0] if draws is not None else np.where(drawn_window.mask, drawn_window.values, np.nan)


def jump_bands(original: np.ndarray, after: np.ndarray, limits: np.ndarray) -> list[list[Band]]:
    """Return for each channel where an edit makes a larger step than the recordings usually do.

    Args:
        original: `(timesteps, channels)` before anything was drawn.
        after: Same shape, after it; NaN where it is not known.
        limits: `(channels,)` the largest usual step (`step_limits`).
    """
    found = [jumps(*columns) for columns in zip(original.T, after.T, limits, strict=True)]
    return [[Band(int(at) - 1, int(at) + 1, "jump") for at in places] for places in found]


def jumps_in_words(places: Sequence[Band], rate_hz: float) -> str:
    """Say where the jumps of one channel are and what can be done; `""` where there are none."""
    if not places:
        return ""
    times = [f"{(band.start + 0.5) / rate_hz:.2f}" for band in places[:4]]
    more = f" and {len(places) - 4} more" if len(places) > 4 else ""
    return (
        f"Jumps larger than 99 % of the steps in the recordings, at {', '.join(times)} s{more}. "
        "Blend the ends over a longer stretch, or draw with Curve, if they are not meant."
    )


def _with_neighbours(flags: np.ndarray) -> np.ndarray:
    """Widen stretches by one sample on either side, so that lines meet."""
    wide = flags.copy()
    wide[1:] |= flags[:-1]
    wide[:-1] |= flags[1:]
    return wide
