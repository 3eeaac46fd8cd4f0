"""Delimited text: CSV, TSV and similar formats, with decimal point or comma."""

import codecs
import io
import re
import warnings
from itertools import islice

import pandas as pd
from pandas.api import types

from data.column_words import ACTIVITY, SUBJECT, TRIAL, name_words, normalised
from data.errors import NamelessColumnsError, RecordingError
from data.ingest.table import Part, Table
from data.readers.files import File
from data.readers.formats._header import BLANKS, PASSED_OVER, Header, cells, find_header
from data.readers.formats._known_tables import KnownTable, known_table, refuse_counts
from data.readers.formats._long_text import long_text
from data.readers.formats._own_times import has_own_times, with_one_time
from data.readers.formats._signals import standard_unit, written_unit
from data.readers.long_table import drawn_table
from data.recordings import Finding

TITLE = "Delimited text (CSV, TSV, semicolons)"
EXTENSIONS = ("csv", "tsv", "txt", "mot", "sto")
N_LINES_SAMPLED = 200
N_ROWS_SHOWN = 8
MAX_LINE_BYTES = 200_000  # enough for 2,000 columns with long names
CHUNK = 2**20
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
UTF_32 = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
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
    """Read delimited text; where it begins, separator, decimal sign, units and encoding are detected from the content.

    Metadata, blank lines and comments above the column names are skipped; see `_header`. Of a text that is too long to
    be read as a whole, stretches are taken.

    Raises:
        NamelessColumnsError: If the columns have no names, and `file.column_names` names none or not all of them.
        RecordingError: If it is not text, has only one column, or a line with a different number of columns.
    """
    name = file.path
    if file.is_long_table:
        return drawn_table(file, long_text(file, read))
    content, findings = _as_utf8(file.read(), name)
    _refuse_long_lines(content, name)
    content = _without_marks_at_ends(content, _first_lines(content))
    lines = _first_lines(content)
    header = _header(lines, name)
    known = known_table(header)
    if known is not None:
        refuse_counts(known, header, name)
    names = _all_names(header, known, lines, file)
    body, rest = _body(content, header)
    frame = _frame(body, header, names, lines, name)
    columns = [str(column) for column in frame.columns]
    units = {column: unit for column in columns if (unit := _unit_of(column, names, header, known))}
    time = _matching(frame.columns, known.time)[:1] if known and known.time else []
    if has_own_times(names):
        stated = {i: standard_unit(_bracketed(column)) for i, column in enumerate(columns)}
        frame, left_out = with_one_time(frame, stated, name)
        findings = (*findings, *left_out)
        time = ["time"]
    channels = tuple(_matching(frame.columns, known.channels)) if known and known.channels else None
    return Table(
        name,
        frame,
        (Part(name, first=header.first + 1, word="line"),),
        layout=known.title if known else "",
        roles={"time": None} if known and known.evenly else {"time": time[0]} if time else {},
        channels=channels or None,
        units=units,
        rate_hz=header.rate_hz,
        findings=(*findings, *_later_tables(rest, name)),
    )


def _header(lines: list[str], name: str) -> Header:
    """Find where the table begins.

    Raises:
        RecordingError: If there is no table, or it has only one column.
    """
    top = next((i for i, line in enumerate(lines) if not PASSED_OVER.match(line)), None)
    if top is None:
        raise RecordingError(f"{name} has no line of column names. Choose a file with one row per sample.")
    if len(lines[top]) > MAX_LINE_BYTES:
        raise _too_long(name, f"line {top + 1} is longer than {MAX_LINE_BYTES // 1000} KB")
    header = find_header(lines)
    if header is None:
        raise RecordingError(
            f"{name} has only one column. Separate columns by comma, semicolon, tab or |, with their names in the "
            "first line."
        )
    return header


def _all_names(header: Header, known: KnownTable | None, lines: list[str], file: File) -> list[str]:
    """Return the names of all columns: from the file, from what is known about it, or from the user.

    Raises:
        NamelessColumnsError: If there are none.
    """
    if header.names:
        return known.names(header.names) if known else list(header.names)
    if known and header.n_columns in known.nameless:
        return list(known.nameless[header.n_columns])
    rows = [cells(line, header.separator) for line in lines[header.first :] if line.strip()][:N_ROWS_SHOWN]
    used = len(rows[0]) - (not rows[0][-1].strip()) if rows else header.n_columns
    if len(file.column_names) == used:
        return [*file.column_names, *[""] * (header.n_columns - used)]
    found = f"line {header.first + 1}"  # not what it says: the file may be no recording at all
    if file.column_names:
        raise NamelessColumnsError(
            f"{file.path} has {used} columns ({found}), but {len(file.column_names)} names were given "
            f"({', '.join(file.column_names)}). Give one name for each column.",
            file.path,
            rows,
        )
    raise NamelessColumnsError(
        f"{file.path} has numbers where the column names should be ({found}). Name its {used} columns, for example "
        "subject, activity, t, acc_x: in a first line, or when loading.",
        file.path,
        rows,
    )


def _frame(content: bytes, header: Header, names: list[str], lines: list[str], name: str) -> pd.DataFrame:
    below = lines[header.first :]
    decimal = _decimal_sign(below, header.separator)
    is_plain = bool(header.names) and not header.units and header.first == header.line + 1
    is_plain &= header.n_unnamed == 0 and header.separator != BLANKS
    # A name spans several lines, or its quotation mark is never closed: pandas tells which.
    is_plain |= bool(header.names) and lines[header.line].count('"') % 2 == 1
    skipped = header.line if is_plain else header.first
    try:
        with warnings.catch_warnings():
            warnings.simplefilter(
                "error", pd.errors.ParserWarning
            )  # pandas would drop cells without a column name
            # Cut off here: a quotation mark in a comment would make pandas skip more lines than requested.
            body = _without_lines(content, skipped)
            table = _parsed(body, header.separator, decimal, None if is_plain else len(names))
    except pd.errors.ParserWarning as error:
        raise RecordingError(_more_than_names(header, below, name)) from error
    except pd.errors.ParserError as error:
        raise RecordingError(_in_words(str(error), name, skipped)) from error
    except pd.errors.EmptyDataError as error:
        raise RecordingError(
            f"{name} has column names but no rows. Choose a file with one row per sample."
        ) from error
    if is_plain:
        ends_blank = not names[-1] and len(names) == table.shape[1] and table.iloc[:, -1].isna().all()
        table.columns = _names(list(table.columns), names)
        return table.iloc[:, :-1] if ends_blank else table
    return _named(table, header, names, below, name)


def _named(
    table: pd.DataFrame, header: Header, names: list[str], below: list[str], name: str
) -> pd.DataFrame:
    """Name columns, and leave out those at the end without names and values: each line ended with a separator."""
    unnamed = range(len(names) - header.n_unnamed, len(names)) if header.names else ()
    if any(table[i].notna().any() for i in unnamed):
        raise RecordingError(_more_than_names(header, below, name))
    kept = [i for i, column in enumerate(names) if column or table[i].notna().any()]
    table = table[kept]
    table.columns = [names[i] or f"Unnamed: {i}" for i in kept]
    return table


def _body(content: bytes, header: Header) -> tuple[bytes, bytes]:
    """Return the table, and what follows it in a file that contains several."""
    if not header.is_section:
        return content, b""
    starts = header.first
    head = _without_lines(content, starts)
    end = re.search(rb"\r?\n[,;\t ]*\r?\n", head)
    if end is None:
        return content, b""
    n_above = len(content) - len(head)
    return content[: n_above + end.start()], head[end.end() :]


def _bracketed(column: str) -> str:
    """Return what stands in brackets at the end of a name."""
    found = re.search(r"[\[(]([^\])]*)[\])]\s*$", column)
    return found[1] if found else ""


def _later_tables(rest: bytes, name: str) -> tuple[Finding, ...]:
    if not rest.strip(b",;\t\r\n "):
        return ()
    title = rest.lstrip().split(b"\n")[0].decode("utf-8", errors="replace").strip(",;\t\r ")
    done = "It was left out. To use it, save it as a file of its own."
    return (Finding("note", name, f"Another table follows below the first ({title[:40]})", done),)


def _unit_of(column: str, names: list[str], header: Header, known: KnownTable | None) -> str:
    """Return the unit of a column as the file or the description of its device states it."""
    position = names.index(column) if column in names else -1
    stated = written_unit(header.units[position]) if header.units and position >= 0 else ""
    return stated or (known.unit_of(column) if known else "")


def _matching(columns: pd.Index, pattern: str) -> list[str]:
    return [str(column) for column in columns if re.match(pattern, str(column))]


def _without_marks_at_ends(content: bytes, lines: list[str]) -> bytes:
    """Remove the semicolons that end every line of a table separated by commas."""
    filled = [line for line in lines if line.strip()]
    ended = sum(bool(re.match(r"[^;]*,[^;]*;\s*$", line)) for line in filled)
    if not filled or ended < 0.9 * len(filled):
        return content
    return re.sub(rb";[ \t]*(?=\r?\n|\Z)", b"", content)


def _parsed(content: bytes, separator: str, decimal: str, n_columns: int | None) -> pd.DataFrame:
    """Parse text; only empty cells are missing, and in numeric columns also the usual words for missing values.

    Args:
        content: The text from the line of names on, or from the first row on.
        separator: Between cells.
        decimal: Decimal sign.
        n_columns: Number of columns of a text without a line of names; `None` if it begins with one.
    """
    named = {} if n_columns is None else {"header": None, "names": list(range(n_columns))}

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
            **named,
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


def _decimal_sign(lines: list[str], separator: str) -> str:
    """Return the decimal sign; with commas between cells, numbers with a decimal comma are in quotation marks."""
    if not any("," in line if separator != "," else '"' in line for line in lines):
        return "."
    found = [cell.strip() for line in lines for cell in cells(line, separator)]
    n_commas = sum(bool(DECIMAL_COMMA.match(cell)) for cell in found)
    n_points = sum(bool(DECIMAL_POINT.match(cell)) for cell in found)
    return "," if n_commas > n_points else "."


def _names(given: list[str], written: list[str]) -> list[str]:
    """Return the names as in the file: pandas renames two columns called `x` to `x` and `x.1`."""
    if len(written) != len(given):  # a name spans two lines
        written = given
    pairs = zip(written, given, strict=True)
    return [" ".join((name if name.strip() else substitute).split()) for name, substitute in pairs]


def _more_than_names(header: Header, below: list[str], name: str) -> str:
    n_names = len(header.names) - header.n_unnamed
    counts = [len(cells(line, header.separator)) for line in below]
    i, n = next(((i, n) for i, n in enumerate(counts) if n > n_names), (0, n_names + 1))
    return (
        f"{name}, line {header.first + 1 + i}: {n} columns, but only {n_names} of them have names. Name all columns in "
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
