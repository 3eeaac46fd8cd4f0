"""The default imputer: the one with the lowest error on held-out gaps of the same kind."""

from collections.abc import Sequence

import numpy as np

from synth.core.figures import percent
from synth.imputers.base import imputers
from synth.imputers.comparison import GAP_IN_ALL, GAP_IN_ONE, SCATTERED, WHOLE_CHANNEL, ImputationError
from synth.imputers.linear import LinearInterpolation

LONGEST_SCATTERED = 4  # samples in a row; at 20 % missing at random, one run in 600 is longer


def kind_of_gap(mask: np.ndarray) -> str:
    """Classify the missing samples of a window as one of the kinds of gaps that imputers are compared on.

    Args:
        mask: `(timesteps, channels)` bool, `True` where known.

    Returns:
        `WHOLE_CHANNEL` where some channels, but not all, have no known sample; `SCATTERED` where most missing samples
        lie in short runs; otherwise a gap, `GAP_IN_ALL` where most channels miss the middle of the longest run, else
        `GAP_IN_ONE`.

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
    """Return the imputer with the lowest held-out error on a kind of gap, among those that copy nothing.

    An imputer that copies pieces of real windows is never the default, however accurate: they would end up in the
    release.

    Args:
        errors: Results of `compare`, with imputers named by their titles.
        kind: A kind of gap; see `kind_of_gap`.

    Returns:
        The title of the imputer; linear interpolation, which learns nothing, where this kind was not measured.
    """
    harmless = [error for error in _of_kind(errors, kind) if error.imputer not in _copiers()]
    return harmless[0].imputer if harmless else LinearInterpolation.title


def choice_in_words(errors: Sequence[ImputationError], kind: str) -> str:
    """Explain to users which imputer is used for a kind of gap, how large its error is, and what was better or worse.

    Args:
        errors: Results of `compare`, with imputers named by their titles.
        kind: A kind of gap; see `kind_of_gap`.
    """
    measured = _of_kind(errors, kind)
    chosen = best_imputer(errors, kind)
    best = next((error for error in measured if error.imputer == chosen), None)
    if best is None:
        return f"No errors were measured here for {kind}; “{chosen}” makes the fewest assumptions."
    text = (
        f"“{chosen}” for {kind}: its error is {best.rmse:.3f} [{best.low:.3f}, {best.high:.3f}] of a channel's range, "
        f"measured on {best.n} {best.unit} in windows that nothing was learnt from"
    )
    behind = [error for error in measured if error.rmse >= best.rmse and error is not best]
    if behind and behind[0].rmse:
        by = 1 - best.rmse / behind[0].rmse
        lead = f"{percent(by)} less than" if by >= 0.01 else "hardly less than"
        text += f"; {lead} “{behind[0].imputer}” ({behind[0].rmse:.3f})"
    ahead = [error for error in measured if error.rmse < best.rmse]
    if ahead:
        text += (
            f". “{ahead[0].imputer}” has a smaller error ({ahead[0].rmse:.3f}), but copies pieces of real recordings "
            "into the version"
        )
    return text + "."


def _copiers() -> set[str]:
    return {learner.title for learner in imputers().values() if learner.copies}


def _missing_runs(known: np.ndarray) -> list[tuple[int, int]]:
    """Return the runs where `(timesteps,)` is `False`, as `(start, stop)` with `stop` excluded."""
    edges = np.flatnonzero(np.diff(known.astype(np.int8), prepend=1, append=1))
    return [(int(start), int(stop)) for start, stop in edges.reshape(-1, 2)]


def _of_kind(errors: Sequence[ImputationError], kind: str) -> list[ImputationError]:
    return sorted((e for e in errors if e.kind_of_gap == kind), key=lambda e: e.rmse)
