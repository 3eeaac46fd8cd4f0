"""The app Sensor Logger (tszheichoi): one folder or archive per recording, with `Accelerometer.csv` and others.

References:
    https://github.com/tszheichoi/awesome-sensor-logger: README.md (`seconds_elapsed`, one clock for all sensors),
    UNITS.md (units of each file; `standardisation` in Metadata.csv changes those of the watch),
    `Accelerometer.csv` is without gravity, `TotalAcceleration.csv` with it.
"""

import re
from collections.abc import Callable

import pandas as pd

from data.ingest.table import Table
from data.readers.files import File, Files
from data.readers.formats import delimited
from data.readers.layouts._phones import PhoneRecording, by_folder, numeric_columns, table_from_recordings

TITLE = "Sensor Logger"
SENSORS = {
    "Accelerometer": "acc",
    "TotalAcceleration": "totalacc",
    "Gyroscope": "gyro",
    "Gravity": "gravity",
    "Magnetometer": "mag",
}
WATCH, ANNOTATIONS, METADATA = "WristMotion", "Annotation", "Metadata"
WATCH_SENSORS = {"wristacc": "acceleration", "wristgyro": "rotationRate", "wristgravity": "gravity"}
TIME = "seconds_elapsed"
HEADER = re.compile(rb"^(?:\xef\xbb\xbf)?\"?time\"?,\"?seconds_elapsed\"?,")


def recognises(files: Files) -> bool:
    """Return whether there is a sensor file with the columns of the app."""
    return any(HEADER.match(file.head) for file, _ in _sensor_files(files)[:5])


def read(files: Files, on_progress: Callable[[int, int, str], None]) -> Table:
    """Read all recordings; activities are taken from annotations.

    Raises:
        RecordingError: If none can be read.
    """
    everything = by_folder(files.files)
    folders = {file.folder: everything[file.folder] for file, _ in _sensor_files(files)}
    return table_from_recordings(files, folders, _recording, on_progress)


def _sensor_files(files: Files) -> list[tuple[File, re.Match[str]]]:
    return files.matching(rf"({'|'.join([*SENSORS, WATCH])})\.csv")


def _recording(members: list[File]) -> PhoneRecording:
    by_name = {file.name.rsplit(".", 1)[0]: file for file in members if file.name.lower().endswith(".csv")}
    recording = PhoneRecording()
    for name, sensor in SENSORS.items():
        if name in by_name and HEADER.match(by_name[name].head):
            columns = {"t": TIME, "x": "x", "y": "y", "z": "z"}
            recording.streams[sensor] = numeric_columns(_frame(by_name[name]), columns, by_name[name].path)
    if WATCH in by_name:
        _add_watch(recording, by_name)
    if ANNOTATIONS in by_name and HEADER.match(by_name[ANNOTATIONS].head):
        notes = _frame(by_name[ANNOTATIONS])
        if {"text", TIME} <= set(notes.columns):
            texts = notes["text"].astype(object).where(notes["text"].notna(), "").astype(str).str.strip()
            recording.annotations = pd.DataFrame(
                {"t": pd.to_numeric(notes[TIME], errors="coerce"), "text": texts}
            )
            recording.annotations = recording.annotations[(texts != "") & recording.annotations["t"].notna()]
    return recording


def _add_watch(recording: PhoneRecording, by_name: dict[str, File]) -> None:
    frame = _frame(by_name[WATCH])
    for sensor, prefix in WATCH_SENSORS.items():
        columns = {"t": TIME, **{axis: f"{prefix}{axis.upper()}" for axis in "xyz"}}
        if set(columns.values()) <= set(frame.columns):
            recording.streams[sensor] = numeric_columns(frame, columns, by_name[WATCH].path)
    acceleration = "m/s²" if _is_standardised(by_name) else "g"
    recording.units = {"wristacc": acceleration, "wristgravity": acceleration, "wristgyro": "rad/s"}


def _is_standardised(by_name: dict[str, File]) -> bool:
    if METADATA not in by_name:
        return False
    metadata = _frame(by_name[METADATA])
    return "standardisation" in metadata and str(metadata["standardisation"].iloc[0]).lower() == "true"


def _frame(file: File) -> pd.DataFrame:
    return delimited.read(file).frame
