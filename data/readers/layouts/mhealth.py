"""mHealth: twelve exercises with sensors on chest, left ankle and right lower arm, one file per person.

`mHealth_subject1.log` has 24 tab-separated columns at 50 Hz; the last is the activity, 0 for none.

References:
    Banos et al., "mHealthDroid: a novel framework for agile development of mobile health applications",
    IWAAL 2014; UCI Machine Learning Repository, "MHEALTH Dataset", doi:10.24432/C5TW22, whose readme describes
    columns, units and activities.
"""

import numpy as np
import pandas as pd

from data.ingest.table import Piece, Table, stacked
from data.readers.files import File, Files
from data.readers.layouts._labels import label_column, unread_files, without_copies, without_unused_categories
from data.readers.progress import ReadProgress
from data.readers.text import parse_numbers

TITLE = "mHealth"
FILE = r"mHealth_subject(\d+)\.log"
RATE_HZ = 50.0
COLUMNS = (
    *(f"chest_acc_{axis}" for axis in "xyz"),
    *("ecg_1", "ecg_2"),
    *(f"ankle_{sensor}_{axis}" for sensor in ("acc", "gyro", "mag") for axis in "xyz"),
    *(f"arm_{sensor}_{axis}" for sensor in ("acc", "gyro", "mag") for axis in "xyz"),
)
MOTION = tuple(column for column in COLUMNS if "_acc_" in column or "_gyro_" in column)
ACTIVITIES = {
    1: "standing still",
    2: "sitting and relaxing",
    3: "lying down",
    4: "walking",
    5: "climbing stairs",
    6: "waist bends forward",
    7: "frontal elevation of arms",
    8: "knees bending",
    9: "cycling",
    10: "jogging",
    11: "running",
    12: "jump front and back",
}


def recognises(files: Files) -> bool:
    """Return whether a file is named like those of this data set."""
    return len(files.matching(FILE)) > 0


def read(files: Files, on_progress: ReadProgress) -> Table:
    """Read all people; samples between activities have no label.

    Raises:
        RecordingError: If a file is damaged.
    """
    named = files.matching(FILE)
    matches, copies = without_copies(named)
    pieces = []
    for number, (file, match) in enumerate(matches):
        on_progress(number, len(matches), f"Reading {file.name}")
        pieces.append(_piece(file, str(int(match[1]))))
    frame, parts = stacked(pieces)
    return Table(
        files.name,
        without_unused_categories(frame),
        parts,
        roles={"subject": "subject", "activity": "activity"},
        channels=MOTION,
        units={column: "m/s²" if "_acc_" in column else "deg/s" for column in MOTION},
        rate_hz=RATE_HZ,
        findings=(
            *copies,
            *unread_files(files, [file for file, _ in named], "They contain no mHealth recordings."),
        ),
    )


def _piece(file: File, subject: str) -> Piece:
    values = parse_numbers(file.read(), file.path, len(COLUMNS) + 1, dtype=np.float32)
    frame = pd.DataFrame(values[:, :-1], columns=list(COLUMNS))
    frame.insert(0, "activity", pd.Series(label_column(values[:, -1], ACTIVITIES, file.path, none=0)))
    return Piece(file.path, frame, {"subject": subject}, word="line")
