"""Times in tables of labels: seconds, `h:mm:ss`, or dates with times of day."""

import re

import pandas as pd

DURATION = re.compile(r"^(?:(\d+):)?(\d{1,2}):(\d{1,2}(?:[.,]\d+)?)$")
NUMBER = re.compile(r"^-?\d+(?:[.,]\d+)?$")
DAY_FIRST = re.compile(r"^\d{1,2}[./-]\d{1,2}[./-]\d{4}")
CALENDAR = re.compile(r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[./-]\d{1,2}[./-]\d{4}")


def seconds_of(text: str, *, unit: float = 1.0) -> float | None:
    """Return `12.5`, `0:00:12.5` or `00:12,5` in seconds, `None` for anything else.

    Args:
        text: A cell.
        unit: Seconds that a plain number stands for.
    """
    text = text.strip()
    if NUMBER.match(text):
        return float(text.replace(",", ".")) * unit
    found = DURATION.match(text)
    if found is None:
        return None
    hours, minutes, seconds = found[1] or "0", found[2], found[3].replace(",", ".")
    return 3600.0 * int(hours) + 60.0 * int(minutes) + float(seconds)


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
