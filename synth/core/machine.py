"""What this machine has, as far as this process may use it."""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import psutil

CGROUP = Path("/sys/fs/cgroup")
OWN_CGROUP = Path("/proc/self/cgroup")


def memory_bytes() -> int:
    """Return the bytes of memory of this machine, or of the container or service that this process is in, if fewer."""
    return min([psutil.virtual_memory().total, *_limits()])


def _limits() -> Iterator[int]:
    """Yield the limits of all control groups of this process, of either version of Linux's control groups."""
    for line in _text(OWN_CGROUP).splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers not in ("", "memory"):
            continue
        root, name = (CGROUP / "memory", "memory.limit_in_bytes") if controllers else (CGROUP, "memory.max")
        inside = PurePosixPath(path.lstrip("/"))
        for group in (inside, *inside.parents):
            limit = _text(root / group / name).strip()
            if limit.isdecimal():  # it also says "max", and "0" is no limit anybody could live with
                yield int(limit) or psutil.virtual_memory().total


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
