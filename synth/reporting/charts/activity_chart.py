"""Which activities are still recognised: a row for each activity with its role, a column for each version."""

from collections.abc import Sequence

import altair as alt
import pandas as pd

from data.roles import ACTIVITY_ROLES, Roles
from synth.audit.report import RECALL, Report, Result
from synth.core.figures import percent
from synth.reporting.charts.report_charts import Drawing
from synth.reporting.charts.theme import (
    FIT_WIDTH,
    PERCENT,
    UNPROTECTED,
    layered,
    titled,
)

EXPECTED = {"required": "required", "neutral": "neutral", "sensitive": "sensitive: should be low"}
MANY_VERSIONS = 12


def by_activity(reports: Sequence[Report], names: Sequence[str], roles: Roles) -> Drawing:
    """Draw how often each activity is recognised by a classifier that was trained on each version.

    Args:
        reports: One for each release.
        names: All releases there are, in their fixed order.
        roles: What a release has to keep and to hide; orders and labels the activities.
    """
    found = [(report.name, r) for report in reports for r in _recalls(report)]
    if not found:
        return Drawing(None, ())
    rows = pd.DataFrame([_row(name, r, roles) for name, r in found])
    ceilings = rows.drop_duplicates("activity").assign(
        version=UNPROTECTED,
        recognised=lambda f: f["ceiling"],
        cell=lambda f: f["ceiling"].map(percent, na_action="ignore"),
        number=lambda f: f["ceiling"].map(percent, na_action="ignore"),
        rests_on="",
    )
    rows = pd.concat([ceilings[ceilings["recognised"].notna()], rows], ignore_index=True)
    versions = [UNPROTECTED, *(name for name in names if name in set(rows["version"]))]
    order = [
        rows.loc[rows["activity"] == a, "label"].iloc[0] for a in _in_order(rows["activity"].unique(), roles)
    ]
    place = alt.Chart(rows).encode(
        y=alt.Y("label:N", title=None, sort=order, axis=alt.Axis(labelLimit=320)),
        x=alt.X(
            "version:N", title=None, sort=versions, axis=alt.Axis(orient="top", labelAngle=0, labelLimit=150)
        ),
        tooltip=[
            "activity:N",
            "role:N",
            "version:N",
            "number:N",
            alt.Tooltip("rests_on:N", title="based on"),
        ],
    )
    shade = alt.Color(
        "recognised:Q",
        scale=alt.Scale(range=["#E3EEF7", "#08457E"], domain=[0, 1]),
        legend=None if len(versions) <= MANY_VERSIONS else alt.Legend(title="recognised", labelExpr=PERCENT),
    )
    ink = alt.condition(alt.datum.recognised > 0.55, alt.value("white"), alt.value("#12283C"))
    layers = [place.mark_rect().encode(color=shade)]
    if len(versions) <= MANY_VERSIONS:
        layers.append(place.mark_text(fontSize=11).encode(text="cell:N", color=ink))
    chart = layered(*layers).properties(
        autosize=FIT_WIDTH,
        width="container",
        height=max(80, 24 * len(order)),
        title=titled(*_finding(rows, roles)),
    )
    return Drawing(chart, ())


def _recalls(report: Report) -> list[Result]:
    """Return the recalls on people who were held out, or on unused time where nobody was."""
    recalls = [
        r
        for r in report.results
        if r.question == "utility" and r.metric.startswith(RECALL) and r.value is not None
    ]
    trained = [r for r in recalls if r.tier.startswith("TSTR")]
    return [r for r in trained if r.tier == trained[0].tier]


def _row(name: str, r: Result, roles: Roles) -> dict[str, object]:
    activity = r.metric.removeprefix(RECALL)
    role = roles.of(activity)
    return {
        "activity": activity,
        "role": role,
        "label": f"{activity} ({EXPECTED[role]})",
        "version": name,
        "recognised": r.value,
        "ceiling": r.ceiling,
        "cell": percent(r.number),
        "number": r.figure,
        "rests_on": f"{r.n} {r.unit}",
    }


def _in_order(activities: Sequence[str], roles: Roles) -> list[str]:
    return sorted(activities, key=lambda activity: (ACTIVITY_ROLES.index(roles.of(activity)), activity))


def _finding(rows: pd.DataFrame, roles: Roles) -> tuple[str, str]:
    released = rows[rows["version"] != UNPROTECTED]
    shown = released[released["role"] == "sensitive"]
    explanation = "Share of an activity's windows that a classifier trained on the version recognises."
    if not shown.empty:
        worst = shown.iloc[shown["recognised"].argmax()]
        finding = (
            f"“{worst['version']}” still gives away {worst['activity']} (sensitive): "
            f"recognised in {percent(worst['recognised'])}"
        )
        return finding, explanation
    required = released[released["role"] == "required"]
    least = required.iloc[required["recognised"].argmin()]
    return (
        f"Least recognised: {least['activity']} in “{least['version']}”, {percent(least['recognised'])}",
        explanation,
    )
