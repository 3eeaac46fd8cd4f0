"""Excel's .xlsx: the first sheet that contains a table.

An .xlsx is a ZIP archive of XML. A few bytes can place a cell in the last column of the last row, or repeat a long
text in a million cells, and the parser would allocate all of it; both are therefore checked first.

References:
    python-calamine, https://pypi.org/project/python-calamine/; ECMA-376 part 1, 18.3.1 (cells `<c r="B2" t="s">`)
    and 18.4 (shared strings `<si>`).
"""

import datetime
import io
import re

import pandas as pd

from data.errors import RecordingError
from data.ingest.table import Part, Table
from data.readers import files as _files
from data.readers.files import File
from data.readers.formats._errors import refuse_big, user_errors
from data.recordings import Finding

TITLE = "Excel"
EXTENSIONS = ("xlsx",)
WORKBOOK, BINARY_WORKBOOK = "xl/workbook.xml", "xl/workbook.bin"
COLUMN_OF_CELL = re.compile(rb"""r\s*=\s*["']\s*([A-Za-z]{1,3})[0-9]""")
ROW_OF_CELL = re.compile(rb"""r\s*=\s*["']\s*[A-Za-z]{0,3}0*([0-9]{1,9})""")
SHARED_TEXT_CELL = re.compile(rb"""["']s["']""")
END_OF_TEXT = re.compile(rb"</[\w:.-]*si\s*>")
MAX_UNPACKED_MB = 250
MAX_CELLS = 2_500_000
MAX_TEXT_MB = 500
ROWS_A_BLOCK = 20_000
CHUNK_BYTES = 2**23
N_ROWS_ABOVE = 50  # for titles and notes above the column names


def recognises(file: File) -> bool:
    """Return whether this is an archive that contains an Excel workbook."""
    names = {info.filename for info in file.members()}
    return "[Content_Types].xml" in names and bool(names & {WORKBOOK, BINARY_WORKBOOK})


@user_errors("an Excel file", "Save it again as .xlsx or CSV.")
def read(file: File) -> Table:
    """Read the first sheet with a line of column names and rows below it; others are named in a finding.

    Raises:
        RecordingError: If it has no such sheet, is damaged, or unpacks to too much.
    """
    from python_calamine import CalamineWorkbook

    _refuse_bombs(file)
    workbook = CalamineWorkbook.from_filelike(io.BytesIO(file.read()))
    skipped: list[str] = []
    for position, name in enumerate(workbook.sheet_names):
        sheet = workbook.get_sheet_by_name(name)
        rows = sheet.iter_rows()
        header, n_above = _header(rows)
        frame = _frame(header, rows) if header else pd.DataFrame()
        if frame.empty:
            skipped.append(name)
            continue
        others = [*skipped, *workbook.sheet_names[position + 1 :]]
        first = n_above + 2  # rows are counted from the top of the sheet, including empty ones
        return Table(
            file.path, frame, (Part(file.path, first=first),), findings=_findings(others, name, file.path)
        )
    raise RecordingError(
        f"{file.path} has no sheet with a line of column names and rows below it. Put one row per sample on the "
        "first sheet, with the names of the columns in the first line."
    )


def _refuse_bombs(file: File) -> None:
    """Refuse a file for which the parser would allocate too much memory."""
    members = _files.archive(file)
    if any(member.path == BINARY_WORKBOOK for member in members):
        raise RecordingError(f"{file.path} is a binary Excel file. Save it as .xlsx or CSV.")
    refuse_big(sum(member.size for member in members), MAX_UNPACKED_MB, file.path)
    longest, n_texts = 0, 0
    for member in members:
        content = member.read()
        _refuse_wide(content, file.path)
        n_texts = max(n_texts, sum(1 for _ in SHARED_TEXT_CELL.finditer(content)))
        longest = max(longest, _longest(content))
    refuse_big(longest * n_texts, MAX_TEXT_MB, file.path)


def _refuse_wide(content: bytes, name: str) -> None:
    """Refuse a sheet whose outermost cells span too large an area."""
    columns: set[bytes] = set()
    n_rows = 0
    for start in range(0, len(content), CHUNK_BYTES):
        chunk = content[start : start + CHUNK_BYTES + 64]  # a match may extend beyond the chunk
        columns.update(COLUMN_OF_CELL.findall(chunk))
        n_rows = max(n_rows, *map(int, set(ROW_OF_CELL.findall(chunk))), 0)
    n_columns = max((_column(letters) for letters in columns), default=0)
    if n_rows * n_columns > MAX_CELLS:
        raise RecordingError(
            f"{name} has a sheet of {n_rows:,} rows and {n_columns:,} columns; at most {MAX_CELLS:,} cells are "
            "read. Delete cells far outside the table, or save it as CSV."
        )


def _column(letters: bytes) -> int:
    """Return the number of a column, 1 for A, 27 for AA."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - ord("A") + 1
    return number


def _longest(content: bytes) -> int:
    """Return an upper bound of the length of shared texts, 0 for a member without any."""
    longest = start = 0
    for end in END_OF_TEXT.finditer(content):
        longest, start = max(longest, end.end() - start), end.end()
    return longest


def _header(rows) -> tuple[list[str], int]:
    """Find the line of column names: the first with two or more cells, most of them text."""
    for n_above, row in zip(range(N_ROWS_ABOVE), rows, strict=False):
        filled = [cell for cell in row if cell != ""]
        if len(filled) >= 2 and 2 * sum(isinstance(cell, str) for cell in filled) > len(filled):
            return [str(cell).strip() for cell in row], n_above
    return [], 0


def _frame(header: list[str], rows) -> pd.DataFrame:
    """Return the rows below the names, without columns that have neither name nor value."""
    blocks: list[pd.DataFrame] = []
    block: list[list] = []
    for row in rows:
        block.append(row)
        if len(block) == ROWS_A_BLOCK:
            blocks.append(_typed(block))
            block = []
    if block:
        blocks.append(_typed(block))
    if not blocks:
        return pd.DataFrame()
    frame = pd.concat(blocks, ignore_index=True)
    kept = [i for i, name in enumerate(header) if name or frame[i].notna().any()]
    frame = frame[kept]
    frame.columns = [header[i] or f"Unnamed: {i}" for i in kept]
    last = frame.notna().any(axis=1).to_numpy().nonzero()[0]
    return frame.iloc[: last[-1] + 1] if len(last) else pd.DataFrame()


def _typed(rows: list[list]) -> pd.DataFrame:
    """Convert a block of rows; only columns with text, dates or empty cells are processed cell by cell."""
    frame = pd.DataFrame(rows)
    columns = {
        name: column
        if column.dtype.kind in "biuf"
        else pd.Series([_value(cell) for cell in column]).infer_objects()
        for name, column in frame.items()
    }
    return pd.DataFrame(columns)


def _value(cell: object) -> object:
    if cell == "":
        return None
    if isinstance(cell, datetime.time):
        return cell.isoformat()
    if isinstance(cell, datetime.date) and not isinstance(cell, datetime.datetime):  # midnight
        return datetime.datetime.combine(cell, datetime.time())
    return cell


def _findings(others: list[str], used: str, name: str) -> tuple[Finding, ...]:
    if not others:
        return ()
    listed = ", ".join(others[:5]) + (" ..." if len(others) > 5 else "")
    done = "They were left out. To use one of them, move it to the front or save it as a separate file."
    return (Finding("note", name, f"Sheet {used!r} was read; other sheets: {listed}", done),)
