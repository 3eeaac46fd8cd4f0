"""Recordings whose people have names that do not occur by chance, and a search for these names in any file."""

import io
import re
import unicodedata
import zipfile
from collections.abc import Iterator
from dataclasses import replace

import pandas as pd
import pyarrow.parquet as pq

from data.recordings import Recordings
from tests.toy import make_recordings

PEOPLE = ("Zyxqvorn Wumpelbrecht", "Qwixley O'Tharbonn", "Jürgen-Phlägmund", "7734519", "krzbsztwqx_01")
PARTS = ("zyxqvorn", "wumpelbrecht", "qwixley", "tharbonn", "phlägmund", "7734519", "krzbsztwqx")
ACTIVITIES = ("act1", "lifting with Wumpelbrecht")
CHANNELS = ("acc_x", "acc_y", "acc_z", "QWIXLEY_pressure")


def named_recordings(n_activities: int = 2, **changes) -> Recordings:
    """Return toy recordings of `PEOPLE`; names are in activities, channels, attributes and in the file name."""
    plain = make_recordings(
        **{"n_subjects": 5, "seconds_per_series": 30, "rate_hz": 25.0, "n_channels": 4, **changes},
        n_activities=n_activities,
    )
    people = dict(zip(plain.subjects, PEOPLE, strict=False))
    activities = {"act2": ACTIVITIES[1]}
    channels = dict(zip(plain.channels, CHANNELS, strict=True))
    samples = plain.samples.replace({"subject": people, "activity": activities}).rename(columns=channels)
    samples["series"] = samples["subject"] + "/" + samples["activity"] + "/" + samples["trial"]
    named = list(people.values())
    attributes = pd.DataFrame(
        {
            "diagnosis": [f"brother of {name}" for name in named],
            "birthyear": ["1961-02-03"] * 5,
            "sex": ["f"] * len(named),
        },
        index=pd.Index(named, name="subject"),
    )
    return replace(
        plain, name="Zyxqvorn_Wumpelbrecht.csv", samples=samples, channels=CHANNELS, attributes=attributes
    )


def texts_in(name: str, content: bytes) -> Iterator[str]:
    """Yield everything that can be read in a file: its name, its bytes, unpacked members, columns and metadata."""
    yield name
    yield content.decode("utf-8", "replace")
    yield _unescaped(content.decode("utf-8", "replace"))
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in archive.infolist():
                yield member.comment.decode("utf-8", "replace")
                yield from texts_in(member.filename, archive.read(member))
    if content.startswith(b"PAR1"):
        table = pq.read_table(io.BytesIO(content))
        for key, value in (table.schema.metadata or {}).items():
            yield f"{key.decode()} {value.decode()} {_unescaped(value.decode())}"
        for column in table.column_names:
            yield column
            yield (
                "\n".join(sorted({str(cell) for cell in table[column].to_pylist()}))
                if not _is_number(table, column)
                else ""
            )


def _is_number(table, column: str) -> bool:
    return str(table.schema.field(column).type) in ("float", "double", "int64")


def _unescaped(text: str) -> str:
    """Return JSON text as it reads: `json.dumps` writes ü as `\\u00fc`."""
    return re.sub(r"\\u([0-9a-f]{4})", lambda found: chr(int(found[1], 16)), text)


def names_in(name: str, content: bytes) -> list[str]:
    """Return the parts of names that occur in a file, whatever their case, accents and separators."""
    found = set()
    for text in texts_in(name, content):
        for form in (text, unicodedata.normalize("NFC", text)):
            plain = re.sub(r"[\s_]+", " ", form).casefold()
            found |= {part for part in PARTS if part in plain}
    return sorted(found)
