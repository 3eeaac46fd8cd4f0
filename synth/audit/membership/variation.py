"""An attacker who compares how recordings change from window to window.

The attacker's story: a release may have removed a person's identity, posture and strength of movement, and still
follow the course of the recording: where the person tires, speeds up or leans over. Someone with a recording of that
person looks for released windows of the same activity that deviate from their series as the person's own windows do.
This finds used recordings that do not resemble any released window in themselves.

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
N_COEFFICIENTS = 8  # per channel
FLOOR = 1e-6  # of a typical line: the logarithm of a constant channel must be finite
CLIP = 8.0  # standard deviations
NEAREST = "nearest change"


@dataclass(frozen=True)
class VariationMembership(Membership):
    """The most similar change of a released window of the same activity: cosine of means and cepstra."""

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
        most_similar = np.zeros(len(real))
        for activity in released.activities:
            mine, other = real.activity == activity, released.activity == activity
            most_similar[mine] = (_directions(ours[mine]) @ _directions(theirs[other]).T).max(
                axis=1, initial=-1.0
            )
        yield NEAREST, most_similar


def _changes(windows: Windows) -> np.ndarray:
    """Return how far each window's description is from the mean of its series, in standard deviations."""
    table = _described(windows.values)
    _, series = np.unique(windows.series, return_inverse=True)
    sums = np.zeros((series.max() + 1, table.shape[1]))
    np.add.at(sums, series, table)
    changes = table - (sums / np.bincount(series)[:, None])[series]
    spread = changes.std(axis=0)
    return np.clip(changes / np.where(spread > 0, spread, 1.0), -CLIP, CLIP)


def _described(values: np.ndarray) -> np.ndarray:
    """Return each channel's mean and cepstral coefficients (its smoothed spectrum), `(n, n_columns)`.

    These survive when phases are randomised; shape and extremes do not.
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
