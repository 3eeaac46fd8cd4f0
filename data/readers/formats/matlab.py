"""MATLAB's .mat, versions 5 to 7 (7.3 is HDF5: see `hdf5`).

References:
    MathWorks, "MAT-File Format": a header of 128 bytes, then elements with type and size, possibly compressed,
    https://www.mathworks.com/help/pdf_doc/matlab/matfile_format.pdf;
    `scipy.io.loadmat`, https://docs.scipy.org/doc/scipy/reference/generated/scipy.io.loadmat.html
"""

import io
import struct
import zlib

import numpy as np

from data.errors import RecordingError
from data.ingest.table import Table
from data.readers.files import File
from data.readers.formats._arrays import table_from_arrays
from data.readers.formats._errors import refuse_big, user_errors
from data.readers.formats._subprocess import arrays_from_subprocess

TITLE = "MATLAB"
EXTENSIONS = ("mat",)
LIBRARIES = ("scipy.io",)  # loaded before the time for reading counts
HEADER_BYTES = 128
PACKED, MATRIX = 15, 14  # types of elements
MAX_UNPACKED_MB = 300
MAX_DEPTH = 50
MAX_ELEMENTS = 500_000
OPAQUE = "a MATLAB table, timetable, datetime or other object"


def recognises(file: File) -> bool:
    """Return whether this starts like a .mat file of version 5 to 7."""
    return file.head.startswith(b"MATLAB 5") and file.head[124:128] in (b"\x00\x01IM", b"\x01\x00MI")


@user_errors("a MATLAB file", "In MATLAB, save the arrays again with save(..., '-v7').")
def read(file: File) -> Table:
    """Read arrays and structures as columns; see `_arrays` for which shapes become what.

    Raises:
        RecordingError: If it contains only MATLAB objects, is damaged, or is too big when unpacked.
    """
    arrays, unusable = arrays_from_subprocess(file, __name__)
    return table_from_arrays(arrays, file.path, unusable)


def arrays_in(content: bytes, name: str) -> tuple[dict[str, object], dict[str, str]]:
    """Return the variables of a file by name, and unusable contents with the reason.

    Raises:
        RecordingError: If it contains only MATLAB objects, or is too big when unpacked.
    """
    from scipy.io import loadmat

    _refuse_unsafe(content, name)
    loaded = loadmat(io.BytesIO(content), squeeze_me=True, simplify_cells=True)
    arrays: dict[str, object] = {}
    unusable: dict[str, str] = {}
    for key, value in loaded.items():
        if key.startswith("__"):
            continue
        if _is_opaque(value) or key in ("None", ""):
            unusable[key if key != "None" else "an unnamed variable"] = OPAQUE
        elif hasattr(value, "tocoo"):
            unusable[key] = "a sparse matrix"
        elif isinstance(value, list) and value and all(isinstance(entry, dict) for entry in value):
            unusable[key] = "an array of structures"
        else:
            arrays[key] = value
    refuse_only_opaque(arrays, unusable, name)
    return arrays, unusable


def refuse_only_opaque(arrays: dict[str, object], unusable: dict[str, str], name: str) -> None:
    """Refuse a file whose recordings are in objects that only MATLAB can open.

    Raises:
        RecordingError: If it contains such objects and no other array.
    """
    opaque = [key for key, reason in unusable.items() if reason == OPAQUE]
    if opaque and not any(np.asarray(value).size > 1 for value in arrays.values()):
        raise RecordingError(
            f"{name} contains {OPAQUE} ({opaque[0]}), which only MATLAB can open. In MATLAB, save it as text with "
            "writetimetable(T, 'recording.csv') or writetable(T, 'recording.csv')."
        )


def _is_opaque(value: object) -> bool:
    from scipy.io.matlab import MatlabFunction, MatlabOpaque

    return isinstance(value, MatlabOpaque | MatlabFunction)


def _refuse_unsafe(content: bytes, name: str) -> None:
    """Check all elements: they must not unpack to too much or be nested too deeply."""
    order = "<" if content[126:128] == b"IM" else ">"
    position, total = HEADER_BYTES, 0
    while position + 8 <= len(content):
        kind, n_bytes = struct.unpack_from(f"{order}II", content, position)
        body = content[position + 8 : position + 8 + n_bytes]
        if kind == PACKED:
            body = zlib.decompressobj().decompress(body, MAX_UNPACKED_MB * 2**20 - total + 1)
            total += len(body)
            refuse_big(total, MAX_UNPACKED_MB, name)
            body = memoryview(body)[8:]
        _refuse_deep(memoryview(body), order, name)
        position += 8 + n_bytes


def _refuse_deep(body: memoryview, order: str, name: str) -> None:
    """Refuse structures nested so deeply that the stack of the parser would overflow."""
    pending, n_elements = [(body, 1)], 0
    while pending:
        body, depth = pending.pop()
        if depth > MAX_DEPTH:
            raise RecordingError(
                f"{name} has structures nested more than {MAX_DEPTH} levels deep. Save it without nesting."
            )
        inner, n = _matrices_in(body, order)
        n_elements += n
        if n_elements > MAX_ELEMENTS:
            raise RecordingError(
                f"{name} has more than {MAX_ELEMENTS:,} parts. Save arrays instead of cells."
            )
        pending += [(matrix, depth + 1) for matrix in inner]


def _matrices_in(body: memoryview, order: str) -> tuple[list[memoryview], int]:
    """Return the matrices directly inside another, and the number of elements visited."""
    found, position, n = [], 0, 0
    while position + 8 <= len(body) and n <= MAX_ELEMENTS:
        n += 1
        kind, n_bytes = struct.unpack_from(f"{order}II", body, position)
        if kind >> 16:  # a small element: size and type share four bytes
            position += 8
            continue
        if kind == MATRIX:
            found.append(body[position + 8 : position + 8 + n_bytes])
        position += 8 + n_bytes + (-n_bytes % 8)
    return found, n
