"""From a table with a mapping to checked recordings: every row is used, or left out with a reason.

labels, values, times  ->  Rows in time order  ->  bridged and cut  ->  even series of one rate
"""

import numpy as np
import pandas as pd

from data.account import Account
from data.cells import channel_values
from data.columns import ColumnMapping
from data.errors import RecordingError
from data.labels import number_groups, people_attributes, with_series_names
from data.rates import MIXED_TOLERANCE, Evened, common_rate, even, series_rates
from data.recordings import KEYS, Recordings, samples_from_series
from data.rows import (
    Rows,
    bridging_limits_s,
    fill_short_gaps,
    in_time_order,
    repeated_times,
    run_numbers,
    series_starts,
)
from data.times import to_seconds


def to_recordings(table: pd.DataFrame, mapping: ColumnMapping, *, name: str) -> Recordings:
    """Check a table and turn it into recordings of one rate on an even grid.

    Rows without person, activity or time, repeated times and longer stretches of missing values are left
    out; short ones are bridged by straight lines; a series ends where time jumps. Uneven times are
    interpolated, other rates resampled. Findings count all of it.

    Args:
        table: The table as read; its index says where each row stands in the file.
        mapping: What its columns mean.
        name: What messages call it.

    Returns:
        Recordings, ordered by person, activity, trial and time.

    Raises:
        RecordingError: If a column is missing or holds text, times cannot be read, a rate is needed, or no
            usable series is left.
    """
    _refuse_missing_columns(table, mapping, name)
    account = Account(name, table.index)
    group, groups = number_groups(table, mapping)
    values = channel_values(table, mapping.channels, name)
    rows = _usable(
        Rows(np.arange(len(table)), group, *_times(table, mapping, group, account), values), account
    )
    rows, starts = _uninterrupted(rows, account)
    evened, rate_hz = _evened(rows, starts, account)
    series = with_series_names(groups.iloc[rows.group[starts]].reset_index(drop=True))
    _warn_of_too_few(series, account)
    _note_unused_columns(table, mapping, account)
    return Recordings(
        name=name,
        samples=samples_from_series(series, evened, rate_hz, mapping.channels),
        rate_hz=rate_hz,
        channels=mapping.channels,
        units=mapping.units,
        attributes=people_attributes(table, mapping),
        findings=account.closed(),
    )


def _refuse_missing_columns(table: pd.DataFrame, mapping: ColumnMapping, name: str) -> None:
    roles = [mapping.subject, mapping.activity, mapping.trial, mapping.time, *mapping.channels]
    chosen = [column for column in roles if column is not None]
    taken = [channel for channel in mapping.channels if channel in KEYS]
    if taken:
        raise RecordingError(f"{name}: a channel cannot be called {taken[0]!r}. Rename that column.")
    for column in chosen:
        if column not in table.columns:
            raise RecordingError(f"{name} has no column {column!r}. Choose one of {list(table.columns)}.")
        if chosen.count(column) > 1:
            raise RecordingError(
                f"{name}: column {column!r} was chosen twice. Choose another one for one of them."
            )
    if not mapping.channels:
        raise RecordingError(f"{name}: no channel was chosen. Choose at least one column of measured values.")


def _times(
    table: pd.DataFrame, mapping: ColumnMapping, group: np.ndarray, account: Account
) -> tuple[np.ndarray, np.ndarray]:
    """Return run and time in seconds of each row."""
    if mapping.time is not None:
        t, unit = to_seconds(table[mapping.time], group, rate_hz=mapping.rate_hz, name=account.name)
        account.note(f"Column {mapping.time} was read as {unit}", "If that is wrong, give the rate.")
        return np.zeros(len(table), dtype=np.int64), t
    if mapping.rate_hz is None:
        raise RecordingError(
            f"{account.name} has no column of times, so the rate is not known. Give the rate in samples per "
            "second, or choose the column that holds times."
        )
    begins = np.concatenate([[True], np.diff(group) != 0])
    first_row = np.flatnonzero(begins)
    run = np.cumsum(begins) - 1
    return run, (np.arange(len(table)) - first_row[run]) / mapping.rate_hz


def _usable(rows: Rows, account: Account) -> Rows:
    """Leave out rows without labels, time or their own time, and put the others in order."""
    nameless, timeless = rows.group < 0, ~np.isfinite(rows.t)
    account.leave_out("without person or activity", rows.position[nameless], "They were left out.")
    account.leave_out("without time", rows.position[timeless & ~nameless], "They were left out.")
    rows = rows.take(~nameless & ~timeless)
    if len(rows) == 0:
        raise RecordingError(
            f"{account.name}: no row has a person, an activity and a time. Check the columns."
        )
    ordered = in_time_order(rows)
    n_moved = int(((np.diff(ordered.position) < 0) & ordered.same_run()).sum())
    if n_moved > 0:
        as_filed = rows.take(np.argsort(rows.group, kind="stable"))
        first = as_filed.position[1:][(np.diff(as_filed.t) < 0) & as_filed.same_run()].min()
        account.warn(f"{n_moved:,} rows out of time order", "They were sorted by time.", first=int(first))
    repeated = repeated_times(ordered)
    account.leave_out(
        "with a time that was already there",
        ordered.position[repeated],
        "The first one was kept. If these are repetitions, choose the column that tells them apart as trial.",
    )
    return ordered.take(~repeated) if repeated.any() else ordered


def _uninterrupted(rows: Rows, account: Account) -> tuple[Rows, np.ndarray]:
    """Bridge what is short, leave out what is not, and return where each series starts."""
    limits_s = bridging_limits_s(rows)
    filled = fill_short_gaps(rows, limits_s)
    n_filled = int((np.isnan(rows.values) & ~np.isnan(filled.values)).sum())
    if n_filled > 0:
        account.warn(f"{n_filled:,} single values missing for a moment", "They lie on a straight line now.")
    missing = np.isnan(filled.values).any(axis=1)
    account.leave_out(
        "with missing values for longer than can be bridged",
        rows.position[missing],
        "They were left out; the recording is cut there.",
    )
    rows, limits_s = filled.take(~missing), limits_s[~missing]
    if len(rows) == 0:
        raise RecordingError(
            f"{account.name}: in every row some channel has no value. Leave out the channels that are empty."
        )
    starts = series_starts(rows, limits_s)
    lone = np.repeat(np.diff(np.append(starts, len(rows))), np.diff(np.append(starts, len(rows)))) < 2
    account.leave_out("alone between two gaps", rows.position[lone], "One sample is no recording.")
    rows, limits_s = rows.take(~lone), limits_s[~lone]
    if len(rows) == 0:
        raise RecordingError(
            f"{account.name}: no two samples follow each other. Check the columns of person, activity, trial "
            "and time."
        )
    starts = series_starts(rows, limits_s)
    _note_gaps(rows, starts, account)
    return rows, starts


def _note_gaps(rows: Rows, starts: np.ndarray, account: Account) -> None:
    n_groups = len(np.unique(rows.group))
    n_runs = int(run_numbers(rows)[-1]) + 1
    if n_runs > n_groups:
        account.note(
            f"Times start again {n_runs - n_groups:,} times within a person, activity and trial",
            "Each start begins a recording of its own.",
        )
    if len(starts) > n_runs:
        account.note(
            f"{len(starts) - n_runs:,} gaps in time",
            "A recording ends at a gap and another one begins after it; no window spans it.",
        )


def _evened(rows: Rows, starts: np.ndarray, account: Account) -> tuple[list[np.ndarray], float]:
    lengths = np.diff(np.append(starts, len(rows)))
    rates = series_rates(rows.t, starts, run_numbers(rows))
    rate_hz = common_rate(rates, lengths)
    ends = starts + lengths
    evened = [
        even(rows.t[a:b], rows.values[a:b], rate, rate_hz)
        for a, b, rate in zip(starts, ends, rates, strict=True)
    ]
    _report_evened(evened, rates, rate_hz, account)
    return [series.values for series in evened], rate_hz


def _report_evened(evened: list[Evened], rates: np.ndarray, rate_hz: float, account: Account) -> None:
    n_filled = sum(series.n_filled for series in evened)
    if n_filled > 0:
        account.warn(f"{n_filled:,} samples missing in short gaps", "They lie on a straight line now.")
    n_jittered = sum(series.jittered for series in evened)
    if n_jittered > 0:
        account.warn(
            f"{n_jittered:,} of {len(evened):,} recordings with uneven times",
            "Their samples were interpolated at even times.",
        )
    other = rates[np.abs(rates / rate_hz - 1) > MIXED_TOLERANCE]
    if len(other) > 0:
        account.warn(
            f"{len(other):,} of {len(evened):,} recordings at another rate than {rate_hz:g} Hz "
            f"({', '.join(f'{rate:g}' for rate in np.unique(other.round(1))[:5])} Hz)",
            f"They were resampled to {rate_hz:g} Hz; a lower original rate has no fast movements.",
        )


def _note_unused_columns(table: pd.DataFrame, mapping: ColumnMapping, account: Account) -> None:
    used = {mapping.subject, mapping.activity, mapping.trial, mapping.time, *mapping.channels}
    unused = [column for column in table.columns if column not in used]
    if unused:
        account.note(f"Columns not used as channels: {', '.join(unused)}", "If one is a channel, choose it.")


def _warn_of_too_few(series: pd.DataFrame, account: Account) -> None:
    for column, what, effect in (
        ("subject", "person", "Nothing can be said about telling people apart; load at least two."),
        ("activity", "activity", "Nothing can be said about what data is still good for; load at least two."),
    ):
        labels = series[column].unique()
        if len(labels) == 1:
            account.warn(f"Only one {what} ({labels[0]})", effect)
