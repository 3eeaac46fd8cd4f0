"""cluster: be the scheduler of a computing cluster of your own, or workers of it."""

import argparse
import signal
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from data.errors import PenumbraError

if TYPE_CHECKING:
    from distributed import Nanny, Scheduler

PORT = 8786


def add(commands: argparse._SubParsersAction) -> None:
    """Add the command and its options."""
    cluster = commands.add_parser(
        "cluster", help="run the scheduler or workers of a computing cluster of your own (docs/security.md)"
    )
    cluster.add_argument(
        "--certificates", type=Path, required=True, help="folder of this machine's certificate"
    )
    cluster.add_argument(
        "--host",
        help="address to listen on (default: all of this machine's; for workers the one that reaches the scheduler)",
    )
    cluster.add_argument("--port", type=int, default=PORT, help="of the scheduler")
    cluster.add_argument("--workers", type=int, default=1, help="how many workers, one task at a time each")
    cluster.add_argument(
        "--join",
        metavar="ADDRESS",
        help="be workers of the scheduler at tls://host:port (default: be the scheduler)",
    )
    cluster.set_defaults(run=run, out=None)


def run(options: argparse.Namespace) -> int:
    """Serve until interrupted."""
    from synth.core import machine
    from synth.runs.workers import _server
    from synth.runs.workers.certificates import security_from
    from synth.runs.workers.cluster import MEMORY_SHARE

    if options.join and not options.join.startswith("tls://"):
        raise PenumbraError(
            f"--join must be the address of the scheduler, tls://host:port, not {options.join}."
        )
    if options.workers < 1:
        raise PenumbraError(f"--workers must be at least 1, not {options.workers}.")
    security = security_from(options.certificates, "worker" if options.join else "scheduler")
    memory_limit = int(machine.memory_bytes() * MEMORY_SHARE) // options.workers

    def scheduler() -> "Scheduler":
        return _server.scheduler(security, options.host or "0.0.0.0", options.port)

    def worker() -> "Nanny":
        return _server.nanny(security, options.join, host=options.host, memory_limit=memory_limit)

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends it as Ctrl+C does
    with tempfile.TemporaryDirectory(prefix="penumbra-workers-") as folder:
        if options.join:
            _server.serve(*[worker] * options.workers, folder=folder)
        else:
            _server.serve(scheduler, folder=folder, ready=_say)
    return 0


def _say(servers: "list[Scheduler]") -> None:
    print(f"The scheduler listens at {servers[0].address}", flush=True)
