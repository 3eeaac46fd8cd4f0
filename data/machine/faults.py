"""Faults of the machine in words: a full disk, no permission, no memory, and what to do about each."""

import errno
from pathlib import Path

FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))
FORBIDDEN = (errno.EACCES, errno.EPERM)
SAYINGS = {
    errno.EROFS: "{where} is read-only. Set PENUMBRA_HOME to a folder that can be written, and start again.",
    errno.EMFILE: "Too many files are open on this computer. Close other programs, and start Penumbra again.",
    errno.ENFILE: "Too many files are open on this computer. Close other programs, and start Penumbra again.",
    errno.EIO: "The disk that holds {where} reports a fault. Copy your recordings elsewhere, and have it checked.",
    errno.EADDRINUSE: "The network port is taken, probably by another Penumbra. Use or close that one.",
    errno.ENAMETOOLONG: "The name of {where} is too long for this disk. Use a shorter one.",
    errno.ENOENT: "{where} is not there any more. Reload the page, or start again.",
}
NO_MEMORY = (
    "This computer has too little free memory. Close other programs, or use fewer people or a smaller preset."
)


def in_words(fault: BaseException) -> str:
    """Return what went wrong and what to do, in words; `""` where it is no fault of the machine.

    Args:
        fault: What was raised.
    """
    if isinstance(fault, MemoryError):
        return NO_MEMORY
    if not isinstance(fault, OSError):
        return ""
    where = str(fault.filename) if fault.filename else "the folder of Penumbra"
    if fault.errno == errno.ENOMEM:
        return NO_MEMORY
    if fault.errno in FULL:
        return full_disk(Path(where) if fault.filename else None)
    if fault.errno in FORBIDDEN:
        return (
            f"Penumbra may not read or write {where}. Give your account permission for it, or set PENUMBRA_HOME to a "
            "folder of your own."
        )
    if fault.errno in SAYINGS:
        said = SAYINGS[fault.errno].format(where=where)
        return said[0].upper() + said[1:]
    return f"The computer refused to read or write {where} ({fault.strerror or fault}). Try again."


def full_disk(where: Path | None = None, missing: int = 0) -> str:
    """Say that the disk is full.

    Args:
        where: A file or folder on it.
        missing: How many bytes more are needed, if that is known.
    """
    disk = "The disk is full" if where is None else f"The disk that holds {where} is full"
    needed = f": {megabytes(missing)} more are needed" if missing else ""
    return f"{disk}{needed}. Free some space, or delete versions that you no longer need, and try again."


def megabytes(n_bytes: int) -> str:
    """Write a size for people, rounded up: `0.2 MB`, `12 MB`, `1,300 MB`."""
    size = n_bytes / 1e6
    return f"{max(size, 0.1):.1f} MB" if size < 10 else f"{size:,.0f} MB"
