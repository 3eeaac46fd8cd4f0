"""NumPy's .npy and .npz. Pickled objects, which could run code when loaded, are refused.

Shapes are checked against the actual size before anything is loaded.

References:
    NumPy `numpy.lib.format`: magic, version and a header with shape and dtype,
    https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
"""

import io
import math

import numpy as np

from data.errors import RecordingError
from data.ingest.table import Table
from data.readers import files as _files
from data.readers.files import File
from data.readers.formats._arrays import table_from_arrays
from data.readers.formats._errors import refuse_big, user_errors

TITLE = "NumPy arrays"
EXTENSIONS = ("npy", "npz")
MAGIC = b"\x93NUMPY"
MAX_UNPACKED_MB = 400
MAX_ARRAYS = 1_000


def recognises(file: File) -> bool:
    """Return whether this is an array, or an archive of arrays only."""
    if file.head.startswith(MAGIC):
        return True
    members = [info.filename for info in file.members() if not info.is_dir()]
    return bool(members) and all(name.endswith(".npy") for name in members)


@user_errors("a NumPy file", "Save it again, or save it as Parquet or CSV.")
def read(file: File) -> Table:
    """Read arrays as columns; see `_arrays` for which shapes become what.

    Raises:
        RecordingError: If it contains objects, is damaged, or unpacks to too much.
    """
    if file.head.startswith(MAGIC):
        array = _loaded(file.read(), file.path)
        return table_from_arrays({"" if array.dtype.names else _stem(file.name): array}, file.path)
    members = _files.archive(file)
    refuse_big(sum(member.size for member in members), MAX_UNPACKED_MB, file.path)
    if len(members) > MAX_ARRAYS:
        raise RecordingError(
            f"{file.path} contains {len(members):,} arrays; at most {MAX_ARRAYS:,} are read."
        )
    arrays = {_stem(member.path): _loaded(member.read(), f"{file.path}, {member.path}") for member in members}
    return table_from_arrays(arrays, file.path)


def _stem(path: str) -> str:
    return path.removesuffix(".npy").replace("/", "_")


def _loaded(content: bytes, name: str) -> np.ndarray:
    stream = io.BytesIO(content)
    version = np.lib.format.read_magic(stream)
    header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = header(stream)
    if dtype.hasobject:
        raise RecordingError(
            f"{name} contains Python objects, which are not loaded because they could run code. Save arrays of "
            "numbers or text instead."
        )
    expected, there = math.prod(shape) * dtype.itemsize, len(content) - stream.tell()
    if min(shape, default=1) < 0 or expected > there:
        raise RecordingError(f"{name} ends too early: it has {there:,} of {expected:,} bytes. Save it again.")
    return np.load(io.BytesIO(content), allow_pickle=False)
