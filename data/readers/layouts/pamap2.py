"""PAMAP2: everyday movements and sport with sensors on hand, chest and ankle, one file per person.

`Protocol/subject101.dat` has 54 space-separated columns at 100 Hz: time (s), activity (0 for none), heart rate,
and 17 columns for each of three sensor positions. The readme advises against the ±6 g accelerometers, which
saturate, and calls the orientations invalid; neither is read. People who also performed optional activities have
a second file in `Optional`.

References:
    Reiss and Stricker, "Introducing a New Benchmarked Dataset for Activity Monitoring", ISWC 2012; UCI Machine
    Learning Repository, "PAMAP2 Physical Activity Monitoring", doi:10.24432/C5NW2H: `readme.pdf` (columns,
    activities) and `subjectInformation.pdf` (people).
"""

import numpy as np
import pandas as pd

from data.ingest.table import Piece, Table, stacked
from data.readers.files import File, Files
from data.readers.layouts._labels import (
    label_column,
    people_table,
    unread_files,
    without_copies,
    without_unused_categories,
)
from data.readers.progress import ReadProgress
from data.readers.text import parse_numbers
from data.recordings import Finding

TITLE = "PAMAP2"
FILE = r"subject(10\d)\.dat"
N_COLUMNS = 54
TIME, ACTIVITY, HEART_RATE = 0, 1, 2
PLACES = {"hand": 3, "chest": 20, "ankle": 37}
# Columns of the sensors relative to the first of each position; 4 to 6 are the ±6 g axes, 13 to 16 the orientation.
SENSORS = {
    **{f"acc_{axis}": 1 + i for i, axis in enumerate("xyz")},
    **{f"gyro_{axis}": 7 + i for i, axis in enumerate("xyz")},
    **{f"mag_{axis}": 10 + i for i, axis in enumerate("xyz")},
    "temperature": 0,
}
COLUMNS = {
    **{f"{place}_{sensor}": start + i for place, start in PLACES.items() for sensor, i in SENSORS.items()},
    "heart_rate": HEART_RATE,
}
UNITS = {"acc": "m/s²", "gyro": "rad/s", "mag": "µT"}
ACTIVITIES = {
    1: "lying",
    2: "sitting",
    3: "standing",
    4: "walking",
    5: "running",
    6: "cycling",
    7: "nordic walking",
    9: "watching tv",
    10: "computer work",
    11: "car driving",
    12: "ascending stairs",
    13: "descending stairs",
    16: "vacuum cleaning",
    17: "ironing",
    18: "folding laundry",
    19: "house cleaning",
    20: "playing soccer",
    24: "rope jumping",
}
PEOPLE: dict[str, dict[str, object]] = {
    subject: dict(zip(("gender", "age", "height", "weight", "handedness"), row, strict=True))
    for subject, row in {
        "101": ("male", 27, 182, 83, "right"),
        "102": ("female", 25, 169, 78, "right"),
        "103": ("male", 31, 187, 92, "right"),
        "104": ("male", 24, 194, 95, "right"),
        "105": ("male", 26, 180, 73, "right"),
        "106": ("male", 26, 183, 69, "right"),
        "107": ("male", 23, 173, 86, "right"),
        "108": ("male", 32, 179, 87, "left"),
        "109": ("male", 31, 168, 65, "right"),
    }.items()
}


def recognises(files: Files) -> bool:
    """Return whether a file is named like those of this data set and starts with a line of 54 numbers."""
    matches = files.matching(FILE)
    return any(len(file.head.split(b"\n")[0].split()) == N_COLUMNS for file, _ in matches[:3])


def read(files: Files, on_progress: ReadProgress) -> Table:
    """Read all people; the trial is `protocol` or `optional`.

    Raises:
        RecordingError: If a file is damaged.
    """
    named = files.matching(FILE)
    matches, copies = without_copies(named, lambda file, match: (match[1], _trial(file, files)))
    pieces = []
    for number, (file, match) in enumerate(matches):
        on_progress(number, len(matches), f"Reading {file.name}")
        pieces.append(_piece(file, match[1], _trial(file, files)))
    frame, parts = stacked(pieces)
    units = {column: UNITS.get(column.split("_")[1], "") for column in COLUMNS}
    return Table(
        files.name,
        without_unused_categories(frame),
        parts,
        roles={"subject": "subject", "activity": "activity", "trial": "trial", "time": "t"},
        channels=tuple(column for column in COLUMNS if "_acc_" in column or "_gyro_" in column),
        units={column: unit for column, unit in units.items() if unit},
        attributes=people_table(PEOPLE, sorted({piece.labels["subject"] for piece in pieces})),
        findings=(
            Finding(
                "note",
                files.name,
                "The ±6 g accelerometers and the orientations",
                "They were not read: according to the readme of the data set they saturate or are invalid.",
            ),
            *copies,
            *unread_files(files, [file for file, _ in named], "They contain no PAMAP2 recordings."),
        ),
    )


def _trial(file: File, files: Files) -> str:
    """Return which of the two folders a file is in; that folder itself may have been chosen."""
    return "optional" if "optional" in f"{files.name}/{file.folder}".lower() else "protocol"


def _piece(file: File, subject: str, trial: str) -> Piece:
    values = parse_numbers(file.read(), file.path, N_COLUMNS, dtype=np.float64)
    activity = label_column(values[:, ACTIVITY], ACTIVITIES, file.path, none=0)
    channels = pd.DataFrame(values[:, list(COLUMNS.values())].astype(np.float32), columns=list(COLUMNS))
    frame = pd.concat([pd.DataFrame({"activity": activity, "t": values[:, TIME]}), channels], axis=1)
    return Piece(file.path, frame, {"subject": subject, "trial": trial}, word="line")
