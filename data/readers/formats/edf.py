"""EDF and EDF+, the European Data Format of sleep and movement laboratories.

References:
    Kemp et al. (1992, 2003), https://www.edfplus.info/specs/edfplus.html: the fields of the header, and the
    time at the start of each data record in EDF+; edfio, https://edfio.readthedocs.io
"""

import re

import numpy as np
import pandas as pd

from data.column_words import is_motion_name
from data.errors import RecordingError
from data.ingest.table import Part, Table
from data.readers.annotations import annotation_at, is_technical
from data.readers.device_table import with_subject
from data.readers.files import File
from data.readers.formats._errors import user_errors
from data.readers.formats._signals import MAX_SAMPLES, standard_unit, truncation_finding
from data.recordings import Finding

TITLE = "EDF and EDF+"
EXTENSIONS = ("edf",)
VERSION = b"0       "
HEADER_BYTES, LABELS_AT = 256, 256
RECORD_TIME = re.compile(rb"([+-]\d+(?:\.\d+)?)\x14")
ANONYMOUS = ("", "X")


def recognises(file: File) -> bool:
    """Return whether this begins with EDF's version and a date as EDF writes it."""
    return file.head.startswith(VERSION) and re.match(rb"\d\d\.\d\d\.\d\d", file.head[168:176]) is not None


@user_errors("an EDF file", "Export it again, or export it as CSV.")
def read(file: File) -> Table:
    """Read the motion signals of one rate; the activity is taken from annotations, the subject from the patient code.

    Raises:
        RecordingError: If it contains no signals, or is damaged.
    """
    from edfio import read_edf

    content = file.read()
    stored = read_edf(content, header_encoding="latin-1")
    signals, others = _of_one_rate(stored.signals)
    if not signals or not stored.num_data_records:
        raise RecordingError(f"{file.path} contains no signals. Choose a recording with motion signals.")
    per_record = signals[0].samples_per_data_record
    n_samples = min(per_record * stored.num_data_records, MAX_SAMPLES)
    rate_hz = float(signals[0].sampling_frequency)
    begins = _record_begins(content, stored.num_data_records, float(stored.data_record_duration))
    t = (begins[:, None] + np.arange(per_record) / rate_hz).reshape(-1)[:n_samples]
    names = _names([signal.label for signal in signals])
    columns = {
        name: signal.data[:n_samples].astype(np.float32) for name, signal in zip(names, signals, strict=True)
    }
    frame = pd.DataFrame({"t": t, **columns})
    roles = {"time": "t", **_add_activity(frame, stored)}
    findings = [*_findings(others, rate_hz, file.path), *_remarks(stored, file.path)]
    if content[236:244].strip() != str(stored.num_data_records).encode():
        found = f"The header does not give the number of data records ({stored.num_data_records:,}): perhaps truncated"
        findings.append(Finding("warning", file.path, found, "All complete records were read."))
    if n_samples < per_record * stored.num_data_records:
        findings.append(truncation_finding(file.path, n_samples, rate_hz))
    units = {
        name: standard_unit(signal.physical_dimension) for name, signal in zip(names, signals, strict=True)
    }
    motion = tuple(name for name in names if units[name] or is_motion_name(name))
    return Table(
        file.path,
        with_subject(frame, subject_of(stored)),
        (Part(file.path, word="sample"),),
        roles=roles,
        channels=motion or None,
        units={name: written for name, written in units.items() if written},
        rate_hz=rate_hz,
        findings=tuple(findings),
    )


def _of_one_rate(signals) -> tuple[list, list]:
    """Return the signals with the most common rate of motion signals (or else of all signals), and the others."""
    votes: dict[float, tuple[int, int]] = {}
    for signal in signals:
        is_motion = bool(standard_unit(signal.physical_dimension)) or is_motion_name(signal.label)
        n_motion, n = votes.get(signal.sampling_frequency, (0, 0))
        votes[signal.sampling_frequency] = (n_motion + is_motion, n + 1)
    rate = max(votes, key=lambda rate: (votes[rate], rate), default=None)
    used = [signal for signal in signals if signal.sampling_frequency == rate]
    return used, [signal for signal in signals if signal.sampling_frequency != rate]


def _record_begins(content: bytes, n_records: int, duration_s: float) -> np.ndarray:
    """Return the `(records,)` start times of data records in seconds; in EDF+ each contains its own time."""
    n_signals = int(content[252:256])
    labels = [content[LABELS_AT + 16 * i :][:16].strip() for i in range(n_signals)]
    sizes = [2 * int(content[HEADER_BYTES + 216 * n_signals + 8 * i :][:8]) for i in range(n_signals)]
    evenly = np.arange(n_records) * duration_s
    if b"EDF Annotations" not in labels:
        return evenly
    first = labels.index(b"EDF Annotations")
    at, size = HEADER_BYTES * (1 + n_signals) + sum(sizes[:first]), sizes[first]
    found = [
        RECORD_TIME.match(content, at + i * sum(sizes), at + i * sum(sizes) + size) for i in range(n_records)
    ]
    if not all(found):
        return evenly
    begins = np.array([float(time[1]) for time in found if time])
    return begins - begins[0]


def _names(labels: list[str]) -> list[str]:
    names: list[str] = []
    for label in labels:
        name = re.sub(r"[^\w.]+", "_", label).strip("_") or "signal"
        names.append(name if name not in names else f"{name}_{sum(n.startswith(name) for n in names) + 1}")
    return names


def activity_annotations(stored) -> list:
    """Return the annotations that say what was done: those with a text that is no remark of the software."""
    return [note for note in stored.annotations if note.text.strip() and not is_technical(note.text)]


def _add_activity(frame: pd.DataFrame, stored) -> dict[str, str]:
    annotations = activity_annotations(stored)
    if not annotations:
        return {}
    frame["activity"] = annotation_at(
        frame["t"].to_numpy(),
        [note.onset for note in annotations],
        [note.duration for note in annotations],
        [note.text.strip() for note in annotations],
    )
    return {"activity": "activity"}


def subject_of(stored) -> str:
    """Return the patient code, or else the name; plain EDF may contain anything there."""
    patient = stored.local_patient_identification.split()
    code_and_name = (*patient[:1], *patient[3:4])
    return next((text for text in code_and_name if text not in ANONYMOUS), "")


def _findings(others: list, rate_hz: float, name: str) -> list[Finding]:
    if not others:
        return []
    listed = ", ".join(f"{signal.label} ({signal.sampling_frequency:g} Hz)" for signal in others[:10])
    return [
        Finding("note", name, f"Signals at rates other than {rate_hz:g} Hz: {listed}", "They were left out.")
    ]


def _remarks(stored, name: str) -> list[Finding]:
    remarks = dict.fromkeys(note.text.strip() for note in stored.annotations if is_technical(note.text))
    if not remarks:
        return []
    shown = ", ".join(remark[:40] for remark in list(remarks)[:5]) + (" ..." if len(remarks) > 5 else "")
    return [Finding("note", name, f"Remarks of the recording software: {shown}", "They are no activities.")]
