"""All versions side by side: one panel for each question with its main number, and the same as a table."""

from collections.abc import Iterator, Mapping, Sequence

import altair as alt
import numpy as np
import pandas as pd

from synth.audit.question import headline, question_of, with_verdict
from synth.audit.report import Report, Result
from synth.core.figures import figure, percent
from synth.reporting.charts.report_charts import Drawing
from synth.reporting.charts.theme import (
    NEUTRAL,
    UNPROTECTED,
    colour_of,
    layered,
    titled,
)

ROW_PX, PANEL_PX, NAMES_PX = 24, 132, 200
MEASURED_BY = ["attacker", "tier", "metric"]
NUMBERS = ["value", "low", "high", "chance", "ceiling"]


def comparison(reports: Sequence[Report], names: Sequence[str] | None = None) -> Drawing:
    """Draw the `headline` of every version and question: a row for each version, a panel for each question.

    Better is always to the right. Ticks mark pure guessing, diamonds the unprotected recordings.

    Args:
        reports: One for each release.
        names: All releases there are, in their fixed order, so that each keeps its colour.
    """
    rows = comparison_table({"": reports})
    asked = [question for question in with_verdict() if question in set(rows["question"])]
    if not asked:
        return Drawing(None, ())
    order = list(dict.fromkeys(report.name for report in reports))
    colours = colour_of([*(names or order), UNPROTECTED])
    panels = [
        _panel(rows[rows["question"] == question], question, order, colours, named=i == 0)
        for i, question in enumerate(asked)
    ]
    title = titled(
        "All versions side by side",
        "For each question the number that its verdict rests on, with its 95 % interval. Further to the right is "
        "better. Tick: pure guessing. Diamond: unprotected recordings.",
    )
    return Drawing(alt.hconcat(*panels, spacing=14).properties(title=title), ())


def comparison_table(studies: Mapping[str, Sequence[Report]]) -> pd.DataFrame:
    """Return a row for each version and question: its `headline`, interval, yardsticks and verdict.

    Args:
        studies: Reports of each data set, by the name of the data set.

    Returns:
        Columns `data, release, question`, those of `MEASURED_BY` and `NUMBERS` (shares, NaN where there is none),
        `verdict`.
    """
    rows = [
        _row(data, report, question, result)
        for data, reports in studies.items()
        for report in reports
        for question in with_verdict()
        if (result := headline(report, question)) is not None
    ]
    columns = ["data", "release", "question", *MEASURED_BY, *NUMBERS, "verdict"]
    return pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(NUMBERS, float))


def comparison_in_words(table: pd.DataFrame) -> pd.DataFrame:
    """Return a `comparison_table` for reading: a row for each version, a column for each question, cells such as
    "83 % [78, 88]".
    """
    asked = [question for question in with_verdict() if question in set(table["question"])]
    cells = table.assign(words=[figure(*numbers) for numbers in _with_ends(table)])
    wide = cells.pivot_table(
        index=["data", "release"], columns="question", values="words", aggfunc="first", sort=False
    )
    wide = (
        wide.reindex(columns=asked).fillna("–").rename(columns=lambda question: question_of(question).short)
    )
    return wide.rename_axis(columns=None).reset_index()


def _row(data: str, report: Report, question: str, result: Result) -> dict[str, object]:
    verdict = report.verdicts.get(question)
    return {
        "data": data,
        "release": report.name,
        "question": question,
        **{name: getattr(result, name) for name in MEASURED_BY},
        **{name: getattr(result, name) for name in NUMBERS},
        "verdict": "" if verdict is None else verdict.verdict,
    }


def _with_ends(rows: pd.DataFrame) -> Iterator[tuple[float, float | None, float | None]]:
    """Yield the value of each row with the ends of its interval, which are NaN in the table where there is none."""
    for value, low, high in rows[["value", "low", "high"]].astype(float).to_numpy().tolist():
        yield value, None if np.isnan(low) else low, None if np.isnan(high) else high


def _panel(
    rows: pd.DataFrame, question: str, order: Sequence[str], colours: alt.Scale, *, named: bool
) -> alt.LayerChart:
    words = question_of(question)
    drawn = rows.assign(
        low=rows["low"].fillna(rows["value"]),
        high=rows["high"].fillna(rows["value"]),
        how=rows["tier"].map(words.tier_in_words),
        measured=[figure(*numbers) for numbers in _with_ends(rows)],
        guessing=rows["chance"].map(percent, na_action="ignore"),
        unprotected=rows["ceiling"].map(percent, na_action="ignore"),
    )
    y = alt.Y(
        "release:N",
        title=None,
        scale=alt.Scale(domain=list(order)),
        axis=alt.Axis(labels=named, labelLimit=NAMES_PX, ticks=False, domain=False, grid=True),
    )
    low = min([words.axis_low, *drawn["low"], *drawn["chance"].dropna()])
    scale = alt.Scale(domain=[low, 1.0], reverse=words.direction != "higher", nice=False, clamp=True)
    x = alt.X("value:Q", title=None, scale=scale, axis=alt.Axis(format="%", tickCount=3, labelOverlap=True))
    tint = alt.Color("release:N", scale=colours, legend=None)
    base = alt.Chart(drawn)
    yardstick = {"stroke": alt.value(NEUTRAL), "y": y}
    layers = [
        base.mark_rule(strokeWidth=3, opacity=0.55).encode(
            x=alt.X("low:Q", scale=scale), x2="high:Q", y=y, color=tint
        ),
        base.mark_tick(thickness=2, size=12).encode(x=alt.X("chance:Q", scale=scale), **yardstick),
        base.mark_point(shape="diamond", size=60).encode(x=alt.X("ceiling:Q", scale=scale), **yardstick),
        base.mark_point(filled=True, size=70, opacity=1).encode(
            x=x,
            y=y,
            color=tint,
            tooltip=[
                alt.Tooltip("release:N", title="version"),
                alt.Tooltip("how:N", title="measured how"),
                alt.Tooltip("attacker:N", title="measured by"),
                alt.Tooltip("metric:N", title="number"),
                *(alt.Tooltip(f"{name}:N") for name in ("measured", "guessing", "unprotected")),
                alt.Tooltip("verdict:N"),
            ],
        ),
    ]
    return layered(*layers).properties(width=PANEL_PX, height=ROW_PX * len(order), title=words.short)
