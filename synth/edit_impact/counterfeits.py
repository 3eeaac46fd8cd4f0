"""Artificial windows made from real ones, in the ways that drawing, imputation and protection distort windows.

A discriminator of single windows needs examples of both classes; these are the class that is not real.
"""

from collections.abc import Callable, Mapping

import numpy as np

from synth.audit.models.phase_surrogates import phase_randomised

SHARE = (0.2, 0.6)  # of a window that is replaced, least and most
NOISE = 0.3  # of the standard deviation of each channel in the window
SHIFTS = (1.0, 8.0)  # standard deviations of a channel
FACTORS = (2.0, 8.0)  # by which the amplitude grows or shrinks


def counterfeits(values: np.ndarray, group: np.ndarray, *, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Make one counterfeit of every window, equally many of each kind.

    Args:
        values: `(n, timesteps, channels)` float32, real windows.
        group: `(n,)` str; a counterfeit only mixes windows of one group.
        seed: Draws kinds and positions.

    Returns:
        The counterfeits, float32 of the same shape, and the kind of each in words, `(n,)` str.
    """
    rng = np.random.default_rng(seed)
    kinds = np.array(list(KINDS))[rng.permutation(np.arange(len(values)) % len(KINDS))]
    made = values.copy()
    for kind, make in KINDS.items():
        there = np.flatnonzero(kinds == kind)
        if len(there):
            made[there] = make(values[there], _partners(values, group, there, rng), rng)
    return made, kinds


def _partners(
    values: np.ndarray, group: np.ndarray, there: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Return for each window another one of its group, or itself where it is the only one."""
    order = rng.permutation(len(group))
    order = order[np.argsort(group[order], kind="stable")]
    begins = np.flatnonzero(np.concatenate([[True], group[order][1:] != group[order][:-1]]))
    following = np.append(order[1:], order[0])
    following[np.append(begins[1:], len(order)) - 1] = order[begins]
    partner = np.empty(len(group), int)
    partner[order] = following
    return values[partner[there]]


def _stretches(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Mark a stretch of each window, in all channels or in about half of them: bool of `shape`."""
    n, n_timesteps, n_channels = shape
    lengths = np.clip((rng.uniform(*SHARE, n) * n_timesteps).astype(int), 1, n_timesteps - 1)
    starts = np.floor(rng.random(n) * (n_timesteps - lengths + 1))
    t = np.arange(n_timesteps)
    in_time = (t >= starts[:, None]) & (t < (starts + lengths)[:, None])
    channels = (rng.random((n, 1)) < 0.5) | (rng.random((n, n_channels)) < 0.5)
    channels[np.arange(n), rng.integers(n_channels, size=n)] = True
    return in_time[:, :, None] & channels[:, None, :]


def _noise(values: np.ndarray, others: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Replace windows by white noise with the mean and standard deviation of each channel."""
    centre, spread = values.mean(axis=1, keepdims=True), values.std(axis=1, keepdims=True)
    return rng.normal(0, 1, values.shape) * spread + centre


def _under_noise(values: np.ndarray, others: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return values + rng.normal(0, NOISE, values.shape) * values.std(axis=1, keepdims=True)


def _scrambled(values: np.ndarray, others: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return phase_randomised(values, seed=int(rng.integers(2**31)))


def _straight(values: np.ndarray, others: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Replace a stretch by a straight line between its ends."""
    marked = _stretches(values.shape, rng)
    t = np.arange(values.shape[1])
    made = values.copy()
    for window, channel in zip(*np.nonzero(marked.any(axis=1)), strict=True):
        known = ~marked[window, :, channel]
        made[window, :, channel] = np.interp(t, t[known], values[window, known, channel])
    return made


def _smooth(values: np.ndarray, others: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Smooth a stretch, as in a curve drawn by hand."""
    width = max(3, values.shape[1] // 12)
    padded = np.pad(values, ((0, 0), (width // 2, width - 1 - width // 2), (0, 0)), mode="edge")
    means = np.lib.stride_tricks.sliding_window_view(padded, width, axis=1).mean(axis=-1)
    return np.where(_stretches(values.shape, rng), means, values)


def _spliced(values: np.ndarray, others: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Insert a stretch of another window of the group, with jumps at both ends."""
    return np.where(_stretches(values.shape, rng), others, values)


def _shifted(values: np.ndarray, others: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Shift the level of channels by several standard deviations."""
    spread = values.std(axis=(0, 1), keepdims=True)
    by = rng.uniform(*SHIFTS, (len(values), 1, values.shape[2])) * rng.choice([-1, 1], (len(values), 1, 1))
    return values + np.where(_stretches(values.shape, rng).any(axis=1, keepdims=True), by * spread, 0)


def _rescaled(values: np.ndarray, others: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Scale the movement about its mean by a factor far from 1."""
    low, high = np.log(FACTORS)
    shape = (len(values), 1, 1)
    factor = np.exp(rng.uniform(low, high, shape) * rng.choice([-1, 1], shape))
    centre = values.mean(axis=1, keepdims=True)
    return centre + factor * (values - centre)


KINDS: Mapping[str, Callable[[np.ndarray, np.ndarray, np.random.Generator], np.ndarray]] = {
    "noise": _noise,
    "under noise": _under_noise,
    "scrambled phases": _scrambled,
    "a straight stretch": _straight,
    "a smooth stretch": _smooth,
    "a stretch of another window": _spliced,
    "another level": _shifted,
    "another strength": _rescaled,
}
