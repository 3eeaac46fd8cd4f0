"""Visitors of a served app: each has a folder of their own, which outlives a reload and is deleted by a timer."""

import atexit
import hashlib
import shutil
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from data.machine import private_folder

KEEP_S = 3600.0  # how long a visitor who closed the browser finds the work again
CHECK_S = 60.0


class Visitors:
    """The folders of those who use a served app, and when each was last there.

    An open page shows itself every few seconds (`status_strip`), so whoever was not seen for `keep_s` has closed it.

    Args:
        forget: Called with a folder before it is deleted: stops the work of its owner.
        is_busy: Whether work of the owner of a folder is under way; the folder is kept as long.
        keep_s: How long a folder is kept after its visitor was last seen.
        now: The clock.
    """

    def __init__(
        self,
        forget: Callable[[Path], None],
        is_busy: Callable[[Path], bool],
        *,
        keep_s: float = KEEP_S,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._base = Path(tempfile.mkdtemp(prefix=private_folder.prefix()))
        self._forget, self._is_busy, self._keep_s, self._now = forget, is_busy, keep_s, now
        self._seen: dict[Path, float] = {}
        self._lock = threading.Lock()
        atexit.register(shutil.rmtree, self._base, ignore_errors=True)

    def folder(self, name: str) -> Path:
        """Return the folder of a visitor, who is seen by that.

        Args:
            name: What nobody else can know or have: of a cookie or a login.
        """
        folder = self._base / hashlib.sha256(name.encode()).hexdigest()[:32]
        with self._lock:
            self._seen[folder] = self._now()
        return folder

    def delete_absent(self) -> list[Path]:
        """Delete the folders of those who were not seen for long, and return them."""
        with self._lock:
            absent = [folder for folder, seen in self._seen.items() if self._now() - seen > self._keep_s]
        deleted = [folder for folder in absent if not self._is_busy(folder)]
        for folder in deleted:
            with self._lock:
                self._seen.pop(folder, None)
            self._forget(folder)
            shutil.rmtree(folder, ignore_errors=True)
        return deleted

    def watch(self) -> "Visitors":
        """Delete those folders from now on, in a thread that ends with the process."""
        threading.Thread(target=self._watch, name="visitors", daemon=True).start()
        return self

    def _watch(self) -> None:
        while True:
            time.sleep(CHECK_S)
            self.delete_absent()
