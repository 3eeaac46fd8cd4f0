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
from functools import cache
from pathlib import Path

import numpy as np

from data.errors import RecordingError
from data.readers.files import File
from data.readers.formats._arrays import flattened

ROOT = Path(__file__).resolve().parents[3]
MAX_SECONDS = 8
ONE_AT_A_TIME = threading.Lock()
ANSWER = b"read\n"
ARRAYS, TOLD = "arrays.npz", "told.json"


def arrays_apart(file: File, module: str) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Run `module.arrays_in(content, name)` in a process of its own.

    Args:
        file: What to read.
        module: A module whose `arrays_in` returns arrays by name, and what cannot be used with the reason.

    Raises:
        RecordingError: If the module raises it, or anything else.
        ValueError: If the process crashes or takes too long.
    """
    with tempfile.TemporaryDirectory(prefix="penumbra-") as folder:
        (Path(folder) / "source").write_bytes(file.read())
        if not _asked([module, folder, file.path]):
            raise ValueError(
                "a process that answers. Received: one that crashed, or was ended after too long"
            )
        told = json.loads((Path(folder) / TOLD).read_text("utf-8"))
        if told["error"]:
            raise RecordingError(told["error"])
        with np.load(Path(folder) / ARRAYS, allow_pickle=False) as stored:
            arrays = {name: stored[str(i)] for i, name in enumerate(told["names"])}
    return arrays, told["unusable"]


@cache
def _worker() -> subprocess.Popen:
    """Start the process; it ends with this one, when its input is closed."""
    command = [sys.executable, "-m", __name__]
    return subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )


def _asked(question: list[str]) -> bool:
    """Have the process answer; one that crashes or takes too long is ended, and the next question starts another."""
    with ONE_AT_A_TIME:
        worker, too_late = _worker(), threading.Event()

        def end() -> None:
            too_late.set()
            worker.kill()

        alarm = threading.Timer(MAX_SECONDS, end)
        alarm.start()
        try:
            worker.stdin.write(json.dumps(question).encode() + b"\n")
            worker.stdin.flush()
            answered = worker.stdout.readline() == ANSWER
        except OSError:
            answered = False
        alarm.cancel()
        alarm.join()  # it may be ending the process just now, whatever was answered
        answered = answered and not too_late.is_set()
        if not answered:
            worker.kill()
            worker.communicate()
            _worker.cache_clear()
        return answered


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
    np.savez(Path(folder) / ARRAYS, **{str(i): array for i, array in enumerate(arrays.values())})
    (Path(folder) / TOLD).write_text(json.dumps(told), "utf-8")


if __name__ == "__main__":
    for line in sys.stdin:
        main(*json.loads(line))
        sys.stdout.buffer.write(ANSWER)
        sys.stdout.buffer.flush()
