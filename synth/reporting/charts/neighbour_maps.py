"""Maps of the same windows before and after, coloured by person or by activity.

They show private windows with names, so they are only displayed on this computer and never part of a shared report.
"""

from collections.abc import Mapping
from typing import Any, Literal

import altair as alt
import pandas as pd

from synth.audit.reidentification.neighbour_maps import AFTER, BEFORE, MAPS
from synth.audit.report import Report
from synth.core.figures import percent
from synth.reporting.charts.recognition import QUESTION
from synth.reporting.charts.theme import colour_of, legend_above, titled

MAP_HEIGHT = 260
TITLES = {BEFORE: "recordings", AFTER: "released"}


def before_and_after(
    report: Report, colour: Literal["person", "activity"] = "person"
) -> alt.VConcatChart | None:
    """Draw windows as points, similar ones close together: recordings above, what became of them below.

    Args:
        report: With the exhibits of the question `"reidentification"`.
        colour: What the colours stand for; people are compared within one activity.

    Returns:
        `None` where no map was drawn.
    """
    drawn = [found for found in report.exhibits.get(QUESTION, {}).get(MAPS, []) if found["colour"] == colour]
    if not drawn:
        return None
    shown = {found["side"]: found for found in drawn}
    often = {side: percent(found["alike"]) for side, found in shown.items()}
    finding = f"Nearest neighbour of the same {colour}: {often[BEFORE]} before, {often[AFTER]} after"
    points = shown[AFTER]["points"]
    what = (
        f"{len(points)} windows of one activity ({points[0]['activity']})"
        if colour == "person"
        else f"{len(points)} windows"
    )
    explanation = (
        f"{what}; similar windows lie close together (t-SNE, each side by itself). Recordings above, “{report.name}” "
        "below. Shown on this computer only, never in a report."
    )
    names = sorted({point[colour] for found in drawn for point in found["points"]})
    panels = [_panel(shown[side], TITLES[side], colour, colour_of(names)) for side in (BEFORE, AFTER)]
    return alt.vconcat(*panels).properties(title=titled(finding, explanation))


def _panel(found: Mapping[str, Any], title: str, colour: str, scale: alt.Scale) -> alt.Chart:
    bare = alt.Axis(labels=False, ticks=False, grid=False)
    return (
        alt.Chart(pd.DataFrame(found["points"]))
        .mark_circle(size=26, opacity=0.75)
        .encode(
            x=alt.X("x:Q", title=None, axis=bare),
            y=alt.Y("y:Q", title=title, axis=bare),
            color=alt.Color(f"{colour}:N", scale=scale, legend=legend_above(columns=4)),
            tooltip=["activity:N", "person:N"],
        )
        .properties(width="container", height=MAP_HEIGHT)
    )
