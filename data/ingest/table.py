"""Table: rows as read from files, with everything that the files state about their meaning."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from data.label_categories import label_categories
from data.recordings import Finding

STRETCH = 200  # consecutive rows that a thinned table keeps together


@dataclass(frozen=True)
class Part:
    """The rows read from one file.

    Attributes:
        path: The file, or the folder of several sensors' files, as the user knows it, with `/` as separator.
        start: Its first row in the table, from 0.
        first: Number of that row in the file, as a person counts.
        word: What is counted: `"line"`, `"row"`, `"sample"` or `"record"`.
    """

    path: str
    start: int = 0
    first: int = 1
    word: str = "row"


@dataclass(frozen=True, eq=False)
class Table:
    """What was read, not validated yet.

    Attributes:
        name: Display name, for example a file name.
        frame: One row per sample, with a `RangeIndex`. Rows of a part are consecutive.
        parts: The files that rows came from, in order; the first starts at row 0.
        layout: The public data set or app that was recognised, `""` for an ordinary table.
        roles: Known columns of the roles `subject`, `activity`, `trial` and `time`.
        channels: The columns to use as channels unless the user chooses others; `None` to guess.
        units: Unit by column, where a file or its documentation states it.
        rate_hz: Sampling rate in Hz if the file or its documentation states it.
        attributes: One row per subject (index = subject as text), for example gender and age.
        findings: Observations made while reading.
    """

    name: str
    frame: pd.DataFrame
    parts: tuple[Part, ...] = ()
    layout: str = ""
    roles: Mapping[str, str | None] = field(default_factory=dict)
    channels: tuple[str, ...] | None = None
    units: Mapping[str, str] = field(default_factory=dict)
    rate_hz: float | None = None
    attributes: pd.DataFrame = field(default_factory=pd.DataFrame)
    findings: tuple[Finding, ...] = ()

    def __post_init__(self) -> None:
        if (
            not isinstance(self.frame.index, pd.RangeIndex)
            or self.frame.index.start != 0
            or self.frame.index.step != 1
        ):
            object.__setattr__(self, "frame", self.frame.reset_index(drop=True))
        if not self.parts:
            object.__setattr__(self, "parts", (Part(self.name),))

    def __len__(self) -> int:
        return len(self.frame)

    def place(self, row: int) -> str:
        """Describe the position of a row, for example `line 12`, with its file if that is not the table's name."""
        part = self.parts[bisect_right([part.start for part in self.parts], row) - 1]
        place = f"{part.word} {row - part.start + part.first}"
        return place if part.path == self.name else f"{part.path}, {place}"

    def part_of_row(self) -> np.ndarray:
        """Return `(n,)` int: the part number of each row."""
        starts = np.array([part.start for part in self.parts])
        return np.repeat(np.arange(len(starts), dtype=np.int32), np.diff(np.append(starts, len(self.frame))))

    def thinned(self, n_rows: int) -> "Table":
        """Return about `n_rows` rows, in short stretches spread evenly over every part, for guessing and display."""
        if len(self) <= n_rows:
            return self
        ends = [*[part.start for part in self.parts[1:]], len(self)]
        per_part = max(2, n_rows // len(self.parts))
        pieces = [
            Piece(
                part.path,
                self.frame.iloc[_spread(part.start, end, per_part)],
                first=part.first,
                word=part.word,
            )
            for part, end in zip(self.parts, ends, strict=True)
        ]
        frame, parts = stacked(pieces)
        return replace(self, frame=frame, parts=parts)


def _spread(begin: int, end: int, n: int) -> np.ndarray:
    """Return about `n` of the rows from `begin` to `end`, in stretches of consecutive rows."""
    if end - begin <= n:
        return np.arange(begin, end)
    length = min(n, STRETCH)
    starts = np.linspace(begin, end - length, max(1, n // length)).astype(np.int64)
    return np.unique(starts[:, None] + np.arange(length))


@dataclass(frozen=True, eq=False)
class Piece:
    """The rows of one file before they become part of a table.

    Attributes:
        path: The file or folder.
        frame: Its rows.
        labels: Labels shared by all rows, for example `{"subject": "4"}`.
        first: Number of its first row in the file.
        word: What is counted.
    """

    path: str
    frame: pd.DataFrame
    labels: Mapping[str, str] = field(default_factory=dict)
    first: int = 1
    word: str = "row"


def stacked(pieces: Iterable[Piece]) -> tuple[pd.DataFrame, tuple[Part, ...]]:
    """Concatenate pieces with the same columns; labels become categorical columns.

    Returns:
        The frame (labels first) and its parts.

    Raises:
        ValueError: If there are no pieces.
    """
    pieces = list(pieces)
    starts = np.concatenate([[0], np.cumsum([len(piece.frame) for piece in pieces])])
    lengths = np.diff(starts)
    columns: dict[str, pd.Categorical] = {}
    for label in pieces[0].labels:
        codes, texts = pd.factorize(np.array([piece.labels[label] for piece in pieces], dtype=object))
        columns[label] = label_categories(np.repeat(codes, lengths), texts)
    frame = pd.concat([piece.frame for piece in pieces], ignore_index=True)
    for position, (label, values) in enumerate(columns.items()):
        frame.insert(position, label, pd.Series(values))
    parts = tuple(
        Part(piece.path, int(start), piece.first, piece.word)
        for piece, start in zip(pieces, starts, strict=False)
    )
    return frame, parts
