"""The app phyphox: one ZIP archive or folder per recording, with one CSV file per sensor and `meta/`.

Files that people saved under names of their own are read as well: several of one sensor in a folder are recordings.

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
from data.readers.text import without_first_line

TITLE = "phyphox"
HEADER = re.compile(rb"^(?:\xef\xbb\xbf)?\"?Time \(s\)\"?[,;\t]")
AXIS = re.compile(r"(?:^|\s)([xyz])\s*\(([^)]*)\)$", re.IGNORECASE)
ABSOLUTE = re.compile(r"abs", re.IGNORECASE)  # the length of the vector: no channel of its own
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
    """Return whether files have the columns of phyphox and no others."""
    return bool(_sensor_files(files, at_most=1))


def read(files: Files, on_progress: Callable[[int, int, str], None]) -> Table:
    """Read all recordings.

    Raises:
        RecordingError: If none can be read.
    """
    recordings: dict[str, list[File]] = {}
    for folder, members in by_folder(_sensor_files(files)).items():
        sensors = [_sensor_of(file) for file in members]
        if len(set(sensors)) == len(sensors):
            recordings[folder] = members
        else:
            recordings.update({file.path: [file] for file in members})
    return table_from_recordings(files, recordings, _recording, on_progress)


def _sensor_files(files: Files, at_most: int | None = None) -> list[File]:
    found = []
    for file, _ in files.matching(r"[^/]*\.(?:csv|tsv|txt)"):
        if HEADER.match(file.head) and _sensor_of(file):
            found.append(file)
        if at_most is not None and len(found) == at_most:
            break
    return found


def _sensor_of(file: File) -> str | None:
    """Return the sensor of a file, `None` if its columns are not those of phyphox."""
    header = without_first_line(file.head)[0]
    names = [name.strip() for name in re.split(r"[,;\t]", header)][1:]
    axes = [name for name in names if AXIS.search(name)]
    known = all(AXIS.search(name) or ABSOLUTE.match(name) for name in names if name)
    return _sensor(f"{axes[0]} {file.name}".lower()) if known and len(axes) == 3 else None


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
