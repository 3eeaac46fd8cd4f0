"""Examples that illustrate the numbers: the closest pairs, and which activities are confused.

They show private windows, so they are only displayed on this computer and never part of a shared report.
"""

import altair as alt
import pandas as pd

from synth.audit.report import Report
from synth.core.figures import percent
from synth.reporting.charts.theme import (
    FIT_WIDTH,
    NEUTRAL,
    PANEL_HEIGHT,
    layered,
    legend_above,
    titled,
)

CONFUSION = "confusion, "
RELEASED, PRIVATE = "released window", "private recording"


def closest_pairs(report: Report) -> alt.TopLevelMixin | None:
    """Draw the released windows that match a used recording best, on top of it.

    Args:
        report: With the exhibits of the question `"copies"`.

    Returns:
        One panel for each pair; `None` where there are none.
    """
    pairs = report.exhibits.get("copies", {}).get("pairs", [])
    if not pairs:
        return None
    colours = alt.Scale(domain=[RELEASED, PRIVATE], range=["#1E82C3", NEUTRAL])
    panels = [_pair(number, pair, colours) for number, pair in enumerate(pairs)]
    return alt.vconcat(*panels).resolve_scale(color="shared")


def _pair(number: int, pair: dict, colours: alt.Scale) -> alt.Chart:
    rows = pd.concat(
        [
            pd.DataFrame({"seconds": _seconds(pair), "value": pair[key], "what": what})
            for key, what in (("private", PRIVATE), ("released", RELEASED))
        ]
    )
    said = f"{pair['channel']}, {pair['person']}, {pair['activity']}: {percent(pair['fit'])} agreement"
    width = alt.condition(alt.datum.what == PRIVATE, alt.value(5), alt.value(1.5))
    return (
        alt.Chart(rows)
        .mark_line()
        .encode(
            x=alt.X("seconds:Q", title="seconds"),
            y=alt.Y("value:Q", title="standardised", axis=alt.Axis(tickCount=3)),
            color=alt.Color("what:N", scale=colours, legend=legend_above()),
            strokeWidth=width,
            tooltip=["what:N", alt.Tooltip("seconds:Q", format=".2f"), alt.Tooltip("value:Q", format=".2f")],
        )
        .properties(width="container", height=PANEL_HEIGHT, title=titled(said) if number else _first(said))
    )


def _first(said: str) -> alt.TitleParams:
    return titled(
        said,
        "The best matches, each shifted, scaled and inverted for the best match. A copy agrees in every detail; "
        "unrelated windows agree only in broad shape.",
    )


def _seconds(pair: dict) -> list[float]:
    return [i / pair["rate_hz"] for i in range(len(pair["released"]))]


def confusion(report: Report) -> alt.TopLevelMixin | None:
    """Draw which activities a classifier trained on a release confuses.

    Args:
        report: With the exhibits of the question `"utility"`.

    Returns:
        A table of shares; `None` where there is none.
    """
    exhibits = report.exhibits.get("utility", {})
    name = next((name for name in exhibits if name.startswith(CONFUSION)), None)
    if name is None or not exhibits[name]:
        return None
    rows = pd.DataFrame(exhibits[name])
    tier = rows["tier"].iloc[0]
    rows = rows[rows["tier"] == tier]
    wrong = rows[rows["truth"] != rows["called"]]
    finding = "No activity is mistaken for another"
    if not wrong.empty:
        worst = wrong.loc[wrong["share"].idxmax()]
        share = percent(worst["share"])
        finding = f"Most often confused: {worst['truth']} is recognised as {worst['called']} in {share}"
    place = alt.Chart(rows).encode(
        x=alt.X(
            "called:N", title="recognised as", axis=alt.Axis(orient="top", labelAngle=-30, labelLimit=140)
        ),
        y=alt.Y("truth:N", title="true activity", axis=alt.Axis(labelLimit=200)),
        tooltip=["truth:N", "called:N", alt.Tooltip("share:Q", format=".1%")],
    )
    shade = alt.Color("share:Q", scale=alt.Scale(range=["#EEF4FA", "#08457E"], domain=[0, 1]), legend=None)
    ink = alt.condition(alt.datum.share > 0.55, alt.value("white"), alt.value("#12283C"))
    layers = [place.mark_rect().encode(color=shade)]
    if rows["truth"].nunique() <= 12:
        layers.append(place.mark_text(fontSize=11).encode(text=alt.Text("share:Q", format=".0%"), color=ink))
    where = tier.split(", ", 1)[-1]
    return layered(*layers).properties(
        width="container",
        height=max(90, 26 * rows["truth"].nunique()),
        autosize=FIT_WIDTH,
        title=titled(
            finding, f"A classifier trained on “{report.name}” and tested on real windows of {where}."
        ),
    )
