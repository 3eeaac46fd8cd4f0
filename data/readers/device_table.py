"""From the stream of a measuring device to a table: whole if it is short, otherwise stretches of the worn time."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.errors import RecordingError
from data.ingest.table import Part, Table
from data.label_categories import label_categories
from data.plurals import counted
from data.readers.files import File
from data.recordings import Finding
from data.weeks.draw import Draw, drawn_stretches, overlaps
from data.weeks.stream import Chunk, Survey, rows_within, survey
from data.weeks.wear import worn_times

FIRST_PASS = 0.6  # of the time that a long recording takes
OnShare = Callable[[float], None]


@dataclass(frozen=True, eq=False)
class DeviceRecording:
    """A recording of a device, whose samples can be read as often as needed.

    Attributes:
        chunks: Returns the samples from the beginning; it is given a function to call with the share of the file that
            has been read, in [0, 1].
        units: The unit of each channel, in order.
        rate_hz: Sampling rate in Hz.
        subject: The wearer, `""` if the device does not know.
        noticed: Turns the counts of all chunks into findings.
        pauses: What gaps between samples usually are.
    """

    chunks: Callable[[OnShare], Iterator[Chunk]]
    units: Mapping[str, str]
    rate_hz: float
    subject: str
    noticed: Callable[[Mapping[str, int]], Sequence[Finding]]
    pauses: str = "the device was off or paused"


def device_table(file: File, recording: DeviceRecording, draw: Draw = Draw()) -> Table:
    """Read a recording: one of up to about a day as it is, of a longer one some stretches.

    If many are loaded together, `file.max_values` is smaller, and so is what is loaded of each.

    A longer one is read twice, so that neither memory nor disk has to hold it: first to find when the device was worn,
    then to take the stretches.

    Raises:
        RecordingError: If it has no samples, or the device was never worn.
    """
    axes = [i for i, channel in enumerate(recording.units) if channel.startswith("acc_")]
    first_pass = recording.chunks(lambda share: file.on_read(FIRST_PASS * share))
    found = survey(first_pass, axes, file.max_values)
    if found.n_samples == 0:
        raise RecordingError(
            f"{file.path} contains no acceleration. Choose a recording in which the device was worn."
        )
    chunks, account = (found.whole, []) if found.whole is not None else _drawn(file, recording, found, draw)
    return Table(
        file.path,
        with_subject(_frame(chunks, tuple(recording.units), found.begins[0]), recording.subject),
        (Part(file.path, word="sample taken" if account else "sample"),),
        roles={"time": "t"},
        channels=tuple(recording.units),
        units=recording.units,
        rate_hz=recording.rate_hz,
        findings=(*recording.noticed(found.counts), *account),
    )


def _drawn(
    file: File, recording: DeviceRecording, found: Survey, draw: Draw
) -> tuple[tuple[Chunk, ...], list[Finding]]:
    """Read a recording again for the stretches that are taken of it, and say which."""
    draw = draw.at_most(file.max_values / len(recording.units) / recording.rate_hz / 3600)
    starts, account = taken_stretches(file.path, found, draw, recording.pauses)
    again = recording.chunks(lambda share: file.on_read(FIRST_PASS + (1 - FIRST_PASS) * share))
    return tuple(rows_within(again, starts, draw.stretch_s)), account


def taken_stretches(name: str, found: Survey, draw: Draw, pauses: str) -> tuple[np.ndarray, list[Finding]]:
    """Return the `(n,)` seconds at which the stretches that are taken begin, and what is said of them.

    Args:
        name: Of the file, in messages.
        found: What the first pass over it found.
        draw: The rule.
        pauses: What gaps between samples usually are.

    Raises:
        RecordingError: If the device was never worn.
    """
    worn_begins, worn_ends = worn_times(found.blocks)
    first = found.begins[0]
    begins, ends = overlaps(found.begins, found.ends, first + worn_begins, first + worn_ends)
    starts = drawn_stretches(begins, ends, draw)
    if len(starts) == 0:
        raise RecordingError(
            f"{name} contains no {_lasts(draw.stretch_s)} in which the device was worn. Choose a recording "
            "in which it was worn."
        )
    return starts, _account(name, found, float((ends - begins).sum()), len(starts), draw, pauses)


def with_subject(frame: pd.DataFrame, subject: str) -> pd.DataFrame:
    """Insert the wearer as the first column, if the device recorded one."""
    if subject:
        frame.insert(0, "subject", pd.Series(label_categories(np.zeros(len(frame), np.int8), [subject])))
    return frame


def _frame(chunks: Sequence[Chunk], channels: Sequence[str], first: float) -> pd.DataFrame:
    values = np.concatenate([chunk.values for chunk in chunks])
    columns = {channel: values[:, i] for i, channel in enumerate(channels)}
    return pd.DataFrame({"t": np.concatenate([chunk.t for chunk in chunks]) - first, **columns})


def _account(
    name: str, found: Survey, worn_s: float, n_stretches: int, draw: Draw, pauses: str
) -> list[Finding]:
    """Say how much was recorded, worn and taken, and by which rules."""
    recorded_s = float((found.ends - found.begins).sum())
    unworn_s = max(recorded_s - worn_s, 0.0)
    lasts = _lasts(draw.stretch_s)
    taken = Finding(
        "warning",
        name,
        f"{_hours(recorded_s)} recorded ({found.n_samples:,} samples): worn for {_hours(worn_s)}, not worn for "
        f"{_hours(unworn_s)} (van Hees et al. 2013: an hour in which two of three axes have a standard deviation below "
        "13 mg or a range below 50 mg)",
        f"{counted(n_stretches, 'stretch', 'stretches')} of {lasts} {'was' if n_stretches == 1 else 'were'} taken, "
        "evenly spread over the time worn: "
        f"{_hours(n_stretches * draw.stretch_s)} of {_hours(worn_s)}. The rest is not used.",
    )
    gaps_s = (found.begins[1:] - found.ends[:-1]).clip(0)
    if len(gaps_s) == 0:
        return [taken]
    gaps = Finding(
        "note",
        name,
        f"{counted(len(gaps_s), 'gap')} without samples, {_hours(float(gaps_s.sum()))} in "
        f"total (longest {_hours(float(gaps_s.max()))}): {pauses}",
        "The recording is cut at each gap, so that no window spans it.",
    )
    return [taken, gaps]


def _lasts(seconds: float) -> str:
    """Return how long a stretch lasts in words."""
    return "1 minute" if seconds == 60 else f"{seconds / 60:g} minutes"


def _hours(seconds: float) -> str:
    return f"{seconds / 3600:,.1f} hours"
