"""MotionSense: six activities with a phone in the front pocket, one file per person and trial.

`A_DeviceMotion_data/dws_1/sub_1.csv`: activity, number of the trial, person; 50 Hz. The folders
`B_Accelerometer_data` and `C_Gyroscope_data` have the same trials as measured by the individual sensors, at
different times. `data_subjects_info.csv` describes the people.

References:
    Malekzadeh et al., "Protecting Sensory Data against Sensitive Inferences", W-P2DS 2018,
    doi:10.1145/3195258.3195260; https://github.com/mmalekzadeh/motion-sense, whose readme describes
    the activities, columns, units, and the codes in the table of people.
"""

import io

import pandas as pd

from data.errors import RecordingError
from data.ingest.table import Piece, Table, stacked
from data.readers.files import File, Files
from data.readers.layouts._labels import Matched, people_table, unread_files, without_copies
from data.readers.progress import ReadProgress
from data.readers.text import parse_numbers, without_first_line
from data.recordings import Finding

TITLE = "MotionSense"
FILE = r"(?P<activity>dws|ups|wlk|jog|std|sit)_(?P<trial>\d+)/sub_(?P<subject>\d+)\.csv"
PEOPLE = r"data_subjects_info\.csv"
RATE_HZ = 50.0
ACTIVITIES = {
    "dws": "downstairs",
    "ups": "upstairs",
    "wlk": "walking",
    "jog": "jogging",
    "std": "standing",
    "sit": "sitting",
}
# By the letter of the folder: column names in the files, and here.
SENSORS = {
    "A": {
        **{name: name for name in ("attitude.roll", "attitude.pitch", "attitude.yaw")},
        **{
            f"{name}.{axis}": f"{name}.{axis}"
            for name in ("gravity", "rotationRate", "userAcceleration")
            for axis in "xyz"
        },
    },
    "B": {axis: f"acc_{axis}" for axis in "xyz"},
    "C": {axis: f"gyro_{axis}" for axis in "xyz"},
}
FOLDERS = {"A": "A_DeviceMotion_data", "B": "B_Accelerometer_data", "C": "C_Gyroscope_data"}
UNITS = {
    "attitude": "rad",
    "gravity": "g",
    "userAcceleration": "g",
    "acc": "g",
    "rotationRate": "rad/s",
    "gyro": "rad/s",
}


def recognises(files: Files) -> bool:
    """Return whether folders and files are named like those of this data set, and a file has its columns."""
    return any(_sensor(file, files) is not None for file, _ in files.matching(FILE)[:3])


def read(files: Files, on_progress: ReadProgress) -> Table:
    """Read one of the three folders, preferably the one with all sensors.

    Raises:
        RecordingError: If a file is damaged or its columns differ from the others.
    """
    named = files.matching(FILE)
    matches, copies = without_copies(named, lambda file, match: (_sensor(file, files), *match.groups()))
    by_sensor: dict[str, list[Matched]] = {}
    for file, match in matches:
        by_sensor.setdefault(_sensor(file, files) or "A", []).append((file, match))
    sensor = min(by_sensor)
    chosen = by_sensor[sensor]
    pieces = []
    for number, (file, match) in enumerate(chosen):
        on_progress(number, len(chosen), f"Reading {file.path}")
        pieces.append(_piece(file, match.groupdict(), SENSORS[sensor]))
    frame, parts = stacked(pieces)
    table = next((file for file, _ in files.matching(PEOPLE)), None)
    names = list(SENSORS[sensor].values())
    return Table(
        files.name,
        frame,
        parts,
        roles={"subject": "subject", "activity": "activity", "trial": "trial"},
        # Attitude angles wrap around, and these jumps are not movement.
        channels=tuple(name for name in names if not name.startswith("attitude")),
        units={name: next(unit for start, unit in UNITS.items() if name.startswith(start)) for name in names},
        rate_hz=RATE_HZ,
        attributes=people_table(_people(table), sorted({p.labels["subject"] for p in pieces}, key=int)),
        findings=(
            *copies,
            *_findings(files.name, by_sensor, sensor, table),
            *unread_files(
                files,
                [*(file for file, _ in named), *([table] if table else [])],
                "They contain no MotionSense recordings.",
            ),
        ),
    )


def _sensor(file: File, files: Files) -> str | None:
    """Return the letter of the folder of a file; that folder itself may have been chosen."""
    path = f"{files.name}/{file.path}".lower()
    named = next((letter for letter, folder in FOLDERS.items() if folder.lower() in path), None)
    return named or ("A" if b"attitude.roll" in file.head[:200] else None)


def _piece(file: File, name: dict[str, str], columns: dict[str, str]) -> Piece:
    header, content = without_first_line(file.read())
    if header.split(",")[1:] != list(columns):
        raise RecordingError(
            f"{file.path}: the columns should be {', '.join(columns)}, and are others. "
            "Download the file again."
        )
    values = parse_numbers(content, file.path, 1 + len(columns), separator=",", first_line=2)
    labels = {
        "subject": str(int(name["subject"])),
        "activity": ACTIVITIES[name["activity"].lower()],
        "trial": str(int(name["trial"])),
    }
    frame = pd.DataFrame(values[:, 1:], columns=list(columns.values()))
    return Piece(file.path, frame, labels, first=2, word="line")


def _people(file: File | None) -> dict[str, dict[str, object]]:
    if file is None:
        return {}
    try:
        table = pd.read_csv(io.BytesIO(file.read()), skipinitialspace=True)
        table = table.astype({"code": int, "weight": float, "height": float, "age": float})
        gender = table["gender"].map({0: "female", 1: "male"})
    except (ValueError, KeyError) as error:
        raise RecordingError(
            f"{file.path} should have the columns code, weight, height, age and gender, with numbers in them "
            f"({str(error).strip()[:80]}). Download it again, or remove it."
        ) from error
    people = table[["weight", "height", "age"]].assign(
        gender=gender.astype(object).where(gender.notna(), None)
    )
    rows = ({str(key): value for key, value in row.items()} for row in people.to_dict("records"))
    return dict(zip(table["code"].astype(str), rows, strict=True))


def _findings(
    name: str, by_sensor: dict[str, list[Matched]], sensor: str, table: File | None
) -> list[Finding]:
    findings = [
        Finding(
            "note",
            FOLDERS[other],
            f"{len(by_sensor[other]):,} files of the same trials",
            f"They were left out: {FOLDERS[sensor]} was read. To use that folder, load it alone.",
        )
        for other in sorted(by_sensor)
        if other != sensor
    ]
    if table is None:
        found = "No data_subjects_info.csv with weight, height, age and gender"
        findings.append(Finding("note", name, found, "Add it to use these attributes."))
    return findings
