"""Strokes in pixels -> samples: what was drawn, and what was erased. The last stroke wins."""

from collections.abc import Sequence

import numpy as np

from pages.ui.canvas.fabric import Stroke
from pages.ui.canvas.frame import Frame

TOLERANCE_PX = 0.5  # a stroke that ends this close to a sample reaches it: the canvas rounds its numbers


def drawn_samples(strokes: Sequence[Stroke], frame: Frame) -> tuple[np.ndarray, np.ndarray]:
    """Return the samples that were drawn and not erased afterwards.

    Between two points of a stroke the signal is the straight line, read at the sample times. Where a stroke
    goes back in time it overwrites itself. What lies left or right of the plot is ignored, what lies above
    or below is limited to the frame's values. A dot sets the sample nearest to it.

    Args:
        strokes: In the order drawn.
        frame: The mapping of the canvas.

    Returns:
        Indices `(n,)` int64 in time order and values `(n,)` float32 in sensor units.
    """
    values, is_drawn, _ = _paint(strokes, frame)
    return np.flatnonzero(is_drawn), values[is_drawn].astype(np.float32)


def erased_spans(strokes: Sequence[Stroke], frame: Frame) -> list[tuple[int, int]]:
    """Return the spans `[start, stop)` in samples that were erased and not drawn over afterwards."""
    _, _, is_erased = _paint(strokes, frame)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], is_erased, [False]]).astype(int)))
    return [(int(start), int(stop)) for start, stop in edges.reshape(-1, 2)]


def _paint(strokes: Sequence[Stroke], frame: Frame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    values = np.zeros(frame.n_timesteps)
    is_drawn = np.zeros(frame.n_timesteps, dtype=bool)
    is_erased = np.zeros(frame.n_timesteps, dtype=bool)
    for stroke in strokes:
        if len(stroke.points) == 0:
            continue
        if stroke.tool == "erase":
            reached = _reached(stroke.points[:, 0], frame)
        else:
            reached, levels = _trace(stroke.points, frame)
            values[reached] = levels
        is_drawn[reached] = stroke.tool == "draw"
        is_erased[reached] = stroke.tool == "erase"
    return values, is_drawn, is_erased


def _trace(points: np.ndarray, frame: Frame) -> tuple[np.ndarray, np.ndarray]:
    """Read a stroke at the sample times it passes; the part drawn last wins."""
    x, y = points.T
    levels = np.full(frame.n_timesteps, np.nan)
    for begin in range(len(points) - 1):
        piece = slice(begin, begin + 2)
        at = _between(x[piece], frame)
        order = np.argsort(x[piece], kind="stable")
        levels[at] = np.interp(frame.x_of(at), x[piece][order], y[piece][order])
    if np.isnan(levels).all():
        levels[_reached(x, frame)] = y.mean()
    reached = np.flatnonzero(~np.isnan(levels))
    return reached, np.clip(frame.value_of(levels[reached]), frame.low, frame.high)


def _reached(x: np.ndarray, frame: Frame) -> np.ndarray:
    """Return the samples between the ends of `x`; the nearest one where there is none in between."""
    at = _between(x, frame)
    if len(at):
        return at
    nearest = np.atleast_1d(np.rint(frame.t_of(x.mean())).astype(np.int64))
    return nearest[(nearest >= 0) & (nearest < frame.n_timesteps)]


def _between(x: np.ndarray, frame: Frame) -> np.ndarray:
    """Return the samples within the extent of `x`."""
    first = np.ceil(frame.t_of(x.min() - TOLERANCE_PX))
    last = np.floor(frame.t_of(x.max() + TOLERANCE_PX))
    return np.arange(max(first, 0), min(last, frame.n_timesteps - 1) + 1, dtype=np.int64)
