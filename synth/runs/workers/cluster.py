"""Worker processes for long work: an embedded Dask cluster, or an external one.

task workers   fit and measure, one task at a time each
warm worker    keeps fitted models on their device as an actor, answers in milliseconds
"""

import os
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from data.child_process import path_with_project
from synth.core import env_vars
from synth.core.errors import JobError

if TYPE_CHECKING:
    from distributed import Client

MAX_TASK_WORKERS = 4
START_S = 120
WARM = "penumbra-warm-worker"
# Workers that wait should cost nothing: by default they sample themselves a hundred times a second.
QUIET = {
    "DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED": "False",
    "DASK_DISTRIBUTED__ADMIN__TICK__INTERVAL": "500ms",
    "DASK_DISTRIBUTED__ADMIN__SYSTEM_MONITOR__INTERVAL": "5s",
}


class Connection:
    """The client of this process, connected when it is first needed. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self.current: Any = None

    def client(self) -> "Client":
        """Return the connected client; start or reconnect it where needed.

        Raises:
            JobError: As `connect`.
        """
        with self._lock:
            if not self.is_running:
                self.current = connect()
            return self.current

    @property
    def is_running(self) -> bool:
        """Whether the client is connected."""
        return self.current is not None and self.current.status == "running"

    def close(self) -> None:
        """Stop the embedded cluster or leave the outside one."""
        with self._lock:
            client, self.current = self.current, None
            if client is None:
                return
            own = client.cluster
            client.close()
            if own is not None:
                with suppress(KeyError):  # of a worker that died and was not yet on distributed's own list
                    own.close()


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


def connect() -> "Client":
    """Start the embedded cluster, or connect to the one that `PENUMBRA_SCHEDULER` names.

    The embedded one listens on 127.0.0.1 only. An outside one must have this code on its workers' path;
    versions are checked.

    Raises:
        JobError: If the outside scheduler cannot be reached or runs other versions.
    """
    from dask import config
    from distributed import Client

    config.set({"distributed.admin.large-graph-warning-threshold": "1GB"})
    address = env_vars.scheduler()
    if address is None:
        embedded = _embedded()
        client = Client(embedded)
        try:
            client.wait_for_workers(_n_workers(), timeout=START_S)
        except TimeoutError as error:
            client.close()
            embedded.close()
            raise JobError(f"The background workers did not start within {START_S} s. Try again.") from error
        return client
    try:
        client = Client(address, timeout="10s")
        client.get_versions(check=True)
    except (OSError, ValueError) as error:
        raise JobError(
            f"The computing cluster at {address} (PENUMBRA_SCHEDULER) cannot be used: {error}. "
            "Start it, make its versions match, or unset PENUMBRA_SCHEDULER to compute on this machine."
        ) from error
    return client


def task_workers(client: "Client") -> list[str]:
    """Return the addresses that take fits and audits: all but the warm worker, those with a GPU if there are any."""
    addresses = _addresses(client)
    others = [address for address in addresses if address != warm_worker(client)] or addresses
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
        raise JobError("No background worker is running. Restart the app and try again.") from error
    return sorted(client.scheduler_info(n_workers=-1)["workers"])


def own_task_workers() -> int:
    """Return how many tasks the embedded cluster runs in parallel: one per core, at most four."""
    return min(os.cpu_count() or 1, MAX_TASK_WORKERS)


def _n_workers() -> int:
    """Return one process per task, and one for warm models."""
    return own_task_workers() + 1


def _embedded():
    """Start the worker processes of this machine.

    They take their settings from the environment of this process. They find `data` and `synth` through
    PYTHONPATH, because Streamlit may have been started anywhere.
    """
    from distributed import LocalCluster, SubprocessCluster

    os.environ.update(QUIET, PYTHONPATH=path_with_project())
    if sys.platform == "win32":
        return LocalCluster(
            n_workers=_n_workers(),
            threads_per_worker=1,
            host="127.0.0.1",
            dashboard_address=None,
            scheduler_kwargs={"allowed_failures": 0},
        )
    return SubprocessCluster(
        n_workers=_n_workers(),
        threads_per_worker=1,
        dashboard_address=None,  # pyright: ignore[reportArgumentType]  # `None`: no dashboard, as documented
        # A task that kills its worker is reported, not tried on the next one.
        scheduler_kwargs={"allowed_failures": 0},
        worker_kwargs={"memory_limit": 0.6, "dashboard": False},
    )
