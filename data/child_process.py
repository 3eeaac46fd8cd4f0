"""Child processes that find the project wherever the app was started, with optional memory limits."""

import os
import subprocess
import sys
from pathlib import Path
from typing import IO

PROJECT = Path(__file__).resolve().parents[1]
Stream = int | IO[bytes]


def start_module(
    module: str, *arguments: str, stdin: Stream, stdout: Stream, stderr: Stream
) -> "subprocess.Popen[bytes]":
    """Start `python -m module arguments` from the project's folder, with the current interpreter.

    Args:
        module: Dotted name of a module with a `__main__` part.
        *arguments: Its command line arguments.
        stdin: As for `subprocess.Popen`.
        stdout: As for `subprocess.Popen`.
        stderr: As for `subprocess.Popen`.
    """
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.Popen(command, cwd=PROJECT, stdin=stdin, stdout=stdout, stderr=stderr)


def path_with_project() -> str:
    """Return a PYTHONPATH for processes started by other programs."""
    paths = [str(PROJECT), *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    return os.pathsep.join(dict.fromkeys(paths))


def limit_memory(gigabytes: int) -> None:
    """Limit the memory of this process to `gigabytes` GiB; without effect on Windows."""
    try:
        import resource
    except ImportError:
        return
    limit = gigabytes * 2**30
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
