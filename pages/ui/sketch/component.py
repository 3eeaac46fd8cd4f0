"""The drawing component, which can be imported only while Streamlit runs."""

from typing import Any


def drawable(**options: Any) -> Any:
    """Show a canvas; see `streamlit_drawable_canvas.st_canvas`."""
    from streamlit_drawable_canvas import st_canvas

    return st_canvas(**options)
