"""Shared by phone apps and sensors that write one file per sensor: each recording is a folder or archive."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from data.errors import RecordingError
from data.ingest.table import Piece, Table, stacked
from data.readers.annotations import annotation_at
from data.readers.files import File, Files
from data.readers.join_sensors import join_streams
from data.recordings import Finding

DAMAGE = (ValueError, LookupError, TypeError, ArithmeticError)  # what pandas raises on damaged text
USUAL_SHARE = (
    0.9  # of the recordings; a sensor that more of them lack is left out, otherwise those that lack it are
)
UNITS = {"acc": "m/s²", "linacc": "m/s²", "totalacc": "m/s²", "gravity": "m/s²", "gyro": "rad/s", "mag": "µT"}


@dataclass
class PhoneRecording:
    """The contents of one folder or archive.

    Attributes:
        streams: Samples of each sensor: `t` in seconds and one column per axis.
        annotations: Columns `t` (seconds) and `text`; each annotation lasts until the next.
        units: Unit of each sensor, if it differs from `UNITS`.
        labels: Subject, activity and trial, where files state them.
    """

    streams: dict[str, pd.DataFrame] = field(default_factory=dict)
    annotations: pd.DataFrame = field(default_factory=pd.DataFrame)
    units: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)


def by_folder(files: Sequence[File]) -> dict[str, list[File]]:
    """Group files by folder."""
    folders: dict[str, list[File]] = {}
    for file in files:
        folders.setdefault(file.folder, []).append(file)
    return folders


def table_from_recordings(
    files: Files,
    folders: Mapping[str, list[File]],
    read: Callable[[list[File]], PhoneRecording],
    on_progress: Callable[[int, int, str], None],
) -> Table:
    """Join the sensors of each recording, and concatenate the recordings.

    Args:
        files: The files of the source.
        folders: The files of each recording, by its path.
        read: Reads one recording.
        on_progress: Called before each recording; may raise to stop.

    Raises:
        RecordingError: If no recording can be read.
    """
    recordings: dict[str, PhoneRecording] = {}
    findings: list[Finding] = []
    for number, (path, members) in enumerate(folders.items()):
        on_progress(number, len(folders), f"Reading {path or files.name}")
        try:
            recording = read(members)
        except RecordingError as error:
            findings.append(
                Finding(
                    "warning", path or files.name, f"This recording was left out: {error}", "Export it again."
                )
            )
            continue
        if recording.streams:
            recordings[path or files.name] = recording
    if not recordings:
        reason = f" The first reason: {findings[0].found}" if findings else ""
        raise RecordingError(f"{files.name} contains no recording with motion sensors.{reason}")
    sensors = _common(recordings, findings, files.name)
    pieces = [
        Piece(path, _frame(recording, sensors), recording.labels, word="sample")
        for path, recording in recordings.items()
    ]
    has_activity = any("activity" in piece.frame for piece in pieces)
    frame, parts = stacked(pieces)
    labels = tuple(pieces[0].labels)
    channels = tuple(column for column in frame.columns if column not in ("t", "activity", *labels))
    units = {**UNITS, **next(iter(recordings.values())).units}
    return Table(
        files.name,
        frame,
        parts,
        roles={
            "time": "t",
            **({"activity": "activity"} if has_activity else {}),
            **{label: label for label in labels},
        },
        channels=channels,
        units={channel: unit for channel in channels if (unit := _unit_of(channel, units))},
        findings=tuple(findings),
    )


def numeric_columns(frame: pd.DataFrame, columns: Mapping[str, str], path: str) -> pd.DataFrame:
    """Return renamed columns as numbers, without rows that lack a time.

    Args:
        frame: The file of a sensor.
        columns: Old name of each new name, one of which is `t`.
        path: Name of the file in messages.

    Raises:
        RecordingError: If a column is missing or there are no samples.
    """
    missing = [old for old in columns.values() if old not in frame]
    if missing:
        raise RecordingError(f"{path} has no column {missing[0]!r}. Export the recording again.")
    chosen = pd.DataFrame({new: pd.to_numeric(frame[old], errors="coerce") for new, old in columns.items()})
    chosen = chosen[chosen["t"].notna()]
    if chosen.empty:
        raise RecordingError(f"{path} contains no samples. Export the recording again.")
    return chosen.reset_index(drop=True)


def _unit_of(channel: str, units: Mapping[str, str]) -> str:
    """Return the unit of `acc_x` or `chest_acc_x`."""
    sensor = channel.rsplit("_", 1)[0]
    return units.get(sensor) or units.get(sensor.rsplit("_", 1)[-1], "")


def _common(recordings: dict[str, PhoneRecording], findings: list[Finding], name: str) -> list[str]:
    """Return the sensors that are used, because the table needs the same columns in all recordings.

    Few recordings that lack a sensor are removed from `recordings`; a sensor that many lack is left out.
    """
    n_having = Counter(sensor for recording in recordings.values() for sensor in recording.streams)
    usual = [sensor for sensor, n in n_having.items() if n >= USUAL_SHARE * len(recordings)]
    lacking = {
        path: missing
        for path, recording in recordings.items()
        if (missing := [sensor for sensor in usual if sensor not in recording.streams])
    }
    if not usual:
        raise RecordingError(
            f"{name}: the recordings have no sensor in common. Load those with the same sensors."
        )
    for path, missing in lacking.items():
        found = f"This recording has no {', '.join(missing)}, unlike the others"
        findings.append(Finding("warning", path, found, "It was left out. To use it, load it separately."))
        del recordings[path]
    rare = sorted(set(n_having) - set(usual))
    if rare:
        findings.append(
            Finding(
                "warning", name, f"Not all recordings have: {', '.join(rare)}", "These sensors were left out."
            )
        )
    return usual


def _frame(recording: PhoneRecording, sensors: list[str]) -> pd.DataFrame:
    frame = join_streams({sensor: recording.streams[sensor] for sensor in sensors})
    if len(recording.annotations):
        notes = recording.annotations
        frame["activity"] = annotation_at(
            frame["t"].to_numpy(), list(notes["t"]), [None] * len(notes), list(notes["text"])
        )
        frame["activity"] = frame["activity"].astype(object)
    return frame
