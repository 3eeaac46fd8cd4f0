"""SisFall: falls and daily movements of young and elderly people, one file per movement.

`SA01/D01_SA01_R01.txt` has nine integers per line, terminated by a semicolon: an accelerometer (ADXL345), a
gyroscope (ITG3200) and a second accelerometer (MMA8451Q) at the waist, 200 Hz.

References:
    Sucerquia, López and Vargas-Bonilla, "SisFall: A Fall and Movement Dataset", Sensors 17(1):198, 2017,
    doi:10.3390/s17010198, and the `Readme.txt` in the data set (columns, ranges, codes, people).
"""

import numpy as np
import pandas as pd

from data.errors import RecordingError
from data.ingest.table import Piece, Table, stacked
from data.readers.files import File, Files
from data.readers.layouts._labels import people_from_readme, people_table, unread_files, without_copies
from data.readers.progress import ReadProgress
from data.readers.text import parse_numbers
from data.recordings import Finding

TITLE = "SisFall"
FILE = r"(?P<activity>[DF]\d\d)_(?P<subject>S[AE]\d\d)_R(?P<trial>\d\d)\.txt"
RATE_HZ = 200.0
COLUMNS = tuple(f"{sensor}_{axis}" for sensor in ("acc", "gyro", "acc2") for axis in "xyz")
UNITS = dict(zip(COLUMNS, ["g"] * 3 + ["deg/s"] * 3 + ["g"] * 3, strict=True))
# Twice the range divided by two to the power of the resolution: ±16 g in 13 bits, ±2000 deg/s in 16, ±8 g in 14.
SCALE = np.repeat([2 * 16 / 2**13, 2 * 2000 / 2**16, 2 * 8 / 2**14], 3).astype(np.float32)
ACTIVITIES = {
    "D01": "walking slowly",
    "D02": "walking quickly",
    "D03": "jogging slowly",
    "D04": "jogging quickly",
    "D05": "walking upstairs and downstairs slowly",
    "D06": "walking upstairs and downstairs quickly",
    "D07": "slowly sit in a half height chair, wait a moment, and up slowly",
    "D08": "quickly sit in a half height chair, wait a moment, and up quickly",
    "D09": "slowly sit in a low height chair, wait a moment, and up slowly",
    "D10": "quickly sit in a low height chair, wait a moment, and up quickly",
    "D11": "sitting a moment, trying to get up, and collapse into a chair",
    "D12": "sitting a moment, lying slowly, wait a moment, and sit again",
    "D13": "sitting a moment, lying quickly, wait a moment, and sit again",
    "D14": "being on one's back change to lateral position, wait a moment, and change to one's back",
    "D15": "standing, slowly bending at knees, and getting up",
    "D16": "standing, slowly bending without bending knees, and getting up",
    "D17": "standing, get into a car, remain seated and get out of the car",
    "D18": "stumble while walking",
    "D19": "gently jump without falling",
    "F01": "fall forward while walking caused by a slip",
    "F02": "fall backward while walking caused by a slip",
    "F03": "lateral fall while walking caused by a slip",
    "F04": "fall forward while walking caused by a trip",
    "F05": "fall forward while jogging caused by a trip",
    "F06": "vertical fall while walking caused by fainting",
    "F07": "fall while walking, with use of hands in a table to dampen fall, caused by fainting",
    "F08": "fall forward when trying to get up",
    "F09": "lateral fall when trying to get up",
    "F10": "fall forward when trying to sit down",
    "F11": "fall backward when trying to sit down",
    "F12": "lateral fall when trying to sit down",
    "F13": "fall forward while sitting, caused by fainting or falling asleep",
    "F14": "fall backward while sitting, caused by fainting or falling asleep",
    "F15": "lateral fall while sitting, caused by fainting or falling asleep",
}


def recognises(files: Files) -> bool:
    """Return whether a file is named like those of this data set."""
    return len(files.matching(FILE)) > 0


def read(files: Files, on_progress: ReadProgress) -> Table:
    """Read all files, in g and deg/s.

    Raises:
        RecordingError: If a file is damaged or its name has an unknown activity.
    """
    named = files.matching(FILE)
    matches, copies = without_copies(named)
    pieces = []
    for number, (file, match) in enumerate(matches):
        on_progress(number, len(matches), f"Reading {file.name}")
        pieces.append(_piece(file, match.groupdict()))
    frame, parts = stacked(pieces)
    readme = next((file for file, _ in files.matching(r"readme\.txt")), None)
    people = people_from_readme(readme, "Subject")
    used = [*(file for file, _ in named), *([readme] if readme else [])]
    subjects = sorted({piece.labels["subject"] for piece in pieces})
    return Table(
        files.name,
        frame,
        parts,
        roles={"subject": "subject", "activity": "activity", "trial": "trial"},
        channels=COLUMNS[:6],
        units=UNITS,
        rate_hz=RATE_HZ,
        attributes=people_table(people, subjects),
        findings=(
            *copies,
            *_findings(files, people),
            *unread_files(files, used, "They contain no SisFall recordings."),
        ),
    )


def _piece(file: File, name: dict[str, str]) -> Piece:
    activity = ACTIVITIES.get(name["activity"].upper())
    if activity is None:
        raise RecordingError(
            f"{file.path}: activity {name['activity']} does not exist in SisFall (D01 to D19, F01 to F15). "
            "Rename the file, or remove it."
        )
    content = file.read().translate(None, b";")
    raw = parse_numbers(content, file.path, len(COLUMNS), separator=",", dtype=np.int32)
    labels = {"subject": name["subject"].upper(), "activity": activity, "trial": str(int(name["trial"]))}
    values = np.multiply(raw, SCALE, dtype=np.float32)
    return Piece(file.path, pd.DataFrame(values, columns=list(COLUMNS)), labels, word="line")


def _findings(files: Files, people: dict[str, dict[str, object]]) -> list[Finding]:
    if people:
        return []
    return [
        Finding(
            "note",
            files.name,
            "No Readme.txt with age, height, weight and gender",
            "Add it to use these attributes.",
        )
    ]
