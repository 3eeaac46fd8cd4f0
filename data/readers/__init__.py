"""Files in: found from their content, whatever they are called.

    files      what was handed over: one file, many, a folder, a ZIP archive
    layouts/   public data sets and phone apps: several files that belong together, known by how they lie
    formats/   one file each: delimited text, Parquet, Excel, EDF, ...

What the names of files and folders tell is read in `data.naming`.

A layout is a module with `TITLE`, `recognises(files)` and `read(files, tick)`; a format one with `TITLE`,
`EXTENSIONS`, `recognises(file)` and `read(file)`. Both return a `Table`. Adding one touches one file.
"""

import hashlib
import importlib
import pkgutil
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pandas as pd

from data.columns import is_attribute
from data.errors import RecordingError
from data.labels import label_codes
from data.readers import files as _files
from data.readers.files import ZIP, File, Files
from data.recordings import Finding
from data.table import Piece, Table, stacked
from data.vocabulary import SUBJECT, plain

# Told how many of how many steps are done, and what is being done; raises to stop.
Tick = Callable[[int, int, str], None]

KNOWN_OTHERS = {
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"%PDF": "a PDF document",
    b"\xd0\xcf\x11\xe0": "an old Office file (save it as .xlsx or CSV)",
    b"Rar!": "a RAR archive (unpack it and load the folder, or pack it as ZIP)",
    b"7z\xbc\xaf": "a 7z archive (unpack it and load the folder, or pack it as ZIP)",
    b"BZh": "a bzip2 archive (unpack it first)",
    b"\xfd7zXZ": "an xz archive (unpack it first)",
}
MAX_COLUMNS = 2_000
MAX_WRAPPED = 5  # archives in one archive, as public data sets come


def silent(done: int, total: int, text: str) -> None:
    """Tell nobody."""


def read_table(
    source: str | Path | bytes | Sequence[File], *, name: str | None = None, tick: Tick = silent
) -> Table:
    """Read whatever was handed over into one table.

    Args:
        source: The path of a file, a folder or a ZIP archive; the bytes of an uploaded file; or several files.
        name: What messages call it; by default its own name.
        tick: Told after each file; may raise to stop.

    Returns:
        The table as the files have it, nothing checked yet but that it has columns and rows.

    Raises:
        RecordingError: If it is missing, too big, unsafe, empty, damaged or no recordings.
    """
    files = gathered(source, name)
    layout = next((module for module in known_layouts() if module.recognises(files)), None)
    if layout is not None:
        table = layout.read(files, tick)
        table = replace(
            table, name=files.name, layout=layout.TITLE, findings=(*files.findings, *table.findings)
        )
        _refuse_unusable(table)
        return table
    if len(files) == 1:
        table = _read_file(files.files[0])
        return replace(table, findings=(*files.findings, *table.findings))
    return _read_many(files, tick)


def gathered(source: str | Path | bytes | Sequence[File], name: str | None = None) -> Files:
    """Find out what was handed over: archives and folders are opened.

    Raises:
        RecordingError: If it is missing, empty, too big or unsafe.
    """
    if isinstance(source, bytes):
        chosen = [_files.one_file(source, name or "The file")]
    elif isinstance(source, str | Path):
        path = Path(source)
        if path.is_dir():
            return _with_archives_open(_files.folder_on_disk(path), name)
        chosen = [_files.file_on_disk(path, name)]
    else:
        chosen = list(source)
    if len(chosen) != 1:
        return _with_archives_open(_files.many_files(chosen, name or f"{len(chosen)} files"), name)
    if not _is_archive(chosen[0]):
        if not chosen[0].head.strip():
            raise RecordingError(f"{chosen[0].path} is empty. Choose a file with one row a sample.")
        return Files(name or chosen[0].name, (chosen[0],))
    return _unwrapped(_files.archive(chosen[0]))


def known_layouts() -> list[ModuleType]:
    """Return the modules of known layouts in name order."""
    return _modules("layouts")


def known_formats() -> list[ModuleType]:
    """Return the modules of file formats: those told by their first bytes first, plain text last."""
    return sorted(_modules("formats"), key=lambda module: module.__name__.endswith(".delimited"))


def extensions() -> list[str]:
    """Return the file name endings of all formats, without dots."""
    return sorted({ending for module in known_formats() for ending in module.EXTENSIONS} | {"gz", "zip"})


def format_of(file: File) -> ModuleType | None:
    """Return the format that a file's content has, `None` where no reader knows it."""
    return next((module for module in known_formats() if module.recognises(file)), None)


def _modules(package: str) -> list[ModuleType]:
    folder = [str(Path(__path__[0]) / package)]
    names = sorted(info.name for info in pkgutil.iter_modules(folder) if not info.name.startswith("_"))
    return [importlib.import_module(f"{__name__}.{package}.{name}") for name in names]


def _is_archive(file: File) -> bool:
    return file.head.startswith(ZIP) and format_of(file) is None


def _with_archives_open(files: Files, name: str | None) -> Files:
    """Open the archives among several files: data sets often come as several ZIPs and a table."""
    opened, findings = [], list(files.findings)
    for file in files:
        if not _is_archive(file):
            opened.append(file)
            continue
        inner = _files.archive(file)
        opened += [
            replace(member, path=f"{file.path.removesuffix('.zip')}/{member.path}") for member in inner
        ]
        findings += inner.findings
    gathered = _files.many_files(opened, name or files.name)
    if len(gathered) == 0:
        raise RecordingError(
            f"{gathered.name} holds no files. Choose the folder or files of your recordings."
        )
    return replace(gathered, findings=(*findings, *gathered.findings))


def _unwrapped(files: Files) -> Files:
    """Refuse archives in an archive, except those that some public data sets are wrapped in, one deep."""
    inner = [file for file in files if _is_archive(file)]
    if len(files) == 0:
        raise RecordingError(f"{files.name} holds no files. Pack the recordings again.")
    if not inner:
        return files
    if len(inner) <= MAX_WRAPPED:
        together = _with_archives_open(files, files.name)
        if not any(_is_archive(file) for file in together) and any(
            m.recognises(together) for m in known_layouts()
        ):
            return together
    raise RecordingError(
        f"{files.name} holds another archive ({inner[0].path[-60:]}). Unpack it, and load the folder or the "
        "inner archive."
    )


def _read_file(file: File) -> Table:
    module = format_of(file)
    if module is None:
        kind = next((what for magic, what in KNOWN_OTHERS.items() if file.head.startswith(magic)), None)
        what = f"it is {kind}" if kind else "its content is none of the known formats"
        raise RecordingError(f"{file.path} is not a table: {what}. Save the recordings as CSV or Parquet.")
    table = module.read(file)
    _refuse_unusable(table)
    return table


def _read_many(files: Files, tick: Tick) -> Table:
    """Read files of one person each, or parts of one table; they need the same columns."""
    tables: list[tuple[File, Table]] = []
    others: list[tuple[File, str]] = []
    hashes: dict[bytes, str] = {}
    for number, file in enumerate(files):
        tick(number, len(files), f"Reading {file.name}")
        if format_of(file) is None:
            others.append((file, "no table"))
            continue
        digest = hashlib.sha256(file.read()).digest()
        if digest in hashes:
            others.append((file, f"a copy of {hashes[digest]}"))
            continue
        hashes[digest] = file.path
        try:
            tables.append((file, _read_file(file)))
        except RecordingError as error:
            others.append((file, str(error)))
    attributes, tables = _attribute_table(tables)
    used, others = _of_one_shape(tables, others)
    if not used:
        reason = f" The first one: {others[0][1]}" if others else ""
        raise RecordingError(f"{files.name} holds no file with recordings ({len(files):,} files).{reason}")
    first = used[0][1]
    frame, parts = stacked(
        Piece(
            file.path, table.frame[list(first.frame.columns)], {}, table.parts[0].first, table.parts[0].word
        )
        for file, table in used
    )
    table = Table(
        files.name,
        frame,
        parts,
        roles=first.roles,
        channels=first.channels,
        units=first.units,
        rate_hz=first.rate_hz,
        attributes=attributes,
        findings=(
            *files.findings,
            *(f for _, table in used for f in table.findings),
            *_passed_over(others, files.name),
        ),
    )
    _refuse_unusable(table)
    return table


def _attribute_table(tables: list[tuple[File, Table]]) -> tuple[pd.DataFrame, list[tuple[File, Table]]]:
    """Find the table that describes people (one row each) among several tables."""
    for file, table in tables:
        columns = [str(column) for column in table.frame.columns]
        person = next((c for c in columns if plain(c) in (*SUBJECT, "code")), None)
        described = [c for c in columns if is_attribute(c)]
        if person and described and len(tables) > 1 and not table.frame[person].duplicated().any():
            codes, labels = label_codes(table.frame, person)
            people = table.frame[described].set_axis(pd.Index([labels[c] for c in codes], name="subject"))
            return people, [other for other in tables if other[0] is not file]
    return pd.DataFrame(), tables


def _of_one_shape(
    tables: list[tuple[File, Table]], others: list[tuple[File, str]]
) -> tuple[list[tuple[File, Table]], list[tuple[File, str]]]:
    """Keep the tables that have the columns which most rows have."""
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
    return [(file, replace(table, frame=table.frame[order])) for file, table in used], others


def _passed_over(others: list[tuple[File, str]], name: str) -> list[Finding]:
    """Report files that were not used: those with a reason of their own one by one, up to a number."""
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
            Finding("note", name, f"{len(no_tables):,} files hold no table: {some}", "They were left out.")
        )
    if len(others) > 100:
        findings.append(
            Finding(
                "warning", name, f"{len(others) - 100:,} more files were left out", "See the reasons above."
            )
        )
    return findings


def _refuse_unusable(table: Table) -> None:
    columns = table.frame.columns
    repeated = columns[columns.duplicated()]
    if len(repeated) > 0:
        raise RecordingError(f"{table.name} has two columns called {repeated[0]!r}. Rename one of them.")
    if len(columns) > MAX_COLUMNS:
        raise RecordingError(
            f"{table.name} has {len(columns):,} columns; at most {MAX_COLUMNS:,} are read. One row a sample is "
            "needed: perhaps rows and columns are swapped."
        )
    if table.frame.empty or not table.frame.notna().to_numpy().any():
        raise RecordingError(
            f"{table.name} has column names but no rows. Choose a file with one row a sample."
        )
