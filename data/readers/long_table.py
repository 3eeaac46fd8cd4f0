"""A table of days or weeks of one person, too long to be in memory: stretches of the worn time become its rows.

The rules are those of devices' recordings (`device_table`); times and acceleration are found by the columns' names.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd

from data.errors import RecordingError
from data.ingest.column_mapping import guess_channels, guess_roles
from data.ingest.table import Part, Table
from data.ingest.times import ALL_SECONDS, to_seconds
from data.ingest.timestamps import has_time_type, parse_timestamps
from data.ingest.units import guess_units, standard_units
from data.plurals import counted
from data.readers.device_table import FIRST_PASS, OnShare, taken_stretches
from data.readers.files import File
from data.recordings import Finding
from data.sensors import sensors
from data.weeks.draw import Draw
from data.weeks.stream import Chunk, are_within, survey

TIMELESS = "rows without time"
Clock = Callable[[pd.DataFrame, int], np.ndarray]


class SeveralPeopleError(RecordingError):
    """One long table holds more than one person."""


@dataclass(frozen=True, eq=False)
class LongTable:
    """A table that can be read as often as needed, piece by piece.

    Attributes:
        head: Its first rows, from which the meaning of its columns is told.
        pieces: Yields all rows from the beginning, with the columns of `head`; it is given a function to call with the
            share of the file that has been read, in [0, 1].
    """

    head: Table
    pieces: Callable[[OnShare], Iterator[pd.DataFrame]]


def drawn_table(file: File, long: LongTable, draw: Draw = Draw()) -> Table:
    """Read a table of up to `file.max_values` as it is, and a longer one twice: to find when the device was worn, and
    to take stretches of that time.

    Raises:
        RecordingError: If it has several people, no times, no acceleration in a known unit, or was never worn.
    """
    roles = guess_roles(long.head)
    channels = guess_channels(long.head, roles)
    kept = _Kept(file.max_values // max(len(channels), 1))
    clock = _clock(file, long.head, roles["time"])
    on_share = partial(_told, file, 0.0, FIRST_PASS)
    found = survey(
        _chunks(file, kept.watched(long.pieces(on_share)), long.head, roles["subject"], channels, clock),
        range(3),
        max_values=0,
    )
    if kept.frames is not None:
        file.on_read(1.0)
        return replace(long.head, frame=pd.concat(kept.frames, ignore_index=True))
    if found.n_samples == 0:
        raise RecordingError(f"{file.path} contains no acceleration. Choose a recording with some.")
    recorded_s = float((found.ends - found.begins).sum())
    rate_hz = (found.n_samples - len(found.begins)) / max(recorded_s, 1.0)
    draw = draw.at_most(file.max_values / len(channels) / max(rate_hz, 1e-3) / 3600)
    starts, account = taken_stretches(file.path, found, draw, "no rows")
    pieces = long.pieces(partial(_told, file, FIRST_PASS, 1.0))
    frame = _rows_within(pieces, clock, starts, draw.stretch_s, is_timed=roles["time"] is not None)
    return replace(
        long.head,
        frame=frame,
        parts=(Part(file.path, word="row taken"),),
        roles=long.head.roles if roles["time"] else {**long.head.roles, "time": "t"},
        findings=(*long.head.findings, *_timeless(found.counts.get(TIMELESS, 0), file.path), *account),
    )


def _told(file: File, begin: float, end: float, share: float) -> None:
    """Report the share of one of two passes."""
    file.on_read(begin + (end - begin) * share)


class _Kept:
    """The pieces of a table, as long as they are few."""

    def __init__(self, max_rows: int) -> None:
        self.frames: list[pd.DataFrame] | None = []
        self._rows_left = max_rows

    def watched(self, pieces: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        for rows in pieces:
            self._rows_left -= len(rows)
            self.frames = None if self.frames is None or self._rows_left < 0 else [*self.frames, rows]
            yield rows


def _chunks(
    file: File,
    pieces: Iterator[pd.DataFrame],
    head: Table,
    subject: str | None,
    channels: tuple[str, ...],
    clock: Clock,
) -> Iterator[Chunk]:
    """Yield times and acceleration in g.

    Raises:
        SeveralPeopleError: If a column names more than one person.
    """
    axes, to_g = _acceleration(file, head, channels)
    people: set = set()
    for rows, t in _timed(pieces, clock):
        people |= set() if subject is None else set(rows[subject].dropna().unique())
        if len(people) > 1:
            raise SeveralPeopleError(
                f"{_too_big(file)}, and {file.path} holds several people "
                f"({', '.join(sorted(map(str, people))[:2])}, ...). Save one file for each person."
            )
        values = rows[axes].apply(pd.to_numeric, errors="coerce").to_numpy(np.float64) * to_g
        known = np.isfinite(t) & np.isfinite(values).all(axis=1)
        yield Chunk(t[known], values[known].astype(np.float32), {TIMELESS: int((~np.isfinite(t)).sum())})


def _rows_within(
    pieces: Iterator[pd.DataFrame], clock: Clock, starts: np.ndarray, length_s: float, *, is_timed: bool
) -> pd.DataFrame:
    """Return the rows of some stretches; where no column has times, `t` is added, or no gap would be seen."""
    taken = []
    for rows, t in _timed(pieces, clock):
        within = are_within(t, starts, length_s)
        if within.any():
            taken.append(rows[within] if is_timed else rows[within].assign(t=t[within]))
    return pd.concat(taken, ignore_index=True)


def _timed(pieces: Iterator[pd.DataFrame], clock: Clock) -> Iterator[tuple[pd.DataFrame, np.ndarray]]:
    """Yield pieces, and the `(n,)` seconds of their rows."""
    n_before = 0
    for rows in pieces:
        yield rows, clock(rows, n_before)
        n_before += len(rows)


def _timeless(n: int, name: str) -> tuple[Finding, ...]:
    return (Finding("warning", name, f"{counted(n, 'row')} without time", "Left out."),) if n else ()


def _acceleration(file: File, head: Table, channels: tuple[str, ...]) -> tuple[list[str], np.ndarray]:
    """Return the columns of the first acceleration whose unit is known, and `(3,)` factors that convert them to g."""
    units = guess_units(head, channels)
    for sensor in sensors(channels):
        factors, standard = standard_units(tuple(units[i] for i in sensor.axes))
        if set(standard) == {"g"}:
            return [channels[i] for i in sensor.axes], factors
    raise RecordingError(
        f"{_too_big(file)}. Stretches of the time worn are taken of such recordings, "
        "which needs the x, y and z of an acceleration and its unit. Write the unit in the names of the columns, for "
        "example acc_x (g), or save shorter files."
    )


def _clock(file: File, head: Table, column: str | None) -> Clock:
    """Return how rows and the number of rows before them become `(n,)` seconds since the first row."""
    rate_hz = head.rate_hz
    if column is None:
        if rate_hz is None:
            raise RecordingError(
                f"{_too_big(file)}, and {file.path} has neither a column of times nor a sampling rate. "
                "Add a column of times, or save shorter files."
            )
        return lambda rows, n_before: (n_before + np.arange(len(rows))) / rate_hz
    written = head.frame[column]
    if has_time_type(written):
        return lambda rows, _: (rows[column] - written.iloc[0]).dt.total_seconds().to_numpy(np.float64)
    numbers = pd.to_numeric(written, errors="coerce").to_numpy(np.float64)
    if not np.isfinite(numbers).all():
        return lambda rows, _: _since(written.iloc[:1], rows[column], head.name)
    seconds = to_seconds(head, column, np.zeros(len(head), np.int64), rate_hz=None).seconds
    measured = (seconds[-1] - seconds[0]) / (numbers[-1] - numbers[0])
    # The ends of rounded times are spread a little, so the unit is the nearest one.
    units = [*ALL_SECONDS.values(), *([1 / rate_hz] if rate_hz else [])]
    unit_s = min(units, key=lambda unit: abs(np.log(unit / measured)))
    return lambda rows, _: (_numbers(rows[column]) - numbers[0]) * unit_s


def _too_big(file: File) -> str:
    """Say why a table is not read as others are."""
    who = "and the other files together are" if file.is_one_of_too_many else "is"
    return f"{file.path} {who} too big to be read at once"


def _numbers(column: pd.Series) -> np.ndarray:
    return pd.to_numeric(column, errors="coerce").to_numpy(np.float64)


def _since(first: pd.Series, column: pd.Series, name: str) -> np.ndarray:
    """Return seconds since the first date of the file, which also shows whether days or months come first."""
    read = parse_timestamps(
        pd.concat([first, column], ignore_index=True), np.zeros(len(column) + 1, np.int64)
    )
    if np.isfinite(read.period_s):
        raise RecordingError(
            f"{name}, column {column.name}: of a recording of days, times of day without dates are not enough. Add the "
            "date, or save a file for each day."
        )
    return read.seconds[1:] - read.seconds[0]
