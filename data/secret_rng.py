"""Random numbers that can be reproduced only with knowledge of a secret content."""

import hashlib

import numpy as np


def hidden_generator(purpose: str, content: bytes, *seeds: int) -> np.random.Generator:
    """Return a generator determined by content and seeds, and unpredictable without the content.

    Seeds are on every card and often 0: anyone with a release could reproduce numbers that depend on them alone.

    Args:
        purpose: Separates the numbers drawn for different purposes.
        content: Content that an attacker does not have.
        *seeds: Further seeds.
    """
    digest = hashlib.sha256(f"penumbra {purpose}".encode() + content).digest()
    return np.random.default_rng([*seeds, *np.frombuffer(digest, dtype=np.uint32).tolist()])
