"""An attacker who knows nothing but arithmetic: numbers of released windows that are exactly those of private ones.

A value that a method stores of a single private window, and writes into released ones (the extreme to which it clips,
an order statistic, a stored example), is found in many released windows, and in one private one.
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import fisher_exact

TOLERANCE = 1e-6  # of a number's standard deviation among private windows
FEWEST_REPETITIONS = 2  # released windows in which a number must occur


@dataclass(frozen=True)
class Accused:
    """Which private windows the attacker takes for used.

    Attributes:
        used: `(n_used,)` bool.
        unused: `(n_unused,)` bool.
    """

    used: np.ndarray
    unused: np.ndarray

    @property
    def chance(self) -> float:
        """How probable it is that at least so many of the accused were used, if they were drawn at random."""
        table = [[part.sum(), (~part).sum()] for part in (self.used, self.unused)]
        return float(fisher_exact(table, alternative="greater").pvalue)


def numbers_of(values: np.ndarray) -> np.ndarray:
    """Return what anybody computes of a window: `(n, 7 * channels)` float64 of `(n, timesteps, channels)`.

    Mean, standard deviation, smallest, largest, first and last value, and median of each channel.
    """
    values = values.astype(np.float64)
    ends = (values.min(axis=1), values.max(axis=1), values[:, 0], values[:, -1])
    return np.concatenate([values.mean(axis=1), values.std(axis=1), *ends, np.median(values, axis=1)], axis=1)


def accused_by_numbers(
    released: np.ndarray, used: np.ndarray, unused: np.ndarray, *, n_repetitions: int = FEWEST_REPETITIONS
) -> Accused:
    """Accuse private windows one of whose numbers is the same as in several released windows.

    Args:
        released: `(n, timesteps, channels)`.
        used: Windows that were learnt from.
        unused: Other windows of the same people.
        n_repetitions: Released windows in which a number must occur; with 1, any released number counts.
    """
    shown, known, other = map(numbers_of, (released, used, unused))
    tolerance = TOLERANCE * np.concatenate([known, other]).std(axis=0)
    accused = [np.zeros(len(part), bool) for part in (known, other)]
    for column in np.flatnonzero(tolerance > 0):  # what is the same in all windows accuses nobody
        repeated = _repeated(shown[:, column], tolerance[column], n_repetitions)
        for part, hits in zip((known, other), accused, strict=True):
            hits |= _distance(part[:, column], repeated) <= tolerance[column]
    return Accused(*accused)


def accused_by_samples(released: np.ndarray, used: np.ndarray, unused: np.ndarray) -> Accused:
    """Accuse private windows of which a released window holds a sample: all channels at one instant, bit for bit.

    Samples that used and unused windows share (rest, saturated sensors) accuse nobody.
    """
    shown, known, other = (_samples(part) for part in (released, used, unused))
    common = np.intersect1d(known, other)
    shown = np.setdiff1d(shown, common)
    return Accused(*(np.isin(part, shown).any(axis=1) for part in (known, other)))


def _repeated(numbers: np.ndarray, tolerance: float, n_repetitions: int) -> np.ndarray:
    """Return, sorted, the numbers that have at least `n_repetitions - 1` others within `tolerance`."""
    numbers = np.sort(numbers)
    begin = np.searchsorted(numbers, numbers - tolerance, side="left")
    end = np.searchsorted(numbers, numbers + tolerance, side="right")
    return numbers[end - begin >= n_repetitions]


def _distance(numbers: np.ndarray, among: np.ndarray) -> np.ndarray:
    """Return how far each number is from the nearest in sorted `among`; infinity if there is none."""
    padded = np.concatenate([[-np.inf], among, [np.inf]])
    place = np.searchsorted(among, numbers)
    return np.minimum(numbers - padded[place], padded[place + 1] - numbers)


def _samples(values: np.ndarray) -> np.ndarray:
    """Return every sample as one comparable value, `(n, timesteps)`."""
    values = np.ascontiguousarray(values + np.float32(0))  # -0 equals 0
    return values.view([("", values.dtype)] * values.shape[2])[..., 0]
