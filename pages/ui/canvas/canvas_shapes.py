"""Reads what the drawing component sends: Fabric.js objects, as shapes in pixels of the frame.

A shape's colour says what it is for: the component passes no other mark on. Colours that differ
in their last digit look the same but mean different tools.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from synth.editing.strokes import Belief

ToolKind = Literal["draw", "curve", "point", "erase", "select", "shift"]

CURVE_ERROR_PX = 0.1  # how far a straight piece may be from the curve that was seen on the screen
_ORIGIN = {"left": 0.5, "top": 0.5, "center": 0.0, "right": -0.5, "bottom": -0.5}


@dataclass(frozen=True)
class Ink:
    """What a shape does.

    Attributes:
        tool: Draw the signal as it is or smoothed, pin a point, mark as unknown, choose a part, move it.
        belief: Whether the drawing is to be matched exactly or only roughly.
        everywhere: Whether it concerns all channels and not only the one on the canvas.
    """

    tool: ToolKind
    belief: Belief = "exact"
    everywhere: bool = False


INKS: Mapping[str, Ink] = {
    "#D55E00": Ink("draw"),
    "#E69F00": Ink("draw", "roughly"),
    "#D55E01": Ink("curve"),
    "#E69F01": Ink("curve", "roughly"),
    "#D55E02": Ink("point"),
    "#CC79A7": Ink("erase"),
    "#7A4FA3": Ink("erase", everywhere=True),
    "#009E73": Ink("select"),
    "#009E74": Ink("shift"),
}


def colour_of(ink: Ink) -> str:
    """Return the colour in which a shape is drawn so that it is read as `ink`."""
    return next(colour for colour, known in INKS.items() if known == ink)


@dataclass(frozen=True, eq=False)
class Shape:
    """One thing drawn on the canvas.

    Attributes:
        ink: What it does.
        points: `(n, 2)` pixels of the frame (x, y), joined by straight lines, in the order drawn.
    """

    ink: Ink
    points: np.ndarray


def shapes(objects: list[Mapping[str, Any]], *, scale: int = 1) -> list[Shape]:
    """Read every object of a canvas, oldest first; objects of other colours or kinds are ignored.

    Objects moved or stretched with the canvas's edit button are read where they are now.

    Args:
        objects: `CanvasResult.json_data["objects"]` of streamlit-drawable-canvas.
        scale: How many of their pixels are one of the frame.
    """
    found = []
    for thing in objects:
        outline = _OUTLINES.get(str(thing.get("type", "")).lower())
        ink = INKS.get(str(thing.get("stroke", "")).upper())
        if outline is None or ink is None:
            continue
        own = outline(thing)
        if len(own):
            found.append(Shape(ink, _on_canvas(thing, own) / scale))
    return found


def _path_outline(path: Mapping[str, Any]) -> np.ndarray:
    """Return the path's points relative to the middle of its bounding box."""
    points: list[np.ndarray] = []
    for _, *numbers in path["path"]:
        corners = np.array(numbers, dtype=float).reshape(-1, 2)
        if len(corners) == 2 and points:
            points.extend(_curve(points[-1], *corners))
        elif len(corners):
            points.append(corners[-1])
    outline = np.array(points).reshape(-1, 2)
    return outline - (outline.min(axis=0) + outline.max(axis=0)) / 2 if len(outline) else outline


def _curve(begin: np.ndarray, control: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Cut a quadratic Bezier curve into straight pieces; its beginning is left out."""
    bend = np.abs(begin - 2 * control + end).max()
    n_pieces = max(1, int(np.ceil(np.sqrt(bend / (4 * CURVE_ERROR_PX)))))
    s = np.linspace(0, 1, n_pieces + 1)[1:, None]
    return (1 - s) ** 2 * begin + 2 * s * (1 - s) * control + s**2 * end


def _line_outline(line: Mapping[str, Any]) -> np.ndarray:
    return np.array([[line["x1"], line["y1"]], [line["x2"], line["y2"]]], dtype=float)


def _rectangle_outline(rectangle: Mapping[str, Any]) -> np.ndarray:
    x, y = rectangle["width"] / 2, rectangle["height"] / 2
    return np.array([[-x, -y], [x, -y], [x, y], [-x, y]], dtype=float)


def _point_outline(point: Mapping[str, Any]) -> np.ndarray:
    """Return the middle of a circle: the component draws a point as one."""
    return np.zeros((1, 2))


_OUTLINES: Mapping[str, Callable[[Mapping[str, Any]], np.ndarray]] = {
    "path": _path_outline,
    "line": _line_outline,
    "rect": _rectangle_outline,
    "circle": _point_outline,
}


def _on_canvas(thing: Mapping[str, Any], outline: np.ndarray) -> np.ndarray:
    """Place an outline around its own middle on the canvas: scale, flip, turn, move."""
    scale = np.array([thing.get("scaleX", 1.0), thing.get("scaleY", 1.0)], dtype=float)
    flip = np.where([thing.get("flipX", False), thing.get("flipY", False)], -1.0, 1.0)
    angle = np.deg2rad(thing.get("angle", 0.0))
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    origin = np.array([_ORIGIN[thing.get("originX", "left")], _ORIGIN[thing.get("originY", "top")]])
    corner = np.array([thing["left"], thing["top"]], dtype=float)
    return (outline * scale * flip + origin * _size(thing, scale)) @ turn + corner


def _size(thing: Mapping[str, Any], scale: np.ndarray) -> np.ndarray:
    """Return width and height between `left` or `top` and the other side.

    Fabric counts the outline's width in. The component places a rectangle's `left` and `top` where the
    mouse went down, so there it is left out, and the span erased is the span dragged.
    """
    size = np.array([thing.get("width", 0.0), thing.get("height", 0.0)], dtype=float) * scale
    if thing["type"].lower() == "rect":
        return size
    return size + thing.get("strokeWidth", 0.0) * (1.0 if thing.get("strokeUniform") else scale)
