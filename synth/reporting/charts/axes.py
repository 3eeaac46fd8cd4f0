"""The plane on which releases are placed: how well people are hidden (right) and what is still recognised (up)."""

import altair as alt
import pandas as pd

from synth.reporting.charts.theme import NEUTRAL, PERCENT

WIDTH = 1.08  # of the horizontal axis: a little beyond guessing
HEIGHT = 340
PAPERS = "usual test (static attacker)"
RING = "M0,-1A1,1,0,1,1,0,1A1,1,0,1,1,0,-1ZM0,-0.6A0.6,0.6,0,1,0,0,0.6A0.6,0.6,0,1,0,0,-0.6Z"
CORNER = "better ↑→"
SHARES = [0, 0.2, 0.4, 0.6, 0.8, 1]


def privacy_axis(field: str = "privacy", manner: str = "") -> alt.X:
    """Return the horizontal axis: 100 % where an attacker only guesses, 0 % where they are always right.

    Args:
        field: What is drawn.
        manner: How the attacker decides, where that is not the number the verdict rests on.
    """
    return alt.X(
        f"{field}:Q",
        title=[
            f"how well people are hidden{manner and f', {manner}'} (100 %: no better than guessing)",
            "← worse: always recognised   ·   better: recognised only by guessing →",
        ],
        scale=alt.Scale(domain=[0, WIDTH], nice=False, clamp=True),
        axis=alt.Axis(labelExpr=PERCENT, values=SHARES),
    )


def utility_axis(metric: str) -> alt.Y:
    """Return the vertical axis."""
    return alt.Y(
        "utility:Q",
        title=[f"activities recognised ({metric})", "← worse   ·   better →"],
        scale=alt.Scale(domain=[0, 1.02], nice=False),
        axis=alt.Axis(labelExpr=PERCENT, values=SHARES),
    )


def to_the_usual_test(base: alt.Chart, x: alt.X, y: alt.Y, tint: alt.Color) -> alt.Chart:
    """Draw a thin line from each mark to where the usual test would place it; `base` has `static`."""
    known = base.transform_filter("isValid(datum.static)")
    return known.mark_rule(strokeWidth=1).encode(x=x, x2="static:Q", y=y, color=tint)


def guessing(x: alt.X) -> alt.Chart:
    """Draw the line of pure guessing: nobody can be hidden better than that."""
    return alt.Chart(pd.DataFrame({"privacy": [1.0]})).mark_rule(strokeDash=[4, 4], color=NEUTRAL).encode(x=x)


def guessed_activities(base: alt.Chart) -> alt.Chart:
    """Draw the score of guessing activities; `base` has `utility_chance`."""
    known = base.transform_filter("isValid(datum.utility_chance)")
    return known.mark_rule(strokeDash=[4, 4], color=NEUTRAL).encode(y=alt.Y("min(utility_chance):Q"))


def corner(x: alt.X) -> alt.Chart:
    """Label the corner that is best."""
    return (
        alt.Chart(pd.DataFrame({"words": [CORNER], "privacy": [1.0]}))
        .mark_text(align="right", baseline="top", dx=-4, dy=4, fontSize=13, fontWeight="bold", color=NEUTRAL)
        .encode(x=x, y=alt.value(0), text="words:N")
    )
