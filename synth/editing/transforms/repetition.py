"""Repetitions of a movement: one of them as the pattern for others."""

from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import numpy as np

from synth.core.learner import setting
from synth.editing.strokes import EditError
from synth.editing.transforms.base import Group, Transform, known

LEAST_REGULAR = 0.3  # autocorrelation at a lag of one period; below it, nothing counts as repeating
SHORTEST_S = 0.2  # duration of one repetition
FADED = 0.15  # share of a repetition, at each end, over which old and new values are cross-faded


@dataclass(frozen=True)
class LikeRepetition(Transform):
    """Replace one repetition by another, stretched to its length and cross-faded at both ends.

    Repetitions are found in the first principal component of the channels: their duration from its autocorrelation,
    their borders at its highest peaks. Windows with fewer repetitions stay as they are.

    Attributes:
        pattern: Number of the repetition to copy, counted from 1.
        changed: Number of the repetition to replace, counted from 1; 0 for all others.
    """

    kind: ClassVar[str] = "repetition"
    title: ClassVar[str] = "Make a repetition like another"
    summary: ClassVar[str] = "Uses one repetition of a movement as the pattern for another."

    pattern: int = setting(
        1,
        "The pattern is repetition",
        "Counted from the beginning of the window.",
        low=1,
        high=100,
        advanced=False,
    )
    changed: int = setting(
        2,
        "Change repetition",
        "Counted in the same way; 0 changes all other repetitions.",
        low=0,
        high=100,
        advanced=False,
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.pattern == self.changed:
            raise ValueError("repetition: the pattern and the changed repetition must not be the same")

    def change(self, group: Group) -> tuple[np.ndarray, np.ndarray]:
        """Replace repetitions by the pattern; see `Transform.change`."""
        scale = np.where(group.usual > 0, group.usual, 1.0)
        found = [repetitions(window / scale, group.rate_hz) for window in group.values]
        needed = max(self.pattern, self.changed or 2)
        if not any(len(borders) > needed for borders in found):
            raise EditError(
                f"{self.title}: no window of this group has {needed} complete repetitions. Choose longer windows on "
                "the Data page, or another group."
            )
        values = group.values.copy()
        for window, borders in zip(values, found, strict=True):
            if len(borders) > needed:
                self._repeat(window, borders)
        return known(values)

    def _repeat(self, window: np.ndarray, borders: np.ndarray) -> None:
        pieces = list(pairwise(borders))
        begin, end = pieces[self.pattern - 1]
        pattern = window[begin : end + 1].copy()
        others = range(len(pieces)) if self.changed == 0 else [self.changed - 1]
        for number in others:
            if number != self.pattern - 1:
                begin, end = pieces[number]
                window[begin : end + 1] = _joined(pattern, window[begin : end + 1])

    def sentence(self) -> str:
        """Describe the transform; see `Transform.sentence`."""
        which = f"repetition {self.changed}" if self.changed else "all other repetitions"
        return f"{which} like repetition {self.pattern}"


def repetitions(window: np.ndarray, rate_hz: float) -> np.ndarray:
    """Find the borders of the repetitions in a window, one more than there are complete repetitions.

    Args:
        window: `(timesteps, k)` float, channels on a common scale.
        rate_hz: Samples per second, > 0.

    Returns:
        Sample positions in ascending order, int64; empty where nothing repeats.
    """
    from scipy.signal import find_peaks

    trace = _main_trace(window)
    period = _period(trace, max(2, round(SHORTEST_S * rate_hz)))
    if period == 0:
        return np.zeros(0, dtype=np.int64)
    smooth = np.convolve(trace, np.ones(max(1, period // 8)) / max(1, period // 8), mode="same")
    peaks, _ = find_peaks(smooth, distance=max(1, round(0.6 * period)), prominence=0.5 * smooth.std())
    return peaks


def _main_trace(window: np.ndarray) -> np.ndarray:
    centred = window - window.mean(axis=0)
    _, vectors = np.linalg.eigh(centred.T @ centred)
    direction = vectors[:, -1]
    return centred @ (direction * np.sign(direction[np.argmax(np.abs(direction))]))


def _period(trace: np.ndarray, shortest: int) -> int:
    """Return the lag of the first high peak of the autocorrelation, in samples; 0 where there is none."""
    from scipy.signal import correlate, find_peaks

    n = len(trace)
    correlation = correlate(trace, trace)[n - 1 :] / np.arange(n, 0, -1)
    if correlation[0] <= 0:
        return 0
    correlation = correlation[: 2 * n // 3] / correlation[0]
    peaks, _ = find_peaks(correlation, height=LEAST_REGULAR)
    peaks = peaks[peaks >= shortest]
    if len(peaks) == 0:
        return 0
    high = peaks[correlation[peaks] >= 0.8 * correlation[peaks].max()]
    return int(high[0])


def _joined(pattern: np.ndarray, old: np.ndarray) -> np.ndarray:
    """Stretch the pattern `(m, k)` to the length of `old`, and cross-fade them at both ends."""
    share = np.linspace(0, 1, len(old))
    own = np.linspace(0, 1, len(pattern))
    stretched = np.stack([np.interp(share, own, channel) for channel in pattern.T], axis=1)
    to_end = np.minimum(share, 1 - share) / FADED
    weight = np.sin(np.pi / 2 * np.minimum(to_end, 1))[:, None] ** 2
    return (1 - weight) * old + weight * stretched
