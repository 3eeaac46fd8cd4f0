"""Temporary folders for recordings: readable by this account only, and swept where their process was killed."""

import os
import re
import tempfile
import time
from functools import cache
from pathlib import Path

from data.atomic_write import OLD_S, is_running

PREFIX = "penumbra-"
NAME = re.compile(rf"{PREFIX}(?:(\d+)-)?")


def prefix() -> str:
    """Return how the names of temporary folders of this process begin, for `tempfile`."""
    return f"{PREFIX}{os.getpid()}-"


@cache
def enter() -> tempfile.TemporaryDirectory:
    """Have all temporary files of this process made in a folder that only its account can enter.

    It is deleted when the process ends. Libraries may import what they write there: in a folder that all accounts
    share, another one could put compiled code beside it (`__pycache__`), which Python runs without a look at the
    source.
    """
    folder = tempfile.TemporaryDirectory(prefix=prefix(), ignore_cleanup_errors=True)
    tempfile.tempdir = folder.name
    return folder


def left_over(folder: Path | None = None) -> list[Path]:
    """Return the temporary folders of processes of this account that have ended.

    Args:
        folder: Where temporary folders are.
    """
    return [
        path for path in sorted((folder or Path(tempfile.gettempdir())).glob(f"{PREFIX}*")) if _is_left(path)
    ]


def _is_left(path: Path) -> bool:
    found = NAME.match(path.name)
    try:
        status = path.lstat()
    except OSError:  # deleted meanwhile
        return False
    is_ours = not hasattr(os, "getuid") or status.st_uid == os.getuid()
    if found is None or not is_ours:
        return False
    return not is_running(int(found[1])) if found[1] else time.time() - status.st_mtime > OLD_S
