"""Reading files; the format is recognised from the content, not the name.

    files      one file, wherever it is stored; bounded, never outside what was chosen
    collect    the chosen source: one file, several, a folder or a ZIP archive
    registry   which of the modules below recognises it
    layouts/   public data sets and phone apps: several files that belong together, recognised by names and folders
    formats/   one file each: delimited text, Parquet, Excel, EDF, ...
    read_one, read_many   one file; several with the same columns
    device_table          from the stream of a measuring device to a table; of weeks, only stretches (`data.weeks`)
    not_motion            what is certainly no motion, with a sentence that says what it is

A layout is a module with `TITLE`, `recognises(files)` and `read(files, on_progress)`, or, where all files are alike, a
description (`layouts/_layout.py`); a format one with `TITLE`,
`EXTENSIONS`, `recognises(file)` and `read(file)`. Both return a `Table`. Adding one touches one file.
Labels in the names of files and folders are read by `data.ingest.filename_pattern`.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from data.ingest.table import Table
from data.readers.collect import gather_files
from data.readers.files import File
from data.readers.not_motion import refuse_other_files, refuse_other_quantities
from data.readers.progress import ReadProgress, ignore_progress, read_shares
from data.readers.read_many import read_several
from data.readers.read_one import read_file, refuse_unusable
from data.readers.registry import extensions, known_formats, known_layouts

__all__ = [
    "ReadProgress",
    "extensions",
    "gather_files",
    "ignore_progress",
    "known_formats",
    "known_layouts",
    "read_table",
]


def read_table(
    source: str | Path | bytes | Sequence[File],
    *,
    name: str | None = None,
    columns: Sequence[str] = (),
    on_progress: ReadProgress = ignore_progress,
) -> Table:
    """Read a file, folder, archive or upload into one table.

    Args:
        source: The path of a file, a folder or a ZIP archive; the bytes of an uploaded file; or several files.
        name: Name in messages; by default its own name.
        columns: Names of the columns, for text that has none; public data sets and apps are then not looked for.
        on_progress: Called before each file and, for recordings of days and weeks, again and again; may raise
            `KeyboardInterrupt` or a `PenumbraError` to stop.

    Returns:
        The table as stored in the files, validated only to have columns and rows.

    Raises:
        NamelessColumnsError: If columns have no names and none were given.
        RecordingError: If it is missing, too big, unsafe, empty, damaged or contains no recordings.
    """
    files = gather_files(source, name)
    if columns:
        files = replace(files, files=tuple(replace(file, column_names=tuple(columns)) for file in files))
    layout = None if columns else next((one for one in known_layouts() if one.recognises(files)), None)
    if layout is not None:
        table = layout.read(files, on_progress)
        table = replace(
            table, name=files.name, layout=layout.TITLE, findings=(*files.findings, *table.findings)
        )
        refuse_unusable(table)
        return table
    if not columns:
        refuse_other_files(files)
    if len(files) == 1:
        file = files.files[0]
        table = read_file(replace(file, on_read=read_shares(on_progress, f"Reading {file.name} (%)")))
        # The name of its folder or archive may be the person's.
        table = replace(table, name=files.name, findings=(*files.findings, *table.findings))
    else:
        table = read_several(files, on_progress)
    if not columns:
        refuse_other_quantities(table)
    return table
