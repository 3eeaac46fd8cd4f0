"""Edits by frequency: smoothing, tremor, a drawn spectrum."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synth.core.learner import setting
from synth.editing.strokes import EditError
from synth.editing.transforms.base import Group, Measure, Points, Transform, known
from synth.editing.transforms.level import MEASURE_HELP, in_words

ORDER = 4  # of the Butterworth filter, which is applied forwards and backwards


@dataclass(frozen=True)
class Roughness(Transform):
    """Scale the part of the signal above a frequency; the part below it and all phases stay.

    Attributes:
        factor: In [0, 10]; 1 changes nothing.
        above_hz: Cut-off frequency, below half the sampling rate.
    """

    kind: ClassVar[str] = "roughness"
    title: ClassVar[str] = "Smoother or rougher"
    summary: ClassVar[str] = "Removes fast jitter from the movement, or amplifies it."

    factor: float = setting(
        0.0,
        "How rough",
        "0 removes everything fast, 1 changes nothing, 2 doubles it.",
        low=0.0,
        high=10.0,
        advanced=False,
    )
    above_hz: float = setting(
        5.0,
        "Fast is above (Hz)",
        "Oscillations faster than this count as fast. Human movement is mostly below 5 Hz (cut-off frequency).",
        low=0.1,
        high=500.0,
        advanced=False,
    )

    def change(self, group: Group) -> tuple[np.ndarray, np.ndarray]:
        """Scale the part of the signal above the cut-off frequency; see `Transform.change`."""
        _refuse_beyond(self, self.above_hz, group)
        slow = slow_part(group.values, self.above_hz, group.rate_hz)
        return known(slow + self.factor * (group.values - slow))

    def sentence(self) -> str:
        """Describe the transform; see `Transform.sentence`."""
        return f"what is faster than {self.above_hz:g} Hz × {self.factor:g}"


@dataclass(frozen=True)
class Tremor(Transform):
    """Add a sine wave to all selected channels, with a random phase in each window.

    Attributes:
        frequency_hz: In [0.1, 500], below half the sampling rate.
        amplitude: Half the distance from trough to peak, in [0, 1e6].
        measure: The unit of `amplitude`.
    """

    kind: ClassVar[str] = "tremor"
    title: ClassVar[str] = "Tremor"
    summary: ClassVar[str] = "Adds a regular trembling at one frequency."

    frequency_hz: float = setting(
        5.0,
        "Times a second (Hz)",
        "Parkinsonian rest tremor is at 4 to 6 Hz, essential tremor at 4 to 12 Hz.",
        low=0.1,
        high=500.0,
        advanced=False,
    )
    amplitude: float = setting(
        0.5,
        "How strong",
        "Half the distance from trough to peak (amplitude).",
        low=0.0,
        high=1e6,
        advanced=False,
    )
    measure: Measure = setting("usual movement", "Measured in", MEASURE_HELP, advanced=False)

    def change(self, group: Group) -> tuple[np.ndarray, np.ndarray]:
        """Add a sine wave; see `Transform.change`."""
        _refuse_beyond(self, self.frequency_hz, group)
        t = np.arange(group.values.shape[1]) / group.rate_hz
        phases = np.array([rng.uniform(0, 2 * np.pi) for rng in group.generators()])
        wave = np.sin(2 * np.pi * self.frequency_hz * t + phases[:, None])
        return known(group.values + wave[:, :, None] * group.in_units(self.amplitude, self.measure))

    def sentence(self) -> str:
        """Describe the transform; see `Transform.sentence`."""
        return f"trembling at {self.frequency_hz:g} Hz, {self.amplitude:g} {in_words(self.measure)}"


@dataclass(frozen=True)
class Spectrum(Transform):
    """Multiply the spectrum by a drawn curve; the mean stays.

    The window is mirrored at its end before the Fourier transform, so that its two ends do not leak into each other.

    Attributes:
        gains: Points `(frequency in Hz, factor)`, joined by straight lines.
    """

    kind: ClassVar[str] = "spectrum"
    title: ClassVar[str] = "Drawn frequencies"
    summary: ClassVar[str] = (
        "Makes each frequency stronger or weaker, along a drawn curve (gain by frequency)."
    )
    axes: ClassVar = {"gains": ((0.0, 500.0), (0.0, 10.0))}

    gains: Points = setting(
        ((0.0, 1.0), (5.0, 1.0), (10.0, 0.2)),
        "Strength by frequency",
        "Points (frequency in Hz, factor): 1 changes nothing. Joined by straight lines; constant beyond both ends.",
        advanced=False,
    )

    def change(self, group: Group) -> tuple[np.ndarray, np.ndarray]:
        """Multiply the spectrum by the drawn curve; see `Transform.change`."""
        n_timesteps = group.values.shape[1]
        mirrored = np.concatenate([group.values, group.values[:, ::-1]], axis=1)
        frequency_hz = np.fft.rfftfreq(2 * n_timesteps, 1 / group.rate_hz)
        gain = np.interp(frequency_hz, *np.array(self.gains).T)
        gain[0] = 1.0
        changed = np.fft.irfft(np.fft.rfft(mirrored, axis=1) * gain[:, None], n=2 * n_timesteps, axis=1)
        return known(changed[:, :n_timesteps])

    def sentence(self) -> str:
        """Describe the transform; see `Transform.sentence`."""
        return f"frequencies along a drawn curve ({curve_in_words(self.gains, 'Hz', '×')})"


def slow_part(values: np.ndarray, below_hz: float, rate_hz: float) -> np.ndarray:
    """Return the part of a signal below a frequency, without delay (zero phase).

    A fourth-order Butterworth low-pass filter, applied forwards and backwards.

    Args:
        values: `(n, timesteps, k)` float.
        below_hz: The frequency at which half of the amplitude is left, in (0, `rate_hz / 2`).
        rate_hz: Samples per second, > 0.

    Returns:
        `(n, timesteps, k)` float64.
    """
    from scipy.signal import butter, sosfiltfilt

    n_timesteps = values.shape[1]
    sections = butter(ORDER, below_hz, fs=rate_hz, output="sos")
    padded = min(n_timesteps - 1, round(3 * rate_hz / below_hz))
    return sosfiltfilt(sections, values, axis=1, padlen=padded)


def curve_in_words(points: Points, across: str, up: str) -> str:
    """Describe a curve by its first, highest and last point.

    Args:
        points: The curve.
        across: Unit of the first numbers.
        up: Sign in front of the second numbers.
    """
    chosen = sorted({points[0], max(points, key=lambda p: p[1]), points[-1]})
    return ", ".join(f"{up} {y:g} at {x:g} {across}".strip() for x, y in chosen)


def _refuse_beyond(transform: Transform, frequency_hz: float, group: Group) -> None:
    if frequency_hz >= group.rate_hz / 2:
        raise EditError(
            f"{transform.title}: {frequency_hz:g} Hz is too high for a sampling rate of {group.rate_hz:g} Hz. Choose "
            f"less than {group.rate_hz / 2:g} Hz."
        )
