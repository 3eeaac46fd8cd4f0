"""Which filler to use by default: the one that was nearest to the truth on held-out gaps of the same kind."""

from collections.abc import Sequence

import numpy as np

from synth.core.figures import percent
from synth.imputers.base import imputers
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


def best_imputer(errors: Sequence[ImputationError], kind: str) -> str:
    """Return the imputer with the lowest held-out error on a kind of gap, of those that copy nothing.

    What copies pieces of real windows is never the default, however near it is: they would go into the release.

    Args:
        errors: What `compare` measured, with imputers named by their titles.
        kind: What `kind_of_gap` said.

    Returns:
        Its name; where this kind was not measured the straight line's, which learns nothing.
    """
    harmless = [error for error in _of_kind(errors, kind) if error.imputer not in _copiers()]
    return harmless[0].imputer if harmless else LinearInterpolation.title


def choice_in_words(errors: Sequence[ImputationError], kind: str) -> str:
    """Say for people which filler is used for a kind of gap, how near to the truth it was, and what was nearer."""
    measured = _of_kind(errors, kind)
    chosen = best_imputer(errors, kind)
    best = next((error for error in measured if error.imputer == chosen), None)
    if best is None:
        return f"For {kind} nothing was measured here; “{chosen}” assumes least."
    text = (
        f"“{chosen}” for {kind}: off by {best.rmse:.3f} of a channel's range, between {best.low:.3f} and "
        f"{best.high:.3f}, on {best.n} {best.unit} with windows that nothing was learnt from"
    )
    behind = [error for error in measured if error.rmse >= best.rmse and error is not best]
    if behind and behind[0].rmse:
        by = 1 - best.rmse / behind[0].rmse
        lead = f"{percent(by)} nearer to the truth than" if by >= 0.01 else "hardly nearer to the truth than"
        text += f"; {lead} “{behind[0].imputer}” ({behind[0].rmse:.3f})"
    ahead = [error for error in measured if error.rmse < best.rmse]
    if ahead:
        text += (
            f". “{ahead[0].imputer}” was nearer ({ahead[0].rmse:.3f}) but copies pieces of real recordings into "
            "the release"
        )
    return text + "."


def _copiers() -> set[str]:
    return {learner.title for learner in imputers().values() if learner.copies}


def _missing_runs(known: np.ndarray) -> list[tuple[int, int]]:
    """Return where `(timesteps,)` is `False`, as `(start, stop)` with `stop` excluded."""
    edges = np.flatnonzero(np.diff(known.astype(np.int8), prepend=1, append=1))
    return [(int(start), int(stop)) for start, stop in edges.reshape(-1, 2)]


def _of_kind(errors: Sequence[ImputationError], kind: str) -> list[ImputationError]:
    return sorted((e for e in errors if e.kind_of_gap == kind), key=lambda e: e.rmse)
