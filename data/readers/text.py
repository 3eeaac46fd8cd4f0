"""Reading text without column names: lines of numbers, short lists of codes, tables drawn with bars."""

import io
import re
from collections.abc import Iterator, Sequence

import numpy as np

from data.errors import RecordingError
from data.plurals import counted
from data.readers.files import File

BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def parse_numbers(
    content: bytes,
    path: str,
    n_columns: int,
    *,
    separator: str | None = None,
    dtype: type[np.number] = np.float32,
    first_line: int = 1,
) -> np.ndarray:
    """Read lines that all have the same number of columns; empty lines are skipped.

    With a separator and a floating-point dtype, an empty cell, `NA` or `null` is a missing value.

    Args:
        content: Content of the file, without column names and comments.
        path: Name of the file in messages.
        n_columns: Number of columns.
        separator: Between numbers; by default any whitespace.
        dtype: Type of the result.
        first_line: The line of the file at which `content` starts.

    Returns:
        `(lines, n_columns)`.

    Raises:
        RecordingError: If there are no lines, or a line has another number of columns or a cell is not a number.
    """
    kind = np.dtype(dtype)
    try:
        found = _loaded(content, path, [kind] * n_columns, kind, separator, first_line)
    except RecordingError:
        if separator is None or kind.kind != "f" or not content.strip():
            raise
        # Few files have missing values, and handling them takes longer than reading.
        content = _missing_named(content, separator)
        found = _loaded(content, path, [kind] * n_columns, kind, separator, first_line)
    if found.shape[1] != n_columns:
        raise RecordingError(_fault(content, path, [kind] * n_columns, separator, first_line) or "")
    return found


def _missing_named(content: bytes, separator: str) -> bytes:
    """Write `nan` where a value is missing."""
    between = re.escape(separator.encode())
    missing = rb"(?:^|(?<=" + between + rb"))[ \t]*(?:NA|null)?[ \t]*(?=" + between + rb")"
    at_end = rb"(?<=" + between + rb")[ \t]*(?:NA|null)?[ \t]*(?=\r?$)"
    return re.sub(at_end, b"nan", re.sub(missing, b"nan", content, flags=re.M | re.I), flags=re.M | re.I)


def parse_records(
    content: bytes, path: str, dtype: np.dtype, *, separator: str | None = None, first_line: int = 1
) -> np.ndarray:
    """Read lines of numbers and short text.

    Args:
        content: Content of the file, without column names and comments.
        path: Name of the file in messages.
        dtype: A structured type with one field per column. Text that does not fit is truncated: leave room for one
            more character, so that invalid text cannot become valid.
        separator: Between values; by default any whitespace.
        first_line: The line of the file at which `content` starts.

    Returns:
        `(lines,)` of `dtype`.

    Raises:
        RecordingError: If there are no lines, or a line does not match the type.
    """
    return _loaded(content, path, [dtype[name] for name in dtype.names or ()], dtype, separator, first_line)


def _loaded(
    content: bytes,
    path: str,
    columns: Sequence[np.dtype],
    dtype: np.dtype,
    separator: str | None,
    first_line: int,
) -> np.ndarray:
    if not content.strip():
        raise RecordingError(f"{path} contains no samples. Download it again, or delete it.")
    try:
        return np.loadtxt(
            io.BytesIO(content.rstrip().removeprefix(BYTE_ORDER_MARK)),
            dtype=dtype,
            delimiter=separator,
            comments=None,
            ndmin=1 if dtype.names else 2,
        )
    except ValueError as error:
        fault = _fault(content, path, columns, separator, first_line)
        raise RecordingError(fault or f"{path} cannot be read ({error}). Download it again.") from error


def _fault(
    content: bytes, path: str, columns: Sequence[np.dtype], separator: str | None, first_line: int
) -> str | None:
    """Describe the first invalid line: the message of NumPy names neither line nor file."""
    for number, line in enumerate(as_text(content).splitlines(), first_line):
        values = line.split(separator)
        if not line:
            continue
        if len(values) != len(columns):
            what = f"{counted(len(values), 'value')} where {counted(len(columns), 'is', 'are')} expected"
            return f"{path}, line {number}: {what}. Correct that line, or download the file again."
        wrong = next((i for i, value in enumerate(values) if not _fits(value, columns[i])), None)
        if wrong is not None:
            what = f"{values[wrong].strip()[:30]!r} is not a {'whole ' * (columns[wrong].kind == 'i')}number"
            return (
                f"{path}, line {number}, column {wrong + 1}: {what}. Correct it, or download the file again."
            )
    return None


def _fits(value: str, column: np.dtype) -> bool:
    if column.kind == "S":
        return True
    try:
        if column.kind == "i":
            limits = np.iinfo(column)
            return limits.min <= int(value) <= limits.max
        float(value)
    except ValueError:
        return False
    return True


def as_text(content: bytes) -> str:
    """Decode hand-written text: UTF-8, or else Latin-1."""
    try:
        return content.removeprefix(BYTE_ORDER_MARK).decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def without_first_line(content: bytes) -> tuple[str, bytes]:
    """Return the line of column names without quotation marks, and the rest."""
    first, _, rest = content.removeprefix(BYTE_ORDER_MARK).partition(b"\n")
    return as_text(first).strip().replace('"', ""), rest


def parse_code_list(file: File) -> dict[int, str]:
    """Read lines such as `2 WALKING_UPSTAIRS` as a mapping from codes to lower-case labels.

    Raises:
        RecordingError: If a line does not have this form.
    """
    found = {}
    for number, line in enumerate(as_text(file.read()).splitlines(), 1):
        match = re.fullmatch(r"\s*(\d+)[\s,;:=]+(\S.*?)\s*", line)
        if match is None and line.strip():
            raise RecordingError(
                f"{file.path}, line {number}: {line.strip()[:40]!r} is not a number and an activity. "
                "Correct that line, or download the file again."
            )
        if match is not None:
            found[int(match[1])] = code_to_words(match[2])
    return found


def code_to_words(code: str) -> str:
    """Return `WALKING_UPSTAIRS` as `walking upstairs`."""
    return re.sub(r"[\s_]+", " ", code).strip().lower()


def table_rows(text: str) -> Iterator[list[str]]:
    """Yield the cells of table rows such as `| SA01 | 26 | F |` in text documentation."""
    for line in text.splitlines():
        if line.count("|") > 1:
            yield [cell.strip() for cell in line.strip().strip("|").split("|")]
