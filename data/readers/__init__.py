"""Files in. The reader is found from the content; a file's name is only used in messages.

A reader is one module of this package with `EXTENSIONS`, `recognises(head)` and `read(content, name=...)`.
The index of a table says where each row stands in the file, so that messages can name it:
its name is `"line"` or `"row"`, its values are what a person would count.
"""

import gzip
import importlib
import io
import pkgutil
from pathlib import Path
from types import ModuleType

import pandas as pd

from data.errors import RecordingError

MAX_UPLOAD_MB = 500
HEAD_BYTES = 4096
KNOWN_OTHERS = {
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"%PDF": "a PDF document",
    b"PK\x03\x04": "an Excel workbook or a ZIP archive",
    b"\xd0\xcf\x11\xe0": "an old Excel or Office file",
    b"\x89HDF": "an HDF5 file",
    b"MATLAB": "a MATLAB file",
    b"\x93NUMPY": "a NumPy array",
}


def read_table(source: str | Path | bytes, *, name: str | None = None) -> pd.DataFrame:
    """Read a table from a file or its content.

    Args:
        source: A path, or the bytes of an uploaded file. Gzip is unpacked.
        name: What messages call it; by default the file's name.

    Returns:
        The table as the file has it, nothing checked yet but that it has columns and rows.

    Raises:
        RecordingError: If it is missing, too big, empty or no table.
    """
    if isinstance(source, bytes):
        name, content = name or "The file", source
    else:
        name = name or Path(source).name
        content = _content(Path(source), name)
    _refuse_too_big(len(content), name)
    content = _unpacked(content, name)
    if not content.strip():
        raise RecordingError(f"{name} is empty. Choose a file with one row a sample.")
    table = _reader_for(content[:HEAD_BYTES], name).read(content, name=name)
    _refuse_unusable(table, name)
    return table


def readers() -> list[ModuleType]:
    """Return the reader modules in name order."""
    names = sorted(info.name for info in pkgutil.iter_modules(__path__))
    return [importlib.import_module(f"{__name__}.{name}") for name in names]


def extensions() -> list[str]:
    """Return the file name endings to offer when a person chooses a file, without dots."""
    return sorted({ending for reader in readers() for ending in reader.EXTENSIONS} | {"gz"})


def _content(path: Path, name: str) -> bytes:
    try:
        _refuse_too_big(path.stat().st_size, name)
        return path.read_bytes()
    except OSError as error:
        reason = error.strerror or "unknown reason"
        raise RecordingError(f"{name} cannot be read ({reason}). Check the path: {path}") from error


def _refuse_too_big(n_bytes: int, name: str) -> None:
    if n_bytes > MAX_UPLOAD_MB * 2**20:
        raise RecordingError(
            f"{name} has {n_bytes / 2**20:,.0f} MB; at most {MAX_UPLOAD_MB} MB are read at once. Leave out "
            "columns or people, or save it as Parquet, which is several times smaller than CSV."
        )


def _unpacked(content: bytes, name: str) -> bytes:
    if content[:2] != b"\x1f\x8b":
        return content
    try:
        with gzip.open(io.BytesIO(content)) as stream:
            unpacked = stream.read(MAX_UPLOAD_MB * 2**20 + 1)
    except (OSError, EOFError) as error:
        raise RecordingError(f"{name} is a damaged gzip file. Pack it again, or send it unpacked.") from error
    _refuse_too_big(len(unpacked), f"{name} (unpacked)")
    return unpacked


def _reader_for(head: bytes, name: str) -> ModuleType:
    for magic, what in KNOWN_OTHERS.items():
        if head.startswith(magic):
            raise RecordingError(f"{name} is not a table: it is {what}. Save the table as CSV or Parquet.")
    for reader in readers():
        if reader.recognises(head):
            return reader
    raise RecordingError(f"{name} is not a table: its content is neither CSV text nor Parquet.")


def _refuse_unusable(table: pd.DataFrame, name: str) -> None:
    repeated = table.columns[table.columns.duplicated()]
    if len(repeated) > 0:
        raise RecordingError(f"{name} has two columns called {repeated[0]!r}. Rename one of them.")
    if table.dropna(how="all").empty:
        raise RecordingError(f"{name} has column names but no rows. Choose a file with one row a sample.")
