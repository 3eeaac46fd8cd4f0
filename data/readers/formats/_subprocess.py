"""Arrays read in a process of their own.

The C libraries behind MATLAB's files and HDF5 crash or loop for ever on some damaged files (found by changing
bytes at random). Another process may do so without taking the app and everybody's work along.
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
from typing import IO, cast

import numpy as np
import psutil

from data.child_process import start_module
from data.errors import RecordingError
from data.readers.files import File
from data.readers.formats._arrays import flattened

MAX_PROCESSOR_S = 8  # of its own work, so that a sound file is read however busy the computer is
MAX_WAIT_S = 120  # by the clock: a process may also wait for ever without working
LOOK_EVERY_S = 0.1
ONE_AT_A_TIME = threading.Lock()
ANSWER = b"read\n"
ARRAYS, TOLD = "arrays.npz", "told.json"


def arrays_apart(file: File, module: str) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Run `module.arrays_in(content, name)` in a process of its own.

    Args:
        file: What to read.
        module: A module whose `arrays_in` returns arrays by name, and what cannot be used with the reason.

    Raises:
        RecordingError: If the module raises it, or anything else, or takes too long.
        ValueError: If the process crashes.
    """
    with tempfile.TemporaryDirectory(prefix="penumbra-") as folder:
        (Path(folder) / "source").write_bytes(file.read())
        try:
            answered = _asked([module, folder, file.path])
        except TimeoutError as error:
            raise RecordingError(
                f"{file.path} was not read to its end: {error}. Try again when this computer is less busy, or save "
                "the file as CSV."
            ) from error
        if not answered:
            raise ValueError("a process that answers. Received: one that crashed")
        told = json.loads((Path(folder) / TOLD).read_text("utf-8"))
        if told["error"]:
            raise RecordingError(told["error"])
        with np.load(Path(folder) / ARRAYS, allow_pickle=False) as stored:
            arrays = {name: stored[str(i)] for i, name in enumerate(told["names"])}
    return arrays, told["unusable"]


@cache
def _worker() -> subprocess.Popen:
    """Start the process; it ends with this one, when its input is closed."""
    return start_module(__name__, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)


def _asked(question: list[str]) -> bool:
    """Have the process answer; one that crashes or takes too long is ended, and the next question starts another.

    Returns:
        Whether it answered; otherwise it crashed.

    Raises:
        TimeoutError: If it was ended, with the reason as part of a sentence.
    """
    with ONE_AT_A_TIME:
        watch = _Watch(_worker())
        watch.start()
        try:
            answered = _answer_of(watch.worker, question)
        finally:
            watch.leave()
        if not answered or watch.overdue:
            watch.worker.kill()
            watch.worker.communicate()
            _worker.cache_clear()
        if watch.overdue:
            raise TimeoutError(watch.overdue)
        return answered


def _answer_of(worker: subprocess.Popen, question: list[str]) -> bool:
    stdin, stdout = cast(IO[bytes], worker.stdin), cast(IO[bytes], worker.stdout)  # both are pipes
    try:
        stdin.write(json.dumps(question).encode() + b"\n")
        stdin.flush()
        return stdout.readline() == ANSWER
    except OSError:
        return False


class _Watch(threading.Thread):
    """Ends the process that works or waits for too long; `overdue` then says which.

    Args:
        worker: The process, which begins to work on a question now.
    """

    def __init__(self, worker: subprocess.Popen) -> None:
        super().__init__(daemon=True)
        self.worker, self.overdue = worker, ""
        self._process, self._left = psutil.Process(worker.pid), threading.Event()
        self._worked_before, self._began = self._worked_s(), time.monotonic()

    def leave(self) -> None:
        """Watch no longer. It may be ending the process just now, whatever was answered."""
        self._left.set()
        self.join()

    def run(self) -> None:
        while not self._left.wait(LOOK_EVERY_S):
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
        except psutil.Error:  # it has ended by itself
            return 0.0
        return times.user + times.system


def main(module: str, folder: str, name: str) -> None:
    """Read the source in `folder`, and leave arrays and findings beside it."""
    arrays, told = {}, {"error": "", "names": [], "unusable": {}}
    try:
        content = (Path(folder) / "source").read_bytes()
        found, told["unusable"] = importlib.import_module(module).arrays_in(content, name)
        arrays = {key: array for key, array in flattened(found) if array.dtype.kind != "O"}
        told["unusable"].update(
            {key: "neither numbers nor text" for key, _ in flattened(found) if key not in arrays}
        )
        told["names"] = list(arrays)
    except RecordingError as error:
        told["error"] = str(error)
    except Exception:
        told["error"] = f"{name} is damaged and cannot be read. Save it again, or save it as CSV."
    numbered = {str(i): array for i, array in enumerate(arrays.values())}
    # The checker fears that a name could be that of an argument; numbers are none.
    np.savez(Path(folder) / ARRAYS, **numbered)  # pyright: ignore[reportArgumentType]
    (Path(folder) / TOLD).write_text(json.dumps(told), "utf-8")


if __name__ == "__main__":
    for line in sys.stdin:
        main(*json.loads(line))
        sys.stdout.buffer.write(ANSWER)
        sys.stdout.buffer.flush()
