"""What one pass over a long recording finds out: how it moved, block by block, and where samples are missing."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from data.errors import RecordingError

BLOCK_S = 900.0  # the step with which wear is judged
GAP_S = 1.0  # samples further apart are a gap; a recording is cut there
MAX_GAPS = 1_000_000  # no week has as many; damaged times could have one at every sample


@dataclass(frozen=True, eq=False)
class Chunk:
    """Consecutive samples of a device, minutes to hours of them.

    Attributes:
        t: `(n,)` float64 seconds, on the clock of the device.
        values: `(n, channels)` float32.
        counts: How often something was noticed while this part of the file was read, for example damaged places.
    """

    t: np.ndarray
    values: np.ndarray
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Blocks:
    """Statistics of acceleration in blocks of `BLOCK_S` seconds, only of those that have samples.

    Attributes:
        number: `(b,)` int, ascending: a block begins `number * BLOCK_S` seconds after the first sample.
        n: `(b,)` number of samples.
        total: `(b, axes)` float64, their sum in g.
        squares: `(b, axes)` float64, the sum of their squares.
        low: `(b, axes)` their minimum.
        high: `(b, axes)` their maximum.
    """

    number: np.ndarray
    n: np.ndarray
    total: np.ndarray
    squares: np.ndarray
    low: np.ndarray
    high: np.ndarray


@dataclass(frozen=True, eq=False)
class Survey:
    """What a pass over a recording found.

    Attributes:
        n_samples: Number of samples.
        begins: `(k,)` seconds at which each uninterrupted stretch of samples begins.
        ends: `(k,)` seconds of the last sample of each.
        blocks: Statistics of acceleration.
        counts: What was noticed, summed over all chunks.
        whole: All chunks if the recording is short enough to be used as it is, otherwise `None`.
    """

    n_samples: int
    begins: np.ndarray
    ends: np.ndarray
    blocks: Blocks
    counts: Mapping[str, int]
    whole: tuple[Chunk, ...] | None


def survey(chunks: Iterable[Chunk], axes: Sequence[int], max_values: int) -> Survey:
    """Read all chunks once, and keep them only as long as they are few.

    Args:
        chunks: The chunks of a recording.
        axes: The columns with acceleration in g.
        max_values: Samples x channels that a recording may have to be kept as a whole.

    Raises:
        RecordingError: If times jump so often that they cannot be right.
    """
    n_samples, n_gaps, counts, statistics = 0, 0, Counter(), []
    whole: list[Chunk] | None = []
    begins, ends = [np.empty(0)], [np.empty(0)]
    first = last = np.nan
    for chunk in chunks:
        counts.update(chunk.counts)
        if len(chunk.t) == 0:
            continue
        first = chunk.t[0] if n_samples == 0 else first
        n_samples += len(chunk.t)
        if whole is not None:
            whole = [*whole, chunk] if n_samples * chunk.values.shape[1] <= max_values else None
        statistics.append(_statistics(chunk, first, axes))
        before = np.concatenate([[last], chunk.t[:-1]])
        apart = ~(np.abs(chunk.t - before) <= GAP_S)  # the first sample follows nothing
        begins.append(chunk.t[apart])
        ends.append(before[apart])
        last = chunk.t[-1]
        n_gaps += int(apart.sum())
        if n_gaps > MAX_GAPS:
            raise RecordingError(
                f"The times of the samples jump more than {MAX_GAPS:,} times. Download the recording again."
            )
    return Survey(
        n_samples,
        np.concatenate(begins),
        np.append(np.concatenate(ends)[1:], last) if n_samples else np.empty(0),
        _merged(statistics, len(axes)),
        counts,
        None if whole is None else tuple(whole),
    )


def _statistics(chunk: Chunk, first: float, axes: Sequence[int]) -> Blocks:
    """Return the statistics of the parts of blocks that lie in a chunk, in the order of its samples."""
    number = np.floor((chunk.t - first) / BLOCK_S).astype(np.int64)
    starts = np.flatnonzero(np.diff(number, prepend=number[0] - 1))
    values = chunk.values[:, list(axes)].astype(np.float64)
    return Blocks(
        number[starts],
        np.diff(np.append(starts, len(number))),
        np.add.reduceat(values, starts),
        np.add.reduceat(values**2, starts),
        np.minimum.reduceat(values, starts),
        np.maximum.reduceat(values, starts),
    )


def _merged(parts: Sequence[Blocks], n_axes: int) -> Blocks:
    """Put together the parts of each block."""
    if not parts:
        none = np.empty((0, n_axes))
        return Blocks(np.empty(0, np.int64), np.empty(0, np.int64), none, none, none, none)
    order = np.argsort(np.concatenate([part.number for part in parts]), kind="stable")

    def joined(name: str, operation: np.ufunc) -> np.ndarray:
        values = np.concatenate([getattr(part, name) for part in parts])[order]
        return operation.reduceat(values, starts)

    number = np.concatenate([part.number for part in parts])[order]
    starts = np.flatnonzero(np.diff(number, prepend=number[0] - 1))
    return Blocks(
        number[starts],
        joined("n", np.add),
        joined("total", np.add),
        joined("squares", np.add),
        joined("low", np.minimum),
        joined("high", np.maximum),
    )


def rows_within(chunks: Iterable[Chunk], begins: np.ndarray, length_s: float) -> Iterator[Chunk]:
    """Yield only the samples of some stretches.

    Args:
        chunks: The chunks of a recording.
        begins: `(k,)` seconds at which the stretches begin, ascending.
        length_s: Their length in seconds; the end is not included.
    """
    for chunk in chunks:
        within = are_within(chunk.t, begins, length_s)
        if within.any():
            yield Chunk(chunk.t[within], chunk.values[within])


def are_within(t: np.ndarray, begins: np.ndarray, length_s: float) -> np.ndarray:
    """Return `(n,)` bool: whether each time `t` is in a stretch; see `rows_within`."""
    number = np.searchsorted(begins, t, side="right") - 1
    return (number >= 0) & (t < begins[number] + length_s)
