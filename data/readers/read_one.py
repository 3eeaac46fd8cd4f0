"""Reading one file with the format that recognises its content."""

from data.errors import RecordingError
from data.ingest.table import Table
from data.readers.files import File
from data.readers.registry import format_of

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
MAX_COLUMN_NAME = 200


def read_file(file: File) -> Table:
    """Read one file.

    Raises:
        RecordingError: If no format recognises it, or it is damaged or unusable.
    """
    # Checked first, because the beginning of a PDF, for example, can pass for text.
    kind = next((what for magic, what in KNOWN_OTHERS.items() if file.head.startswith(magic)), None)
    module = None if kind else format_of(file)
    if module is None:
        what = f"it is {kind}" if kind else "its content has none of the supported formats"
        raise RecordingError(f"{file.path} is not a table: {what}. Save the recordings as CSV or Parquet.")
    table = module.read(file)
    refuse_unusable(table)
    return table


def refuse_unusable(table: Table) -> None:
    """Refuse a table that cannot contain recordings.

    Raises:
        RecordingError: If it has no rows, too many columns, two columns of the same name, or a name that is too long.
    """
    columns = table.frame.columns
    repeated = columns[columns.duplicated()]
    if len(repeated) > 0:
        raise RecordingError(f"{table.name} has two columns called {repeated[0]!r}. Rename one of them.")
    long = next((str(column) for column in columns if len(str(column)) > MAX_COLUMN_NAME), None)
    if long is not None:
        raise RecordingError(
            f"{table.name} has a column whose name is {len(long):,} characters long ({long[:20]!r} ...); at most "
            f"{MAX_COLUMN_NAME} are read. Shorten it."
        )
    if len(columns) > MAX_COLUMNS:
        raise RecordingError(
            f"{table.name} has {len(columns):,} columns; at most {MAX_COLUMNS:,} are read. One row per sample is "
            "needed: perhaps rows and columns are swapped."
        )
    if table.frame.empty or not any(table.frame[column].notna().any() for column in columns):
        raise RecordingError(
            f"{table.name} has column names but no rows. Choose a file with one row per sample."
        )
