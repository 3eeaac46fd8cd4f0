"""Converting named arrays of NumPy, MATLAB and HDF5 files to one table.

    vectors of the same length n      one column each
    matrices (n, c) or (c, n)        c columns, suffixed with x, y, z if c is 3
    blocks (windows, time, c)        rows, one trial per window; vectors with one entry per window are labels
    fs, rate, ...                    sampling rate in Hz
    subject, activity, ... (single)  a column with the same text in all rows

Arrays that fit none of these are named in a finding.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from data import column_words
from data.column_words import normalised
from data.errors import RecordingError
from data.ingest.table import Part, Table
from data.label_categories import label_categories
from data.plurals import counted
from data.recordings import Finding

RATE = [
    "fs",
    "samplingrate",
    "samplerate",
    "samplingfrequency",
    "samplefrequency",
    "samplingratehz",
    "sampleratehz",
    "rate",
    "ratehz",
    "sfreq",
    "srate",
    "sf",
    "hz",
    "fsamp",
    "frequency",
    "freq",
]
NAMES_OF_COLUMNS = [
    "channels",
    "channelnames",
    "channel",
    "channames",
    "columns",
    "columnnames",
    "header",
    "headers",
    "features",
    "featurenames",
    "axes",
    "names",
    "signals",
    "signalnames",
    "sensors",
    "sensornames",
    "variables",
    "variablenames",
]
LABELS = (*column_words.SUBJECT, *column_words.ACTIVITY, *column_words.TRIAL)
USUAL_TARGETS = ("y", "ytrain", "ytest", "yall")  # the usual names of labels in machine learning
ROW_WORDS = (*LABELS, *USUAL_TARGETS, *column_words.TIME)
MAX_COLUMNS = 2_000


@dataclass
class _Sorted:
    """Arrays sorted by how they can be used."""

    singles: dict[str, object] = field(default_factory=dict)
    vectors: dict[str, np.ndarray] = field(default_factory=dict)
    matrices: dict[str, np.ndarray] = field(default_factory=dict)
    blocks: dict[str, np.ndarray] = field(default_factory=dict)
    unusable: dict[str, str] = field(default_factory=dict)


def table_from_arrays(
    arrays: Mapping[str, object], name: str, unusable: Mapping[str, str] | None = None
) -> Table:
    """Convert named arrays to a table.

    Args:
        arrays: Numbers, text, or arrays of either; `bytes` count as text.
        name: Name of the file in messages.
        unusable: Contents that were excluded beforehand, with the reason.

    Raises:
        RecordingError: If no array has one row per sample.
    """
    sorted_ = _sort(arrays)
    sorted_.unusable.update(unusable or {})
    rate_hz = _take_rate(sorted_)
    frame, roles, findings = _from_blocks(sorted_) if sorted_.blocks else _from_columns(sorted_)
    if frame is None:
        raise RecordingError(
            f"{name} contains no array with one row per sample, only {_listed(arrays, sorted_)}. Save each channel "
            "as a vector, or all of them as an array of samples by channels."
        )
    frame = _with_singles(frame, sorted_)
    findings = [Finding("note", name, found, done) for found, done in findings]
    if sorted_.unusable:
        texts = [f"{key} ({reason})" for key, reason in sorted_.unusable.items()]
        shown = ", ".join(texts[:10]) + (f" and {len(texts) - 10} more" if len(texts) > 10 else "")
        findings.append(Finding("note", name, f"Not used: {shown}", "They were left out."))
    part = Part(name, word="sample")
    return Table(name, frame, (part,), roles=roles, rate_hz=rate_hz, findings=tuple(findings))


def flattened(arrays: Mapping[str, object]) -> list[tuple[str, np.ndarray]]:
    """Return all arrays, with field names prefixed by those of their structures, and bytes as text."""
    return [(name, _as_text(np.asarray(value))) for name, value in _fields(arrays)]


def _sort(arrays: Mapping[str, object]) -> _Sorted:
    sorted_ = _Sorted()
    for name, array in flattened(arrays):
        if array.dtype.kind not in "biufUMm":
            sorted_.unusable[name] = "neither numbers nor text"
        elif array.size == 0:
            sorted_.unusable[name] = "empty"
        elif array.size == 1:
            sorted_.singles[name] = array.reshape(()).item()
        elif array.ndim == 3 and min(array.shape) > 1 and array.dtype.kind in "biuf":
            sorted_.blocks[name] = array
        elif max(array.shape) == array.size:
            sorted_.vectors[name] = array.reshape(-1)
        elif array.squeeze().ndim == 2 and array.dtype.kind in "biuf":
            sorted_.matrices[name] = array.squeeze()
        else:
            sorted_.unusable[name] = f"shape {array.shape}"
    return sorted_


def _fields(arrays: Mapping[str, object], prefix: str = "") -> list[tuple[str, object]]:
    """Return all arrays, with names prefixed by those of the enclosing structures."""
    found: list[tuple[str, object]] = []
    for name, value in arrays.items():
        full = f"{prefix}{name}"
        if isinstance(value, Mapping):
            found += _fields(value, f"{full}_")
        elif isinstance(value, np.ndarray | np.void) and value.dtype.names:
            fields = {name: value[name] for name in value.dtype.names}
            found += _fields(fields, f"{full}_" if full else "")
        else:
            found.append((full, value))
    return found


def _as_text(array: np.ndarray) -> np.ndarray:
    if array.dtype.kind == "S":
        return np.char.decode(array, "utf-8", "replace")
    if array.dtype.kind == "T":  # variable-width text
        return array.astype(str)
    if array.dtype.kind == "O" and all(isinstance(entry, str | bytes) for entry in array.flat):
        texts = [
            entry.decode("utf-8", "replace") if isinstance(entry, bytes) else entry for entry in array.flat
        ]
        return np.array(texts, dtype=str).reshape(array.shape)
    return array


def _take_rate(sorted_: _Sorted) -> float | None:
    for name in list(sorted_.singles):
        value = sorted_.singles[name]
        if normalised(name.rsplit("_", 1)[-1]) not in RATE and normalised(name) not in RATE:
            continue
        if isinstance(value, int | float) and 0 < value <= 10_000:
            del sorted_.singles[name]
            return float(value)
    return None


def _from_columns(sorted_: _Sorted) -> tuple[pd.DataFrame | None, dict[str, str], list[tuple[str, str]]]:
    n = _common_length(sorted_)
    if n is None:
        return None, {}, []
    columns: dict[str, np.ndarray] = {}
    findings: list[tuple[str, str]] = []
    for name, array in {**sorted_.vectors, **sorted_.matrices}.items():
        if array.ndim == 1 and len(array) == n:
            columns[name] = array
        elif array.ndim == 2 and array.shape[0] == n and array.shape[1] <= MAX_COLUMNS:
            columns.update(_columns_of(name, array, sorted_))
        elif array.ndim == 2 and array.shape[1] == n and array.shape[0] <= MAX_COLUMNS:
            columns.update(_columns_of(name, array.T, sorted_))
            findings.append((f"{name} has one column per sample", "It was transposed."))
        elif not _names_any(name, array, sorted_.matrices):
            sorted_.unusable[name] = f"shape {array.shape}, where others have {n:,} samples"
    return pd.DataFrame(columns), _target(columns, sorted_), findings


def _common_length(sorted_: _Sorted) -> int | None:
    """Return the number of samples.

    This is the dimension of the biggest matrix that matches a vector of labels or times, or else the longer one. If
    vectors of the same length contain more values than that matrix, it is their length.
    """
    values = Counter[int]()
    for vector in sorted_.vectors.values():
        values[len(vector)] += len(vector)
    length = max(values, key=lambda length: (values[length], length), default=None)
    biggest = max(sorted_.matrices.values(), key=lambda array: array.size, default=None)
    if biggest is None or (length is not None and values[length] > biggest.size):
        return length
    matching = {len(vector) for name, vector in sorted_.vectors.items() if _describes_rows(name)}
    return next((side for side in biggest.shape if side in matching), max(biggest.shape))


def _describes_rows(name: str) -> bool:
    return any(word in ROW_WORDS for word in (normalised(name), normalised(name.rsplit("_", 1)[-1])))


def _columns_of(name: str, array: np.ndarray, sorted_: _Sorted) -> dict[str, np.ndarray]:
    c = array.shape[1]
    written = next((v for k, v in sorted_.vectors.items() if _names_columns(k, v, c)), None)
    if written is not None and len(set(written)) == c:
        endings = list(written)
        return {str(ending): array[:, i] for i, ending in enumerate(endings)}
    endings = ["x", "y", "z"] if c == 3 else [str(i + 1) for i in range(c)]
    return {f"{name}_{ending}": array[:, i] for i, ending in enumerate(endings)}


def _names_columns(name: str, vector: np.ndarray, c: int) -> bool:
    word = normalised(name)
    return (
        vector.dtype.kind == "U" and len(vector) == c and (word in NAMES_OF_COLUMNS or word.endswith("items"))
    )


def _names_any(name: str, vector: np.ndarray, arrays: Mapping[str, np.ndarray]) -> bool:
    return any(
        _names_columns(name, vector, length) for array in arrays.values() for length in array.shape[-2:]
    )


def _from_blocks(sorted_: _Sorted) -> tuple[pd.DataFrame | None, dict[str, str], list[tuple[str, str]]]:
    """Concatenate windows along time, each as a trial."""
    windows_axis = _windows_axis(sorted_)
    findings: list[tuple[str, str]] = []
    moved = {name: _windows_first(block, windows_axis) for name, block in sorted_.blocks.items()}
    biggest = max(moved, key=lambda name: moved[name].size)
    n_windows, n_steps, _ = moved[biggest].shape
    columns: dict[str, np.ndarray] = {"window": np.repeat(np.arange(1, n_windows + 1), n_steps)}
    for name, vector in sorted_.vectors.items():
        if len(vector) == n_windows:
            columns[name] = np.repeat(vector, n_steps)
        elif not _names_any(name, vector, moved):
            sorted_.unusable[name] = f"{len(vector):,} entries, where there are {n_windows:,} windows"
    for name, block in moved.items():
        if block.shape[:2] != (n_windows, n_steps):
            sorted_.unusable[name] = f"shape {block.shape}, where another has {moved[biggest].shape}"
            continue
        columns.update(_columns_of(name, block.reshape(n_windows * n_steps, -1), sorted_))
        if block.shape != sorted_.blocks[name].shape:
            findings.append(
                (
                    f"{name} has the shape {sorted_.blocks[name].shape}",
                    f"It was read as {block.shape}: windows, time, channels.",
                )
            )
    sorted_.unusable.update({name: f"shape {array.shape}" for name, array in sorted_.matrices.items()})
    findings.append(
        (f"{counted(n_windows, 'window')} of {counted(n_steps, 'sample')}", "Each became a separate trial.")
    )
    return pd.DataFrame(columns), {"trial": "window", **_target(columns, sorted_)}, findings


def _windows_axis(sorted_: _Sorted) -> int:
    """Return the window axis: the one as long as the vectors of labels, or else the first."""
    lengths = {len(vector) for vector in sorted_.vectors.values()}
    shape = max(sorted_.blocks.values(), key=lambda block: block.size).shape
    return next((axis for axis in range(3) if shape[axis] in lengths), 0)


def _windows_first(block: np.ndarray, axis: int) -> np.ndarray:
    """Return `(windows, time, channels)`, taking the longer of the other two axes as time."""
    block = np.moveaxis(block, axis, 0)
    return block if block.shape[1] >= block.shape[2] else block.swapaxes(1, 2)


def _target(columns: Mapping[str, np.ndarray], sorted_: _Sorted) -> dict[str, str]:
    """Return the activity column if it is only called y, as is usual in machine learning."""
    if any(normalised(name) in column_words.ACTIVITY for name in [*columns, *sorted_.singles]):
        return {}
    return next(
        (
            {"activity": name}
            for name in columns
            if normalised(name) in USUAL_TARGETS and _labels(columns[name])
        ),
        {},
    )


def _labels(values: np.ndarray) -> bool:
    """Return whether values repeat often, as labels do."""
    whole = values.dtype.kind in "biuU" or bool(np.all(np.mod(values, 1) == 0))
    return whole and 3 * len(np.unique(values)) < len(values)


def _with_singles(frame: pd.DataFrame, sorted_: _Sorted) -> pd.DataFrame:
    """Add a column for each label shared by all samples."""
    for name, value in sorted_.singles.items():
        word = normalised(name) if normalised(name) in LABELS else normalised(name.rsplit("_", 1)[-1])
        label = f"{value:g}" if isinstance(value, float) else str(value).strip()
        if word in LABELS and label and name not in frame:
            frame.insert(0, name, pd.Series(label_categories(np.zeros(len(frame), np.int8), [label])))
        else:
            sorted_.unusable[name] = f"a single value, {label[:40]}"
    return frame


def _listed(arrays: Mapping[str, object], sorted_: _Sorted) -> str:
    if not arrays and sorted_.unusable:
        return ", ".join(f"{key} ({reason})" for key, reason in list(sorted_.unusable.items())[:5])
    texts = [f"{name} {np.asarray(value).shape}" for name, value in list(_fields(arrays))[:5]]
    return ", ".join(texts) or "nothing"
