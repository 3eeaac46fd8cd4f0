"""Text that is too long for memory, in pieces: each is a file of its own, below the lines above the first row."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice

import pandas as pd

from data.errors import RecordingError
from data.ingest.table import Table
from data.readers.device_table import OnShare
from data.readers.files import File, one_file
from data.readers.formats._header import find_header
from data.readers.long_table import LongTable

PIECE_BYTES = 2**24  # a third of a million rows
N_LINES_SAMPLED = 200


def long_text(file: File, read: Callable[[File], Table]) -> LongTable:
    """Return a text as a table that is read in pieces.

    Args:
        file: The text.
        read: Reads a text that is short.
    """
    first = next(_whole_lines(file, lambda share: None), b"")
    above = _above(first)
    return LongTable(read(_short(file, first)), lambda on_share: _frames(file, above, read, on_share))


def _frames(
    file: File, above: bytes, read: Callable[[File], Table], on_share: OnShare
) -> Iterator[pd.DataFrame]:
    n_above, n_before = above.count(b"\n"), 0
    for number, lines in enumerate(_whole_lines(file, on_share)):
        content = lines if number == 0 else above + lines
        try:
            yield read(_short(file, content)).frame
        except RecordingError as error:
            raise RecordingError(_moved(str(error), n_before - n_above if number else 0)) from error
        n_before += lines.count(b"\n")


def _moved(sentence: str, n_lines: int) -> str:
    """Count lines from the beginning of the file."""
    return re.sub(r"(, line )(\d+)", lambda found: f"{found[1]}{int(found[2]) + n_lines}", sentence)


def _short(file: File, content: bytes) -> File:
    return replace(one_file(content, file.path), column_names=file.column_names)


def _whole_lines(file: File, on_share: OnShare) -> Iterator[bytes]:
    """Yield the content in pieces that end where a line ends."""
    begun: list[bytes] = []
    for piece in file.pieces(PIECE_BYTES, on_share):
        lines, newline, rest = piece.rpartition(b"\n")
        if not newline:
            raise RecordingError(
                f"{file.path}: a line is longer than {PIECE_BYTES // 2**20} MB. One row per sample is needed: perhaps "
                "rows and columns are swapped, or line ends are lost."
            )
        yield b"".join([*begun, lines, newline])
        begun = [rest]
    if b"".join(begun).strip():
        yield b"".join(begun)


def _above(content: bytes) -> bytes:
    """Return what stands above the first row: metadata, names, units."""
    lines = [
        line.decode("utf-8", errors="replace").rstrip("\r")
        for line in islice(content.split(b"\n", N_LINES_SAMPLED), N_LINES_SAMPLED)
    ]
    header = find_header([line.removeprefix("\ufeff") for line in lines])
    if header is None:
        return b""  # said by whoever reads the first piece
    return b"".join(line + b"\n" for line in content.split(b"\n", header.first)[: header.first])
