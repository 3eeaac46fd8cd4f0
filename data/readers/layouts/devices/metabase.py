"""MetaWear sensors with the app MetaBase: one CSV per sensor, `NAME_TIME_MAC_Accelerometer.csv` and so on.

References:
    MbientLab, "MetaBase app": columns `epoch (ms)` (`epoc` in older versions), `time (01:00)`, `elapsed (s)` and
    `x-axis (g)`, `x-axis (deg/s)` or `x-axis (T)`; the sensors of one recording share the beginning of their names.
"""

import re
from collections.abc import Callable
from dataclasses import replace

import pandas as pd

from data.ingest.table import Table
from data.readers.files import File, Files
from data.readers.formats import delimited
from data.readers.layouts._labels import unread_files
from data.readers.layouts._phones import PhoneRecording, numeric_columns, table_from_recordings

TITLE = "MetaWear (MetaBase)"
SENSORS = {
    "linearacceleration": "linacc",
    "accelerometer": "acc",
    "gyroscope": "gyro",
    "magnetometer": "mag",
    "gravity": "gravity",
}
NAME = (
    r"(?P<recording>[^/]*?)[_ -]*"
    r"(?P<sensor>Linear[ _]?Acceleration|Accelerometer|Gyroscope|Magnetometer|Gravity)[^/]*\.csv"
)
HEADER = re.compile(rb'^(?:\xef\xbb\xbf)?"?epoch? \(ms\)"?,.*x-axis \(', re.IGNORECASE)
AXIS = re.compile(r"([xyz])-axis \(([^)]*)\)$")
UNITS = {"g": ("g", 1.0), "deg/s": ("deg/s", 1.0), "t": ("µT", 1e6), "ut": ("µT", 1.0)}


def recognises(files: Files) -> bool:
    """Return whether there is a sensor file with the columns of MetaBase."""
    return bool(_sensor_files(files))


def read(files: Files, on_progress: Callable[[int, int, str], None]) -> Table:
    """Read all recordings.

    Raises:
        RecordingError: If none can be read.
    """
    named = _sensor_files(files)
    recordings: dict[str, list[File]] = {}
    for file, match in named:
        recordings.setdefault(f"{file.folder}/{match['recording']}".strip("/"), []).append(file)
    folders = [members[0].folder for members in recordings.values()]
    # A folder with one recording is named by people, its files by the app.
    by_path = {
        folder if folder and folders.count(folder) == 1 else path: members
        for (path, members), folder in zip(recordings.items(), folders, strict=True)
    }
    table = table_from_recordings(files, by_path, _recording, on_progress)
    used = [file for file, _ in named]
    return replace(
        table, findings=(*table.findings, *unread_files(files, used, "They contain no motion sensor."))
    )


def _sensor_files(files: Files) -> list[tuple[File, re.Match[str]]]:
    return [(file, match) for file, match in files.matching(NAME) if HEADER.match(file.head)]


def _recording(members: list[File]) -> PhoneRecording:
    recording = PhoneRecording()
    for file in members:
        match = re.search(NAME, file.name, re.IGNORECASE)
        sensor = SENSORS[re.sub(r"[ _]", "", match["sensor"]).lower()] if match else ""
        frame = delimited.read(file).frame
        axes = {found[1]: (name, found[2].lower()) for name in map(str, frame) if (found := AXIS.match(name))}
        time = next(name for name in map(str, frame) if name.lower().startswith("epoc"))
        if not sensor or set(axes) != {"x", "y", "z"}:
            continue
        columns = {"t": time, **{axis: name for axis, (name, _) in sorted(axes.items())}}
        stream = numeric_columns(frame, columns, file.path)
        unit, factor = UNITS.get(axes["x"][1], ("", 1.0))
        recording.streams[sensor] = pd.DataFrame(
            {"t": stream["t"] * 1e-3, **{axis: stream[axis] * factor for axis in "xyz"}}
        )
        recording.units[sensor] = unit
    starts = [float(stream["t"].iloc[0]) for stream in recording.streams.values()]
    for stream in recording.streams.values():
        stream["t"] = (stream["t"] - min(starts)).round(6)
    return recording
