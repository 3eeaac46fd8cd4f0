"""Conversion of table cells to measured values."""

import numpy as np
import pandas as pd

from data.errors import RecordingError
from data.ingest.table import Table
from data.plurals import counted


def channel_values(table: Table, channels: tuple[str, ...]) -> np.ndarray:
    """Return `(n, channels)` float32 with NaN where a value is missing or infinite.

    Raises:
        RecordingError: If a cell contains text, or a channel is empty.
    """
    values = np.empty((len(table), len(channels)), dtype=np.float32)
    for i, channel in enumerate(channels):
        column = table.frame[channel]
        if column.dtype.kind in "fiu":
            values[:, i] = _as_float32(column)
            continue
        numbers = pd.to_numeric(column, errors="coerce")
        text = (numbers.isna() & column.notna()).to_numpy()
        if text.any():
            row = int(np.argmax(text))
            raise RecordingError(
                f"{table.name}, column {channel}, {table.place(row)}: "
                f"{str(column.iloc[row])[:40]!r} is not a number ({counted(int(text.sum()), 'such cell')}). "
                "Correct it, leave the cell empty, or leave the column out."
            )
        values[:, i] = _as_float32(numbers)
    infinite = np.isinf(values)
    values[infinite] = np.nan
    empty = np.isnan(values).all(axis=0)
    if empty.any():
        first = int(np.argmax(empty))
        what = "has infinite values only" if infinite[:, first].any() else "is empty"
        raise RecordingError(f"{table.name}, column {channels[first]} {what}. Leave this channel out.")
    return values


def _as_float32(column: pd.Series) -> np.ndarray:
    with np.errstate(over="ignore"):  # values beyond float32 become infinite and count as missing
        if isinstance(column.dtype, np.dtype):
            return column.to_numpy(np.float32)
        return column.to_numpy(np.float32, na_value=np.nan)
