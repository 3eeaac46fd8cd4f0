"""Spectra: a rhythm peaks where it is, and power is what the variance is."""

from dataclasses import replace

import numpy as np
import pytest

from data.summaries.spectra import MAX_WINDOWS, spectra
from tests.toy import make_windows

WINDOWS = make_windows(n_channels=3, duration_s=5.12)
T = np.arange(WINDOWS.n_timesteps) / WINDOWS.rate_hz
STEP_HZ = WINDOWS.rate_hz / WINDOWS.n_timesteps


def sines(hz: float, size: float = 1.0):
    """Return the windows with a sine of random phase on one axis and an offset on another."""
    phases = np.random.default_rng(0).uniform(0, 2 * np.pi, (len(WINDOWS), 1))
    values = np.zeros_like(WINDOWS.values)
    values[:, :, 0] = size * np.sin(2 * np.pi * hz * T + phases)
    values[:, :, 1] = 5.0
    return WINDOWS.with_values(values)


@pytest.mark.parametrize("hz", [1.0, 3.0, 12.5])
def test_a_sine_peaks_at_its_frequency(hz):
    found = spectra(sines(hz))
    for _, activity in found.groupby("activity"):
        assert activity["hz"].iloc[activity["power"].argmax()] == pytest.approx(hz, abs=STEP_HZ / 2)


@pytest.mark.parametrize(("hz", "size"), [(3.0, 1.0), (3.0, 2.0), (7.9, 1.0)])
def test_power_adds_up_to_the_variance(hz, size):
    found = spectra(sines(hz, size))
    for _, activity in found.groupby("activity"):
        assert activity["power"].sum() * STEP_HZ == pytest.approx(size**2 / 2, rel=0.02)


def test_power_of_noise_is_flat_and_adds_up():
    noise = np.random.default_rng(0).normal(0, 2, WINDOWS.values.shape)
    found = spectra(WINDOWS.with_values(noise))
    for _, activity in found.groupby("activity"):
        assert activity["power"].sum() * STEP_HZ == pytest.approx(3 * 2**2, rel=0.1)
        low, high = np.array_split(activity["power"].to_numpy(), 2)
        assert low.mean() == pytest.approx(high.mean(), rel=0.15)


def test_how_a_sensor_was_worn_does_not_matter():
    turn, _ = np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))
    turned = spectra(WINDOWS.with_values(WINDOWS.values @ turn))
    np.testing.assert_allclose(turned["power"], spectra(WINDOWS)["power"], rtol=1e-3)


def test_channels_that_make_no_sensor_stand_alone():
    alone = replace(WINDOWS, channels=("acc_x", "acc_y", "heart"))
    assert list(spectra(alone)["sensor"].unique()) == ["acc_x", "acc_y", "heart"]
    assert list(spectra(WINDOWS)["sensor"].unique()) == ["acc"]


def test_many_windows_are_looked_at_in_part():
    many = WINDOWS.take(np.tile(np.arange(len(WINDOWS)), 2 * MAX_WINDOWS // len(WINDOWS) * 3))
    assert np.bincount(np.unique(many.activity, return_inverse=True)[1]).min() > MAX_WINDOWS
    assert np.isfinite(spectra(many)["power"]).all()
