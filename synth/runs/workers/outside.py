"""A cluster of other machines, which `PENUMBRA_SCHEDULER` names: encrypted, with the same code, or not at all."""

import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synth.core import env_vars
from synth.core.errors import JobError
from synth.runs.workers.certificates import security_from

if TYPE_CHECKING:
    from distributed import Client

PROJECT = Path(__file__).resolve().parents[3]
TIMEOUT = "10s"


def connect(address: str) -> "Client":
    """Connect to a scheduler, with the certificate in the folder that `PENUMBRA_CERTIFICATES` names.

    Raises:
        JobError: If the cluster is not encrypted, cannot be reached, does not let us in, or runs another version.
    """
    from distributed import Client

    folder = env_vars.certificates()
    if not address.startswith("tls://"):
        raise JobError(
            f"PENUMBRA_SCHEDULER is {address}, where anybody in the network could read the recordings. Start the "
            "cluster with certificates, and write tls:// and its host and port (docs/security.md)."
        )
    if folder is None:
        raise JobError(
            "PENUMBRA_SCHEDULER names a computing cluster, but PENUMBRA_CERTIFICATES does not name the folder of the "
            "certificate that lets Penumbra in. Set both, or neither to compute on this machine (docs/security.md)."
        )
    try:
        client = Client(
            address, timeout=TIMEOUT, security=security_from(folder, "client"), set_as_default=False
        )
    except (OSError, ValueError) as error:
        raise _unusable(address, error) from error
    try:
        client.get_versions(check=True)
        _check_code(client)
    except (OSError, ValueError) as error:
        client.close()
        raise _unusable(address, error) from error
    return client


def _unusable(address: str, error: Exception) -> JobError:
    return JobError(
        f"The computing cluster at {address} (PENUMBRA_SCHEDULER) cannot be used: {error}. Start it, make its "
        "versions match, or unset PENUMBRA_SCHEDULER to compute on this machine."
    )


def _check_code(client: "Client") -> None:
    """Compare the code of all workers with that of this process.

    Raises:
        ValueError: If it differs, or a worker has none.
    """
    found: Any = client.run(code_version, on_error="return")  # of a client that waits
    others = sorted(address for address, version in found.items() if version != code_version())
    if others:
        raise ValueError(f"other code of Penumbra is installed for the workers at {', '.join(others)}")


@cache
def code_version() -> str:
    """Return a fingerprint of the source code that tasks run, the same wherever that is installed."""
    digest = hashlib.sha256()
    for path in sorted(path for room in ("data", "synth") for path in (PROJECT / room).rglob("*.py")):
        digest.update(f"{path.relative_to(PROJECT).as_posix()}\\0{path.read_text('utf-8')}\\0".encode())
    return digest.hexdigest()
