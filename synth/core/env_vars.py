"""All environment variables that Penumbra reads."""

import os
from pathlib import Path


def home() -> Path:
    """Return the folder of all files kept between runs: `PENUMBRA_HOME`, by default `~/.penumbra`."""
    return Path(os.environ.get("PENUMBRA_HOME") or Path.home() / ".penumbra")


def scheduler() -> str | None:
    """Return the address of an external Dask scheduler (`PENUMBRA_SCHEDULER`), or `None` for the embedded one."""
    return os.environ.get("PENUMBRA_SCHEDULER") or None


def certificates() -> Path | None:
    """Return the folder of this machine's certificate for an external Dask scheduler (`PENUMBRA_CERTIFICATES`)."""
    folder = os.environ.get("PENUMBRA_CERTIFICATES")
    return Path(folder) if folder else None
