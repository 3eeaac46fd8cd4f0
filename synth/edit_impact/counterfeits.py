"""Windows made up from real ones in the ways that drawing, filling in and protecting make them up.

A judge who is to say whether one window looks real needs examples of both kinds. These are his second kind.
"""

from collections.abc import Callable, Mapping

import numpy as np

from synth.audit.models.phase_surrogates import phase_randomised

SHARE = (0.2, 0.6)  # of a window that is replaced
NOISE = 0.3  # of each window's movement
SHIFTS = (1.0, 8.0)  # spreads of a channel
FACTORS = (2.0, 8.0)


def counterfeits(values: np.ndarray, group: np.ndarray, *, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Make one counterfeit of every window, as many of each kind.

    Args:
        values: `(n, timesteps, channels)` float32 of real windows.
        group: `(n,)` str; a counterfeit is made of windows of one group only.
        seed: Draws kinds and places.

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
    """Return for each window another one of its group, or itself where it is alone."""
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
    """Noise of each channel's mean and spread in the window."""
    centre, spread = values.mean(axis=1, keepdims=True), values.std(axis=1, keepdims=True)
    return rng.normal(0, 1, values.shape) * spread + centre


def _under_noise(values: np.ndarray, others: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return values + rng.normal(0, NOISE, values.shape) * values.std(axis=1, keepdims=True)


def _scrambled(values: np.ndarray, others: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return phase_randomised(values, seed=int(rng.integers(2**31)))


def _straight(values: np.ndarray, others: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A stretch becomes a straight line between its ends."""
    marked = _stretches(values.shape, rng)
    t = np.arange(values.shape[1])
    made = values.copy()
    for window, channel in zip(*np.nonzero(marked.any(axis=1)), strict=True):
        known = ~marked[window, :, channel]
        made[window, :, channel] = np.interp(t, t[known], values[window, known, channel])
    return made


def _smooth(values: np.ndarray, others: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A stretch loses its fine detail, as a curve drawn by hand."""
    width = max(3, values.shape[1] // 12)
    padded = np.pad(values, ((0, 0), (width // 2, width - 1 - width // 2), (0, 0)), mode="edge")
    means = np.lib.stride_tricks.sliding_window_view(padded, width, axis=1).mean(axis=-1)
    return np.where(_stretches(values.shape, rng), means, values)


def _spliced(values: np.ndarray, others: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A stretch of another window of the same movement, with jumps where it is put in."""
    return np.where(_stretches(values.shape, rng), others, values)


def _shifted(values: np.ndarray, others: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Channels at another level, by several times what they usually move."""
    spread = values.std(axis=(0, 1), keepdims=True)
    by = rng.uniform(*SHIFTS, (len(values), 1, values.shape[2])) * rng.choice([-1, 1], (len(values), 1, 1))
    return values + np.where(_stretches(values.shape, rng).any(axis=1, keepdims=True), by * spread, 0)


def _rescaled(values: np.ndarray, others: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Movement several times as strong or as weak around its mean."""
    factor = np.exp(
        rng.uniform(*np.log(FACTORS), (len(values), 1, 1)) * rng.choice([-1, 1], (len(values), 1, 1))
    )
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
