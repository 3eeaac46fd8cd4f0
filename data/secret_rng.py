"""Random numbers that only those can draw again who hold what they follow from."""

import hashlib

import numpy as np


def hidden_generator(purpose: str, content: bytes, *seeds: int) -> np.random.Generator:
    """Return a generator that is the same for the same content and seeds, and unknown without the content.

    A seed is on every card and often 0: whoever holds a release could draw again what follows from it alone.

    Args:
        purpose: Keeps what is drawn for different purposes apart.
        content: What an attacker does not have.
        *seeds: Vary what is drawn.
    """
    digest = hashlib.sha256(f"penumbra {purpose}".encode() + content).digest()
    return np.random.default_rng([*seeds, *np.frombuffer(digest, dtype=np.uint32).tolist()])
