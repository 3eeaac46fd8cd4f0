"""Reads who did what from when to when: diaries and exports of annotation programs.

A table needs a column with starts, one with ends or durations, and one with activities; a column with people is
optional. So are read, by the names of their columns:

diaries, BIDS events.tsv   any separator or .xlsx; seconds, h:mm:ss, dates with times
ELAN                       tab-delimited export, with or without column names
BORIS                      aggregated events, and events one by one with START and STOP
GGIR, part 4               the night summary: sleep from sleeponset to wakeup
EDF+                       annotations

References:
    ELAN, export as tab-delimited text, https://archive.mpi.nl/tla/elan; BORIS, export of events,
    https://www.boris.unito.it; BIDS 1.9, task events; GGIR, nightsummary, https://wadpac.github.io/GGIR;
    EDF+, https://www.edfplus.info
"""

import csv
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pandas as pd

from data.column_words import normalised
from data.errors import RecordingError
from data.ingest.series_clock import date_of
from data.labels.clock_times import seconds_of
from data.labels.headings import Headings, find_headings
from data.labels.spans import COLUMNS, LabelSpans
from data.plurals import counted
from data.readers.files import File
from data.readers.formats import edf, excel
from data.readers.formats._errors import user_errors
from data.readers.text import as_text
from data.recordings import Finding

DAY_S = 86_400.0
MAX_LINES, MAX_CHARACTERS = 200_000, 20_000_000
NOBODY = ("no focal subject", "n/a", "nan", "none", "-")
SEPARATORS = "\t;,|"
LEAST_TIMES = 2  # a start and an end, in a line of ELAN's export without names


@dataclass(frozen=True)
class Span:
    """One span as written: times in seconds, since 1970 if `dated`."""

    subject: str
    begin_s: float
    end_s: float
    activity: str
    dated: bool = False


@user_errors("a table of labels", "Save it again as CSV, with columns start, end and activity.")
def read_labels(file: File) -> LabelSpans:
    """Read a table of times and activities.

    Raises:
        RecordingError: If it is no such table, or a time cannot be read; the message names the line.
    """
    if edf.recognises(file):
        return _checked(file.path, list(_edf(file)), [])
    rows = _grid(file)
    ggir = _ggir_columns(rows)
    if ggir is not None:
        return _checked(file.path, list(_nights(rows, ggir, file.path)), [])
    headings = find_headings(rows)
    if headings is None:
        spans = list(_elan_without_names(rows))
        if spans:
            return _checked(file.path, spans, [])
        raise RecordingError(
            f"{file.path} is no table of labels: no line names a start, an end (or duration) and an activity. Name the "
            "columns start, end, activity and, if there are several people, subject."
        )
    spans, points = (
        _paired(rows, headings, file.path) if headings.status >= 0 else _listed(rows, headings, file.path)
    )
    return _checked(file.path, spans, points)


def _grid(file: File) -> list[list[str]]:
    """Return the cells of a text table or of an Excel sheet as text."""
    if excel.recognises(file):
        frame = excel.read(file).frame
        cells = frame.astype(str).replace({"nan": "", "NaT": "", "None": ""}).to_numpy().tolist()
        return [[str(name) for name in frame.columns], *cells]
    text = as_text(file.read())
    n_lines = text.count("\n")
    if n_lines > MAX_LINES or len(text) > MAX_CHARACTERS:
        raise RecordingError(
            f"{file.path} has {n_lines:,} lines and {len(text):,} characters; a table of labels has at most "
            f"{MAX_LINES:,} and {MAX_CHARACTERS:,}."
        )
    lines = text.splitlines()[:200]
    separator = max(SEPARATORS, key=lambda sign: sum(line.count(sign) > 1 for line in lines))
    return [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text), delimiter=separator)]


def _checked(name: str, spans: list[Span], points: list[Span]) -> LabelSpans:
    """Return spans of one clock; what lasts no time, or ends before it begins, is left out and said."""
    good = [span for span in spans if span.end_s > span.begin_s]
    if not good:
        raise RecordingError(
            f"{name} contains no span of time that ends after it begins. Check the columns of times."
        )
    dated = {span.dated for span in good}
    if len(dated) > 1:
        raise RecordingError(
            f"{name} mixes dates with times from the start of a recording. Write all times alike."
        )
    findings = []
    if len(good) < len(spans):
        found = counted(
            len(spans) - len(good), "span does not end after it begins", "spans do not end after they begin"
        )
        findings.append(Finding("warning", name, found, "Left out. Check these times."))
    if points:
        found = f"{counted(len(points), 'event')} without duration, for example {points[0].activity}"
        findings.append(Finding("note", name, found, "Left out: they last no time."))
    table = pd.DataFrame(
        [(span.subject, "", span.begin_s, span.end_s, span.activity) for span in good], columns=list(COLUMNS)
    )
    return LabelSpans(name, table, "date" if dated == {True} else "recording", tuple(findings))


def _listed(rows: list[list[str]], at: Headings, name: str) -> tuple[list[Span], list[Span]]:
    """Return the spans of a table with a row each, and its events without duration."""
    spans, points = [], []
    for number, cell in _records(rows, at.line):
        activity = cell(at.activity)
        if not activity or activity.lower() in NOBODY:
            continue
        begin, dated = _time(cell(at.begin), cell(at.date), at.unit, name, number)
        if at.end >= 0 and cell(at.end):
            end, _ = _time(cell(at.end), cell(at.date), at.unit, name, number)
            if dated and end < begin and at.date >= 0:
                end += DAY_S  # past midnight
        else:
            end = begin + (seconds_of(cell(at.duration), unit=at.unit) or 0.0)
        span = Span(_person(cell(at.subject)), begin, end, activity, dated)
        (points if end == begin else spans).append(span)
    return spans, points


def _paired(rows: list[list[str]], at: Headings, name: str) -> tuple[list[Span], list[Span]]:
    """Return the spans between a START and the next STOP of the same person and activity, and the other events."""
    spans, points, begun = [], [], {}
    for number, cell in _records(rows, at.line):
        subject, activity, status = _person(cell(at.subject)), cell(at.activity), cell(at.status).upper()
        if not activity:
            continue
        time, dated = _time(cell(at.begin), "", at.unit, name, number)
        if status == "START":
            begun[subject, activity] = time
        elif status == "STOP" and (subject, activity) in begun:
            spans.append(Span(subject, begun.pop((subject, activity)), time, activity, dated))
        else:
            points.append(Span(subject, time, time, activity, dated))
    return spans, points


def _records(rows: list[list[str]], line: int) -> Iterator[tuple[int, Callable[[int], str]]]:
    """Yield the number of each line below the column names, as a person counts, and access to its cells."""
    for number, row in enumerate(rows[line + 1 :], line + 2):
        if any(row):
            yield number, lambda i, row=row: row[i] if 0 <= i < len(row) else ""


def _time(text: str, day: str, unit: float, name: str, line: int) -> tuple[float, bool]:
    """Return a time in seconds, and whether it counts from 1970."""
    date = date_of(text)
    if date is not None:
        return date, True
    seconds = seconds_of(text, unit=unit)
    if seconds is None:
        raise RecordingError(
            f"{name}, line {line}: {text[:40]!r} is no time. Write seconds (12.5), h:mm:ss, or a date with time "
            "(2024-03-05 10:20:00)."
        )
    of_day = date_of(day) if day else None
    return (of_day + seconds, True) if of_day is not None else (seconds, False)


def _person(text: str) -> str:
    return "" if text.lower() in NOBODY else text


def _elan_without_names(rows: list[list[str]]) -> Iterator[Span]:
    """Yield the spans of ELAN's export without column names: tier, participant, times, annotation.

    Times come as start, end and, perhaps, duration, each in the same one to three notations.
    """
    for row in rows:
        times = [
            i
            for i, cell in enumerate(row)
            if i > 0 and re.search("[:.]", cell) and seconds_of(cell) is not None
        ]
        if len(times) < LEAST_TIMES or not row[-1] or len(row) - 1 in times:
            continue
        notations = len(times) // 3 if len(times) % 3 == 0 else len(times) // 2
        begin, end = (seconds_of(row[times[i * notations]]) for i in range(2))
        if begin is not None and end is not None:
            yield Span(_person(row[1] if times[0] > 1 and row[1] else ""), begin, end, row[-1])


def _ggir_columns(rows: list[list[str]]) -> dict[str, int] | None:
    """Return the columns of GGIR's night summary, `None` if this is none."""
    names = [normalised(cell) for cell in rows[0]] if rows else []
    needed = ("id", "sleeponset", "wakeup", "calendardate")
    return {name: names.index(name) for name in needed} if all(name in names for name in needed) else None


def _nights(rows: list[list[str]], at: dict[str, int], name: str) -> Iterator[Span]:
    """Yield sleep; `sleeponset` and `wakeup` are hours since the midnight before the night's date."""
    for number, cell in _records(rows, 0):
        day, onset, wakeup = (cell(at[column]) for column in ("calendardate", "sleeponset", "wakeup"))
        midnight, begin, end = date_of(day), seconds_of(onset, unit=3600.0), seconds_of(wakeup, unit=3600.0)
        if midnight is None or begin is None or end is None:
            raise RecordingError(
                f"{name}, line {number}: date, onset or waking cannot be read ({day}, {onset}, {wakeup}). Export the "
                "night summary again."
            )
        yield Span(cell(at["id"]), midnight + begin, midnight + end, "sleep", dated=True)


def _edf(file: File) -> Iterator[Span]:
    """Yield annotations of the patient; those without a duration last until the next one."""
    from edfio import read_edf

    stored = read_edf(file.read(), header_encoding="latin-1")
    notes = sorted(edf.activity_annotations(stored), key=lambda note: note.onset)
    subject = edf.subject_of(stored)
    for note, following in zip(notes, [*notes[1:], None], strict=True):
        end = note.onset + (note.duration or 0.0)
        if not note.duration and following is not None:
            end = following.onset
        yield Span(subject, float(note.onset), float(end), note.text.strip())
