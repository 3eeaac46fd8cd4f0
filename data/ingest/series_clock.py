"""What the recording's clock showed when each series began, for labels that are given afterwards."""

import re

import numpy as np
import pandas as pd

from data.ingest.ordered_rows import Rows
from data.ingest.table import Table

DAY_FIRST = re.compile(r"^\d{1,2}[./-]\d{1,2}[./-]\d{4}")
CALENDAR = re.compile(r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[./-]\d{1,2}[./-]\d{4}")
AGREES_S = 1.0
DAY_S, EXCEL_EPOCH_DAYS = 86_400.0, 25_569  # days from Excel's day 0 to 1970


def date_of(text: str) -> float | None:
    """Return a date, with or without time of day, in seconds since 1970; `None` for anything else.

    Where numbers alone leave it open, days come before months.
    """
    text = text.strip()
    if not CALENDAR.search(text):
        return None
    time = pd.to_datetime(text, errors="coerce", dayfirst=bool(DAY_FIRST.match(text)))
    if not isinstance(time, pd.Timestamp):  # NaT
        return None
    if time.tzinfo is not None:
        time = time.tz_convert("UTC").tz_localize(None)
    return time.timestamp()


def began_of(table: Table, column: str | None, rows: Rows, starts: np.ndarray) -> np.ndarray | None:
    """Return the clock at the start of each series.

    Args:
        table: The table as read.
        column: Its column of times, if it has one.
        rows: Its rows in the order of the series, with times in seconds from any moment.
        starts: `(series,)` first row of each series.

    Returns:
        `(series,)` float64 seconds: since 1970 for dates, otherwise as the times count; `None` without times, or
        where dates were not read alike.
    """
    if column is None:
        return None
    since = rows.t[starts].astype(np.float64)
    # The first series from its start to its end, and the start of the last: in one clock, all say the same origin.
    probes = np.array([starts[0], (np.append(starts, len(rows))[1]) - 1, starts[-1]])
    seconds = _clock(table.frame[column].iloc[rows.position[probes]], rows.t[probes])
    if seconds is None:
        return since
    origins = seconds - rows.t[probes]
    return since + origins[0] if np.ptp(origins) < AGREES_S else None


def _clock(written: pd.Series, seconds: np.ndarray) -> np.ndarray | None:
    """Return what is written in seconds: dates since 1970, numbers by the unit that the first two show.

    Numbers of days are those of Excel.
    """
    numbers = pd.to_numeric(written, errors="coerce").to_numpy(np.float64)
    if np.isfinite(numbers).all() and numbers[1] != numbers[0]:
        unit_s = (seconds[1] - seconds[0]) / (numbers[1] - numbers[0])
        days_before = EXCEL_EPOCH_DAYS if abs(unit_s - DAY_S) < 1 else 0
        return (numbers - days_before) * unit_s
    dates = [date_of(str(text)) for text in written]
    return None if None in dates else np.array(dates, dtype=np.float64)
