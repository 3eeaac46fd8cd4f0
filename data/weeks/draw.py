"""Which stretches of a long recording are taken for learning: a fixed rule, without chance."""

from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True)
class Draw:
    """How stretches are drawn.

    Worn time without gaps is divided into stretches of `stretch_s`, and so many of them are taken, evenly spread over
    all of them, that they last `hours` together.

    Attributes:
        stretch_s: Length of a stretch in seconds: long enough for many windows, and short, so that all hours of all
            days are represented.
        hours: The most that is taken of one recording.
    """

    stretch_s: float = 120.0
    hours: float = 2.0

    @property
    def n_stretches(self) -> int:
        """The largest number of stretches, at least one."""
        return max(1, int(self.hours * 3600 / self.stretch_s))

    def at_most(self, hours: float) -> "Draw":
        """Return the rule for a recording of which no more than some hours may be taken."""
        return replace(self, hours=min(self.hours, hours))


def overlaps(
    begins: np.ndarray, ends: np.ndarray, worn_begins: np.ndarray, worn_ends: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the times that are in both of two sets of times.

    Args:
        begins: `(k,)` seconds at which samples begin.
        ends: `(k,)` seconds at which they end.
        worn_begins: `(w,)` seconds at which wearing begins.
        worn_ends: `(w,)` seconds at which it ends.

    Returns:
        Begins and ends of `(m,)` times, in the order of the worn times.
    """
    found = [(np.empty(0), np.empty(0))]
    for worn_begin, worn_end in zip(worn_begins, worn_ends, strict=True):
        both = (begins < worn_end) & (ends > worn_begin)
        found.append((np.maximum(begins[both], worn_begin), np.minimum(ends[both], worn_end)))
    return np.concatenate([begin for begin, _ in found]), np.concatenate([end for _, end in found])


def drawn_stretches(begins: np.ndarray, ends: np.ndarray, draw: Draw) -> np.ndarray:
    """Return the `(n,)` seconds at which the drawn stretches begin, ascending; no two overlap.

    Args:
        begins: `(m,)` seconds at which usable times begin.
        ends: `(m,)` seconds at which they end. What is left of a time after its last whole stretch is not used.
        draw: The rule.
    """
    counts = np.maximum(np.floor((ends - begins) / draw.stretch_s), 0).astype(np.int64)
    within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    starts = np.sort(np.repeat(begins, counts) + within * draw.stretch_s)
    # Times only overlap where the clock of a device was set back.
    starts = starts[np.diff(starts, prepend=-np.inf) >= draw.stretch_s * (1 - 1e-9)]
    n = min(len(starts), draw.n_stretches)
    return starts[((np.arange(n) + 0.5) * len(starts) / max(n, 1)).astype(np.int64)]
