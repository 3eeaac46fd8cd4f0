"""The app phyphox: a ZIP archive or folder a recording, with a CSV file a sensor and `meta/`.

References:
    The app's export, https://github.com/phyphox/phyphox-ios (`ExperimentExport.swift`: one CSV a set of data,
    `meta/device.csv` and `meta/time.csv`; separators comma, semicolon or tab, decimal point or comma).
    Columns such as "Time (s)" and "Acceleration x (m/s^2)", or "X (m/s^2)" in older versions.
"""

import re
from collections.abc import Callable

from data.errors import RecordingError
from data.ingest.table import Table
from data.readers.files import File, Files
from data.readers.formats import delimited
from data.readers.formats._signals import unit
from data.readers.layouts._phones import Recording, by_folder, numbers, table_of

TITLE = "phyphox"
HEADER = re.compile(rb"^(?:\xef\xbb\xbf)?\"?Time \(s\)\"?[,;\t]")
AXIS = re.compile(r"(?:^|\s)([xyz])\s*\(([^)]*)\)$", re.IGNORECASE)
SENSORS = (  # by words of the columns' and the file's names; the first that fits
    ("linear acc", "linacc"),
    ("without g", "linacc"),
    ("acc", "acc"),
    ("gyro", "gyro"),
    ("rotation", "gyro"),
    ("magn", "mag"),
    ("gravity", "gravity"),
)


def recognises(files: Files) -> bool:
    """Return whether files have phyphox's columns: several of them, or one beside its `meta/`."""
    sensors = _sensor_files(files, at_most=2)
    has_meta = bool(files.matching(r"meta/(device|time)\.csv"))
    return bool(sensors) and (has_meta or (len(sensors) > 1 and len(by_folder(sensors)) == 1))


def read(files: Files, tick: Callable[[int, int, str], None]) -> Table:
    """Read all recordings.

    Raises:
        RecordingError: If none can be read.
    """
    return table_of(files, by_folder(_sensor_files(files)), _recording, tick)


def _sensor_files(files: Files, at_most: int | None = None) -> list[File]:
    found = []
    for file, _ in files.matching(r"[^/]*\.(?:csv|tsv|txt)"):
        if HEADER.match(file.head):
            found.append(file)
        if at_most is not None and len(found) == at_most:
            break
    return found


def _recording(members: list[File]) -> Recording:
    recording = Recording()
    for file in members:
        frame = delimited.read(file).frame
        axes = {
            match[1].lower(): (column, match[2])
            for column in map(str, frame)
            if (match := AXIS.search(column))
        }
        written = unit(axes["x"][1]) if set(axes) == {"x", "y", "z"} else ""
        sensor = _sensor(f"{axes['x'][0]} {file.name}".lower()) if written else None
        if sensor is None or sensor in recording.streams:
            continue
        columns = {"t": "Time (s)", **{axis: column for axis, (column, _) in sorted(axes.items())}}
        recording.streams[sensor] = numbers(frame, columns, file.path)
        recording.units[sensor] = written
    if not recording.streams:
        raise RecordingError(
            f"{members[0].path} holds no motion sensor with three axes. Choose another recording."
        )
    return recording


def _sensor(words: str) -> str | None:
    return next((sensor for word, sensor in SENSORS if word in words), None)
