"""Fingerprints that identify a person's recordings however they were cut into windows."""

import hashlib

import numpy as np

from data.windows import Windows

N_NUMBERS = 24  # minimum number of values in a run
MIN_RUN = 8  # samples
STEPS = 1_000  # quantisation levels of a channel, relative to its largest magnitude in the run
N_FINGERPRINTS = 64  # per subject
AT_ONCE = 200  # windows per batch, to bound memory


def subject_fingerprints(windows: Windows) -> dict[str, frozenset[str]]:
    """Return fingerprints of each subject's recordings; overlapping recordings nearly always share some.

    A fingerprint is a digest of a run of raw samples at any position in a window: at least 24 values over all
    channels, so that the samples cannot be found by trying candidates. Of all runs of a subject, the 64 with the
    smallest hashes are kept (a bottom-k sketch). The selection depends on the samples alone, not on where windows
    begin, so most fingerprints survive re-windowing, trimming or leaving out an activity. Of two recordings with a
    Jaccard similarity of 0.1, one pair in a thousand shares no fingerprint.

    Each channel is quantised to thousandths of its largest magnitude in the run, so that most fingerprints survive
    unit conversion and the rounding of text files. A different sampling rate, filtering, noise, or another choice or
    order of channels changes them. Runs in which the values of a channel mostly repeat, as at rest on a coarse scale,
    are skipped: they look the same for everyone.

    Args:
        windows: Any windows. A window shorter than a run is used as a whole.

    Returns:
        At most 64 hexadecimal fingerprints per subject; none where nothing moves.

    References:
        Broder, On the resemblance and containment of documents, 1997.
    """
    return {person: _fingerprints(windows.values[windows.subject == person]) for person in windows.subjects}


def _fingerprints(values: np.ndarray) -> frozenset[str]:
    """Return the fingerprints of `(n, timesteps, channels)`."""
    found: dict[int, bytes] = {}
    for i in range(0, len(values), AT_ONCE):
        runs, hashes = _moving_runs(values[i : i + AT_ONCE])
        smallest = np.argsort(hashes, kind="stable")[: N_FINGERPRINTS * 4]  # overlapping windows repeat runs
        found |= {int(hashes[j]): runs[j].tobytes() for j in smallest}
        found = dict(sorted(found.items())[:N_FINGERPRINTS])
    return frozenset(hashlib.sha256(run).hexdigest()[:12] for run in found.values())


def _moving_runs(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return all runs with movement, `(m, channels, length)` int32, and their hashes, `(m,)` uint64."""
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
    """Mix sums into uniformly distributed hashes, so that the smallest are a random sample (SplitMix64 finaliser)."""
    hashes = (hashes ^ (hashes >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    hashes = (hashes ^ (hashes >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return hashes ^ (hashes >> np.uint64(31))
