"""Recordings: what was measured, from whom, during which activity. Tidy, validated and immutable."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd

from data.label_categories import label_categories

KEYS = ("subject", "activity", "trial", "series", "t")
MAX_RATE_HZ = 10_000
FILLED = "filled"  # the file column that flags filled samples


Severity = Literal["note", "warning"]


@dataclass(frozen=True)
class Finding:
    """One observation made while reading, for the data check on the page and on stderr.

    Attributes:
        severity: `"note"` (for information) or `"warning"` (samples were changed or left out).
        where: The file, subject, series, row or column concerned.
        found: What was found, with counts.
        done: What was done about it, or what the user should do.
    """

    severity: Severity
    where: str
    found: str
    done: str


@dataclass(frozen=True, eq=False)
class Recordings:
    """Movement recordings of several people, one row per sample.

    Attributes:
        name: Display name of the recordings, for example a file name.
        samples: Columns `subject`, `activity`, `trial` (str: a repetition, as named in the file),
            `series` (str: one uninterrupted stretch of one subject performing one activity; windows never
            cross its ends), `t` (float, seconds from the start of the series) and one float32 column per
            channel, NaN where a value is missing. Rows of a series are contiguous and in time order. Labels
            are text or categories of text.
        rate_hz: Sampling rate in Hz, the same for all series, in (0, 10 000].
        channels: Names of the channel columns, in order.
        units: Unit of each channel as text, `""` where unknown.
        attributes: One row per subject (index = subject), for example gender or age; may have no columns.
        findings: Observations made while reading.
        filled: `(n,)` bool, `True` where a missing value of the sample was filled in; `None` if there are none.
        filled_by: Names of the methods that filled them; `""` if none did.
        began: `(series,)` float64, what the recording's clock showed at the start of each series, in seconds, in the
            order of `index`: since 1970 where files give dates, otherwise as their times count; `None` if unknown.
    """

    name: str
    samples: pd.DataFrame
    rate_hz: float
    channels: tuple[str, ...]
    units: tuple[str, ...]
    attributes: pd.DataFrame = field(default_factory=pd.DataFrame)
    findings: tuple[Finding, ...] = ()
    filled: np.ndarray | None = None
    filled_by: str = ""
    began: np.ndarray | None = None

    def __post_init__(self) -> None:
        expected = [*KEYS, *self.channels]
        if list(self.samples.columns) != expected:
            raise ValueError(f"samples need the columns {expected}. Received: {list(self.samples.columns)}")
        if len(self.units) != len(self.channels):
            raise ValueError(f"one unit per channel is needed. Received: {self.units} for {self.channels}")
        if self.filled is not None and self.filled.shape != (len(self.samples),):
            raise ValueError(f"filled needs {len(self.samples)} entries. Received: {self.filled.shape}")
        if not 0 < self.rate_hz <= MAX_RATE_HZ:
            raise ValueError(f"rate_hz must be in (0, {MAX_RATE_HZ}]. Received: {self.rate_hz}")

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of everything that a model could learn from, which excludes name and findings."""
        digest = hashlib.sha256()
        for column in ("subject", "activity", "trial", "series"):
            codes, labels = pd.factorize(self.samples[column])
            digest.update(codes.astype(np.int64).tobytes())
            digest.update("\0".join(map(str, labels)).encode())
        digest.update(np.ascontiguousarray(self.samples["t"], dtype=np.float64).tobytes())
        digest.update(np.ascontiguousarray(self.samples[list(self.channels)], dtype=np.float32).tobytes())
        digest.update(repr((self.rate_hz, self.channels, self.units)).encode())
        digest.update(self.attributes.to_json().encode())
        if self.filled is not None:
            digest.update(np.ascontiguousarray(self.filled, dtype=bool).tobytes() + self.filled_by.encode())
        return digest.hexdigest()

    @cached_property
    def index(self) -> pd.DataFrame:
        """One row per series: `subject`, `activity`, `trial`, `series` (text), `begin` (first row), `n` (length)."""
        codes = pd.factorize(self.samples["series"])[0]
        begin = np.flatnonzero(np.concatenate([[True], np.diff(codes) != 0]))
        labels = self.samples[["subject", "activity", "trial", "series"]].iloc[begin].astype(str)
        n = np.diff(np.append(begin, len(codes)))
        return labels.reset_index(drop=True).assign(begin=begin, n=n)

    @property
    def subjects(self) -> list[str]:
        """The subjects, sorted."""
        return sorted(self.index["subject"].unique())

    @property
    def activities(self) -> list[str]:
        """The activities, sorted."""
        return sorted(self.index["activity"].unique())

    def samples_of(self, series: str) -> pd.DataFrame:
        """Return the rows of one series; no rows if there is no such series."""
        row = self.index[self.index["series"] == series]
        begin, n = (int(row["begin"].iloc[0]), int(row["n"].iloc[0])) if len(row) else (0, 0)
        return self.samples.iloc[begin : begin + n]

    @property
    def share_filled(self) -> float:
        """Share of samples that were filled in, in [0, 1]."""
        return 0.0 if self.filled is None else float(self.filled.mean())

    @property
    def duration_s(self) -> float:
        """Total length of all series in seconds."""
        return len(self.samples) / self.rate_hz


def missing_rows(values: np.ndarray) -> np.ndarray:
    """Return `(n,)` bool: the rows of `(n, channels)` with at least one NaN."""
    return np.asarray(np.isnan(values).any(axis=1))


def samples_from_series(
    series: pd.DataFrame, values: Sequence[np.ndarray], rate_hz: float, channels: Sequence[str]
) -> pd.DataFrame:
    """Build the `samples` frame of `Recordings` from evenly sampled series.

    Args:
        series: One row per series with `subject`, `activity`, `trial` and `series` (text).
        values: One `(timesteps, channels)` array per series.
        rate_hz: Sampling rate in Hz.
        channels: Names of the channels.
    """
    lengths = np.array([len(v) for v in values])
    columns = {}
    for key in ("subject", "activity", "trial", "series"):
        codes, labels = pd.factorize(series[key], sort=True)
        columns[key] = label_categories(np.repeat(codes, lengths), labels)
    columns["t"] = np.concatenate([np.arange(n) for n in lengths]) / rate_hz
    stacked = np.concatenate(values).astype(np.float32, copy=False)
    return pd.DataFrame({**columns, **{name: stacked[:, i] for i, name in enumerate(channels)}})
