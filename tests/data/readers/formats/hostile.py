"""What every format has to bear: files cut short and with bytes changed give a sentence or a table, soon."""

import re
import time

import numpy as np

from data.errors import RecordingError
from data.ingest.table import Table
from data.readers import read_table

SECONDS_AT_MOST = 20  # of processor time


def mutations(content: bytes, n: int = 60, seed: int = 0) -> list[bytes]:
    """Return copies: a third cut short, a third with bits changed anywhere, a third in the first 600 bytes."""
    rng = np.random.default_rng(seed)
    copies = []
    for i in range(n):
        changed = bytearray(content)
        if i % 3 == 0:
            del changed[int(rng.integers(1, len(content))) :]
        else:
            end = len(changed) if i % 3 == 1 else min(600, len(changed))
            for position in rng.integers(0, end, int(rng.integers(1, 9))):
                changed[position] = rng.integers(256)
        copies.append(bytes(changed))
    return copies


def survives(content: bytes, name: str, n: int = 60) -> int:
    """Read mutated copies; return how many were refused."""
    n_refused = 0
    for copy in mutations(content, n):
        begin = time.process_time()
        try:
            assert isinstance(read_table(copy, name=name), Table)
        except RecordingError as error:
            n_refused += 1
            # Of a damaged archive, messages name the member.
            is_sentence(str(error), "" if copy.startswith(b"PK") else name)
        assert time.process_time() - begin < SECONDS_AT_MOST
    return n_refused


def is_sentence(message: str, name: str) -> None:
    """Check that a message names the file, and says what is wrong and what to do."""
    assert name in message
    assert message.endswith(".")
    assert "\n" not in message
    assert len(message) < 500
    assert not re.search(r"Traceback|0x[0-9a-f]{6,}", message)
