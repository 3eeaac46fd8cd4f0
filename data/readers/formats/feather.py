"""Apache Arrow and Feather (version 2, which is an Arrow file).

The metadata in front of each batch contains its size, so sizes are summed before anything is unpacked.

References:
    Arrow columnar format, "Serialization and interprocess communication" (encapsulated messages, buffers
    whose first 8 bytes are their unpacked length), https://arrow.apache.org/docs/format/Columnar.html, and
    `Message.fbs` for the layout of the metadata.
"""

import struct

from data.errors import RecordingError
from data.ingest.table import Table
from data.readers.files import File
from data.readers.formats._errors import refuse_big, user_errors
from data.recordings import Finding

TITLE = "Arrow and Feather"
EXTENSIONS = ("feather", "arrow", "ipc")
FILE_MAGIC, FEATHER_1, STREAM_START = b"ARROW1", b"FEA1", b"\xff\xff\xff\xff"
MAX_UNPACKED_MB = 300
MAX_ROWS = 50_000_000
RECORD_BATCH, DICTIONARY_BATCH = 3, 2  # MessageHeader in Message.fbs


def recognises(file: File) -> bool:
    """Return whether this starts like an Arrow file, an Arrow stream or a Feather file."""
    if file.head.startswith(STREAM_START) and len(file.head) > 8:
        return 0 < struct.unpack("<i", file.head[4:8])[0] < 2**24
    return file.head.startswith((FILE_MAGIC, FEATHER_1))


@user_errors("an Arrow file", "Save it again, or save it as Parquet.")
def read(file: File) -> Table:
    """Read columns of numbers, times and text; others are named in a finding.

    Raises:
        RecordingError: If the file is damaged, in version 1 of Feather, or unpacks to too much.
    """
    import pyarrow as pa

    if file.head.startswith(FEATHER_1):
        raise RecordingError(f"{file.path} is in version 1 of Feather. Save it again in version 2.")
    content = file.read()
    # A file is a stream between magic bytes and a footer, which is not needed here.
    stream = pa.py_buffer(content)[8:] if content.startswith(FILE_MAGIC) else pa.py_buffer(content)
    _refuse_too_big(stream, file.path)
    reader = pa.ipc.open_stream(stream)
    plain = [i for i, column in enumerate(reader.schema) if _is_plain(column.type)]
    others = [column.name for i, column in enumerate(reader.schema) if i not in plain]
    batches = []
    for batch in reader:
        batch.validate(full=True)
        batches.append(batch.select(plain))
    schema = pa.schema([reader.schema.field(i) for i in plain])
    frame = pa.Table.from_batches(batches, schema).to_pandas(ignore_metadata=True)
    frame.columns = [str(column) for column in frame.columns]
    return Table(file.path, frame, findings=_findings(others, file.path))


def _is_plain(kind) -> bool:
    from pyarrow import types

    if types.is_dictionary(kind):
        kind = kind.value_type
    tests = (types.is_integer, types.is_floating, types.is_boolean, types.is_temporal, types.is_string)
    return any(test(kind) for test in (*tests, types.is_large_string, types.is_decimal))


def _findings(others: list[str], name: str) -> tuple[Finding, ...]:
    if not others:
        return ()
    listed = ", ".join(others[:10]) + (" ..." if len(others) > 10 else "")
    return (
        Finding("note", name, f"Columns of lists or other nested types: {listed}", "They were left out."),
    )


def _refuse_too_big(stream, name: str) -> None:
    import pyarrow as pa

    n_bytes = n_rows = 0
    for message in pa.ipc.MessageReader.open_stream(stream):
        if message.type not in ("record batch", "dictionary"):
            continue
        rows, unpacked = _unpacked_size(memoryview(message.metadata), memoryview(message.body))
        n_rows, n_bytes = n_rows + rows, n_bytes + unpacked
        refuse_big(n_bytes, MAX_UNPACKED_MB, name)
    if n_rows > MAX_ROWS:
        raise RecordingError(f"{name} has {n_rows:,} rows; at most {MAX_ROWS:,} are read. Leave out people.")


def _unpacked_size(metadata: memoryview, body: memoryview) -> tuple[int, int]:
    """Return the number of rows of a batch and the unpacked size of its buffers in bytes."""
    message = struct.unpack_from("<I", metadata, 0)[0]
    kind = metadata[_field(metadata, message, 1)]
    batch = _table(metadata, message, 2)
    if kind == DICTIONARY_BATCH:
        batch = _table(metadata, batch, 1)
    at_length = _field(metadata, batch, 0)
    n_rows = struct.unpack_from("<q", metadata, at_length)[0] if at_length else 0
    is_packed = bool(_field(metadata, batch, 3))
    buffers = _table(metadata, batch, 2)
    total = 0
    for i in range(struct.unpack_from("<I", metadata, buffers)[0]):
        offset, length = struct.unpack_from("<qq", metadata, buffers + 4 + 16 * i)
        unpacked = struct.unpack_from("<q", body, offset)[0] if is_packed and length else -1
        total += length if unpacked < 0 else unpacked
    return n_rows, total


def _field(metadata: memoryview, table: int, number: int) -> int:
    """Return the offset of a field of a FlatBuffers table, 0 if it is not set."""
    vtable = table - struct.unpack_from("<i", metadata, table)[0]
    if 4 + 2 * number >= struct.unpack_from("<H", metadata, vtable)[0]:
        return 0
    offset = struct.unpack_from("<H", metadata, vtable + 4 + 2 * number)[0]
    return table + offset if offset else 0


def _table(metadata: memoryview, table: int, number: int) -> int:
    """Return the offset of the table or vector that a field points to."""
    at = _field(metadata, table, number)
    if not at:
        raise ValueError(f"a field that must be set. Received: none for field {number}")
    return at + struct.unpack_from("<I", metadata, at)[0]
