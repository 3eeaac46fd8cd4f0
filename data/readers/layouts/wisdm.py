"""WISDM 2012: six activities with a phone in the trouser pocket, all people in one file.

`WISDM_ar_v1.1_raw.txt` has records `person,activity,timestamp,x,y,z;` (ns, m/s², 20 Hz). They are irregular:
some lines contain several, some records end with an extra comma, some lack a value, some timestamps are 0. Every
record becomes a row, with missing values where necessary.

References:
    Kwapisz, Weiss and Moore, "Activity Recognition using Cell Phone Accelerometers", SensorKDD 2010, and the
    readme and `WISDM_ar_v1.1_raw_about.txt` of https://www.cis.fordham.edu/wisdm/dataset.php.
"""

import csv
import io
import re

import numpy as np
import pandas as pd

from data.errors import RecordingError
from data.ingest.table import Part, Table
from data.label_categories import label_categories
from data.plurals import counted
from data.readers.files import Files
from data.readers.layouts._labels import unread_files
from data.readers.progress import ReadProgress
from data.recordings import Finding

TITLE = "WISDM 2012 (v1.1)"
FILE = r"WISDM_ar_v[\d.]+_raw\.txt"
FIELDS = ("subject", "activity", "timestamp", "acc_x", "acc_y", "acc_z")
CHANNELS = FIELDS[3:]
# Merged records have more fields than a single one; they are read to be counted.
N_FIELDS_READ = 4 * len(FIELDS)


def recognises(files: Files) -> bool:
    """Return whether a file is named like the raw recordings of this data set."""
    return len(files.matching(FILE)) > 0


def read(files: Files, on_progress: ReadProgress) -> Table:
    """Read the records; malformed ones have no person and no activity.

    Raises:
        RecordingError: If the file has a different structure.
    """
    file = files.matching(FILE)[0][0]
    on_progress(0, 1, f"Reading {file.name}")
    found, further = _records(file.read(), file.path)
    sound, findings = _sound(found, further, file.path)
    person = found["subject"].where(sound).astype("Int64").astype("string").astype("category")
    time = found["timestamp"].where(sound).to_numpy(np.float64, na_value=np.nan)
    frame = pd.DataFrame(
        {
            "subject": person,
            "activity": found["activity"].where(sound).cat.remove_unused_categories(),
            "t": np.where(time == 0, np.nan, time) * 1e-9,
            **{name: found[name].where(sound).astype(np.float32) for name in CHANNELS},
        }
    )
    n_timeless = int((time == 0).sum())
    if n_timeless:
        findings.append(
            Finding(
                "note",
                file.path,
                f"{counted(n_timeless, 'record')} with the timestamp 0",
                "They have no time.",
            )
        )
    return Table(
        files.name,
        frame,
        (Part(file.path, word="record"),),
        roles={"subject": "subject", "activity": "activity", "time": "t"},
        channels=CHANNELS,
        units=dict.fromkeys(CHANNELS, "m/s²"),
        findings=(
            *findings,
            *unread_files(files, [file], "They contain features or descriptions, not recordings."),
        ),
    )


def _records(content: bytes, path: str) -> tuple[pd.DataFrame, pd.Series]:
    """Split the content at semicolons and line ends, and each record at commas.

    Returns:
        The fields, missing where they are not numbers; and whether a record has further fields.
    """
    text = content.replace(b"\r", b"\n").replace(b";", b"\n").replace(b"\x00", b"")
    if not text.strip():
        raise RecordingError(f"{path} contains no samples. Download it again.")
    try:
        found = pd.read_csv(
            io.BytesIO(text),
            header=None,
            names=range(N_FIELDS_READ),
            dtype={1: "category"},
            encoding="latin-1",
            quoting=csv.QUOTE_NONE,
            skipinitialspace=True,
            low_memory=False,
        )
    except pd.errors.ParserError as error:
        raise RecordingError(
            f"{path} has a line that is not a list of `person,activity,timestamp,x,y,z;` ({str(error).strip()}). "
            "Download it again."
        ) from error
    further = found.iloc[:, len(FIELDS) :].notna().any(axis=1)
    fields = found.iloc[:, : len(FIELDS)].set_axis(list(FIELDS), axis=1)
    numbers = {
        name: pd.to_numeric(fields[name], errors="coerce").astype(np.float64)
        for name in FIELDS
        if name != "activity"
    }
    words = [str(word).strip().lower() for word in fields["activity"].cat.categories]
    codes = np.append(pd.factorize(np.array(words, dtype=object))[0], -1)[fields["activity"].cat.codes]
    activity = label_categories(codes, dict.fromkeys(words))
    return pd.DataFrame({**numbers, "activity": activity}), further


def _sound(found: pd.DataFrame, further: pd.Series, path: str) -> tuple[pd.Series, list[Finding]]:
    """Return which records have a person, an activity and the right number of fields."""
    words = [word for word in found["activity"].cat.categories if re.fullmatch(r"[a-z][a-z _]*", word)]
    sound = (
        found["subject"].between(0, 1e9)
        & (found["subject"] % 1 == 0)
        & found["activity"].isin(words)
        & ~further
    )
    if not sound.any():
        raise RecordingError(
            f"{path} contains no record `person,activity,timestamp,x,y,z;`. Download it again."
        )
    n_others = int((~sound).sum())
    if n_others == 0:
        return sound, []
    first = int(np.argmin(sound.to_numpy())) + 1
    malformed = f"{n_others:,} of {len(found):,} records are malformed, the first is record {first:,}"
    return sound, [Finding("warning", path, malformed, "They have no person and no activity.")]
