"""Marks by which recordings are known again, however they were cut."""

import hashlib

import numpy as np

from data.windows import Windows

N_NUMBERS = 24  # a run holds at least so many numbers
MIN_RUN = 8  # samples
STEPS = 1_000  # that the largest magnitude of a channel in a run is counted in
N_MARKS = 64  # a person
AT_ONCE = 200  # windows: memory


def marks_of_people(windows: Windows) -> dict[str, frozenset[str]]:
    """Return a few marks of each person's recordings; recordings that share a part nearly always share marks.

    A mark is a digest of a run of raw samples, wherever in a window it lies: at least 24 numbers over all channels, so
    that nobody finds the samples of a mark without having them. Of all runs of a person the 64 are kept whose hash is
    smallest (a bottom-k sketch). Which these are depends on the samples alone, not on where windows begin: another
    cut, a trimmed recording or one with an activity left out keeps most of them. Of two recordings whose common
    part is a tenth of both together, one in a thousand pairs shares no mark.

    A channel is measured against its largest magnitude in the run, in thousandths, so that most marks survive
    conversion to another unit and the rounding of text files. Another rate, filtering, or noise makes other marks, and
    so does another choice or order of channels. Runs in which a channel's values mostly repeat, as at rest on a
    coarse scale, are left out: they look the same for everybody.

    Args:
        windows: Any windows. Windows shorter than a run are marked as a whole.

    Returns:
        For each person, at most 64 hexadecimal marks; none where nothing moves.

    References:
        Broder, On the resemblance and containment of documents, 1997.
    """
    return {person: _marks(windows.values[windows.subject == person]) for person in windows.subjects}


def _marks(values: np.ndarray) -> frozenset[str]:
    """Return the marks of `(n, timesteps, channels)`."""
    found: dict[int, bytes] = {}
    for i in range(0, len(values), AT_ONCE):
        runs, hashes = _moving_runs(values[i : i + AT_ONCE])
        smallest = np.argsort(hashes, kind="stable")[: N_MARKS * 4]  # overlapping windows repeat runs
        found |= {int(hashes[j]): runs[j].tobytes() for j in smallest}
        found = dict(sorted(found.items())[:N_MARKS])
    return frozenset(hashlib.sha256(run).hexdigest()[:12] for run in found.values())


def _moving_runs(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return all runs in which something moves, `(m, channels, length)` int32, and a hash of each, `(m,)` uint64."""
    n_timesteps, n_channels = values.shape[1:]
    length = min(max(MIN_RUN, -(-N_NUMBERS // n_channels)), n_timesteps)
    runs = np.lib.stride_tricks.sliding_window_view(values.astype(np.float64), length, axis=1)
    runs = runs.reshape(-1, n_channels, length)
    largest = np.abs(runs).max(axis=2, keepdims=True)
    steps = np.round(runs * (STEPS / np.where(largest > 0, largest, 1.0))).astype(np.int32)
    n_values = 1 + (np.diff(np.sort(steps, axis=2), axis=2) > 0).sum(axis=2)
    steps = steps[n_values.mean(axis=1) > length / 2]
    factors = np.random.default_rng(0).integers(1, 2**63, steps.shape[1:], dtype=np.uint64) | np.uint64(1)
    hashes = np.einsum("ncl,ncl->n", steps.astype(np.int64).view(np.uint64), factors[None])
    return steps, _mixed(hashes)


def _mixed(hashes: np.ndarray) -> np.ndarray:
    """Return sums as hashes of which the smallest are drawn as if by lot (the finaliser of SplitMix64)."""
    hashes = (hashes ^ (hashes >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    hashes = (hashes ^ (hashes >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return hashes ^ (hashes >> np.uint64(31))
