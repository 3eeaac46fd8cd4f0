"""What the app takes up at one moment: memory, processes, handles, threads, files."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, fields
from pathlib import Path

import psutil

MB = 2**20


def _column(title: str, small: float) -> float:
    """Return a field with what it is called, and what growth an hour nobody would mind."""
    return field(metadata={"title": title, "small": small})


@dataclass(frozen=True)
class Measured:
    """What the app takes up."""

    app_mb: float = _column("app MB", 50)
    workers_mb: float = _column("workers MB", 200)
    processes: float = _column("processes", 0.5)
    handles: float = _column("handles", 5)
    sockets: float = _column("sockets", 5)
    threads: float = _column("threads", 5)
    home_files: float = _column("home files", 1)
    home_mb: float = _column("home MB", 1)
    temporary_files: float = _column("temp files", 1)
    temporary_mb: float = _column("temp MB", 1)

    @property
    def row(self) -> str:
        return " ".join(f"{getattr(self, f.name):>10.6g}" for f in fields(self))


HEADINGS = " ".join(f"{f.metadata['title']:>10}" for f in fields(Measured))


def measure(pid: int, home: Path, temporary: Path) -> Measured:
    """Measure the app.

    Args:
        pid: Of its process; processes below it are its workers.
        home: Its home folder.
        temporary: Its folder for temporary files, which nobody else uses.
    """
    app = psutil.Process(pid)
    below = app.children(recursive=True)
    home_sizes, temporary_sizes = list(_sizes(home)), list(_sizes(temporary))
    return Measured(
        app_mb=app.memory_info().rss / MB,
        workers_mb=sum(_resident(child) for child in below) / MB,
        processes=len(below),
        handles=app.num_fds(),
        sockets=len(app.net_connections(kind="all")),
        threads=app.num_threads(),
        home_files=len(home_sizes),
        home_mb=sum(home_sizes) / MB,
        temporary_files=len(temporary_sizes),
        temporary_mb=sum(temporary_sizes) / MB,
    )


def _resident(process: psutil.Process) -> int:
    """Return the memory of a process in bytes; 0 if it has just ended."""
    with suppress(psutil.NoSuchProcess):
        return process.memory_info().rss
    return 0


def _sizes(folder: Path) -> Iterator[int]:
    """Yield the size of every file; of folders, too: an empty one that stays behind counts as one."""
    for path in folder.rglob("*"):
        with suppress(OSError):
            status = path.lstat()
            yield 0 if path.is_dir() else status.st_size
