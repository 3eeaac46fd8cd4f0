"""Colours, titles and downloads that all charts share."""

import io
import itertools
import re
import textwrap
from collections.abc import Callable, Iterable
from typing import Any, Literal

import altair as alt

MAX_ROWS = 5_000
PERCENT = "format(100 * datum.value, '.0f') + ' %'"  # of labels of axes and legends
NEUTRAL = "#757D88"  # readable on white and on the dark theme alike
PALETTE = (
    "#1E82C3",
    "#E69F00",
    "#009E73",
    "#D55E00",
    "#CC79A7",
    "#56B4E9",
    "#8C6D31",
    "#7A5FD0",
)
"""The hues of Okabe and Ito (2008) that are visible on white and on black, the blue a little lighter, and two more."""

UNPROTECTED = "unprotected recordings"  # always neutral: it is what the releases are compared with
PANEL_HEIGHT = 150
DOWNLOAD_WIDTH = 860
DOWNLOAD_SCALE = 2.5
LINE_CHARACTERS = 80
TITLE_CHARACTERS = 62
NARROW_CHARACTERS = 44  # for charts in a column
LABEL_PX = 12
NO_BREAK = "\N{NO-BREAK SPACE}"

# The container gives the width; the height is the plot's own, with titles and labels added to it.
FIT_WIDTH = alt.AutoSizeParams(type="fit-x", contains="padding")


def colour_of(names: Iterable[str]) -> alt.Scale:
    """Return the colour scale of releases (or channels, or losses).

    Args:
        names: All names in an order that does not change, for example that of creation. A chart that shows
            only some of them is given all, so that each keeps its colour. Repeated names count once. After
            the eighth name colours repeat, so every chart also writes the names.
    """
    domain = list(dict.fromkeys(map(str, names)))
    hues = itertools.cycle(PALETTE)
    return alt.Scale(domain=domain, range=[NEUTRAL if n == UNPROTECTED else next(hues) for n in domain])


def titled(finding: str, explanation: str = "", *, characters: int = TITLE_CHARACTERS) -> alt.TitleParams:
    """Return a title that states the finding, and below it how to read the chart.

    Args:
        finding: What the chart shows.
        explanation: How to read it.
        characters: Where the finding's lines are broken; fewer for charts in a column.
    """
    room = LINE_CHARACTERS * characters // TITLE_CHARACTERS
    return alt.TitleParams(
        text=wrapped(finding, characters),
        anchor="start",
        fontSize=14,
        offset=12,
        frame="bounds",
        subtitleColor=NEUTRAL,
        subtitleFontSize=LABEL_PX,
        subtitle=wrapped(explanation, room) if explanation else alt.Undefined,
    )


def wrapped(text: str, characters: int = LINE_CHARACTERS) -> list[str]:
    """Break a text into lines, numbers left whole; Vega does not wrap."""
    whole = re.sub(r" %|\[[\d., -]*\]", lambda found: found[0].replace(" ", NO_BREAK), text)
    return [line.replace(NO_BREAK, " ") for line in textwrap.wrap(whole, characters)] or [""]


def layered(*charts: alt.Chart | alt.LayerChart) -> alt.LayerChart:
    """Overlay charts. None of them is faceted, for which `alt.layer` returns another kind of chart."""
    return alt.LayerChart(layer=list(charts))


def legend_above(**looks: Any) -> alt.Legend:
    """Return a legend in one row above the chart, small enough for narrow pages.

    Panels of one chart are given equal legends: Vega-Lite then draws one for all.
    """
    return alt.Legend(title=None, orient="top", labelFontSize=LABEL_PX, labelLimit=260, **looks)


def standalone(chart: alt.TopLevelMixin, *, width: int | str = DOWNLOAD_WIDTH) -> dict[str, Any]:
    """Return the specification of a chart for use outside Streamlit, without its theme.

    Args:
        chart: Any chart of this package.
        width: Pixels, or `"container"` for a chart on a page (single and layered charts only).
    """
    specification = chart.to_dict()
    side_by_side = "hconcat" in specification  # such panels have widths of their own
    for view in specification.get("vconcat", [] if side_by_side else [specification]):
        view["width"] = DOWNLOAD_WIDTH if width == "container" and view is not specification else width
    axis = {"labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": "normal", "gridColor": "#E6E9ED"}
    return specification | {
        "background": "white",
        "padding": 12,
        "autosize": {
            "type": "fit-x" if width == "container" and not side_by_side else "pad",
            "contains": "padding",
        },
        "config": {
            "font": "Helvetica, Arial, sans-serif",
            "axis": axis | {"labelColor": "#3B424C", "titleColor": "#3B424C", "domainColor": "#B4BBC4"},
            "legend": {"labelFontSize": 12, "titleFontSize": 12, "labelLimit": 260},
            "title": {"fontSize": 14, "subtitleFontSize": 12, "subtitleColor": "#5B6470"},
            "view": {"stroke": None},
        },
    }


def rewritten(chart: alt.TopLevelMixin, said: Callable[[Any], Any]) -> alt.TopLevelMixin:
    """Return a chart with other texts, for example without people's names.

    Args:
        chart: Any chart of this package.
        said: Rewrites JSON values.
    """
    return alt.Chart.from_dict(said(chart.to_dict()))


def download_png(chart: alt.TopLevelMixin) -> bytes:
    """Return a chart as a PNG picture for print, on white. Uses no network."""
    return _saved(chart, "png", scale_factor=DOWNLOAD_SCALE)


def download_svg(chart: alt.TopLevelMixin) -> bytes:
    """Return a chart as an SVG drawing, on white. Uses no network."""
    return _saved(chart, "svg")


def _saved(chart: alt.TopLevelMixin, kind: Literal["png", "svg"], **options: Any) -> bytes:
    written = io.BytesIO() if kind == "png" else io.StringIO()
    alt.Chart.from_dict(standalone(chart)).save(written, format=kind, **options)
    content = written.getvalue()
    return content if isinstance(content, bytes) else content.encode()
