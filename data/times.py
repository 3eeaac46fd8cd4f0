"""Times of a file, whatever they were written in, in seconds."""

import numpy as np
import pandas as pd
from pandas.api import types

from data.errors import RecordingError
from data.table import Table

SECONDS = {"seconds": 1.0, "milliseconds": 1e-3, "microseconds": 1e-6, "nanoseconds": 1e-9}
COUNTER = "a sample counter"
DATES = "dates and times"


def to_seconds(
    table: Table, name_of_column: str, groups: np.ndarray, *, rate_hz: float | None
) -> tuple[np.ndarray, str]:
    """Turn times into seconds; the unit is told from the usual step between samples.

    A step between 1 ms and 1 s fits exactly one of seconds, milliseconds, microseconds and nanoseconds.
    A step of exactly 1 is a sample counter, and needs the rate.

    Args:
        table: The table as read.
        name_of_column: Its column of numbers, dates or texts of either.
        groups: `(n,)` int, rows of one person, activity and trial share a number.
        rate_hz: Samples per second if the person said so: settles what a counter or an unusual step means.

    Returns:
        `(n,)` float64 seconds with NaN where a time is missing, and the unit in words.

    Raises:
        RecordingError: If a time cannot be read, or a counter comes without a rate.
    """
    column, name = table.frame[name_of_column], table.name
    numbers = _numbers(column)
    if numbers is None:
        return _from_dates(column, table), DATES
    step = usual_step(numbers, groups)
    if np.isnan(step):
        raise RecordingError(
            f"{name}, column {column.name}: times never grow within one person, activity and trial. Check "
            "which columns were chosen for these."
        )
    unit = _unit(step, rate_hz, integers=bool(np.all(np.mod(numbers[np.isfinite(numbers)], 1) == 0)))
    if unit is None:
        raise RecordingError(
            f"{name}, column {column.name}: the times usually differ by {step:g}, which fits no sampling "
            "rate that is common for movement sensors. Give the rate in samples per second."
        )
    if unit == COUNTER and rate_hz is None:
        raise RecordingError(
            f"{name}, column {column.name}: this is a sample counter, which does not say how fast samples "
            "were taken. Give the rate in samples per second."
        )
    scale = 1 / rate_hz if unit == COUNTER else SECONDS[unit]
    return numbers * scale, unit


def usual_step(times: np.ndarray, groups: np.ndarray) -> float:
    """Return the median step forward between neighbouring rows of the same group, NaN where there is none."""
    steps = _steps(times, groups, np.argsort(groups, kind="stable"))
    if (steps < 0).sum() > 0.1 * len(steps):
        steps = _steps(times, groups, np.lexsort((times, groups)))
    forward = steps[steps > 0]
    return float(np.median(forward)) if len(forward) else np.nan


def _steps(times: np.ndarray, groups: np.ndarray, order: np.ndarray) -> np.ndarray:
    steps = np.diff(times[order])
    return steps[(np.diff(groups[order]) == 0) & np.isfinite(steps)]


def _numbers(column: pd.Series) -> np.ndarray | None:
    """Return times as numbers from the earliest on; `None` where they are dates."""
    if types.is_datetime64_any_dtype(column) or types.is_timedelta64_dtype(column):
        return None
    if not types.is_numeric_dtype(column):
        converted = pd.to_numeric(column, errors="coerce")
        if converted.notna().sum() * 2 < column.notna().sum():
            return None
        column = converted
    if types.is_float_dtype(column) and column.min() == -np.inf:
        column = column.where(column > -np.inf)
    # Subtracted before they become float64, which cannot hold nanoseconds since 1970.
    return (column - column.min()).to_numpy(np.float64, na_value=np.nan)


def _from_dates(column: pd.Series, table: Table) -> np.ndarray:
    dates = column
    if not (types.is_datetime64_any_dtype(column) or types.is_timedelta64_dtype(column)):
        dates = pd.to_datetime(column, errors="coerce", utc=True, format="ISO8601")
        if dates.isna().all():
            dates = pd.to_datetime(column, errors="coerce", utc=True, format="mixed")
    unreadable = (dates.isna() & column.notna()).to_numpy()
    if unreadable.any():
        row = int(np.argmax(unreadable))
        raise RecordingError(
            f"{table.name}, column {column.name}, {table.place(row)}: "
            f"{str(column.iloc[row])[:40]!r} is not a time. Correct it, or choose another time column."
        )
    return (dates - dates.min()).dt.total_seconds().to_numpy(np.float64)


def _unit(step: float, rate_hz: float | None, *, integers: bool) -> str | None:
    if rate_hz is not None:
        # The unit under which the steps come nearest to the rate that the person gave.
        candidates = {unit: scale * step * rate_hz for unit, scale in SECONDS.items()}
        if integers:
            candidates[COUNTER] = step
        return min(candidates, key=lambda unit: abs(np.log(candidates[unit])))
    if integers and step == 1:
        return COUNTER
    return next((unit for unit, scale in SECONDS.items() if 1e-3 <= scale * step < 1), None)
