"""Runs of samples that two sets of windows have in common, at any position."""

import numpy as np

from data.windows import Windows

N_NUMBERS = 24  # minimum number of values in a run
MIN_RUN = 6  # samples
RESOLUTION = 1e-3  # of a channel's standard deviation: values this close count as equal
AT_ONCE = 1024  # windows
STILL = 0.02  # of a channel's standard deviation: runs that move less are not counted


def run_length(windows: Windows) -> int:
    """Return how many consecutive samples form a run: at most half a window."""
    n_timesteps, n_channels = windows.values.shape[1:]
    return max(2, min(max(MIN_RUN, -(-N_NUMBERS // n_channels)), n_timesteps // 2))


def run_hashes(windows: Windows, *, like: Windows, resolution: float = RESOLUTION) -> np.ndarray:
    """Hash every run of samples: `(n, timesteps - run_length + 1)` uint64, 0 where nothing moves.

    Equal runs have equal hashes; so nearly always have runs that differ by much less than the resolution.

    Args:
        windows: Any windows.
        like: Windows whose length and standard deviation define a run; use the same ones for everything compared.
        resolution: Of a channel's standard deviation, > 0: values this close count as equal.
    """
    length = run_length(like)
    spread = np.maximum(like.values.std(axis=(0, 1), dtype=np.float64), 1e-9)
    pieces = [
        _hashes(windows.values[begin : begin + AT_ONCE] / spread, length, resolution)
        for begin in range(0, len(windows), AT_ONCE)
    ]
    n_runs = windows.n_timesteps - length + 1
    return np.concatenate(pieces) if pieces else np.zeros((0, n_runs), np.uint64)


def _hashes(scaled: np.ndarray, length: int, resolution: float) -> np.ndarray:
    rng = np.random.default_rng(0)
    offset = rng.random(scaled.shape[2])  # keeps rounding boundaries off the instrument's quantisation steps
    steps = np.round(np.clip(scaled / resolution, -1e15, 1e15) + offset).astype(np.int64).view(np.uint64)
    factors = rng.integers(1, 2**63, (length, scaled.shape[2]), dtype=np.uint64) | np.uint64(1)
    n_runs = scaled.shape[1] - length + 1
    hashes = np.zeros((len(scaled), n_runs), np.uint64)
    for k in range(length):
        hashes += (steps[:, k : k + n_runs] * factors[k]).sum(axis=2, dtype=np.uint64)
    moves = np.abs(np.diff(scaled, axis=1)) > STILL
    n_moves = np.cumsum(np.pad(moves.any(axis=2), ((0, 0), (1, 0))), axis=1)
    still = n_moves[:, length - 1 :] - n_moves[:, :n_runs] < (length - 1) / 2
    return np.where(still, np.uint64(0), hashes)


def shared_fraction(windows: Windows, among: Windows) -> np.ndarray:
    """Return the share of each window's moving runs that occur in `among`: `(n,)` in [0, 1], 0 if none moves."""
    known = np.unique(run_hashes(among, like=among))
    theirs = run_hashes(windows, like=among)
    moving = theirs != 0
    found = np.isin(theirs, known) & moving
    return found.sum(axis=1) / np.maximum(moving.sum(axis=1), 1)
