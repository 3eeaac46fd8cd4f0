"""Fine detail is described as what it is, for any channels, rate and length."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth.audit.models.fine_features import LAGS, N_FINE_BANDS, couplings, fine_features
from tests.toy import make_windows


@pytest.mark.parametrize(("n_channels", "rate_hz", "duration_s"), [(1, 20, 1), (3, 200, 2), (12, 50, 10)])
def test_any_channels_rate_and_length_give_finite_numbers_of_a_known_width(n_channels, rate_hz, duration_s):
    windows = make_windows(n_channels=n_channels, rate_hz=float(rate_hz), duration_s=float(duration_s))
    table = fine_features(windows)
    n_pairs = n_channels * (n_channels - 1) // 2
    n_bands = min(N_FINE_BANDS, windows.n_timesteps // 2)
    each_channel = 8 + 3 * (2 + len(LAGS)) + 2 * (7 + 1) + n_bands + 3
    assert table.shape == (len(windows), 6 * n_pairs + each_channel * n_channels)
    assert np.isfinite(table).all()
    assert table.dtype == np.float32


@pytest.mark.parametrize("n_timesteps", [2, 3, 5, 40])
def test_short_and_constant_windows_and_channels_are_described_too(toy_windows, n_timesteps):
    values = np.random.default_rng(0).normal(size=(4, n_timesteps, 6))
    values[..., 2] = 1
    values[1] = -3
    assert np.isfinite(fine_features(toy_windows.take(np.arange(4)).with_values(values))).all()


@settings(max_examples=10, deadline=None)
@given(st.permutations(range(12)))
def test_each_window_is_described_by_itself(order):
    windows = make_windows().take(np.arange(12))
    assert np.allclose(fine_features(windows.take(np.array(order))), fine_features(windows)[order], atol=1e-5)


def test_levels_come_first(toy_windows):
    windows = toy_windows.take(np.arange(2))
    table = fine_features(windows)
    assert table[:, :6] == pytest.approx(windows.values.mean(axis=1), abs=1e-5)
    assert table[:, 6:12] == pytest.approx(windows.values.min(axis=1))
    assert table[:, 42:48] == pytest.approx(windows.values.max(axis=1))


@pytest.mark.parametrize("order", [0, 1, 2])
def test_couplings_are_numpys(order):
    values = np.random.default_rng(1).normal(size=(3, 50, 4))
    covariance, correlation = couplings(values, order)
    for window in range(3):
        steps = np.diff(values[window], n=order, axis=0).T
        above = np.triu_indices(4, k=1)
        assert covariance[window] == pytest.approx(np.cov(steps, bias=True)[above])
        assert correlation[window] == pytest.approx(np.corrcoef(steps)[above])


def test_a_band_holds_the_power_of_its_frequencies(toy_windows):
    t = np.arange(128) / 50
    wave = np.sin(2 * np.pi * 24 * t)  # the last of sixteen bands up to 25 Hz
    windows = toy_windows.take(np.arange(1)).with_values(np.tile(wave[None, :, None], (1, 1, 6)))
    table = fine_features(windows)[0]
    bands = table[-(N_FINE_BANDS + 3) * 6 : -3 * 6].reshape(N_FINE_BANDS, 6)
    assert (bands.argmax(axis=0) == N_FINE_BANDS - 1).all()


def test_quantisation_is_counted(toy_windows):
    values = np.tile(np.array([0, 0, 1, 1, 2, 2, 4, 4.0])[None, :, None], (1, 1, 6))
    equal, distinct, smallest = fine_features(toy_windows.take(np.arange(1)).with_values(values))[0][
        -18:
    ].reshape(3, 6)
    assert equal == pytest.approx(np.full(6, 4 / 7))
    assert distinct == pytest.approx(np.full(6, 3 / 7))
    assert np.exp(smallest) == pytest.approx(np.full(6, 1 / values[0, :, 0].std()), rel=1e-4)
