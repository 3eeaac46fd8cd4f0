"""Conversion of times in any notation to seconds."""

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd
from pandas.api import types

from data.errors import RecordingError
from data.ingest.coarse_timestamps import spread_evenly, tick_of
from data.ingest.table import Table
from data.ingest.timestamps import DATES, has_time_type, parse_timestamps, seconds_since_first

SECONDS = {"seconds": 1.0, "milliseconds": 1e-3, "microseconds": 1e-6, "nanoseconds": 1e-9}
COUNTER = "a sample counter"
MISSING = ("", "#N/A", "#NA", "-", "<NA>", "N/A", "NA", "NaN", "NaT", "None", "n/a", "nan", "null", "NULL")
N_SAMPLED = 1000


@dataclass(frozen=True)
class Times:
    """Times of rows.

    Attributes:
        seconds: `(n,)` float64, NaN where a time is missing.
        unit: Notation of the times, for messages.
        ticks: `"seconds"` or `"minutes"` if times were rounded to these and then spread evenly, otherwise `""`.
        rate_hz: Approximate sampling rate in Hz after spreading; NaN if nothing was spread.
    """

    seconds: np.ndarray
    unit: str
    ticks: str = ""
    rate_hz: float = np.nan


def to_seconds(table: Table, name_of_column: str, groups: np.ndarray, *, rate_hz: float | None) -> Times:
    """Convert times to seconds; the unit is inferred from the usual step between samples.

    A step between 1 ms and 1 s fits exactly one of seconds, milliseconds, microseconds and nanoseconds.
    A step of exactly 1 is a sample counter and requires the rate. Times in whole seconds that most rows share
    with the previous row are spread evenly within each second.

    Args:
        table: The table as read.
        name_of_column: A column of numbers, dates, or text containing either.
        groups: `(n,)` int, rows of the same subject, activity and trial share a number.
        rate_hz: Sampling rate in Hz if the user specified it: resolves counters and unusual steps.

    Returns:
        The times in seconds, and their notation.

    Raises:
        RecordingError: If a time cannot be read, a counter has no rate, or times are rounded and the rows per
            second vary too much to derive the rate.
    """
    column, name = table.frame[name_of_column], table.name
    numbers = _numbers(column)
    if numbers is None:
        seconds, words = _from_dates(column, groups, table)
        return _fine(seconds, words, groups, table, column)
    seconds = _from_whole_seconds(numbers, groups)
    if seconds is not None:
        return _fine(seconds, "seconds", groups, table, column)
    step = usual_step(numbers, groups)
    if np.isnan(step):
        raise RecordingError(
            f"{name}, column {column.name}: times never increase within one person, activity and trial. Check "
            "the columns chosen for these."
        )
    unit = _unit(step, rate_hz, integers=bool(np.all(np.mod(numbers[np.isfinite(numbers)], 1) == 0)))
    if unit is None:
        raise RecordingError(
            f"{name}, column {column.name}: the times usually differ by {step:g}, which fits no common "
            "sampling rate of movement sensors. Specify the sampling rate in Hz."
        )
    if unit != COUNTER:
        return Times(numbers * SECONDS[unit], unit)
    if rate_hz is None:
        raise RecordingError(
            f"{name}, column {column.name}: this is a sample counter, which does not show how fast samples "
            "were taken. Specify the sampling rate in Hz."
        )
    return Times(numbers * (1 / rate_hz), unit)


def _from_whole_seconds(numbers: np.ndarray, groups: np.ndarray) -> np.ndarray | None:
    """Return seconds if numbers are whole seconds, in any unit, shared by many rows; otherwise `None`."""
    tick = tick_of(numbers, groups)
    scale = next((scale for scale in SECONDS.values() if tick * scale in (1.0, 60.0)), None)
    if scale is None or (np.mod(numbers[np.isfinite(numbers)], 1) != 0).any():
        return None
    return numbers * scale if scale == 1.0 else numbers / round(1 / scale)


def _fine(seconds: np.ndarray, unit: str, groups: np.ndarray, table: Table, column: pd.Series) -> Times:
    """Return times, spread evenly if they are rounded to whole seconds."""
    found = spread_evenly(seconds, groups)
    if found is None:
        return Times(seconds, unit)
    if np.isnan(found.rate_hz):
        raise RecordingError(
            f"{table.name}, column {column.name}: times are rounded to {found.ticks}, and the number of rows in "
            "each varies too much to derive the rate. Specify the sampling rate in Hz, and choose no time column."
        )
    return Times(found.seconds, unit, found.ticks, found.rate_hz)


def usual_step(times: np.ndarray, groups: np.ndarray) -> float:
    """Return the median forward step between consecutive rows of the same group, NaN if there is none."""
    steps = _steps(times, groups, np.argsort(groups, kind="stable"))
    if (steps < 0).sum() > 0.1 * len(steps):
        steps = _steps(times, groups, np.lexsort((times, groups)))
    forward = steps[steps > 0]
    return float(np.median(forward)) if len(forward) else np.nan


def _steps(times: np.ndarray, groups: np.ndarray, order: np.ndarray) -> np.ndarray:
    steps = np.diff(times[order])
    return steps[(np.diff(groups[order]) == 0) & np.isfinite(steps)]


def _numbers(column: pd.Series) -> np.ndarray | None:
    """Return times as numbers since the earliest; `None` if they are dates."""
    if has_time_type(column):
        return None
    if not types.is_numeric_dtype(column):
        sample = column.dropna()
        sample = sample.iloc[:: max(1, len(sample) // N_SAMPLED)]
        if pd.to_numeric(sample, errors="coerce").notna().sum() * 2 < len(sample):
            return None
        column = pd.to_numeric(column, errors="coerce")
    if types.is_float_dtype(column) and column.min() == -np.inf:
        column = column.where(column > -np.inf)
    # Subtracted before conversion to float64, which cannot represent nanoseconds since 1970.
    return (column - column.min()).to_numpy(np.float64, na_value=np.nan)


def _beyond(cell: object) -> str:
    """Say so where only the year is impossible."""
    year = re.match(r"\s*[+-]?(\d{4,})[-/.]\d{1,2}[-/.]\d{1,2}", str(cell))
    return ": its year must be from 1 to 9999" if year and not 1 <= int(year[1]) <= 9999 else ""


def _from_dates(column: pd.Series, groups: np.ndarray, table: Table) -> tuple[np.ndarray, str]:
    if has_time_type(column):
        return seconds_since_first(column), DATES
    column = column.mask(column.isin(MISSING))
    read = parse_timestamps(column, groups)
    unreadable = np.isnan(read.seconds) & column.notna().to_numpy()
    if unreadable.any():
        row = int(np.argmax(unreadable))
        raise RecordingError(
            f"{table.name}, column {column.name}, {table.place(row)}: "
            f"{str(column.iloc[row])[:40]!r} is not a time{_beyond(column.iloc[row])}"
            + ("" if unreadable.all() else f" (the others are {read.words})")
            + ". Correct it, or choose another time column."
        )
    return read.seconds - np.nanmin(read.seconds), read.words


def _unit(step: float, rate_hz: float | None, *, integers: bool) -> str | None:
    if rate_hz is not None:
        # The unit for which the step is closest to the specified rate.
        candidates = {unit: scale * step * rate_hz for unit, scale in SECONDS.items()}
        if integers:
            candidates[COUNTER] = step
        return min(candidates, key=lambda unit: abs(np.log(candidates[unit])))
    if integers and step == 1:
        return COUNTER
    return next((unit for unit, scale in SECONDS.items() if 1e-3 <= scale * step < 1), None)
