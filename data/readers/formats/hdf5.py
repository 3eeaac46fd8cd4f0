"""HDF5, which includes version 7.3 of MATLAB's format.

Only data in the file itself is read: links to other files, and arrays stored in other files, are skipped.

References:
    h5py, https://docs.h5py.org/en/stable/high/dataset.html (`Dataset.external`, `is_virtual`, `nbytes`);
    MATLAB 7.3 adds the attribute `MATLAB_class` and stores arrays with their axes in reverse order.
"""

import io

import numpy as np

from data.ingest.table import Table
from data.readers.files import File
from data.readers.formats._arrays import table_from_arrays
from data.readers.formats._errors import refuse_big, user_errors
from data.readers.formats._subprocess import arrays_from_subprocess
from data.readers.formats.matlab import OPAQUE, refuse_only_opaque

TITLE = "HDF5 and MATLAB 7.3"
EXTENSIONS = ("h5", "hdf5", "mat")
LIBRARIES = ("h5py",)  # loaded before the time for reading counts
SIGNATURE = b"\x89HDF\r\n\x1a\n"
MATLAB_PREFACE_BYTES = 512
MATLABS_OWN = ("#refs#", "#subsystem#")
PLAIN_CLASSES = ("", "double", "single", "logical", "char", "cell", "struct")
MAX_UNPACKED_MB = 400
MAX_OBJECTS = 10_000
MAX_CELLS = 10_000


def recognises(file: File) -> bool:
    """Return whether the HDF5 signature is at the start or after a MATLAB header."""
    at = MATLAB_PREFACE_BYTES if file.head.startswith(b"MATLAB 7.3") else 0
    return file.head[at : at + len(SIGNATURE)] == SIGNATURE


@user_errors("an HDF5 file", "Save it again, or save it as Parquet or CSV.")
def read(file: File) -> Table:
    """Read arrays as columns; see `_arrays` for which shapes become what.

    Raises:
        RecordingError: If it contains only MATLAB objects, is damaged, or is too big when unpacked.
    """
    arrays, unusable = arrays_from_subprocess(file, __name__)
    return table_from_arrays(arrays, file.path, unusable)


def arrays_in(content: bytes, name: str) -> tuple[dict[str, object], dict[str, str]]:
    """Return the datasets of a file by name, and unusable contents with the reason.

    Raises:
        RecordingError: If it contains only MATLAB objects, or is too big when unpacked.
    """
    import h5py

    arrays: dict[str, object] = {}
    unusable: dict[str, str] = {}
    total = 0
    with h5py.File(io.BytesIO(content), "r") as stored:
        for key, dataset in _datasets(stored, unusable):
            reason = _reason_against(dataset)
            if reason:
                unusable[key] = reason
                continue
            total += dataset.nbytes
            refuse_big(total, MAX_UNPACKED_MB, name)
            value = _value(dataset, stored)
            if value is None:
                unusable[key] = "cells that are not text"
            else:
                arrays[key] = value
        arrays.update({key: value for key, value in stored.attrs.items() if np.size(value) == 1})
    refuse_only_opaque(arrays, unusable, name)
    return arrays, unusable


def _datasets(stored, unusable: dict[str, str]) -> list[tuple]:
    """Return datasets with flattened names; visiting never follows links to other files."""
    import h5py

    found: list[tuple] = []
    n_seen = 0

    def visit(path: str, item: object) -> bool | None:
        nonlocal n_seen
        n_seen += 1
        top = path.split("/")[0]
        if top in MATLABS_OWN:
            return None
        name = path.replace("/", "_")
        if _matlab_class(item) not in PLAIN_CLASSES and not _is_whole_number_class(item):
            unusable[name] = OPAQUE
        elif isinstance(item, h5py.Dataset):
            found.append((name, item))
        return True if n_seen >= MAX_OBJECTS else None

    stored.visititems(visit)
    return found


def _matlab_class(item) -> str:
    name = item.attrs.get("MATLAB_class", b"")
    return name.decode("ascii", "replace") if isinstance(name, bytes) else str(name)


def _is_whole_number_class(item) -> bool:
    return _matlab_class(item).startswith(("int", "uint"))


def _reason_against(dataset) -> str:
    if dataset.external or dataset.is_virtual:
        return "its values are stored in another file"
    if "MATLAB_empty" in dataset.attrs or dataset.shape is None or dataset.size == 0:
        return "empty"
    return ""


def _value(dataset, stored) -> object:
    """Return the value of a dataset, with MATLAB's axis order restored; `None` for cells that are not text."""
    import h5py

    kind = _matlab_class(dataset)
    if kind == "char":
        return _text(dataset[()])
    if kind == "cell" or h5py.check_ref_dtype(dataset.dtype) is not None:
        return _texts_of_cells(dataset, stored)
    if h5py.check_string_dtype(dataset.dtype) is not None:
        return dataset.asstr("utf-8", "replace")[()]
    return dataset[()].T if kind else dataset[()]


def _text(codes: np.ndarray) -> str:
    return "".join(chr(code) for code in codes.T.reshape(-1)[:1000])


def _texts_of_cells(dataset, stored) -> np.ndarray | None:
    import h5py

    texts = []
    for reference in dataset[()].reshape(-1)[:MAX_CELLS]:
        item = stored[reference] if reference else None
        if not isinstance(item, h5py.Dataset) or _matlab_class(item) != "char" or _reason_against(item):
            return None
        texts.append(_text(item[()]) if (item.size or 0) <= 1000 else "")
    return np.array(texts) if len(texts) == dataset.size else None
