"""A scheduler, or a nanny with its worker, in a process of its own: speaks TLS only, and serves no HTTP.

What it needs comes as one line of JSON on its standard input, so that keys are never on a command line, in an
environment or in a file.
"""

import asyncio
import json
import logging
import multiprocessing
import os
import shutil
import signal
import sys
from collections.abc import Awaitable
from dataclasses import asdict, dataclass, field
from typing import Any

from dask import config
from distributed import Nanny, Scheduler, Worker
from distributed.compatibility import asyncio_run
from distributed.config import get_loop_factory
from distributed.security import Security

from data.child_process import end_with_parent

# By default, Dask remembers a thousand messages on each connection, and as many events of each job, for whoever looks
# for a fault in it: recordings that are in them would stay in memory after they were deleted, and memory would grow.
NO_LOGS = {"distributed.admin.low-level-log-length": 0}
CONFIG = {
    **NO_LOGS,
    # Workers that wait should cost nothing: by default they sample themselves a hundred times a second.
    "distributed.worker.profile.enabled": False,
    "distributed.admin.tick.interval": "500ms",
    "distributed.admin.system-monitor.interval": "5s",
    # Recordings stay in memory: nothing of them is written to a disk outside the store.
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.spill": False,
}


@dataclass(frozen=True)
class Request:
    """What a process is asked to be.

    Attributes:
        security: Arguments of `distributed.Security`.
        folder: Where a worker may write; readable by its owner only.
        parent: Process ID of the one that asks; this process ends with it.
        scheduler: Address of the scheduler to work for; `""` to be the scheduler.
        name: What a worker is called.
        memory_limit: Bytes that a worker may use.
    """

    security: dict[str, str] = field(repr=False)
    folder: str
    parent: int
    scheduler: str = ""
    name: str = ""
    memory_limit: int = 0

    def to_json(self) -> str:
        return json.dumps(asdict(self))


class WithoutHttp:
    """Opens no port for HTTP: statistics and logs of the work of others would be open to everybody."""

    def start_http_server(self, *args: Any, **kwargs: Any) -> None:
        """Do not."""


class SilentScheduler(WithoutHttp, Scheduler):
    """A scheduler without HTTP."""


class SilentWorker(WithoutHttp, Worker):
    """A worker without HTTP."""


def scheduler(security: Security, host: str, port: int = 0) -> Scheduler:
    """Return a scheduler to await. A task that kills its worker is reported, not tried on the next one."""
    return SilentScheduler(
        host=host, port=port, protocol="tls://", security=security, dashboard=False, allowed_failures=0
    )


def nanny(security: Security, address: str, *, says: int = logging.ERROR, **options: Any) -> Nanny:
    """Return a nanny to await, which keeps one worker running that does one task at a time.

    Args:
        security: Of the cluster.
        address: Of its scheduler.
        says: The least level of messages that worker and nanny print.
        **options: More of `distributed.Nanny`.
    """
    return Nanny(
        address,
        security=security,
        worker_class=SilentWorker,
        nthreads=1,
        dashboard=False,
        silence_logs=says,
        **options,
    )


def serve(*servers: Any, folder: str, ready: Any = None) -> None:
    """Run until all have ended; tell `ready` when they have started.

    Args:
        *servers: Functions that return a scheduler or nanny.
        folder: Where they may write; readable by its owner only.
        ready: Called with them.
    """
    config.set({**CONFIG, "temporary-directory": folder})
    # Of workers: what TensorFlow writes would stay, as they end by being killed.
    os.environ["TMPDIR"] = folder
    logging.getLogger("distributed").setLevel(logging.WARNING)
    asyncio_run(_serve(servers, ready), loop_factory=get_loop_factory())


async def _serve(begin: tuple[Any, ...], ready: Any) -> None:
    servers = [one() for one in begin]
    await asyncio.gather(*(_started(one) for one in servers))
    if ready is not None:
        ready(servers)
    await asyncio.gather(*(one.finished() for one in servers))


async def _started(server: Awaitable[Any]) -> None:
    await server


def main() -> None:
    """Be what the line on standard input asks for."""
    # Ctrl+C in a terminal is for the parent, with which this process ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    line = sys.stdin.readline()
    if not line:
        return  # whoever started this process has ended already
    request = Request(**json.loads(line))
    end_with_parent(request.parent, before=lambda: _leave_nothing(request.folder))
    security = Security(require_encryption=True, **request.security)
    if request.scheduler:
        serve(
            lambda: nanny(
                security,
                request.scheduler,
                says=logging.CRITICAL,  # at the end of the app: that the scheduler and parts of the folder are gone
                host="127.0.0.1",
                name=request.name,
                memory_limit=request.memory_limit,
            ),
            folder=request.folder,
        )
    else:
        serve(
            lambda: scheduler(security, "127.0.0.1"),
            folder=request.folder,
            ready=lambda servers: _tell(servers[0].address),
        )


def _tell(address: str) -> None:
    print(address, flush=True)
    logging.getLogger("distributed").setLevel(
        logging.CRITICAL + 1
    )  # it says that its parent is gone, and then ends
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # nobody reads more of the pipe than this line


def _leave_nothing(folder: str) -> None:
    for worker in multiprocessing.active_children():
        worker.kill()
        worker.join()
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    try:
        main()
    except (OSError, RuntimeError) as fault:  # mostly, the app ended while this process began
        sys.exit(f"A background process could not begin or go on: {fault}")
