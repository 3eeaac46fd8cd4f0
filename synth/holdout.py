"""The part of the training windows that early stopping is measured on. Never the audit's own holdout."""

import numpy as np

from data.windows import Windows
from synth.errors import TrainingError

HELD_OUT_SHARE = 0.15
FEWEST_WINDOWS = 8


def keep_some_apart(windows: Windows, *, seed: int) -> tuple[Windows, Windows]:
    """Part windows into those to learn from and those to measure the loss on, without a shared sample.

    Whole series are kept apart as long as another series of the same activity is left to learn from. Where
    there is none, the end of each series is kept apart, and windows across the cut are used for nothing.

    Args:
        windows: What a model may be fitted on.
        seed: Draws the series.

    Returns:
        Windows to learn from, with every activity; and about 15 % to measure on.

    Raises:
        TrainingError: If there are too few windows to keep any apart.
    """
    if len(windows) < FEWEST_WINDOWS:
        raise TrainingError(
            f"There are only {len(windows)} windows to learn from; at least {FEWEST_WINDOWS} are needed. "
            "Choose shorter windows or load longer recordings."
        )
    apart = _whole_series(windows, seed)
    learnt = ~apart
    if not apart.any():
        learnt, apart = _ends_of_series(windows)
    if not apart.any():
        raise TrainingError(
            "Each activity is a single recording, too short to keep its end aside for checking what was "
            "learnt. Choose shorter windows or load longer recordings."
        )
    return windows.take(learnt), windows.take(apart)


def _whole_series(windows: Windows, seed: int) -> np.ndarray:
    wanted = HELD_OUT_SHARE * len(windows)
    apart = np.zeros(len(windows), bool)
    for series in np.random.default_rng(seed).permutation(np.unique(windows.series)):
        members = windows.series == series
        still_learnt = set(windows.activity[~apart & ~members].tolist())
        is_small_enough = apart.sum() + members.sum() <= 2 * wanted
        if is_small_enough and still_learnt.issuperset(windows.activity[members].tolist()):
            apart |= members
        if apart.sum() >= wanted:
            break
    return apart


def _ends_of_series(windows: Windows) -> tuple[np.ndarray, np.ndarray]:
    learnt, apart = np.zeros((2, len(windows)), bool)
    for series in np.unique(windows.series):
        members = np.flatnonzero(windows.series == series)
        starts, ends = windows.start[members], windows.start[members] + windows.n_timesteps
        cut = np.quantile(starts, 1 - HELD_OUT_SHARE)
        if (ends <= cut).any():
            learnt[members[ends <= cut]] = True
            apart[members[starts >= cut]] = True
        else:
            learnt[members] = True
    return learnt, apart
