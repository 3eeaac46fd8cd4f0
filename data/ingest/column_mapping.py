"""Which column means what: guessed from names and values, open to correction."""

import re
from dataclasses import dataclass

import pandas as pd
from pandas.api import types

from data import column_words
from data.column_words import names_motion, plain, tokens
from data.errors import RecordingError
from data.ingest.filename_pattern import NAMED_BY_FILES, Pattern, guess_pattern
from data.ingest.table import Table
from data.ingest.units import guess_units

N_ROWS_LOOKED_AT = 50_000  # the same for the page and the shell
ROLES = {
    "subject": column_words.SUBJECT,
    "activity": column_words.ACTIVITY,
    "trial": column_words.TRIAL,
    "time": column_words.TIME,
}


@dataclass(frozen=True)
class ColumnMapping:
    """What the columns of a table mean, and what the names of its files tell.

    Attributes:
        subject: Column that names the person; `None` where the names of the files do.
        activity: Column that names the activity; `None` where the names of the files do.
        trial: Column that tells repetitions apart; `None` where there is none.
        time: Column with times, dates or a sample counter; `None` where rows simply follow each other.
        channels: Columns with measured values, in order.
        rate_hz: Samples per second, needed where times do not tell it.
        units: Unit of each channel, `""` where unknown.
        pattern: How the files are named, for the roles that no column has.
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
            raise ValueError(f"one unit a channel is needed. Received: {self.units} for {self.channels}")
        if self.rate_hz is not None and not 0 < self.rate_hz <= 10_000:
            raise RecordingError(f"The sampling rate must lie between 0 and 10,000 Hz, not {self.rate_hz:g}.")

    def column_of(self, role: str) -> str | None:
        """Return the column of a role; `None` where there is none, or the files' names tell it."""
        return getattr(self, role)

    def named_by_files(self, role: str) -> bool:
        """Return whether the names of the files tell this role."""
        return self.column_of(role) is None and self.pattern is not None and role in self.pattern.roles

    @property
    def used_columns(self) -> set[str]:
        """Return the columns that have a role or are channels."""
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
    """Guess what the columns and the names of the files mean; what is named is taken as it is.

    Args:
        table: The table as read.
        subject: Column that names the person, if known. The same for `activity`, `trial` and `time`.
        rate_hz: Samples per second, if known.
        pattern: How files are named, for example `{subject}_{activity}_{trial}.csv`, if known.

    Raises:
        RecordingError: If no column names people or activities, none can be a channel, or a named column
            is not there.
    """
    table = table.thinned(N_ROWS_LOOKED_AT)
    named = {"subject": subject, "activity": activity, "trial": trial, "time": time}
    roles = guess_roles(table, {role: column for role, column in named.items() if column is not None})
    if pattern:
        naming = Pattern(pattern)
        # What a person says of the names counts more than a guess about columns.
        roles |= {role: None for role in naming.roles if named[role] is None}
    else:
        naming = guess_naming(table, roles)
    for role, what in (("subject", "the person"), ("activity", "the activity")):
        if roles[role] is None and (naming is None or role not in naming.roles):
            raise RecordingError(
                f"{table.name}: no column names {what} (the columns are {listed(table.frame.columns)}), and the names "
                f"of the files do not tell it. Say which column does, add a column {role!r}, or give the pattern "
                "of the names, for example {subject}_{activity}_{trial}.csv."
            )
    channels = guess_channels(table, roles)
    if not channels:
        raise RecordingError(
            f"No column holds measured values: the columns are {listed(table.frame.columns)}. At least one column "
            "of numbers that change from sample to sample is needed."
        )
    rate_hz = table.rate_hz if rate_hz is None and roles["time"] is None else rate_hz
    units = guess_units(table, channels)
    return ColumnMapping(**roles, channels=channels, rate_hz=rate_hz, units=units, pattern=naming)


def guess_naming(table: Table, roles: dict[str, str | None]) -> Pattern | None:
    """Guess what the names of the files tell of the roles that no column has."""
    open_roles = [role for role in NAMED_BY_FILES if roles.get(role) is None]
    return guess_pattern([part.path for part in table.parts], open_roles) if open_roles else None


def guess_roles(table: Table, named: dict[str, str] | None = None) -> dict[str, str | None]:
    """Guess the columns of subject, activity, trial and time; `None` where there is none.

    Args:
        table: The table as read.
        named: Columns that are known, by role.

    Raises:
        RecordingError: If a named column is not in the table.
    """
    roles: dict[str, str | None] = {**table.roles, **(named or {})}
    for role, column in roles.items():
        if column is not None and column not in table.frame.columns:
            raise RecordingError(
                f"There is no column {column!r} to read the {role} from. "
                f"Choose one of {listed(table.frame.columns)}."
            )
    for role, words in ROLES.items():
        if role not in roles:
            free = [c for c in table.frame.columns if c not in roles.values()]
            roles[role] = _find(table.frame, free, role, words)
    return {role: roles[role] for role in ROLES}


def guess_channels(table: Table, roles: dict[str, str | None]) -> tuple[str, ...]:
    """Return the columns of numbers that change from row to row and neither count nor label anything."""
    free = [c for c in table.frame.columns if c not in roles.values()]
    if table.channels is not None:
        return tuple(c for c in table.channels if c in free)
    head = table.frame.head(N_ROWS_LOOKED_AT)
    return tuple(c for c in free if not is_attribute(c) and not _counts(c) and _is_measured(head[c], c))


def is_attribute(column: str) -> bool:
    """Return whether a column's name says that it describes the person (age, gender, ...)."""
    return not names_motion(column) and any(word in column_words.ATTRIBUTE for word in tokens(column))


def _find(table: pd.DataFrame, columns: list[str], role: str, words: tuple[str, ...]) -> str | None:
    def fits(column: str) -> bool:
        return role == "time" or _repeats(table[column])

    exact = [c for word in words for c in columns if plain(c) == word]
    partly = [
        c for word in words for c in columns if len(word) > 2 and word in tokens(c) and not names_motion(c)
    ]
    partly = [c for c in partly if not is_attribute(c)]
    return next((c for c in [*exact, *partly] if fits(c)), None)


def _repeats(column: pd.Series) -> bool:
    """Return whether a column can be a label: values come back, unlike those of a row number."""
    head = column.head(N_ROWS_LOOKED_AT)
    if types.is_float_dtype(head) and not head.dropna().mod(1).eq(0).all():
        return False
    return len(head) < 10 or head.nunique() <= len(head) / 2


def _counts(column: str) -> bool:
    name = plain(column)
    if name in column_words.NOT_A_CHANNEL or re.search(r"^unnamed\d|^indexlevel|timestamp", name):
        return True
    words = {*column_words.NOT_A_CHANNEL, *column_words.SUBJECT, *column_words.ACTIVITY, *column_words.TIME}
    return not names_motion(column) and any(word in words for word in [name, *tokens(column)])


def _is_measured(column: pd.Series, name: str) -> bool:
    if types.is_bool_dtype(column) or types.is_datetime64_any_dtype(column):
        return False
    values = pd.to_numeric(column, errors="coerce")
    if values.notna().sum() * 2 < column.notna().sum() or values.notna().sum() == 0:
        return False
    if names_motion(name):
        return True
    steps = values.dropna().diff().iloc[1:]
    # A label or a constant hardly ever changes; a counter only ever grows.
    return bool((steps != 0).mean() > 0.02 and (steps < 0).any())


def listed(columns: pd.Index) -> str:
    """Name columns in a message, the first twelve of many."""
    shown = ", ".join(str(column)[:40] for column in columns[:12])
    return f"{shown} and {len(columns) - 12} more" if len(columns) > 12 else shown
