"""A curve as a setting: a small canvas and a table of its points."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from pages.ui.canvas import Frame, Ink, Layer, Pen, colour_of, read, shapes, trace_image
from pages.ui.common.page_frame import is_dark
from pages.ui.common.state import Session
from pages.ui.sketch.component import Held, drawable
from synth.editing.strokes import DrawnCurve
from synth.editing.transforms.base import Points

WIDTH, HEIGHT = 250, 150
N_PLACES = 33  # points of a drawn curve


@dataclass(frozen=True)
class Axes:
    """The part of the plane in which a curve is drawn.

    Attributes:
        across: Lowest and highest first number.
        up: Lowest and highest second number.
        unit: Of the first number.
    """

    across: tuple[float, float]
    up: tuple[float, float]
    unit: str = ""


def drawn_curve(objects: Sequence[Any], start: Points, axes: Axes) -> Points:
    """Return a curve with the drawn parts replaced.

    Args:
        objects: What the canvas sent.
        start: The curve before.
        axes: Where it is drawn.
    """
    places = np.linspace(*axes.across, N_PLACES)
    heights = np.interp(places, *np.array(start).T)
    strokes = read(shapes(list(objects)), Pen(_frame(axes), 0, N_PLACES)).strokes
    for stroke in strokes:
        if isinstance(stroke, DrawnCurve):
            heights[list(stroke.indices)] = stroke.values
    if not strokes:
        return start
    return tuple(
        (float(f"{x:.6g}"), float(f"{max(y, axes.up[0]):.4g}")) for x, y in zip(places, heights, strict=True)
    )


def choose_curve(session: Session, label: str, help: str, value: Points, axes: Axes, *, key: str) -> Points:
    """Show a canvas to draw the curve on, and its points as a table; return the curve.

    Args:
        session: Remembers the canvas.
        label: What it is.
        help: How to read it.
        value: The curve so far.
        axes: The part of the plane that is shown.
        key: Of the widgets.
    """
    st.markdown(f"**{label}** :small[· draw over it]", help=help)
    number, start = session.tab.get(f"{key} canvas", (0, value))
    frame = _frame(axes)
    rate = (N_PLACES - 1) / (axes.across[1] - axes.across[0])
    places = np.linspace(*axes.across, N_PLACES)
    line = Layer(np.interp(places, *np.array(value).T), "filled")
    objects = drawable(
        trace_image(
            [line], frame, rate_hz=rate, begin=axes.across[0], across=axes.unit, dark=is_dark()
        ),
        Held(colour_of(Ink("draw"))), key=f"{key} {number}",
    )  # fmt: skip
    with st.expander("Type points instead"):
        table = pd.DataFrame(list(value), columns=["at", "height"])
        typed = st.data_editor(
            table, num_rows="dynamic", hide_index=True, key=f"{key} table {number} {hash(value)}"
        )
    points = tuple((float(x), float(y)) for x, y in typed.dropna().sort_values("at").to_numpy())
    chosen = points if points != value and len(points) > 1 else drawn_curve(objects, start, axes)
    if points != value and len(points) > 1:
        session.tab.keep(f"{key} canvas", (number + 1, points))
    if chosen != value:
        session.tab.keep(key, chosen)
        st.rerun()
    return chosen


def _frame(axes: Axes) -> Frame:
    return Frame(WIDTH, HEIGHT, N_PLACES, *axes.up)
