"""From a table with a mapping to checked recordings: every row is used, or left out with a reason.

labels, values, times  ->  Rows in time order  ->  bridged and cut  ->  even series of one rate  ->  prepared, checked
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.errors import RecordingError
from data.gaps import marks
from data.ingest.column_mapping import ColumnMapping, listed
from data.ingest.filename_pattern import NAMED_BY_FILES
from data.ingest.motion import accelerations_with_gravity, with_magnitudes, without_gravity
from data.ingest.numeric_cells import channel_values
from data.ingest.ordered_rows import (
    KEPT_MISSING_S,
    Rows,
    bridging_limits_s,
    copied_from_other_runs,
    fill_short_gaps,
    in_time_order,
    missing_for_long,
    repeated_times,
    run_numbers,
    sensors_merged,
    series_starts,
)
from data.ingest.preparation import Preparation
from data.ingest.resampling import MIXED_TOLERANCE, Evened, common_rate, even, series_rates
from data.ingest.row_labels import number_groups, people_attributes, with_series_names
from data.ingest.row_ledger import Account
from data.ingest.signal_checks import check_channels
from data.ingest.table import Table
from data.ingest.times import to_seconds
from data.ingest.units import standard_units, told_by_values
from data.recordings import FILLED, KEYS, MAX_RATE_HZ, Recordings, missing_rows, samples_from_series
from data.sensors import holds_gravity, quantity_of, sensors

FAR_OFF = 4  # times as long: another unit, not another person


def to_recordings(
    table: Table, mapping: ColumnMapping, preparation: Preparation = Preparation()
) -> Recordings:
    """Check a table and turn it into recordings of one rate on an even grid.

    Rows without person, activity or time and repeated times are left out. Short stretches of missing values
    are bridged by straight lines, longer ones stay missing, and where something is missing for longer than a
    second, the recording is cut; it also ends where time jumps. Uneven times are interpolated, other rates
    resampled behind a filter. Findings count all of it.

    Args:
        table: The table as read.
        mapping: What its columns mean.
        preparation: What is done to the values beyond that.

    Returns:
        Recordings, ordered by person, activity, trial and time.

    Raises:
        RecordingError: If a column is missing or holds text, times cannot be read, a rate is needed, or no
            usable series is left.
    """
    _refuse_missing_columns(table, mapping)
    account = Account(table)
    group, groups = number_groups(table, mapping)
    _note_names_that_do_not_fit(table, mapping, account)
    values = _with_marks(channel_values(table, mapping.channels), table, mapping)
    rows = _usable(
        Rows(np.arange(len(table)), group, *_times(table, mapping, group, account), values),
        account,
        doing=groups.groupby(["subject", "activity"]).ngroup().to_numpy() if mapping.time else None,
    )
    rows, starts = _uninterrupted(rows, preparation, account)
    evened, rate_hz = _evened(rows, starts, preparation, account)
    evened, filled = _marks_apart(evened, mapping, account)
    series = with_series_names(groups.iloc[rows.group[starts]].reset_index(drop=True))
    _check(rows, starts, series["series"], mapping.channels, rate_hz, account)
    _note_units(table, mapping, account)
    channels = _prepared(Channels(evened, mapping.channels, mapping.units), rate_hz, preparation, account)
    _warn_of_other_units(channels, series["subject"], account)
    _warn_of_too_few(series, account)
    _note_unused_columns(table, mapping, account)
    people = people_attributes(table, mapping, sorted(series["subject"].unique()))
    unknown = people.index[people.isna().all(axis=1)] if len(people.columns) else []
    if len(unknown) > 0:
        account.warn(
            f"Nothing is known about {len(unknown)} people, for example {unknown[0]}", "Check their names."
        )
    return Recordings(
        name=table.name,
        samples=samples_from_series(series, channels.series, rate_hz, channels.names),
        rate_hz=rate_hz,
        channels=channels.names,
        units=channels.units,
        attributes=people,
        findings=account.closed(),
        filled=filled,
        filled_by="" if filled is None else marks(table.frame[FILLED])[1],
    )


def _with_marks(values: np.ndarray, table: Table, mapping: ColumnMapping) -> np.ndarray:
    """Put marks of samples that were filled in beside the channels, where the file has them.

    They go the way of the values, so that whatever is computed from a marked sample is marked.
    """
    if FILLED not in table.frame or FILLED in mapping.used_columns:
        return values
    return np.column_stack([values, marks(table.frame[FILLED])[0].astype(np.float32)])


def _marks_apart(
    evened: list[np.ndarray], mapping: ColumnMapping, account: Account
) -> tuple[list[np.ndarray], np.ndarray | None]:
    """Take the marks away from the channels; `None` where nothing is marked."""
    n_channels = len(mapping.channels)
    if evened[0].shape[1] == n_channels:
        return evened, None
    # A resampled mark rings a little: a sample counts that has a hundredth of a marked one in it.
    filled = np.abs(np.concatenate([values[:, n_channels] for values in evened])) > 0.01
    if filled.any():
        account.note(
            f"{filled.sum():,} samples are marked as filled in ({filled.mean():.2%})", "The marks are kept."
        )
    return [values[:, :n_channels] for values in evened], filled if filled.any() else None


@dataclass(frozen=True, eq=False)
class Channels:
    """Even series on their way into recordings.

    Attributes:
        series: One `(timesteps, channels)` float32 array a series, NaN where missing.
        names: Names of the channels.
        units: Their units.
    """

    series: list[np.ndarray]
    names: tuple[str, ...]
    units: tuple[str, ...]

    @property
    def lengths(self) -> np.ndarray:
        return np.array([len(values) for values in self.series])

    def stacked(self) -> np.ndarray:
        """Return all samples below each other."""
        return np.concatenate(self.series)

    def restacked(self, values: np.ndarray, names: tuple[str, ...], units: tuple[str, ...]) -> "Channels":
        """Return other values of the same series."""
        return Channels(np.split(values, np.cumsum(self.lengths)[:-1]), names, units)


def _refuse_missing_columns(table: Table, mapping: ColumnMapping) -> None:
    name = table.name
    for role in ("subject", "activity"):
        if mapping.column_of(role) is None and not mapping.named_by_files(role):
            raise RecordingError(
                f"{name}: nothing says the {role}. Choose a column, or give the pattern of names."
            )
    roles = [mapping.subject, mapping.activity, mapping.trial, mapping.time, *mapping.channels]
    chosen = [column for column in roles if column is not None]
    taken = [channel for channel in mapping.channels if channel in KEYS]
    if taken:
        raise RecordingError(f"{name}: a channel cannot be called {taken[0]!r}. Rename that column.")
    for column in chosen:
        if column not in table.frame.columns:
            raise RecordingError(
                f"{name} has no column {column!r}. Choose one of {listed(table.frame.columns)}."
            )
        if chosen.count(column) > 1:
            raise RecordingError(
                f"{name}: column {column!r} was chosen twice. Choose another one for one of them."
            )
    if not mapping.channels:
        raise RecordingError(f"{name}: no channel was chosen. Choose at least one column of measured values.")


def _times(
    table: Table, mapping: ColumnMapping, group: np.ndarray, account: Account
) -> tuple[np.ndarray, np.ndarray]:
    """Return run and time in seconds of each row; each file begins a run of its own."""
    part = table.part_of_row()
    if mapping.time is not None:
        times = to_seconds(table, mapping.time, _pairs(group, part), rate_hz=mapping.rate_hz)
        account.note(f"Column {mapping.time} was read as {times.unit}", "If that is wrong, give the rate.")
        if times.ticks:
            account.warn(
                f"Times have whole {times.ticks} only",
                f"Samples were spread evenly, about {times.rate_hz:.4g} a second.",
            )
        return part, times.seconds
    if mapping.rate_hz is None:
        raise RecordingError(
            f"{account.name} has no column of times, so the rate is not known. Give the rate in samples per "
            "second, or choose the column that holds times."
        )
    begins = np.concatenate([[True], (np.diff(group) != 0) | (np.diff(part) != 0)])
    first_row = np.flatnonzero(begins)
    run = np.cumsum(begins) - 1
    return run, (np.arange(len(table)) - first_row[run]) / mapping.rate_hz


def _pairs(group: np.ndarray, part: np.ndarray) -> np.ndarray:
    """Number the combinations of group and part; rows without a group stay at -1."""
    return np.where(group < 0, -1, group * (int(part.max()) + 1) + part) if part.any() else group


def _usable(rows: Rows, account: Account, *, doing: np.ndarray | None) -> Rows:
    """Leave out rows without labels, time or their own time, and put the others in order."""
    nameless, timeless = rows.group < 0, ~np.isfinite(rows.t)
    account.leave_out("without person or activity", rows.position[nameless], "They were left out.")
    account.leave_out("without time", rows.position[timeless & ~nameless], "They were left out.")
    rows = rows.take(~nameless & ~timeless)
    if len(rows) == 0:
        raise RecordingError(
            f"{account.name}: no row has a person, an activity and a time. Check the columns."
        )
    if doing is not None:
        copied = copied_from_other_runs(rows, doing)
        account.leave_out(
            "that another file has, too",
            rows.position[copied],
            "They were left out: the same samples must not stand on both sides of a split.",
        )
        rows = rows.take(~copied)
    ordered, n_restarts = in_time_order(rows)
    if n_restarts > 0:
        account.note(
            f"Times start again {n_restarts:,} times within a person, activity and trial",
            "Each start begins a recording of its own.",
        )
    n_moved = int(((np.diff(ordered.position) < 0) & ordered.same_run()).sum())
    if n_moved > 0:
        as_filed = rows.take(np.argsort(rows.group, kind="stable"))
        first = as_filed.position[1:][(np.diff(as_filed.t) < 0) & as_filed.same_run()].min()
        account.warn(f"{n_moved:,} rows out of time order", "They were sorted by time.", first=int(first))
    ordered, n_merged = sensors_merged(ordered)
    if n_merged > 0:
        account.note(f"{n_merged:,} rows of several sensors at the same time were merged", "Nothing to do.")
    repeated = repeated_times(ordered)
    account.leave_out(
        "with a time that was already there",
        ordered.position[repeated],
        "The first one was kept. If these are repetitions, choose the column that tells them apart as trial.",
    )
    return ordered.take(~repeated) if repeated.any() else ordered


def _uninterrupted(rows: Rows, preparation: Preparation, account: Account) -> tuple[Rows, np.ndarray]:
    """Bridge what is short, leave out what is missing for long, and return where each series starts."""
    limits_s = bridging_limits_s(rows, preparation.bridge_s)
    filled = fill_short_gaps(rows, limits_s) if preparation.bridge_s > 0 else rows
    n_filled = int((np.isnan(rows.values) & ~np.isnan(filled.values)).sum())
    if n_filled > 0:
        account.warn(f"{n_filled:,} single values missing for a moment", "They lie on a straight line now.")
    too_long = missing_for_long(filled, np.maximum(limits_s, KEPT_MISSING_S))
    account.leave_out(
        f"with a channel missing for more than {KEPT_MISSING_S:g} s, or from the beginning or to the end",
        rows.position[too_long],
        "They were left out; the recording is cut there.",
    )
    rows, limits_s = filled.take(~too_long), limits_s[~too_long]
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
    n_runs = int(run_numbers(rows)[-1]) + 1
    if len(starts) > n_runs:
        account.note(
            f"{len(starts) - n_runs:,} gaps in time",
            "A recording ends at a gap and another one begins after it; no window spans it.",
        )


def _evened(
    rows: Rows, starts: np.ndarray, preparation: Preparation, account: Account
) -> tuple[list[np.ndarray], float]:
    lengths = np.diff(np.append(starts, len(rows)))
    rates = series_rates(rows.t, starts, run_numbers(rows))
    rate_hz = common_rate(rates, lengths)
    if rate_hz > MAX_RATE_HZ:
        raise RecordingError(
            f"{account.name}: the times tell a rate of {rate_hz:,.0f} Hz; at most {MAX_RATE_HZ:,} Hz are read. Check "
            "the column of times."
        )
    ends = starts + lengths
    evened = [
        even(rows.t[a:b], rows.values[a:b], rate, rate_hz, bridge=preparation.bridge_s > 0)
        for a, b, rate in zip(starts, ends, rates, strict=True)
    ]
    _report_evened(evened, rates, rate_hz, account)
    return [series.values for series in evened], rate_hz


def _report_evened(evened: list[Evened], rates: np.ndarray, rate_hz: float, account: Account) -> None:
    n_filled = sum(series.n_filled for series in evened)
    if n_filled > 0:
        account.warn(f"{n_filled:,} samples missing in short gaps", "They lie on a straight line now.")
    n_missing = sum(int(missing_rows(series.values).sum()) for series in evened)
    if n_missing > 0:
        account.warn(
            f"{n_missing:,} samples have missing values ({n_missing / sum(len(e.values) for e in evened):.2%})",
            "They stay missing; windows over them are not used.",
        )
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


def _prepared(channels: Channels, rate_hz: float, preparation: Preparation, account: Account) -> Channels:
    """Convert units, take gravity out and add magnitudes, as asked."""
    if preparation.convert_units:
        channels = _converted(channels, account)
    with_gravity = accelerations_with_gravity(_some(channels), channels.names, channels.units)
    for sensor in with_gravity:
        done = "It was taken out (what stays below 0.3 Hz)." if preparation.remove_gravity else "It was kept."
        account.note(f"{sensor.name} holds gravity: its vector is usually about 1 g long", done)
    if preparation.remove_gravity and with_gravity:
        axes = [axis for sensor in with_gravity for axis in sensor.axes]
        changed = [without_gravity(values, axes, rate_hz) for values in channels.series]
        channels = Channels(changed, channels.names, channels.units)
    elif preparation.remove_gravity:
        account.warn(
            "Gravity was to be taken out, but no acceleration in g with x, y and z holds it",
            "Nothing was done.",
        )
    if preparation.magnitudes and not sensors(channels.names):
        account.warn(
            "The strength of sensors was asked for, but no channels are x, y and z of one", "None was added."
        )
    elif preparation.magnitudes:
        channels = channels.restacked(*with_magnitudes(channels.stacked(), channels.names, channels.units))
    return channels


def _converted(channels: Channels, account: Account) -> Channels:
    factors, units = standard_units(channels.units)
    changed = {(old, new) for old, new in zip(channels.units, units, strict=True) if old != new}
    if not changed:
        return channels
    for old, new in sorted(changed):
        names = [name for name, unit in zip(channels.names, channels.units, strict=True) if unit == old]
        account.note(f"{', '.join(names)} in {old}", f"Converted to {new}.")
    scaled = [(values * factors.astype(np.float32)).astype(np.float32) for values in channels.series]
    return Channels(scaled, channels.names, units)


def _some(channels: Channels, n_samples: int = 200_000) -> np.ndarray:
    """Return every so-manieth sample of all series: enough to tell what a sensor measures."""
    step = max(1, int(channels.lengths.sum()) // n_samples)
    return np.concatenate([values[::step] for values in channels.series])


def _check(
    rows: Rows,
    starts: np.ndarray,
    names: pd.Series,
    channels: tuple[str, ...],
    rate_hz: float,
    account: Account,
) -> None:
    """Look for defects in the values as they were measured: preparing them hides some."""
    lengths = np.diff(np.append(starts, len(rows)))
    series = np.repeat(np.arange(len(starts), dtype=np.int32), lengths)
    account.findings += check_channels(rows.values, series, list(names), channels, rate_hz)


def _note_units(table: Table, mapping: ColumnMapping, account: Account) -> None:
    guessed = told_by_values(table, mapping.channels, mapping.units)
    if guessed:
        units = dict(zip(mapping.channels, mapping.units, strict=True))
        listed_units = ", ".join(f"{channel} ({units[channel]})" for channel in guessed)
        account.note(
            f"Unit chosen, or told by the size of values: {listed_units}", "If one is wrong, load again."
        )
    named = zip(mapping.channels, mapping.units, strict=True)
    unknown = [
        n for n, unit in named if unit == "" and quantity_of(n) in ("acceleration", "angular velocity")
    ]
    if unknown:
        account.note(
            f"The unit of {', '.join(unknown)} is not known",
            "Choose it when loading; values stay as they are.",
        )


def _warn_of_other_units(channels: Channels, people: pd.Series, account: Account) -> None:
    """Warn of people whose acceleration vector is far longer or shorter than the others'."""
    for sensor in sensors(channels.names):
        if sensor.quantity != "acceleration" or people.nunique() < 2:
            continue
        lengths = [
            np.nanmedian(np.linalg.norm(values[::10, sensor.axes], axis=1)) for values in channels.series
        ]
        usual = pd.Series(lengths).groupby(people.to_numpy()).median()
        odd = usual[(usual > FAR_OFF * usual.median()) | (usual < usual.median() / FAR_OFF)]
        if holds_gravity(_some(channels)[:, sensor.axes]) and len(odd) > 0:
            account.warn(
                f"{sensor.name} of {', '.join(odd.index[:5])}: the vector is usually {odd.iloc[0]:.2g} long, of most "
                f"people {usual.median():.2g}",
                "Probably recorded in another unit. Load these people apart, or convert their files.",
            )


def _note_names_that_do_not_fit(table: Table, mapping: ColumnMapping, account: Account) -> None:
    pattern = mapping.pattern
    if pattern is None or not any(mapping.named_by_files(role) for role in NAMED_BY_FILES):
        return
    odd = [part.path for part in table.parts if pattern.match(part.path) is None]
    account.note(
        f"Person, activity or repetition read from file names as {pattern.text}", "See who did what."
    )
    if odd:
        account.warn(f"{len(odd):,} file names do not fit {pattern.text}, for example {odd[0]}", "Left out.")


def _note_unused_columns(table: Table, mapping: ColumnMapping, account: Account) -> None:
    used = {*mapping.used_columns, FILLED}
    unused = [column for column in table.frame.columns if column not in used]
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
