"""WISDM 2019: 18 activities with a phone in the pocket and a watch on the wrist, one file per person and sensor.

`raw/phone/accel/data_1600_accel_phone.txt` has lines `1600,A,252207666810782,-0.36,8.79,1.05;`: person, letter
of the activity, timestamp (ns), x, y, z; 20 Hz, m/s² and rad/s as Android gives them. `activity_key.txt` lists
the meaning of the letters. The gyroscope is interpolated to the times of the accelerometer. Phone and watch have
separate clocks with unknown offset, so they are separate trials, `phone` and `watch`.

References:
    Weiss, Yoneda and Hayajneh, "Smartphone and Smartwatch-Based Biometrics Using Activities of Daily Living", IEEE
    Access 7, 2019, doi:10.1109/ACCESS.2019.2940729; UCI Machine Learning Repository, "WISDM Smartphone and
    Smartwatch Activity and Biometrics Dataset", doi:10.24432/C5HK59, whose README and
    `WISDM-dataset-description.pdf` describe files, columns and activities.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.errors import NamelessColumnsError, RecordingError
from data.ingest.table import Piece, Table, stacked
from data.label_categories import label_categories
from data.readers.files import File, Files
from data.readers.join_sensors import join_streams
from data.readers.layouts._labels import unread_files, without_copies, without_unused_categories
from data.readers.progress import ReadProgress
from data.readers.text import as_text, parse_records
from data.recordings import Finding

TITLE = "WISDM 2019 (phone and watch)"
FILE = r"data_(?P<subject>\d+)_(?P<sensor>accel|gyro)_(?P<device>phone|watch)\.txt"
N_ROWS_SHOWN = 8
KEY = r"activity_key\.txt"
NAMES = {"accel": "acc", "gyro": "gyro"}
UNITS = {"acc": "m/s²", "gyro": "rad/s"}
LINE = np.dtype(
    [("subject", "i8"), ("activity", "S2"), ("timestamp", "i8"), *((axis, "f4") for axis in "xyz")]
)
# Meaning of the letters, in case the parent folder with `activity_key.txt` was not chosen.
ACTIVITIES = {
    "A": "walking",
    "B": "jogging",
    "C": "stairs",
    "D": "sitting",
    "E": "standing",
    "F": "typing",
    "G": "teeth",
    "H": "soup",
    "I": "chips",
    "J": "pasta",
    "K": "drinking",
    "L": "sandwich",
    "M": "kicking",
    "O": "catch",
    "P": "dribbling",
    "Q": "writing",
    "R": "clapping",
    "S": "folding",
}


def recognises(files: Files) -> bool:
    """Return whether a file is named like those of this data set."""
    return len(files.matching(FILE)) > 0


def read(files: Files, on_progress: ReadProgress) -> Table:
    """Read all people and devices.

    Raises:
        RecordingError: If a file is damaged or has an unknown activity.
    """
    key = next((file for file, _ in files.matching(KEY)), None)
    names = _activities(key)
    groups: dict[tuple[str, str], dict[str, File]] = {}
    named = files.matching(FILE)
    matches, copies = without_copies(named)
    for file, match in matches:
        sensor = NAMES[match["sensor"].lower()]
        groups.setdefault((match["device"].lower(), match["subject"]), {})[sensor] = file
    sensors = [name for name in UNITS if any(name in group for group in groups.values())]
    pieces = []
    for number, ((device, subject), group) in enumerate(groups.items()):
        on_progress(number, len(groups), f"Reading {device} of {subject}")
        pieces.append(_piece(group, names, sensors, {"subject": subject, "trial": device}))
    frame, parts = stacked(pieces)
    used = [*(file for file, _ in named), *([key] if key else [])]
    channels = [f"{sensor}_{axis}" for sensor in sensors for axis in "xyz"]
    return Table(
        files.name,
        without_unused_categories(frame),
        parts,
        roles={"subject": "subject", "activity": "activity", "trial": "trial", "time": "t"},
        channels=tuple(channels),
        units={name: UNITS[name[:-2]] for name in channels},
        findings=(
            *copies,
            *_findings(groups, sensors, files.name),
            *unread_files(files, used, "They contain features or descriptions, not recordings."),
        ),
    )


def _activities(key: File | None) -> dict[str, str]:
    if key is None:
        return ACTIVITIES
    found = re.findall(r"^\s*(\w[^=\n]*?)\s*=\s*([A-Z])\s*$", as_text(key.read()), re.MULTILINE)
    if not found:
        raise RecordingError(
            f"{key.path} contains no line such as `walking = A`. Download it again, or remove it."
        )
    return {letter: name.lower() for name, letter in found}


@dataclass(frozen=True, eq=False)
class Stream:
    """The samples of one file.

    Attributes:
        activity: `(n,)` int, position of the activity among the letters.
        timestamp: `(n,)` int, ns.
        values: `(n, 3)` float32.
    """

    activity: np.ndarray
    timestamp: np.ndarray
    values: np.ndarray

    def of(self, activity: int, start: int) -> pd.DataFrame:
        """Return the samples of one activity, with times in seconds since `start`."""
        chosen = self.activity == activity
        # Subtracted as integers: a float cannot represent nanoseconds since 1970.
        t = (self.timestamp[chosen] - start) * 1e-9
        return pd.DataFrame({"t": t, **dict(zip("xyz", self.values[chosen].T, strict=True))})


def _piece(
    group: Mapping[str, File], names: Mapping[str, str], sensors: list[str], labels: dict[str, str]
) -> Piece:
    """Join the sensors of one person and device, activity by activity."""
    streams = {
        sensor: _stream(group[sensor], names, labels["subject"]) for sensor in sensors if sensor in group
    }
    main = next(iter(streams))
    activity, start = streams[main].activity, int(streams[main].timestamp.min())
    columns = [f"{sensor}_{axis}" for sensor in sensors for axis in "xyz"]
    values = np.full((len(activity), len(columns)), np.nan, dtype=np.float32)
    for position in np.unique(activity):
        found = join_streams(
            {name: stream.of(position, start) for name, stream in streams.items()}, onto=main
        )
        values[activity == position] = found.reindex(columns=columns).to_numpy(np.float32)
    frame = pd.DataFrame(values, columns=columns)
    texts = list(dict.fromkeys(names.values()))
    codes = np.array([texts.index(name) for name in names.values()])[activity]
    frame.insert(0, "activity", pd.Series(label_categories(codes, texts)))
    frame.insert(1, "t", (streams[main].timestamp - start) * 1e-9)
    return Piece(group[main].path, frame, labels, word="line")


def _stream(file: File, names: Mapping[str, str], subject: str) -> Stream:
    """Read one file.

    Raises:
        NamelessColumnsError: If the lines have other columns than the original's.
        RecordingError: If a line is damaged, belongs to another person, or has an unknown activity.
    """
    widths = [len(line.split(b",")) for line in file.head.split(b"\n")[:20]]
    n_values, expected = widths[0], len(LINE.names or ())
    if n_values > 1 and expected not in widths:
        first = file.head.decode("utf-8", errors="replace").splitlines()[:N_ROWS_SHOWN]
        raise NamelessColumnsError(
            f"{file.path} is named like WISDM 2019 but is not the original: its lines have {n_values} values, the "
            "original has 6 (user, activity, timestamp, x, y, z). Load the original, or name the columns, for example "
            "user, activity, x, y, z, and give the rate if no column has times: 20 Hz in the original.",
            file.path,
            [line.rstrip("; ").split(",") for line in first],
        )
    found = parse_records(file.read().translate(None, b"; "), file.path, LINE, separator=",")
    letters, inverse = np.unique(found["activity"], return_inverse=True)
    known = [letter.encode() for letter in names]
    unknown = [letter for letter in letters if letter not in known]
    if unknown:
        line = int(np.argmax(found["activity"] == unknown[0]))
        raise RecordingError(
            f"{file.path}, line {line + 1}: activity {unknown[0].decode('latin-1')!r} is not one of "
            f"{', '.join(sorted(names))}. Correct it, or download the file again."
        )
    others = found["subject"] != int(subject)
    if others.any():
        line = int(np.argmax(others))
        raise RecordingError(
            f"{file.path}, line {line + 1}: this is person {found['subject'][line]}, but the file is named after "
            f"{subject}. Download the file again."
        )
    activity = np.array([known.index(letter) for letter in letters])[inverse]
    values = np.stack([found[axis] for axis in "xyz"], axis=1)
    return Stream(activity, found["timestamp"].copy(), values)


def _findings(
    groups: Mapping[tuple[str, str], Mapping[str, File]], sensors: list[str], name: str
) -> list[Finding]:
    findings = []
    if len(sensors) > 1:
        findings.append(
            Finding(
                "note",
                name,
                "Sensors sampled at different times",
                "The gyroscope was interpolated to the times of the accelerometer.",
            )
        )
    if len({device for device, _ in groups}) > 1:
        findings.append(
            Finding(
                "note",
                name,
                "Phone and watch have separate clocks",
                "They are separate recordings, distinguished by the trial. Load one folder to use one device.",
            )
        )
    alone = [
        f"{device} of {subject}" for (device, subject), group in groups.items() if len(group) < len(sensors)
    ]
    if alone:
        some = ", ".join(alone[:5]) + (" ..." if len(alone) > 5 else "")
        findings.append(
            Finding(
                "warning", name, f"One sensor is missing: {some}", "The values of that sensor are missing."
            )
        )
    return findings
