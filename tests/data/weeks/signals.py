"""A wrist that moves and a device that lies on a table, in g."""

from collections.abc import Iterator, Sequence

import numpy as np

from data.weeks.stream import Chunk

RATE_HZ = 5


def hours(*worn: tuple[float, bool], seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return times and `(n, 3)` acceleration of consecutive parts: hours, and whether the device is worn."""
    rng = np.random.default_rng(seed)
    parts = [
        rng.normal((0, 0, 1), 0.2 if is_worn else 0.002, (round(length * 3600 * RATE_HZ), 3))
        for length, is_worn in worn
    ]
    values = np.concatenate(parts).astype(np.float32)
    return np.arange(len(values)) / RATE_HZ, values


def chunks(t: np.ndarray, values: np.ndarray, cuts: Sequence[int] = ()) -> Iterator[Chunk]:
    """Yield samples in chunks that end at `cuts`."""
    for times, some in zip(np.split(t, cuts), np.split(values, cuts), strict=True):
        yield Chunk(times, some, {"damaged": 1})
