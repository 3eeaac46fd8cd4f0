"""Small public data sets as they are downloaded: a folder, its archive, or that archive in another one."""

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

FORMS = ("folder", "zip", "zip in zip")
Tree = Mapping[str, str | bytes]


def written(tree: Tree, folder: Path, form: str = "folder", *, top: str = "download") -> Path:
    """Write files below `folder` in one of the forms, and return what a person would load."""
    if form == "folder":
        for path, content in tree.items():
            target = folder / top / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(as_bytes(content))
        return folder / top
    packed = archive({f"{top}/{path}": content for path, content in tree.items()})
    if form == "zip in zip":
        packed = archive({f"{top}.zip": packed, f"{top}.names": "what a repository adds"})
    target = folder / f"{top}.zip"
    target.write_bytes(packed)
    return target


def archive(tree: Tree) -> bytes:
    """Return files as a ZIP archive."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as packed:
        for path, content in tree.items():
            packed.writestr(path, as_bytes(content))
    return sink.getvalue()


def as_bytes(content: str | bytes) -> bytes:
    return content if isinstance(content, bytes) else content.encode()


def wave(n: int, n_columns: int, seed: int = 0) -> np.ndarray:
    """Return `(n, n_columns)` values that differ from each other, with two decimals."""
    return np.random.default_rng(seed).normal(0, 3, (n, n_columns)).round(2)


def lines(values: np.ndarray, separator: str = " ", end: str = "\n") -> str:
    """Return one line a row."""
    return "".join(separator.join(f"{value:g}" for value in row) + end for row in values)


def changed(tree: Tree, path: str, old: str, new: str) -> dict[str, str | bytes]:
    """Return the files with one text of one of them replaced once."""
    content = tree[path]
    assert isinstance(content, str)
    assert old in content
    return {**tree, path: content.replace(old, new, 1)}


def without(tree: Tree, *paths: str) -> dict[str, str | bytes]:
    """Return the files without some of them."""
    return {path: content for path, content in tree.items() if path not in paths}


def activity_counts(frame: pd.DataFrame) -> dict[str, int]:
    """Return how many rows have each activity."""
    return frame["activity"].astype(object).value_counts().to_dict()
