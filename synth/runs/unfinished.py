"""Notes of work under way, so that a person can go on with what ended with its process: a crash, or a power cut.

home/unfinished/NAME.json   written when a job begins, deleted when it has ended or was stopped. What to ask for again,
                            and nothing of the recordings.
home/checkpoints/NAME/      how far the training of that job has got (`synth.core.checkpoints`), deleted with its note
"""

import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import psutil

from data.atomic_write import write_whole
from synth.runs.step import Step

FOLDER = "unfinished"
CHECKPOINTS = "checkpoints"


def _own_process() -> tuple[int, float]:
    return os.getpid(), psutil.Process().create_time()


@dataclass(frozen=True)
class Note:
    """One job under way.

    Attributes:
        key: Of the job.
        title: What it is, in plain words.
        batch: What it is one of many of; `""` where it stands alone.
        asked: `Step.asked`.
        process: Process ID, and when that process started, so that another one with this ID is told apart.
        began: Seconds since the epoch.
    """

    key: str
    title: str
    batch: str
    asked: Mapping[str, Any]
    process: tuple[int, float] = field(default_factory=_own_process)
    began: float = field(default_factory=time.time)

    @property
    def runs_elsewhere(self) -> bool:
        """Whether another process is at it."""
        pid, started = self.process
        if pid == os.getpid():
            return False
        try:
            return psutil.Process(pid).create_time() == started
        except psutil.Error:
            return False


@dataclass(frozen=True)
class Unfinished:
    """The notes of one person.

    Attributes:
        root: The person's folder.
    """

    root: Path

    def note(self, key: str, step: Step) -> None:
        """Note that a step begins, if it can be asked for again. A note that cannot be written hinders nothing."""
        if step.asked is None:
            return
        with suppress(OSError):  # the note first: checkpoints without one are swept
            self._path(key).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_whole(
                self._path(key), json.dumps(asdict(Note(key, step.title, step.batch, step.asked))).encode()
            )
            self.checkpoints(key).mkdir(parents=True, exist_ok=True, mode=0o700)

    def checkpoints(self, key: str) -> Path:
        """Return the folder of a job's checkpoints, which is there while its note is."""
        return self.root / CHECKPOINTS / _name(key)

    def forget(self, key: str) -> None:
        """Delete the note and the checkpoints of a job, if there are any."""
        with suppress(OSError):
            self._path(key).unlink(missing_ok=True)
        shutil.rmtree(self.checkpoints(key), ignore_errors=True)

    def interrupted(self, study_key: str, is_active: Callable[[str], bool]) -> list[list[Note]]:
        """Return what was under way on a study when its process ended, oldest first; what belongs together is one.

        Args:
            study_key: Which study.
            is_active: Whether the job with a key is under way in this process.
        """
        notes = [note for note in self._notes() if note.asked["study"] == study_key]
        left = [note for note in notes if not is_active(note.key) and not note.runs_elsewhere]
        together: dict[str, list[Note]] = {}
        for note in sorted(left, key=lambda note: note.began):
            together.setdefault(note.batch or note.key, []).append(note)
        return list(together.values())

    def _notes(self) -> list[Note]:
        found = [_read(path) for path in (self.root / FOLDER).glob("*.json")]
        return [note for note in found if note is not None]

    def _path(self, key: str) -> Path:
        return self.root / FOLDER / f"{_name(key)}.json"


def _name(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:32]


def _read(path: Path) -> Note | None:
    """Return a note; `None` if it is damaged, or was deleted meanwhile."""
    try:
        content = json.loads(path.read_text())
        pid, started = content["process"]
        note = Note(**{**content, "process": (int(pid), float(started))})
        return note if isinstance(note.asked["study"], str) and isinstance(note.began, float) else None
    except (OSError, ValueError, TypeError, KeyError):
        return None
