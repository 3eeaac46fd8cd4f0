"""Child processes that find the project wherever the app was started, end with it, and have optional memory limits."""

import os
import runpy
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

LOOK_S = 0.5  # between two looks whether the parent is still there
PROJECT = Path(__file__).resolve().parents[1]
Stream = int | IO[bytes]


def start_module(
    module: str, *arguments: str, stdin: Stream, stdout: Stream, stderr: Stream
) -> "subprocess.Popen[bytes]":
    """Start `python -m module arguments` from the project's folder, with the current interpreter; it ends with this
    process, whatever ends that.

    Args:
        module: Dotted name of a module with a `__main__` part.
        *arguments: Its command line arguments.
        stdin: As for `subprocess.Popen`.
        stdout: As for `subprocess.Popen`.
        stderr: As for `subprocess.Popen`.
    """
    command = [sys.executable, "-m", __name__, str(os.getpid()), module, *arguments]
    return subprocess.Popen(command, cwd=PROJECT, stdin=stdin, stdout=stdout, stderr=stderr)


def path_with_project() -> str:
    """Return a PYTHONPATH for processes started by other programs."""
    paths = [str(PROJECT), *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    return os.pathsep.join(dict.fromkeys(paths))


def end_with_parent(parent: int, *, before: Callable[[], object] = lambda: None) -> None:
    """End this process soon after the one that started it has ended, even if that one was killed.

    It needs nobody's help: no pipe that another process may hold open, and no signal, which Linux sends already when
    the thread that started this process ends.

    Args:
        parent: Process ID of the parent, which may have ended before this call.
        before: Called just before this process ends.
    """
    is_there = _alive_on_windows(parent) if sys.platform == "win32" else lambda: os.getppid() == parent

    def watch() -> None:
        while is_there():
            time.sleep(LOOK_S)
        try:
            before()
        finally:
            os._exit(1)

    threading.Thread(target=watch, name="end with parent", daemon=True).start()


def _alive_on_windows(pid: int) -> Callable[[], bool]:
    """Return a check of a process: on Windows, `os.getppid` names the parent after its end, too."""
    import psutil

    try:
        return psutil.Process(pid).is_running
    except psutil.NoSuchProcess:
        return lambda: False


def limit_memory(gigabytes: int) -> None:
    """Limit the memory of this process to `gigabytes` GiB; without effect on Windows."""
    try:
        import resource
    except ImportError:
        return
    limit = gigabytes * 2**30
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def main(parent: str, module: str, *arguments: str) -> None:
    """Run a module as a program, which ends with the process that started this one."""
    end_with_parent(int(parent))
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
