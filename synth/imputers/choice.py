"""Which filler to use by default: the one that was nearest to the truth on held-out gaps of the same kind."""

from collections.abc import Sequence

import numpy as np

from synth.imputers.comparison import GAP_IN_ALL, GAP_IN_ONE, SCATTERED, WHOLE_CHANNEL, ImputationError
from synth.imputers.linear import LinearInterpolation

LONGEST_SCATTERED = 4  # samples in a row; at 20 % missing by chance, one run in six hundred is longer


def kind_of_gap(mask: np.ndarray) -> str:
    """Name the kind of gap, among those that imputers are compared on, that a window's missing samples are most like.

    Args:
        mask: `(timesteps, channels)` bool, `True` where known.

    Returns:
        `WHOLE_CHANNEL` where of a channel nothing is known but of another something is; `SCATTERED` where most
        missing samples lie in short runs; else a gap: `GAP_IN_ALL` where most channels miss the middle of the
        longest one.

    Raises:
        ValueError: If nothing is missing.
    """
    if mask.all():
        raise ValueError("nothing is missing in this window")
    empty = ~mask.any(axis=0)
    if empty.any() and not empty.all():
        return WHOLE_CHANNEL
    runs = [run for column in mask.T for run in _missing_runs(column)]
    lengths = [stop - start for start, stop in runs]
    if sum(length for length in lengths if length > LONGEST_SCATTERED) < sum(lengths) / 2:
        return SCATTERED
    start, stop = runs[int(np.argmax(lengths))]
    at_once = (~mask[(start + stop) // 2]).mean()
    return GAP_IN_ALL if at_once > 0.5 else GAP_IN_ONE


def best_filler(errors: Sequence[ImputationError], kind: str) -> str:
    """Return the imputer with the lowest held-out error on a kind of gap.

    Args:
        errors: What `compare` measured.
        kind: What `kind_of_gap` said.

    Returns:
        Its name; where this kind was not measured the straight line's, which learns nothing.
    """
    measured = _of_kind(errors, kind)
    return measured[0].imputer if measured else LinearInterpolation.title


def choice_in_words(errors: Sequence[ImputationError], kind: str) -> str:
    """Say for people which filler is used for a kind of gap, and how much nearer to the truth it was."""
    measured = _of_kind(errors, kind)
    if len(measured) < 2:
        return f"For {kind} nothing was measured here; “{best_filler(errors, kind)}” assumes least."
    best, second = measured[:2]
    by = 1 - best.rmse / second.rmse if second.rmse else 0.0
    lead = f"{by:.0%} nearer than" if by >= 0.01 else "hardly nearer than"
    figures = f"{best.rmse:.3f} of a channel's range, between {best.low:.3f} and {best.high:.3f}"
    return (
        f"“{best.imputer}” came nearest to the truth on {kind} of {best.n} {best.unit} that nothing was "
        f"learnt from: off by {figures}; {lead} “{second.imputer}” ({second.rmse:.3f})."
    )


def _missing_runs(known: np.ndarray) -> list[tuple[int, int]]:
    """Return where `(timesteps,)` is `False`, as `(start, stop)` with `stop` excluded."""
    edges = np.flatnonzero(np.diff(known.astype(np.int8), prepend=1, append=1))
    return [(int(start), int(stop)) for start, stop in edges.reshape(-1, 2)]


def _of_kind(errors: Sequence[ImputationError], kind: str) -> list[ImputationError]:
    return sorted((e for e in errors if e.kind_of_gap == kind), key=lambda e: e.rmse)
