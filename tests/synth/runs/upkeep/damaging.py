"""Ways in which a file is damaged, for tests of the store and of every page."""

import itertools
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from synth.runs.upkeep import records

TICKS = itertools.count(1)


def write(path: Path, content: bytes) -> None:
    """Write a file at a time of its own: the clock of a file system is too coarse for two writes of one test."""
    path.write_bytes(content)
    when = path.stat().st_mtime_ns + next(TICKS)
    os.utime(path, ns=(when, when))


def new_process() -> None:
    """Forget what was checked, as a new process does."""
    records._parsed.cache_clear()
    records._digest.cache_clear()


def truncate(path: Path) -> None:
    write(path, path.read_bytes()[: path.stat().st_size // 2])


def flip(path: Path, position: float = 0.5) -> None:
    content = bytearray(path.read_bytes())
    content[int(position * (len(content) - 1))] ^= 1 << 3
    write(path, content)


def empty(path: Path) -> None:
    write(path, b"")


def other_type(path: Path) -> None:
    write(path, b"[1, 2, 3]")


def remove(path: Path) -> None:
    path.unlink()


def folder_instead(path: Path) -> None:
    path.unlink()
    path.mkdir()


def overwrite(path: Path) -> None:
    write(path, random.Random(0).randbytes(path.stat().st_size))


WAYS: dict[str, Callable[[Path], None]] = {
    "truncated": truncate,
    "flipped": flip,
    "empty": empty,
    "of another type": other_type,
    "missing": remove,
    "a folder": folder_instead,
    "overwritten": overwrite,
}


def at_random(path: Path, chance: random.Random) -> str:
    """Damage a file in one of many ways, and return which one."""
    way = chance.choice(["flip", "flip", "flip", "cut", "zeros", "insert", *WAYS])
    content = bytearray(path.read_bytes())
    place = chance.randrange(len(content))
    if way == "flip":
        content[place] ^= 1 << chance.randrange(8)
    elif way == "cut":
        del content[place:]
    elif way == "zeros":
        n = min(len(content) - place, chance.randint(1, 4096))
        content[place : place + n] = bytes(n)
    elif way == "insert":
        content[place:place] = chance.randbytes(chance.randint(1, 8))
    else:
        WAYS[way](path)
        return way
    write(path, content)
    return f"{way} at {place}"


def forbid_reading(patch: pytest.MonkeyPatch, path: Path) -> None:
    """Refuse to open a file, as for one of another account: root may open everything."""
    known = Path.open

    def refuse(self: Path, *arguments, **options):
        if self == path:
            raise PermissionError(13, "Permission denied", str(path))
        return known(self, *arguments, **options)

    patch.setattr(Path, "open", refuse)


def copy_of(home: Path, place: Path) -> Path:
    shutil.copytree(home, place)
    return place
