"""Gaps (missing samples) in recordings: finding them, filling the short ones, and flagging filled samples for good.

The imputer is passed in as a function of windows; nothing here depends on how it works.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from data.errors import RecordingError
from data.recordings import Finding, Recordings, missing_rows

Fill = Callable[[np.ndarray, np.ndarray], np.ndarray]  # values and mask of windows -> complete values
FillProgress = Callable[[int, int], None]  # gaps done, total number of gaps; may raise to stop
UNKNOWN_METHOD = "an unknown method"
BATCH = 64  # windows


@dataclass(frozen=True, eq=False)
class Gaps:
    """Stretches of recordings in which at least one channel is missing.

    Attributes:
        begin: `(k,)` row of the first missing sample.
        length: `(k,)` number of samples.
        context: `(k,)` first row of the surrounding window used for filling; -1 where the gap stays missing.
        n_samples: Number of samples in the recordings.
        n_timesteps: Number of samples per window.
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
        """Which gaps are short enough and have known samples on both sides: `(k,)` bool."""
        return self.context >= 0

    @property
    def share_missing(self) -> float:
        """Share of samples with a missing value, in [0, 1]."""
        return float(self.length.sum() / self.n_samples)

    @property
    def share_fillable(self) -> float:
        """Share of samples that can be filled, in [0, 1]."""
        return float(self.length[self.fillable].sum() / self.n_samples)

    def rows(self, which: np.ndarray) -> np.ndarray:
        """Return the rows of the windows around the given gaps: `(len(which), n_timesteps)`."""
        return self.context[which][:, None] + np.arange(self.n_timesteps)


def gaps_of(recordings: Recordings, n_timesteps: int) -> Gaps:
    """Find the gaps, and which of them can be filled.

    A gap can be filled if it is at most half a window long, has known samples of its series before and after it, and
    the series is at least as long as a window. What happened in a longer gap is unknown.

    Args:
        recordings: Recordings with NaN for missing values.
        n_timesteps: Number of samples per window, >= 2.
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
    on_progress: FillProgress = lambda done, total: None,
) -> Recordings:
    """Return recordings whose short gaps are filled and flagged; measured values stay unchanged.

    Args:
        recordings: Recordings with NaN for missing values.
        fill: The imputer. Takes `(n, n_timesteps, channels)` float32 with NaN where the bool mask of the same shape is
            `False`, and returns complete float32 values.
        by: Name of the method, for messages.
        n_timesteps: Number of samples per window passed to `fill`.
        why: Why the method was chosen, a sentence for the data check.
        on_progress: Called after each batch; may raise to stop.

    Raises:
        RecordingError: If no gap can be filled, or the imputer returns missing values.
    """
    gaps = gaps_of(recordings, n_timesteps)
    if not gaps.fillable.any():
        raise RecordingError(
            "No gap can be filled: all are longer than half a window or lie at the ends of recordings. "
            "Choose longer windows on the Data page."
        )
    values = _values(recordings)
    known = ~np.isnan(values)
    made = values.copy()
    filled = np.zeros(len(values), bool)
    for which in _batches(np.flatnonzero(gaps.fillable), on_progress):
        rows = gaps.rows(which)
        windows = fill(values[rows], known[rows])
        for window, first, begin, length in zip(
            windows, rows[:, 0], gaps.begin[which], gaps.length[which], strict=True
        ):
            here = slice(begin, begin + length)
            made[here] = np.where(known[here], values[here], window[begin - first : begin - first + length])
            filled[here] = True
    if not np.isfinite(made[filled]).all():
        raise RecordingError(f"{by} left values missing. Choose another method.")
    return _with_filled(recordings, made, filled, by, why, gaps)


def filled_flags(column: pd.Series) -> tuple[np.ndarray, str]:
    """Read a column that flags filled samples.

    Args:
        column: The name of the method where a sample was filled, otherwise empty; or numbers or booleans.

    Returns:
        `(n,)` bool, and the names of the methods.
    """
    numbers = pd.to_numeric(column, errors="coerce")
    words = column.astype(str).str.strip().where(column.notna() & numbers.isna(), "")
    stated = words.str.lower().map({"true": True, "yes": True, "false": False, "no": False})
    marked = (numbers > 0) | (words.ne("") & stated.ne(False))
    methods = sorted(set(words[words.ne("") & stated.isna()]))
    return marked.to_numpy(bool), ", ".join(methods) or UNKNOWN_METHOD


def _with_filled(
    recordings: Recordings, values: np.ndarray, filled: np.ndarray, by: str, why: str, gaps: Gaps
) -> Recordings:
    """Return recordings with the filled values and flags, in addition to any earlier flags."""
    samples = recordings.samples.copy()
    samples[list(recordings.channels)] = values
    before = np.zeros(len(filled), bool) if recordings.filled is None else recordings.filled
    methods = dict.fromkeys(filter(None, [*recordings.filled_by.split(", "), by]))
    left = int(gaps.length[~gaps.fillable].sum())
    done = f"{why} They are flagged as filled here and in every file and report derived from them.".strip()
    if left:
        done += f" {left:,} samples in long gaps or at the ends of recordings stay missing."
    found = f"{filled.sum():,} missing samples were filled in ({100 * filled.mean():.2f} %) by {by}"
    return replace(
        recordings,
        name=f"{recordings.name}, gaps filled",
        samples=samples,
        findings=(*recordings.findings, Finding("warning", recordings.name, found, done)),
        filled=before | filled,
        filled_by=", ".join(methods),
    )


def _batches(which: np.ndarray, on_progress: FillProgress) -> Iterator[np.ndarray]:
    for begin in range(0, len(which), BATCH):
        yield which[begin : begin + BATCH]
        on_progress(min(begin + BATCH, len(which)), len(which))


def _values(recordings: Recordings) -> np.ndarray:
    return recordings.samples[list(recordings.channels)].to_numpy(np.float32)


def _series_ends(recordings: Recordings) -> np.ndarray:
    index = recordings.index
    return (index["begin"] + index["n"]).to_numpy()
