"""Atomic writing: files are complete or absent, even after a crash or a power cut."""

import os
import re
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path

PREFIX = ".writing-"
OLD_S = (
    24 * 3600
)  # no write takes that long: whatever process has the number now, it is not the one that wrote
ROOM_LEFT = (
    2**20
)  # bytes that stay free: the records next to a payload, and what the file system needs itself


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
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f"{PREFIX}{os.getpid()}-")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(payload)
            file.flush()
            os.fsync(file.fileno())  # else a power cut could leave the name without the content
        if keep_existing:
            _link_first(temporary, path)
        else:
            os.replace(temporary, path)
        _keep_names(path.parent)
    finally:
        with suppress(OSError):  # it is swept at the next start
            temporary.unlink(missing_ok=True)


def is_abandoned(path: Path) -> bool:
    """Return whether a file is what a write left behind whose process has ended."""
    found = re.match(rf"{re.escape(PREFIX)}(?:(\d+)-)?", path.name)
    if found is None:
        return False
    try:
        age_s = time.time() - path.lstat().st_mtime
    except OSError:  # it ended meanwhile
        return False
    return age_s > OLD_S or not (found[1] and is_running(int(found[1])))


def is_running(process: int) -> bool:
    """Return whether there is a process with this number."""
    import psutil

    return psutil.pid_exists(process)


def missing_space(folder: Path, n_bytes: int) -> int:
    """Return how many bytes are missing on the disk of a folder to write so many into it; 0 where there is room."""
    while not folder.exists():
        folder = folder.parent
    return max(0, n_bytes + ROOM_LEFT - shutil.disk_usage(folder).free)


def _keep_names(folder: Path) -> None:
    """Have the disk keep the names in a folder, where the system knows how: Windows opens no folders."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _link_first(temporary: Path, path: Path) -> None:
    with suppress(FileExistsError):
        try:
            os.link(temporary, path)
        except FileExistsError:
            raise
        except OSError:  # a file system without links, such as that of a memory stick
            if not path.exists():
                os.replace(temporary, path)
