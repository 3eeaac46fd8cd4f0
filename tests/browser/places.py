"""Where on the page a place of the drawing is shown: the canvas is as wide as the window has room for."""

from playwright.sync_api import FloatRect

from pages.ui.sketch.canvas_view import WIDTH


def on_page(corner: tuple[float, float], box: FloatRect) -> tuple[float, float]:
    """Return the whole pixels of the page at which a place of the drawing is shown: mice know no others."""
    scale = box["width"] / WIDTH
    return float(round(box["x"] + corner[0] * scale)), float(round(box["y"] + corner[1] * scale))


def on_drawing(place: tuple[float, float], box: FloatRect) -> tuple[float, float]:
    """Return the place of the drawing that is shown somewhere on the page."""
    scale = box["width"] / WIDTH
    return (place[0] - box["x"]) / scale, (place[1] - box["y"]) / scale
