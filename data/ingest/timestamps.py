"""Dates and clock times as text: one format per column, chosen from a sample of its cells."""

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

pc: Any = pyarrow.compute  # creates its functions at import, invisible to type checkers
N_SAMPLED = 1000
DATES = "dates and times"
CONTINUES_S = 60.0  # a clock that restarts at 0 is continued if less time than this has passed
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
    r"^\s*(?:(?P<days>\d+) days?,? \+?)?(?:(?P<h>\d{1,4}):)?(?P<m>\d{1,2}):(?P<s>\d{1,2})(?:[.,:](?P<f>\d{1,9}))?"
    r"\s*(?P<half>[AaPp])?(?:\.?[Mm]\.?)?\s*$"
)
Fields = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class ParsedTimes:
    """Text timestamps parsed with one format.

    Attributes:
        seconds: `(n,)` float64 since the earliest day, NaN where a text does not match.
        words: Description of the format, for messages.
        period_s: Number of seconds after which they restart at 0; infinite for dates.
    """

    seconds: np.ndarray
    words: str
    period_s: float = np.inf


def parse_timestamps(column: pd.Series, groups: np.ndarray) -> ParsedTimes:
    """Parse a column of dates or clock times with the format that matches most of a sample.

    Dates with dots have the day first. With slashes or dashes, the order of day and month is the one for which all
    cells are valid dates, otherwise the one for which times increase, otherwise the one with the shorter span.

    Args:
        column: Text or other objects; may contain missing values.
        groups: `(n,)` int, rows of the same recording share a number.

    Returns:
        The times, NaN where missing or in another format. A clock that restarts at midnight, or minutes that restart
        at the full hour, are continued within a group.
    """
    codes, uniques = pd.factorize(column)
    texts = pd.Series(uniques, dtype=object).astype(str)
    sample = texts.iloc[:: max(1, len(texts) // N_SAMPLED)]
    formats = (_iso, _year_first, _year_last, _clock, _guessed)
    read = max(formats, key=lambda form: max(int(np.isfinite(read.seconds).sum()) for read in form(sample)))
    # For all rows of the column, so that the order of day and month can be inferred from the order of times.
    versions = [_for_each_row(version, codes) for version in read(texts)]
    best = min(versions, key=lambda version: _implausibility(version.seconds, groups, column))
    return _continued(best, groups) if np.isfinite(best.period_s) else best


def _for_each_row(read: ParsedTimes, codes: np.ndarray) -> ParsedTimes:
    return ParsedTimes(np.append(read.seconds, np.nan)[codes], read.words, read.period_s)


def _implausibility(seconds: np.ndarray, groups: np.ndarray, column: pd.Series) -> tuple[int, int, float]:
    order = np.argsort(groups, kind="stable")
    back = (np.diff(seconds[order]) < 0) & (np.diff(groups[order]) == 0)
    known = seconds[np.isfinite(seconds)]
    return (
        int(column.notna().sum()) - len(known),
        int(back.sum()),
        float(np.ptp(known)) if len(known) else 0.0,
    )


def _continued(read: ParsedTimes, groups: np.ndarray) -> ParsedTimes:
    """Continue a clock that restarted at 0, unless rows are not in time order."""
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
    return ParsedTimes(seconds, read.words, read.period_s)


def _iso(texts: pd.Series) -> list[ParsedTimes]:
    dates = pd.to_datetime(texts, errors="coerce", utc=True, format="ISO8601")
    return [ParsedTimes(seconds_since_first(dates), DATES)]


def _guessed(texts: pd.Series) -> list[ParsedTimes]:
    """Parse dates with month names, using the format of the first text."""
    if len(texts) == 0 or not re.search(r"[^\W\d_]{3,}", texts.iloc[0]):
        return [ParsedTimes(np.full(len(texts), np.nan), DATES)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about day or month first, which numbers alone do not determine
        form = guess_datetime_format(texts.iloc[0])
    if form is None:
        return [ParsedTimes(np.full(len(texts), np.nan), DATES)]
    return [
        ParsedTimes(seconds_since_first(pd.to_datetime(texts, errors="coerce", utc=True, format=form)), DATES)
    ]


def seconds_since_first(times: pd.Series) -> np.ndarray:
    """Convert dates or durations to seconds since the earliest, NaN where missing."""
    return (times - times.min()).dt.total_seconds().to_numpy(np.float64)


def _year_first(texts: pd.Series) -> list[ParsedTimes]:
    fields = _fields(texts, YEAR_FIRST)
    return [
        ParsedTimes(
            _dates(fields, _seconds_of_day(fields), month=fields["first"], day=fields["second"]), DATES
        )
    ]


def _year_last(texts: pd.Series) -> list[ParsedTimes]:
    fields = _fields(texts, YEAR_LAST)
    of_day, (first, second) = _seconds_of_day(fields), (fields["first"], fields["second"])
    day_first = ParsedTimes(_dates(fields, of_day, month=second, day=first), f"{DATES}, day first")
    if (fields["mark"] == ".").any():
        return [day_first]
    month_first = ParsedTimes(_dates(fields, of_day, month=first, day=second), f"{DATES}, month first")
    # The first wins a tie: the 12-hour clock is used where months come first.
    return [month_first, day_first] if np.isfinite(fields["half"]).any() else [day_first, month_first]


def _clock(texts: pd.Series) -> list[ParsedTimes]:
    fields = _fields(texts, CLOCK)
    with_hours = np.isfinite(fields["h"])
    seconds = 86_400 * np.nan_to_num(fields["days"]) + _seconds_of_day(fields)
    if with_hours.any():
        return [ParsedTimes(seconds, "clock times or durations", 86_400.0)]
    return [ParsedTimes(seconds, "minutes and seconds", 3_600.0)]


def _fields(texts: pd.Series, pattern: str) -> dict[str, np.ndarray]:
    """Return the parts of each text as numbers, NaN where a part is missing.

    `half` is 0 before noon and 12 after, `f` a fraction of a second, `zone` an offset in seconds; `mark` stays text.
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
    """Return seconds since midnight, NaN where a part is out of range."""
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
    """Return seconds since the first day, NaN where a text is not a valid date."""
    known = np.isfinite(fields["year"]) & (month >= 1) & (month <= 12) & (day >= 1)
    year = np.where(known, fields["year"], 1970).astype(np.int64)
    year += np.where(year < 100, 2000, 0)
    months = (year - 1970) * 12 + np.where(known, month, 1).astype(np.int64) - 1
    days = months.astype("datetime64[M]").astype("datetime64[D]") + np.where(known, day - 1, 0).astype(
        np.int64
    )
    known &= days.astype("datetime64[M]").astype(np.int64) == months  # rejects the 30th of February
    if not known.any():
        return np.full(len(known), np.nan)
    # Relative to the first day: seconds since 1970 leave few digits for fractions.
    since = (days - days[known].min()).astype(np.int64)
    return np.where(known, 86_400.0 * since + of_day - fields["zone"], np.nan)


def has_time_type(column: pd.Series) -> bool:
    """Return whether a column has a date or duration type, not text."""
    return types.is_datetime64_any_dtype(column) or types.is_timedelta64_dtype(column)
