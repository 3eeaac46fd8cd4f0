"""Every environment variable that Penumbra reads."""

import os
from pathlib import Path


def home() -> Path:
    """Folder of everything that is kept between runs: `PENUMBRA_HOME`, by default `~/.penumbra`."""
    return Path(os.environ.get("PENUMBRA_HOME") or Path.home() / ".penumbra")


def scheduler() -> str | None:
    """Address of an outside Dask scheduler (`PENUMBRA_SCHEDULER`), or `None` for the embedded one."""
    return os.environ.get("PENUMBRA_SCHEDULER") or None
