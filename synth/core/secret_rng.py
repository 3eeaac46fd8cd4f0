"""Random numbers that nobody else can reproduce: seeds are public, but the secret of this installation is not."""

import hashlib
import os
from pathlib import Path

import numpy as np

from data.atomic_write import write_whole
from synth.core import env_vars
from synth.core.errors import TrainingError

N_BYTES = 32


def keyed_generator(*parts: str) -> np.random.Generator:
    """Return a generator that is reproducible on this installation, and unpredictable elsewhere.

    Noise that protects people must not follow from a seed, which is on every card and often 0, nor from the recordings,
    which an attacker may have. Anything that must not share its noise (other recordings, other settings) has to differ
    in one of the `parts`.

    Args:
        parts: What the random numbers are for. The same parts give the same numbers.

    Raises:
        TrainingError: If the secret can neither be read nor written.
    """
    digest = hashlib.sha256(read_secret(env_vars.home(), "Differential privacy", ", or set epsilon to 0"))
    for part in parts:
        digest.update(hashlib.sha256(part.encode()).digest())
    return np.random.Generator(np.random.Philox(key=int.from_bytes(digest.digest()[:16], "little")))


def read_secret(folder: Path, what: str, otherwise: str = "") -> bytes:
    """Return the secret kept in a folder; it is drawn when it is first needed.

    Args:
        folder: Of one person; made for them only.
        what: What needs it, for the message.
        otherwise: What could be done instead, for the message.

    Raises:
        TrainingError: If it can neither be read nor written.
    """
    path = folder / "secret"
    try:
        if not path.exists():
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_whole(path, os.urandom(N_BYTES), keep_existing=True)
        return path.read_bytes()
    except OSError as error:
        raise TrainingError(
            f"{what} needs a secret on this computer, and {path} cannot be written ({error}). Set PENUMBRA_HOME to a "
            f"writable folder{otherwise}."
        ) from error
