"""Masks of missing samples: scattered samples, contiguous gaps, whole channels. `True` is known."""

from collections.abc import Mapping
from typing import Literal

import numpy as np

MaskKind = Literal["scattered", "gaps", "mixed", "sketches"]

SKETCHED: Mapping[str, float] = {  # share of training windows for each kind of gap that sketches leave
    "scattered": 0.10,
    "gap in all channels": 0.34,
    "gap in some channels": 0.13,
    "gap in one channel": 0.11,
    "whole channel": 0.30,
    "several whole channels": 0.02,
}


def draw_masks(
    shape: tuple[int, int, int], *, kind: MaskKind, miss_rate: float, rng: np.random.Generator
) -> np.ndarray:
    """Draw one mask per window, of the kinds that sketching or a loose sensor leaves.

    Args:
        shape: `(n, timesteps, channels)`.
        kind: `"scattered"`: samples are missing independently, as in the GAIN paper; `"gaps"`: a third of the windows
            miss one stretch in one channel, a third miss it in some or all channels, and a third miss a whole channel
            (or a stretch, where there is only one channel); `"mixed"`: half of the windows each; `"sketches"`: what
            people erase and draw, see `sketches`.
        miss_rate: Share missing, in (0, 1): of all samples if scattered, of the window's length for a stretch. Each
            window draws its own rate between 0.5 and 1.5 times this.
        rng: Source of randomness.

    Returns:
        Bool array of `shape`.
    """
    if kind == "sketches":
        return sketches(shape, miss_rate, rng)
    rates = np.minimum(miss_rate * rng.uniform(0.5, 1.5, shape[0]), 0.95)
    if kind == "scattered":
        return scattered(shape, rates, rng)
    gaps = _gaps(shape, rates, rng)
    if kind == "gaps":
        return gaps
    is_gap = rng.random(shape[0]) < 0.5
    return np.where(is_gap[:, None, None], gaps, scattered(shape, rates, rng))


def scattered(shape: tuple[int, int, int], rates: np.ndarray | float, rng: np.random.Generator) -> np.ndarray:
    """Drop each sample independently.

    Args:
        shape: `(n, timesteps, channels)`.
        rates: Probability of missing, in [0, 1]: one number, or one per window.
        rng: Source of randomness.

    Returns:
        Bool array of `shape`.
    """
    return rng.random(shape, dtype=np.float32) >= np.broadcast_to(rates, shape[0])[:, None, None]


def stretches(n: int, n_timesteps: int, lengths: np.ndarray | int, rng: np.random.Generator) -> np.ndarray:
    """Drop one stretch at a random position, in all channels.

    Args:
        n: Number of windows.
        n_timesteps: Samples per window.
        lengths: Samples to drop: one number, or one per window.
        rng: Source of randomness.

    Returns:
        `(n, timesteps, 1)` bool, to be broadcast over channels.
    """
    lengths = np.broadcast_to(lengths, n)
    starts = np.floor(rng.random(n) * (n_timesteps - lengths + 1))
    t = np.arange(n_timesteps)
    return ((t < starts[:, None]) | (t >= (starts + lengths)[:, None]))[:, :, None]


def one_channel(n: int, n_channels: int, rng: np.random.Generator) -> np.ndarray:
    """Choose one channel per window.

    Returns:
        `(n, 1, channels)` bool, `False` at the chosen channel, to be broadcast over time.
    """
    return (np.arange(n_channels) != rng.integers(n_channels, size=n)[:, None])[:, None, :]


def sketches(shape: tuple[int, int, int], miss_rate: float, rng: np.random.Generator) -> np.ndarray:
    """Drop what people erase in sketches; `SKETCHED` says what, and how often.

    A quarter of the gaps are joined by a second, shorter gap. In a sixth of the windows with gaps or missing channels,
    a short stretch is known, as if it had been drawn. Gaps are 0.25 to 2 times `miss_rate` of the window long.

    Returns:
        Bool array of `shape`.
    """
    n, n_timesteps, n_channels = shape
    everywhere, always = np.zeros((n, 1, n_channels), dtype=bool), np.zeros((n, n_timesteps, 1), dtype=bool)
    single = one_channel(n, n_channels, rng)
    several = single & (rng.random((n, 1, n_channels)) >= 0.5)
    gap = _gap(n, n_timesteps, miss_rate * rng.uniform(0.25, 2.0, n), rng)
    second = _gap(n, n_timesteps, miss_rate * rng.uniform(0.1, 1.0, n), rng)
    gap = np.where(rng.random((n, 1, 1)) < 0.25, gap & second, gap)
    missing = {
        "scattered": scattered(shape, np.minimum(miss_rate * rng.uniform(0.25, 2.0, n), 0.95), rng),
        "gap in all channels": gap | everywhere,
        "gap in some channels": gap | several,
        "gap in one channel": gap | single,
        "whole channel": single | always if n_channels > 1 else gap,
        "several whole channels": _keep_one(several, rng) | always if n_channels > 1 else gap,
    }
    kind = rng.choice(len(SKETCHED), n, p=list(SKETCHED.values()))
    mask = np.stack([missing[name] for name in SKETCHED])[kind, np.arange(n)]
    drawn = ~_gap(n, n_timesteps, rng.uniform(0.02, 0.1, n), rng) & (rng.random((n, 1, 1)) < 1 / 6)
    with_drawn = mask | drawn
    still_missing = ~with_drawn.all(axis=(1, 2), keepdims=True)
    return np.where((kind > 0)[:, None, None] & still_missing, with_drawn, mask)


def _keep_one(mask: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Make one channel known in windows of `(n, 1, channels)` where none is."""
    return np.where(mask.any(axis=2, keepdims=True), mask, ~one_channel(len(mask), mask.shape[2], rng))


def _gap(n: int, n_timesteps: int, shares: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    lengths = np.clip(np.rint(n_timesteps * shares), 1, max(n_timesteps - 1, 1))
    return stretches(n, n_timesteps, lengths, rng)


def _gaps(shape: tuple[int, int, int], rates: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    n, n_timesteps, n_channels = shape
    stretch = _gap(n, n_timesteps, rates, rng)
    single = one_channel(n, n_channels, rng)
    # Half of these windows miss the stretch in all channels, the others in some, at least in the single one.
    share = np.where(rng.random((n, 1, 1)) < 0.5, 1.0, 0.5)
    several = single & (rng.random((n, 1, n_channels)) >= share)
    extent = rng.integers(3, size=n)[:, None, None]
    in_channels = np.where(extent == 0, single, several)
    whole = single if n_channels > 1 else stretch
    return np.where(extent == 2, whole, stretch | in_channels)
