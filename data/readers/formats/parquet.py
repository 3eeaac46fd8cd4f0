"""Apache Parquet."""

import io
import json
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute
import pyarrow.parquet as pq
from pyarrow import types

from data.errors import RecordingError
from data.ingest.table import Table
from data.readers.device_table import OnShare
from data.readers.files import File
from data.readers.formats._errors import refuse_beyond_memory, refuse_big, user_errors
from data.readers.long_table import LongTable, SeveralPeopleError, drawn_table
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
LONG_MB = 750  # unpacked; loading takes four times as much memory
N_HEAD, N_PIECE = 100_000, 1_000_000  # rows


def recognises(file: File) -> bool:
    """Return whether this starts like a Parquet file."""
    return file.head.startswith(b"PAR1")


@user_errors("a Parquet file", "Save or download it again.")
def read(file: File) -> Table:
    """Read columns of numbers, times and text; if Penumbra wrote the file, with their meaning and units.

    Columns of lists, structures or bytes are named in a finding. Of one person's table that would need too much memory,
    stretches are taken.

    Raises:
        RecordingError: If the file is damaged or is too big when unpacked.
    """
    if file.on_disk is not None and _is_long(file, pq.read_metadata(file.on_disk)):
        try:
            return drawn_table(file, _long(file))
        except SeveralPeopleError:
            pass  # as a whole, if there is enough memory
    content, name = file.read(), file.path
    # Dictionary-encoded, a long text repeated in a million rows needs no more memory than in the file.
    schema = pq.read_schema(io.BytesIO(content))
    stored = pq.ParquetFile(io.BytesIO(content), read_dictionary=_texts(schema))
    refuse_unpacked(stored.metadata, len(content), name)
    columns, findings = _plain_columns(schema, name)
    frame = _frame(stored.read(columns=columns), schema, len(content), name)
    return Table(name, frame, findings=findings, **_meaning_of_own(penumbra_metadata(content), frame))


def _is_long(file: File, metadata: pq.FileMetaData) -> bool:
    """Return whether loading it as a whole, with others, would need over 3 GB. What Penumbra wrote is never thinned."""
    n_bytes = _unpacked_bytes(metadata)
    is_own = METADATA_KEY in (metadata.metadata or {})
    if is_own or not (file.is_one_of_too_many or n_bytes > LONG_MB * 2**20):
        return False
    _refuse_disproportion(n_bytes, file.size, file.path)
    return True


def _long(file: File) -> LongTable:
    """Return a table that is read in pieces."""
    first = next(_batches(file, N_HEAD, lambda share: None))
    schema = pq.read_schema(file.on_disk)
    _, findings = _plain_columns(schema, file.path)
    head = Table(file.path, _frame(first, schema, file.size, file.path), findings=findings)
    return LongTable(
        head,
        lambda on_share: (
            _frame(batch, schema, file.size, file.path) for batch in _batches(file, N_PIECE, on_share)
        ),
    )


def _batches(file: File, n_rows: int, on_share: OnShare) -> Iterator[pa.Table]:
    """Yield so many rows at a time."""
    schema = pq.read_schema(file.on_disk)
    with pq.ParquetFile(file.on_disk, read_dictionary=_texts(schema)) as stored:
        columns, _ = _plain_columns(schema, file.path)
        n_done = 0
        for batch in stored.iter_batches(n_rows, columns=columns):
            yield pa.Table.from_batches([batch])
            n_done += batch.num_rows
            on_share(n_done / stored.metadata.num_rows)


def _texts(schema: pa.Schema) -> list[str]:
    return [column.name for column in schema if _is_text(column.type)]


def _plain_columns(schema: pa.Schema, name: str) -> tuple[list[str] | None, tuple[Finding, ...]]:
    """Return the columns to read, `None` for all, and what is said of others.

    Raises:
        RecordingError: If there are only others.
    """
    others = [column.name for column in schema if not _is_plain(column.type)]
    plain = [column.name for column in schema if _is_plain(column.type)]
    if not others:
        return None, ()
    if not plain:
        raise RecordingError(
            f"{name} has only columns of lists or other nested types. Save numbers and text."
        )
    listed = ", ".join(others[:10]) + (" ..." if len(others) > 10 else "")
    found = f"Columns of lists or other nested types: {listed}"
    return plain, (Finding("note", name, found, "They were left out."),)


def _frame(table: pa.Table, schema: pa.Schema, n_stored: int, name: str) -> pd.DataFrame:
    frame = _simplified(table, _texts(schema), n_stored, name).to_pandas(ignore_metadata=True)
    frame.columns = [" ".join(str(column).split()) for column in frame.columns]
    return frame


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
    n_bytes = _unpacked_bytes(metadata)
    _refuse_bytes(n_bytes, n_stored, name)
    refuse_beyond_memory(n_bytes, name)


def _unpacked_bytes(metadata: pq.FileMetaData) -> int:
    n_bytes = sum(metadata.row_group(i).total_byte_size for i in range(metadata.num_row_groups))
    # A constant column is tiny in the file, but takes as much memory as any other.
    return max(n_bytes, metadata.num_rows * metadata.num_columns * BYTES_A_CELL)


def _refuse_bytes(n_bytes: int, n_stored: int, name: str) -> None:
    refuse_big(n_bytes, MAX_UNPACKED_MB, name)
    _refuse_disproportion(n_bytes, n_stored, name)


def _refuse_disproportion(n_bytes: int, n_stored: int, name: str) -> None:
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
