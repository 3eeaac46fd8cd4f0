"""Text with a separator: CSV, TSV and their relatives, with decimal point or decimal comma."""

import csv
import io
import re
from itertools import islice

import pandas as pd

from data.errors import RecordingError
from data.readers.files import File
from data.table import Part, Table

TITLE = "Delimited text (CSV, TSV, semicolons)"
EXTENSIONS = ("csv", "tsv", "txt")
SEPARATORS = ",;\t|"
N_LINES_LOOKED_AT = 200
DECIMAL_COMMA = re.compile(r"^[+-]?\d*,\d+(?:[eE][+-]?\d+)?$")
DECIMAL_POINT = re.compile(r"^[+-]?\d*\.\d+(?:[eE][+-]?\d+)?$")


def recognises(file: File) -> bool:
    """Return whether this is text: no zero bytes, except in UTF-16 with its byte order mark."""
    head = file.head
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    return not head.startswith(b"PAR1") and not re.search(rb"[\x00-\x08\x0e-\x1f]", head)


def read(file: File) -> Table:
    """Read delimited text; separator, decimal sign and encoding are found from the content.

    Blank lines and lines starting with `#` above the column names are passed over.

    Raises:
        RecordingError: If there is no line of column names, only one column, or a line with another
            number of columns.
    """
    content, name = file.read(), file.path
    encoding = _encoding(content)
    lines = _first_lines(content, encoding)
    n_above = next((i for i, line in enumerate(lines) if line.strip() and line[0] != "#"), None)
    if n_above is None:
        raise RecordingError(f"{name} has no line of column names. Choose a file with one row a sample.")
    separator = _separator(lines[n_above], name)
    _refuse_missing_header(lines[n_above], separator, name, n_above + 1)
    try:
        table = pd.read_csv(
            io.BytesIO(content),
            sep=separator,
            decimal=_decimal_sign(lines[n_above + 1 :], separator),
            encoding=encoding,
            skiprows=n_above,
            # Kept, so that the row numbers in messages are the lines of the file.
            skip_blank_lines=False,
            skipinitialspace=True,
            index_col=False,
            low_memory=False,
        )
    except pd.errors.ParserError as error:
        raise RecordingError(_in_words(str(error), name, n_above + 1)) from error
    table.columns = [str(column).strip() for column in table.columns]
    return Table(name, table, (Part(name, first=n_above + 2, word="line"),))


def _encoding(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return "latin-1"
    return "utf-8-sig"


def _first_lines(content: bytes, encoding: str) -> list[str]:
    text = io.TextIOWrapper(io.BytesIO(content), encoding=encoding, errors="replace")
    return [line.rstrip("\n") for line in islice(text, N_LINES_LOOKED_AT)]


def _separator(header: str, name: str) -> str:
    """Find the separator in the line of names, where no decimal comma can mislead."""
    try:
        return csv.Sniffer().sniff(header, delimiters=SEPARATORS).delimiter
    except csv.Error as error:
        raise RecordingError(
            f"{name} has only one column ({header.strip()[:40]!r}). Separate columns by comma, semicolon, "
            "tab or |, with their names in the first line."
        ) from error


def _refuse_missing_header(header: str, separator: str, name: str, line: int) -> None:
    names = next(csv.reader([header], delimiter=separator))
    numbers = [n for n in names if re.fullmatch(r"\s*[+-]?[\d.,]+(?:[eE][+-]?\d+)?\s*", n)]
    if 2 * len(numbers) > len(names):
        raise RecordingError(
            f"{name} has numbers where the column names should be (line {line}: {header.strip()[:40]!r}). "
            "Add a first line that names the columns, for example subject, activity, t, acc_x."
        )


def _decimal_sign(lines: list[str], separator: str) -> str:
    if separator == ",":
        return "."
    cells = [cell.strip() for row in csv.reader(lines, delimiter=separator) for cell in row]
    n_commas = sum(bool(DECIMAL_COMMA.match(cell)) for cell in cells)
    n_points = sum(bool(DECIMAL_POINT.match(cell)) for cell in cells)
    return "," if n_commas > n_points else "."


def _in_words(reason: str, name: str, header_line: int) -> str:
    """Say what the parser stumbled over. It counts lines of the file, but rows of the table from 0."""
    uneven = re.search(r"Expected (\d+) fields in line (\d+), saw (\d+)", reason)
    if uneven is not None:
        expected, line, saw = uneven.groups()
        return f"{name}, line {line}: {saw} columns where the lines above have {expected}. Correct that line."
    unclosed = re.search(r"EOF inside string starting at row (\d+)", reason)
    if unclosed is not None:
        line = int(unclosed.group(1)) + header_line
        return f"{name}, line {line}: a quotation mark is opened and never closed. Correct that line."
    return f"{name} is not a table that can be read ({reason.strip()}). Save it again as CSV."
