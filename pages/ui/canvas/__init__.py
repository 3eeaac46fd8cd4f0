"""Drawn strokes <-> samples of a signal. Knows not the drawing component, only what it sends.

picture.trace_image: samples -> the canvas's background
fabric.strokes:      what the canvas sent -> lines in pixels
painting:            lines in pixels -> drawn samples and erased spans
frame.Frame:         the one mapping between pixels and samples that all of them use
"""

from pages.ui.canvas.fabric import (
    DRAW_COLOUR,
    ERASE_ALL_COLOUR,
    ERASE_ALL_FILL,
    ERASE_COLOUR,
    ERASE_FILL,
    Stroke,
    strokes,
)
from pages.ui.canvas.frame import Frame, frame_around
from pages.ui.canvas.painting import drawn_samples, erased_spans
from pages.ui.canvas.picture import trace_image

__all__ = [
    "DRAW_COLOUR",
    "ERASE_ALL_COLOUR",
    "ERASE_ALL_FILL",
    "ERASE_COLOUR",
    "ERASE_FILL",
    "Frame",
    "Stroke",
    "drawn_samples",
    "erased_spans",
    "frame_around",
    "strokes",
    "trace_image",
]
