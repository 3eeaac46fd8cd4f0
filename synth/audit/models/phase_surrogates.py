"""Planted fakes: windows with the spectrum of real ones and nothing else of them."""

import numpy as np


def phase_randomised(values: np.ndarray, *, seed: int) -> np.ndarray:
    """Keep each channel's mean, spread and spectrum, and draw all phases anew.

    What a movement looks like (its shape, the order of events, how channels go together) is lost, so an
    attacker worth the name tells them from real windows although every spectrum agrees.

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
        # The highest frequency of an even length is real: turning its phase would change its power.
        drawn[:, -1] = spectrum[:, -1]
    return np.asarray(fft.irfft(drawn, n=values.shape[1], axis=1)).astype(np.float32)
