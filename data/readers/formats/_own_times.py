"""Tables in which every signal has a time column of its own, as in the CSV of Delsys Trigno.

EMGworks calls all of them `X[s]`, Trigno Discover `ACC X Time Series (s)` and so on.
"""

import re
from collections.abc import Mapping, Sequence

import pandas as pd

from data.column_words import is_motion_name
from data.readers.join_sensors import join_streams
from data.recordings import Finding

TIME = re.compile(
    r"(?:x|time)\s*[\[(]\s*s\s*[\])]$|x\s*\(?time\)?$|time$|.*time series.*\(s\)$", re.IGNORECASE
)


def has_own_times(names: Sequence[str]) -> bool:
    """Return whether the first column is a time, and others follow with signals in between."""
    times = [i for i, name in enumerate(names) if TIME.match(name)]
    if len(times) < 2 or times[0] != 0:
        return False
    return all(after - before > 1 for before, after in zip(times, [*times[1:], len(names)], strict=True))


def with_one_time(
    frame: pd.DataFrame, units: Mapping[int, str], name: str
) -> tuple[pd.DataFrame, tuple[Finding, ...]]:
    """Join signals on the times of the first motion signal; if there are motion signals, others are left out.

    Args:
        frame: Columns in order, the names of the times repeated.
        units: Unit of each column by position, `""` if it measures no motion.
        name: Name of the file in messages.

    Returns:
        The times as `time` (s) and the signals, and what was left out.
    """
    names = [str(column) for column in frame.columns]
    times = [i for i, column in enumerate(names) if TIME.match(column)]
    streams: dict[str, pd.DataFrame] = {}
    origin: dict[str, int] = {}
    for before, after in zip(times, [*times[1:], len(names)], strict=True):
        for i in range(before + 1, after):
            samples = frame.iloc[:, [before, i]].apply(pd.to_numeric, errors="coerce")
            samples.columns = ["t", "value"]
            streams[names[i]] = samples[samples["t"].notna()].drop_duplicates("t").reset_index(drop=True)
            origin[names[i]] = i
    motion = [column for column, i in origin.items() if units.get(i) or is_motion_name(column)]
    used = motion or list(streams)
    joined = join_streams({column: streams[column] for column in used}, onto=used[0])
    joined.columns = ["time", *used]
    others = [column for column in streams if column not in used]
    findings = (
        Finding("note", name, f"Signals that are no motion: {', '.join(others)}", "They were left out."),
    )
    return joined, findings if others else ()
