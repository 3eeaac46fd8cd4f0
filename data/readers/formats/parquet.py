"""Apache Parquet."""

import io
import json

import pyarrow as pa
import pyarrow.parquet as pq

from data.errors import RecordingError
from data.readers.files import File
from data.table import Table

TITLE = "Parquet"
EXTENSIONS = ("parquet",)
METADATA_KEY = b"penumbra"
MAX_UNPACKED_MB = 4000


def recognises(file: File) -> bool:
    """Return whether this is the beginning of a Parquet file."""
    return file.head.startswith(b"PAR1")


def read(file: File) -> Table:
    """Read Parquet, with the units by column where Penumbra wrote the file.

    Raises:
        RecordingError: If the file is damaged or unpacks to more than fits.
    """
    content, name = file.read(), file.path
    try:
        stored = pq.ParquetFile(io.BytesIO(content))
        _refuse_too_big(stored.metadata, name)
        frame = stored.read().to_pandas(ignore_metadata=True)
    except (pa.ArrowException, OSError) as error:
        raise RecordingError(f"{name} is a damaged Parquet file. Save or download it again.") from error
    frame.columns = [str(column) for column in frame.columns]
    units = penumbra_metadata(content).get("units", {})
    return Table(name, frame, units=units if isinstance(units, dict) else {})


def penumbra_metadata(content: bytes) -> dict:
    """Return what Penumbra stored beside the columns, `{}` for a file from elsewhere."""
    if not content.startswith(b"PAR1"):
        return {}
    stored = (pq.read_schema(io.BytesIO(content)).metadata or {}).get(METADATA_KEY)
    return {} if stored is None else json.loads(stored)


def _refuse_too_big(metadata: pq.FileMetaData, name: str) -> None:
    n_bytes = sum(metadata.row_group(i).total_byte_size for i in range(metadata.num_row_groups))
    if n_bytes > MAX_UNPACKED_MB * 2**20:
        raise RecordingError(
            f"{name} unpacks to {n_bytes / 2**20:,.0f} MB; at most {MAX_UNPACKED_MB} MB are read. "
            "Leave out columns or people."
        )
