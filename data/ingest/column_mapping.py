"""Which column means what: guessed from names and values, and adjustable by the user."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd
from pandas.api import types

from data import column_words
from data.column_words import is_motion_name, name_words, normalised
from data.errors import RecordingError
from data.ingest.filename_pattern import FILE_NAME_ROLES, Pattern
from data.ingest.names.parts import kind_of
from data.ingest.names.question import NamesUnclear, question_of
from data.ingest.names.readings import NamesRead, read_names
from data.ingest.table import Table
from data.ingest.units import guess_units

N_ROWS_SAMPLED = 50_000  # the same for the page and the command line
MOST_ACTIVITIES = 200  # different values of a column of activities
NOBODY = {
    "",
    "x",
    "xx",
    "xxx",
    "anonymous",
    "anonym",
    "anonymized",
    "anonymised",
    "unknown",
    "na",
    "none",
    "noname",
}
ROLES = {
    "subject": column_words.SUBJECT,
    "activity": column_words.ACTIVITY,
    "trial": column_words.TRIAL,
    "time": column_words.TIME,
}


@dataclass(frozen=True)
class ColumnMapping:
    """What the columns of a table mean, and which labels its file names contain.

    Attributes:
        subject: Column with the subject; `None` if the file names contain it.
        activity: Column with the activity; `None` if the file names contain it, or nothing does: then recordings are
            unlabelled.
        trial: Column that distinguishes repetitions; `None` if there is none.
        time: Column with times, dates or a sample counter; `None` if rows are simply consecutive.
        channels: Columns with measured values, in order.
        rate_hz: Sampling rate in Hz, required if it cannot be derived from the times.
        units: Unit of each channel, `""` if unknown.
        pattern: How the files are named, for roles without a column.
    """

    subject: str | None
    activity: str | None
    trial: str | None
    time: str | None
    channels: tuple[str, ...]
    rate_hz: float | None
    units: tuple[str, ...]
    pattern: Pattern | None = None

    def __post_init__(self) -> None:
        if len(self.units) != len(self.channels):
            raise ValueError(f"one unit per channel is needed. Received: {self.units} for {self.channels}")
        if self.rate_hz is not None and not 0 < self.rate_hz <= 10_000:
            raise RecordingError(f"The sampling rate must lie between 0 and 10,000 Hz, not {self.rate_hz:g}.")

    def column_of(self, role: str) -> str | None:
        """Return the column of a role; `None` if there is none or the file names contain it."""
        return getattr(self, role)

    def is_in_file_names(self, role: str) -> bool:
        """Return whether this role is read from the file names."""
        return self.column_of(role) is None and self.pattern is not None and role in self.pattern.roles

    def without(self, channels: Sequence[str]) -> "ColumnMapping":
        """Return the mapping without some channels.

        Raises:
            RecordingError: If one of them is no channel, or none is left.
        """
        unknown = [channel for channel in channels if channel not in self.channels]
        if unknown:
            raise RecordingError(
                f"There is no channel {unknown[0]!r} to leave out. The channels are {', '.join(self.channels)}."
            )
        kept = [i for i, channel in enumerate(self.channels) if channel not in channels]
        if not kept:
            raise RecordingError("All channels were left out. Keep at least one.")
        return replace(
            self,
            channels=tuple(self.channels[i] for i in kept),
            units=tuple(self.units[i] for i in kept),
        )

    @property
    def used_columns(self) -> set[str]:
        """The columns that have a role or are channels."""
        roles = (self.subject, self.activity, self.trial, self.time)
        return {column for column in (*roles, *self.channels) if column is not None}


def guess_mapping(
    table: Table,
    *,
    subject: str | None = None,
    activity: str | None = None,
    trial: str | None = None,
    time: str | None = None,
    rate_hz: float | None = None,
    pattern: str | None = None,
) -> ColumnMapping:
    """Guess what columns and file names mean; whatever is specified is used as given.

    Args:
        table: The table as read.
        subject: Column with the subject, if known.
        activity: Column with the activity, if known.
        trial: Column with the trial, if known.
        time: Column with the times, if known.
        rate_hz: Sampling rate in Hz, if known.
        pattern: How files are named, for example `{subject}_{activity}_{trial}.csv`, if known.

    Raises:
        NamesUnclear: If the names of the files can be read in two ways.
        RecordingError: If neither a column nor the names contain the subjects, no column can be a channel, or a
            specified column does not exist.
    """
    table = table.thinned(N_ROWS_SAMPLED)
    named = {"subject": subject, "activity": activity, "trial": trial, "time": time}
    roles = guess_roles(table, {role: column for role, column in named.items() if column is not None})
    if pattern:
        naming = Pattern(pattern)
        # A pattern given by the user takes precedence over a guess about columns.
        roles |= {role: None for role in naming.roles if named[role] is None}
    else:
        naming = _clear_pattern(table, roles)
    if roles["subject"] is None and (naming is None or "subject" not in naming.roles):
        _refuse_lone_labels(table, "subject", "the person")
        raise RecordingError(
            f"{table.name}: neither a column nor the file names contain the person; the columns are "
            f"{column_list(table.frame.columns)}. Specify a column, add one named 'subject', or give the pattern of "
            "the file names, for example {subject}_{activity}_{trial}.csv; if all files are of one person, as in "
            f"{_pattern_of_one_person(table, roles)}."
        )
    channels = guess_channels(table, roles)
    if not channels:
        raise RecordingError(
            f"No column contains measured values; the columns are {column_list(table.frame.columns)}. At least one "
            "column of numbers that change from sample to sample is needed."
        )
    rate_hz = table.rate_hz if rate_hz is None and roles["time"] is None else rate_hz
    units = guess_units(table, channels)
    return ColumnMapping(**roles, channels=channels, rate_hz=rate_hz, units=units, pattern=naming)


def _refuse_lone_labels(table: Table, role: str, what: str) -> None:
    """Say so if a column has the right name but a different label in nearly every row."""
    words = [word for word in ROLES[role] if len(word) > 4]  # `id` is often the number of the row
    named = next((c for word in words for c in table.frame.columns if normalised(c) == word), None)
    if named is not None:
        raise RecordingError(
            f"{table.name}: column {named!r} cannot contain {what}, because its values hardly repeat from row to row. "
            "Each person and activity needs many consecutive rows. Choose another column, or load longer recordings."
        )


def guess_file_names(table: Table, roles: dict[str, str | None]) -> NamesRead | None:
    """Read the file names for roles without a column; `None` if they contain none."""
    open_roles = [role for role in FILE_NAME_ROLES if roles.get(role) is None]
    paths = [part.path for part in table.parts]
    # The name of a table is the file's where there is only one, and otherwise that of the folder or archive.
    source = "" if table.name in paths else table.name
    return read_names(paths, open_roles, source=source) if open_roles else None


def _clear_pattern(table: Table, roles: dict[str, str | None]) -> Pattern | None:
    names = guess_file_names(table, roles)
    question = question_of(names, [part.path for part in table.parts])
    if question is not None:
        raise NamesUnclear(question)
    return names.best.pattern if names is not None and names.names_people else None


def _pattern_of_one_person(table: Table, roles: dict[str, str | None]) -> str:
    names = guess_file_names(table, roles)
    return "{subject=Anna}{}" if names is None else names.best.pattern.text


def guess_roles(table: Table, named: dict[str, str] | None = None) -> dict[str, str | None]:
    """Guess the columns of subject, activity, trial and time; `None` if there is none.

    Args:
        table: The table as read.
        named: Known columns by role.

    Raises:
        RecordingError: If a specified column is not in the table.
    """
    roles: dict[str, str | None] = {**table.roles, **(named or {})}
    for role, column in roles.items():
        if column is not None and column not in table.frame.columns:
            raise RecordingError(
                f"There is no column {column!r} to read the {role} from. "
                f"Choose one of {column_list(table.frame.columns)}."
            )
    for role, names in ROLES.items():
        if role not in roles:
            free = [c for c in table.frame.columns if c not in roles.values()]
            roles[role] = _find(table.frame, free, role, names)
    if roles["activity"] is None and "activity" not in (named or {}):
        roles["activity"] = _activities_by_value(
            table.frame, [c for c in table.frame.columns if c not in roles.values()]
        )
    return {role: roles[role] for role in ROLES}


def _activities_by_value(frame: pd.DataFrame, columns: Sequence[str]) -> str | None:
    """Return the first column of text whose values are mostly names of activities."""
    for column in columns:
        if types.is_numeric_dtype(frame[column]) or types.is_datetime64_any_dtype(frame[column]):
            continue
        values = frame[column].dropna().astype(str).unique()
        n_known = sum(kind_of("".join(name_words(value))) == "activity" for value in values[:MOST_ACTIVITIES])
        if 0 < len(values) <= MOST_ACTIVITIES and 2 * n_known > len(values):
            return column
    return None


def guess_channels(table: Table, roles: dict[str, str | None]) -> tuple[str, ...]:
    """Return the numeric columns that change from row to row and are neither counters nor labels."""
    free = [c for c in table.frame.columns if c not in roles.values()]
    if table.channels is not None:
        return tuple(c for c in table.channels if c in free)
    head = table.frame.head(N_ROWS_SAMPLED)
    return tuple(c for c in free if not is_attribute(c) and not _counts(c) and _is_measured(head[c], c))


def is_attribute(column: str) -> bool:
    """Return whether a column name suggests an attribute of the person (age, gender, ...)."""
    return not is_motion_name(column) and any(word in column_words.ATTRIBUTE for word in name_words(column))


def _find(table: pd.DataFrame, columns: list[str], role: str, words: tuple[str, ...]) -> str | None:
    def fits(column: str) -> bool:
        return role == "time" or (
            _repeats(table[column]) and not (role == "subject" and _names_nobody(table[column]))
        )

    exact = [c for word in words for c in columns if normalised(c) == word]
    partly = [
        c
        for word in words
        for c in columns
        if len(word) > 2 and word in name_words(c) and not is_motion_name(c)
    ]
    partly = [c for c in partly if not is_attribute(c)]
    return next((c for c in [*exact, *partly] if fits(c)), None)


def _names_nobody(column: pd.Series) -> bool:
    """Return whether a column only says that the person is anonymous, as EDF does with an X."""
    values = column.dropna().unique()
    return 0 < len(values) <= len(NOBODY) and {normalised(str(value)) for value in values} <= NOBODY


def _repeats(column: pd.Series) -> bool:
    """Return whether a column can be a label: its values repeat, unlike those of a row number."""
    head = column.head(N_ROWS_SAMPLED)
    if types.is_float_dtype(head) and not head.dropna().mod(1).eq(0).all():
        return False
    return len(head) < 10 or head.nunique() <= len(head) / 2


def _counts(column: str) -> bool:
    name = normalised(column)
    if name in column_words.NOT_A_CHANNEL or re.search(r"^unnamed\d|^indexlevel|timestamp", name):
        return True
    words = {*column_words.NOT_A_CHANNEL, *column_words.SUBJECT, *column_words.ACTIVITY, *column_words.TIME}
    return not is_motion_name(column) and any(word in words for word in [name, *name_words(column)])


def _is_measured(column: pd.Series, name: str) -> bool:
    if types.is_bool_dtype(column) or types.is_datetime64_any_dtype(column):
        return False
    values = pd.to_numeric(column, errors="coerce")
    if values.notna().sum() * 2 < column.notna().sum() or values.notna().sum() == 0:
        return False
    if is_motion_name(name):
        return True
    steps = values.dropna().diff().iloc[1:]
    # A label or constant hardly ever changes; a counter only increases.
    return bool((steps != 0).mean() > 0.02 and (steps < 0).any())


def column_list(columns: pd.Index) -> str:
    """List columns for a message, at most the first twelve."""
    shown = ", ".join(str(column)[:40] for column in columns[:12])
    return f"{shown} and {len(columns) - 12} more" if len(columns) > 12 else shown
