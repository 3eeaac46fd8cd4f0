"""RealWorld (HAR): eight activities with a phone or watch at seven places of the body, one file a place and sensor.

`proband1/data/acc_walking_csv.zip` holds `acc_walking_chest.csv` and so on, `gyr_walking_csv.zip` holds
`Gyroscope_walking_chest.csv`: id, attr_time (ms), attr_x, attr_y, attr_z at 50 Hz, m/s² and rad/s. All places are
interpolated to the times of one. A recording in which a place is missing (forearm of proband 2 climbing up, thigh of
proband 6 jumping) is left out and named.

References:
    Sztyler and Stuckenschmidt, "On-body Localization of Wearable Devices", PerCom 2016,
    doi:10.1109/PERCOM.2016.7456521; https://www.uni-mannheim.de/dws/research/projects/activity-recognition/
"""

import re
from collections.abc import Callable
from dataclasses import replace

from data.ingest.table import Table
from data.readers.files import File, Files
from data.readers.formats import delimited
from data.readers.layouts._labels import unread_files
from data.readers.layouts._phones import PhoneRecording, numeric_columns, table_from_recordings

TITLE = "RealWorld (HAR)"
ACTIVITIES = {
    "climbingdown": "climbing down",
    "climbingup": "climbing up",
    **{name: name for name in ("jumping", "lying", "running", "sitting", "standing", "walking")},
}
SENSORS = {"acc": "acc", "gyr": "gyro", "gyroscope": "gyro"}
FILE = (
    rf"(?P<sensor>{'|'.join(SENSORS)})_(?P<activity>{'|'.join(ACTIVITIES)})_(?:(?P<trial>\d+)_)?"
    r"(?P<place>chest|forearm|head|shin|thigh|upperarm|waist)\.csv"
)
PERSON = re.compile(r"proband(\d+)", re.IGNORECASE)
HEADER = re.compile(rb'^(?:\xef\xbb\xbf)?"?id"?,"?attr_time"?,"?attr_x"?')
COLUMNS = {"t": "attr_time", "x": "attr_x", "y": "attr_y", "z": "attr_z"}


def recognises(files: Files) -> bool:
    """Return whether a file is named like those of this data set and has its columns."""
    return any(HEADER.match(file.head) for file, _ in files.matching(FILE)[:3])


def read(files: Files, on_progress: Callable[[int, int, str], None]) -> Table:
    """Read all people and activities, with all places of the body as channels.

    Raises:
        RecordingError: If none can be read.
    """
    named = files.matching(FILE)
    recordings: dict[str, list[File]] = {}
    for file, match in named:
        person = PERSON.findall(f"{files.name}/{file.path}")[-1:] or ["?"]
        key = f"proband{person[0]}/{match['activity'].lower()}/{match['trial'] or '1'}"
        recordings.setdefault(key, []).append(file)
    table = table_from_recordings(
        files, recordings, lambda members: _recording(files.name, members), on_progress
    )
    used = [file for file, _ in named]
    return replace(
        table,
        findings=(*table.findings, *unread_files(files, used, "They contain no acceleration or rotation.")),
    )


def _recording(name: str, members: list[File]) -> PhoneRecording:
    recording = PhoneRecording()
    for file in members:
        match = re.fullmatch(FILE, file.name, re.IGNORECASE)
        if match is None:
            continue
        stream = numeric_columns(delimited.read(file).frame, COLUMNS, file.path)
        stream["t"] = stream["t"] * 1e-3
        recording.streams[f"{match['place'].lower()}_{SENSORS[match['sensor'].lower()]}"] = stream
        recording.labels = {
            "subject": PERSON.findall(f"{name}/{file.path}")[-1],
            "activity": ACTIVITIES[match["activity"].lower()],
            "trial": match["trial"] or "1",
        }
    recording.streams = dict(sorted(recording.streams.items()))
    return recording
