"""Checkpoints of long fits: where training stood, so that it goes on from there after a crash.

FOLDER/0.bin   of the first training of a fit, FOLDER/1.bin of the second one, ...
"""

import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from data.atomic_write import write_whole

EVERY_S = 30.0
MAX_BYTES = 2**28  # of one checkpoint; a larger model is trained without
MAX_TRAININGS = 8  # of one fit; any further ones are trained without


@dataclass
class Checkpoints:
    """The checkpoints of one fit.

    A fit does its trainings in the same order every time, so that each one finds its own by counting.

    Attributes:
        folder: Whoever wants checkpoints makes it; where it is missing (the data were deleted, another machine),
            nothing is kept.
        every_s: Seconds between two checkpoints.
    """

    folder: Path
    every_s: float = EVERY_S
    _n_begun: int = field(default=0, init=False)

    def next(self) -> "Checkpoint | None":
        """Return the checkpoint of the training that begins now; `None` if it gets none."""
        number, self._n_begun = self._n_begun, self._n_begun + 1
        if number >= MAX_TRAININGS:
            return None
        return Checkpoint(self.folder / f"{number}.bin", self.every_s)


class Checkpoint:
    """The checkpoint of one training.

    Args:
        path: Its file.
        every_s: Seconds between two.
    """

    def __init__(self, path: Path, every_s: float) -> None:
        self._path, self._every_s, self._last = path, every_s, time.perf_counter()

    @property
    def is_due(self) -> bool:
        return time.perf_counter() - self._last >= self._every_s

    @property
    def is_kept(self) -> bool:
        return self._path.exists()

    def read(self) -> bytes | None:
        """Return what was kept; `None` if there is nothing, or it cannot be read."""
        try:
            return self._path.read_bytes()
        except OSError:
            return None

    def keep(self, payload: bytes) -> None:
        """Keep this instead of what was kept before. What cannot be kept hinders nothing."""
        self._last = time.perf_counter()
        if len(payload) <= MAX_BYTES:
            with suppress(OSError):
                write_whole(self._path, payload)
