"""Files that are there whole or not at all, whenever the computer is switched off."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path


def write_whole(path: Path, payload: bytes, *, keep_existing: bool = False) -> None:
    """Write a file, readable by its owner only, all of it or nothing.

    Args:
        path: Where; its folder exists. What was there is replaced.
        payload: Its content.
        keep_existing: Whether to leave a file alone that is there already, also where another process writes it at the
            same moment: the first one wins.

    Raises:
        OSError: If it cannot be written; what was there is unchanged.
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
