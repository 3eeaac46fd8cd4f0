"""Restoring releases written by Penumbra from their metadata, without guessing what columns mean."""

import io
import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from data.errors import RecordingError
from data.export.release_from_table import placeholder_times
from data.readers.files import File
from data.readers.formats import parquet
from data.readers.formats._errors import refuse_big, user_errors
from data.recordings import FILLED
from data.release import Release
from data.windows import Windows

MAX_LABELS_MB = 500


@user_errors("a Parquet file", "Save or download it again.")
def restore_release(file: File) -> Release | None:
    """Restore a release from the Parquet file that `release_to_bytes` made of it.

    Args:
        file: Any file.

    Returns:
        The release under the name it was written with; `None` if the file was not written by Penumbra as a release.

    Raises:
        RecordingError: If the file is damaged, holds no windows, or unpacks to more than fits.
    """
    if not parquet.recognises(file):
        return None
    content = file.read()
    metadata = parquet.penumbra_metadata(content)
    if metadata.get("kind") != "release" or metadata.get("schema") != parquet.SCHEMA:
        return None
    windows = _windows(_table(content, metadata["channels"], file.path), metadata, file.path)
    source = metadata.get("source")
    source = None if source is None else np.array(source, dtype=np.int64)
    return Release(metadata["name"], windows, source, dict(metadata["card"]))


def _table(content: bytes, channels: Sequence[str], name: str) -> pa.Table:
    """Read the columns of the windows, with labels dictionary-encoded so that each distinct text is in memory once."""
    there = pq.read_schema(io.BytesIO(content)).names
    labels = [column for column in ("subject", "activity") if column in there]
    stored = pq.ParquetFile(io.BytesIO(content), read_dictionary=labels)
    parquet.refuse_unpacked(stored.metadata, len(content), name)
    wanted = {*labels, FILLED, *channels}
    return stored.read(columns=[column for column in there if column in wanted])


def _windows(table: pa.Table, metadata: dict[str, Any], name: str) -> Windows:
    channels, n_timesteps = tuple(metadata["channels"]), metadata["n_timesteps"]
    if table.num_rows == 0:
        raise RecordingError(f"{name} contains no windows. Make the release again.")
    if n_timesteps < 1 or table.num_rows % n_timesteps:
        raise ValueError(f"whole windows of {n_timesteps} samples. Received: {table.num_rows} samples")
    n = table.num_rows // n_timesteps
    activity = _labels(table, "activity", n_timesteps, name)
    claims_people = "subject" in table.column_names
    subject = _labels(table, "subject", n_timesteps, name) if claims_people else np.full(n, "")
    return Windows(
        values=_values(table, channels).reshape(n, n_timesteps, len(channels)),
        activity=activity,
        subject=subject,
        **_origin(metadata.get("windows"), subject, activity, n_timesteps, name),
        rate_hz=metadata["rate_hz"],
        channels=channels,
        units=tuple(metadata["units"].values()),
        attributes=_attributes(metadata.get("attributes")),
        filled=table.column(FILLED).to_numpy()[::n_timesteps].astype(np.float32)
        if "filled" in metadata
        else None,
        filled_by=metadata["filled"]["by"] if "filled" in metadata else "",
    )


def _values(table: pa.Table, channels: Sequence[str]) -> np.ndarray:
    """Return `(rows, channels)` float32.

    Raises:
        ValueError: If a value is missing, infinite or not a number.
    """
    values = np.empty((table.num_rows, len(channels)), np.float32)
    for position, channel in enumerate(channels):
        values[:, position] = table.column(channel).to_numpy()
    if not np.isfinite(values).all():
        raise ValueError("values that are numbers. Received: missing or infinite ones")
    return values


def _labels(table: pa.Table, column: str, n_timesteps: int, name: str) -> np.ndarray:
    """Return the label of each window, taken from its first row: `(n,)` str."""
    labels = table.column(column).unify_dictionaries().combine_chunks()
    codes = labels.indices.to_numpy()[::n_timesteps]
    return _texts(labels.dictionary.to_pylist(), len(codes), name)[codes]


def _origin(
    stored: dict[str, list] | None, subject: np.ndarray, activity: np.ndarray, n_timesteps: int, name: str
) -> dict[str, np.ndarray]:
    """Return series, trial and start of each window; placeholders for a shared file, which does not contain them."""
    n = len(activity)
    if stored is None:
        series, start = placeholder_times(subject, activity, n_timesteps)
        return {"series": series, "trial": np.full(n, ""), "start": start}
    return {
        "series": _texts(stored["series"], n, name),
        "trial": _texts(stored["trial"], n, name),
        "start": np.array(stored["start"], dtype=np.int64),
    }


def _texts(texts: list[str], n: int, name: str) -> np.ndarray:
    """Return texts as an array, checking that `n` of them fit in memory: NumPy pads each to the longest."""
    refuse_big(4 * max(map(len, texts), default=0) * max(n, len(texts)), MAX_LABELS_MB, name)
    return np.array(texts, dtype=str)


def _attributes(stored: dict[str, Any] | None) -> pd.DataFrame:
    written = json.dumps(stored or {"columns": [], "index": [], "data": []})
    return pd.read_json(io.StringIO(written), orient="split", dtype=False, convert_axes=False)
