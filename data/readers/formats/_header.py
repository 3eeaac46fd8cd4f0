"""Where a table of text begins: metadata above it, one or several lines of names, units over or under the names.

sep=,                                 the separator, as Excel wants it
OutputRate:,60Hz                      metadata; a sampling rate is read from it
sensor,left,left,right,right          several lines of names are joined: left_x
axis,x,y,x,y
,g,g,g,g                              units, over or under the names
0,0.01,0.98,0.02,0.97                 the first row
"""

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from data.readers.formats._signals import written_unit

SEPARATORS = ",;\t|"
BLANKS = r"\s+"  # between columns that no other separator parts
MAX_NAME_LINES = 5
ALIKE = 0.8  # share of the lines below the first row that have as many cells
# Lines above the column names: blank lines, comments, and the separator hint of Excel, in quotation marks or not.
PASSED_OVER = re.compile(r"\s*$|#|\"?sep=.\"?\s*$", re.IGNORECASE)
COMMENT = re.compile(r"\s*(?:#|%|//)+\s*")
NUMBER = re.compile(r"\s*[+-]?(?:\d[\d.,]*|[.,]\d+)(?:[eE][+-]?\d+)?\s*$")
DATE_FORMAT = re.compile(
    r"[ymdhs]{2,4}[/:.-][ymdhs/:. 0-]+$"
)  # in place of a unit: `yyyy/mm/dd hh:mm:ss.000`
NO_UNIT = {"", "-", "n/a", "na", "none", "no units", "no_units", "unitless", "a.u.", "au"}
# Shimmer writes whether a column is calibrated, Delsys the rate of each column.
PROCESSED = re.compile(r"cal|raw|uncal|[\d.]+ ?hz")
RATE = re.compile(
    r"(?:rate|frequency|freq)\b[^\d\n]{0,20}(\d+(?:[.,]\d+)?)|\bat\s+(\d+(?:[.,]\d+)?)\s*hz\b", re.IGNORECASE
)
# Vicon Nexus writes several tables below each other: a title, the rate, the names, the rows, an empty line.
SECTION = re.compile(r"(?:devices|trajectories|model outputs|joints|segments)[,;\t\s]*$", re.IGNORECASE)


@dataclass(frozen=True)
class Header:
    """How a table of text begins.

    Attributes:
        separator: Between cells; a regular expression if blanks separate them.
        names: Names of the columns; empty if the text has none.
        units: Unit of each column as written, `""` where none is; empty if no line has units.
        first: Number of lines above the first row.
        line: Number of lines above the last line of names; `first` if there are none.
        above: The lines above the names.
        rate_hz: Sampling rate that they state, `None` if none or several.
        n_columns: Number of columns.
        n_unnamed: Number of columns at the end for which the lines of names have no cell.
        is_section: Whether an empty line ends the table and another may follow.
    """

    separator: str
    names: tuple[str, ...]
    units: tuple[str, ...]
    first: int
    line: int
    above: tuple[str, ...] = ()
    rate_hz: float | None = None
    n_columns: int = 0
    n_unnamed: int = 0
    is_section: bool = False


def cells(line: str, separator: str) -> list[str]:
    """Split a line into its cells; quotation marks protect separators."""
    if separator == BLANKS:
        return line.split()
    try:
        return next(csv.reader([line], delimiter=separator, skipinitialspace=True), [])
    except csv.Error:  # a cell of more than 128 KB
        return line.split(separator)


def find_header(lines: Sequence[str]) -> Header | None:
    """Find where a table begins.

    The first line that is neither blank nor a comment names the columns if most lines below have as many cells.
    Otherwise there is metadata above the table: the rows are the lines at the end with the same number of cells, and
    the names are in the lines of text directly above them.

    Args:
        lines: The first lines of a text.

    Returns:
        `None` if no separator parts the lines into columns.
    """
    top = next((i for i, line in enumerate(lines) if not PASSED_OVER.match(line)), None)
    if top is None:
        return None
    separator = _usual_separator(lines[top], lines[top + 1 :])
    if separator and not SECTION.match(lines[top]):
        return _completed(lines, separator, top, _first_row(lines, separator, top))
    found = _rows_below_metadata(lines, top)
    if found is None:
        separator = _named_separator(lines[top], lines[top + 1 :])
        return _completed(lines, separator, top, top + 1) if separator else None
    separator, first = found
    return _completed(lines, separator, _first_name_line(lines, separator, first), first)


def _usual_separator(header: str, below: Sequence[str]) -> str | None:
    """Return the separator for which a line has as many cells as most lines at the end; `None` if there is none."""
    separator = _named_separator(header, below)
    filled = [line for line in below if line.strip()]
    if separator is None or not filled or header.count('"') % 2:  # a quotation mark is never closed
        return separator
    names = cells(header, separator)
    n_names = len(names) - (not names[-1].strip())
    rows = [cells(line, separator) for line in filled[len(filled) // 2 :]]
    n_alike = sum(len(row) - (len(row) > n_names and not row[-1].strip()) == n_names for row in rows)
    if 2 * n_alike >= len(rows):
        return separator
    # Rows that have more cells than there are names from the first on: names are missing, not metadata above.
    is_wider = all(len(cells(line, separator)) > n_names for line in filled)
    return separator if is_wider and n_names > 2 and _n_numbers(names) == 0 else None


def _named_separator(header: str, below: Sequence[str]) -> str | None:
    """Return the separator for which most lines have as many cells as a line of names."""
    n_names = {separator: len(cells(header, separator)) for separator in SEPARATORS}
    filled = [line for line in below[:20] if line.strip()]

    def fit(separator: str) -> tuple[int, int]:
        n_alike = sum(len(cells(line, separator)) == n_names[separator] for line in filled)
        return n_alike, n_names[separator]

    return max((s for s in SEPARATORS if n_names[s] > 1), key=fit, default=None)


def _rows_below_metadata(lines: Sequence[str], top: int) -> tuple[str, int] | None:
    """Return the separator and the first row of the table that the lines end with; `None` if there is none."""
    filled = [line for line in lines[top:] if line.strip()]
    at_end = filled[len(filled) // 2 :]
    best: tuple[tuple[float, int], str, int] | None = None
    for separator in (*SEPARATORS, BLANKS):
        width, n_alike = Counter(len(cells(line, separator)) for line in at_end).most_common(1)[0]
        if width < 2 or n_alike < ALIKE * len(at_end):
            continue
        split = [cells(line, separator) for line in at_end]
        numbers = sum(map(_n_numbers, split)) / sum(map(len, split))
        score = (round(numbers, 1), width)
        if numbers > 0 and (best is None or (score > best[0] and separator != BLANKS)):
            best = score, separator, width
    if best is None:
        return None
    _, separator, width = best
    for i in range(top, len(lines)):
        if len(cells(lines[i], separator)) != width or not _n_numbers(cells(lines[i], separator)):
            continue
        rest = [line for line in lines[i:] if line.strip()]
        if sum(len(cells(line, separator)) == width for line in rest) >= ALIKE * len(rest):
            return separator, i
    return None


def _first_name_line(lines: Sequence[str], separator: str, first: int) -> int:
    """Return the first of the lines of text directly above the first row; `first` if there are none."""
    width, start = len(cells(lines[first], separator)), first
    while start > 0 and first - start < MAX_NAME_LINES:
        above = COMMENT.sub("", lines[start - 1]) if start == first else lines[start - 1]
        found = cells(above, separator)
        n_cells = len(_trimmed(found))
        if not width / 2 <= n_cells <= max(width, len(found)) or n_cells < 2 or _n_numbers(found):
            break
        start -= 1
        if COMMENT.match(lines[start]):
            break
    return start


def _first_row(lines: Sequence[str], separator: str, top: int) -> int:
    """Return the first line below the names that is neither units nor another line of names."""
    block = [cells(lines[top], separator)]
    while top + len(block) < len(lines) and len(block) < MAX_NAME_LINES:
        found = cells(lines[top + len(block)], separator)
        named = [line for line in block if not is_units(line)]
        continues = not named or is_units(found) or _has_repeats(_joined(named)) or _has_spans(named[-1])
        continues |= _is_index_name(found) and not any(line[0].strip() for line in named)
        if not any(cell.strip() for cell in found) or _n_numbers(found) or not continues:
            break
        block.append(found)
    return top + len(block) if _n_numbers(cells(_at(lines, top + len(block)), separator)) else top + 1


def _completed(lines: Sequence[str], separator: str, top: int, first: int) -> Header:
    block = [
        cells(COMMENT.sub("", line) if top + 1 == first else line, separator) for line in lines[top:first]
    ]
    above = tuple(lines[:top])
    n_named = max(map(len, block), default=0)
    width = max(n_named, len(cells(_at(lines, first), separator)))
    block = [[*line, *[""] * (width - len(line))] for line in block]
    unit_lines = [line for line in block if is_units(line)] if len(block) > 1 else []
    units = max(unit_lines, key=lambda line: sum(bool(written_unit(cell)) for cell in line), default=[])
    named = [line for line in block if not is_units(line) or len(block) == 1]
    index = next((line[0] for line in named[1:] if _is_index_name(line)), "")
    named = [[line[0] or index, *line[1:]] for line in named if not (index and _is_index_name(line))]
    if len(named) == 1 and _is_row(named[0]):
        above, first, named = tuple(lines[:top]), top, []  # rows from the first line on
    names = _joined(named) if named else []
    if (
        len(named) > 1
        and names[0] != named[-1][0].strip()
        and _counts([cells(line, separator)[:1] for line in lines[first:] if line.strip()])
    ):
        names[0] = "sample"
    return Header(
        separator,
        tuple(names),
        tuple(cell.strip() for cell in units),
        first,
        first - 1 if names else first,
        above,
        _rate(above),
        width,
        width - n_named if names else 0,
        bool(above and SECTION.match(above[0])),
    )


def is_units(line: Sequence[str]) -> bool:
    """Return whether a line has nothing but units, or says of each column whether it is calibrated."""
    texts = [cell.strip().strip("[]()").lower() for cell in line if cell.strip()]
    if texts and all(PROCESSED.fullmatch(text) for text in texts):
        return True
    known = [bool(written_unit(text)) for text in texts]
    return any(known) and all(
        is_known or text in NO_UNIT or PROCESSED.fullmatch(text) or DATE_FORMAT.match(text)
        for is_known, text in zip(known, texts, strict=True)
    )


def _is_index_name(line: Sequence[str]) -> bool:
    """Return whether only the first cell is filled: pandas writes the name of row numbers so, below all other names."""
    return len(line) > 2 and bool(line[0].strip()) and not any(cell.strip() for cell in line[1:])


def _joined(named: Sequence[Sequence[str]]) -> list[str]:
    """Join lines of names from the last one upwards, until every column has a name of its own."""
    names = [" ".join(cell.split()) for cell in named[-1]]
    if len(named) > 1:  # a unit among names belongs to the name above it: `time` over `s`
        names = [
            above if above and written_unit(name) else name
            for above, name in zip(named[-2], names, strict=False)
        ]
    for line in reversed(named[:-1]):
        if not _has_repeats(names):
            break
        upper = _filled_forward(line)
        names = [
            f"{above}_{name}" if above and name else above or name
            for above, name in zip(upper, names, strict=True)
        ]
    return names


def _filled_forward(line: Sequence[str]) -> list[str]:
    """Repeat a name over the empty cells to its right, and drop a person's name in front of all (`P01:head`)."""
    filled: list[str] = []
    for cell in (" ".join(cell.split()) for cell in line):
        filled.append(cell or (filled[-1] if filled else ""))
    owners = {cell.partition(":")[0] for cell in filled if cell}
    if len(owners) == 1 and all(":" in cell for cell in filled if cell):
        return [cell.partition(":")[2].strip() for cell in filled]
    return filled


def _has_spans(line: Sequence[str]) -> bool:
    """Return whether names stand for several columns: empty cells follow them."""
    named = [bool(cell.strip()) for cell in line]
    return any(named) and not all(named[named.index(True) : -1])


def _has_repeats(names: Sequence[str]) -> bool:
    named = [name for name in names if name.strip()]
    return len(set(named)) < len(named)


def _counts(column: Sequence[Sequence[str]]) -> bool:
    """Return whether the cells of a column count rows."""
    texts = [cell[0].strip() for cell in column if cell]
    if len(texts) < 2 or not all(re.fullmatch(r"\d+", text) for text in texts):
        return False
    return all(int(after) - int(before) == 1 for before, after in pairwise(texts))


def _rate(above: Sequence[str]) -> float | None:
    """Return the sampling rate in Hz that lines of metadata state."""
    if len(above) > 1 and SECTION.match(above[0]) and NUMBER.match(above[1].strip(",;\t ")):
        return float(above[1].strip(",;\t "))
    found = {
        float((match[1] or match[2]).replace(",", ".")) for line in above for match in RATE.finditer(line)
    }
    rate_hz = found.pop() if len(found) == 1 else 0.0
    return rate_hz if 0 < rate_hz <= 10_000 else None


def _trimmed(line: Sequence[str]) -> list[str]:
    """Return cells without empty ones at the end: many programs end each line with a separator."""
    found = list(line)
    while found and not found[-1].strip():
        found.pop()
    return found


def _n_numbers(line: Sequence[str]) -> int:
    return sum(bool(NUMBER.match(cell)) for cell in line)


def _is_row(line: Sequence[str]) -> bool:
    """Return whether a first line holds values rather than names: mostly numbers, or several with decimals."""
    with_decimals = [cell for cell in line if NUMBER.match(cell) and re.search(r"\d[.,]\d", cell)]
    return 2 * _n_numbers(line) > len(_trimmed(line)) or len(with_decimals) > 1


def _at(lines: Sequence[str], i: int) -> str:
    return lines[i] if i < len(lines) else ""
