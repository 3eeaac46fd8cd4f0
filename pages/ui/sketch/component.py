"""The canvas: the front end of streamlit-drawable-canvas, and the hand that holds the pen for it.

The front end is mounted here and not by its package's `st_canvas`, which knows no way to leave its toolbar out: the
pencil there takes the pen away without a word, and its undo knows nothing of the page's. It is sent what 0.13 expects.
"""

import base64
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from PIL import Image
from streamlit.components.v2 import component

# The front end gives its canvases a size in pixels. They are shown as wide as there is room instead: Fabric.js reads
# where the pointer is from the size they are shown in.
_HTML = """<style>
.dc-toolbar {display: none !important}
.dc-root {width: 100% !important}
.dc-container {width: 100% !important; height: auto !important}
.dc-background-canvas {position: static !important; display: block; width: 100% !important; height: auto !important}
.canvas-container {position: absolute !important; inset: 0; width: 100% !important; height: 100% !important}
.canvas-container canvas {width: 100% !important; height: 100% !important}
</style>
<div class="canvas-root" role="img" aria-label="Drawing area, for a mouse, a pen or a finger.
The button Type instead leads to tables that do the same with the keyboard."></div>"""
_HAND = Path(__file__).with_name("hand.js")


@dataclass(frozen=True)
class Held:
    """What is drawn with on a canvas.

    Attributes:
        colour: Of what is drawn; it says what that is for.
        mode: The tool's name in the front end.
        width_px: Of its line, in pixels of the frame.
    """

    colour: str
    mode: str = "freedraw"
    width_px: int = 3


def drawable(
    picture: Image.Image,
    held: Held,
    *,
    key: str,
    scale: int = 1,
    disabled: bool = False,
    on_change: Callable[[], None] = lambda: None,
) -> list[Mapping[str, Any]]:
    """Show a canvas, and return the Fabric.js objects drawn on it in pixels of its background, oldest first.

    Args:
        picture: The background.
        held: What it is drawn with.
        key: Of the component.
        scale: Pixels of the background for each of the frame. With one it is shown in its own size, at most; with
            several in the width of what it stands in.
        disabled: Whether nothing can be drawn.
        on_change: Called when something was drawn.
    """
    empty = {"objects": [], "background": ""}
    sent = _front_end()(
        data={
            "backgroundImageURL": png_url(picture),
            "backgroundImageFit": "stretch",
            "backgroundColor": "",
            "canvasWidth": picture.width,
            "canvasHeight": picture.height,
            "maxDisplayHeight": None,
            "drawingMode": held.mode,
            "strokeColor": held.colour,
            "strokeWidth": held.width_px * scale,
            "fillColor": f"{held.colour}33",
            "displayRadius": 4 * scale,
            "fontSize": 20,
            "label": "",
            "initialDrawing": empty,
            "realtimeUpdateStreamlit": True,
            "returnImageData": False,
            "disabled": disabled,
        },
        key=key,
        default={"drawing": {"raw": empty}, "backgroundFit": None},
        on_drawing_change=on_change,
        on_backgroundFit_change=lambda: None,
        width="stretch" if scale > 1 else "content",
        height="content",
    )
    return list(((sent.get("drawing") or {}).get("raw") or empty).get("objects", []))


def hold_the_pen(chosen: Sequence[str], canvas: str) -> None:
    """Keep what is drawn until the canvas above has what was chosen last, and let keys choose tools, undo and redo.

    Args:
        chosen: The labels of the tool and of its detail that the canvas has.
        canvas: Its key: another one means another canvas.
    """
    _hand()(data={"chosen": list(chosen), "canvas": canvas}, key="sketch hand", height="content")


def png_url(picture: Image.Image) -> str:
    """Return a picture as an address that holds it."""
    sink = io.BytesIO()
    picture.save(sink, "PNG")
    return f"data:image/png;base64,{base64.b64encode(sink.getvalue()).decode()}"


@cache
def _front_end() -> Any:
    return component(
        "streamlit-drawable-canvas.streamlit_drawable_canvas", html=_HTML, css="index-*.css", js="index-*.js"
    )


@cache
def _hand() -> Any:
    return component("penumbra_hand", html="<span></span>", js=_HAND.read_text("utf-8"))
