"""The canvas and its view. A stroke is kept the moment the canvas sends it.

The canvas is an input device: what it sent is read into strokes by colour (`pages.ui.canvas`), and the strokes are
shown on its background. It is mounted anew, empty, only when something else changes what it shows, so that no
stroke is interrupted; until then what it sends is always everything drawn since it was mounted, and replaces
what was read from it before, so that nothing counts twice and the component's own undo is undone here as well.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.ui.canvas import (
    Band,
    Frame,
    Layer,
    Pen,
    colour_of,
    frame_around,
    read,
    shapes,
    strip_image,
    time_step_s,
    trace_image,
)
from pages.ui.common.markdown import literal
from pages.ui.common.page_frame import is_dark
from pages.ui.common.state import Session
from pages.ui.common.widgets import remembered
from pages.ui.sketch.component import Held, drawable, hold_the_pen, png_url
from pages.ui.sketch.history import History
from pages.ui.sketch.selection_state import SelectedWindow
from pages.ui.sketch.tool_picker import CHOOSE, DRAG, ROOM, ActiveTool, chosen_join, rooms
from pages.ui.sketch.window_view import added, shortened
from synth.editing.strokes import Stroke

WIDTH, HEIGHT = 690, 330  # of the drawing; how large it is shown depends on the browser's window
SCALE = 2  # pixels of the pictures for each of these
STRIP_HEIGHT = 40
MOST_STRIPS = 5  # channels under the canvas before they scroll
CANVAS = "sketch canvas"
TYPED = "Type instead of drawing"  # the tab with the tables


def two_columns() -> tuple[DeltaGenerator, DeltaGenerator]:
    """Return a place for the canvas, and one beside it, or below it where both are too much for the window's width."""
    st.html(f"<style>{_COLUMNS}</style>")
    with st.container(horizontal=True, gap="medium"):
        return st.container(key="sketch-sheet", gap="small"), st.container(key="sketch-side", gap="small")


# The canvas takes what there is, but never more than it can be sharp in, and where it is wider than 690 pixels no more
# than leaves room for what stands above it in the window.
_COLUMNS = f"""
[data-testid="stLayoutWrapper"]:has(> .st-key-sketch-sheet) {{flex: 4 1 34rem; container-type: inline-size;
max-width: clamp({WIDTH}px, (100vh - 30rem) * {WIDTH / HEIGHT:.2f}, {WIDTH * SCALE}px)}}
[data-testid="stLayoutWrapper"]:has(> .st-key-sketch-side) {{flex: 1 1 12rem}}
"""


def _undo_buttons(session: Session, selected: SelectedWindow) -> None:
    history = selected.book.history(selected.window_index)
    for label, icon, able, change, help in (
        ("Undo", "undo", bool(history.done), History.undo, "Ctrl+Z. The keys 1 to 6 choose a tool."),
        ("Redo", "redo", bool(history.undone), History.redo, "Ctrl+Y or Ctrl+Shift+Z."),
        ("Clear", "delete", bool(history.strokes), History.clear, "Remove everything that was drawn here."),
    ):
        st.button(
            label, icon=f":material/{icon}:", disabled=not able, key=f"sketch {label}", help=help,
            on_click=_change, args=(session, selected, change),
        )  # fmt: skip

    st.button(
        "Type instead", icon=":material/keyboard:", help="Opens the tables that do the same without drawing.",
        on_click=session.tab.set_widget, args=("sketch tab", TYPED),
    )  # fmt: skip


def _change(session: Session, selected: SelectedWindow, change: Callable[[History], History]) -> None:
    read_canvas(session, selected)  # a stroke that came with the click comes before it
    selected.book.write(selected.window_index, change(selected.book.history(selected.window_index)))


@dataclass(frozen=True)
class View:
    """How the large channel is shown.

    Attributes:
        frame: Which part of it, and where on the canvas.
        grid: Distance of the time lines that drawing snaps to, in samples; 0 for no snapping.
        with_original: Whether the original signal is shown behind.
    """

    frame: Frame
    grid: float
    with_original: bool


def choose_view(session: Session, selected: SelectedWindow, bar: DeltaGenerator) -> View:
    """Show which part of time and of the values is shown large, and what helps with drawing.

    Args:
        session: Remembers the choices.
        selected: What is drawn on.
        bar: Where the buttons stand.
    """
    whole = frame_around(selected.window[:, selected.channel], width=WIDTH, height=HEIGHT)
    with bar, st.container(horizontal=True, vertical_alignment="center", gap="small"):
        _undo_buttons(session, selected)
        with_original = toggle(session, "Show the original", True)
        snaps = toggle(session, "Snap to time lines", False)
    times, values = st.columns(2, gap="large")
    with times:
        end_s = whole.last / selected.rate_hz
        from_s, to_s = _range(
            session, "Time shown", (0.0, end_s), (0.0, end_s), 1 / selected.rate_hz,
            key=f"sketch time {selected.book.place}", unit="s",
        )  # fmt: skip
    with values:
        low, high = _values_shown(session, selected, whole)
    first = min(round(from_s * selected.rate_hz), whole.last - 1)
    last = max(round(to_s * selected.rate_hz), first + 1)
    frame = Frame(WIDTH, HEIGHT, last - first + 1, low, high, first)
    return View(
        frame, time_step_s(frame, selected.rate_hz) * selected.rate_hz if snaps else 0.0, with_original
    )


def _values_shown(session: Session, selected: SelectedWindow, whole: Frame) -> tuple[float, float]:
    bounds, usual, step, digits = scale_around(whole.low, whole.high)
    chosen = _range(
        session, "Values shown", bounds, usual, step, decimals=digits,
        key=f"sketch values {selected.book.place} {selected.window_index} {selected.channel} {bounds}",
        unit=selected.unit,
    )  # fmt: skip
    return chosen if chosen[0] < chosen[1] else usual


def scale_around(low: float, high: float) -> tuple[tuple[float, float], tuple[float, float], float, int]:
    """Return the ends of a slider around values, the values it shows first, its step, and how many decimals it needs.

    Args:
        low: The lowest value.
        high: The highest value, above it.
    """
    span = high - low
    digits = 2 - int(np.floor(np.log10(span)))  # three figures of what varies, however high it lies
    bounds = (round(low - span, digits), round(high + span, digits))
    return bounds, (round(low, digits), round(high, digits)), float(f"{span / 50:.1g}"), max(0, digits)


def toggle(session: Session, label: str, usual: bool) -> bool:
    """Show a switch that is remembered, and return what it says."""
    return remembered(session, f"sketch {label}", usual, lambda key: st.toggle(label, key=key))


def _range(
    session: Session,
    label: str,
    bounds: tuple[float, float],
    usual: tuple[float, float],
    step: float,
    *,
    key: str,
    unit: str,
    decimals: int = 2,
) -> tuple[float, float]:
    noted = session.tab.get(key, usual)
    inside = tuple(min(max(bound, bounds[0]), bounds[1]) for bound in noted)
    session.tab.start_widget(key, inside)
    chosen = st.slider(
        f"{label} ({unit})" if unit else label, *bounds, step=step, format=f"%.{decimals}f", key=key
    )
    chosen = cast(tuple[float, float], chosen)  # the value in the session state makes it a range
    session.tab.keep(key, chosen)
    return chosen


@dataclass(frozen=True, eq=False)
class Mounted:
    """The canvas as it was mounted, and what was read from it since.

    Attributes:
        scope: What it shows; if this changes, it is mounted again.
        number: Distinguishes its key from earlier ones.
        base: What had been done before it was mounted.
        base_part: The part chosen to be moved before.
        last: What has been done by now; where the book says otherwise, something else changed it.
        taken: The shapes that were read from it so far.
        part: The part chosen by now.
        remark: What the user should know about the last stroke.
    """

    scope: tuple[Any, ...]
    number: int
    base: History
    base_part: tuple[int, int] | None
    last: History
    taken: Sequence[Any] = ()
    part: tuple[int, int] | None = None
    remark: str = ""

    @property
    def key(self) -> str:
        """The key of the component."""
        return f"sketch canvas {self.number}"


def show_canvas(
    session: Session,
    selected: SelectedWindow,
    active: ActiveTool,
    view: View,
    shown: Sequence[Layer],
    grounds: Sequence[Band],
    remark: str,
) -> None:
    """Show the large channel and take in what is drawn on it.

    Args:
        session: Remembers the canvas.
        selected: What is drawn on.
        active: What it is drawn with.
        view: The part that is shown.
        shown: Lines of the background.
        grounds: Stretches with another ground.
        remark: What the user should know about the correction, or `""`.
    """
    frame = view.frame
    room_of = rooms(selected)
    reach = room_of.get(session.tab.get(f"sketch {ROOM}"), next(iter(room_of.values())))
    join = chosen_join(session, selected)
    pen = Pen(frame, selected.channel, len(selected.window), reach, view.grid, join)
    mounted = _mounted(session, selected, pen)
    heading = st.container()  # filled after the canvas: it says what the tool does once the canvas has it
    part = [Band(*mounted.part, "part")] if mounted.part and active.ink.tool in ("select", "shift") else []
    room = selected.book.has_room(selected.window_index)
    drawable(
        trace_image(
            shown,
            frame,
            bands=[*grounds, *part],
            unit=selected.unit,
            rate_hz=selected.rate_hz,
            dark=is_dark(),
            scale=SCALE,
        ),
        Held(colour_of(active.ink), active.mode, 1 if active.mode == "rect" else 3),
        key=mounted.key,
        scale=SCALE,
        disabled=not room,
        on_change=lambda: read_canvas(session, selected),
    )
    hold_the_pen(active.chosen, mounted.key)
    name = literal(selected.windows.channels[selected.channel])
    heading.markdown(f"**{name}**, {selected.name} · :small[{active.hint}]")
    if not room:
        begun = selected.book.begun
        st.warning(
            f"{len(begun)} windows have drawings that have not been accepted yet, for example "
            f"{', '.join(str(index + 1) for index in begun[:3])}. Accept or clear some of them first.",
            icon=":material/inventory_2:",
        )
    for words in filter(None, (mounted.remark, remark)):
        st.caption(f":material/info: {words}")


def _mounted(session: Session, selected: SelectedWindow, pen: Pen) -> Mounted:
    """Return the canvas; another one where this one would not show what it should."""
    history = selected.book.history(selected.window_index)
    scope = (
        session.tab.visits,
        selected.book.place,
        selected.window_index,
        selected.window.tobytes(),
        pen,
        is_dark(),
    )
    mounted: Mounted | None = session.tab.get(CANVAS)
    if mounted is not None and mounted.scope == scope and mounted.last == history:
        return mounted
    part, number = None, 0
    if mounted is not None:
        same = mounted.scope[1:3] == scope[1:3] and mounted.scope[4].channel == pen.channel
        part, number = mounted.part if same else None, mounted.number + 1
    mounted = Mounted(scope, number, history, part, history, part=part)
    session.tab.keep(CANVAS, mounted)
    return mounted


def read_canvas(session: Session, selected: SelectedWindow) -> None:
    """Keep what the canvas sent: everything drawn on it since it was mounted.

    Its callback does so at once; the page does before it shows any tool, where the callback was broken off.
    """
    mounted: Mounted | None = session.tab.get(CANVAS)
    if mounted is None or mounted.scope[:3] != (
        session.tab.visits,
        selected.book.place,
        selected.window_index,
    ):
        return
    if mounted.last != selected.book.history(selected.window_index):
        return  # undone or accepted meanwhile: this canvas is about to be mounted anew
    sent = session.tab.widget(mounted.key)
    if not sent or not sent.get("drawing"):
        return  # it has said nothing yet, or Streamlit has forgotten what it said
    drawn = sent["drawing"]["raw"].get("objects", [])
    if list(mounted.taken) == list(drawn):
        return
    reading = read(shapes(drawn, scale=SCALE), mounted.scope[4], part=mounted.base_part)
    history, refused = added(mounted.base, selected.window, reading.strokes)
    selected.book.write(selected.window_index, history)
    remark = refused or reading.remark
    session.tab.keep(CANVAS, replace(mounted, last=history, taken=drawn, part=reading.part, remark=remark))
    if reading.part != mounted.part:
        session.tab.keep("sketch Step", DRAG if reading.part else CHOOSE)
        session.tab.set_widget("sketch Step", DRAG if reading.part else CHOOSE)


def remount_canvas(session: Session) -> None:
    """Have an empty canvas next time: one that was not shown for a run has forgotten what was drawn on it."""
    mounted: Mounted | None = session.tab.get(CANVAS)
    if mounted is not None:
        session.tab.keep(CANVAS, replace(mounted, scope=()))


def chosen_part(session: Session, selected: SelectedWindow) -> tuple[int, int] | None:
    """Return the part of the large channel that is chosen to be moved, `(start, stop)` in samples."""
    mounted: Mounted | None = session.tab.get(CANVAS)
    if mounted is None or mounted.scope[1:3] != (selected.book.place, selected.window_index):
        return None
    return mounted.part if mounted.scope[4].channel == selected.channel else None


def add_strokes(selected: SelectedWindow, *strokes: Stroke) -> str:
    """Add what was typed as one action; return why it does not fit the window, or `""`."""
    history = selected.book.history(selected.window_index)
    for stroke in strokes:
        _, refused = added(history, selected.window, [stroke])
        if refused:
            return refused
    selected.book.write(selected.window_index, shortened(history.add(*strokes), selected.window))
    return ""


def show_other_channels(
    session: Session,
    selected: SelectedWindow,
    view: View,
    pictures: Sequence[Sequence[Layer]],
    grounds: Sequence[Sequence[Band]],
) -> None:
    """Show the other channels under the canvas, small, on its time axis; a click makes one the large one.

    Args:
        session: Remembers the choice.
        selected: The window that is drawn on.
        view: What the canvas shows.
        pictures: The lines of every channel.
        grounds: The stretches with another ground of every channel.
    """
    scrolls = len(pictures) - 1 > MOST_STRIPS
    st.html(f"<style>{_STRIPS}{_SCROLLING if scrolls else ''}</style>")
    with st.container(key="sketch-channels", gap=None):
        for channel, name in enumerate(selected.windows.channels):
            if channel == selected.channel:
                continue
            strip = strip_image(
                pictures[channel], view.frame, height=STRIP_HEIGHT, name=name, bands=grounds[channel],
                rate_hz=selected.rate_hz, dark=is_dark(), scale=SCALE,
            )  # fmt: skip
            st.button(
                f"![{literal(name)}]({png_url(strip)})", key=f"sketch channel {channel}", type="tertiary",
                help=f"Draw on {literal(name)}.", on_click=session.tab.keep, args=("sketch channel", name),
            )  # fmt: skip


# `cqw` is a percent of the canvas's width, also beside a scroll bar.
_STRIPS = """
.st-key-sketch-channels button {padding: 0; min-height: 0; margin-bottom: 4px}
.st-key-sketch-channels img {display: block; max-height: none !important; max-width: none !important;
width: 100cqw; height: auto; margin: 0}
"""
_SCROLLING = f"""
.st-key-sketch-channels {{overflow: hidden auto; flex-wrap: nowrap;
max-height: calc({100 * STRIP_HEIGHT * (MOST_STRIPS + 0.5) / WIDTH:.1f}cqw + {4 * MOST_STRIPS}px)}}
"""
