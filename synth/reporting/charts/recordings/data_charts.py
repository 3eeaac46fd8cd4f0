"""Charts of recordings: who did what for how long, and raw traces."""

from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd

from data.recordings import Recordings
from data.windows import Windows
from synth.reporting.charts.downsampled_traces import Line, channel_groups, rows_of
from synth.reporting.charts.theme import (
    FIT_WIDTH,
    MAX_ROWS,
    PANEL_HEIGHT,
    colour_of,
    layered,
    legend_above,
    titled,
)

MANY_CELLS = 220  # with more, numbers in the cells would not be readable


def coverage(recordings: Recordings, windows: Windows | None = None) -> alt.LayerChart:
    """Draw who did what for how long: people x activities, in minutes.

    Args:
        recordings: What was loaded.
        windows: The windows cut from them, for their counts in the tooltip.
    """
    cells = _cells(recordings, windows)
    n_people, n_activities = len(recordings.subjects), len(recordings.activities)
    place = alt.Chart(cells).encode(
        x=alt.X(
            "activity:N",
            title="activity",
            sort=None,
            axis=_name_axis(recordings.activities),
            scale=alt.Scale(paddingInner=0.03),
        ),
        y=alt.Y(
            "subject:N",
            title="person",
            sort=None,
            axis=alt.Axis(labelLimit=150),
            scale=alt.Scale(paddingInner=0.08),
        ),
        tooltip=[
            alt.Tooltip("subject:N", title="person"),
            alt.Tooltip("activity:N"),
            alt.Tooltip("minutes:Q", format=".2f"),
            alt.Tooltip("series:Q", title="uninterrupted recordings"),
            *([alt.Tooltip("windows:Q")] if windows is not None else []),
        ],
    )
    shade = alt.Color(
        "minutes:Q",
        scale=alt.Scale(range=["#E3EEF7", "#08457E"], domainMin=0),
        legend=alt.Legend(title="minutes"),
    )
    layers = [place.mark_rect().encode(color=shade)]
    if len(cells) <= MANY_CELLS and n_activities <= 16:
        middle = float(cells["minutes"].max()) / 2
        ink = alt.condition(alt.datum.minutes > middle, alt.value("white"), alt.value("#12283C"))
        layers.append(
            place.mark_text(fontSize=11).encode(text=alt.Text("minutes:Q", format=".1f"), color=ink)
        )
    step = 24 if n_people <= 25 else 14
    return layered(*layers).properties(
        autosize=FIT_WIDTH,
        width="container",
        height=max(80, step * n_people),
        title=_coverage_title(recordings, cells),
    )


def _cells(recordings: Recordings, windows: Windows | None) -> pd.DataFrame:
    """Return one row for each person and activity that occur together."""
    grouped = recordings.index.groupby(["subject", "activity"], sort=True)
    cells = grouped["n"].agg(samples="sum", series="size").reset_index()
    cells["minutes"] = cells.pop("samples") / recordings.rate_hz / 60
    if windows is not None:
        labels = pd.DataFrame({"subject": windows.subject, "activity": windows.activity})
        counts = labels.value_counts().rename("windows").reset_index()
        cells = cells.merge(counts, how="left", on=["subject", "activity"]).fillna({"windows": 0})
        cells["windows"] = cells["windows"].astype(int)
    if len(cells) > MAX_ROWS:
        cells = cells.nlargest(MAX_ROWS, "minutes").sort_values(["subject", "activity"])
    return cells


def _name_axis(names: Sequence[str]) -> alt.Axis:
    """Write names horizontally where they fit side by side, else at an angle."""
    is_wide = len(names) * max(map(len, names), default=0) > 90
    return alt.Axis(labelAngle=-35 if is_wide else 0, labelLimit=150)


def _coverage_title(recordings: Recordings, cells: pd.DataFrame) -> alt.TitleParams:
    n_people, n_activities = len(recordings.subjects), len(recordings.activities)
    missing = n_people * n_activities - len(cells)
    least = cells.iloc[cells["minutes"].argmin()]
    finding = f"{n_people} people, {n_activities} activities, {recordings.duration_s / 60:.0f} minutes: " + (
        "everybody did everything"
        if missing == 0
        else f"{missing} of {n_people * n_activities} combinations do not occur (empty)"
    )
    amount = f"{least['minutes']:.1f} min" if least["minutes"] >= 0.1 else f"{60 * least['minutes']:.0f} s"
    return titled(finding, f"Least: {least['subject']} did {least['activity']} for {amount}.")


def trace(
    recordings: Recordings,
    series: str,
    from_s: float = 0.0,
    to_s: float | None = None,
    *,
    boundaries_s: Sequence[float] = (),
) -> alt.VConcatChart:
    """Draw a stretch of one series, one panel for each sensor.

    Args:
        recordings: What was loaded.
        series: Which uninterrupted recording.
        from_s: Seconds from its start.
        to_s: Up to here; to the end by default.
        boundaries_s: Where windows begin, drawn as the grid.

    Raises:
        ValueError: If there is no such series, or nothing of it between `from_s` and `to_s`.
    """
    rows = recordings.samples_of(series)
    rows = rows[(rows["t"] >= from_s) & (rows["t"] <= (np.inf if to_s is None else to_s))]
    if rows.empty:
        raise ValueError(f"nothing of series {series!r} lies between {from_s} and {to_s} s")
    groups = channel_groups(recordings.channels, recordings.units)
    panel_of = {recordings.channels[i]: title for title, indices in groups.items() for i in indices}
    t = rows["t"].to_numpy()
    lines = [
        Line(t, rows[name].to_numpy(), {"channel": name, "panel": panel_of[name]})
        for name in recordings.channels
    ]
    inside = [float(b) for b in boundaries_s if t[0] <= b <= t[-1]]
    axis = (
        alt.Axis(title="seconds", values=inside, format=".2~f")
        if inside
        else alt.Axis(title="seconds", tickCount=8)
    )
    who = rows.iloc[0]
    finding = f"{who['subject']}, {who['activity']}: {t[0]:.1f} to {t[-1]:.1f} s"
    explanation = "Grid lines mark where windows begin." if inside else ""
    return _panels(rows_of(lines), list(groups), axis).properties(title=titled(finding, explanation))


def overview(recordings: Recordings, series: str, from_s: float, to_s: float) -> alt.LayerChart:
    """Draw a whole series small and mark the stretch that is shown large; dragging on it selects another one.

    Args:
        recordings: What was loaded.
        series: Which uninterrupted recording.
        from_s: Start of the stretch shown large, in seconds.
        to_s: Its end.
    """
    rows = recordings.samples_of(series)
    t = rows["t"].to_numpy()
    lines = [Line(t, rows[name].to_numpy(), {"channel": name}) for name in recordings.channels[:3]]
    brush = alt.selection_interval(name="stretch", encodings=["x"])
    whole = (
        alt.Chart(rows_of(lines, MAX_ROWS // 2))
        .mark_line(strokeWidth=0.6)
        .encode(
            x=alt.X("x:Q", title="seconds (drag over a part to enlarge it)", scale=alt.Scale(nice=False)),
            y=alt.Y("value:Q", title=None, axis=None, scale=alt.Scale(zero=False)),
            color=alt.Color("channel:N", scale=colour_of(recordings.channels[:3]), legend=None),
            detail="line:N",
        )
        .add_params(brush)
    )
    shown = (
        alt.Chart(pd.DataFrame({"x": [from_s], "x2": [to_s]}))
        .mark_rect(opacity=0.18)
        .encode(x="x:Q", x2="x2:Q")
    )
    return layered(shown, whole).properties(width="container", height=70, autosize=FIT_WIDTH)


def _panels(rows: pd.DataFrame, panels: Sequence[str], below: alt.Axis) -> alt.VConcatChart:
    """Stack one line chart for each panel, with each channel in the colour of its place in the panel."""
    charts = []
    for panel in panels:
        some = rows[rows["panel"] == panel]
        axis = below if panel == panels[-1] else alt.Axis(**{**below.to_dict(), "title": None})
        channels = list(dict.fromkeys(some["channel"]))
        charts.append(
            alt.Chart(some)
            .mark_line(strokeWidth=1.2, interpolate="linear")
            .encode(
                x=alt.X("x:Q", axis=axis, scale=alt.Scale(nice=False, zero=False)),
                y=alt.Y("value:Q", title=panel, scale=alt.Scale(zero=False)),
                color=alt.Color("channel:N", scale=colour_of(channels), legend=legend_above()),
                detail="line:N",
                tooltip=[
                    "channel:N",
                    alt.Tooltip("x:Q", title="seconds"),
                    alt.Tooltip("value:Q", format=".4~g"),
                ],
            )
            .properties(width="container", height=PANEL_HEIGHT)
        )
    return alt.vconcat(*charts).resolve_scale(color="independent")
