"""Atomic writing: files are complete or absent, even after a crash."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path


def write_whole(path: Path, payload: bytes, *, keep_existing: bool = False) -> None:
    """Write a file atomically, readable by its owner only.

    Args:
        path: Path of the file in an existing folder. An existing file is replaced.
        payload: Content of the file.
        keep_existing: Whether to keep an existing file instead, even if another process writes it at the same moment:
            the first one wins.

    Raises:
        OSError: If it cannot be written; an existing file is unchanged.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".writing-")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(payload)
        if keep_existing:
            _link_first(temporary, path)
        else:
            os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def _link_first(temporary: Path, path: Path) -> None:
    with suppress(FileExistsError):
        os.link(temporary, path)
