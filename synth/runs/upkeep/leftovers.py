"""Leftovers of processes that crashed or were killed: half-written files, dead uploads, payloads without a record."""

import os
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from data.atomic_write import PREFIX, is_abandoned, is_running
from data.machine.private_folder import left_over
from synth.runs.unfinished import CHECKPOINTS
from synth.runs.unfinished import FOLDER as UNFINISHED
from synth.runs.upkeep.set_aside import Damage, set_aside

INBOX = "inbox"
WRITTEN_S = 3600  # so old, a payload without a record is not one that is just being kept


def leftovers(root: Path) -> list[Path]:
    """Return the files and folders that nothing will ever use again."""
    return [*_half_written(root), *_dead_uploads(root / INBOX), *_forgotten_checkpoints(root)]


def sweep(root: Path) -> list[Path]:
    """Delete what is left over, and return what was deleted."""
    return [path for path in leftovers(root) if remove(path)]


def sweep_temporary(folder: Path | None = None) -> list[Path]:
    """Delete the temporary folders of processes that have ended, and return them.

    Args:
        folder: Where temporary folders are.
    """
    return [path for path in left_over(folder) if remove(path)]


def set_orphans_aside(root: Path, kinds: Sequence[str]) -> None:
    """Set payloads aside that have no record: it was lost, or a process was killed between the two."""
    for kind in kinds:
        for path in orphans(root / kind):
            key = path.name.split(".")[0]
            set_aside(root, [path], Damage(kind, key, "", "its record is missing"))


def orphans(folder: Path) -> Iterator[Path]:
    """Yield the payloads of a kind that no record has, and that are not just being kept."""
    for path in entries(folder):
        is_alone = path.suffix == ".bin" and not (folder / f"{path.name.split('.')[0]}.json").exists()
        with suppress(OSError):
            if is_alone and time.time() - path.lstat().st_mtime > WRITTEN_S:
                yield path


def remove(path: Path) -> bool:
    """Delete a file or folder; return whether it is gone."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink(missing_ok=True)
    return not os.path.lexists(path)


def _half_written(root: Path) -> Iterator[Path]:
    for folder in (root, *(path for path in entries(root) if path.is_dir() and not path.is_symlink())):
        yield from (path for path in entries(folder) if path.name.startswith(PREFIX) and is_abandoned(path))


def _dead_uploads(inbox: Path) -> Iterator[Path]:
    for folder in entries(inbox):
        try:
            is_used = is_running(int((folder / "owner").read_text()))
        except (OSError, ValueError):
            is_used = False
        if not is_used and not folder.name.startswith(PREFIX):
            yield folder


def _forgotten_checkpoints(root: Path) -> Iterator[Path]:
    for folder in entries(root / CHECKPOINTS):
        if not (root / UNFINISHED / f"{folder.name}.json").exists():
            yield folder
        else:
            yield from (path for path in entries(folder) if is_abandoned(path))


def entries(folder: Path) -> Sequence[Path]:
    """Return what is in a folder; nothing where there is none, or it cannot be read."""
    try:
        return sorted(folder.iterdir())
    except OSError:
        return ()
