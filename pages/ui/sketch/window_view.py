"""One window with what was drawn on it: what is known, what is not, and how to show it. Knows no Streamlit."""

from collections.abc import Sequence
from typing import Literal

import numpy as np

from data.errors import PenumbraError
from pages.ui.canvas import Band, Layer
from pages.ui.sketch.history import History
from synth.editing.strokes import Correction, Mark, Move, Stroke, Unknown, correct, spans

MOST_ACTIONS = 100  # that can be undone; what was done before is kept as one

Kind = Literal["drawn", "drawn roughly", "filled in"]


def added(history: History, window: np.ndarray, marks: Sequence[Mark]) -> tuple[History, str]:
    """Add marks one by one, each as an action of its own.

    Args:
        history: What was done before.
        window: `(timesteps, channels)` that it was done on.
        marks: What was done now.

    Returns:
        The history, and why the last mark that has no place on the window was left out, or `""`.
    """
    refused = ""
    for mark in marks:
        longer = history.add(mark)
        try:
            correct(window, longer.marks, window_index=0)
        except PenumbraError as error:
            refused = str(error)
            continue
        history = shortened(longer, window)
    return history, refused


def shortened(history: History, window: np.ndarray) -> History:
    """Keep a history from growing without bounds: the oldest actions become one that leaves the same.

    Not where a part was moved: the strokes that leave the same would hold what was recorded there.
    """
    extra = len(history.done) - MOST_ACTIONS
    oldest = History(history.done[: max(extra, 0) + 1])
    if extra <= 0 or any(isinstance(mark, Move) for mark in oldest.marks):
        return history
    return history.condensed(condensed(window, oldest.marks), MOST_ACTIONS - 1)


def condensed(window: np.ndarray, marks: Sequence[Mark]) -> list[Mark]:
    """Return few marks that leave the same on a window as many do; a `Move` becomes the samples it moved."""
    sheet = correct(window, marks, window_index=0)
    found: list[Mark] = []
    for channel in range(window.shape[1]):
        column = sheet.values[:, channel]
        found += [Unknown(start, stop, (channel,)) for start, stop in spans(~sheet.mask[:, channel])]
        rough, drawn = sheet.rough[:, channel], sheet.drawn[:, channel]
        for belief, where in (("exact", drawn & ~rough), ("roughly", rough)):
            if where.any():
                at = np.flatnonzero(where)
                found.append(Stroke(channel, tuple(at.tolist()), tuple(column[at].tolist()), belief))
    return found


def changed_spans(correction: Correction) -> list[list[tuple[int, int, Kind]]]:
    """Return for each channel where it was drawn or is to be filled in, as `(start, stop, kind)`."""
    exact = correction.drawn & ~correction.rough
    kinds: Sequence[tuple[Kind, np.ndarray]] = (
        ("drawn", exact),
        ("drawn roughly", correction.rough),
        ("filled in", ~correction.mask),
    )
    n_channels = correction.mask.shape[1]
    return [
        [(start, stop, kind) for kind, flags in kinds for start, stop in spans(flags[:, channel])]
        for channel in range(n_channels)
    ]


def layers(
    original: np.ndarray,
    correction: Correction,
    draws: np.ndarray | None,
    channel: int,
    *,
    with_original: bool,
) -> list[Layer]:
    """Return the lines of one channel, the lowest first.

    Args:
        original: `(timesteps, channels)` before anything was drawn.
        correction: What was drawn.
        draws: `(n_draws, timesteps, channels)` its fillings, where there are any.
        channel: Which channel.
        with_original: Whether to show the signal as it was, behind.
    """
    column = correction.values[:, channel]
    known, drawn, rough = (a[:, channel] for a in (correction.mask, correction.drawn, correction.rough))
    shown = [Layer(original[:, channel], "before")] if with_original else []
    open_ = ~known | rough
    if draws is not None and open_.any():
        reach = _with_neighbours(open_)
        shown += [Layer(np.where(reach, draw[:, channel], np.nan), "other") for draw in draws[1:]]
    shown.append(Layer(np.where(known & ~drawn, column, np.nan), "trace"))
    if draws is not None and open_.any():
        shown.append(Layer(np.where(reach, draws[0, :, channel], np.nan), "filled"))
    shown.append(Layer(np.where(rough, column, np.nan), "roughly"))
    shown.append(Layer(np.where(drawn & ~rough, column, np.nan), "drawn"))
    return shown


def bands(correction: Correction, channel: int) -> list[Band]:
    """Return the stretches of a channel that are unknown."""
    return [Band(start, stop) for start, stop in spans(~correction.mask[:, channel])]


def _with_neighbours(flags: np.ndarray) -> np.ndarray:
    """Widen stretches by one sample on either side, so that lines meet."""
    wide = flags.copy()
    wide[1:] |= flags[:-1]
    wide[:-1] |= flags[1:]
    return wide
