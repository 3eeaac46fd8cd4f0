"""What is drawn with the mouse <-> strokes on samples. Depends on the output of the drawing component only.

picture.trace_image      layers of samples -> the canvas's background
canvas_shapes.shapes     what the canvas sent -> shapes in pixels
strokes_of_shapes.read   shapes in pixels -> strokes
frame.Frame              the one mapping between pixels and samples that all of them use
"""

from pages.ui.canvas.canvas_shapes import INKS, Ink, Shape, colour_of, shapes
from pages.ui.canvas.frame import Frame, frame_around
from pages.ui.canvas.picture import Band, Layer, strip_image, time_step_s, trace_image
from pages.ui.canvas.strokes_of_shapes import Pen, Reading, read

__all__ = [
    "INKS",
    "Band",
    "Frame",
    "Ink",
    "Layer",
    "Pen",
    "Reading",
    "Shape",
    "colour_of",
    "frame_around",
    "read",
    "shapes",
    "strip_image",
    "time_step_s",
    "trace_image",
]
