"""Apache Parquet."""

import io
import json
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute
import pyarrow.parquet as pq
from pyarrow import types

from data.errors import RecordingError
from data.ingest.table import Table
from data.readers.files import File
from data.readers.formats._errors import refuse_big, user_errors
from data.recordings import Finding

pc: Any = pyarrow.compute  # makes its functions when it is imported, which type checkers do not see
TITLE = "Parquet"
EXTENSIONS = ("parquet",)
METADATA_KEY = b"penumbra"
SCHEMA = 1  # of what Penumbra stores there
OWN_ROLES = {"subject": "subject", "activity": "activity", "trial": "trial", "time": "t"}
MAX_UNPACKED_MB = 4000
BYTES_A_CELL = 8


def recognises(file: File) -> bool:
    """Return whether this is the beginning of a Parquet file."""
    return file.head.startswith(b"PAR1")


@user_errors("a Parquet file", "Save or download it again.")
def read(file: File) -> Table:
    """Read columns of numbers, times and texts, with the units by column where Penumbra wrote the file.

    Columns of lists, structures or bytes are named in a finding.

    Raises:
        RecordingError: If the file is damaged or unpacks to more than fits.
    """
    content, name = file.read(), file.path
    schema = pq.read_schema(io.BytesIO(content))
    texts = [column.name for column in schema if _is_text(column.type)]
    # As a dictionary, a long text that fills a million rows needs no more memory than in the file.
    stored = pq.ParquetFile(io.BytesIO(content), read_dictionary=texts)
    refuse_unpacked(stored.metadata, name)
    others = [column.name for column in schema if not _is_plain(column.type)]
    plain = [column.name for column in schema if _is_plain(column.type)]
    if others and not plain:
        raise RecordingError(f"{name} has only columns of lists or other compounds. Save numbers and texts.")
    table = stored.read(columns=plain if others else None)
    frame = _simplified(table, texts, name).to_pandas(ignore_metadata=True)
    frame.columns = [" ".join(str(column).split()) for column in frame.columns]
    own = _meaning_of_own(penumbra_metadata(content), frame)
    findings = ()
    if others:
        listed = ", ".join(others[:10]) + (" ..." if len(others) > 10 else "")
        told = f"Columns of lists or other compounds: {listed}"
        findings = (Finding("note", name, told, "They were left out."),)
    return Table(name, frame, findings=findings, **own)


def _meaning_of_own(metadata: dict, frame: pd.DataFrame) -> dict[str, Any]:
    """Return what columns mean, as keywords of `Table`, where Penumbra wrote the file: then nothing is guessed."""
    units = metadata.get("units")
    if not isinstance(units, dict) or metadata.get("schema") != SCHEMA:
        return {}
    units = {" ".join(channel.split()): unit for channel, unit in units.items()}
    roles = {role: column for role, column in OWN_ROLES.items() if column in frame}
    return {"units": units, "roles": roles, "channels": tuple(units)}


def penumbra_metadata(content: bytes) -> dict:
    """Return what Penumbra stored beside the columns, `{}` for a file from elsewhere."""
    if not content.startswith(b"PAR1"):
        return {}
    stored = (pq.read_schema(io.BytesIO(content)).metadata or {}).get(METADATA_KEY)
    return {} if stored is None else json.loads(stored)


def refuse_unpacked(metadata: pq.FileMetaData, name: str) -> None:
    """Refuse a file that unpacks to more than fits, before it is unpacked.

    Raises:
        RecordingError: If it would.
    """
    n_bytes = sum(metadata.row_group(i).total_byte_size for i in range(metadata.num_row_groups))
    # A constant needs next to nothing in the file, and as much as any other column in memory.
    refuse_big(max(n_bytes, metadata.num_rows * metadata.num_columns * BYTES_A_CELL), MAX_UNPACKED_MB, name)


def _is_text(kind: pa.DataType) -> bool:
    return types.is_string(kind) or types.is_large_string(kind)


def _is_plain(kind: pa.DataType) -> bool:
    if types.is_dictionary(kind):
        kind = kind.value_type
    tests = (types.is_integer, types.is_floating, types.is_boolean, types.is_temporal, types.is_decimal)
    return _is_text(kind) or types.is_null(kind) or any(test(kind) for test in tests)


def _simplified(table: pa.Table, texts: list[str], name: str) -> pa.Table:
    """Return texts as such, decimals as numbers and times of day as durations: what pandas computes with."""
    n_bytes = 0
    for position, column in enumerate(table.schema):
        values = table.column(position)
        kind = column.type
        if column.name in texts and types.is_dictionary(kind):
            n_bytes += sum(_text_bytes(chunk) for chunk in values.chunks)
            refuse_big(n_bytes, MAX_UNPACKED_MB, name)
            values = values.cast(pa.large_string())
        elif types.is_decimal(kind):
            values = values.cast(pa.float64())
        elif types.is_time(kind):
            whole = pa.int32() if types.is_time32(kind) else pa.int64()
            values = values.cast(whole).cast(pa.int64()).cast(pa.duration(kind.unit))
        table = table.set_column(position, column.name, values)
    return table


def _text_bytes(chunk: pa.DictionaryArray) -> int:
    """Return the bytes that texts need when each row has its own copy."""
    counts = pc.value_counts(chunk.indices)
    used = counts.field("values").fill_null(0)
    if len(chunk.dictionary) == 0:
        return 0
    lengths = pc.binary_length(chunk.dictionary.take(used)).fill_null(0)
    return pc.sum(pc.multiply(lengths.cast(pa.int64()), counts.field("counts"))).as_py() or 0
