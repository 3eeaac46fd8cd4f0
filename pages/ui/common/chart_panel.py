"""A chart with its notes and its downloads, as every section of the Trade-offs page shows one."""

from collections.abc import Callable, Mapping

import streamlit as st

from data.export.sharing import Sharing
from pages.ui.common import cache
from pages.ui.common.markdown import literal
from pages.ui.common.state import Session
from synth.audit.report import Report
from synth.reporting import charts
from synth.reporting.charts import Chart, Drawing
from synth.runs.study import Study


def names_of_all(session: Session, study: Study, reports: Mapping[str, Report]) -> list[str]:
    """Return the names of all versions, oldest first, also of those without a report: each keeps its colour."""
    releases = session.repository.releases(study)
    return [reports[key].name if key in reports else str(card["name"]) for key, card in releases.items()]


def show_chart(chart: Chart, *, key: str | None = None) -> None:
    """Show a chart in the full width of its place."""
    # Altair types combined charts as their common base, Streamlit lists the classes one by one.
    st.altair_chart(chart, width="stretch", key=key)  # pyright: ignore[reportArgumentType]


def show(session: Session, drawing: Drawing, name: str, content_key: str) -> None:
    """Show a chart with its notes and its downloads."""
    for note in drawing.notes:
        st.caption(f":material/info: {literal(note)}")
    chart = drawing.chart
    if chart is None:
        st.info("There is nothing to draw for this question yet.")
        return
    show_chart(chart, key=f"chart {name}")
    png, svg, _ = st.columns([1, 1, 6])
    with png:
        offer(
            session,
            "PNG",
            f"{name}.png",
            content_key,
            lambda: charts.download_png(_for_sharing(session, chart)),
        )
    with svg:
        offer(
            session,
            "SVG",
            f"{name}.svg",
            content_key,
            lambda: charts.download_svg(_for_sharing(session, chart)),
        )


def _for_sharing(session: Session, chart: Chart) -> Chart:
    """Return a chart with codes instead of people's names; it is shown with them, and downloaded without."""
    study = session.data.study
    if study is None:
        return chart
    versions = (str(card["name"]) for card in session.repository.releases(study).values())
    sharing = Sharing(session.repository.code_list(study))
    return charts.rewritten(
        chart, sharing.texts(*study.windows.activities, *study.windows.channels, *versions)
    )


def offer(
    session: Session,
    label: str,
    file: str,
    content_key: str,
    make: Callable[[], bytes],
    *,
    main: bool = False,
) -> None:
    """Offer a download that is made when it is asked for, and then remembered; the main one of a place stands out."""
    st.download_button(
        label,
        lambda: cache.made(session.owner, content_key, file, make),
        file,
        on_click="ignore",
        type="primary" if main else "secondary",
        icon=":material/download:",
        width="stretch",
    )
