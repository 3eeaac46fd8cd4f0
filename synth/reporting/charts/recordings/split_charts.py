"""Charts of how recordings are used: what is used, what is kept aside, who is held out; and spectra."""

import altair as alt
import numpy as np
import pandas as pd

from data.recordings import Recordings
from synth.core.figures import percent
from synth.reporting.charts.theme import FIT_WIDTH, MAX_ROWS, PALETTE, legend_above, titled

SIDES = {
    "fit": "used",
    "fresh": "unused time of the same people",
    "unseen": "unseen people",
    "unused": "gap between parts",
}
COLOURS = ("#1E82C3", "#E69F00", "#009E73", "#C9CED6")


def split_picture(timeline: pd.DataFrame) -> alt.Chart:
    """Draw each person's recordings one after another, coloured by what they are used for.

    Args:
        timeline: Rows of `data.summaries.split_timeline.timeline`.
    """
    rows = timeline.assign(
        use=timeline["side"].map(SIDES), minutes=(timeline["end_s"] - timeline["begin_s"]) / 60
    )
    rows = rows.assign(begin=rows["begin_s"] / 60, end=rows["end_s"] / 60)
    seconds = (rows["end_s"] - rows["begin_s"]).groupby(rows["side"]).sum()
    total = seconds["unused"]  # whole recordings lie under the stretches that are used
    shares = {side: seconds.get(side, 0.0) / total for side in ("fit", "fresh", "unseen")}
    people = sorted(rows["subject"].unique())
    held_out = sorted(rows.loc[rows["side"] == "unseen", "subject"].unique())
    finding = (
        f"{len(held_out)} of {len(people)} people are held out; of the others' time, "
        f"{percent(shares['fit'] / max(1e-9, 1 - shares['unseen']))} is used"
    )
    explanation = (
        "No window belongs to two parts; between two parts of a recording, one window's length is left out."
    )
    scale = alt.Scale(domain=list(SIDES.values()), range=list(COLOURS))
    return (
        alt.Chart(_at_most(rows))
        .mark_bar()
        .encode(
            y=alt.Y("subject:N", title="person", sort=None, axis=alt.Axis(labelLimit=150)),
            x=alt.X("begin:Q", title="minutes of this person's recordings, one after another"),
            x2="end:Q",
            color=alt.Color("use:N", scale=scale, legend=legend_above()),
            order=alt.Order("layer:Q"),
            tooltip=["subject:N", "activity:N", "series:N", "use:N", alt.Tooltip("minutes:Q", format=".2f")],
        )
        .properties(
            autosize=FIT_WIDTH,
            width="container",
            height=max(80, (22 if len(people) <= 25 else 13) * len(people)),
            title=titled(finding, explanation),
        )
    )


def _at_most(rows: pd.DataFrame) -> pd.DataFrame:
    """Lay what is used over each person's whole time; join neighbours where there are too many stretches to draw."""
    whole = rows[rows["side"] == "unused"].groupby("subject", as_index=False, sort=False)
    under = whole.agg({"begin": "min", "end": "max", "use": "first", "minutes": "sum"})
    under = under.assign(activity="", series="", layer=0)
    used = rows[rows["side"] != "unused"].sort_values(["subject", "begin"]).assign(layer=1)
    narrow = 0.001 * float(rows["end"].max())
    while len(used) + len(under) > MAX_ROWS and narrow < rows["end"].max():
        used = _joined(used, narrow)
        narrow *= 2
    columns = ["subject", "activity", "series", "use", "begin", "end", "minutes", "layer"]
    return pd.concat([under[columns], used[columns]], ignore_index=True)


def _joined(used: pd.DataFrame, narrow: float) -> pd.DataFrame:
    """Join neighbouring stretches of one person that are used alike and at most `narrow` minutes apart."""
    apart = used["begin"].to_numpy()[1:] - used["end"].to_numpy()[:-1] > narrow
    other = [used[name].to_numpy()[1:] != used[name].to_numpy()[:-1] for name in ("subject", "use")]
    group = np.concatenate([[0], np.cumsum(apart | other[0] | other[1])])
    first = dict.fromkeys(("subject", "activity", "series", "use", "side", "layer", "begin"), "first")
    return used.groupby(group).agg({**first, "end": "max", "minutes": "sum"})


def balance(recordings: Recordings) -> alt.Chart:
    """Draw how many minutes there are of each activity, and from how many people."""
    grouped = recordings.index.groupby("activity")
    rows = pd.DataFrame({"samples": grouped["n"].sum(), "people": grouped["subject"].nunique()}).reset_index()
    rows["minutes"] = rows["samples"] / recordings.rate_hz / 60
    most, least = rows.iloc[rows["minutes"].argmax()], rows.iloc[rows["minutes"].argmin()]
    ratio = most["minutes"] / least["minutes"]
    finding = (
        f"Activities last about equally long (at most {ratio:.1f} to 1)"
        if ratio < 2
        else f"{most['activity']} lasts {ratio:.0f} times as long as {least['activity']}"
    )
    explanation = "Results are averaged over activities, so a rare one counts as much as a frequent one."
    return (
        alt.Chart(rows)
        .mark_bar(color=PALETTE[0])
        .encode(
            y=alt.Y("activity:N", sort="-x", title=None, axis=alt.Axis(labelLimit=200)),
            x=alt.X("minutes:Q", title="minutes, all people together", axis=alt.Axis(tickCount=8)),
            tooltip=[
                "activity:N",
                alt.Tooltip("minutes:Q", format=".1f"),
                alt.Tooltip("people:Q", title="people"),
            ],
        )
        .properties(
            autosize=FIT_WIDTH,
            width="container",
            height=max(80, 22 * len(rows)),
            title=titled(finding, explanation),
        )
    )


def spectrum(spectra: pd.DataFrame, sensor: str) -> alt.Chart:
    """Draw the strength of movement at each frequency, a line for each activity.

    Args:
        spectra: Rows of `data.summaries.spectra.spectra`.
        sensor: Which sensor to draw.
    """
    rows = spectra[spectra["sensor"] == sensor]
    rows = rows[rows["power"] > 0]
    n_lines = max(1, rows["activity"].nunique())
    step = int(np.ceil(len(rows) / MAX_ROWS)) if len(rows) > MAX_ROWS else 1
    rows = rows[rows.groupby("activity").cumcount() % step == 0]
    strongest = rows.loc[rows.groupby("activity")["power"].idxmax()].sort_values("hz")
    finding = f"{sensor}: most movement at {strongest['hz'].min():.1f} to {strongest['hz'].max():.1f} Hz"
    explanation = "Slow movements are on the left. A coarsely sampled version loses what is on the right."
    return (
        alt.Chart(rows)
        .mark_line(strokeWidth=1.4)
        .encode(
            x=alt.X("hz:Q", title="frequency in Hz", scale=alt.Scale(nice=False)),
            y=alt.Y(
                "power:Q",
                title="power",
                scale=alt.Scale(type="log"),
                axis=alt.Axis(format=".0e", tickCount=5),
            ),
            color=alt.Color(
                "activity:N", legend=legend_above(columns=4), scale=alt.Scale(range=list(PALETTE))
            ),
            strokeDash=alt.StrokeDash("activity:N", legend=None)
            if n_lines > len(PALETTE)
            else alt.value([1, 0]),
            tooltip=["activity:N", alt.Tooltip("hz:Q", format=".2f"), alt.Tooltip("power:Q", format=".2e")],
        )
        .properties(autosize=FIT_WIDTH, width="container", height=260, title=titled(finding, explanation))
    )
