"""Jobs as pages see them, and the book that says where each one is."""

import threading
import time
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from synth.core.run_context import Progress

Status = Literal["waiting", "running", "done", "stopped", "failed"]
MAX_PROGRESS = 500
MAX_FINISHED = 50


@dataclass(frozen=True)
class Job:
    """A snapshot of one piece of background work.

    Attributes:
        key: Address of its result: the same question is never computed twice at once.
        owner: Whose workspace it belongs to; nobody else sees it.
        title: What it is, in plain words.
        topic: What kind of work, for pages to pick theirs: `"train"`, `"measure"`, `"sweep"`, `"judge"` or `"fill"`.
        batch: What it is one of many of, shown and stopped together; `""` where it stands alone.
        status: Where it is.
        progress: What was reported so far, oldest first.
        error: What went wrong, in words; `""` otherwise.
        created: Seconds since the epoch.
        began: When a worker took it up, in seconds since the epoch; `None` before.
    """

    key: str
    owner: str
    title: str
    topic: str
    batch: str = ""
    status: Status = "waiting"
    progress: tuple[Progress, ...] = ()
    error: str = ""
    created: float = field(default_factory=time.time)
    began: float | None = None

    @property
    def active(self) -> bool:
        return self.status in ("waiting", "running")


def nothing() -> None:
    """Do nothing, where something might be done when a job begins or ends."""


@dataclass
class _Entry:
    """A job, the attempt that is under way, and what stands for its result on the cluster."""

    job: Job
    attempt: str = ""
    future: Any = None
    stop_asked: bool = False
    on_end: Callable[[], Any] = nothing
    progress: deque[Progress] = field(default_factory=lambda: deque(maxlen=MAX_PROGRESS))


class JobBook:
    """Where every job of this process is. Thread-safe; never waits for anything."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._entries: dict[str, _Entry] = {}

    def enter(self, job: Job, on_end: Callable[[], Any] = nothing) -> Job | None:
        """Enter a job, and return `None`; where one with its key is active, leave it and return that one.

        Args:
            job: What is about to be started.
            on_end: What is to be done when it has ended.
        """
        with self._lock:
            known = self.get(job.key)
            if known is not None and known.active:
                return known
            self._entries[job.key] = _Entry(job, on_end=on_end)
            return None

    def begin_attempt(self, key: str) -> str | None:
        """Return a name for another attempt at a job; `None` where it was stopped or forgotten meanwhile."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is None or not entry.job.active or entry.stop_asked:
                return None
            entry.job = replace(entry.job, status="waiting", began=None)
            entry.attempt, entry.future = uuid.uuid4().hex, None
            entry.progress.clear()
            return entry.attempt

    def note_future(self, key: str, attempt: str, future: Any) -> bool:
        """Note what stands for the result, and return whether the job is still wanted."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is None or entry.attempt != attempt:
                return False
            entry.future = future
            return entry.job.active

    def note_progress(self, key: str, attempt: str, progress: Progress | None) -> None:
        """Note that a worker picked a job up, and how far it has got."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is None or entry.attempt != attempt:
                return
            if entry.job.status == "waiting":
                entry.job = replace(entry.job, status="running", began=time.time())
            if progress is not None:
                entry.progress.append(progress)

    def end(self, key: str, attempt: str, status: Status, error: str = "") -> None:
        """Note how an attempt ended, if it is the last one."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is not None and entry.attempt == attempt:
                entry.job = replace(entry.job, status=status, error=error)

    def ask_to_stop(self, key: str) -> tuple[str, Any, bool]:
        """Note that a job is to stop, and has if it waits; return its attempt, its future, and whether it waited."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is None or not entry.job.active:
                return "", None, False
            entry.stop_asked = True
            waited = entry.job.status == "waiting"
            if waited:
                entry.job = replace(entry.job, status="stopped")
            return entry.attempt, entry.future, waited

    def to_stop(self, key: str) -> bool:
        """Return whether a job was asked to stop, or is forgotten."""
        with self._lock:
            entry = self._entries.get(key)
            return entry is None or entry.stop_asked

    def is_last(self, key: str, attempt: str) -> bool:
        """Return whether an attempt is the one that counts."""
        with self._lock:
            entry = self._entries.get(key)
            return entry is not None and entry.attempt == attempt

    def get(self, key: str) -> Job | None:
        """Return the latest job with this key."""
        with self._lock:
            entry = self._entries.get(key)
            return None if entry is None else replace(entry.job, progress=tuple(entry.progress))

    def attempt_of(self, key: str) -> str:
        """Return the attempt that counts; `""` where there is none."""
        with self._lock:
            return self._entries[key].attempt if key in self._entries else ""

    def future_of(self, key: str) -> Any:
        """Return what stands for the result of a job; `None` where there is none."""
        with self._lock:
            return self._entries[key].future if key in self._entries else None

    def on_end_of(self, key: str) -> Callable[[], Any]:
        """Return what is to be done when a job has ended."""
        with self._lock:
            return self._entries[key].on_end if key in self._entries else nothing

    def where(self, wanted: Callable[[Job], bool]) -> list[Job]:
        """Return the jobs that are wanted, newest first."""
        with self._lock:
            jobs = [self.get(key) for key in self._entries]
        return sorted((job for job in jobs if job is not None and wanted(job)), key=lambda job: -job.created)

    def remove(self, key: str) -> None:
        with self._lock:
            self._entries.pop(key, None)

    def surplus(self) -> list[str]:
        """Return the keys of the oldest finished jobs; a batch is kept whole while part of it is unfinished."""
        jobs = self.where(lambda job: True)
        going_on = {job.batch for job in jobs if job.active} - {""}
        finished = [job.key for job in jobs if not job.active and job.batch not in going_on]
        return finished[MAX_FINISHED:]
