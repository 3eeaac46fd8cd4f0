"""How a drawn stretch meets the recording around it: soft joins, and jumps that are larger than real steps."""

import numpy as np

JUMP_PERCENTILE = 99.0  # of the steps of real recordings


def soft_joins(recorded: np.ndarray, drawn: np.ndarray, join: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Return what has to be added to a recording so that it meets what was drawn into it.

    At its end a drawn stretch differs from the recording by some offset. The recording next to it is shifted by that
    offset, less and less over the length of the join (a raised cosine), so that its own detail stays and no drawn
    sample is touched. The offset is the smaller one of those to the recorded sample under the end and to the next one:
    a curve that begins on the recording shifts nothing, and a faulty sample that is drawn over counts for nothing.
    Joins end at what is not known and at what was drawn; two that meet share the samples between them.

    Args:
        recorded: `(timesteps,)` one channel before anything was drawn.
        drawn: Same shape, its values after drawing; read where `join` is positive only.
        join: Same shape, whole numbers: how many samples beside it a drawn sample may shift; 0 for none, and where
            nothing was drawn.
        known: Same shape, bool, `True` where a sample is recorded, known and not drawn: only these are shifted.

    Returns:
        `(timesteps,)` float64, zero where nothing is shifted.
    """
    added = np.zeros(len(recorded))
    edges = np.flatnonzero(np.diff(np.concatenate([[False], known, [False]]).astype(np.int8)))
    for start, stop in edges.reshape(-1, 2).tolist():
        before, after = (int(join[at]) if 0 <= at < len(join) else 0 for at in (start - 1, stop))
        room = (stop - start) // 2 if before and after else stop - start
        if n := min(before, room):
            added[start : start + n] = _fading(n) * _offset(drawn[start - 1], recorded[start - 1 : start + 1])
        if n := min(after, room):
            added[stop - n : stop] = _fading(n)[::-1] * _offset(drawn[stop], recorded[stop - 1 : stop + 1])
    return added


def step_limits(values: np.ndarray) -> np.ndarray:
    """Return for each channel the step between samples that 99 % of the steps of real windows do not exceed.

    Args:
        values: `(windows, timesteps, channels)` of real recordings.
    """
    return np.percentile(np.abs(np.diff(values, axis=1)), JUMP_PERCENTILE, axis=(0, 1))


def jumps(before: np.ndarray, after: np.ndarray, limit: float) -> np.ndarray:
    """Return where an edited channel makes a step that recordings hardly ever make, and that it did not make before.

    Args:
        before: `(timesteps,)` before the edit.
        after: Same shape, after it; NaN where it is not known.
        limit: The largest usual step, from `step_limits`.

    Returns:
        Positions of the samples right after such steps, ascending.
    """
    was, now = np.abs(np.diff(before)), np.abs(np.diff(after))
    with np.errstate(invalid="ignore"):
        return np.flatnonzero((now > limit) & (now > was)) + 1


def _offset(drawn: float, recorded: np.ndarray) -> float:
    return min((float(drawn) - float(value) for value in recorded), key=abs)


def _fading(n: int) -> np.ndarray:
    """Return `n` weights between 1 and 0, both left out: a raised cosine."""
    return 0.5 + 0.5 * np.cos(np.pi * np.arange(1, n + 1) / (n + 1))
