"""Random numbers that nobody elsewhere can draw again: everybody knows a seed, nobody this installation's secret."""

import hashlib
import os
from pathlib import Path

import numpy as np

from data.atomic_write import write_whole
from synth.core import env_vars
from synth.core.errors import TrainingError

N_BYTES = 32


def keyed_generator(*parts: str) -> np.random.Generator:
    """Return a generator that is the same for the same `parts` on this installation, and unknown elsewhere.

    What protects people by being unknown must not follow from a seed, which stands on every card and is often 0, nor
    from the recordings, which an attacker may have. Whatever must not share its noise (other recordings, other
    settings) must differ in a part.

    Raises:
        TrainingError: If the secret can neither be read nor kept.
    """
    digest = hashlib.sha256(_secret(env_vars.home() / "secret"))
    for part in parts:
        digest.update(hashlib.sha256(part.encode()).digest())
    return np.random.Generator(np.random.Philox(key=int.from_bytes(digest.digest()[:16], "little")))


def _secret(path: Path) -> bytes:
    """Return the secret; the first who asks draws it."""
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_whole(path, os.urandom(N_BYTES), keep_existing=True)
        return path.read_bytes()
    except OSError as error:
        raise TrainingError(
            f"Differential privacy needs a secret of this computer, and {path} cannot be written ({error}). Let "
            "PENUMBRA_HOME be a folder that can be written, or set epsilon to 0."
        ) from error
