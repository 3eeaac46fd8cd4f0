"""Recordings with the activities of spans: cut wherever the activity changes."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from data.errors import RecordingError
from data.ingest.row_labels import spellings_of, with_series_names
from data.label_categories import label_categories
from data.labels.spans import LabelSpans
from data.plurals import counted
from data.recordings import Finding, Recordings

DATED_S = 1e8  # clocks that count from 1970 are beyond that since 1973, others never get there
OVERLAP_S = 0.5  # by which series may overlap and still follow each other: clocks jitter


def with_labels(recordings: Recordings, spans: LabelSpans, *, shift_s: float = 0.0) -> Recordings:
    """Return recordings cut at the spans' ends, with their activities; samples outside all spans keep theirs.

    Where spans overlap, the one that begins last counts.

    Args:
        recordings: What was loaded.
        spans: Who did what from when to when.
        shift_s: Added to the spans' times: how far their clock is behind the recordings' clock.

    Raises:
        RecordingError: If no span lies within a recording of its subject, or times of day are given for recordings
            that do not say when they began.
    """
    began = _began(recordings, spans)
    table = spans.table.sort_values("begin_s", kind="stable").reset_index(drop=True)
    table["activity"] = table["activity"].map(_spelt_alike(recordings.activities, table["activity"]))
    codes = _span_of_samples(recordings, table, began, shift_s)
    used = np.isin(np.arange(len(table)), codes)
    if not used.any():
        raise RecordingError(_nothing_fits(recordings, spans, began))
    return _cut(recordings, table, codes, began, _findings(recordings, spans, table, used, codes))


def _spelt_alike(known: Sequence[str], told: Iterable[str]) -> dict[str, str]:
    """Return one spelling for those that differ only in case or spaces: that of the recordings, if they have one."""
    groups = spellings_of([*known, *told])
    return {
        text: next((one for one in group if one in known), group[0]) for group in groups for text in group
    }


def _span_of_samples(
    recordings: Recordings, table: pd.DataFrame, began: np.ndarray, shift_s: float
) -> np.ndarray:
    """Return the row of the span that each sample lies in, `(n,)` int, -1 where there is none."""
    codes = np.full(len(recordings.samples), -1, dtype=np.int64)
    index = recordings.index
    told_of, told_in = (table[column].to_numpy(object) for column in ("subject", "series"))
    limits = table[["begin_s", "end_s"]].to_numpy(np.float64) + shift_s
    people, names = index["subject"].to_numpy(object), index["series"].to_numpy(object)
    begins, lengths = index["begin"].to_numpy(np.int64), index["n"].to_numpy(np.int64)
    for row, (begin, n) in enumerate(zip(begins, lengths, strict=True)):
        mine = np.isin(told_of, ["", people[row]]) & np.isin(told_in, ["", names[row]])
        for span in np.flatnonzero(mine):
            since = 0.0 if told_in[span] else began[row]
            # The small number keeps a span that ends with a sample's time from taking the next one.
            first, last = np.ceil((limits[span] - since) * recordings.rate_hz - 1e-6).astype(np.int64)
            codes[begin + max(0, first) : begin + max(0, min(n, last))] = span
    return codes


def _began(recordings: Recordings, spans: LabelSpans) -> np.ndarray:
    """Return what the spans' clock showed at the start of each series, `(series,)` seconds."""
    if spans.clock == "date":
        if recordings.began is None or np.min(recordings.began) < DATED_S:
            raise RecordingError(
                f"{spans.name} gives dates and times of day, but the recordings do not say when they began. Give "
                "times from the start of each person's recording, in seconds or as h:mm:ss."
            )
        return recordings.began
    index = recordings.index
    begin = np.zeros(len(index)) if recordings.began is None else recordings.began
    told = pd.DataFrame({"subject": index["subject"], "begin": begin})
    if not spans.table["series"].all() and not _one_after_another(told, index["n"] / recordings.rate_hz):
        raise RecordingError(
            f"{spans.name} gives times from the start of each person's recording, but some people have several, and "
            "it is not known when each began. Give dates with times of day, or mark the activities on the trace."
        )
    return (told["begin"] - told.groupby("subject")["begin"].transform("min")).to_numpy()


def _one_after_another(told: pd.DataFrame, seconds: pd.Series) -> bool:
    """Return whether the series of each person follow each other on one clock, as far as that is known."""
    ordered = told.assign(end=told["begin"] + seconds).sort_values(["subject", "begin"], kind="stable")
    same = ordered["subject"] == ordered["subject"].shift()
    return not (same & (ordered["begin"] < ordered["end"].shift() - OVERLAP_S)).any()


def _nothing_fits(recordings: Recordings, spans: LabelSpans, began: np.ndarray) -> str:
    unknown = sorted(set(spans.table["subject"]) - {"", *recordings.subjects})
    if unknown and not set(spans.table["subject"]) & {"", *recordings.subjects}:
        return (
            f"{spans.name} names {', '.join(unknown[:3])}, but the people in the recordings are called "
            f"{', '.join(recordings.subjects[:3])}. Use the same names."
        )
    ends = began + recordings.index["n"].to_numpy() / recordings.rate_hz
    times = [began.min(), ends.max(), spans.table["begin_s"].min(), spans.table["end_s"].max()]
    first, last, theirs_first, theirs_last = (_said(time, spans.clock == "date") for time in times)
    return (
        f"No time in {spans.name} lies within the recordings: these last from {first} to {last}, the labels from "
        f"{theirs_first} to {theirs_last}. If the clocks differ, give by how much."
    )


def _said(time_s: float, dated: bool) -> str:
    return pd.to_datetime(time_s, unit="s").strftime("%Y-%m-%d %H:%M") if dated else f"{time_s:,.0f} s"


def _findings(
    recordings: Recordings, spans: LabelSpans, table: pd.DataFrame, used: np.ndarray, codes: np.ndarray
) -> list[Finding]:
    share = float((codes >= 0).mean())
    findings = [
        *spans.findings,
        Finding(
            "note",
            spans.name,
            f"{counted(int(used.sum()), 'span labels', 'spans label')} "
            f"{100 * share:.0f} % of the samples as {', '.join(spans.activities[:12])}",
            "The recordings are cut where the activity changes; other samples keep their activity.",
        ),
    ]
    strangers = sorted(set(table["subject"]) - {"", *recordings.subjects})
    if strangers:
        found = f"Labels of {len(strangers)} people without recordings, for example {strangers[0]}"
        findings.append(Finding("warning", spans.name, found, "Not used. Check their names."))
    outside = ~used & ~table["subject"].isin(strangers).to_numpy()
    if outside.any():
        found = f"{counted(int(outside.sum()), 'span lies', 'spans lie')} outside the recordings"
        findings.append(Finding("warning", spans.name, found, "Not used. Check the clocks."))
    return findings


def _cut(
    recordings: Recordings, table: pd.DataFrame, codes: np.ndarray, began: np.ndarray, findings: list[Finding]
) -> Recordings:
    """Begin a new series wherever the activity changes; spans of the same activity that touch are one."""
    samples, index = recordings.samples, recordings.index
    own = np.repeat(np.arange(len(index)), index["n"])
    kinds, names = _activities(samples["activity"], table["activity"].to_numpy(object), codes)
    changes = np.concatenate([[True], (np.diff(own) != 0) | (np.diff(kinds) != 0)])
    starts = np.flatnonzero(changes)
    lengths = np.diff(np.append(starts, len(samples)))
    offset = starts - index["begin"].to_numpy()[own[starts]]
    series = pd.DataFrame(
        {
            "subject": index["subject"].to_numpy()[own[starts]],
            "activity": names[kinds[starts]],
            "trial": index["trial"].to_numpy()[own[starts]],
        }
    )
    series = with_series_names(series)
    series_codes, series_labels = pd.factorize(series["series"], sort=True)
    changed = samples.assign(
        activity=label_categories(kinds, names),
        series=label_categories(np.repeat(series_codes, lengths), series_labels),
        t=(np.arange(len(samples)) - np.repeat(starts, lengths)) / recordings.rate_hz,
    )
    seconds = recordings.began if recordings.began is not None else began
    return replace(
        recordings,
        samples=changed,
        began=seconds[own[starts]] + offset / recordings.rate_hz,
        findings=(*recordings.findings, *findings),
    )


def _activities(before: pd.Series, told: np.ndarray, codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the code of each sample's activity and the names, sorted."""
    old_codes, old_names = pd.factorize(before)
    every = np.concatenate([np.asarray(old_names, dtype=object), told]).astype(str)
    names, place = np.unique(every, return_inverse=True)
    of_old, of_told = place[: len(old_names)], place[len(old_names) :]
    kinds = np.where(codes >= 0, of_told[np.maximum(codes, 0)] if len(of_told) else 0, of_old[old_codes])
    present, kinds = np.unique(kinds, return_inverse=True)
    return kinds, names[present].astype(object)
