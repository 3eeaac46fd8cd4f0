"""Reading arrays in a separate process.

The C libraries for MATLAB files and HDF5 crash or loop forever on some damaged files (found by fuzzing). A separate
process may do so without taking down the app and unsaved work.
"""

import importlib
import json
import subprocess
import sys
import tempfile
import threading
import time
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import IO, cast

import numpy as np
import psutil

from data.child_process import start_module
from data.errors import RecordingError
from data.machine import private_folder
from data.readers.files import File
from data.readers.formats._arrays import flattened

MAX_PROCESSOR_S = (
    8  # processor time, so that a valid file is read however busy the computer is; starting not counted
)
MAX_WAIT_S = 120  # wall-clock time: a process may also block forever without working
POLL_INTERVAL_S = 0.1
STARTS = 2  # a process that ended since the last file is replaced
ONE_AT_A_TIME = threading.Lock()
BEGUN, ANSWER = b"begun\n", b"read\n"
ARRAYS, REPORT = "arrays.npz", "report.json"


def arrays_from_subprocess(file: File, module: str) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Run `module.arrays_in(content, name)` in a separate process.

    Args:
        file: What to read.
        module: A module whose `arrays_in` returns arrays by name, and unusable contents with the reason.

    Raises:
        RecordingError: If the module raises it, or anything else, or takes too long.
        ValueError: If the process crashes.
    """
    with tempfile.TemporaryDirectory(prefix=private_folder.prefix()) as folder:
        (Path(folder) / "source").write_bytes(file.read())
        try:
            answered = _answered([module, folder, file.path])
        except TimeoutError as error:
            raise RecordingError(
                f"{file.path} was not read to its end: {error}. Try again when this computer is less busy, or save "
                "the file as CSV."
            ) from error
        if not answered:
            raise ValueError("a process that answers. Received: one that crashed")
        report = json.loads((Path(folder) / REPORT).read_text("utf-8"))
        if report["error"]:
            raise RecordingError(report["error"])
        with np.load(Path(folder) / ARRAYS, allow_pickle=False) as stored:
            arrays = {name: stored[str(i)] for i, name in enumerate(report["names"])}
    return arrays, report["unusable"]


@cache
def _worker() -> subprocess.Popen:
    """Start the process; it ends with this one, when its stdin is closed."""
    return start_module(__name__, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)


def _answered(request: list[str]) -> bool:
    """Send a request to the process; if it crashes or takes too long, it is killed and the next request starts another.

    Returns:
        Whether it answered rather than crashed.

    Raises:
        TimeoutError: If it took too long or does not start, with the reason as part of a sentence.
    """
    with ONE_AT_A_TIME:
        for _ in range(STARTS):
            if _worker().poll() is not None:  # it has ended since the last file
                _worker.cache_clear()
            watch = _Watch(_worker())
            watch.start()
            try:
                answered = _answer_of(watch, request)
            finally:
                watch.leave()
            if not answered or watch.overdue:
                watch.worker.kill()
                watch.worker.communicate()
                _worker.cache_clear()
            if watch.overdue:
                raise TimeoutError(watch.overdue)
            if watch.has_begun:
                return answered
        # It ended before it looked at the file, which is therefore not known to be damaged.
        raise TimeoutError("the process that reads it did not start")


def _answer_of(watch: "_Watch", request: list[str]) -> bool:
    worker = watch.worker
    stdin, stdout = cast(IO[bytes], worker.stdin), cast(IO[bytes], worker.stdout)  # both are pipes
    try:
        stdin.write(json.dumps(request).encode() + b"\n")
        stdin.flush()
        if stdout.readline() != BEGUN:
            return False
        watch.begin()
        return stdout.readline() == ANSWER
    except OSError:
        return False


class _Watch(threading.Thread):
    """Kills a process that works or waits for too long, and gives the reason in `overdue`.

    Args:
        worker: The process, which is about to work on a request.
    """

    def __init__(self, worker: subprocess.Popen) -> None:
        super().__init__(daemon=True)
        self.worker, self.overdue = worker, ""
        self._process, self._left = psutil.Process(worker.pid), threading.Event()
        # The processor time of starting and of loading libraries says nothing about the file.
        self._worked_before, self._began = np.inf, time.monotonic()
        self.has_begun = False

    def begin(self) -> None:
        """Count the processor time from now on: the process works on the file."""
        self._worked_before, self.has_begun = self._worked_s(), True

    def leave(self) -> None:
        """Stop watching. The process may be killed at this very moment, even if it has answered."""
        self._left.set()
        self.join()

    def run(self) -> None:
        while not self._left.wait(POLL_INTERVAL_S):
            if self._worked_s() - self._worked_before > MAX_PROCESSOR_S:
                self.overdue = f"it took more than {MAX_PROCESSOR_S:g} s of processor time"
            elif time.monotonic() - self._began > MAX_WAIT_S:
                self.overdue = f"nothing came back within {MAX_WAIT_S:g} s"
            if self.overdue:
                self.worker.kill()
                return

    def _worked_s(self) -> float:
        try:
            times = self._process.cpu_times()
        except psutil.Error:  # it has already ended
            return 0.0
        return times.user + times.system


def main(module: str, folder: str, name: str) -> None:
    """Read the source in `folder`, and write arrays and findings to the same folder."""
    arrays, report = {}, {"error": "", "names": [], "unusable": {}}
    try:
        content = (Path(folder) / "source").read_bytes()
        found, report["unusable"] = _prepared(module).arrays_in(content, name)
        arrays = {key: array for key, array in flattened(found) if array.dtype.kind != "O"}
        report["unusable"].update(
            {key: "neither numbers nor text" for key, _ in flattened(found) if key not in arrays}
        )
        report["names"] = list(arrays)
    except RecordingError as error:
        report["error"] = str(error)
    except Exception:
        report["error"] = f"{name} is damaged and cannot be read. Save it again, or save it as CSV."
    numbered = {str(i): array for i, array in enumerate(arrays.values())}
    # Array names are numbers, so none can clash with a parameter.
    np.savez(Path(folder) / ARRAYS, **numbered)  # pyright: ignore[reportArgumentType]
    (Path(folder) / REPORT).write_text(json.dumps(report), "utf-8")


@cache
def _prepared(module: str) -> ModuleType:
    """Return a module after loading the libraries that it reads with."""
    found = importlib.import_module(module)
    for library in getattr(found, "LIBRARIES", ()):
        importlib.import_module(library)
    return found


def _say(word: bytes) -> None:
    sys.stdout.buffer.write(word)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    for line in sys.stdin:
        request = json.loads(line)
        _prepared(request[0])
        _say(BEGUN)
        main(*request)
        _say(ANSWER)
