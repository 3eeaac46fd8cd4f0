"""Processes that this one starts: they find the project wherever the app was started, and may be bounded."""

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
    """Start `python -m module arguments` from the project's folder, with this process' interpreter.

    Args:
        module: Dotted name of a module with a `__main__` part.
        *arguments: What it finds in `sys.argv`.
        stdin: As for `subprocess.Popen`; likewise `stdout` and `stderr`.
    """
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.Popen(command, cwd=PROJECT, stdin=stdin, stdout=stdout, stderr=stderr)


def path_with_project() -> str:
    """Return a PYTHONPATH under which processes started by others find the project, too."""
    paths = [str(PROJECT), *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    return os.pathsep.join(dict.fromkeys(paths))


def limit_memory(gigabytes: int) -> None:
    """Let this process have so much memory at most; Windows has no such limit."""
    try:
        import resource
    except ImportError:
        return
    limit = gigabytes * 2**30
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
