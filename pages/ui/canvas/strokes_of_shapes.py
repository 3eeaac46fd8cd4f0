"""Shapes in pixels -> strokes on samples, one after the other."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pages.ui.canvas.canvas_shapes import Shape, ToolKind
from pages.ui.canvas.frame import Frame
from synth.editing.strokes import DrawnCurve, Erasure, MovedStretch, PinnedPoint, Stroke

TOLERANCE_PX = 0.5  # a stroke that ends this close to a sample reaches it: the canvas rounds its numbers
SMOOTHING_PX = 9.0  # standard deviation of the bell that a smooth curve's trembling is averaged with
DOT_PX = 3.0  # what is drawn within so few pixels is a dot and not a stroke

OUTSIDE = "That was outside the frame, so nothing has changed. Draw between its left and right edge."
DOT = "That was a single dot and has set one sample. To bend the curve around it, use Point."
NO_PART = "There is nothing to move yet: first draw a box around a part, then drag it."


@dataclass(frozen=True)
class Pen:
    """What the shapes of a canvas have in common.

    Attributes:
        frame: The mapping of the canvas.
        channel: Which channel is on it.
        n_timesteps: Samples in the window, of which the frame may show a part.
        reach: How many samples on either side of a point may adapt.
        grid: Distance of the time lines that ends, edges and points snap to, in samples; 0 for no snapping.
        join: How many recorded samples beside the ends of an exact curve are shifted to meet it.
    """

    frame: Frame
    channel: int
    n_timesteps: int
    reach: int = 0
    grid: float = 0.0
    join: int = 0


@dataclass(frozen=True)
class Reading:
    """What a canvas says.

    Attributes:
        strokes: What was drawn, oldest first; strokes that change nothing are left out.
        part: The part chosen to be moved, `(start, stop)` in samples, if one is chosen at the end.
        remark: What the user should know about the last shape, or `""`.
    """

    strokes: tuple[Stroke, ...] = ()
    part: tuple[int, int] | None = None
    remark: str = ""


def read(shapes: Sequence[Shape], pen: Pen, *, part: tuple[int, int] | None = None) -> Reading:
    """Turn shapes into strokes.

    Between two points of a stroke the signal is the straight line, read at the sample times. Where a stroke
    goes back in time it overwrites itself. Anything left or right of the plot is ignored, anything above
    or below is clipped to the frame's values. A dot sets the sample nearest to it.

    Args:
        shapes: In the order drawn.
        pen: What they were drawn with.
        part: The part that was chosen to be moved before.
    """
    reading = Reading(part=part)
    for shape in shapes:
        reading = _READERS[shape.ink.tool](shape, pen, reading)
    return reading


def _draw(shape: Shape, pen: Pen, so_far: Reading) -> Reading:
    points = shape.points
    if len(points) == 2:
        points = _snapped(points, pen)
    at, levels = _trace(points, pen.frame)
    if len(at) == 0:
        return Reading(so_far.strokes, so_far.part, OUTSIDE)
    if shape.ink.tool == "curve":
        levels = _smooth(levels, SMOOTHING_PX / pen.frame.pixels_per_step)
    frame = pen.frame
    values = np.clip(frame.value_of(levels), frame.low, frame.high).astype(np.float32)
    is_dot = np.ptp(shape.points, axis=0).max() < DOT_PX
    join = pen.join if shape.ink.belief == "exact" and not is_dot else 0
    stroke = DrawnCurve(pen.channel, tuple(at.tolist()), tuple(values.tolist()), shape.ink.belief, join)
    return Reading((*so_far.strokes, stroke), so_far.part, DOT if is_dot else "")


def _pin(shape: Shape, pen: Pen, so_far: Reading) -> Reading:
    x, y = _snapped(shape.points, pen).mean(axis=0)
    at = _reached(np.array([x]), pen.frame)
    if len(at) == 0:
        return Reading(so_far.strokes, so_far.part, OUTSIDE)
    value = np.float32(np.clip(pen.frame.value_of(y), pen.frame.low, pen.frame.high))
    return Reading(
        (*so_far.strokes, PinnedPoint(pen.channel, int(at[0]), float(value), pen.reach)), so_far.part
    )


def _erase(shape: Shape, pen: Pen, so_far: Reading) -> Reading:
    at = _reached(_snapped(shape.points, pen)[:, 0], pen.frame)
    if len(at) == 0:
        return Reading(so_far.strokes, so_far.part, OUTSIDE)
    where = None if shape.ink.everywhere else (pen.channel,)
    return Reading((*so_far.strokes, Erasure(int(at[0]), int(at[-1]) + 1, where)), so_far.part)


def _select(shape: Shape, pen: Pen, so_far: Reading) -> Reading:
    at = _reached(_snapped(shape.points, pen)[:, 0], pen.frame)
    if len(at) == 0:
        return Reading(so_far.strokes, so_far.part, OUTSIDE)
    return Reading(so_far.strokes, (int(at[0]), int(at[-1]) + 1))


def _shift(shape: Shape, pen: Pen, so_far: Reading) -> Reading:
    """Move the chosen part along the line; it stays chosen where it is now."""
    if so_far.part is None:
        return Reading(so_far.strokes, None, NO_PART)
    dx, dy = shape.points[-1] - shape.points[0]
    steps = dx / pen.frame.pixels_per_step
    by_samples = round(round(steps / pen.grid) * pen.grid) if pen.grid else round(steps)
    by_value = float(np.float32(-dy * pen.frame.value_per_pixel))
    if by_samples == 0 and by_value == 0:
        return so_far
    stroke = MovedStretch(pen.channel, *so_far.part, by_samples, by_value)
    return Reading((*so_far.strokes, stroke), _part_after(stroke, pen.n_timesteps))


def _part_after(move: MovedStretch, n_timesteps: int) -> tuple[int, int] | None:
    """Return where a moved part is now, `(start, stop)` in samples; `None` where nothing of it is left."""
    start, stop = (min(max(0, edge + move.by_samples), n_timesteps) for edge in (move.start, move.stop))
    return (start, stop) if start < stop else None


_READERS: Mapping[ToolKind, Callable[[Shape, Pen, Reading], Reading]] = {
    "draw": _draw,
    "curve": _draw,
    "point": _pin,
    "erase": _erase,
    "select": _select,
    "shift": _shift,
}


def _snapped(points: np.ndarray, pen: Pen) -> np.ndarray:
    """Snap points to the nearest time line."""
    if not pen.grid:
        return points
    t = np.rint(pen.frame.t_of(points[:, 0]) / pen.grid) * pen.grid
    return np.column_stack([pen.frame.x_of(t), points[:, 1]])


def _trace(points: np.ndarray, frame: Frame) -> tuple[np.ndarray, np.ndarray]:
    """Read a stroke at the sample times it passes; return samples in time order and pixel rows. Last wins."""
    x, y = points.T
    levels = np.full(frame.n_timesteps, np.nan)
    for begin in range(len(points) - 1):
        piece = slice(begin, begin + 2)
        at = _between(x[piece], frame)
        order = np.argsort(x[piece], kind="stable")
        levels[at - frame.first] = np.interp(frame.x_of(at), x[piece][order], y[piece][order])
    if np.isnan(levels).all():
        levels[_reached(x, frame) - frame.first] = y.mean()
    reached = np.flatnonzero(~np.isnan(levels))
    return reached + frame.first, levels[reached]


def _smooth(levels: np.ndarray, sigma: float) -> np.ndarray:
    """Average neighbours with a bell of `sigma` samples; the ends stay where they were drawn."""
    half = min(int(np.ceil(3 * sigma)), len(levels) - 1)
    if half < 1:
        return levels
    before = 2 * levels[0] - levels[half:0:-1]
    after = 2 * levels[-1] - levels[-2 : -half - 2 : -1]
    bell = np.exp(-0.5 * (np.arange(-half, half + 1) / sigma) ** 2)
    return np.convolve(np.concatenate([before, levels, after]), bell / bell.sum(), mode="valid")


def _reached(x: np.ndarray, frame: Frame) -> np.ndarray:
    """Return the samples between the ends of `x`; the nearest one where there is none in between."""
    at = _between(x, frame)
    if len(at):
        return at
    nearest = np.atleast_1d(np.rint(frame.t_of(x.mean())).astype(np.int64))
    return nearest[(nearest >= frame.first) & (nearest <= frame.last)]


def _between(x: np.ndarray, frame: Frame) -> np.ndarray:
    """Return the samples within the extent of `x`."""
    begin = float(np.ceil(frame.t_of(x.min() - TOLERANCE_PX)))
    end = float(np.floor(frame.t_of(x.max() + TOLERANCE_PX)))
    return np.arange(max(begin, frame.first), min(end, frame.last) + 1, dtype=np.int64)
