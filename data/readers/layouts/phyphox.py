"""The app phyphox: one ZIP archive or folder per recording, with one CSV file per sensor and `meta/`.

References:
    The app's export, https://github.com/phyphox/phyphox-ios (`ExperimentExport.swift`: one CSV per data set,
    `meta/device.csv` and `meta/time.csv`; separators comma, semicolon or tab, decimal point or comma).
    Columns such as "Time (s)" and "Acceleration x (m/s^2)", or "X (m/s^2)" in older versions.
"""

import re
from collections.abc import Callable

from data.errors import RecordingError
from data.ingest.table import Table
from data.readers.files import File, Files
from data.readers.formats import delimited
from data.readers.formats._signals import standard_unit
from data.readers.layouts._phones import PhoneRecording, by_folder, numeric_columns, table_from_recordings

TITLE = "phyphox"
HEADER = re.compile(rb"^(?:\xef\xbb\xbf)?\"?Time \(s\)\"?[,;\t]")
AXIS = re.compile(r"(?:^|\s)([xyz])\s*\(([^)]*)\)$", re.IGNORECASE)
SENSORS = (  # by words in column and file names; the first match is used
    ("linear acc", "linacc"),
    ("without g", "linacc"),
    ("acc", "acc"),
    ("gyro", "gyro"),
    ("rotation", "gyro"),
    ("magn", "mag"),
    ("gravity", "gravity"),
)


def recognises(files: Files) -> bool:
    """Return whether files have the columns of phyphox: several of them, or one along with `meta/`."""
    sensors = _sensor_files(files, at_most=2)
    has_meta = bool(files.matching(r"meta/(device|time)\.csv"))
    return bool(sensors) and (has_meta or (len(sensors) > 1 and len(by_folder(sensors)) == 1))


def read(files: Files, on_progress: Callable[[int, int, str], None]) -> Table:
    """Read all recordings.

    Raises:
        RecordingError: If none can be read.
    """
    return table_from_recordings(files, by_folder(_sensor_files(files)), _recording, on_progress)


def _sensor_files(files: Files, at_most: int | None = None) -> list[File]:
    found = []
    for file, _ in files.matching(r"[^/]*\.(?:csv|tsv|txt)"):
        if HEADER.match(file.head):
            found.append(file)
        if at_most is not None and len(found) == at_most:
            break
    return found


def _recording(members: list[File]) -> PhoneRecording:
    recording = PhoneRecording()
    for file in members:
        frame = delimited.read(file).frame
        axes = {
            match[1].lower(): (column, match[2])
            for column in map(str, frame)
            if (match := AXIS.search(column))
        }
        written = standard_unit(axes["x"][1]) if set(axes) == {"x", "y", "z"} else ""
        sensor = _sensor(f"{axes['x'][0]} {file.name}".lower()) if written else None
        if sensor is None or sensor in recording.streams:
            continue
        columns = {"t": "Time (s)", **{axis: column for axis, (column, _) in sorted(axes.items())}}
        recording.streams[sensor] = numeric_columns(frame, columns, file.path)
        recording.units[sensor] = written
    if not recording.streams:
        raise RecordingError(
            f"{members[0].path} contains no motion sensor with three axes. Choose another recording."
        )
    return recording


def _sensor(words: str) -> str | None:
    return next((sensor for word, sensor in SENSORS if word in words), None)
