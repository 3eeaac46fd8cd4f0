"""Lossless storage of recordings and tables: Arrow columns, with everything else in the schema metadata."""

import io
import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pandas.api.types import is_object_dtype

from data.ingest.table import Part, Table
from data.recordings import KEYS, Finding, Recordings

META_KEY = b"penumbra.recordings"
TABLE_KEY = b"penumbra.table"
FILLED_KEY = "penumbra.filled"  # no channel has this name


def recordings_to_bytes(recordings: Recordings) -> bytes:
    """Serialise recordings as Parquet bytes, from which `recordings_from_bytes` restores equal recordings."""
    meta = {
        "name": recordings.name,
        "rate_hz": recordings.rate_hz,
        "channels": recordings.channels,
        "units": recordings.units,
        "attributes": recordings.attributes.to_json(orient="split"),
        "findings": [asdict(finding) for finding in recordings.findings],
        "filled_by": recordings.filled_by,
        "began": None if recordings.began is None else recordings.began.tolist(),
    }
    table = pa.Table.from_pandas(recordings.samples, preserve_index=False)
    if recordings.filled is not None:
        table = table.append_column(FILLED_KEY, pa.array(recordings.filled))
    table = table.replace_schema_metadata(
        {**(table.schema.metadata or {}), META_KEY: json.dumps(meta).encode()}
    )
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    return buffer.getvalue()


def recordings_from_bytes(payload: bytes) -> Recordings:
    """Restore recordings from Parquet bytes.

    Raises:
        ValueError: If the bytes were not written by `recordings_to_bytes`.
    """
    table = pq.read_table(io.BytesIO(payload))
    if META_KEY not in (table.schema.metadata or {}):
        raise ValueError("these bytes were not written by recordings_to_bytes")
    meta = json.loads(table.schema.metadata[META_KEY])
    attributes = pd.read_json(
        io.StringIO(meta["attributes"]), orient="split", convert_axes=False, dtype=False
    )
    attributes.index = attributes.index.astype(str)
    n_columns = len(KEYS) + len(meta["channels"])
    filled = table.column(n_columns).to_numpy() if table.num_columns > n_columns else None
    began = meta.get("began")  # not in files of before labels could be given afterwards
    return Recordings(
        name=meta["name"],
        samples=table.select(range(n_columns)).to_pandas()[[*KEYS, *meta["channels"]]],
        rate_hz=meta["rate_hz"],
        channels=tuple(meta["channels"]),
        units=tuple(meta["units"]),
        attributes=attributes,
        findings=tuple(Finding(**finding) for finding in meta["findings"]),
        filled=filled,
        filled_by=meta.get("filled_by", ""),
        began=None if began is None else np.array(began, dtype=np.float64),
    )


def write_table(table: Table, path: Path) -> None:
    """Write a table as an Arrow file that `read_table_file` can memory-map."""
    meta = {
        "name": table.name,
        "parts": [asdict(part) for part in table.parts],
        "layout": table.layout,
        "roles": dict(table.roles),
        "channels": table.channels,
        "units": dict(table.units),
        "rate_hz": table.rate_hz,
        "attributes": table.attributes.to_json(orient="split"),
        "findings": [asdict(finding) for finding in table.findings],
    }
    frame = table.frame.copy(deep=False)
    for column in [name for name in frame.columns if is_object_dtype(frame[name])]:
        # Arrow columns have a single type: a column that mixes numbers and text becomes text.
        frame[column] = frame[column].where(frame[column].isna(), _words(frame[column]))
    arrow = pa.Table.from_pandas(frame, preserve_index=False)
    arrow = arrow.replace_schema_metadata(
        {**(arrow.schema.metadata or {}), TABLE_KEY: json.dumps(meta).encode()}
    )
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, arrow.schema) as writer:
        writer.write_table(arrow)


def _words(column: pd.Series) -> pd.Series:
    try:
        return column.astype(str)
    except UnicodeError:  # bytes that are not text, or unpaired surrogates
        return column.map(_word)


def _word(cell: object) -> str:
    text = cell.decode("utf-8", "replace") if isinstance(cell, bytes) else str(cell)
    return text.encode("utf-8", "replace").decode()


def read_table_file(path: Path) -> Table:
    """Read a table written by `write_table`."""
    with pa.memory_map(str(path)) as source:
        arrow = pa.ipc.open_file(source).read_all()
    meta = json.loads(arrow.schema.metadata[TABLE_KEY])
    attributes = pd.read_json(
        io.StringIO(meta["attributes"]), orient="split", convert_axes=False, dtype=False
    )
    attributes.index = attributes.index.astype(str)
    return Table(
        meta["name"],
        arrow.to_pandas(),
        tuple(Part(**part) for part in meta["parts"]),
        meta["layout"],
        meta["roles"],
        None if meta["channels"] is None else tuple(meta["channels"]),
        meta["units"],
        meta["rate_hz"],
        attributes,
        tuple(Finding(**finding) for finding in meta["findings"]),
    )
