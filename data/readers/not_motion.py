"""Files that are no recordings of motion sensors: one sentence says what they are, instead of a strange table.

Only what is certain is refused: known files of devices and data sets, and tables all of whose measured columns are
named after another quantity. Whoever names the columns of a file may load it all the same.
"""

import re
from dataclasses import dataclass

import pandas as pd

from data.column_words import ACTIVITY, SUBJECT, TIME, TRIAL, is_motion_name, name_words, normalised
from data.errors import RecordingError
from data.ingest.column_mapping import is_attribute
from data.ingest.table import Table
from data.readers.files import Files


@dataclass(frozen=True)
class OtherFiles:
    """Files of a known data set or device that hold something else.

    Attributes:
        files: Regular expression of the ends of their paths.
        head: Regular expression of how they begin.
        what: What they are, as the end of a sentence.
        instead: What to do, a sentence.
    """

    files: str
    head: str
    what: str
    instead: str


OTHER_FILES = (
    OtherFiles(
        r"(?:Ga|Ju|Si)(?:Co|Pt)\d+_\d+\.txt",
        r"(?:-?[\d.]+\t){18}-?[\d.]+\s",
        "PhysioNet's Gait in Parkinson's Disease: forces under the feet in newtons at 100 Hz, no motion sensors",
        "Penumbra compares movements measured by accelerometers and gyroscopes; load a data set with these.",
    ),
    OtherFiles(
        r"(?:[^/]*[_-])?(?:BVP|EDA|HR|TEMP|IBI)\.csv",
        r"\s*\d{9,10}(?:\.\d+)?\s*(?:,\s*IBI\s*)?\n",
        "pulse, skin conductance or temperature of an Empatica E4, no motion",
        "Add the file ACC.csv of the same session: it holds the acceleration.",
    ),
    OtherFiles(
        r"[^/]*_(?:accelerometers-std|activity-counts|step-counts|met|pulse-rate|eda|temperature|prv)\.csv",
        r"\"?timestamp_unix",
        "one value a minute computed by Empatica's EmbracePlus (a digital biomarker), no recording of motion",
        "Load the raw data: accelerometer.csv, converted from the Avro files.",
    ),
)
QUANTITIES = (
    (
        "activity counts or steps per epoch",
        r"^(?:axis[123]|vm|vectormagnitude|(?:activity)?counts?|steps?(?:count)?|cpm)$",
    ),
    (
        "heart rate or pulse",
        r"^(?:hr|heartrate|heartratebpm|bpm|pulse|pulserate|ibi|rr|rrinterval|bvp|ppg|spo2)$",
    ),
    ("the electrical activity of heart or muscles", r"^(?:ecg|ekg|emg)\w*$"),
    ("forces", r"force|torque|^grf|^f[xyz]\d?$|^(?:left|right)?cop[xyz]?$"),
)
# Written next to such quantities, and no measurement either.
COMPANIONS = re.compile(r"^(?:epoch|lux|inclinometer\w*|incline\w*|battery\w*|quality|moment\w*)$")
WHAT_IS_NEEDED = (
    "Recordings of accelerometers or gyroscopes are needed: many samples a second, with axes x, y and z."
)


def refuse_other_files(files: Files) -> None:
    """Refuse files of known data sets and devices that hold no motion.

    Raises:
        RecordingError: If there is one.
    """
    for other in OTHER_FILES:
        for file, _ in files.matching(other.files):
            if re.match(other.head, file.head.decode("utf-8", "replace")):
                raise RecordingError(f"{file.path} is from {other.what}. {other.instead}")


def refuse_other_quantities(table: Table) -> None:
    """Refuse a table all of whose measured columns are named after another quantity.

    Raises:
        RecordingError: If that is so.
    """
    measured = [str(name) for name in table.frame if _is_measured(table.frame[name], str(name))]
    if not measured or table.channels is not None:
        return
    kinds = {name: _quantity(name) for name in measured}
    named = {kind for kind in kinds.values() if kind}
    if named and all(kind or COMPANIONS.match(normalised(name)) for name, kind in kinds.items()):
        columns = ", ".join(name for name in measured[:6])
        raise RecordingError(
            f"{table.name} contains {' and '.join(sorted(named))} ({columns}), no motion. {WHAT_IS_NEEDED}"
        )


def _quantity(name: str) -> str:
    word = normalised(re.sub(r"[\[(][^\])]*[\])]?", "", name))
    return next((kind for kind, pattern in QUANTITIES if re.search(pattern, word)), "")


def _is_measured(column: pd.Series, name: str) -> bool:
    """Return whether a column holds numbers that are no time, label or attribute."""
    words = {normalised(name), *name_words(name)}
    if is_motion_name(name) and not _quantity(name):
        return True
    if is_attribute(name) or words & {*TIME, *SUBJECT, *ACTIVITY, *TRIAL, "date", "epoch"}:
        return False
    return pd.api.types.is_float_dtype(column) or (
        pd.api.types.is_integer_dtype(column) and column.nunique() > 1
    )
