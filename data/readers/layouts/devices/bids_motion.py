"""BIDS with motion data: `sub-01/motion/sub-01_task-walk_tracksys-imu_motion.tsv` and the files that describe it.

The samples have no column names; `*_channels.tsv` names them (name, component, type, tracked_point, units),
`*_motion.json` gives the rate, `*_events.tsv` what was done when (onset, duration, trial_type), and `participants.tsv`
describes people. Files that describe several recordings stand in a folder above them, with fewer entities in their
names. Without events, the task is the activity.

References:
    BIDS specification 1.9, "Motion"; Jeung et al., "Motion-BIDS", Scientific Data 11, 2024,
    doi:10.1038/s41597-024-03559-8.
"""

import io
import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from data.errors import RecordingError
from data.ingest.table import Piece, Table, stacked
from data.readers.annotations import annotation_at
from data.readers.files import File, Files
from data.readers.formats._signals import written_unit
from data.readers.layouts._labels import GENDER, people_table, unread_files
from data.readers.progress import ReadProgress
from data.readers.text import as_text, parse_numbers
from data.recordings import Finding

TITLE = "BIDS (motion)"
FILE = r"sub-[^/]*_motion\.tsv"
ENTITY = re.compile(r"(?:^|_)([a-z]+)-([^_/.]+)", re.IGNORECASE)
TYPES = {"ACCEL": "acc", "GYRO": "gyro", "MAGN": "mag", "ORNT": "orientation", "POS": "pos", "VEL": "vel"} | {
    "ANGACCEL": "angacc",
    "JNTANG": "joint",
}
MOTION = ("acc", "gyro")
NO_EVENT = ("n/a", "")


def recognises(files: Files) -> bool:
    """Return whether there is a motion file named as BIDS demands."""
    return bool(files.matching(FILE))


@dataclass(frozen=True)
class Channel:
    """One column: its name here, its unit, and whether it holds the times."""

    name: str
    unit: str
    is_time: bool = False


def read(files: Files, on_progress: ReadProgress) -> Table:
    """Read all recordings that have the same channels.

    Raises:
        RecordingError: If one lacks its channels or its rate, or is damaged.
    """
    named = [file for file, _ in files.matching(FILE)]
    channels = {file.path: _channels(file, files) for file in named}
    usual = Counter(tuple(channels[file.path]) for file in named).most_common(1)[0][0]
    used = [file for file in named if tuple(channels[file.path]) == usual]
    rates = {file.path: _rate(file, files) for file in used}
    pieces = []
    for number, file in enumerate(used):
        on_progress(number, len(used), f"Reading {file.name}")
        pieces.append(_piece(file, files, usual, rates[file.path]))
    frame, parts = stacked(pieces)
    others = [file for file in named if file not in used]
    names = [channel.name for channel in usual if not channel.is_time]
    motion = [name for name in names if name.rsplit("_", 2)[-2] in MOTION] or names
    people = sorted({piece.labels["subject"] for piece in pieces})
    described = files.matching(
        r"[^/]*(?:_channels|_events|participants|_scans)\.tsv|[^/]*\.json|README|CHANGES"
    )
    return Table(
        files.name,
        frame,
        parts,
        roles={"subject": "subject", "activity": "activity", "trial": "trial", "time": "t"},
        channels=tuple(motion),
        units={channel.name: channel.unit for channel in usual if channel.unit},
        attributes=people_table(_people(files), people),
        findings=(
            *_left_out(others),
            *unread_files(files, [*named, *(file for file, _ in described)], "They contain no motion data."),
        ),
    )


def _left_out(others: list[File]) -> list[Finding]:
    done = "Left out. To use it, load the files of this tracking system separately."
    return [Finding("warning", file.path, "Other channels than most recordings", done) for file in others]


def _entities(name: str) -> dict[str, str]:
    """Return the entities in a name: `{"sub": "01", "task": "walk"}`."""
    return {key.lower(): value for key, value in ENTITY.findall(name)}


def _describing(file: File, files: Files, ending: str) -> File | None:
    """Return the file that describes a recording: the one with most entities in common, and no others."""
    own = _entities(file.name)
    found = [
        (len(_entities(other.name)), other)
        for other, _ in files.matching(rf"[^/]*{ending}")
        if _entities(other.name).items() <= own.items() and f"{file.folder}/".startswith(_above(other.folder))
    ]
    return max(found, key=lambda one: one[0], default=(0, None))[1]


def _above(folder: str) -> str:
    return f"{folder}/" if folder else ""


def _tsv(file: File) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(as_text(file.read())), sep="\t", dtype=str, keep_default_na=False)


def _channels(file: File, files: Files) -> list[Channel]:
    described = _describing(file, files, r"_channels\.tsv")
    if described is None:
        raise RecordingError(
            f"{file.path} has no _channels.tsv that names its columns. Add it, as BIDS demands."
        )
    table = _tsv(described)
    if not {"name", "type", "units"} <= set(table.columns):
        raise RecordingError(
            f"{described.path} lacks a column name, type or units. Correct it, as BIDS demands."
        )
    found: list[Channel] = []
    for row in table.to_dict("records"):
        kind = TYPES.get(row["type"].upper(), "")
        axis = row.get("component", "").lower()
        point = re.sub(r"\W+", "_", row.get("tracked_point", "")).strip("_").lower()
        name = f"{point}_{kind}_{axis}" if kind and point not in NO_EVENT and len(axis) == 1 else row["name"]
        if name in [channel.name for channel in found]:
            name = row["name"]
        unit = written_unit(row["units"])
        found.append(
            Channel(name, unit, row["type"].upper() == "LATENCY" or row["name"].lower() == "latency")
        )
    return found


def _rate(file: File, files: Files) -> float:
    described = _describing(file, files, r"_motion\.json")
    try:
        stated = json.loads(as_text(described.read())) if described else {}
        rate_hz = float(stated.get("SamplingFrequency", 0))
    except (ValueError, TypeError, AttributeError) as error:
        raise RecordingError(
            f"{described.path if described else file.path} is damaged. Correct it."
        ) from error
    if not 0 < rate_hz <= 10_000:
        raise RecordingError(
            f"{file.path}: no _motion.json states its SamplingFrequency. Add it, as BIDS demands."
        )
    return rate_hz


def _piece(file: File, files: Files, channels: tuple[Channel, ...], rate_hz: float) -> Piece:
    content = re.sub(rb"(?i)\bn/a\b", b"nan", file.read())
    values = parse_numbers(content, file.path, len(channels), separator="\t", dtype=np.float64)
    kept = [i for i, channel in enumerate(channels) if not channel.is_time]
    frame = pd.DataFrame(values[:, kept].astype(np.float32), columns=[channels[i].name for i in kept])
    t = np.arange(len(values)) / rate_hz
    entities = _entities(file.name)
    frame.insert(0, "activity", pd.Series(_activities(file, files, t), dtype=object))
    frame.insert(1, "t", t)
    trial = " ".join(f"{key}-{entities[key]}" for key in ("ses", "task", "acq", "run") if key in entities)
    return Piece(file.path, frame, {"subject": entities["sub"], "trial": trial}, word="line")


def _activities(file: File, files: Files, t: np.ndarray) -> np.ndarray:
    """Return the event at each time, the task where there are no events with a kind."""
    without_system = {key: value for key, value in _entities(file.name).items() if key != "tracksys"}
    stem = "_".join(f"{key}-{value}" for key, value in without_system.items())
    described = _describing(replace(file, path=_above(file.folder) + stem), files, r"_events\.tsv")
    events = _tsv(described) if described else pd.DataFrame()
    if not {"onset", "trial_type"} <= set(events.columns):
        return np.full(len(t), without_system.get("task", ""), dtype=object)
    events = events[~events["trial_type"].str.lower().isin(NO_EVENT)]
    onsets = pd.to_numeric(events["onset"], errors="coerce")
    durations = pd.to_numeric(events.get("duration", pd.Series("", events.index)), errors="coerce").fillna(
        0.0
    )
    known = onsets.notna()
    if not known.any():
        return np.full(len(t), without_system.get("task", ""), dtype=object)
    found = annotation_at(t, list(onsets[known]), list(durations[known]), list(events["trial_type"][known]))
    return np.asarray(found, dtype=object)


def _people(files: Files) -> Mapping[str, Mapping[str, object]]:
    """Return what `participants.tsv` says of each person."""
    found = files.matching(r"participants\.tsv")
    table = _tsv(found[0][0]) if found else pd.DataFrame()
    if "participant_id" not in table:
        return {}
    people: dict[str, dict[str, object]] = {}
    for row in table.to_dict("records"):
        person = {
            key: pd.to_numeric(row[key], errors="coerce") for key in ("age", "height", "weight") if key in row
        }
        if "sex" in row:
            person["gender"] = GENDER.get(row["sex"].lower())
        people[row["participant_id"].removeprefix("sub-")] = person
    return people
