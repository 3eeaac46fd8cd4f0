"""Which samples are missing: scattered points, contiguous gaps, whole channels. `True` is known."""

from typing import Literal

import numpy as np

MaskKind = Literal["scattered", "gaps", "mixed"]


def draw_masks(
    shape: tuple[int, int, int], *, kind: MaskKind, miss_rate: float, rng: np.random.Generator
) -> np.ndarray:
    """Draw one mask a window, of the kinds that a person or a loose sensor makes.

    Args:
        shape: `(n, timesteps, channels)`.
        kind: `"scattered"`: each sample is missing by itself, as in the GAIN paper; `"gaps"`: a third of
            the windows miss one stretch in one channel, a third in some or all channels, and a third
            miss a whole channel (or a stretch, where there is only one channel); `"mixed"`: half of the
            windows each.
        miss_rate: Share missing, in (0, 1): of all samples when scattered, of the window's length for a
            stretch. Each window draws its own between half and one and a half times this.
        rng: Source of randomness.

    Returns:
        Bool array of `shape`.
    """
    rates = np.minimum(miss_rate * rng.uniform(0.5, 1.5, shape[0]), 0.95)
    if kind == "scattered":
        return scattered(shape, rates, rng)
    gaps = _gaps(shape, rates, rng)
    if kind == "gaps":
        return gaps
    is_gap = rng.random(shape[0]) < 0.5
    return np.where(is_gap[:, None, None], gaps, scattered(shape, rates, rng))


def scattered(shape: tuple[int, int, int], rates: np.ndarray | float, rng: np.random.Generator) -> np.ndarray:
    """Miss each sample independently, with probability `rates` (one number, or one a window)."""
    return rng.random(shape, dtype=np.float32) >= np.broadcast_to(rates, shape[0])[:, None, None]


def stretches(n: int, n_timesteps: int, lengths: np.ndarray | int, rng: np.random.Generator) -> np.ndarray:
    """Miss one stretch of `lengths` samples at a random place, in all channels.

    Returns:
        `(n, timesteps, 1)` bool, to be broadcast over channels.
    """
    lengths = np.broadcast_to(lengths, n)
    starts = np.floor(rng.random(n) * (n_timesteps - lengths + 1))
    t = np.arange(n_timesteps)
    return ((t < starts[:, None]) | (t >= (starts + lengths)[:, None]))[:, :, None]


def one_channel(n: int, n_channels: int, rng: np.random.Generator) -> np.ndarray:
    """Choose one channel a window.

    Returns:
        `(n, 1, channels)` bool, `False` at the chosen channel, to be broadcast over time.
    """
    return (np.arange(n_channels) != rng.integers(n_channels, size=n)[:, None])[:, None, :]


def _gaps(shape: tuple[int, int, int], rates: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    n, n_timesteps, n_channels = shape
    lengths = np.clip(np.rint(n_timesteps * rates), 1, max(n_timesteps - 1, 1))
    stretch = stretches(n, n_timesteps, lengths, rng)
    single = one_channel(n, n_channels, rng)
    # Half of these windows miss the stretch in all channels, the others in some: at least the single one.
    share = np.where(rng.random((n, 1, 1)) < 0.5, 1.0, 0.5)
    several = single & (rng.random((n, 1, n_channels)) >= share)
    extent = rng.integers(3, size=n)[:, None, None]
    in_channels = np.where(extent == 0, single, several)
    whole = single if n_channels > 1 else stretch
    return np.where(extent == 2, whole, stretch | in_channels)
