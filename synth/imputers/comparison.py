"""Held-out errors of imputers, compared on the same windows, with the same gaps and on the same scale."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from data.windows import Windows
from synth.imputers.base import FittedImputer
from synth.imputers.gain.scaling import MinMax
from synth.imputers.masks import one_channel, scattered, stretches

SCATTERED = "scattered samples (20 %)"
GAP_IN_ONE = "one gap in one channel (20 % of the window)"
GAP_IN_ALL = "one gap in all channels (20 % of the window)"
WHOLE_CHANNEL = "one whole channel"
N_DRAWS = 10  # their mean is compared: a single draw adds its own deviation from the mean to the error
MISSING_SHARE = 0.2  # of the samples when scattered, of the window's length for the gap: 25 of 128 samples
N_RESAMPLES = 2000
FEWEST_PEOPLE = 5  # with fewer, a bootstrap over people has too few distinct resamples


@dataclass(frozen=True)
class ImputationError:
    """Error of one imputer on one kind of gap.

    Attributes:
        imputer: Name of the imputer.
        kind_of_gap: What was missing, in words.
        rmse: Root mean squared error over missing samples, in units of each channel's range, in [0, inf).
        low: Lower end of the 95 % interval.
        high: Upper end of the 95 % interval.
        n: Number of units that the bootstrap resamples.
        unit: `"people"`, or `"series"` where there are fewer than five people.
    """

    imputer: str
    kind_of_gap: str
    rmse: float
    low: float
    high: float
    n: int
    unit: str


def compare(
    fitted: Mapping[str, FittedImputer], windows: Windows, *, seed: int, yardstick: Windows | None = None
) -> list[ImputationError]:
    """Hide known samples, have every imputer fill them in, and measure the error of the mean of ten draws.

    Args:
        fitted: Imputers by name.
        windows: Complete windows that none of them has learnt from.
        seed: Draws the gaps (the same for all imputers), the imputed values and the bootstrap resamples.
        yardstick: Windows that define each channel's range, the unit of errors; by default `windows`.

    Returns:
        One entry per imputer and kind of gap. Empty without windows.
    """
    if len(windows) == 0:
        return []
    scale = MinMax.of((yardstick or windows).values)
    unit = "people" if len(windows.subjects) >= FEWEST_PEOPLE else "series"
    units = windows.subject if unit == "people" else windows.series
    errors = []
    for kind_of_gap, mask in comparison_masks(windows.values.shape, seed=seed).items():
        for name, imputer in fitted.items():
            hidden = np.where(mask, windows.values, np.nan)
            filled = imputer.impute(hidden, mask, n_draws=N_DRAWS, seed=seed).mean(axis=0)
            squares = ((filled - windows.values) / scale.span) ** 2
            totals = np.where(mask, 0, squares).sum(axis=(1, 2), dtype=np.float64)
            figures = _rmse_with_interval(totals, (~mask).sum(axis=(1, 2)), units, seed)
            errors.append(ImputationError(name, kind_of_gap, *figures, len(set(units.tolist())), unit))
    return errors


def comparison_masks(shape: tuple[int, int, int], *, seed: int) -> dict[str, np.ndarray]:
    """Draw the gaps that imputers are compared on.

    Args:
        shape: `(n, timesteps, channels)`.
        seed: Draws where samples are missing.

    Returns:
        Kind of gap in words -> bool mask of `shape`, `True` where known. Gaps in a single channel are left out where
        there is only one channel.
    """
    n, n_timesteps, n_channels = shape
    rng = np.random.default_rng(seed)
    length = max(1, int(MISSING_SHARE * n_timesteps))
    masks = {
        SCATTERED: scattered(shape, MISSING_SHARE, rng),
        GAP_IN_ALL: stretches(n, n_timesteps, length, rng),
    }
    if n_channels > 1:
        masks[WHOLE_CHANNEL] = one_channel(n, n_channels, rng)
        masks[GAP_IN_ONE] = stretches(n, n_timesteps, length, rng) | one_channel(n, n_channels, rng)
    return {kind: np.broadcast_to(mask, shape) for kind, mask in masks.items()}


def _rmse_with_interval(
    totals: np.ndarray, counts: np.ndarray, units: np.ndarray, seed: int
) -> tuple[float, float, float]:
    """Return the RMSE and its 95 % percentile bootstrap interval over units (people or series)."""
    names, codes = np.unique(units, return_inverse=True)
    total = np.bincount(codes, totals, len(names))
    count = np.bincount(codes, counts, len(names))
    drawn = np.random.default_rng(seed).integers(len(names), size=(N_RESAMPLES, len(names)))
    resampled = np.sqrt(total[drawn].sum(axis=1) / np.maximum(count[drawn].sum(axis=1), 1))
    low, high = np.quantile(resampled, [0.025, 0.975])
    return float(np.sqrt(total.sum() / max(count.sum(), 1))), float(low), float(high)
