"""A chart with its notes and its downloads, as every section of the Trade-offs page shows one."""

from collections.abc import Callable

import streamlit as st

from pages.ui.common import cache
from pages.ui.common.state import Session
from synth.reporting import charts
from synth.reporting.charts import Drawing


def show(session: Session, drawing: Drawing, name: str, content_key: str) -> None:
    """Show a chart with its notes and its downloads."""
    for note in drawing.notes:
        st.caption(f":material/info: {note}")
    if drawing.chart is None:
        st.info("There is nothing to draw for this question yet.")
        return
    st.altair_chart(drawing.chart, width="stretch", key=f"chart {name}")
    png, svg, _ = st.columns([1, 1, 6])
    with png:
        offer(session, "PNG", f"{name}.png", content_key, lambda: charts.download_png(drawing.chart))
    with svg:
        offer(session, "SVG", f"{name}.svg", content_key, lambda: charts.download_svg(drawing.chart))


def offer(session: Session, label: str, file: str, content_key: str, make: Callable[[], bytes]) -> None:
    """Offer a download that is made when it is asked for, and then remembered."""
    st.download_button(
        label,
        lambda: cache.made(session.owner, content_key, file, make),
        file,
        on_click="ignore",
        icon=":material/download:",
        width="stretch",
    )
