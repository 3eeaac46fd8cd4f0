"""Release files written by other software: each trial is one window."""

from typing import Any

import numpy as np
import pandas as pd

from data.errors import ReleaseError
from data.ingest.column_mapping import guess_channels, guess_roles
from data.ingest.numeric_cells import channel_values
from data.ingest.resampling import common_rate, series_rates
from data.ingest.row_labels import label_codes, refuse_labels
from data.ingest.table import Table
from data.ingest.times import to_seconds
from data.ingest.units import guess_units, standard_units
from data.plurals import counted
from data.recordings import FILLED
from data.release import Release
from data.windows import Windows

UNKNOWN_TIMES = ", times unknown"  # suffix of series names for windows whose times are unknown


def release_from_table(
    table: Table,
    *,
    name: str,
    rate_hz: float | None,
    columns: dict[str, str | None],
    convert_units: bool = True,
) -> Release:
    """Turn a table into a release: each trial (of each subject, if there are subjects) is one window.

    Args:
        table: The table as read.
        name: Name of the release.
        rate_hz: Sampling rate in Hz, if it cannot be derived from the times.
        columns: Known columns of `subject`, `activity`, `trial` and `time`; the others are guessed.
        convert_units: Whether to convert accelerations to g and angular velocities to rad/s, as for recordings.

    Returns:
        A release without sources, windows in file order. Without a subject column, no window names
        a subject.

    Raises:
        RecordingError: If a named column does not exist, or a channel contains text.
        ReleaseError: If there are no activities, trials or channels, trials differ in length, or values
            or labels are missing.
    """
    roles = guess_roles(table, {role: column for role, column in columns.items() if column is not None})
    channels = guess_channels(table, roles)
    _refuse_missing_roles(roles, channels, name)
    for role in ("subject", "activity", "trial"):
        refuse_labels(table, role, roles[role])
    window, first = _windows(table, roles, name)
    t = None
    if roles["time"] is not None:
        t = to_seconds(table, roles["time"], window, rate_hz=rate_hz).seconds
    order = np.argsort(window, kind="stable") if t is None else np.lexsort((t, window))
    n_timesteps = _common_length(window, first, table, roles, name)
    values = channel_values(table, channels)[order]
    _refuse_missing_values(values, channels, table, order, name)
    units = guess_units(table, channels)
    if convert_units:
        factors, units = standard_units(units)
        values = (values * factors).astype(np.float32)
    labels = {role: _labels(table.frame, roles[role], first) for role in ("subject", "activity")}
    series, start = placeholder_times(labels["subject"], labels["activity"], n_timesteps)
    return Release(
        name,
        Windows(
            values=values.reshape(len(first), n_timesteps, len(channels)),
            **labels,
            trial=np.full(len(first), ""),
            series=series,
            start=start,
            rate_hz=_rate(t, order, len(first), n_timesteps, rate_hz, name),
            channels=channels,
            units=units,
            attributes=pd.DataFrame(),
            **_filled(table, channels, first),
        ),
    )


def _filled(table: Table, channels: tuple[str, ...], first: np.ndarray) -> dict[str, Any]:
    """Read the filled share of each window, if the file records it."""
    if FILLED not in table.frame or FILLED in channels:
        return {}
    shares = pd.to_numeric(table.frame[FILLED].iloc[first], errors="coerce").fillna(0).clip(0, 1)
    if not shares.any():
        return {}
    return {"filled": shares.to_numpy(np.float32), "filled_by": "an unknown method"}


def placeholder_times(
    subject: np.ndarray, activity: np.ndarray, n_timesteps: int
) -> tuple[np.ndarray, np.ndarray]:
    """Assign placeholder positions to windows of unknown times, so that no split separates overlapping windows.

    The windows of a subject and activity are assumed to be consecutive in file order, each overlapping the previous
    one by 90 %. A buffer of one window length then spans ten windows, so windows that overlap by up to 90 % stay on
    the same side of a split. For a subject with fewer than fifty windows of an activity, the buffer spans a fifth of
    them instead, at least two, which is enough for an overlap of 50 %. Windows that name no subject each form a
    series of their own.

    Args:
        subject: `(n,)` str, `""` where a window names no subject.
        activity: `(n,)` str.
        n_timesteps: Length of a window.

    Returns:
        Series `(n,)` str and start `(n,)` int64 of each window.
    """
    frame = pd.DataFrame({"subject": subject, "activity": activity})
    groups = frame.groupby(["subject", "activity"])
    order = groups.cumcount().to_numpy()
    n_apart = np.clip(groups["subject"].transform("size").to_numpy() // 5, 2, 10)
    alone = subject == ""
    named = frame["subject"] + "/" + frame["activity"] + UNKNOWN_TIMES
    series = np.where(alone, [f"window {i + 1}" for i in range(len(frame))], named)
    start = np.where(alone, 0, order * np.maximum(1, -(-n_timesteps // n_apart)))
    return series.astype(str), start.astype(np.int64)


def _refuse_missing_roles(roles: dict[str, str | None], channels: tuple[str, ...], name: str) -> None:
    for role, what in (("activity", "the activity"), ("trial", "the trial (one window is one trial)")):
        if roles[role] is None:
            raise ReleaseError(f"{name}: no column contains {what}. Specify which one does.")
    if not channels:
        raise ReleaseError(f"{name}: no column contains measured values.")


def _windows(table: Table, roles: dict[str, str | None], name: str) -> tuple[np.ndarray, np.ndarray]:
    """Number each row's window in the order of the file, and return the first row of each window."""
    codes = [label_codes(table.frame, roles[role])[0] for role in ("subject", "activity", "trial")]
    unnamed = np.min(codes[1:], axis=0) < 0
    if unnamed.any():
        place = table.place(int(np.argmax(unnamed)))
        raise ReleaseError(f"{name}, {place}: activity or trial is missing. Fill it in, or remove the row.")
    grouped = pd.DataFrame(dict(enumerate(codes))).groupby([0, 1, 2], sort=False)
    window = grouped.ngroup().to_numpy()
    return window, np.unique(window, return_index=True)[1]


def _common_length(
    window: np.ndarray, first: np.ndarray, table: Table, roles: dict[str, str | None], name: str
) -> int:
    lengths = np.bincount(window)
    usual = int(np.bincount(lengths).argmax())
    if (lengths != usual).any():
        odd = int(np.argmax(lengths != usual))
        trial = table.frame[roles["trial"]].iloc[first[odd]]
        raise ReleaseError(
            f"{name}: trial {trial} has {lengths[odd]:,} samples, most have {usual:,}. One trial is one "
            "window, and all windows need the same length; check the trial column, or trim the trials."
        )
    if usual < 2:
        raise ReleaseError(f"{name}: each trial has only one sample. Check the trial column.")
    return usual


def _refuse_missing_values(
    values: np.ndarray, channels: tuple[str, ...], table: Table, order: np.ndarray, name: str
) -> None:
    missing = np.argwhere(np.isnan(values))
    if len(missing) > 0:
        row, channel = missing[0]
        raise ReleaseError(
            f"{name}, column {channels[channel]}, {table.place(int(order[row]))}: "
            f"the value is missing ({counted(len(missing), 'such cell')}). A release needs every value."
        )


def _labels(frame: pd.DataFrame, column: str | None, first: np.ndarray) -> np.ndarray:
    codes, labels = label_codes(frame, column)
    return np.array([*labels, ""], dtype=str)[codes[first]]


def _rate(
    t: np.ndarray | None, order: np.ndarray, n: int, n_timesteps: int, rate_hz: float | None, name: str
) -> float:
    if t is None:
        if rate_hz is None:
            raise ReleaseError(f"{name} has no time column. Specify the sampling rate in Hz.")
        return rate_hz
    rates = series_rates(t[order], np.arange(n) * n_timesteps)
    if not np.isfinite(rates).any():
        raise ReleaseError(f"{name}: times do not increase within a trial. Check the time and trial columns.")
    return common_rate(rates[np.isfinite(rates)], np.full(int(np.isfinite(rates).sum()), n_timesteps))
