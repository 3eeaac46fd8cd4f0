"""Recordings to bytes and back, exactly: Parquet with everything else in its metadata."""

import io
import json
from dataclasses import asdict

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from data.recordings import KEYS, Finding, Recordings

META_KEY = b"penumbra.recordings"


def recordings_to_bytes(recordings: Recordings) -> bytes:
    """Return Parquet bytes that `recordings_from_bytes` restores to equal recordings."""
    meta = {
        "name": recordings.name,
        "rate_hz": recordings.rate_hz,
        "channels": recordings.channels,
        "units": recordings.units,
        "attributes": recordings.attributes.to_json(orient="split"),
        "findings": [asdict(finding) for finding in recordings.findings],
    }
    table = pa.Table.from_pandas(recordings.samples, preserve_index=False)
    table = table.replace_schema_metadata(
        {**(table.schema.metadata or {}), META_KEY: json.dumps(meta).encode()}
    )
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    return buffer.getvalue()


def recordings_from_bytes(payload: bytes) -> Recordings:
    """Restore recordings.

    Raises:
        ValueError: If the bytes were not written by `recordings_to_bytes`.
    """
    table = pq.read_table(io.BytesIO(payload))
    if META_KEY not in (table.schema.metadata or {}):
        raise ValueError("these bytes hold no recordings of Penumbra")
    meta = json.loads(table.schema.metadata[META_KEY])
    attributes = pd.read_json(io.StringIO(meta["attributes"]), orient="split", convert_axes=False)
    attributes.index = attributes.index.astype(str)
    return Recordings(
        name=meta["name"],
        samples=table.to_pandas()[[*KEYS, *meta["channels"]]],
        rate_hz=meta["rate_hz"],
        channels=tuple(meta["channels"]),
        units=tuple(meta["units"]),
        attributes=attributes,
        findings=tuple(Finding(**finding) for finding in meta["findings"]),
    )
