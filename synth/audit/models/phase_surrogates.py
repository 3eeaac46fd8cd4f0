"""Planted fakes: windows that share only the spectra of real ones."""

import numpy as np


def phase_randomised(values: np.ndarray, *, seed: int) -> np.ndarray:
    """Keep each channel's mean, variance and spectrum, and draw new phases.

    The movement itself (its shape, the order of events, the coupling of channels) is lost, so any useful attacker
    distinguishes them from real windows although all spectra agree.

    Args:
        values: `(n, timesteps, channels)`.
        seed: Draws the phases.

    Returns:
        float32 of the same shape.

    References:
        Theiler et al., Testing for nonlinearity in time series: the method of surrogate data, 1992.
    """
    from scipy import fft

    spectrum = np.asarray(fft.rfft(values.astype(np.float64), axis=1))
    angles = np.random.default_rng(seed).uniform(0, 2 * np.pi, spectrum.shape)
    drawn = np.abs(spectrum) * np.exp(1j * angles)
    drawn[:, 0] = spectrum[:, 0]
    if values.shape[1] % 2 == 0:
        # The highest frequency of an even length is real: a new phase would change its power.
        drawn[:, -1] = spectrum[:, -1]
    return np.asarray(fft.irfft(drawn, n=values.shape[1], axis=1)).astype(np.float32)
