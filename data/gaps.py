"""Missing samples of recordings: how many there are, filling in the short gaps, and marks that stay ever after.

What fills in is handed in as a function of windows; nothing here knows how it does it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from data.errors import RecordingError
from data.recordings import Finding, Recordings, missing_rows

Fill = Callable[[np.ndarray, np.ndarray], np.ndarray]  # values and mask of windows -> values without gaps
Tick = Callable[[int, int], None]  # gaps done, gaps in all; may raise to stop
UNKNOWN_METHOD = "an unknown method"
BATCH = 64  # windows at once


@dataclass(frozen=True, eq=False)
class Gaps:
    """Stretches of recordings in which some channel has no value.

    Attributes:
        begin: `(k,)` row of the first sample of each.
        length: `(k,)` samples.
        context: `(k,)` first row of the window around it in which it is filled in; -1 where it stays missing.
        n_samples: Samples of the recordings.
        n_timesteps: Samples of a window.
    """

    begin: np.ndarray
    length: np.ndarray
    context: np.ndarray
    n_samples: int
    n_timesteps: int

    def __len__(self) -> int:
        return len(self.begin)

    @property
    def fillable(self) -> np.ndarray:
        """Which gaps are short enough, and known on both sides: `(k,)` bool."""
        return self.context >= 0

    @property
    def share_missing(self) -> float:
        """Share of the samples in which something is missing, in [0, 1]."""
        return float(self.length.sum() / self.n_samples)

    @property
    def share_fillable(self) -> float:
        """Share of the samples that can be filled in."""
        return float(self.length[self.fillable].sum() / self.n_samples)

    def rows(self, which: np.ndarray) -> np.ndarray:
        """Return the rows of the windows around some gaps: `(len(which), n_timesteps)`."""
        return self.context[which][:, None] + np.arange(self.n_timesteps)


def gaps_of(recordings: Recordings, n_timesteps: int) -> Gaps:
    """Find what is missing, and which of it can be filled in.

    A gap can be filled in if it is at most half a window long, lies within a series that has samples before and
    after it, and the series is as long as a window. Nothing is known of what happened in a longer gap.

    Args:
        recordings: With NaN where a value is missing.
        n_timesteps: Samples of a window, >= 2.
    """
    missing = missing_rows(_values(recordings))
    ends_of_series = _series_ends(recordings)
    begins_of_series = np.concatenate([[0], ends_of_series[:-1]])
    first, last = np.zeros(len(missing), bool), np.zeros(len(missing), bool)
    first[begins_of_series], last[ends_of_series - 1] = True, True
    starts = np.flatnonzero(missing & (first | ~np.roll(missing, 1)))
    stops = np.flatnonzero(missing & (last | ~np.roll(missing, -1))) + 1
    lengths = stops - starts
    series = np.searchsorted(ends_of_series, starts, side="right")
    low, high = begins_of_series[series], ends_of_series[series]
    centred = np.clip(starts - (n_timesteps - lengths) // 2, low, np.maximum(low, high - n_timesteps))
    able = (lengths <= n_timesteps // 2) & (starts > low) & (stops < high) & (high - low >= n_timesteps)
    return Gaps(starts, lengths, np.where(able, centred, -1), len(missing), n_timesteps)


def fill_missing(
    recordings: Recordings,
    fill: Fill,
    *,
    by: str,
    n_timesteps: int,
    why: str = "",
    tick: Tick = lambda done, total: None,
) -> Recordings:
    """Return other recordings in which short gaps are filled in and marked; nothing that was measured changes.

    Args:
        recordings: With NaN where a value is missing.
        fill: Given `(n, n_timesteps, channels)` float32 with NaN where the bool mask of the same shape is `False`,
            returns float32 without gaps.
        by: What fills in, in words.
        n_timesteps: Samples of a window that `fill` works on.
        why: Why it was chosen, in a sentence for the data check.
        tick: Told after each batch; may raise to stop.

    Raises:
        RecordingError: If there is nothing to fill in, or the filling is no number.
    """
    gaps = gaps_of(recordings, n_timesteps)
    if not gaps.fillable.any():
        raise RecordingError(
            "There is no gap that can be filled in: they are longer than half a window, or at the ends of "
            "recordings. Longer windows on the Data page reach further."
        )
    values = _values(recordings)
    known = ~np.isnan(values)
    made = values.copy()
    filled = np.zeros(len(values), bool)
    for which in _batches(np.flatnonzero(gaps.fillable), tick):
        rows = gaps.rows(which)
        windows = fill(values[rows], known[rows])
        for window, first, begin, length in zip(
            windows, rows[:, 0], gaps.begin[which], gaps.length[which], strict=True
        ):
            here = slice(begin, begin + length)
            made[here] = np.where(known[here], values[here], window[begin - first : begin - first + length])
            filled[here] = True
    if not np.isfinite(made[filled]).all():
        raise RecordingError(f"{by} left something missing. Choose another way to fill in.")
    return _marked(recordings, made, filled, by, why, gaps)


def marks(column: pd.Series) -> tuple[np.ndarray, str]:
    """Read a column that marks samples that were filled in.

    Args:
        column: The name of the method where a sample was filled in, else nothing; or numbers or truth values.

    Returns:
        `(n,)` bool, and the methods in words.
    """
    numbers = pd.to_numeric(column, errors="coerce")
    words = column.astype(str).str.strip().where(column.notna() & numbers.isna(), "")
    said = words.str.lower().map({"true": True, "yes": True, "false": False, "no": False})
    marked = (numbers > 0) | (words.ne("") & said.ne(False))
    methods = sorted(set(words[words.ne("") & said.isna()]))
    return marked.to_numpy(bool), ", ".join(methods) or UNKNOWN_METHOD


def _marked(
    recordings: Recordings, values: np.ndarray, filled: np.ndarray, by: str, why: str, gaps: Gaps
) -> Recordings:
    """Return recordings with other values, their marks added to those that are there already."""
    samples = recordings.samples.copy()
    samples[list(recordings.channels)] = values
    before = np.zeros(len(filled), bool) if recordings.filled is None else recordings.filled
    methods = dict.fromkeys(filter(None, [*recordings.filled_by.split(", "), by]))
    left = int(gaps.length[~gaps.fillable].sum())
    done = f"{why} They are marked as filled in, here and in every file and report made from them.".strip()
    if left:
        done += f" {left:,} samples in long gaps, or at the ends of recordings, stay missing."
    found = f"{filled.sum():,} samples were missing and were filled in ({filled.mean():.2%}): {by}"
    return replace(
        recordings,
        name=f"{recordings.name}, gaps filled",
        samples=samples,
        findings=(*recordings.findings, Finding("warning", recordings.name, found, done)),
        filled=before | filled,
        filled_by=", ".join(methods),
    )


def _batches(which: np.ndarray, tick: Tick) -> Iterator[np.ndarray]:
    for begin in range(0, len(which), BATCH):
        yield which[begin : begin + BATCH]
        tick(min(begin + BATCH, len(which)), len(which))


def _values(recordings: Recordings) -> np.ndarray:
    return recordings.samples[list(recordings.channels)].to_numpy(np.float32)


def _series_ends(recordings: Recordings) -> np.ndarray:
    index = recordings.index
    return (index["begin"] + index["n"]).to_numpy()
