"""Dates and clock times written as text: one format for a column, chosen from a sample of it."""

import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute
from pandas.api import types
from pandas.tseries.api import guess_datetime_format

pc: Any = pyarrow.compute  # makes its functions when it is imported, which type checkers do not see
N_LOOKED_AT = 1000
DATES = "dates and times"
CONTINUES_S = 60.0  # a clock that starts again at 0 goes on where less than this has passed
TIME_OF_DAY = (
    r"(?:(?:[ ,]+|T)(?P<h>\d{1,2}):(?P<m>\d{2})(?::(?P<s>\d{2})(?:[.,:](?P<f>\d{1,9}))?)?"
    r"\s*(?P<half>[AaPp])?(?:\.?[Mm]\.?)?)?"
)
ZONE = r"\s*(?:(?:Z|UTC|GMT)?(?P<zone>[+-]\d{2}:?\d{2})?)\s*$"
YEAR_FIRST = r"^\s*(?P<year>\d{4})[./-](?P<first>\d{1,2})[./-](?P<second>\d{1,2})" + TIME_OF_DAY + ZONE
YEAR_LAST = (
    r"^\s*(?P<first>\d{1,2})(?P<mark>[./-])(?P<second>\d{1,2})[./-](?P<year>\d{4}|\d{2})" + TIME_OF_DAY + ZONE
)
CLOCK = (
    r"^\s*(?:(?P<days>\d+) days?,? \+?)?(?:(?P<h>\d{1,4}):)?(?P<m>\d{1,2}):(?P<s>\d{1,2})(?:[.,](?P<f>\d{1,9}))?"
    r"\s*(?P<half>[AaPp])?(?:\.?[Mm]\.?)?\s*$"
)
Fields = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Read:
    """Texts of one format, read.

    Attributes:
        seconds: `(n,)` float64 from the earliest day on, NaN where a text does not fit.
        words: What they are, for a message.
        period_s: After how many seconds they begin again at 0; infinite for dates.
    """

    seconds: np.ndarray
    words: str
    period_s: float = np.inf


def read_texts(column: pd.Series, groups: np.ndarray) -> Read:
    """Read a column of dates or clock times by the one format that most of a sample has.

    Dates with dots have the day first. With slashes or dashes it is the order under which all cells are dates,
    or else the one under which times go forwards, or else the shorter span.

    Args:
        column: Texts or other objects, missing values allowed.
        groups: `(n,)` int, rows of one recording share a number.

    Returns:
        The times, NaN where missing or not of that format. A clock that starts again at midnight, or minutes
        that do so at the full hour, go on within a group.
    """
    codes, uniques = pd.factorize(column)
    texts = pd.Series(uniques, dtype=object).astype(str)
    sample = texts.iloc[:: max(1, len(texts) // N_LOOKED_AT)]
    formats = (_iso, _year_first, _year_last, _clock, _guessed)
    read = max(formats, key=lambda form: max(int(np.isfinite(read.seconds).sum()) for read in form(sample)))
    # As many rows as the column has, so that orders of day and month can be told by how times follow.
    versions = [_taken(version, codes) for version in read(texts)]
    best = min(versions, key=lambda version: _oddness(version.seconds, groups, column))
    return _going_on(best, groups) if np.isfinite(best.period_s) else best


def _taken(read: Read, codes: np.ndarray) -> Read:
    return Read(np.append(read.seconds, np.nan)[codes], read.words, read.period_s)


def _oddness(seconds: np.ndarray, groups: np.ndarray, column: pd.Series) -> tuple[int, int, float]:
    order = np.argsort(groups, kind="stable")
    back = (np.diff(seconds[order]) < 0) & (np.diff(groups[order]) == 0)
    known = seconds[np.isfinite(seconds)]
    return (
        int(column.notna().sum()) - len(known),
        int(back.sum()),
        float(np.ptp(known)) if len(known) else 0.0,
    )


def _going_on(read: Read, groups: np.ndarray) -> Read:
    """Let a clock go on after it passed 0, unless rows are in no order of time."""
    order = np.argsort(groups, kind="stable")
    order = order[np.isfinite(read.seconds[order])]
    t, new = read.seconds[order], np.diff(groups[order]) != 0
    steps = np.diff(t)
    passes = (steps < 0) & (steps + read.period_s <= CONTINUES_S) & ~new
    if not passes.any() or ((steps < 0) & ~new & ~passes).sum() > 0.1 * len(steps):
        return read
    rounds = np.concatenate([[0], np.cumsum(passes)])
    first = np.concatenate([[0], np.flatnonzero(new) + 1])
    rounds -= np.repeat(rounds[first], np.diff(np.append(first, len(t))))
    seconds = read.seconds.copy()
    seconds[order] = t + rounds * read.period_s
    return Read(seconds, read.words, read.period_s)


def _iso(texts: pd.Series) -> list[Read]:
    dates = pd.to_datetime(texts, errors="coerce", utc=True, format="ISO8601")
    return [Read(since_first(dates), DATES)]


def _guessed(texts: pd.Series) -> list[Read]:
    """Read dates with names of months, by the format of the first text."""
    if len(texts) == 0 or not re.search(r"[^\W\d_]{3,}", texts.iloc[0]):
        return [Read(np.full(len(texts), np.nan), DATES)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that day or month come first, which numbers alone would not tell
        form = guess_datetime_format(texts.iloc[0])
    if form is None:
        return [Read(np.full(len(texts), np.nan), DATES)]
    return [Read(since_first(pd.to_datetime(texts, errors="coerce", utc=True, format=form)), DATES)]


def since_first(times: pd.Series) -> np.ndarray:
    """Return dates or durations as seconds since the earliest, NaN where missing."""
    return (times - times.min()).dt.total_seconds().to_numpy(np.float64)


def _year_first(texts: pd.Series) -> list[Read]:
    fields = _fields(texts, YEAR_FIRST)
    return [Read(_dates(fields, _seconds_of_day(fields), month=fields["first"], day=fields["second"]), DATES)]


def _year_last(texts: pd.Series) -> list[Read]:
    fields = _fields(texts, YEAR_LAST)
    of_day, (first, second) = _seconds_of_day(fields), (fields["first"], fields["second"])
    day_first = Read(_dates(fields, of_day, month=second, day=first), f"{DATES}, day first")
    if (fields["mark"] == ".").any():
        return [day_first]
    month_first = Read(_dates(fields, of_day, month=first, day=second), f"{DATES}, month first")
    # Of two that fit alike, the first is taken: halves of days are counted where months come first.
    return [month_first, day_first] if np.isfinite(fields["half"]).any() else [day_first, month_first]


def _clock(texts: pd.Series) -> list[Read]:
    fields = _fields(texts, CLOCK)
    with_hours = np.isfinite(fields["h"])
    seconds = 86_400 * np.nan_to_num(fields["days"]) + _seconds_of_day(fields)
    if with_hours.any():
        return [Read(seconds, "clock times or durations", 86_400.0)]
    return [Read(seconds, "minutes and seconds", 3_600.0)]


def _fields(texts: pd.Series, pattern: str) -> dict[str, np.ndarray]:
    """Return the parts of each text as numbers, NaN where a part is missing.

    `half` is 0 before and 12 after noon, `f` a fraction of a second, `zone` seconds, `mark` stays text.
    """
    found = pc.extract_regex(pa.array(texts.astype(object), pa.string()), pattern)
    if isinstance(found, pa.ChunkedArray):
        found = found.combine_chunks()
    fields = {}
    for part in found.type:
        text = found.field(part.name)
        text = pc.if_else(
            pc.and_(found.is_valid(), pc.not_equal(text, "")), text, pa.scalar(None, pa.string())
        )
        if part.name == "mark":
            fields[part.name] = text.to_numpy(zero_copy_only=False)
            continue
        if text.null_count == len(text):
            fields[part.name] = np.full(len(text), np.nan)
            continue
        if part.name == "half":
            text = pc.if_else(
                pc.equal(pc.utf8_lower(text), "p"), "12", pc.if_else(pc.is_valid(text), "0", text)
            )
        if part.name == "f":
            text = pc.binary_join_element_wise("0", text, ".")
        if part.name == "zone":
            text = pc.replace_substring(text, ":", "")
        fields[part.name] = pc.cast(text, pa.float64()).to_numpy(zero_copy_only=False)
    if "zone" in fields:
        hours, minutes = np.divmod(np.abs(np.nan_to_num(fields["zone"])), 100)
        fields["zone"] = np.copysign(3_600 * hours + 60 * minutes, np.nan_to_num(fields["zone"]))
    return fields


def _seconds_of_day(fields: Fields) -> np.ndarray:
    """Return seconds since midnight, NaN where a part is out of its range."""
    hours, minutes, seconds = (np.nan_to_num(fields[part]) for part in "hms")
    half = fields["half"]
    hours = np.where(np.isfinite(half), hours % 12 + np.nan_to_num(half), hours)
    total = 3_600 * hours + 60 * minutes + seconds + np.nan_to_num(fields["f"])
    # 60 is a leap second.
    possible = (minutes < 60) & (seconds <= 60)
    if "days" in fields:
        possible &= np.isfinite(fields["m"])
    else:
        possible &= hours < 24
    return np.where(possible, total, np.nan)


def _dates(fields: Fields, of_day: np.ndarray, *, month: np.ndarray, day: np.ndarray) -> np.ndarray:
    """Return seconds from the first day on, NaN where a text is no date."""
    known = np.isfinite(fields["year"]) & (month >= 1) & (month <= 12) & (day >= 1)
    year = np.where(known, fields["year"], 1970).astype(np.int64)
    year += np.where(year < 100, 2000, 0)
    months = (year - 1970) * 12 + np.where(known, month, 1).astype(np.int64) - 1
    days = months.astype("datetime64[M]").astype("datetime64[D]") + np.where(known, day - 1, 0).astype(
        np.int64
    )
    known &= days.astype("datetime64[M]").astype(np.int64) == months  # no 30th of February
    if not known.any():
        return np.full(len(known), np.nan)
    # From the first day on: seconds since 1970 leave few digits for fractions.
    since = (days - days[known].min()).astype(np.int64)
    return np.where(known, 86_400.0 * since + of_day - fields["zone"], np.nan)


def are_times(column: pd.Series) -> bool:
    """Return whether a column holds dates or durations as such, not as text."""
    return types.is_datetime64_any_dtype(column) or types.is_timedelta64_dtype(column)
