"""Who did what when: spans of labels along each person's recordings."""

import altair as alt
import pandas as pd

from data.labels.spans import LabelSpans
from data.recordings import Recordings
from synth.reporting.charts.theme import FIT_WIDTH, colour_of, legend_above, titled

MOST_SPANS = 4_000  # more cannot be told apart, and the browser would be slow


def label_spans(recordings: Recordings, spans: LabelSpans) -> alt.Chart:
    """Draw the spans of each person's recordings, one row a person, recordings one after another.

    Args:
        recordings: What is labelled.
        spans: By series (`data.labels.propose`, marks on a trace).
    """
    index = recordings.index
    seconds = index["n"] / recordings.rate_hz
    before = (seconds.groupby(index["subject"]).cumsum() - seconds).set_axis(index["series"])
    rows = spans.table.assign(offset=before.reindex(spans.table["series"]).to_numpy())
    minutes = (rows["end_s"] - rows["begin_s"]) / 60
    shown = pd.DataFrame(
        {
            "person": rows["subject"],
            "activity": rows["activity"],
            "begin": (rows["offset"] + rows["begin_s"]) / 60,
            "end": (rows["offset"] + rows["end_s"]) / 60,
            "minutes": minutes,
        }
    ).nlargest(MOST_SPANS, "minutes")
    total = minutes.groupby(rows["activity"]).sum()
    finding = ", ".join(f"{name}: {amount:.1f} min" for name, amount in total.items())
    left_out = (
        "" if len(shown) == len(rows) else f"The {len(shown):,} longest of {len(rows):,} stretches are drawn."
    )
    return (
        alt.Chart(shown)
        .mark_bar()
        .encode(
            y=alt.Y("person:N", title="person", sort=None, axis=alt.Axis(labelLimit=150)),
            x=alt.X("begin:Q", title="minutes of this person's recordings, one after another"),
            x2="end:Q",
            color=alt.Color("activity:N", scale=colour_of(spans.activities), legend=legend_above()),
            tooltip=["person:N", "activity:N", alt.Tooltip("minutes:Q", format=".2f")],
        )
        .properties(
            autosize=FIT_WIDTH,
            width="container",
            height=max(80, 22 * rows["subject"].nunique()),
            title=titled(finding, left_out),
        )
    )
