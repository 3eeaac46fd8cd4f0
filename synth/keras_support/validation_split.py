"""The validation split of the training windows, for early stopping. Never the audit's own holdout."""

import numpy as np

from data.windows import Windows
from synth.core.errors import TrainingError

HELD_OUT_SHARE = 0.15
MIN_WINDOWS = 8


def train_validation_split(
    windows: Windows, *, seed: int, whole_series: bool = True
) -> tuple[Windows, Windows]:
    """Split windows into a training and a validation part that share no sample.

    Whole series go into the validation part as long as another series of the same activity is left for training.
    Where there is none, the end of each series does, and windows that cross the cut are discarded.

    Args:
        windows: The windows a model may be fitted on.
        seed: Draws the series.
        whole_series: Whether to hold out whole series where possible. Otherwise the ends of some series are held
            out, where they are long enough, so that every person is represented in training: about 5 % of all
            windows.

    Returns:
        The training windows, with every activity, and about 15 % (5 %) of the windows for validation.

    Raises:
        TrainingError: If there are too few windows to hold any out.
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
            "Each activity is a single recording that is too short to hold out its end for validation. "
            "Choose shorter windows or load longer recordings."
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
    """Hold out the ends of a share of the recordings, where a recording is a series' windows of one activity."""
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
