"""Empatica's wristbands: E4 sessions (`ACC.csv` and others), and raw data of the EmbracePlus converted to CSV.

A session of the E4 is a folder or ZIP archive. Each file begins with the start (Unix time, s) and the rate (Hz);
`ACC.csv` has counts of 1/64 g. The other files (EDA, BVP, TEMP, HR, IBI) are no motion and not read.
The EmbracePlus stores Avro; Empatica's script converts it to `accelerometer.csv` with `unix_timestamp` (µs) and x, y, z
in g, and to `gyroscope.csv`.

References:
    Empatica, "E4 data export: CSV file formats" (info.txt of each session); Empatica developers, "Convert Avro to CSV".
"""

import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd

from data.errors import RecordingError
from data.ingest.table import Table
from data.readers.files import File, Files
from data.readers.formats import delimited
from data.readers.layouts._labels import unread_files
from data.readers.layouts._phones import PhoneRecording, by_folder, numeric_columns, table_from_recordings
from data.readers.text import parse_numbers

TITLE = "Empatica E4 and EmbracePlus"
E4 = re.compile(rb"\s*\d{9,10}(?:\.\d+)?(?:\s*,\s*\d{9,10}(?:\.\d+)?){2}\s*\n\s*\d+(?:\.\d+)?\s*,")
EMBRACE = re.compile(rb'^(?:\xef\xbb\xbf)?"?unix_timestamp"?,\s*"?x"?,\s*"?y"?,\s*"?z"?\s*$', re.MULTILINE)
EMBRACE_FILE = r"(?:[^/]*[_-])?(accelerometer|gyroscope)\.csv"
COUNTS_PER_G = 64.0
NOT_READ = "They are no motion: skin conductance, pulse, temperature, marks."


def recognises(files: Files) -> bool:
    """Return whether there is an acceleration file of either wristband."""
    return bool(_sensor_files(files))


def read(files: Files, on_progress: Callable[[int, int, str], None]) -> Table:
    """Read the acceleration of all sessions, and rotation where there is any.

    Raises:
        RecordingError: If none can be read.
    """
    used = _sensor_files(files)
    table = table_from_recordings(files, by_folder(used), _recording, on_progress)
    return replace(table, findings=(*table.findings, *unread_files(files, used, NOT_READ)))


def _sensor_files(files: Files) -> list[File]:
    e4 = [file for file, _ in files.matching(r"(?:[^/]*[_-])?ACC\.csv") if E4.match(file.head)]
    return [*e4, *(file for file, _ in files.matching(EMBRACE_FILE) if EMBRACE.match(file.head))]


def _recording(members: list[File]) -> PhoneRecording:
    recording = PhoneRecording(units={"acc": "g"})
    for file in members:
        if E4.match(file.head):
            recording.streams["acc"] = _e4(file)
        else:
            sensor = "gyro" if "gyroscope" in file.name.lower() else "acc"
            recording.streams[sensor] = _embrace(file)
    if "gyro" in recording.streams:
        recording.units["gyro"] = ""  # not documented: inferred from the values
    start = min(float(stream["t"].min()) for stream in recording.streams.values())
    for stream in recording.streams.values():
        stream["t"] -= start
    return recording


def _e4(file: File) -> pd.DataFrame:
    values = parse_numbers(file.read(), file.path, 3, separator=",", dtype=np.float64)
    start, rate_hz = values[0, 0], values[1, 0]
    if len(values) < 3 or not 0 < rate_hz <= 1000:
        raise RecordingError(f"{file.path} contains no samples. Export the session again.")
    t = start + np.arange(len(values) - 2) / rate_hz
    return pd.DataFrame({"t": t, **dict(zip("xyz", values[2:].T / COUNTS_PER_G, strict=True))})


def _embrace(file: File) -> pd.DataFrame:
    columns = {"t": "unix_timestamp", "x": "x", "y": "y", "z": "z"}
    stream = numeric_columns(delimited.read(file).frame, columns, file.path)
    digits = len(str(int(stream["t"].iloc[0])))  # 10 for seconds since 1970, 16 for microseconds
    stream["t"] = stream["t"] * 10.0 ** (10 - digits)
    return stream
