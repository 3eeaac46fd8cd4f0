"""HHAR: six activities with up to eight phones at the waist and four watches at the arms, one CSV per kind and sensor.

`Phones_accelerometer.csv`, `Phones_gyroscope.csv`, `Watch_accelerometer.csv` and `Watch_gyroscope.csv` have the columns
Index, Arrival_Time (ms), Creation_Time (ns), x, y, z, User, Model, Device, gt. Each device is a separate trial, because
devices have clocks and rates of their own. Times of arrival are used: creation times of some phones jump. The
gyroscope is interpolated to the times of the accelerometer.

References:
    Stisen et al., "Smart Devices are Different", SenSys 2015, doi:10.1145/2809695.2809718; UCI Machine Learning
    Repository, "Heterogeneity Activity Recognition", doi:10.24432/C5689X.
"""

import io
from collections.abc import Hashable

import numpy as np
import pandas as pd

from data.errors import RecordingError
from data.ingest.table import Piece, Table, stacked
from data.readers.files import File, Files
from data.readers.join_sensors import join_streams
from data.readers.layouts._labels import unread_files
from data.readers.progress import ReadProgress
from data.recordings import Finding

TITLE = "HHAR"
FILE = r"(?P<kind>Phones|Watch)_(?P<sensor>accelerometer|gyroscope)\.csv"
HEADER = b"Index,Arrival_Time,Creation_Time,x,y,z,User,Model,Device,gt"
SENSORS = {"accelerometer": "acc", "gyroscope": "gyro"}
UNITS = {"acc": "m/s²", "gyro": "rad/s"}
ACTIVITIES = {
    "bike": "biking",
    "sit": "sitting",
    "stand": "standing",
    "walk": "walking",
    "stairsup": "stairs up",
    "stairsdown": "stairs down",
}
KEYS = ["User", "Device"]


def recognises(files: Files) -> bool:
    """Return whether there is a file with the name and the columns of this data set."""
    return any(file.head.lstrip(b"\xef\xbb\xbf").startswith(HEADER) for file, _ in files.matching(FILE))


def read(files: Files, on_progress: ReadProgress) -> Table:
    """Read all people and devices; samples without an activity (`null`) have no label.

    Raises:
        RecordingError: If a file is damaged, or no device has an accelerometer.
    """
    named = files.matching(FILE)
    streams: dict[str, dict[Hashable, pd.DataFrame]] = {"acc": {}, "gyro": {}}
    for number, (file, match) in enumerate(named):
        on_progress(number, len(named), f"Reading {file.name}")
        streams[SENSORS[match["sensor"].lower()]].update(_devices(file))
    sensors = [sensor for sensor in UNITS if streams[sensor]]
    keys = [key for key in streams[sensors[0]] if all(key in streams[sensor] for sensor in sensors)]
    if not keys:
        raise RecordingError(
            f"{files.name}: no device has all of {', '.join(sensors)}. Load one sensor's file."
        )
    lost = sorted({str(key) for sensor in sensors for key in streams[sensor]} - {str(key) for key in keys})
    frame, parts = stacked(
        [_piece(key, {sensor: streams[sensor][key] for sensor in sensors}, files.name) for key in keys]
    )
    channels = tuple(f"{sensor}_{axis}" for sensor in sensors for axis in "xyz")
    done = "They were left out. To use them, load the file of one sensor."
    return Table(
        files.name,
        frame,
        parts,
        roles={"subject": "subject", "activity": "activity", "trial": "trial", "time": "t"},
        channels=channels,
        units={channel: UNITS[channel[:-2]] for channel in channels},
        findings=(
            *(
                [Finding("warning", files.name, f"One sensor is missing: {', '.join(lost)}", done)]
                if lost
                else []
            ),
            *unread_files(files, [file for file, _ in named], "They contain no recordings of HHAR."),
        ),
    )


def _devices(file: File) -> dict[Hashable, pd.DataFrame]:
    """Return the samples of each user and device."""
    try:
        frame = pd.read_csv(
            io.BytesIO(file.read()),
            usecols=["Arrival_Time", "x", "y", "z", *KEYS, "gt"],
            dtype={
                "Arrival_Time": np.int64,
                **dict.fromkeys("xyz", np.float32),
                **dict.fromkeys([*KEYS, "gt"], "category"),
            },
            keep_default_na=False,
        )
    except (ValueError, pd.errors.ParserError) as error:
        raise RecordingError(f"{file.path} cannot be read ({error}). Download it again.") from error
    frame["t"] = frame["Arrival_Time"] * 1e-3
    return dict(iter(frame.groupby(KEYS, observed=True, sort=True)))


def _piece(key: Hashable, streams: dict[str, pd.DataFrame], name: str) -> Piece:
    user, device = key if isinstance(key, tuple) else (key, "")
    first = next(iter(streams))
    joined = join_streams({sensor: rows[["t", *"xyz"]] for sensor, rows in streams.items()}, onto=first)
    labels = streams[first]["gt"].astype(object)
    joined.insert(0, "activity", labels.map(ACTIVITIES).to_numpy(object))
    joined["t"] -= joined["t"].min()
    return Piece(
        f"{name}/{user}/{device}", joined, {"subject": str(user), "trial": str(device)}, word="sample"
    )
