"""Windows: the only array-carrying type passed between packages, and cutting recordings into windows."""

import hashlib
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from data.errors import RecordingError
from data.recordings import Recordings, missing_rows

VERSION = 1  # of the windowing: raise it when the same recordings and settings give different windows


@dataclass(frozen=True, eq=False)
class Windows:
    """Movement windows of equal length, in sensor units.

    Attributes:
        values: `(n, timesteps, channels)` float32, no missing values.
        activity: `(n,)` str.
        subject: `(n,)` str, the person each window was measured on or claims to show; `""` where it
            names nobody (generated windows).
        series: `(n,)` str, the uninterrupted recording (or generation batch) of each window.
        trial: `(n,)` str, the repetition as named in the file, `""` if there is none.
        start: `(n,)` int64, index of the first sample of each window in its series.
        rate_hz: Sampling rate in Hz.
        channels: Channel names, in the order of the last axis.
        units: Unit of each channel.
        attributes: One row per subject (index = subject).
        filled: `(n,)` float32, the share of filled samples in each window, or in the window that it was made from;
            `None` if nothing was filled or windows were generated.
        filled_by: Names of the methods that filled them; `""` if none did.
    """

    values: np.ndarray
    activity: np.ndarray
    subject: np.ndarray
    series: np.ndarray
    trial: np.ndarray
    start: np.ndarray
    rate_hz: float
    channels: tuple[str, ...]
    units: tuple[str, ...]
    attributes: pd.DataFrame
    filled: np.ndarray | None = None
    filled_by: str = ""

    def __post_init__(self) -> None:
        n = len(self.values)
        if self.values.ndim != 3 or self.values.dtype != np.float32:
            raise ValueError(
                "values must be float32 of shape (n, timesteps, channels). "
                f"Received: {self.values.dtype} {self.values.shape}"
            )
        if self.values.shape[2] != len(self.channels) or len(self.units) != len(self.channels):
            raise ValueError(
                f"{self.values.shape[2]} channels in values, names {self.channels}, units {self.units}"
            )
        for name in ("activity", "subject", "series", "trial", "start"):
            if len(getattr(self, name)) != n:
                raise ValueError(f"{name} must have {n} entries. Received: {len(getattr(self, name))}")
        if self.filled is not None and self.filled.shape != (n,):
            raise ValueError(f"filled must have {n} entries. Received: {self.filled.shape}")

    def __len__(self) -> int:
        return len(self.values)

    @property
    def n_timesteps(self) -> int:
        """Number of samples per window."""
        return self.values.shape[1]

    @property
    def duration_s(self) -> float:
        """Length of one window in seconds."""
        return self.n_timesteps / self.rate_hz

    @property
    def activities(self) -> list[str]:
        """The activities, sorted."""
        return sorted(set(self.activity.tolist()))

    @property
    def subjects(self) -> list[str]:
        """The subjects, sorted, without the `""` of generated windows."""
        return sorted(set(self.subject.tolist()) - {""})

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of values, labels and metadata of the windows."""
        digest = hashlib.sha256(np.ascontiguousarray(self.values).tobytes())
        for name in ("activity", "subject", "series", "trial", "start"):
            digest.update("\0".join(map(str, getattr(self, name).tolist())).encode())
        digest.update(repr((self.values.shape, self.rate_hz, self.channels, self.units)).encode())
        digest.update(self.attributes.to_json().encode())
        if self.filled is not None:
            digest.update(
                np.ascontiguousarray(self.filled, dtype=np.float32).tobytes() + self.filled_by.encode()
            )
        return digest.hexdigest()

    @property
    def share_filled(self) -> float:
        """Share of filled samples over all windows, in [0, 1]."""
        return 0.0 if self.filled is None or len(self) == 0 else float(self.filled.mean())

    def take(self, which: np.ndarray) -> "Windows":
        """Return the windows at `which` (indices or a boolean mask), in that order."""
        return replace(
            self,
            values=self.values[which],
            filled=None if self.filled is None else self.filled[which],
            **{k: getattr(self, k)[which] for k in ("activity", "subject", "series", "trial", "start")},
        )

    def with_values(self, values: np.ndarray) -> "Windows":
        """Return windows with the same labels and channels, and other `values`."""
        return replace(self, values=np.ascontiguousarray(values, dtype=np.float32))


def concatenate(parts: list[Windows]) -> Windows:
    """Concatenate windows of the same length, rate and channels.

    Raises:
        ValueError: If these differ.
    """
    first = parts[0]
    for part in parts[1:]:
        if (part.n_timesteps, part.rate_hz, part.channels) != (
            first.n_timesteps,
            first.rate_hz,
            first.channels,
        ):
            raise ValueError("windows of another length, rate or channel set cannot be joined")
    names = ("values", "activity", "subject", "series", "trial", "start")
    joined = {k: np.concatenate([getattr(p, k) for p in parts]) for k in names}
    if any(part.filled is not None for part in parts):
        none = [np.zeros(len(part), np.float32) if part.filled is None else part.filled for part in parts]
        joined |= {"filled": np.concatenate(none), "filled_by": max(part.filled_by for part in parts)}
    return replace(first, **joined)


@dataclass(frozen=True)
class WindowSettings:
    """How recordings are cut into windows.

    Attributes:
        duration_s: Length of a window in seconds, > 0. 2.56 s is customary (128 samples at 50 Hz).
        overlap: Share of a window that the next one overlaps, in [0, 0.95].
    """

    duration_s: float = 2.56
    overlap: float = 0.5

    def __post_init__(self) -> None:
        if not 0 < self.duration_s <= 3600:
            raise ValueError(f"duration_s must be in (0, 3600]. Received: {self.duration_s}")
        if not 0 <= self.overlap <= 0.95:
            raise ValueError(f"overlap must be in [0, 0.95]. Received: {self.overlap}")


def cut_windows(recordings: Recordings, settings: WindowSettings = WindowSettings()) -> Windows:
    """Cut every series into windows; none crosses the end of a series or contains a missing value.

    Args:
        recordings: Validated recordings.
        settings: Length and overlap.

    Returns:
        Windows in the order of the recordings.

    Raises:
        RecordingError: If no series is as long as one window.
    """
    n_timesteps = max(2, round(settings.duration_s * recordings.rate_hz))
    step = max(1, round(n_timesteps * (1 - settings.overlap)))
    samples = recordings.samples
    values = samples[list(recordings.channels)].to_numpy(np.float32)
    series = pd.factorize(samples["series"])[0]
    new_series = np.concatenate([[True], np.diff(series) != 0])
    begins, lengths = _complete_stretches(values, new_series)
    starts = [np.arange(0, length - n_timesteps + 1, step) for length in lengths]
    first_rows = np.concatenate([begin + s for begin, s in zip(begins, starts, strict=True)], dtype=np.int64)
    if len(first_rows) == 0:
        longest = lengths.max(initial=0) / recordings.rate_hz
        raise RecordingError(
            f"No recording is as long as one window of {settings.duration_s:g} s: the longest uninterrupted "
            f"stretch lasts {longest:.2f} s. Choose a shorter window on the Data page."
        )
    series_begin = np.maximum.accumulate(np.where(new_series, np.arange(len(series)), 0))
    labels = samples.iloc[first_rows]
    rows = first_rows[:, None] + np.arange(n_timesteps)
    filled = None if recordings.filled is None else recordings.filled[rows].mean(axis=1, dtype=np.float32)
    return Windows(
        values=values[rows],
        activity=labels["activity"].to_numpy(str),
        subject=labels["subject"].to_numpy(str),
        series=labels["series"].to_numpy(str),
        trial=labels["trial"].to_numpy(str),
        start=first_rows - series_begin[first_rows],
        rate_hz=recordings.rate_hz,
        channels=recordings.channels,
        units=recordings.units,
        attributes=recordings.attributes,
        filled=filled,
        filled_by=recordings.filled_by,
    )


def _complete_stretches(values: np.ndarray, new_series: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return first row and length of the stretches of each series without missing values."""
    missing = missing_rows(values)
    begins = np.flatnonzero(new_series | np.concatenate([[False], np.diff(missing.astype(np.int8)) != 0]))
    lengths = np.diff(np.append(begins, len(values)))
    complete = ~missing[begins]
    return begins[complete], lengths[complete]
