"""Calibration windows made from public knowledge of human movement, for encodings that must not depend on anybody's
data.
"""

import numpy as np

from data.ingest.units import standard_units
from data.windows import Windows
from synth.core.errors import TrainingError
from synth.mechanisms.base import WindowKind

# Standard deviation of a window's level, and of the movement in it. Gravity may point anywhere (1 g / sqrt(3) per
# axis), limbs accelerate by a fraction of it and turn at about a radian per second; the Earth's field is about 50 µT.
USUAL = {"g": (0.58, 0.3), "rad/s": (0.1, 1.0), "µT": (29.0, 10.0)}
CORNER_HZ = 2.0  # most power of human movement lies below it (Antonsson and Mann, J. Biomechanics 1985)
RESTLESSNESS = 1.0  # standard deviation of the logarithm of strength: people sit, and people run
SHARPNESS = 0.05  # share of the movement that is white: impacts, sensor noise
N_WINDOWS = 400
REACH = 8.0  # standard deviations beyond which a value is clipped: no body part moves like that


def calibration_windows(kind: WindowKind) -> np.ndarray:
    """Return artificial movement in the units of `kind`, `(N_WINDOWS, timesteps, channels)` float32; always the same.

    It depends on the units, rate and length of windows only, never on their content.

    Raises:
        TrainingError: If the unit of a channel is not known.
    """
    level, movement = _usual_spread(kind)
    rng = np.random.default_rng(0)
    n_samples = 2 * kind.n_timesteps  # the second half is discarded: a Fourier series is periodic
    loudness = 1 / (1 + (np.fft.rfftfreq(n_samples, 1 / kind.rate_hz) / CORNER_HZ) ** 2)
    loudness[0] = 0.0
    white = rng.standard_normal((N_WINDOWS, n_samples, len(kind.units)))
    smooth = np.fft.irfft(np.fft.rfft(white, axis=1) * loudness[:, None], n_samples, axis=1)
    smooth /= smooth.std()
    levels = rng.standard_normal((N_WINDOWS, 1, len(kind.units)))
    strengths = np.exp(RESTLESSNESS * rng.standard_normal((N_WINDOWS, 1, 1)) - RESTLESSNESS**2)
    signals = level * levels + movement * strengths * (smooth + SHARPNESS * white)
    return signals[:, : kind.n_timesteps].astype(np.float32)


def clip_to_plausible(windows: Windows) -> Windows:
    """Clip values to the range of human movement, so that an outlier cannot cause an overflow."""
    reach = REACH * np.hypot(*_usual_spread(WindowKind.of(windows)))
    return windows.with_values(np.clip(windows.values, -reach, reach).astype(np.float32))


def _usual_spread(kind: WindowKind) -> tuple[np.ndarray, np.ndarray]:
    factors, units = standard_units(kind.units)
    unknown = [name for name, unit in zip(kind.channels, units, strict=True) if unit not in USUAL]
    if unknown:
        raise TrainingError(
            "Differential privacy needs to know the usual size of values without looking at them, and the unit of "
            f"{', '.join(unknown)} is none of g, m/s², mg, rad/s, deg/s and µT. Enter on the Data page what these "
            "channels measure, leave them out, or set epsilon to 0."
        )
    usual = np.array([USUAL[unit] for unit in units]) / factors[:, None]
    return usual[:, 0], usual[:, 1]
