"""Reading several files with the same columns: one per person or recording, or parts of one table."""

from collections import Counter
from dataclasses import replace

import pandas as pd

from data.column_words import SUBJECT, normalised
from data.errors import NamelessColumnsError, RecordingError
from data.ingest.column_mapping import is_attribute
from data.ingest.names.parts import split_path
from data.ingest.row_labels import label_codes
from data.ingest.table import Piece, Table, stacked
from data.plurals import counted
from data.readers.files import File, Files
from data.readers.progress import ReadProgress
from data.readers.read_one import read_file, refuse_unusable
from data.readers.registry import format_of
from data.recordings import Finding, Severity

MAX_DOUBTS = 100  # findings about contents that occur under two names
MAX_VALUES = 60_000_000  # of all recordings of devices: 20 million samples of three axes, loaded in 3 GB


def read_several(files: Files, on_progress: ReadProgress) -> Table:
    """Read files with the same columns into one table; others are reported in findings.

    Args:
        files: The files.
        on_progress: Called before each file; may raise to stop.

    Raises:
        NamelessColumnsError: If most files have columns without names.
        RecordingError: If no file contains recordings.
    """
    nameless: list[NamelessColumnsError] = []
    tables: list[tuple[File, Table]] = []
    others: list[tuple[File, str]] = []
    hashes: dict[bytes, str] = {}
    doubts: list[tuple[File, str]] = []
    for number, file in enumerate(files):
        on_progress(number, len(files), f"Reading {file.name}")
        if format_of(file) is None:
            others.append((file, "no table"))
            continue
        known = hashes.setdefault(file.digest(), file.path)
        if known != file.path and not _of_other_activities(known, file.path):
            others.append((file, f"a copy of {known}"))
            continue
        if known != file.path:
            doubts.append((file, known))
        try:
            tables.append((file, read_file(_long_file(file, number, files, on_progress))))
        except RecordingError as error:
            others.append((file, str(error)))
            nameless += [error] if isinstance(error, NamelessColumnsError) else []
    if len(nameless) >= max(1, len(tables)):
        raise nameless[0]
    attributes, tables = _attribute_table(tables)
    used, others = _of_one_rate(*_of_one_shape(tables, others))
    if not used:
        reason = f" The first reason: {others[0][1]}" if others else ""
        raise RecordingError(
            f"{files.name} contains no file with recordings ({counted(len(files), 'file')}).{reason}"
        )
    first = used[0][1]
    frame, parts = stacked(
        Piece(
            file.path,
            table.frame,
            {},
            table.parts[0].first,
            table.parts[0].word,
        )
        for file, table in used
    )
    table = Table(
        files.name,
        frame,
        parts,
        layout=first.layout,
        roles=first.roles,
        channels=first.channels,
        units=first.units,
        rate_hz=first.rate_hz,
        attributes=attributes,
        findings=(
            *files.findings,
            *_merged([f for _, table in used for f in table.findings]),
            *_skipped(others, files.name),
            *(_doubtful(file, known) for file, known in doubts[:MAX_DOUBTS]),
        ),
    )
    refuse_unusable(table)
    return table


def _long_file(file: File, number: int, files: Files, on_progress: ReadProgress) -> File:
    """Let a long recording report its share, and be as long as all of them together allow."""
    if not file.is_streamed:
        return file
    return replace(
        file,
        on_read=lambda share: on_progress(number, len(files), f"Reading {file.name} ({100 * share:.0f} %)"),
        max_values=min(file.max_values, MAX_VALUES // sum(other.is_streamed for other in files)),
    )


def _attribute_table(tables: list[tuple[File, Table]]) -> tuple[pd.DataFrame, list[tuple[File, Table]]]:
    """Find the table with attributes of people (one row each) among several tables."""
    for file, table in tables:
        columns = [str(column) for column in table.frame.columns]
        person = next((c for c in columns if normalised(c) in (*SUBJECT, "code")), None)
        described = [c for c in columns if is_attribute(c)]
        if person and described and len(tables) > 1 and not table.frame[person].duplicated().any():
            codes, labels = label_codes(table.frame, person)
            people = table.frame[described].set_axis(pd.Index([labels[c] for c in codes], name="subject"))
            return people, [other for other in tables if other[0] is not file]
    return pd.DataFrame(), tables


def _of_one_shape(
    tables: list[tuple[File, Table]], others: list[tuple[File, str]]
) -> tuple[list[tuple[File, Table]], list[tuple[File, str]]]:
    """Keep the tables with the columns that most rows have."""
    counts: Counter[tuple[str, ...]] = Counter()
    for _, table in tables:
        counts[tuple(sorted(map(str, table.frame.columns)))] += len(table)
    if not counts:
        return [], others
    usual = set(counts.most_common(1)[0][0])
    used = []
    for file, table in tables:
        missing = usual - set(table.frame.columns)
        if missing:
            others = [*others, (file, f"no column {sorted(missing)[0]!r}, which most files have")]
        else:
            used.append((file, table))
    order = next(list(table.frame.columns) for _, table in used if set(table.frame.columns) == usual)
    return [(file, _with_columns(table, order)) for file, table in used], others


def _with_columns(table: Table, order: list[str]) -> Table:
    if list(table.frame.columns) == order:
        return table  # thousands of small files are read faster
    return replace(table, frame=table.frame[order])


def _of_one_rate(
    tables: list[tuple[File, Table]], others: list[tuple[File, str]]
) -> tuple[list[tuple[File, Table]], list[tuple[File, str]]]:
    """Keep the files with times or with the rate of most rows."""
    counts: Counter[float | None] = Counter()
    for _, table in tables:
        counts[None if table.roles.get("time") else table.rate_hz] += len(table)
    if len(counts) < 2:
        return tables, others
    usual = counts.most_common(1)[0][0]
    used = [(file, table) for file, table in tables if table.rate_hz == usual or table.roles.get("time")]
    kept = {file.path for file, _ in used}
    odd = [(file, table) for file, table in tables if file.path not in kept]
    reason = "another rate ({} Hz) than most files ({:g} Hz), and no times. Load it separately"
    return used, [*others, *((file, reason.format(table.rate_hz, usual or 0)) for file, table in odd)]


def _merged(findings: list[Finding]) -> list[Finding]:
    """Merge identical findings of several files."""
    places: dict[tuple[Severity, str, str], list[str]] = {}
    for finding in findings:
        places.setdefault((finding.severity, finding.found, finding.done), []).append(finding.where)
    return [
        Finding(severity, where[0] + (f" and {len(where) - 1:,} more" if len(where) > 1 else ""), found, done)
        for (severity, found, done), where in places.items()
    ]


def _of_other_activities(path: str, other: str) -> bool:
    """Return whether two paths both name activities, and not the same ones."""
    first, second = (
        {part.text.lower() for part in split_path(p) if part.kind == "activity"} for p in (path, other)
    )
    return bool(first and second) and first != second


def _doubtful(file: File, known: str) -> Finding:
    return Finding(
        "warning",
        file.path,
        f"Its content is that of {known}, which is named for another activity",
        "Both were kept. One of the two is probably a mistake: load again without it.",
    )


def _skipped(others: list[tuple[File, str]], name: str) -> list[Finding]:
    """Report unused files: individually if there is a specific reason, up to a limit."""
    no_tables = [file for file, reason in others if reason == "no table"]
    findings = [
        Finding(
            "warning",
            file.path,
            f"This file was left out: {reason}",
            "Correct it and load again, or ignore it.",
        )
        for file, reason in others[:100]
        if reason != "no table"
    ]
    if no_tables:
        some = ", ".join(file.path for file in no_tables[:5]) + (" ..." if len(no_tables) > 5 else "")
        findings.append(
            Finding(
                "note",
                name,
                f"{counted(len(no_tables), 'file contains', 'files contain')} no table: {some}",
                "They were left out.",
            )
        )
    if len(others) > 100:
        findings.append(
            Finding(
                "warning",
                name,
                f"{counted(len(others) - 100, 'more file was', 'more files were')} left out",
                "See the reasons above.",
            )
        )
    return findings
