"""Drawn statistics: the amplitude envelope over time, and the histogram of values."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synth.core.learner import setting
from synth.editing.strokes import EditError
from synth.editing.transforms.base import Group, Measure, Points, Transform, known
from synth.editing.transforms.level import MEASURE_HELP, in_words
from synth.editing.transforms.spectral import curve_in_words

SMOOTHED_S = 0.3  # standard deviation of the Gaussian window over which strength is measured
MAX_GAIN = 20.0  # so that noise in a stretch at rest is not amplified without limit


@dataclass(frozen=True)
class Envelope(Transform):
    """Make the strength of the movement follow a drawn curve over the window.

    Strength is the root mean square about the window's mean, in a Gaussian window around each sample.

    Attributes:
        strengths: Points `(share of the window's time, strength)`; 1 is the strength usual in this version.
    """

    kind: ClassVar[str] = "envelope"
    title: ClassVar[str] = "Drawn strength over time"
    summary: ClassVar[str] = (
        "Makes the strength of the movement follow a drawn curve over the window (amplitude envelope)."
    )
    axes: ClassVar = {"strengths": ((0.0, 1.0), (0.0, 10.0))}

    strengths: Points = setting(
        ((0.0, 0.2), (0.5, 1.5), (1.0, 0.2)),
        "Strength over time",
        "Points (share of the window's time, strength): 1 is as strong as usual in this version.",
        advanced=False,
    )

    def change(self, group: Group) -> tuple[np.ndarray, np.ndarray]:
        """Scale the movement so that its strength follows the drawn curve; see `Transform.change`."""
        from scipy.ndimage import gaussian_filter1d

        n_timesteps = group.values.shape[1]
        moving = group.values - group.middles
        width = min(SMOOTHED_S * group.rate_hz, n_timesteps / 4)
        strength = np.sqrt(gaussian_filter1d(moving**2, width, axis=1, mode="nearest"))
        share = np.linspace(0, 1, n_timesteps)
        target = np.interp(share, *np.array(self.strengths).T)[:, None] * group.usual
        gain = np.divide(target, strength, out=np.zeros_like(strength), where=strength > 0)
        return known(group.middles + np.minimum(gain, MAX_GAIN) * moving)

    def sentence(self) -> str:
        """Describe the transform; see `Transform.sentence`."""
        return (
            f"strength over time along a drawn curve ({curve_in_words(self.strengths, 'of the window', '×')})"
        )


@dataclass(frozen=True)
class Histogram(Transform):
    """Give the values of the whole group a drawn distribution by quantile mapping, which preserves their order.

    Equal values stay equal. Each channel is mapped by itself.

    Attributes:
        heights: Points `(value, density)`, joined by straight lines; only the shape counts.
        measure: The unit of values; usual movement is counted from the group's mean.
    """

    kind: ClassVar[str] = "histogram"
    title: ClassVar[str] = "Drawn histogram"
    summary: ClassVar[str] = "Makes values occur as often as drawn, over the whole group (target histogram)."
    axes: ClassVar = {"heights": ((-1e6, 1e6), (0.0, 1e6))}

    heights: Points = setting(
        ((-3.0, 0.0), (0.0, 1.0), (3.0, 0.0)),
        "How often each value",
        "Points (value, how often): only the shape counts. Joined by straight lines; no value lies outside.",
        advanced=False,
    )
    measure: Measure = setting(
        "usual movement", "Values measured in", f"{MEASURE_HELP} Usual movement is counted from the group's mean.",
        advanced=False,
    )  # fmt: skip

    def change(self, group: Group) -> tuple[np.ndarray, np.ndarray]:
        """Map values to the drawn distribution; see `Transform.change`."""
        from scipy.stats import rankdata

        flat = group.values.reshape(-1, group.values.shape[2])
        share = (rankdata(flat, axis=0) - 0.5) / len(flat)
        mapped = quantiles(self.heights, share)
        if self.measure == "usual movement":
            mapped = flat.mean(axis=0) + mapped * group.usual
        return known(mapped.reshape(group.values.shape))

    def __post_init__(self) -> None:
        super().__post_init__()
        if not any(height > 0 for _, height in self.heights):
            raise ValueError("histogram: heights must have a point above 0")

    def sentence(self) -> str:
        """Describe the transform; see `Transform.sentence`."""
        low, high = self.heights[0][0], self.heights[-1][0]
        return f"values spread along a drawn histogram from {low:g} to {high:g} {in_words(self.measure)}"


def quantiles(heights: Points, share: np.ndarray) -> np.ndarray:
    """Return quantiles of a drawn distribution: the inverse of its cumulative distribution function.

    Args:
        heights: Points of a piecewise linear density; its integral need not be 1.
        share: Any shape, in [0, 1].

    Returns:
        Values of the same shape.

    Raises:
        EditError: If the area under the density is not a positive number.
    """
    x, y = np.array(heights).T
    areas = np.diff(x) * (y[1:] + y[:-1]) / 2
    total = areas.sum()
    if not (np.isfinite(total) and total > 0):
        raise EditError("The drawn histogram has no area. Draw it wider or higher.")
    below = np.concatenate([[0], np.cumsum(areas)]) / total
    piece = np.clip(np.searchsorted(below, share, side="left") - 1, 0, len(areas) - 1)
    rest = (share - below[piece]) * total
    slope = (y[piece + 1] - y[piece]) / (x[piece + 1] - x[piece])
    root = np.sqrt(np.maximum(y[piece] ** 2 + 2 * slope * rest, 0))
    # Solves y0 d + slope d^2 / 2 = rest in the form that also holds where the piece is level.
    height = y[piece] + root
    step = np.divide(2 * rest, height, out=np.zeros_like(rest), where=height > 0)
    return np.clip(x[piece] + step, x[piece], x[piece + 1])
