"""Files in: found from their content, whatever they are called.

    files      one file, wherever it lies; bounded, never outside what was chosen
    collect    what was handed over: one file, many, a folder, a ZIP archive
    registry   which of the modules below knows them
    layouts/   public data sets and phone apps: several files that belong together, known by how they lie
    formats/   one file each: delimited text, Parquet, Excel, EDF, ...
    read_one, read_many   one file; many of the same shape

A layout is a module with `TITLE`, `recognises(files)` and `read(files, tick)`; a format one with `TITLE`,
`EXTENSIONS`, `recognises(file)` and `read(file)`. Both return a `Table`. Adding one touches one file.
What the names of files and folders tell is read in `data.ingest.filename_pattern`.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from data.ingest.table import Table
from data.readers.collect import gathered
from data.readers.files import File
from data.readers.progress import Tick, silent
from data.readers.read_many import read_several
from data.readers.read_one import read_file, refuse_unusable
from data.readers.registry import extensions, known_formats, known_layouts

__all__ = ["Tick", "extensions", "gathered", "known_formats", "known_layouts", "read_table", "silent"]


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
        refuse_unusable(table)
        return table
    if len(files) == 1:
        table = read_file(files.files[0])
        return replace(table, findings=(*files.findings, *table.findings))
    return read_several(files, tick)
