"""Worker processes for long work: an embedded Dask cluster, or an outside one.

task workers   fit and measure, one task at a time each
warm worker    keeps fitted models on their device as an actor, answers in milliseconds
"""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from synth import environment
from synth.errors import JobError

if TYPE_CHECKING:
    from distributed import Client

PROJECT = Path(__file__).resolve().parent.parent
MAX_TASK_WORKERS = 4
# Workers that wait should cost nothing: by default they sample themselves a hundred times a second.
QUIET = {
    "DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED": "False",
    "DASK_DISTRIBUTED__ADMIN__TICK__INTERVAL": "500ms",
    "DASK_DISTRIBUTED__ADMIN__SYSTEM_MONITOR__INTERVAL": "5s",
}


def connect() -> "Client":
    """Start the embedded cluster, or connect to the one that `PENUMBRA_SCHEDULER` names.

    The embedded one listens on 127.0.0.1 only. An outside one must have this code on its workers' path;
    versions are checked.

    Raises:
        JobError: If the outside scheduler cannot be reached or runs other versions.
    """
    import dask
    from distributed import Client

    dask.config.set({"distributed.admin.large-graph-warning-threshold": "1GB"})
    address = environment.scheduler()
    if address is None:
        return Client(_embedded(), set_as_default=False)
    try:
        client = Client(address, set_as_default=False, timeout="10s")
        client.get_versions(check=True)
    except (OSError, ValueError) as error:
        raise JobError(
            f"The computing cluster at {address} (PENUMBRA_SCHEDULER) cannot be used: {error}. "
            "Start it, make its versions match, or unset PENUMBRA_SCHEDULER to compute on this machine."
        ) from error
    return client


def task_workers(client: "Client") -> list[str]:
    """Return the addresses that take fits and audits: all but the warm worker, GPUs first where there are any."""
    addresses = _addresses(client)
    if environment.scheduler() is None:
        return addresses[:-1] or addresses
    from synth.backend import device

    devices = client.run(device)
    with_gpu = [address for address in addresses if devices[address].startswith("GPU")]
    return with_gpu or addresses[:-1] or addresses


def warm_worker(client: "Client") -> str:
    """Return the address of the worker that keeps models warm."""
    return _addresses(client)[-1]


def _addresses(client: "Client") -> list[str]:
    workers = client.scheduler_info(n_workers=-1)["workers"]
    return sorted(workers, key=lambda address: str(workers[address]["name"]))


def _embedded():
    """Start one process a core (at most four) for tasks and one for warm models.

    They take their settings from the environment of this process. They find `data` and `synth` through
    PYTHONPATH, because Streamlit may have been started anywhere.
    """
    from distributed import LocalCluster, SubprocessCluster

    paths = [str(PROJECT), *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    os.environ.update(QUIET, PYTHONPATH=os.pathsep.join(dict.fromkeys(paths)))
    n_workers = min(os.cpu_count() or 1, MAX_TASK_WORKERS) + 1
    if sys.platform == "win32":
        return LocalCluster(
            n_workers=n_workers,
            threads_per_worker=1,
            host="127.0.0.1",
            dashboard_address=None,
            scheduler_kwargs={"allowed_failures": 0},
        )
    return SubprocessCluster(
        n_workers=n_workers,
        threads_per_worker=1,
        dashboard_address=None,
        # A task that kills its worker is reported, not tried on the next one.
        scheduler_kwargs={"allowed_failures": 0},
        worker_kwargs={"memory_limit": 0.6, "dashboard": False},
    )
