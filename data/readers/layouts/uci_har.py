"""UCI HAR: six activities with a phone at the waist, published as windows with 50 % overlap.

`train/Inertial Signals/total_acc_x_train.txt` has one window of 128 samples at 50 Hz per line, and `y_train.txt`
and `subject_train.txt` its activity and person; `test` likewise. A window starts with the second half of the previous
one if both belong to the same stretch of movement. Such windows are joined, so that no sample occurs twice; each
uninterrupted stretch becomes a trial.

References:
    Anguita et al., "A Public Domain Dataset for Human Activity Recognition Using Smartphones", ESANN 2013; UCI
    Machine Learning Repository, "Human Activity Recognition Using Smartphones", doi:10.24432/C54S4K, whose
    README describes files, overlap and units.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from data.errors import RecordingError
from data.ingest.table import Piece, Table, stacked
from data.label_categories import label_categories
from data.plurals import counted
from data.readers.files import File, Files
from data.readers.layouts._labels import label_column, unread_files, without_unused_categories
from data.readers.layouts._uci import AXES, activities
from data.readers.progress import ReadProgress
from data.readers.text import parse_numbers
from data.recordings import Finding

TITLE = "UCI HAR (windows)"
RATE_HZ = 50.0
N_TIMESTEPS = 128
HALF = N_TIMESTEPS // 2
NEEDED = {
    f"{name}_{a}": f"{file}_{a}" for name, file in (("acc", "total_acc"), ("gyro", "body_gyro")) for a in AXES
}
PEOPLE = {number: str(number) for number in range(1, 31)}
FURTHER = {f"body_acc_{axis}": f"body_acc_{axis}" for axis in AXES}


def recognises(files: Files) -> bool:
    """Return whether there are signal windows named like those of this data set."""
    return len(files.matching(r"(?:Inertial Signals/)?total_acc_x_(?:train|test)\.txt")) > 0


def read(files: Files, on_progress: ReadProgress) -> Table:
    """Read train and test, as far as they exist, as recordings without repeated samples.

    Raises:
        RecordingError: If a file is missing or damaged, or numbers of windows differ.
    """
    names, used = activities(files)
    sets = [kind for kind in ("train", "test") if files.matching(rf"total_acc_x_{kind}\.txt")]
    signals = NEEDED | (FURTHER if all(files.matching(rf"body_acc_x_{kind}\.txt") for kind in sets) else {})
    pieces, findings = [], []
    for number, kind in enumerate(sets):
        chosen = _files_of(files, kind, signals)
        used += chosen.values()
        windows: dict[str, np.ndarray] = {}
        for i, (name, file) in enumerate(chosen.items()):
            on_progress(number * len(chosen) + i, len(sets) * len(chosen), f"Reading {file.name}")
            width = 1 if name in ("activity", "subject") else N_TIMESTEPS
            windows[name] = parse_numbers(file.read(), file.path, width)
        _refuse_uneven(windows, chosen)
        n_before = pieces[-1].frame["trial"].iloc[-1] + 1 if pieces else 0
        piece, finding = _joined(windows, names, chosen["activity"], chosen["subject"], n_before)
        pieces.append(piece)
        findings.append(finding)
    frame, parts = stacked(pieces)
    frame["trial"] = _numbered(frame)
    return Table(
        files.name,
        without_unused_categories(frame),
        parts,
        roles={"subject": "subject", "activity": "activity", "trial": "trial"},
        channels=tuple(NEEDED),
        units={name: "rad/s" if name.startswith("gyro") else "g" for name in signals},
        rate_hz=RATE_HZ,
        findings=(
            *findings,
            *unread_files(files, used, "They contain features or descriptions, not recordings."),
        ),
    )


def _files_of(files: Files, kind: str, signals: Mapping[str, str]) -> dict[str, File]:
    """Return the files of the train or test set, labels first."""
    wanted = {"activity": "y", "subject": "subject", **signals}
    found = {}
    for name, start in wanted.items():
        matches = files.matching(rf"{start}_{kind}\.txt")
        if not matches:
            raise RecordingError(
                f"{files.name}: {start}_{kind}.txt is missing. Load the whole folder of the data set, with "
                "the folders train and test in it."
            )
        found[name] = matches[0][0]
    return found


def _refuse_uneven(windows: Mapping[str, np.ndarray], files: Mapping[str, File]) -> None:
    expected = len(windows["activity"])
    for name, values in windows.items():
        if len(values) != expected:
            raise RecordingError(
                f"{files[name].path} has {len(values):,} lines, but {files['activity'].path} has {expected:,}. "
                "Both should have one per window: download the files again."
            )


def _joined(
    windows: dict[str, np.ndarray], names: Mapping[int, str], labels: File, people: File, n_before: int
) -> tuple[Piece, Finding]:
    """Join consecutive windows, and report the number of repeated samples.

    The trial is the number of the stretch, counted from `n_before`.
    """
    subject, activity = windows.pop("subject")[:, 0], windows.pop("activity")[:, 0]
    words = label_column(activity, names, labels.path)
    continues = np.append(False, (np.diff(subject) == 0) & (np.diff(activity) == 0))
    for values in windows.values():
        continues[1:] &= (values[1:, :HALF] == values[:-1, HALF:]).all(axis=1)
    kept = np.ones((len(subject), N_TIMESTEPS), dtype=bool)
    kept[continues, :HALF] = False
    window = np.repeat(np.arange(len(subject)), kept.sum(axis=1))
    frame = pd.DataFrame(
        {
            "subject": label_column(subject, PEOPLE, people.path, what="person")[window],
            "activity": words[window],
            "trial": (np.cumsum(~continues) - 1 + n_before)[window],
            **{name: values[kept] for name, values in windows.items()},
        }
    )
    finding = Finding(
        "note",
        labels.path,
        f"{len(subject):,} windows with 50 % overlap, {counted(int((~kept).sum()), 'repeated sample')}",
        f"They were joined to {int((~continues).sum()):,} stretches without repeated samples; each is a trial.",
    )
    return Piece(labels.path.rpartition("/")[0] or labels.path, frame, word="sample"), finding


def _numbered(frame: pd.DataFrame) -> pd.Categorical:
    """Number the stretches of each person from 1, as text for each row."""
    first = frame.drop_duplicates("trial")
    number = first.groupby("subject", observed=True).cumcount().to_numpy()
    texts = [str(n) for n in range(1, number.max() + 2)]
    return label_categories(number[frame["trial"]], texts)
