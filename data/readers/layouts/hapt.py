"""HAPT: raw recordings of activities and postural transitions with a phone at the waist; also UCI HAR's raw signals.

`RawData/acc_exp01_user01.txt` and `gyro_exp01_user01.txt` have three columns at 50 Hz, in g and rad/s.
`labels.txt` lists the samples of each activity (experiment, person, activity, first and last sample from 1).
Samples between activities are kept without a label.

References:
    Reyes-Ortiz et al., "Transition-Aware Human Activity Recognition Using Smartphones", Neurocomputing 171, 2016,
    doi:10.1016/j.neucom.2015.07.085; UCI Machine Learning Repository, "Smartphone-Based Recognition of Human
    Activities and Postural Transitions", doi:10.24432/C54G7M, whose README describes files, units and activities.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.errors import RecordingError
from data.ingest.table import Piece, Table, stacked
from data.label_categories import label_categories
from data.plurals import counted
from data.readers.files import File, Files
from data.readers.layouts._labels import unread_files, without_copies, without_unused_categories
from data.readers.layouts._uci import AXES, activities
from data.readers.progress import ReadProgress
from data.readers.text import parse_numbers
from data.recordings import Finding

TITLE = "HAPT (raw recordings)"
FILE = r"(?P<sensor>acc|gyro)_exp(?P<experiment>\d+)_user(?P<subject>\d+)\.txt"
LABELS = r"labels\.txt"
RATE_HZ = 50.0
UNITS = {"acc": "g", "gyro": "rad/s"}


@dataclass(frozen=True, eq=False)
class Labels:
    """The samples of each activity.

    Attributes:
        path: The file of the labels.
        rows: `(n, 5)` int: experiment, person, activity, first and last sample from 1.
        names: Name of each activity code.
    """

    path: str
    rows: np.ndarray
    names: Mapping[int, str]

    def column(self, experiment: int, subject: int, n_samples: int) -> pd.Categorical:
        """Return the activity of each sample of an experiment.

        Raises:
            RecordingError: If an activity is unknown, or lies outside the experiment.
        """
        texts = list(dict.fromkeys(self.names.values()))
        codes = np.full(n_samples, -1)
        for line in np.flatnonzero((self.rows[:, 0] == experiment) & (self.rows[:, 1] == subject)):
            activity, first, last = self.rows[line, 2:]
            if not 1 <= first <= min(last, n_samples):
                raise RecordingError(
                    f"{self.path}, line {line + 1}: samples {first} to {last} of experiment {experiment}, which "
                    f"has samples 1 to {n_samples:,}. Download the files again."
                )
            if activity not in self.names:
                raise RecordingError(
                    f"{self.path}, line {line + 1}: activity {activity} is not one of "
                    f"{', '.join(map(str, self.names))}. Correct it, or download the file again."
                )
            codes[first - 1 : last] = texts.index(self.names[activity])
        return label_categories(codes, texts)


def recognises(files: Files) -> bool:
    """Return whether a file is named like the raw signals of this data set."""
    return any(match["sensor"].lower() == "acc" for _, match in files.matching(FILE))


def read(files: Files, on_progress: ReadProgress) -> Table:
    """Read all experiments; the experiment number is the trial.

    Raises:
        RecordingError: If the labels or a sensor's file are missing, or a file is damaged.
    """
    names, used = activities(files)
    labels_file = _labels_file(files)
    labels = Labels(
        labels_file.path, parse_numbers(labels_file.read(), labels_file.path, 5, dtype=np.int64), names
    )
    experiments: dict[tuple[int, int], dict[str, File]] = {}
    named = files.matching(FILE)
    matches, copies = without_copies(named)
    for file, match in matches:
        key = int(match["experiment"]), int(match["subject"])
        experiments.setdefault(key, {})[match["sensor"].lower()] = file
    pieces = []
    for number, (key, sensors) in enumerate(sorted(experiments.items())):
        on_progress(number, len(experiments), f"Reading experiment {key[0]}")
        pieces.append(_piece(key, sensors, labels))
    frame, parts = stacked(pieces)
    return Table(
        files.name,
        without_unused_categories(frame),
        parts,
        roles={"subject": "subject", "activity": "activity", "trial": "trial"},
        channels=tuple(f"{sensor}_{axis}" for sensor in UNITS for axis in AXES),
        units={f"{sensor}_{axis}": unit for sensor, unit in UNITS.items() for axis in AXES},
        rate_hz=RATE_HZ,
        findings=(
            *copies,
            *_findings(labels, dict(zip(sorted(experiments), pieces, strict=True))),
            *unread_files(
                files,
                [*used, labels_file, *(file for file, _ in named)],
                "They contain features or descriptions, not recordings.",
            ),
        ),
    )


def _labels_file(files: Files) -> File:
    found = files.matching(LABELS)
    if not found:
        raise RecordingError(
            f"{files.name}: labels.txt, which lists the activities, is missing. Load the folder RawData with it."
        )
    return found[0][0]


def _piece(key: tuple[int, int], sensors: Mapping[str, File], labels: Labels) -> Piece:
    missing = [sensor for sensor in UNITS if sensor not in sensors]
    if missing:
        there = next(iter(sensors.values()))
        raise RecordingError(
            f"{there.path}: the file of the other sensor, {missing[0]}_{there.name.partition('_')[2]}, is missing. "
            "Add it, or remove this one."
        )
    values = {sensor: parse_numbers(sensors[sensor].read(), sensors[sensor].path, 3) for sensor in UNITS}
    experiment, subject = key
    frame = pd.concat(
        [pd.DataFrame(values[sensor], columns=[f"{sensor}_{axis}" for axis in AXES]) for sensor in UNITS],
        axis=1,
    )
    frame.insert(0, "activity", pd.Series(labels.column(experiment, subject, len(frame))))
    return Piece(sensors["acc"].path, frame, {"subject": str(subject), "trial": str(experiment)}, word="line")


def _findings(labels: Labels, pieces: Mapping[tuple[int, int], Piece]) -> list[Finding]:
    lengths = {key: len(piece.frame) for key, piece in pieces.items()}
    n_others = sum((row[0], row[1]) not in lengths for row in labels.rows.tolist())
    n_beyond = sum(row[4] > lengths.get((row[0], row[1]), row[4]) for row in labels.rows.tolist())
    findings = []
    if n_others:
        found = f"{counted(n_others, 'label')} of experiments that are missing"
        findings.append(Finding("note", labels.path, found, "They were left out."))
    if n_beyond:
        found = f"{counted(n_beyond, 'label')} beyond the end of the experiment"
        findings.append(Finding("warning", labels.path, found, "They were cut off there."))
    return findings
