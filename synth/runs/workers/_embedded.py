"""The cluster of this machine: a scheduler and workers as child processes, which nobody else gets into.

They listen on 127.0.0.1 and speak TLS with a certificate that is made anew at each start and only ever held in
memory. They end with this process. A worker that is lost is started again; if the scheduler is lost, so is the
cluster, and `synth.runs.workers.cluster` starts another one.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import replace
from typing import IO, cast

import psutil
from distributed import Security

from data.child_process import path_with_project
from synth.core.errors import JobError
from synth.runs.workers._server import Request

LOOK_S = 1.0
END_S = 3.0
QUIET = "ignore::UserWarning:multiprocessing.resource_tracker"  # it clears away what a process leaves that ends at once
RESTART_PAUSE_S = 5.0  # so that a worker that cannot start does not keep the machine busy


class Embedded:
    """Started when made.

    Args:
        n_workers: How many there are.
        memory_bytes: What they may use together.

    Attributes:
        address: Of the scheduler.
        security: What a client needs to get in.

    Raises:
        JobError: If the scheduler does not start.
        OSError: If processes cannot be started, or nothing can be written.
    """

    def __init__(self, n_workers: int, memory_bytes: int) -> None:
        self.n_workers = n_workers
        folder = tempfile.mkdtemp(prefix="penumbra-workers-")
        self._scheduler, *children = [_child(is_first=i == 0) for i in range(1 + self.n_workers)]
        self.security = Security.temporary()
        held = {name: getattr(self.security, name) for name in Security.__slots__}
        self._request = Request(
            security={name: value for name, value in held.items() if isinstance(value, str)},
            folder=folder,
            parent=os.getpid(),
            memory_limit=memory_bytes // n_workers,
        )
        self._lock, self._closed = threading.Lock(), threading.Event()
        _ask(self._scheduler, self._request)
        self.address = cast(IO[bytes], self._scheduler.stdout).readline().decode().strip()
        self._nannies = dict(enumerate(children))
        self._began = dict.fromkeys(self._nannies, time.monotonic())
        if not self.address:
            self.close()
            raise JobError(
                "The background processes could not be started. Close other programs and try again."
            )
        for number, child in self._nannies.items():
            _ask(child, self._for_worker(number))
        threading.Thread(target=self._watch, name="embedded cluster", daemon=True).start()

    @property
    def is_alive(self) -> bool:
        """Whether the scheduler is there."""
        return not self._closed.is_set() and self._scheduler.poll() is None

    def close(self) -> None:
        """End all processes, and delete what they wrote."""
        with self._lock:
            self._closed.set()
            for child in (self._scheduler, *self._nannies.values()):
                _end(child)
            shutil.rmtree(self._request.folder, ignore_errors=True)

    def _for_worker(self, number: int) -> Request:
        return replace(self._request, scheduler=self.address, name=str(number))

    def _watch(self) -> None:
        while not self._closed.wait(LOOK_S):
            if not self.is_alive:
                self.close()
                return
            with self._lock:
                self._replace_lost()

    def _replace_lost(self) -> None:
        for number, nanny in self._nannies.items():
            now = time.monotonic()
            is_due = not self._closed.is_set() and now - self._began[number] > RESTART_PAUSE_S
            if is_due and nanny.poll() is not None:
                self._nannies[number], self._began[number] = _child(), now
                _ask(self._nannies[number], self._for_worker(number))


def _child(*, is_first: bool = False) -> "subprocess.Popen[bytes]":
    """Start a process that loads Dask and then waits to be asked; the scheduler answers with its address."""
    return subprocess.Popen(
        [sys.executable, "-m", "synth.runs.workers._server"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE if is_first else None,
        env={**os.environ, "PYTHONPATH": path_with_project(), "PYTHONWARNINGS": QUIET},
    )


def _ask(child: "subprocess.Popen[bytes]", request: Request) -> None:
    with suppress(OSError), cast(IO[bytes], child.stdin) as pipe:  # one that has ended is replaced
        pipe.write(request.to_json().encode() + b"\n")


def _end(child: "subprocess.Popen[bytes]") -> None:
    try:
        descendants = psutil.Process(child.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        descendants = []
    child.kill()  # before its worker, which it would start again
    child.wait()
    for descendant in descendants:
        with suppress(psutil.NoSuchProcess):
            descendant.kill()
    psutil.wait_procs(descendants, timeout=END_S)  # so that none writes any more when the folder is deleted
