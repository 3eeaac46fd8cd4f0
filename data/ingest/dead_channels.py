"""Channels that a person lacks entirely: leave the channel out, or the person."""

from dataclasses import dataclass

import numpy as np

from data.ingest.column_mapping import ColumnMapping
from data.ingest.numeric_cells import channel_values
from data.ingest.row_labels import role_codes
from data.ingest.table import Table


@dataclass(frozen=True)
class DeadChannel:
    """A channel without a single value of some people.

    Attributes:
        channel: Its name.
        people: The people without it, sorted.
    """

    channel: str
    people: tuple[str, ...]


def dead_channels(table: Table, mapping: ColumnMapping) -> list[DeadChannel]:
    """Return the channels that some people lack entirely and others have, in the order of the mapping."""
    codes, people = role_codes(table, mapping, "subject")
    values = channel_values(table, mapping.channels)
    return dead_channels_of(values, codes, people, mapping.channels)


def dead_channels_of(
    values: np.ndarray, person: np.ndarray, people: list[str], channels: tuple[str, ...]
) -> list[DeadChannel]:
    """Find dead channels in values.

    Args:
        values: `(n, channels)`, NaN where missing; more columns are ignored.
        person: `(n,)` number of each row's person, -1 where unknown.
        people: Their names.
        channels: Names of the channels.
    """
    known = person >= 0
    n_rows = np.bincount(person[known], minlength=len(people))
    dead = []
    for position, channel in enumerate(channels):
        n_values = np.bincount(person[known & ~np.isnan(values[:, position])], minlength=len(people))
        without = tuple(people[i] for i in np.flatnonzero((n_values == 0) & (n_rows > 0)))
        if without and n_values.any():
            dead.append(DeadChannel(channel, without))
    return dead
