"""WFDB, the format of PhysioNet: a header (.hea), signals (.dat) and annotations (.atr) per recording.

The header names the files with the signals. The library only gets files of the source, in a separate folder, so that
a header cannot make it read anything else.

References:
    https://physionet.org/physiotools/wag/header-5.htm (record line, signal lines), https://wfdb.readthedocs.io
"""

import re
import tempfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from data.column_words import is_motion_name
from data.errors import RecordingError
from data.ingest.table import Piece, Table, stacked
from data.machine import private_folder
from data.readers.annotations import annotation_at
from data.readers.files import File, Files
from data.readers.formats._signals import MAX_SAMPLES, standard_unit
from data.recordings import Finding

TITLE = "WFDB (PhysioNet)"
INSTALL = "pip install 'wfdb>=4.3,<5'"
RECORD_LINE = re.compile(r"^([\w-]+)\s+(\d{1,3})(?:\s+([\d.]+)(?:/\S+)?(?:\s+(\d+))?)?")
ANNOTATIONS = ("atr", "ann", "anno", "label")
PLAIN_NAME = re.compile(r"^[\w-][\w.-]*$")
MAX_HEADER_BYTES = 100_000


def recognises(files: Files) -> bool:
    """Return whether there is a header, and next to it the signal files that it names."""
    return any(_signal_files(file, files) for file, _ in files.matching(r"[^/]*\.hea")[:5])


def read(files: Files, on_progress: Callable[[int, int, str], None]) -> Table:
    """Read all records with the most common rate and signals; activities are taken from annotations.

    Raises:
        RecordingError: If the library is missing, or no record can be read.
    """
    try:
        import wfdb  # noqa: F401
    except ImportError as error:
        raise RecordingError(
            f"{files.name} contains WFDB records, which require a library: run {INSTALL}."
        ) from error
    headers = [file for file, _ in files.matching(r"[^/]*\.hea")]
    records: list[tuple[str, pd.DataFrame, dict[str, str], float]] = []
    findings: list[Finding] = []
    for number, header in enumerate(headers):
        on_progress(number, len(headers), f"Reading {header.name}")
        try:
            records.append((header.path.removesuffix(".hea"), *_record(header, files)))
        except RecordingError as error:
            findings.append(
                Finding("warning", header.path, f"This record was left out: {error}", "Download it again.")
            )
    if not records:
        reason = f" The first reason: {findings[0].found}" if findings else ""
        raise RecordingError(f"{files.name} contains no readable WFDB record.{reason}")
    shapes = [(tuple(frame.columns.drop("activity", errors="ignore")), rate) for _, frame, _, rate in records]
    usual = max(shapes, key=shapes.count)
    alike = [record for record, shape in zip(records, shapes, strict=True) if shape == usual]
    if len(alike) < len(records):
        found = f"{len(records) - len(alike):,} records have different signals or a different rate"
        findings.append(Finding("warning", files.name, found, "They were left out."))
    frame, parts = stacked(Piece(path, frame, word="sample") for path, frame, _, _ in alike)
    motion = tuple(c for c in frame.columns if c in alike[0][2] or is_motion_name(c))
    return Table(
        files.name,
        frame,
        parts,
        roles={"time": "t", **({"activity": "activity"} if "activity" in frame else {})},
        channels=motion or None,
        units=alike[0][2],
        rate_hz=usual[1],
        findings=tuple(findings),
    )


def _signal_files(header: File, files: Files) -> list[File]:
    """Return the signal files named by a header; `[]` unless all of them are in its folder."""
    if header.size > MAX_HEADER_BYTES:
        return []
    lines = [line for line in header.head.decode("latin-1").splitlines() if line.strip() and line[0] != "#"]
    record = RECORD_LINE.match(lines[0]) if lines else None
    if record is None:
        return []
    named = list(dict.fromkeys(line.split()[0] for line in lines[1 : 1 + int(record[2])]))
    siblings = {file.name: file for file in files if file.folder == header.folder}
    if not named or not all(PLAIN_NAME.match(name) and name in siblings for name in named):
        return []
    return [siblings[name] for name in named]


def _record(header: File, files: Files) -> tuple[pd.DataFrame, dict[str, str], float]:
    """Read one record: `t`, one column per signal, and `activity` if there are annotations."""
    import wfdb

    signals = _signal_files(header, files)
    if not signals:
        raise RecordingError(
            f"{header.path} names files that do not exist. Load the .hea and .dat files together."
        )
    stem = header.name.removesuffix(".hea")
    siblings = {file.name: file for file in files if file.folder == header.folder}
    notes = next(
        (siblings[f"{stem}.{ending}"] for ending in ANNOTATIONS if f"{stem}.{ending}" in siblings), None
    )
    with tempfile.TemporaryDirectory(prefix=private_folder.prefix()) as folder:
        for file in [header, *signals, *([notes] if notes else [])]:
            (Path(folder) / file.name).write_bytes(file.read())
        try:
            length = wfdb.rdheader(f"{folder}/{stem}").sig_len or 0
            record = wfdb.rdrecord(f"{folder}/{stem}", sampto=min(length, MAX_SAMPLES) or None)
            frame, units, rate_hz = _frame(record)
            if notes is not None:
                _add_activity(frame, wfdb.rdann(f"{folder}/{stem}", notes.name.rsplit(".", 1)[1]), rate_hz)
        except Exception as error:
            raise RecordingError(f"{header.path} is a damaged WFDB record. Download it again.") from error
    return frame, units, rate_hz


def _frame(record) -> tuple[pd.DataFrame, dict[str, str], float]:
    rate_hz = float(record.fs)
    if not 0 < rate_hz <= 10_000:
        raise ValueError(f"a rate in (0, 10000]. Received: {rate_hz}")
    values = record.p_signal.astype("float32")
    names = [
        str(name).strip().replace(" ", "_") or f"signal_{i + 1}" for i, name in enumerate(record.sig_name)
    ]
    if len(set(names)) < len(names):
        names = [f"{name}_{i + 1}" for i, name in enumerate(names)]
    frame = pd.DataFrame(values, columns=names)
    frame.insert(0, "t", frame.index.to_numpy() / rate_hz)
    units = {name: standard_unit(written) for name, written in zip(names, record.units, strict=True)}
    return frame, {name: written for name, written in units.items() if written}, rate_hz


def _add_activity(frame: pd.DataFrame, annotation, rate_hz: float) -> None:
    """Add the text of annotations, such as `(walking`, each until the next."""
    notes = [
        (sample / rate_hz, text.strip("\0 ("))
        for sample, text in zip(annotation.sample, annotation.aux_note, strict=True)
        if text.strip("\0 ()")
    ]
    if notes:
        onsets, texts = zip(*notes, strict=True)
        frame["activity"] = annotation_at(frame["t"].to_numpy(), onsets, [None] * len(onsets), texts).astype(
            object
        )
