"""A public data set whose files are all alike, as a description: which files, which columns, which units and labels."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
import pandas as pd

from data.errors import RecordingError
from data.ingest.table import Piece, Table, stacked
from data.readers.files import File, Files
from data.readers.formats import matlab
from data.readers.formats._subprocess import arrays_from_subprocess
from data.readers.layouts._labels import label_column, unread_files, without_copies, without_unused_categories
from data.readers.progress import ReadProgress
from data.readers.text import parse_numbers
from data.recordings import Finding

Value = TypeVar("Value")
TIME, LABEL = "t", "label"
NUMBER = re.compile(rb"\s*[+-]?(?:\d|\.\d|nan\b)", re.IGNORECASE)


@dataclass(frozen=True)
class Layout:
    """A public data set; found by `data.readers.registry` wherever one is defined in a module of this package.

    Attributes:
        title: Its name.
        source: Where it is published, and which of its documents says what is used here.
        licence: Under which it may be used.
        files: Regular expression of the ends of the paths of its recordings. The group `subject` is the person,
            `activity` a key of `activities`; files that differ in the number `piece` only follow each other.
        columns: Name of each column, in order: `t` the time, `label` the activity, `""` what is not read.
        units: Unit by the end of a name: `{"acc": "g"}` for `ankle_acc_x`. Only those that are documented.
        activities: Name of each activity's code, in lower case.
        rate_hz: Sampling rate in Hz; `None` if the times show it.
        seconds: What one unit of the column `t` is in seconds.
        trial: What distinguishes the recordings of a person, made of the groups of `files`.
        unlabelled: Code of samples without an activity, `None` if all have one.
        separator: Between columns; by default blanks.
        array: Name of the array in a MATLAB file; `""` for text.
        scales: Factor by the end of a name, as `units`, where values are counts of a known range.
        not_used: What else the files hold, and why it is not read.
    """

    title: str
    source: str
    licence: str
    files: str
    columns: tuple[str, ...]
    units: Mapping[str, str]
    activities: Mapping[int, str]
    rate_hz: float | None = None
    seconds: float = 1.0
    trial: str = ""
    unlabelled: int | None = None
    separator: str | None = None
    array: str = ""
    scales: Mapping[str, float] = field(default_factory=dict)
    not_used: str = ""

    @property
    def TITLE(self) -> str:  # noqa: N802 - as the modules of this package call it
        """Its name."""
        return self.title

    @property
    def channels(self) -> tuple[str, ...]:
        """The columns that are measured values."""
        return tuple(name for name in self.columns if name not in ("", TIME, LABEL))

    def recognises(self, files: Files) -> bool:
        """Return whether a file is named like those of this data set and has as many columns."""
        return any(self._fits(file) for file, _ in files.matching(self.files)[:3])

    def _fits(self, file: File) -> bool:
        if self.array:
            return matlab.recognises(file)
        line = next((line for line in file.head.split(b"\n") if NUMBER.match(line)), b"")
        cells = line.split(None if self.separator is None else self.separator.encode())
        # The line may be longer than what was looked at.
        return len(cells) == len(self.columns) or (len(line) == len(file.head) and len(cells) > 1)

    def read(self, files: Files, on_progress: ReadProgress) -> Table:
        """Read all recordings.

        Raises:
            RecordingError: If a file is damaged.
        """
        named = files.matching(self.files)
        matches, copies = without_copies(named)
        recordings: dict[tuple[str, ...], list[tuple[File, re.Match[str]]]] = {}
        for file, match in matches:
            key = tuple(text for group, text in match.groupdict().items() if group != "piece")
            recordings.setdefault(key if "piece" in match.groupdict() else (file.path,), []).append(
                (file, match)
            )
        pieces = []
        for number, members in enumerate(recordings.values()):
            on_progress(number, len(recordings), f"Reading {members[0][0].name}")
            pieces.append(self._piece(members))
        frame, parts = stacked(pieces)
        return Table(
            files.name,
            without_unused_categories(frame),
            parts,
            roles={role: role for role in ("subject", "activity", "trial") if role in frame}
            | ({"time": TIME} if TIME in frame else {}),
            channels=self.channels,
            units={name: unit for name in self.channels if (unit := _ending(self.units, name, ""))},
            rate_hz=self.rate_hz,
            findings=(
                *([Finding("note", files.name, self.not_used, "It was left out.")] if self.not_used else []),
                *copies,
                *unread_files(
                    files, [file for file, _ in named], f"They contain no recordings of {self.title}."
                ),
            ),
        )

    def _piece(self, members: list[tuple[File, re.Match[str]]]) -> Piece:
        ordered = sorted(members, key=lambda member: int(member[1].groupdict().get("piece") or 0))
        file, match = ordered[0]
        frame = pd.concat([self._frame(file) for file, _ in ordered], ignore_index=True)
        groups = match.groupdict()
        labels = {"subject": groups["subject"]}
        if "activity" in groups:
            labels["activity"] = self._activity(groups["activity"], file)
        if self.trial:
            labels["trial"] = self.trial.format(**groups)
        path = file.path if len(ordered) == 1 else file.folder
        return Piece(path, frame, labels, word="sample" if self.array or len(ordered) > 1 else "line")

    def _activity(self, code: str, file: File) -> str:
        if int(code) not in self.activities:
            raise RecordingError(
                f"{file.path}: activity {code} does not exist in {self.title} "
                f"({', '.join(map(str, self.activities))}). Rename the file, or download it again."
            )
        return self.activities[int(code)]

    def _frame(self, file: File) -> pd.DataFrame:
        values = self._array(file) if self.array else self._text(file)
        names = [name for name in self.columns if name in self.channels]
        places = [i for i, name in enumerate(self.columns) if name in self.channels]
        scales = np.array([_ending(self.scales, name, 1.0) for name in names])
        frame = pd.DataFrame((values[:, places] * scales).astype(np.float32), columns=names)
        if TIME in self.columns:
            frame.insert(0, TIME, values[:, self.columns.index(TIME)] * self.seconds)
        if LABEL in self.columns:
            codes = values[:, self.columns.index(LABEL)]
            labels = label_column(codes, self.activities, file.path, none=self.unlabelled)
            frame.insert(0, "activity", pd.Series(labels))
        return frame

    def _text(self, file: File) -> np.ndarray:
        """Return the numbers of a text, below whatever stands above them."""
        content, first = file.read(), 1
        while content and not NUMBER.match(content):
            _, _, content = content.partition(b"\n")
            first += 1
        return parse_numbers(
            content,
            file.path,
            len(self.columns),
            separator=self.separator,
            dtype=np.float64,
            first_line=first,
        )

    def _array(self, file: File) -> np.ndarray:
        arrays, _ = arrays_from_subprocess(file, matlab.__name__)
        found = arrays.get(self.array)
        if found is None or found.ndim != 2 or found.shape[1] != len(self.columns):
            has = f"the shape {found.shape}" if found is not None else "no such array"
            raise RecordingError(
                f"{file.path}: {self.title} has an array {self.array!r} of samples by {len(self.columns)} columns; "
                f"this file has {has}. Download it again, or load it from another folder under another name."
            )
        return found.astype(np.float64)


def _ending(by_ending: Mapping[str, Value], name: str, otherwise: Value) -> Value:
    """Return what is described for `acc` if a name is `acc_x` or `ankle_acc_x`."""
    sensor = name.rsplit("_", 1)[0]
    return next(
        (value for end, value in by_ending.items() if sensor == end or sensor.endswith(f"_{end}")), otherwise
    )
