"""Someone who compares how recordings change from window to window.

The attacker's story: a release may have taken out who somebody is, how he stands and how strong he moves, and still
follow his ups and downs: where he tires, speeds up or leans over. Whoever holds a recording of that person looks for
released windows of the same activity that differ from their series as his windows differ from theirs. That finds used
recordings again which by themselves resemble no released window.

References:
    Narayanan and Shmatikov, Robust de-anonymization of large sparse datasets, S&P 2008 (linking by what is unusual).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from data.release import Release
from data.windows import Windows, concatenate
from synth.audit.membership.base import LineUp, Membership
from synth.core.run_context import RunContext

FEWEST_A_SERIES = 3
N_COEFFICIENTS = 8  # a channel
FLOOR = 1e-6  # of a typical line: the logarithm of a constant channel must be finite
CLIP = 8.0  # standard deviations
NEAREST = "nearest change"


@dataclass(frozen=True)
class VariationMembership(Membership):
    """The likest change of any released window of the same activity: a cosine of means and cepstral coefficients."""

    attacker = "ups and downs within recordings"
    title = "Comparing how recordings change from window to window"

    def applies_to(self, release: Release) -> bool:
        """Apply to releases with a series of at least `FEWEST_A_SERIES` windows."""
        return bool((_counts(release.windows.series) >= FEWEST_A_SERIES).any())

    def familiarity(
        self, given: LineUp, released: Windows, context: RunContext
    ) -> Iterator[tuple[str, np.ndarray]]:
        """Yield the cosine similarity to the most similar released change of the same activity."""
        real = concatenate([given.used, given.unused])
        ours, theirs = _changes(real), _changes(released)
        likest = np.zeros(len(real))
        for activity in released.activities:
            mine, other = real.activity == activity, released.activity == activity
            likest[mine] = (_directions(ours[mine]) @ _directions(theirs[other]).T).max(axis=1, initial=-1.0)
        yield NEAREST, likest


def _changes(windows: Windows) -> np.ndarray:
    """Return by how much each window's description differs from its series' mean, in units of what is usual."""
    table = _described(windows.values)
    _, series = np.unique(windows.series, return_inverse=True)
    sums = np.zeros((series.max() + 1, table.shape[1]))
    np.add.at(sums, series, table)
    changes = table - (sums / np.bincount(series)[:, None])[series]
    spread = changes.std(axis=0)
    return np.clip(changes / np.where(spread > 0, spread, 1.0), -CLIP, CLIP)


def _described(values: np.ndarray) -> np.ndarray:
    """Return each channel's mean and the smooth course of its spectrum (cepstral coefficients), `(n, numbers)`.

    These are what is left to follow when phases are drawn anew; shape and extremes are not.
    """
    from scipy.fft import dct

    mean = values.mean(axis=1, dtype=np.float64)
    spectrum = np.abs(np.asarray(dct(values - mean[:, None], axis=1, norm="ortho")))[:, 1:]
    floor = FLOOR * (spectrum.mean(axis=(0, 1)) + np.finfo(np.float32).tiny)
    cepstrum = np.asarray(dct(np.log(spectrum + floor), axis=1, norm="ortho"))[:, :N_COEFFICIENTS]
    return np.concatenate([mean, cepstrum.reshape(len(values), -1)], axis=1)


def _directions(changes: np.ndarray) -> np.ndarray:
    length = np.linalg.norm(changes, axis=1, keepdims=True)
    return changes / np.where(length > 0, length, 1.0)


def _counts(series: np.ndarray) -> np.ndarray:
    return np.unique(series, return_counts=True)[1]
