"""Sensor logs of MATLAB Mobile as text: `sensorlog_20240930_103740_Acceleration.csv` and similar files.

References:
    MathWorks, "Sensor Data Collection with MATLAB Mobile" and `readMobileSensorData` (timetables Acceleration,
    AngularVelocity, MagneticField with X, Y, Z; m/s², rad/s, µT),
    https://www.mathworks.com/help/matlab/ref/readmobilesensordata.html. The app itself saves timetables in
    .mat files, which only MATLAB can open; `writetimetable` exports them as text.
"""

import re
from collections.abc import Callable

import numpy as np
import pandas as pd

from data.column_words import normalised
from data.errors import RecordingError
from data.ingest.table import Table
from data.readers.files import File, Files
from data.readers.formats import delimited
from data.readers.layouts._phones import PhoneRecording, numeric_columns, table_from_recordings

TITLE = "MATLAB Mobile"
SENSORS = {"acceleration": "acc", "angularvelocity": "gyro", "magneticfield": "mag"}
NAME = r"(?:(.*)[_/-])?(Acceleration|AngularVelocity|MagneticField)\.(?:csv|txt)"
HEADER = re.compile(
    rb"^(?:\xef\xbb\xbf)?\"?(?:timestamp|time)\"?[,;\t]\s*\"?X\"?[,;\t]\s*\"?Y\"?[,;\t]\s*\"?Z\"?", re.I
)
SCALES = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3}


def recognises(files: Files) -> bool:
    """Return whether there is a sensor file with a time and X, Y, Z."""
    return bool(_sensor_files(files))


def read(files: Files, on_progress: Callable[[int, int, str], None]) -> Table:
    """Read all recordings.

    Raises:
        RecordingError: If none can be read.
    """
    recordings: dict[str, list[File]] = {}
    for file in _sensor_files(files):
        recordings.setdefault(_split(file)[0], []).append(file)
    return table_from_recordings(files, recordings, _recording, on_progress)


def _sensor_files(files: Files) -> list[File]:
    return [file for file, _ in files.matching(NAME) if HEADER.match(file.head)]


def _split(file: File) -> tuple[str, str]:
    """Return the recording that a file belongs to, and its sensor."""
    match = re.match(NAME, file.path, re.IGNORECASE)
    if match is None:  # unreachable: callers pass matching files only
        raise ValueError(f"a sensor's file is needed. Received: {file.path}")
    return (match[1] or "").rstrip("/_-"), SENSORS[match[2].lower()]


def _recording(members: list[File]) -> PhoneRecording:
    recording = PhoneRecording()
    for file in members:
        frame = delimited.read(file).frame
        frame.columns = [normalised(column) for column in frame.columns]
        time = next((column for column in ("timestamp", "time") if column in frame), None)
        if time is None:
            raise RecordingError(f"{file.path} has no column 'Timestamp'. Save it again with writetimetable.")
        frame["seconds"] = _seconds(frame[time], file.path)
        recording.streams[_split(file)[1]] = numeric_columns(
            frame, {"t": "seconds", "x": "x", "y": "y", "z": "z"}, file.path
        )
    start = min(float(stream["t"].min()) for stream in recording.streams.values())
    for stream in recording.streams.values():
        stream["t"] -= start
    return recording


def _seconds(column: pd.Series, path: str) -> np.ndarray:
    """Convert times to seconds: the unit of numbers is inferred from their usual step, text is parsed as dates."""
    values = pd.to_numeric(column, errors="coerce").to_numpy(np.float64)
    if len(values) == 0:
        raise RecordingError(f"{path} contains no samples. Export the recording again.")
    if np.isfinite(values).mean() > 0.5:
        step = float(np.nanmedian(np.diff(values))) if len(values) > 1 else 1.0
        power = next((p for p, least in (("ns", 1e5), ("us", 1e3), ("ms", 1.0)) if step > least), "")
        return values * SCALES.get(power, 1.0)
    dates = pd.to_datetime(column, errors="coerce", utc=True, format="mixed")
    if dates.isna().all():
        raise RecordingError(f"{path}: {column.iloc[0]!r} is not a time. Save it again with writetimetable.")
    return (dates - pd.Timestamp(0, tz="UTC")).dt.total_seconds().to_numpy(np.float64)
