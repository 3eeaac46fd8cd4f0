"""MobiAct and MobiFall: falls and daily movements with a phone in the pocket, one file per movement (and sensor).

Version 2 has `Annotated Data/WAL/WAL_1_1_annotated.csv` (movement, person, trial) at 200 Hz, with an activity in each
line: a fall starts with standing and ends with lying. All versions have `WAL_acc_1_1.txt`, `_gyro_` and `_ori_` with
comments above `@DATA` and separate times for each sensor (ns), which are joined. If both exist, the annotated files
are read. Scenarios such as `SLH` are sequences of activities, which only the annotated files label.

References:
    Vavoulas et al., "The MobiAct Dataset: Recognition of Activities of Daily Living using Smartphones", ICT4AWE 2016,
    doi:10.5220/0005792401430151; Chatzaki et al., "Human Daily Activity and Fall Recognition Using a Smartphone's
    Acceleration Sensor", CCIS 736, 2017, doi:10.1007/978-3-319-62704-5_7; the `Readme.txt` of the data sets (codes,
    sensors, units, people).
"""

import re
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from data.errors import RecordingError
from data.ingest.table import Piece, Table, stacked
from data.label_categories import label_categories
from data.plurals import counted
from data.readers.files import File, Files
from data.readers.join_sensors import fastest_stream, join_streams
from data.readers.layouts._labels import (
    ATTRIBUTES,
    Matched,
    as_attribute,
    people_from_readme,
    people_table,
    unread_files,
    without_copies,
    without_unused_categories,
)
from data.readers.progress import ReadProgress
from data.readers.text import as_text, parse_numbers, parse_records, without_first_line
from data.recordings import Finding

TITLE = "MobiAct"
ANNOTATED = r"(?P<code>[A-Z]{3})_(?P<subject>\d+)_(?P<trial>\d+)_annotated\.csv"
RAW = r"(?P<code>[A-Z]{3})_(?P<sensor>acc|gyro|ori)_(?P<subject>\d+)_(?P<trial>\d+)\.txt"
README = r"readme\.txt"
MARK = b"@DATA"
ACTIVITIES = {
    "STD": "standing",
    "WAL": "walking",
    "JOG": "jogging",
    "JUM": "jumping",
    "STU": "stairs up",
    "STN": "stairs down",
    "SCH": "stand to sit",
    "SIT": "sitting on chair",
    "CHU": "sit to stand",
    "CSI": "car step in",
    "CSO": "car step out",
    "LYI": "lying",
    "FOL": "forward lying",
    "FKL": "front knees lying",
    "BSC": "back sitting chair",
    "SDL": "sideward lying",
}
SCENARIOS = ("SLH", "SBW", "SLW", "SBE", "SRH")
TEXTS = list(ACTIVITIES.values())
SENSORS = {
    "acc": ("acc_x", "acc_y", "acc_z"),
    "gyro": ("gyro_x", "gyro_y", "gyro_z"),
    "ori": ("azimuth", "pitch", "roll"),
}
MOTION = (*SENSORS["acc"], *SENSORS["gyro"])
HEADER = ["timestamp", "rel_time", *MOTION, *SENSORS["ori"], "label"]
LINE = np.dtype(
    [("timestamp", "f8"), ("rel_time", "f8"), *((name, "f4") for name in HEADER[2:-1]), ("label", "S8")]
)
UNITS = {
    **dict.fromkeys(SENSORS["acc"], "m/s²"),
    **dict.fromkeys(SENSORS["gyro"], "rad/s"),
    **dict.fromkeys(SENSORS["ori"], "deg"),
}


def recognises(files: Files) -> bool:
    """Return whether files are named like those of this data set, and one of them starts like them."""
    if any(b"acc_x" in file.head[:200] for file, _ in files.matching(ANNOTATED)[:3]):
        return True
    return any(MARK in file.head and file.head.startswith(b"#") for file, _ in files.matching(RAW)[:3])


def read(files: Files, on_progress: ReadProgress) -> Table:
    """Read the annotated files, or else the raw ones; the trial includes the movement code.

    Raises:
        RecordingError: If a file is damaged or has an unknown activity.
    """
    annotated, copies = without_copies(files.matching(ANNOTATED))
    raw, raw_copies = without_copies(files.matching(RAW))
    readme = next((file for file, _ in files.matching(README)), None)
    people = people_from_readme(readme, "ID")
    if annotated:
        pieces, findings = _annotated_pieces(annotated, on_progress), list(copies)
        sensors = list(SENSORS)
        if raw:
            found = f"{len(raw):,} raw files of the same movements"
            findings.append(
                Finding("note", files.name, found, "They were left out: the annotated ones were read.")
            )
    else:
        pieces, findings, sensors = _raw_pieces(raw, on_progress, files.name)
        findings += raw_copies
        people = people or _people_of_remarks(raw)
    frame, parts = stacked(pieces)
    named = files.matching(ANNOTATED) + files.matching(RAW)
    used = [*(file for file, _ in named), *([readme] if readme else [])]
    columns = [name for sensor in sensors for name in SENSORS[sensor]]
    return Table(
        files.name,
        without_unused_categories(frame),
        parts,
        roles={"subject": "subject", "activity": "activity", "trial": "trial", "time": "t"},
        channels=tuple(name for name in columns if name in MOTION) or None,
        units={name: UNITS[name] for name in columns},
        attributes=people_table(people, sorted({p.labels["subject"] for p in pieces}, key=int)),
        findings=(*findings, *unread_files(files, used, "They contain no MobiAct recordings.")),
    )


def _labels(match: re.Match[str]) -> dict[str, str]:
    """Return person and trial; trials include the code, because they are numbered from 1 for each movement."""
    return {"subject": str(int(match["subject"])), "trial": f"{match['code'].upper()} {int(match['trial'])}"}


def _annotated_pieces(matches: Sequence[Matched], on_progress: ReadProgress) -> list[Piece]:
    pieces = []
    for number, (file, match) in enumerate(matches):
        on_progress(number, len(matches), f"Reading {file.name}")
        pieces.append(Piece(file.path, _annotated(file), _labels(match), first=2, word="line"))
    return pieces


def _annotated(file: File) -> pd.DataFrame:
    header, content = without_first_line(file.read())
    if [name.strip() for name in header.split(",")] != HEADER:
        raise RecordingError(
            f"{file.path}: the columns should be {', '.join(HEADER)}, and are others. Download the file again."
        )
    lines = parse_records(content, file.path, LINE, separator=",", first_line=2)
    labels = np.char.strip(lines["label"])
    codes = np.full(len(lines), -1)
    for position, code in enumerate(ACTIVITIES):
        codes[labels == code.encode()] = position
    if (codes < 0).any():
        line = int(np.argmax(codes < 0))
        raise RecordingError(
            f"{file.path}, line {line + 2}: activity {labels[line].decode('latin-1')!r} is not one of "
            f"{', '.join(ACTIVITIES)}. Correct it, or download the file again."
        )
    return pd.DataFrame(
        {
            "activity": label_categories(codes, TEXTS),
            "t": (lines["timestamp"] - lines["timestamp"].min()) * 1e-9,
            **{name: lines[name] for name in HEADER[2:-1]},
        }
    )


def _raw_pieces(
    matches: Sequence[Matched], on_progress: ReadProgress, name: str
) -> tuple[list[Piece], list[Finding], list[str]]:
    """Join the sensors of each movement; also return all sensors that occur."""
    movements: dict[tuple[str, str, str], dict[str, tuple[File, re.Match[str]]]] = {}
    for file, match in matches:
        key = match["subject"], match["code"].upper(), match["trial"]
        movements.setdefault(key, {})[match["sensor"].lower()] = (file, match)
    sensors = [sensor for sensor in SENSORS if any(sensor in found for found in movements.values())]
    pieces = []
    for number, found in enumerate(movements.values()):
        first, match = next(iter(found.values()))
        on_progress(number, len(movements), f"Reading {first.name}")
        pieces.append(_joined({sensor: file for sensor, (file, _) in found.items()}, match, sensors))
    return pieces, _findings(movements, sensors, name), sensors


def _joined(found: Mapping[str, File], match: re.Match[str], sensors: list[str]) -> Piece:
    code = match["code"].upper()
    if code not in ACTIVITIES and code not in SCENARIOS:
        raise RecordingError(
            f"{next(iter(found.values())).path}: movement {code} is not one of {', '.join((*ACTIVITIES, *SCENARIOS))}. "
            "Rename the file, or remove it."
        )
    read = {sensor: _raw(file) for sensor, file in found.items()}
    start = min(values[:, 0].min() for values, _ in read.values())
    streams = {
        sensor: pd.DataFrame(
            {"t": (values[:, 0] - start) * 1e-9, **{str(i): values[:, i] for i in (1, 2, 3)}}
        )
        for sensor, (values, _) in read.items()
    }
    main = fastest_stream(streams)
    frame = join_streams(streams)
    frame.columns = ["t", *(name for sensor in streams for name in SENSORS[sensor])]
    columns = [name for sensor in sensors for name in SENSORS[sensor]]
    frame = frame.reindex(columns=["t", *columns]).astype(dict.fromkeys(columns, np.float32))
    activity = TEXTS.index(ACTIVITIES[code]) if code in ACTIVITIES else -1
    frame.insert(0, "activity", pd.Series(label_categories(np.full(len(frame), activity), TEXTS)))
    return Piece(found[main].path, frame, _labels(match), first=read[main][1], word="line")


def _raw(file: File) -> tuple[np.ndarray, int]:
    """Return times (ns) with three values each, and the line at which they start."""
    above, mark, content = file.read().partition(MARK)
    if not mark:
        raise RecordingError(f"{file.path} has no line @DATA above its samples. Download it again.")
    rest = content.partition(b"\n")[2]
    first_line = above.count(b"\n") + 2
    return parse_numbers(
        rest, file.path, 4, separator=",", dtype=np.float64, first_line=first_line
    ), first_line


def _people_of_remarks(matches: Sequence[Matched]) -> dict[str, dict[str, object]]:
    """Return the attributes of each person in the comments above the samples."""
    first = {str(int(match["subject"])): file for file, match in reversed(matches)}
    return {subject: _person(as_text(file.head)) for subject, file in first.items()}


def _person(remarks: str) -> dict[str, object]:
    stated = dict(re.findall(r"^#(Age|Height|Weight|Gender)(?:\(\w+\))?:\s*(\S+)", remarks, re.MULTILINE))
    return {key: as_attribute(key, stated.get(key.capitalize(), "")) for key in ATTRIBUTES}


def _findings(
    movements: Mapping[tuple[str, str, str], Mapping], sensors: list[str], name: str
) -> list[Finding]:
    findings = [
        Finding(
            "note",
            name,
            "Sensors sampled at different times",
            "They were interpolated to the times of the fastest sensor of each movement.",
        )
    ]
    lacking = [
        f"{code} {trial} of {s}" for (s, code, trial), found in movements.items() if len(found) < len(sensors)
    ]
    if lacking:
        some = ", ".join(lacking[:5]) + (" ..." if len(lacking) > 5 else "")
        findings.append(
            Finding(
                "warning",
                name,
                f"{counted(len(lacking), 'movement lacks', 'movements lack')} the file of a sensor: {some}",
                "The values of that sensor are missing.",
            )
        )
    n_scenarios = sum(code in SCENARIOS for _, code, _ in movements)
    if n_scenarios:
        findings.append(
            Finding(
                "warning",
                name,
                f"{counted(n_scenarios, 'scenario')} of several activities",
                "They have no activity, which only the annotated files contain.",
            )
        )
    return findings
