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
from data.readers.formats._errors import refuse_beyond_memory, refuse_big, user_errors
from data.recordings import Finding

pc: Any = pyarrow.compute  # creates its functions at import, invisible to type checkers
TITLE = "Parquet"
EXTENSIONS = ("parquet",)
METADATA_KEY = b"penumbra"
SCHEMA = 1  # of what Penumbra stores there
OWN_ROLES = {"subject": "subject", "activity": "activity", "trial": "trial", "time": "t"}
MAX_UNPACKED_MB = 4000
FREE_MB = 250  # any file may unpack to this much, whatever its ratio
MAX_RATIO = 20  # recordings with few different values are 10 times smaller in the file than in memory
BYTES_A_CELL = 8


def recognises(file: File) -> bool:
    """Return whether this starts like a Parquet file."""
    return file.head.startswith(b"PAR1")


@user_errors("a Parquet file", "Save or download it again.")
def read(file: File) -> Table:
    """Read columns of numbers, times and text; if Penumbra wrote the file, with their meaning and units.

    Columns of lists, structures or bytes are named in a finding.

    Raises:
        RecordingError: If the file is damaged or is too big when unpacked.
    """
    content, name = file.read(), file.path
    schema = pq.read_schema(io.BytesIO(content))
    texts = [column.name for column in schema if _is_text(column.type)]
    # Dictionary-encoded, a long text repeated in a million rows needs no more memory than in the file.
    stored = pq.ParquetFile(io.BytesIO(content), read_dictionary=texts)
    refuse_unpacked(stored.metadata, len(content), name)
    others = [column.name for column in schema if not _is_plain(column.type)]
    plain = [column.name for column in schema if _is_plain(column.type)]
    if others and not plain:
        raise RecordingError(
            f"{name} has only columns of lists or other nested types. Save numbers and text."
        )
    table = stored.read(columns=plain if others else None)
    frame = _simplified(table, texts, len(content), name).to_pandas(ignore_metadata=True)
    frame.columns = [" ".join(str(column).split()) for column in frame.columns]
    own = _meaning_of_own(penumbra_metadata(content), frame)
    findings = ()
    if others:
        listed = ", ".join(others[:10]) + (" ..." if len(others) > 10 else "")
        found = f"Columns of lists or other nested types: {listed}"
        findings = (Finding("note", name, found, "They were left out."),)
    return Table(name, frame, findings=findings, **own)


def _meaning_of_own(metadata: dict, frame: pd.DataFrame) -> dict[str, Any]:
    """Return roles, channels and units, as keywords of `Table`, for a file written by Penumbra; `{}` for others."""
    units = metadata.get("units")
    if not isinstance(units, dict) or metadata.get("schema") != SCHEMA:
        return {}
    units = {" ".join(channel.split()): unit for channel, unit in units.items()}
    roles = {role: column for role, column in OWN_ROLES.items() if column in frame}
    return {"units": units, "roles": roles, "channels": tuple(units)}


def penumbra_metadata(content: bytes) -> dict:
    """Return the metadata that Penumbra stored in the schema, `{}` for a file written by other software."""
    if not content.startswith(b"PAR1"):
        return {}
    stored = (pq.read_schema(io.BytesIO(content)).metadata or {}).get(METADATA_KEY)
    return {} if stored is None else json.loads(stored)


def refuse_unpacked(metadata: pq.FileMetaData, n_stored: int, name: str) -> None:
    """Refuse a file that is too big when unpacked, before it is unpacked.

    Args:
        metadata: Of the file.
        n_stored: Size of the file in bytes.
        name: Name of the file in messages.

    Raises:
        RecordingError: If it is, or if there is not enough memory.
    """
    n_bytes = sum(metadata.row_group(i).total_byte_size for i in range(metadata.num_row_groups))
    # A constant column is tiny in the file, but takes as much memory as any other.
    n_bytes = max(n_bytes, metadata.num_rows * metadata.num_columns * BYTES_A_CELL)
    _refuse_bytes(n_bytes, n_stored, name)
    refuse_beyond_memory(n_bytes, name)


def _refuse_bytes(n_bytes: int, n_stored: int, name: str) -> None:
    refuse_big(n_bytes, MAX_UNPACKED_MB, name)
    if n_bytes > max(FREE_MB * 2**20, MAX_RATIO * n_stored):
        raise RecordingError(
            f"{name} is not opened: it unpacks to {n_bytes / 2**20:,.0f} MB, over {MAX_RATIO} times its size, "
            "unlike any recording. Leave out columns of long texts or of values that never change, or save it as "
            "several files."
        )


def _is_text(kind: pa.DataType) -> bool:
    return types.is_string(kind) or types.is_large_string(kind)


def _is_plain(kind: pa.DataType) -> bool:
    if types.is_dictionary(kind):
        kind = kind.value_type
    tests = (types.is_integer, types.is_floating, types.is_boolean, types.is_temporal, types.is_decimal)
    return _is_text(kind) or types.is_null(kind) or any(test(kind) for test in tests)


def _simplified(table: pa.Table, texts: list[str], n_stored: int, name: str) -> pa.Table:
    """Convert dictionaries to text, decimals to floats, dates to times, times of day to durations: for pandas."""
    n_bytes = 0
    for position, column in enumerate(table.schema):
        values = table.column(position)
        kind = column.type
        if column.name in texts and types.is_dictionary(kind):
            n_bytes += sum(_text_bytes(chunk) for chunk in values.chunks)
            _refuse_bytes(n_bytes, n_stored, name)
            values = values.cast(pa.large_string())
        elif types.is_date(kind):
            values = values.cast(pa.timestamp("s"))  # of any year; Python knows years up to 9999
        elif types.is_decimal(kind):
            values = values.cast(pa.float64())
        elif types.is_time(kind):
            whole = pa.int32() if types.is_time32(kind) else pa.int64()
            values = values.cast(whole).cast(pa.int64()).cast(pa.duration(kind.unit))
        table = table.set_column(position, column.name, values)
    return table


def _text_bytes(chunk: pa.DictionaryArray) -> int:
    """Return the size in bytes of texts when every row has its own copy."""
    counts = pc.value_counts(chunk.indices)
    used = counts.field("values").fill_null(0)
    if len(chunk.dictionary) == 0:
        return 0
    lengths = pc.binary_length(chunk.dictionary.take(used)).fill_null(0)
    return pc.sum(pc.multiply(lengths.cast(pa.int64()), counts.field("counts"))).as_py() or 0
