"""Delimited text: CSV, TSV and similar formats, with decimal point or comma."""

import codecs
import csv
import io
import re
import warnings
from itertools import islice

import pandas as pd
from pandas.api import types

from data.column_words import ACTIVITY, SUBJECT, TRIAL, name_words, normalised
from data.errors import RecordingError
from data.ingest.table import Part, Table
from data.readers.files import File
from data.recordings import Finding

TITLE = "Delimited text (CSV, TSV, semicolons)"
EXTENSIONS = ("csv", "tsv", "txt")
SEPARATORS = ",;\t|"
N_LINES_SAMPLED = 200
MAX_LINE_BYTES = 200_000  # enough for 2,000 columns with long names
CHUNK = 2**20
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
UTF_32 = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
# Lines above the column names: blank lines, comments, and the separator hint of Excel.
PASSED_OVER = re.compile(r"\s*$|#|sep=.\s*$", re.IGNORECASE)
DECIMAL_COMMA = re.compile(r"^[+-]?\d*,\d+(?:[eE][+-]?\d+)?$")
# Missing values in numeric columns; in text columns these are labels like any other.
MISSING = (
    *("#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A"),
    *("NA", "NULL", "NaN", "NaT", "None", "n/a", "nan", "null"),
)
N_TEXTS_SAMPLED = 200
LEADING_ZERO = re.compile(rb'(?:^|[,;\t|])"?0\d', re.MULTILINE)
LABELS = (*SUBJECT, *ACTIVITY, *TRIAL)
DECIMAL_POINT = re.compile(r"^[+-]?\d*\.\d+(?:[eE][+-]?\d+)?$")


def recognises(file: File) -> bool:
    """Return whether this is text: no zero bytes, except in UTF-16 with its byte order mark."""
    head = file.head
    if head.startswith(UTF_16) and not head.startswith(UTF_32):
        return True
    return not head.startswith(b"PAR1") and not re.search(rb"[\x00-\x08\x0e-\x1f]", head)


def read(file: File) -> Table:
    """Read delimited text; separator, decimal sign and encoding are detected from the content.

    Blank lines and lines starting with `#` above the column names are skipped.

    Raises:
        RecordingError: If it is not text, has no line of column names, only one column, or a line with a different
            number of columns.
    """
    name = file.path
    content, findings = _as_utf8(file.read(), name)
    _refuse_long_lines(content, name)
    lines = _first_lines(content)
    n_above = next((i for i, line in enumerate(lines) if not PASSED_OVER.match(line)), None)
    if n_above is None:
        raise RecordingError(f"{name} has no line of column names. Choose a file with one row per sample.")
    header, below = lines[n_above], lines[n_above + 1 :]
    if len(header) > MAX_LINE_BYTES:
        raise _too_long(name, f"line {n_above + 1} is longer than {MAX_LINE_BYTES // 1000} KB")
    separator = _separator(header, below, name)
    _refuse_missing_header(header, separator, name, n_above + 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter(
                "error", pd.errors.ParserWarning
            )  # pandas would drop cells without a column name
            decimal = _decimal_sign(below, separator)
            # Cut off here: a quotation mark in a comment would make pandas skip more lines than requested.
            table = _parsed(_without_lines(content, n_above), separator, decimal)
    except pd.errors.ParserWarning as error:
        raise RecordingError(_more_than_names(header, below, separator, name, n_above + 2)) from error
    except pd.errors.ParserError as error:
        raise RecordingError(_in_words(str(error), name, n_above)) from error
    table.columns = _names(list(table.columns), header, separator)
    return Table(name, table, (Part(name, first=n_above + 2, word="line"),), findings=findings)


def _parsed(content: bytes, separator: str, decimal: str) -> pd.DataFrame:
    """Parse text; only empty cells are missing, and in numeric columns also the usual words for missing values."""

    def parse(
        missing: tuple[str, ...], columns: list[int] | None = None, dtype: type | None = None
    ) -> pd.DataFrame:
        return pd.read_csv(
            io.BytesIO(content),
            dtype=dtype,
            sep=separator,
            decimal=decimal,
            # Kept, so that row numbers in messages correspond to lines of the file.
            skip_blank_lines=False,
            skipinitialspace=True,
            index_col=False,
            low_memory=False,
            keep_default_na=False,
            na_values=["", *missing],
            usecols=columns,
        )

    table = parse(())
    numbered = [i for i in range(table.shape[1]) if _is_numbered_label(table.iloc[:, i])]
    if numbered and LEADING_ZERO.search(content):
        for place, i in enumerate(numbered):
            table.isetitem(i, parse((), numbered, str).iloc[:, place].array)
    mixed = [i for i in range(table.shape[1]) if _numbers_and_words(table.iloc[:, i], decimal)]
    if mixed:
        again = parse(MISSING, mixed)
        for place, i in enumerate(mixed):
            table.isetitem(i, again.iloc[:, place].array)
    return table


def _is_numbered_label(column: pd.Series) -> bool:
    """Return whether a column of whole numbers is a label by its name: person 001 is not person 1."""
    name = str(column.name)
    return types.is_integer_dtype(column) and any(
        word in LABELS for word in (normalised(name), *name_words(name))
    )


def _numbers_and_words(column: pd.Series, decimal: str) -> bool:
    """Return whether a numeric column was parsed as text because of words for missing values."""
    if not (types.is_string_dtype(column) or types.is_object_dtype(column)):
        return False
    is_word = column.isin(MISSING)
    if not is_word.any():
        return False
    others = column[~is_word & column.notna()]
    if len(others) == 0:  # nothing else: labels if the column name suggests so
        return not any(
            word in LABELS for word in (normalised(str(column.name)), *name_words(str(column.name)))
        )
    sample = others.iloc[:: max(1, len(others) // N_TEXTS_SAMPLED)].astype(str)
    if decimal != ".":
        sample = sample.str.replace(decimal, ".", regex=False)
    return bool(pd.to_numeric(sample, errors="coerce").notna().mean() > 0.5)


def _as_utf8(content: bytes, name: str) -> tuple[bytes, tuple[Finding, ...]]:
    """Return text as UTF-8 without a byte order mark, and findings about its encoding."""
    findings: tuple[Finding, ...] = ()
    if content.startswith(UTF_16):
        content = _recoded(content, "utf-16", name)
    elif not _is_utf8(content):
        content = _recoded(content, "cp1252", name)
        found = "It is not UTF-8; it was read as Western European text (Windows-1252)"
        findings = (Finding("note", name, found, "If labels look wrong, save it again as UTF-8."),)
    content = content.removeprefix(codecs.BOM_UTF8)
    if b"\0" in content:
        line = content.count(b"\n", 0, content.index(b"\0")) + 1
        raise RecordingError(
            f"{name}, line {line}: a zero byte, which never occurs in text. The file is damaged there: correct that "
            "line, or save it again."
        )
    if b"\r\r\n" in content[:CHUNK]:  # line ends converted twice by a program unaware of Windows line ends
        content = content.replace(b"\r\r\n", b"\r\n")
    return content, findings


def _is_utf8(content: bytes) -> bool:
    """Decode in pieces: decoded at once, the text would need up to four times the memory of the file."""
    if content.isascii():
        return True
    decoder, view = codecs.getincrementaldecoder("utf-8")(), memoryview(content)
    try:
        for at in range(0, len(content), CHUNK):
            decoder.decode(view[at : at + CHUNK], final=at + CHUNK >= len(content))
    except UnicodeDecodeError:
        return False
    return True


def _recoded(content: bytes, encoding: str, name: str) -> bytes:
    try:
        return content.decode(encoding).encode()
    except UnicodeError as error:
        raise RecordingError(
            f"{name} has an unknown encoding or is damaged. Save it again as UTF-8."
        ) from error


def _refuse_long_lines(content: bytes, name: str) -> None:
    n_lines = 1 + (content.count(b"\n") or content.count(b"\r"))
    if len(content) > MAX_LINE_BYTES * n_lines:
        raise _too_long(name, f"its lines are {len(content) / n_lines / 1000:,.0f} KB long on average")


def _too_long(name: str, what: str) -> RecordingError:
    return RecordingError(
        f"{name}: {what}. One row per sample is needed: perhaps rows and columns are swapped, or line ends are lost."
    )


def _first_lines(content: bytes) -> list[str]:
    text = io.StringIO(content[:CHUNK].decode("utf-8", errors="replace"), newline=None)
    return [line.rstrip("\n") for line in islice(text, N_LINES_SAMPLED)]


def _without_lines(content: bytes, n_lines: int) -> bytes:
    ends = re.finditer(rb"\r\n?|\n", content)
    return content[next(islice(ends, n_lines - 1, None)).end() :] if n_lines else content


def _cells(line: str, separator: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=separator, skipinitialspace=True), [])
    except csv.Error:  # a cell of more than 128 KB
        return line.split(separator)


def _separator(header: str, below: list[str], name: str) -> str:
    """Find the separator for which most lines have as many cells as there are column names."""
    n_names = {separator: len(_cells(header, separator)) for separator in SEPARATORS}
    filled = [line for line in below[:20] if line.strip()]

    def fit(separator: str) -> tuple[int, int]:
        n_alike = sum(len(_cells(line, separator)) == n_names[separator] for line in filled)
        return n_alike, n_names[separator]

    found = max((s for s in SEPARATORS if n_names[s] > 1), key=fit, default=None)
    if found is None:
        raise RecordingError(
            f"{name} has only one column ({header.strip()[:40]!r}). Separate columns by comma, semicolon, "
            "tab or |, with their names in the first line."
        )
    return found


def _refuse_missing_header(header: str, separator: str, name: str, line: int) -> None:
    names = _cells(header, separator)
    numbers = [n for n in names if re.fullmatch(r"\s*[+-]?[\d.,]+(?:[eE][+-]?\d+)?\s*", n)]
    if 2 * len(numbers) > len(names):
        raise RecordingError(
            f"{name} has numbers where the column names should be (line {line}: {header.strip()[:40]!r}). "
            "Add a first line that names the columns, for example subject, activity, t, acc_x."
        )


def _decimal_sign(lines: list[str], separator: str) -> str:
    if separator == ",":
        return "."
    cells = [cell.strip() for line in lines for cell in _cells(line, separator)]
    n_commas = sum(bool(DECIMAL_COMMA.match(cell)) for cell in cells)
    n_points = sum(bool(DECIMAL_POINT.match(cell)) for cell in cells)
    return "," if n_commas > n_points else "."


def _names(given: list[str], header: str, separator: str) -> list[str]:
    """Return the names as in the file: pandas renames two columns called `x` to `x` and `x.1`."""
    written = _cells(header, separator)
    if len(written) != len(given):  # a name spans two lines
        written = given
    pairs = zip(written, given, strict=True)
    return [" ".join((name if name.strip() else substitute).split()) for name, substitute in pairs]


def _more_than_names(header: str, below: list[str], separator: str, name: str, first: int) -> str:
    n_names = len(_cells(header, separator))
    counts = [len(_cells(line, separator)) for line in below]
    i, n = next(((i, n) for i, n in enumerate(counts) if n > n_names), (0, n_names + 1))
    return (
        f"{name}, line {first + i}: {n} columns, but only {n_names} of them have names. Name all columns in "
        "the line of names."
    )


def _in_words(reason: str, name: str, n_above: int) -> str:
    """Describe a parser error. pandas counts lines from the column names on, but rows of the table from 0."""
    uneven = re.search(r"Expected (\d+) fields in line (\d+), saw (\d+)", reason)
    if uneven is not None:
        expected, line, saw = map(int, uneven.groups())
        return (
            f"{name}, line {line + n_above}: {saw} columns where the lines above have {expected}. Correct "
            "that line."
        )
    unclosed = re.search(r"EOF inside string starting at row (\d+)", reason)
    if unclosed is not None:
        line = int(unclosed.group(1)) + n_above + 1
        return f"{name}, line {line}: a quotation mark is opened but never closed. Correct that line."
    return f"{name} cannot be read as a table ({' '.join(reason.split())}). Save it again as CSV."
