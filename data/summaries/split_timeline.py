"""Which part of each subject's recordings is used for what."""

import numpy as np
import pandas as pd

from data.recordings import Recordings
from data.splits import Split
from data.windows import Windows

SIDES = ("fit", "fresh", "unseen")


def timeline(recordings: Recordings, split: Split) -> pd.DataFrame:
    """Arrange each subject's series on one time axis and label each stretch with its side of the split.

    Returns:
        One row per stretch: `subject`, `activity`, `series`, `side` (`"fit"`, `"fresh"`, `"unseen"`, or
        `"unused"` for buffers and stretches that are too short), `begin_s` and `end_s` on the subject's axis.
    """
    index = recordings.index.assign(seconds=recordings.index["n"] / recordings.rate_hz)
    index["offset_s"] = index.groupby("subject")["seconds"].cumsum() - index["seconds"]
    used = pd.concat([_stretches(getattr(split, side), side) for side in SIDES], ignore_index=True)
    used = used.merge(index, on="series")
    whole = index.assign(begin_s=0.0, end_s=index["seconds"], side="unused")
    rows = pd.concat([whole, used], ignore_index=True)
    rows[["begin_s", "end_s"]] = rows[["begin_s", "end_s"]].add(rows["offset_s"], axis=0)
    return rows[["subject", "activity", "series", "side", "begin_s", "end_s"]]


def _stretches(windows: Windows, side: str) -> pd.DataFrame:
    """Merge windows of a series that touch or overlap."""
    order = np.lexsort((windows.start, windows.series))
    series, start = windows.series[order], windows.start[order]
    if len(order) == 0:
        return pd.DataFrame({"series": [], "side": [], "begin_s": [], "end_s": []})
    begins = np.concatenate(
        [[True], (series[1:] != series[:-1]) | (start[1:] > start[:-1] + windows.n_timesteps)]
    )
    last = np.append(np.flatnonzero(begins)[1:] - 1, len(order) - 1)
    return pd.DataFrame(
        {
            "series": series[begins],
            "side": side,
            "begin_s": start[begins] / windows.rate_hz,
            "end_s": (start[last] + windows.n_timesteps) / windows.rate_hz,
        }
    )
