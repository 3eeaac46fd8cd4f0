"""Conversion of times in any notation to seconds."""

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd
from pandas.api import types

from data.errors import CounterError, RateUnknownError, RecordingError
from data.ingest.coarse_timestamps import is_tick, spread_evenly, tick_of
from data.ingest.table import Table
from data.ingest.timestamps import DATES, has_time_type, parse_timestamps, seconds_since_first

SECONDS = {"seconds": 1.0, "milliseconds": 1e-3, "microseconds": 1e-6, "nanoseconds": 1e-9}
# Fit the usual step of another unit as well: used only if a name, the size of the numbers or the rate says so.
TENTHS, DAYS = "tenths of milliseconds", "day numbers"
ALL_SECONDS = {**SECONDS, TENTHS: 1e-4, DAYS: 86_400.0}
# Day numbers of today: of Excel (since 1900) and MATLAB (since year 0), or only the time of day.
DAY_NUMBERS = ((20_000.0, 80_000.0), (700_000.0, 800_000.0), (0.0, 1.0))
# Units in names such as `time (ms)`, `t_us`, `timestamp_ns`; or as a file states them for a column.
STATED = (
    (r"0\.1 ?ms|100 ?[uµ]s", TENTHS),
    (r"ns|nanosec\w*", "nanoseconds"),
    (r"[uµ]s|microsec\w*", "microseconds"),
    (r"ms|msecs?|millisec\w*", "milliseconds"),
    (r"s|secs?|seconds?", "seconds"),
)
SINCE_1970_S = (6e8, 4e9)  # 1989 to 2096
PLAUSIBLE_STEP_S = (1e-4, 2.0)  # what a name or the size of the numbers may imply
RATE_AGREES = 1.3  # factor between a rate stated above the table and that of the times
COUNTER = "a sample counter"
WRAPS = (2**8, 2**16, 2**24, 2**32)  # devices count in so many steps and begin again at 0
WRAPPED_STEPS = 50  # a gap of more steps at the same moment is another recording
MISSING = ("", "#N/A", "#NA", "-", "<NA>", "N/A", "NA", "NaN", "NaT", "None", "n/a", "nan", "null", "NULL")
N_SAMPLED = 1000


@dataclass(frozen=True)
class Times:
    """Times of rows.

    Attributes:
        seconds: `(n,)` float64, NaN where a time is missing.
        unit: Notation of the times, for messages.
        ticks: `"tenths of a second"`, `"seconds"` or `"minutes"` if times were rounded to these and then spread evenly,
            otherwise `""`.
        rate_hz: Approximate sampling rate in Hz after spreading; NaN if nothing was spread.
    """

    seconds: np.ndarray
    unit: str
    ticks: str = ""
    rate_hz: float = np.nan


def to_seconds(table: Table, name_of_column: str, groups: np.ndarray, *, rate_hz: float | None) -> Times:
    """Convert times to seconds; the unit is inferred from the usual step between samples.

    A step between 1 ms and 1 s fits exactly one of seconds, milliseconds, microseconds and nanoseconds.
    The unit in the column's name, numbers that are dates of our time, and a rate stated above the table take
    precedence. A step of exactly 1 is a sample counter and requires the rate. Times in whole seconds or tenths that
    most rows share with the previous row are spread evenly within each.

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
    numbers, wraps_at = _unwrapped(numbers, groups)
    continued = f", continued where it began again after {wraps_at:,}" if wraps_at else ""
    seconds = _from_whole_seconds(numbers, groups)
    if seconds is not None:
        return _fine(seconds, "seconds", groups, table, column)
    step = usual_step(numbers, groups)
    if np.isnan(step):
        raise RecordingError(
            f"{name}, column {column.name}: times never increase within one person, activity and trial. Check "
            "the columns chosen for these."
        )
    unit = _unit(step, column, numbers, table, rate_hz)
    if unit is None:
        raise RateUnknownError(
            f"{name}, column {column.name}: the times usually differ by {step:g}, which fits no common "
            "sampling rate of movement sensors. Specify the sampling rate in Hz."
        )
    if unit != COUNTER:
        return _fine(numbers * ALL_SECONDS[unit], unit + continued, groups, table, column)
    rate_hz = rate_hz or table.rate_hz
    if rate_hz is None:
        raise CounterError(
            f"{name}, column {column.name}: this is a sample counter, which does not show how fast samples "
            "were taken. Specify the sampling rate in Hz."
        )
    return Times(numbers * (1 / rate_hz), unit + continued)


def _unwrapped(numbers: np.ndarray, groups: np.ndarray) -> tuple[np.ndarray, int]:
    """Continue a counter of a device that began again at 0 within a recording.

    Returns:
        The times, and the number of steps after which it began again; 0 if it did not.
    """
    back = np.flatnonzero((np.diff(numbers) < 0) & (np.diff(groups) == 0))
    if len(back) == 0:
        return numbers, 0
    step = usual_step(numbers, groups)
    steps = numbers[back + 1] - numbers[back]
    for size in WRAPS:
        wraps = back[(steps + size > 0) & (steps + size <= WRAPPED_STEPS * step)]
        if 2 * len(wraps) >= len(back) and step < size / WRAPPED_STEPS:
            rounds = np.zeros(len(numbers))
            rounds[wraps + 1] = size
            starts = np.flatnonzero(np.concatenate([[True], np.diff(groups) != 0]))
            total = np.cumsum(rounds)
            total -= np.repeat(total[starts] - rounds[starts], np.diff(np.append(starts, len(numbers))))
            return numbers + total, size
    return numbers, 0


def _from_whole_seconds(numbers: np.ndarray, groups: np.ndarray) -> np.ndarray | None:
    """Return seconds if numbers are whole seconds or tenths, in any unit, shared by many rows; otherwise `None`."""
    tick = tick_of(numbers, groups)
    scale = next((scale for scale in SECONDS.values() if is_tick(tick * scale)), None)
    known = numbers[np.isfinite(numbers)]
    if scale is None or (scale != 1.0 and (np.mod(known, 1) != 0).any()):
        return None
    return numbers * scale if scale == 1.0 else numbers / round(1 / scale)


def _fine(seconds: np.ndarray, unit: str, groups: np.ndarray, table: Table, column: pd.Series) -> Times:
    """Return times, spread evenly if they are rounded to whole seconds."""
    found = spread_evenly(seconds, groups)
    if found is None:
        return Times(seconds, unit)
    if np.isnan(found.rate_hz):
        raise RateUnknownError(
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


def _unit(
    step: float, column: pd.Series, numbers: np.ndarray, table: Table, rate_hz: float | None
) -> str | None:
    """Return the unit of times, or `COUNTER`; `None` if nothing fits."""
    integers = bool(np.all(np.mod(numbers[np.isfinite(numbers)], 1) == 0))
    earliest = _earliest(column)
    if rate_hz is not None:
        return _closest(step, rate_hz, earliest, integers=integers)[0]
    for unit in (_stated_unit(column, table), _unit_since_1970(earliest)):
        if unit and PLAUSIBLE_STEP_S[0] <= ALL_SECONDS[unit] * step <= PLAUSIBLE_STEP_S[1]:
            return unit
    if table.rate_hz is not None:
        unit, factor = _closest(step, table.rate_hz, earliest, integers=integers)
        if factor < RATE_AGREES:
            return unit
    if integers and step == 1:
        return COUNTER
    likely = next((unit for unit, scale in SECONDS.items() if 1e-3 <= scale * step < 1), None)
    return likely or (DAYS if _are_days(earliest) and 1e-3 <= ALL_SECONDS[DAYS] * step < 1 else None)


def _closest(step: float, rate_hz: float, earliest: float, *, integers: bool) -> tuple[str, float]:
    """Return the unit for which the step is closest to a rate, and the factor by which they differ."""
    candidates = {
        unit: scale * step * rate_hz
        for unit, scale in ALL_SECONDS.items()
        if unit != DAYS or _are_days(earliest)
    }
    if integers:
        candidates[COUNTER] = step
    off = {unit: abs(float(np.log(steps))) for unit, steps in candidates.items()}
    unit = min(off, key=lambda unit: off[unit])
    return unit, float(np.exp(off[unit]))


def _earliest(column: pd.Series) -> float:
    if not types.is_numeric_dtype(column):
        column = pd.to_numeric(column, errors="coerce")
    return float(column[np.isfinite(column.to_numpy(np.float64, na_value=np.nan))].min())


def _are_days(earliest: float) -> bool:
    return any(low <= earliest <= high for low, high in DAY_NUMBERS)


def _unit_since_1970(earliest: float) -> str:
    """Return the unit in which a number is a date of our time, `""` if none."""
    low, high = SINCE_1970_S
    units = (unit for unit in ALL_SECONDS if unit != DAYS)
    return next((unit for unit in units if low <= earliest * ALL_SECONDS[unit] <= high), "")


def _stated_unit(column: pd.Series, table: Table) -> str:
    """Return the unit that a file states for a column, or that is part of its name, `""` if there is none."""
    name = str(column.name).lower()
    written = re.search(r"[\[(]([^\])]+)[\])]\s*$|_([^_\W]+)$", name)
    texts = (table.units.get(str(column.name), ""), (written[1] or written[2]).strip() if written else "")
    found = (unit for text in texts for pattern, unit in STATED if re.fullmatch(pattern, text))
    return next(found, "")
