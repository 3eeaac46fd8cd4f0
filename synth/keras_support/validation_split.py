"""The part of the training windows that early stopping is measured on. Never the audit's own holdout."""

import numpy as np

from data.windows import Windows
from synth.core.errors import TrainingError

HELD_OUT_SHARE = 0.15
MIN_WINDOWS = 8


def train_validation_split(
    windows: Windows, *, seed: int, whole_series: bool = True
) -> tuple[Windows, Windows]:
    """Part windows into those to learn from and those to measure the loss on, without a shared sample.

    Whole series are kept apart as long as another series of the same activity is left to learn from. Where
    there is none, the end of each series is kept apart, and windows across the cut are used for nothing.

    Args:
        windows: What a model may be fitted on.
        seed: Draws the series.
        whole_series: Whether series are kept apart as long as others of the activity are left. Otherwise the ends of
            some are, where they are long enough, so that everybody's way to move is learnt: about 5 % of all windows.

    Returns:
        Windows to learn from, with every activity; and about 15 % (5 %) to measure on.

    Raises:
        TrainingError: If there are too few windows to keep any apart.
    """
    if len(windows) < MIN_WINDOWS:
        raise TrainingError(
            f"There are only {len(windows)} windows to learn from; at least {MIN_WINDOWS} are needed. "
            "Choose shorter windows or load longer recordings."
        )
    rng = np.random.default_rng(seed)
    held_out = np.zeros(len(windows), bool)
    if not whole_series:
        train, held_out = _ends(windows, share=1 / 3, rng=rng)
    if not held_out.any():
        held_out = _whole_series(windows, rng.permutation(np.unique(windows.series)))
        train = ~held_out
    if not held_out.any():
        train, held_out = _ends(windows, share=1, rng=rng)
    if not held_out.any():
        raise TrainingError(
            "Each activity is a single recording, too short to keep its end aside for checking what was "
            "learnt. Choose shorter windows or load longer recordings."
        )
    return windows.take(train), windows.take(held_out)


def _whole_series(windows: Windows, names: np.ndarray) -> np.ndarray:
    wanted = HELD_OUT_SHARE * len(windows)
    held_out = np.zeros(len(windows), bool)
    for series in names:
        members = windows.series == series
        still_learnt = set(windows.activity[~held_out & ~members].tolist())
        is_small_enough = held_out.sum() + members.sum() <= 2 * wanted
        if is_small_enough and still_learnt.issuperset(windows.activity[members].tolist()):
            held_out |= members
        if held_out.sum() >= wanted:
            break
    return held_out


def _ends(windows: Windows, *, share: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Keep the ends of a share of the recordings apart: each series' windows of an activity."""
    recordings = np.array(
        [f"{s}, {a}" for s, a in zip(windows.series.tolist(), windows.activity.tolist(), strict=True)]
    )
    names = rng.permutation(np.unique(recordings))
    chosen = names[: int(np.ceil(share * len(names)))]
    train, held_out = ~np.isin(recordings, chosen), np.zeros(len(windows), bool)
    for name in chosen:
        members = np.flatnonzero(recordings == name)
        starts, ends = windows.start[members], windows.start[members] + windows.n_timesteps
        cut = np.quantile(starts, 1 - HELD_OUT_SHARE)
        if (ends <= cut).any():
            train[members[ends <= cut]] = True
            held_out[members[starts >= cut]] = True
        else:
            train[members] = True
    return train, held_out
