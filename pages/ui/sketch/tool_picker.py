"""The tools of the canvas and their settings."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from pages.ui.canvas import Ink
from pages.ui.canvas.canvas_shapes import ToolKind
from pages.ui.common.state import Session
from pages.ui.sketch.selection_state import SelectedWindow

Part = tuple[int, int] | None
ROOMS = (0.02, 0.05, 0.1, 0.2)  # around a point, as shares of the window


@dataclass(frozen=True)
class Tool:
    """One way to draw.

    Attributes:
        icon: Name of its symbol.
        mode: Its name in the drawing component.
        help: What it does, in words.
    """

    icon: str
    mode: str
    help: str


TOOLS = {
    "Pen": Tool("edit", "freedraw", "Draw the curve as it should be."),
    "Line": Tool("diagonal_line", "line", "Drag a straight line."),
    "Curve": Tool("gesture", "freedraw", "Draw freehand; tremor is smoothed out."),
    "Point": Tool(
        "adjust", "point", "Click on a value that the curve must pass through; the signal around it adapts."
    ),
    "Unknown": Tool("ink_eraser", "rect", "Drag over a part that should be filled in."),
    "Move": Tool("open_with", "rect", "Drag a box around the part that should move."),
}
EXACTLY, ROUGHLY = "Exactly as drawn", "Roughly"
HERE, EVERYWHERE = "In this channel", "In all channels"
CHOOSE, DRAG = "Select a part", "Drag it"
ROOM = "Room around it"
JOIN = "Blend the ends"
JOINS_S = (0.05, 0.1, 0.2)
USUAL_JOIN = "Blend 0.1 s"


@dataclass(frozen=True)
class ActiveTool:
    """The tool in hand.

    Attributes:
        tool: Which it is.
        ink: What it does.
        chosen: The labels that were chosen for it.
    """

    tool: Tool
    ink: Ink
    chosen: tuple[str, ...] = ()

    @property
    def hint(self) -> str:
        """What to do with it, in words."""
        if self.ink.tool == "shift":
            return "Drag from the green part to where it belongs."
        if self.ink.belief == "roughly":
            return f"{self.tool.help} The result will be close to it, and move as these recordings do."
        return f"{self.tool.help} In all channels at once." if self.ink.everywhere else self.tool.help

    @property
    def mode(self) -> str:
        """Its name in the drawing component."""
        return "line" if self.ink.tool == "shift" else self.tool.mode


def choose_tool(session: Session, selected: SelectedWindow, part: Part) -> ActiveTool:
    """Show the tools and the settings of the chosen one.

    Args:
        session: Remembers the choices.
        selected: What is drawn on.
        part: The part that is chosen to be moved, `(start, stop)` in samples, if there is one.
    """
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="sketch-tools"):
        name = _choice(session, "Tool", list(TOOLS), icons=[tool.icon for tool in TOOLS.values()])
        return _BRUSHES[name](session, selected, name, part)


def _pen(
    session: Session, selected: SelectedWindow, name: str, part: Part, kind: ToolKind = "draw"
) -> ActiveTool:
    belief = _choice(session, "How close", [EXACTLY, ROUGHLY])
    if belief == ROUGHLY:
        return ActiveTool(TOOLS[name], Ink(kind, "roughly"), (name, belief))
    over = _choice(session, JOIN, list(joins(selected)), usual=USUAL_JOIN)
    return ActiveTool(TOOLS[name], Ink(kind), (name, belief, over))


def joins(selected: SelectedWindow) -> dict[str, int]:
    """Return over how much of the recording beside it an exact curve blends in, in words and in samples."""
    lengths = {f"Blend {join_s:g} s": max(1, round(join_s * selected.rate_hz)) for join_s in JOINS_S}
    return {"No blending": 0} | lengths


def chosen_join(session: Session, selected: SelectedWindow) -> int:
    """Return the chosen length in samples, whether or not its widget is shown."""
    lengths = joins(selected)
    return lengths.get(session.tab.get(f"sketch {JOIN}"), lengths[USUAL_JOIN])


def _curve(session: Session, selected: SelectedWindow, name: str, part: Part) -> ActiveTool:
    return _pen(session, selected, name, part, "curve")


def _point(session: Session, selected: SelectedWindow, name: str, part: Part) -> ActiveTool:
    room = _choice(session, ROOM, list(rooms(selected)))
    return ActiveTool(TOOLS[name], Ink("point"), (name, room))


def rooms(selected: SelectedWindow) -> dict[str, int]:
    """Return how much room a point may have on either side, in words and in samples."""
    shares_s = [share * selected.windows.duration_s for share in ROOMS]
    return {f"± {room_s:.2g} s": max(1, round(room_s * selected.rate_hz)) for room_s in shares_s}


def _unknown(session: Session, selected: SelectedWindow, name: str, part: Part) -> ActiveTool:
    where = _choice(session, "Where", [HERE, EVERYWHERE])
    return ActiveTool(TOOLS[name], Ink("erase", everywhere=where == EVERYWHERE), (name, where))


def _move(session: Session, selected: SelectedWindow, name: str, part: Part) -> ActiveTool:
    if part is None:
        session.tab.set_widget("sketch Step", CHOOSE)
    step = _choice(session, "Step", [CHOOSE, DRAG], disabled=part is None)
    return ActiveTool(TOOLS[name], Ink("select" if step == CHOOSE else "shift"), (name, step))


_BRUSHES: dict[str, Callable[[Session, SelectedWindow, str, Part], ActiveTool]] = {
    "Pen": _pen, "Line": _pen, "Curve": _curve, "Point": _point, "Unknown": _unknown, "Move": _move,
}  # fmt: skip


def _choice(
    session: Session,
    label: str,
    options: Sequence[str],
    *,
    icons: Sequence[str] = (),
    disabled: bool = False,
    usual: str | None = None,
) -> str:
    key = f"sketch {label}"
    noted = session.tab.get(key)
    first = noted if noted in options else usual or options[0]
    session.tab.start_widget(key, first)
    named = dict(zip(options, icons, strict=False))
    chosen = st.segmented_control(
        label, options, required=True, key=key, disabled=disabled, label_visibility="collapsed",
        format_func=lambda o: f":material/{named[o]}: {o}" if o in named else o,
    )  # fmt: skip
    chosen = chosen or first  # it says nothing for a moment while the browser draws it anew
    session.tab.keep(key, chosen)
    return chosen
