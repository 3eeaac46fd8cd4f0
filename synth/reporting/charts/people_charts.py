"""Who is recognised how often, and by how many guesses.

The names are for the owner of the recordings: these charts are only displayed on this computer and never part of a
shared report.
"""

from collections.abc import Iterator
from typing import Any

import altair as alt
import pandas as pd

from synth.audit.question import headline, question_of
from synth.audit.reidentification.base import GUESSED, PEOPLE
from synth.audit.report import Report
from synth.core.figures import figure, percent
from synth.reporting.charts.forest_plot import Axis, Row, forest
from synth.reporting.charts.recognition import QUESTION
from synth.reporting.charts.theme import (
    FIT_WIDTH,
    NEUTRAL,
    PALETTE,
    PANEL_HEIGHT,
    PERCENT,
    colour_of,
    layered,
    legend_above,
    titled,
)

MOST_SHOWN = 30
OTHERS, WORST = PALETTE[0], PALETTE[3]
GUESSING = "pure guessing"


def people(report: Report) -> alt.LayerChart | None:
    """Draw how often each person is recognised, the most exposed one first, by the attacker who recognises most.

    Args:
        report: With the exhibits of the question `"reidentification"`.

    Returns:
        A row for each person; `None` where nobody was named.
    """
    attacker, everyone = _strongest(report, PEOPLE)
    if not everyone:
        return None
    worst, shown = everyone[0], everyone[:MOST_SHOWN]
    tier = question_of(QUESTION).tier_in_words(worst["tier"])
    rows = [
        Row(
            f"{tier} · {attacker}",
            person["person"],
            person["value"],
            person["low"],
            person["high"],
            person["chance"],
            by=attacker,
            rests_on=f"{person['n_windows']} windows from {person['n_stretches']} stretches of recording",
        )
        for person in shown
    ]
    often = figure(worst["value"], worst["low"], worst["high"])
    chance = percent(worst["chance"])
    finding = f"Most exposed: {worst['person']}, recognised in {often} of windows (guessing: {chance})"
    explanation = (
        "Intervals are over stretches of recording. Names are shown on this computer only, never in a report."
    )
    if len(everyone) > len(shown):
        explanation = f"The {len(shown)} most exposed of {len(everyone)} people. {explanation}"
    axis = Axis(
        "share of the person's windows that are recognised",
        worse="always recognised",
        better="never recognised",
        low=0.0,
        high=1.0,
        lower_is_better=True,
    )
    names = [row.name for row in rows]
    colours = alt.Scale(domain=names, range=[WORST] + [OTHERS] * (len(names) - 1))
    return forest(rows, axis, colours=colours, title=titled(finding, explanation), each="person")


def guesses(report: Report) -> alt.LayerChart | None:
    """Draw how often the right person is among the first guesses, for every number of guesses.

    Args:
        report: With the exhibits of the question `"reidentification"`.

    Returns:
        A line for each attacker's knowledge; `None` where nobody was named.
    """
    attacker, strongest = _strongest(report, GUESSED)
    if not strongest:
        return None
    words = question_of(QUESTION)
    found = report.exhibits[QUESTION][f"{GUESSED}{attacker}"]
    rows = pd.DataFrame(
        [
            {
                "k": row["k"],
                "value": row["value"],
                "who": words.tier_in_words(row["tier"]),
                "said": figure(row["value"], row["low"], row["high"]),
            }
            for row in found
        ]
    )
    n = len(strongest)
    by_chance = pd.DataFrame(
        {"k": range(1, n + 1), "value": [k / n for k in range(1, n + 1)], "who": GUESSING}
    )
    by_chance["said"] = [percent(value) for value in by_chance["value"]]
    enough = next(row["k"] for row in strongest if row["value"] >= 0.5)
    suffices = "1 guess suffices" if enough == 1 else f"{enough} guesses suffice"
    finding = f"For at least half of the windows, {suffices} among {n} people"
    names = list(dict.fromkeys(rows["who"]))
    colours = colour_of(names)
    scale = alt.Scale(domain=[*names, GUESSING], range=[*colours.range, NEUTRAL])
    dashes = alt.Scale(domain=[*names, GUESSING], range=[[1, 0]] * len(names) + [[4, 4]])
    legend = legend_above(columns=1, symbolType="stroke")
    base = alt.Chart(pd.concat([rows, by_chance])).encode(
        x=alt.X("k:Q", title="number of guesses", axis=alt.Axis(format="d", tickMinStep=1)),
        y=alt.Y(
            "value:Q",
            title="windows",
            scale=alt.Scale(domain=[0, 1]),
            axis=alt.Axis(labelExpr=PERCENT, tickCount=5),
        ),
        color=alt.Color("who:N", scale=scale, legend=legend),
        tooltip=[
            alt.Tooltip("who:N", title="attacker"),
            alt.Tooltip("k:Q", title="guesses"),
            alt.Tooltip("said:N", title="right person among them"),
        ],
    )
    lines = base.mark_line().encode(strokeDash=alt.StrokeDash("who:N", scale=dashes, legend=legend))
    points = base.transform_filter(alt.datum.who != GUESSING).mark_point(filled=True, size=45)
    return layered(lines, points).properties(
        width="container",
        height=PANEL_HEIGHT,
        autosize=FIT_WIDTH,
        title=titled(
            finding, f"How often the right person is among the attacker's first guesses ({attacker})."
        ),
    )


def _strongest(report: Report, kind: str) -> tuple[str, list[dict[str, Any]]]:
    """Return the attacker whose rows to draw, and the rows: of the headline where it has some, else the highest."""
    groups = dict(_groups(report, kind))
    if not groups:
        return "", []
    main = headline(report, QUESTION)
    of_main = ("", "") if main is None else (main.attacker, main.tier.split(",")[0])
    mean = {key: sum(row["value"] for row in rows) / len(rows) for key, rows in groups.items()}
    chosen = of_main if of_main in groups else max(mean, key=lambda key: mean[key])
    return chosen[0], groups[chosen]


def _groups(report: Report, kind: str) -> Iterator[tuple[tuple[str, str], list[dict[str, Any]]]]:
    """Yield the rows of every attacker and tier."""
    for name, rows in report.exhibits.get(QUESTION, {}).items():
        if name.startswith(kind):
            for tier in dict.fromkeys(row["tier"] for row in rows):
                yield (name.removeprefix(kind), tier), [row for row in rows if row["tier"] == tier]
