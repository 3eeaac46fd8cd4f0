"""From a table and a column mapping to validated recordings: every row is used, or left out with a reason.

labels, values, times  ->  rows in time order  ->  gaps bridged or cut  ->  series evenly sampled at one rate
->  preprocessed, validated
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.errors import RateUnknownError, RecordingError
from data.gaps import filled_flags
from data.ingest.column_mapping import ColumnMapping, column_list
from data.ingest.dead_channels import dead_channels_of
from data.ingest.filename_pattern import FILE_NAME_ROLES
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
from data.ingest.resampling import MIXED_TOLERANCE, EvenSeries, common_rate, resample_evenly, series_rates
from data.ingest.row_labels import (
    UNLABELLED,
    joined_spellings,
    number_groups,
    other_spellings,
    people_attributes,
    refuse_labels,
    role_codes,
    with_series_names,
)
from data.ingest.row_ledger import RowLedger
from data.ingest.series_clock import began_of
from data.ingest.signal_checks import check_channels
from data.ingest.table import Table
from data.ingest.times import to_seconds
from data.ingest.units import inferred_from_values, standard_units
from data.plurals import counted
from data.recordings import FILLED, KEYS, MAX_RATE_HZ, Recordings, missing_rows, samples_from_series
from data.sensors import includes_gravity, quantity_of, sensors

WORD_OF = {"subject": "Person", "activity": "Activity", "trial": "Repetition"}
MAX_PEOPLE = 10_000
FAR_OFF = 4  # factor: a difference this large means another unit, not another person


def to_recordings(
    table: Table, mapping: ColumnMapping, preparation: Preparation = Preparation()
) -> Recordings:
    """Validate a table and turn it into evenly sampled recordings of one rate.

    Rows without subject, activity or time are left out, as are repeated times. Short stretches of missing values
    are interpolated linearly and longer ones stay missing; the recording is cut where a value is missing for more
    than a second and where time jumps. Unevenly timed samples are interpolated, and other rates are resampled with
    an anti-aliasing filter. Findings report all of this with counts.

    Args:
        table: The table as read.
        mapping: What its columns mean.
        preparation: How values are preprocessed.

    Returns:
        Recordings, ordered by subject, activity, trial and time.

    Raises:
        RecordingError: If a column is missing or contains text, times cannot be read, the rate is required, or no
            usable series remains.
    """
    _refuse_missing_columns(table, mapping)
    ledger = RowLedger(table)
    for role in ("subject", "activity", "trial"):
        refuse_labels(table, role, mapping.column_of(role))
    group, groups = number_groups(table, mapping)
    _refuse_crowd(groups, table.name)
    _note_joined_spellings(table, mapping, ledger)
    _note_unmatched_names(table, mapping, ledger)
    _note_labels(table, mapping, ledger)
    values = _with_flags(channel_values(table, mapping.channels), table, mapping)
    rows = _usable(
        Rows(np.arange(len(table)), group, *_times(table, mapping, group, ledger), values),
        ledger,
        person_activity=groups.groupby(["subject", "activity"]).ngroup().to_numpy() if mapping.time else None,
    )
    rows, starts = _uninterrupted(rows, preparation, ledger)
    evened, rate_hz = _evenly_sampled(rows, starts, preparation, ledger)
    evened, filled = _split_flags(evened, mapping, ledger)
    series = with_series_names(groups.iloc[rows.group[starts]].reset_index(drop=True))
    _check(rows, starts, series["series"], mapping.channels, rate_hz, ledger)
    _note_units(table, mapping, ledger)
    channels = _prepared(Channels(evened, mapping.channels, mapping.units), rate_hz, preparation, ledger)
    _warn_of_other_units(channels, series["subject"], ledger)
    _warn_of_lost_people(table, mapping, values, set(series["subject"]), ledger)
    _warn_of_too_few(series, ledger)
    _note_unused_columns(table, mapping, ledger)
    people = people_attributes(table, mapping, sorted(series["subject"].unique()))
    unknown = people.index[people.isna().all(axis=1)] if len(people.columns) else []
    if len(unknown) > 0:
        ledger.warn(
            f"There are no attributes for {counted(len(unknown), 'person', 'people')}, for example {unknown[0]}",
            "Check their names.",
        )
    return Recordings(
        name=table.name,
        samples=samples_from_series(series, channels.series, rate_hz, channels.names),
        rate_hz=rate_hz,
        channels=channels.names,
        units=channels.units,
        attributes=people,
        findings=ledger.closed(),
        filled=filled,
        filled_by="" if filled is None else filled_flags(table.frame[FILLED])[1],
        began=began_of(table, mapping.time, rows, starts),
    )


def _with_flags(values: np.ndarray, table: Table, mapping: ColumnMapping) -> np.ndarray:
    """Append the flags of filled samples as a further channel, if the file has them.

    They are processed like values, so that whatever is computed from a flagged sample is flagged.
    """
    if FILLED not in table.frame or FILLED in mapping.used_columns:
        return values
    return np.column_stack([values, filled_flags(table.frame[FILLED])[0].astype(np.float32)])


def _split_flags(
    evened: list[np.ndarray], mapping: ColumnMapping, ledger: RowLedger
) -> tuple[list[np.ndarray], np.ndarray | None]:
    """Separate the flags from the channels; `None` if nothing is flagged."""
    n_channels = len(mapping.channels)
    if evened[0].shape[1] == n_channels:
        return evened, None
    # Resampling makes flags ring: a sample counts as filled if at least 1 % of it comes from filled ones.
    filled = np.abs(np.concatenate([values[:, n_channels] for values in evened])) > 0.01
    if filled.any():
        ledger.note(
            f"{counted(int(filled.sum()), 'sample is', 'samples are')} flagged as filled in "
            f"({100 * filled.mean():.2f} %)",
            "The flags are kept.",
        )
    return [values[:, :n_channels] for values in evened], filled if filled.any() else None


@dataclass(frozen=True, eq=False)
class Channels:
    """Evenly sampled series before they become recordings.

    Attributes:
        series: One `(timesteps, channels)` float32 array per series, NaN where missing.
        names: Channel names.
        units: Unit of each channel.
    """

    series: list[np.ndarray]
    names: tuple[str, ...]
    units: tuple[str, ...]

    @property
    def lengths(self) -> np.ndarray:
        """Number of samples per series."""
        return np.array([len(values) for values in self.series])

    def stacked(self) -> np.ndarray:
        """Concatenate all series to `(n, channels)`."""
        return np.concatenate(self.series)

    def restacked(self, values: np.ndarray, names: tuple[str, ...], units: tuple[str, ...]) -> "Channels":
        """Split `(n, channels)` values into the same series, as channels with the given names and units."""
        return Channels(np.split(values, np.cumsum(self.lengths)[:-1]), names, units)


def _refuse_missing_columns(table: Table, mapping: ColumnMapping) -> None:
    name = table.name
    if mapping.subject is None and not mapping.is_in_file_names("subject"):
        raise RecordingError(
            f"{name}: the person is unknown. Choose a column, or give the pattern of the file names."
        )
    roles = [mapping.subject, mapping.activity, mapping.trial, mapping.time, *mapping.channels]
    chosen = [column for column in roles if column is not None]
    taken = [channel for channel in mapping.channels if channel in KEYS]
    if taken:
        raise RecordingError(f"{name}: a channel cannot be called {taken[0]!r}. Rename that column.")
    for column in chosen:
        if column not in table.frame.columns:
            raise RecordingError(
                f"{name} has no column {column!r}. Choose one of {column_list(table.frame.columns)}."
            )
        if chosen.count(column) > 1:
            raise RecordingError(
                f"{name}: column {column!r} was chosen twice. Choose a different column for one of them."
            )
    if not mapping.channels:
        raise RecordingError(f"{name}: no channel was chosen. Choose at least one column of measured values.")


def _times(
    table: Table, mapping: ColumnMapping, group: np.ndarray, ledger: RowLedger
) -> tuple[np.ndarray, np.ndarray]:
    """Return the run and the time in seconds of each row; each file starts a new run."""
    part = table.part_of_row()
    if mapping.time is not None:
        times = to_seconds(table, mapping.time, _pairs(group, part), rate_hz=mapping.rate_hz)
        ledger.note(
            f"Column {mapping.time} was read as {times.unit}", "If that is wrong, specify the sampling rate."
        )
        if times.ticks:
            ledger.warn(
                f"Times are rounded to {times.ticks}",
                f"Samples were spread evenly, at about {times.rate_hz:.4g} Hz.",
            )
        return part, times.seconds
    if mapping.rate_hz is None:
        raise RateUnknownError(
            f"{ledger.name} has no time column, so the sampling rate is unknown. Specify the rate in Hz, or "
            "choose the column that contains times."
        )
    begins = np.concatenate([[True], (np.diff(group) != 0) | (np.diff(part) != 0)])
    first_row = np.flatnonzero(begins)
    run = np.cumsum(begins) - 1
    return run, (np.arange(len(table)) - first_row[run]) / mapping.rate_hz


def _pairs(group: np.ndarray, part: np.ndarray) -> np.ndarray:
    """Number the combinations of group and part; rows without a group stay -1."""
    return np.where(group < 0, -1, group * (int(part.max()) + 1) + part) if part.any() else group


def _usable(rows: Rows, ledger: RowLedger, *, person_activity: np.ndarray | None) -> Rows:
    """Leave out rows that lack a label or time or repeat a time, and sort the others."""
    nameless, timeless = rows.group < 0, ~np.isfinite(rows.t)
    ledger.leave_out("without person or activity", rows.position[nameless], "They were left out.")
    ledger.leave_out("without time", rows.position[timeless & ~nameless], "They were left out.")
    rows = rows.take(~nameless & ~timeless)
    if len(rows) == 0:
        raise RecordingError(
            f"{ledger.name}: no row has a person, an activity and a time. Check the columns."
        )
    if person_activity is not None:
        copied = copied_from_other_runs(rows, person_activity)
        ledger.leave_out(
            "that also occur in another file",
            rows.position[copied],
            "They were left out: the same samples must not end up on both sides of a split.",
        )
        rows = rows.take(~copied)
    ordered, n_restarts = in_time_order(rows)
    if n_restarts > 0:
        ledger.note(
            f"Times restart {counted(n_restarts, 'time')} within a person, activity and trial",
            "Each restart begins a new recording.",
        )
    n_moved = int(((np.diff(ordered.position) < 0) & ordered.same_run()).sum())
    if n_moved > 0:
        as_filed = rows.take(np.argsort(rows.group, kind="stable"))
        first = as_filed.position[1:][(np.diff(as_filed.t) < 0) & as_filed.same_run()].min()
        ledger.warn(
            f"{counted(n_moved, 'row')} out of chronological order",
            "They were sorted by time.",
            first=int(first),
        )
    ordered, n_merged = sensors_merged(ordered)
    if n_merged > 0:
        ledger.note(
            f"{counted(n_merged, 'row')} of several sensors at the same time "
            f"{'was' if n_merged == 1 else 'were'} merged",
            "Nothing to do.",
        )
    repeated = repeated_times(ordered)
    ledger.leave_out(
        "with a repeated time",
        ordered.position[repeated],
        "The first one was kept. If these are repetitions, choose the column that distinguishes them as the trial.",
    )
    return ordered.take(~repeated) if repeated.any() else ordered


def _uninterrupted(rows: Rows, preparation: Preparation, ledger: RowLedger) -> tuple[Rows, np.ndarray]:
    """Bridge short gaps, leave out long ones, and return where each series starts."""
    limits_s = bridging_limits_s(rows, preparation.bridge_s)
    filled = fill_short_gaps(rows, limits_s) if preparation.bridge_s > 0 else rows
    n_filled = int((np.isnan(rows.values) & ~np.isnan(filled.values)).sum())
    if n_filled > 0:
        ledger.warn(f"{counted(n_filled, 'value')} missing for a moment", "They were interpolated linearly.")
    too_long = missing_for_long(filled, np.maximum(limits_s, KEPT_MISSING_S))
    ledger.leave_out(
        f"with a channel missing for more than {KEPT_MISSING_S:g} s, or at the start or end",
        rows.position[too_long],
        "They were left out; the recording is cut there.",
    )
    rows, limits_s = filled.take(~too_long), limits_s[~too_long]
    if len(rows) == 0:
        raise RecordingError(
            f"{ledger.name}: every row lacks the value of some channel. Leave out empty channels."
        )
    starts = series_starts(rows, limits_s)
    lone = np.repeat(np.diff(np.append(starts, len(rows))), np.diff(np.append(starts, len(rows)))) < 2
    ledger.leave_out("isolated between two gaps", rows.position[lone], "A single sample is not a recording.")
    rows, limits_s = rows.take(~lone), limits_s[~lone]
    if len(rows) == 0:
        raise RecordingError(
            f"{ledger.name}: there are no two consecutive samples. Check the columns of person, activity, trial "
            "and time."
        )
    starts = series_starts(rows, limits_s)
    _note_gaps(rows, starts, ledger)
    return rows, starts


def _note_gaps(rows: Rows, starts: np.ndarray, ledger: RowLedger) -> None:
    n_runs = int(run_numbers(rows)[-1]) + 1
    if len(starts) > n_runs:
        ledger.note(
            f"{counted(len(starts) - n_runs, 'gap')} in time",
            "The recording is cut at each gap, so that no window spans it.",
        )


def _evenly_sampled(
    rows: Rows, starts: np.ndarray, preparation: Preparation, ledger: RowLedger
) -> tuple[list[np.ndarray], float]:
    lengths = np.diff(np.append(starts, len(rows)))
    rates = series_rates(rows.t, starts, run_numbers(rows))
    rate_hz = common_rate(rates, lengths)
    if rate_hz > MAX_RATE_HZ:
        raise RecordingError(
            f"{ledger.name}: the times imply a rate of {rate_hz:,.0f} Hz; at most {MAX_RATE_HZ:,} Hz is supported. "
            "Check the time column."
        )
    ends = starts + lengths
    evened = [
        resample_evenly(rows.t[a:b], rows.values[a:b], rate, rate_hz, bridge=preparation.bridge_s > 0)
        for a, b, rate in zip(starts, ends, rates, strict=True)
    ]
    _report_resampling(evened, rates, rate_hz, ledger)
    return [series.values for series in evened], rate_hz


def _report_resampling(
    evened: list[EvenSeries], rates: np.ndarray, rate_hz: float, ledger: RowLedger
) -> None:
    n_filled = sum(series.n_filled for series in evened)
    if n_filled > 0:
        ledger.warn(f"{n_filled:,} samples missing in short gaps", "They were interpolated linearly.")
    n_missing = sum(int(missing_rows(series.values).sum()) for series in evened)
    if n_missing > 0:
        ledger.warn(
            f"{n_missing:,} samples have missing values ({100 * n_missing / sum(len(e.values) for e in evened):.2f} %)",
            "They stay missing; windows that contain them are not used.",
        )
    n_jittered = sum(series.jittered for series in evened)
    if n_jittered > 0:
        ledger.warn(
            f"{n_jittered:,} of {len(evened):,} recordings with uneven sampling",
            "They were interpolated to an even sampling rate.",
        )
    other = rates[np.abs(rates / rate_hz - 1) > MIXED_TOLERANCE]
    if len(other) > 0:
        ledger.warn(
            f"{len(other):,} of {len(evened):,} recordings at a rate other than {rate_hz:g} Hz "
            f"({', '.join(f'{rate:g}' for rate in np.unique(other.round(1))[:5])} Hz)",
            f"They were resampled to {rate_hz:g} Hz; those of a lower rate lack fast movements.",
        )


def _prepared(channels: Channels, rate_hz: float, preparation: Preparation, ledger: RowLedger) -> Channels:
    """Convert units, remove gravity and add magnitudes, as requested."""
    if preparation.convert_units:
        channels = _converted(channels, ledger)
    with_gravity = accelerations_with_gravity(_some(channels), channels.names, channels.units)
    for sensor in with_gravity:
        done = "It was removed (everything below 0.3 Hz)." if preparation.remove_gravity else "It was kept."
        ledger.note(
            f"{sensor.name or 'The sensor x, y, z'} includes gravity: its magnitude is usually about 1 g",
            done,
        )
    if preparation.remove_gravity and with_gravity:
        axes = [axis for sensor in with_gravity for axis in sensor.axes]
        changed = [without_gravity(values, axes, rate_hz) for values in channels.series]
        channels = Channels(changed, channels.names, channels.units)
    elif preparation.remove_gravity:
        ledger.warn(
            "Gravity should be removed, but no acceleration in g with x, y and z includes it",
            "Nothing was done.",
        )
    if preparation.magnitudes and not sensors(channels.names):
        ledger.warn("Magnitudes were requested, but no sensor has channels x, y and z", "None was added.")
    elif preparation.magnitudes:
        channels = channels.restacked(*with_magnitudes(channels.stacked(), channels.names, channels.units))
    return channels


def _converted(channels: Channels, ledger: RowLedger) -> Channels:
    factors, units = standard_units(channels.units)
    changed = {(old, new) for old, new in zip(channels.units, units, strict=True) if old != new}
    if not changed:
        return channels
    for old, new in sorted(changed):
        names = [name for name, unit in zip(channels.names, channels.units, strict=True) if unit == old]
        ledger.note(f"{', '.join(names)} in {old}", f"Converted to {new}.")
    scaled = [(values * factors.astype(np.float32)).astype(np.float32) for values in channels.series]
    return Channels(scaled, channels.names, units)


def _some(channels: Channels, n_samples: int = 200_000) -> np.ndarray:
    """Return an evenly spaced subset of all samples, enough to recognise what a sensor measures."""
    step = max(1, int(channels.lengths.sum()) // n_samples)
    return np.concatenate([values[::step] for values in channels.series])


def _check(
    rows: Rows,
    starts: np.ndarray,
    names: pd.Series,
    channels: tuple[str, ...],
    rate_hz: float,
    ledger: RowLedger,
) -> None:
    """Look for defects in the measured values, because preprocessing hides some."""
    lengths = np.diff(np.append(starts, len(rows)))
    series = np.repeat(np.arange(len(starts), dtype=np.int32), lengths)
    ledger.findings += check_channels(rows.values, series, list(names), channels, rate_hz)


def _note_units(table: Table, mapping: ColumnMapping, ledger: RowLedger) -> None:
    guessed = inferred_from_values(table, mapping.channels, mapping.units)
    if guessed:
        units = dict(zip(mapping.channels, mapping.units, strict=True))
        of_unit = {unit: [c for c in guessed if units[c] == unit] for unit in dict.fromkeys(units.values())}
        listed = "; ".join(f"{', '.join(some)} in {unit}" for unit, some in of_unit.items() if some)
        ledger.note(f"{listed}: told from the values, or chosen", "If that is wrong, load again.")
    named = zip(mapping.channels, mapping.units, strict=True)
    unknown = [
        n for n, unit in named if unit == "" and quantity_of(n) in ("acceleration", "angular velocity")
    ]
    if unknown:
        ledger.note(
            f"The unit of {', '.join(unknown)} is unknown",
            "Choose it when loading; values are left unchanged.",
        )


def _warn_of_other_units(channels: Channels, people: pd.Series, ledger: RowLedger) -> None:
    """Warn of people whose acceleration magnitude differs from the others' by a large factor."""
    for sensor in sensors(channels.names):
        if sensor.quantity != "acceleration" or people.nunique() < 2:
            continue
        lengths = [
            np.nanmedian(np.linalg.norm(values[::10, sensor.axes], axis=1)) for values in channels.series
        ]
        usual = pd.Series(lengths).groupby(people.to_numpy()).median()
        odd = usual[(usual > FAR_OFF * usual.median()) | (usual < usual.median() / FAR_OFF)]
        if includes_gravity(_some(channels)[:, sensor.axes]) and len(odd) > 0:
            ledger.warn(
                f"{sensor.name} of {', '.join(odd.index[:5])}: the magnitude is usually {odd.iloc[0]:.2g}, for most "
                f"people {usual.median():.2g}",
                "Probably recorded in another unit. Load these people separately, or convert their files.",
            )


def _refuse_crowd(groups: pd.DataFrame, name: str) -> None:
    n_people = groups["subject"].nunique()
    if n_people > MAX_PEOPLE:
        raise RecordingError(
            f"{name} has {n_people:,} people; at most {MAX_PEOPLE:,} are read. Check which column contains the "
            "person, or load fewer people."
        )


def _note_joined_spellings(table: Table, mapping: ColumnMapping, ledger: RowLedger) -> None:
    for role, what in (("subject", "person"), ("activity", "activity"), ("trial", "trial")):
        joined = joined_spellings(table, mapping, role)
        if joined:
            some = ", ".join(joined[:5]) + (" ..." if len(joined) > 5 else "")
            ledger.warn(
                f"The {what} is spelt in several ways that look the same: {some}",
                f"Each of these was taken to be one {what}. If they differ, rename them.",
            )


def _note_unmatched_names(table: Table, mapping: ColumnMapping, ledger: RowLedger) -> None:
    pattern = mapping.pattern
    if pattern is None or not any(mapping.is_in_file_names(role) for role in FILE_NAME_ROLES):
        return
    odd = [part.path for part in table.parts if pattern.match(part.path) is None]
    ledger.note(f"Person, activity or repetition read from file names as {pattern.text}", "See who did what.")
    if odd:
        ledger.warn(f"{len(odd):,} file names do not fit {pattern.text}, for example {odd[0]}", "Left out.")


def _note_labels(table: Table, mapping: ColumnMapping, ledger: RowLedger) -> None:
    """Report labels that were joined, and that there are no activities."""
    if mapping.activity is None and not mapping.is_in_file_names("activity"):
        ledger.note(
            f'Neither a column nor the file names say what people did: all recordings have the activity "{UNLABELLED}"',
            "People and signals can be tested; what compares activities does not apply. If there are activities, "
            "choose their column or give the pattern of the file names.",
        )
    for role in FILE_NAME_ROLES:
        for spellings in other_spellings(table, mapping, role):
            ledger.warn(
                f"{WORD_OF[role]} {spellings[0]} is also written {', '.join(spellings[1:])}",
                "Labels that differ only in capitals or spaces were joined. If they are different, rename them.",
            )


def _note_unused_columns(table: Table, mapping: ColumnMapping, ledger: RowLedger) -> None:
    used = {*mapping.used_columns, FILLED}
    unused = [column for column in table.frame.columns if column not in used]
    if unused:
        ledger.note(f"Columns not used as channels: {', '.join(unused)}", "If any is a channel, choose it.")


def _warn_of_lost_people(
    table: Table, mapping: ColumnMapping, values: np.ndarray, kept: set[str], ledger: RowLedger
) -> None:
    """Name the people of whom nothing is left, and ask about channels that they lack."""
    person, people = role_codes(table, mapping, "subject")
    lost = [people[code] for code in np.unique(person[person >= 0]) if people[code] not in kept]
    dead = dead_channels_of(values, person, people, mapping.channels) if lost else []
    for channel in dead:
        without = [name for name in channel.people if name in lost]
        if without:
            ledger.warn(
                f"{_listed(without)} left out entirely: {channel.channel} has no values there",
                f"To keep {'this person' if len(without) == 1 else 'these people'}, load again without the channel "
                f"(in the shell: --without-channel {channel.channel}).",
            )
    unexplained = [name for name in lost if not any(name in channel.people for channel in dead)]
    if unexplained:
        ledger.warn(
            f"{_listed(unexplained)} left out entirely: no row was usable", "The reasons are listed above."
        )


def _listed(people: list[str]) -> str:
    shown = ", ".join(people[:10]) + (f" and {len(people) - 10:,} more" if len(people) > 10 else "")
    return f"{shown} {'was' if len(people) == 1 else 'were'}"


def _warn_of_too_few(series: pd.DataFrame, ledger: RowLedger) -> None:
    for column, what, effect in (
        ("subject", "person", "Whether people can be told apart cannot be tested; load at least two."),
        ("activity", "activity", "What a release is still good for cannot be tested; load at least two."),
    ):
        labels = series[column].unique()
        if len(labels) == 1 and labels[0] != UNLABELLED:
            ledger.warn(f"Only one {what} ({labels[0]})", effect)
