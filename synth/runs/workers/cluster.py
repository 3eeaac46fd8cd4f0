"""Worker processes for long work: an embedded Dask cluster, or an external one.

task workers   fit and measure, one task at a time each
warm worker    keeps fitted models on their device as an actor, answers in milliseconds
"""

import logging
import os
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from synth.core import env_vars, machine
from synth.core.errors import JobError
from synth.runs.workers import outside

if TYPE_CHECKING:
    from distributed import Client

    from synth.runs.workers._embedded import Embedded

MAX_TASK_WORKERS = 4
MEMORY_SHARE = 0.8  # of the machine's, for all workers together; the rest is for the app and the system
LEAST_MEMORY = 3 * 2**30  # bytes for a worker: TensorFlow, and the windows several times over
START_S = 120
WARM = "penumbra-warm-worker"


class Connection:
    """The client of this process, connected when it is first needed. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self.current: Any = None
        self._embedded: Embedded | None = None

    def client(self) -> "Client":
        """Return the connected client; start or reconnect it where needed, with another cluster if that was lost.

        Raises:
            JobError: As `connect`.
        """
        with self._lock:
            if not self.is_running:
                self.close()
                self.current, self._embedded = connect()
            return self.current

    @property
    def is_running(self) -> bool:
        """Whether the client is connected to a scheduler that is there."""
        client, embedded = self.current, self._embedded
        is_there = embedded is None or embedded.is_alive
        return client is not None and client.status == "running" and is_there

    def is_lost(self, *, within_s: float) -> bool:
        """Return whether the connection ends within a time, in seconds; wait for that no longer than needed."""
        end = time.monotonic() + within_s
        while self.is_running and time.monotonic() < end:
            time.sleep(0.05)
        return not self.is_running

    def close(self) -> None:
        """Stop the embedded cluster or leave the outside one."""
        with self._lock:
            client, embedded = self.current, self._embedded
            self.current = self._embedded = None
            if client is not None:
                _leave(client)
            if embedded is not None:
                embedded.close()


def _leave(client: "Client") -> None:
    from distributed.utils import silence_logging_cmgr

    with silence_logging_cmgr(
        logging.CRITICAL, root="distributed.client"
    ):  # it may be looking for a lost scheduler
        client.close()


def stop_flag(name: str, client: Any) -> Any:
    """Return the flag that asks a piece of work on the cluster to stop."""
    from distributed import Event

    return Event(f"penumbra-stop-{name}", client=client)


def polled(flag: Any, every_s: float) -> Callable[[], bool]:
    """Return a function that says whether a flag is set; it asks the scheduler only now and then."""
    last_look, stop = 0.0, False

    def should_stop() -> bool:
        nonlocal last_look, stop
        if not stop and time.monotonic() - last_look > every_s:
            last_look = time.monotonic()
            stop = flag.is_set()
        return stop

    return should_stop


def connect() -> "tuple[Client, Embedded | None]":
    """Start the embedded cluster, or connect to the one that `PENUMBRA_SCHEDULER` names.

    Raises:
        JobError: If the embedded one does not start, or the outside one cannot be reached, is not encrypted, or runs
            other versions.
    """
    from dask import config

    from synth.runs.workers._server import NO_LOGS

    config.set({**NO_LOGS, "distributed.admin.large-graph-warning-threshold": "1GB"})
    address = env_vars.scheduler()
    return _start() if address is None else (outside.connect(address), None)


def _start() -> "tuple[Client, Embedded]":
    from distributed import Client

    from synth.runs.workers._embedded import Embedded

    try:
        embedded = Embedded(own_task_workers() + 1, int(machine.memory_bytes() * MEMORY_SHARE))
    except OSError as error:
        raise JobError(
            f"The background processes could not be started: {error}. Close other programs, free some space on the "
            "disk, and try again."
        ) from error
    client = None
    try:
        client = Client(embedded.address, security=embedded.security, set_as_default=False)
        client.wait_for_workers(embedded.n_workers, timeout=START_S)
    except (OSError, TimeoutError) as error:
        if client is not None:
            client.close()
        embedded.close()
        raise JobError(f"The background workers did not start within {START_S} s. Try again.") from error
    return client, embedded


def task_workers(client: "Client") -> list[str]:
    """Return the addresses that take fits and audits: all but the warm worker, those with a GPU if there are any."""
    addresses, warm = _addresses(client), warm_worker(client)
    others = [address for address in addresses if address != warm] or addresses
    if env_vars.scheduler() is None:
        return others
    from synth.keras_support.tensorflow_backend import device

    devices: Any = client.run(device, workers=addresses)  # of a client that waits
    return [address for address in addresses if devices[address].startswith("GPU")] or others


def warm_worker(client: "Client") -> str:
    """Return the address of the worker that keeps models warm: the same one for as long as it lives."""
    addresses = _addresses(client)
    chosen = client.get_metadata(WARM, default=None)
    if chosen not in addresses:
        chosen = addresses[-1]
        client.set_metadata(WARM, chosen)
    return chosen


def _addresses(client: "Client") -> list[str]:
    try:
        client.wait_for_workers(1, timeout=START_S)  # all may have died at once; then they are started anew
    except TimeoutError as error:
        raise JobError("No background worker is running. Close other programs and try again.") from error
    known: Any = (
        client.nthreads()
    )  # of a client that waits; `scheduler_info` may be emptied by its own refresh
    return sorted(known)


def own_task_workers() -> int:
    """Return how many tasks run in parallel: one per core, at most four, and no more than there is memory for."""
    n_fit = int(machine.memory_bytes() * MEMORY_SHARE) // LEAST_MEMORY - 1  # one is for warm models
    return max(1, min(os.cpu_count() or 1, MAX_TASK_WORKERS, n_fit))
