"""Features of windows whose features are known."""

import numpy as np
import pytest

from synth.audit.models.features import features
from tests.toy import make_windows


@pytest.mark.parametrize(("n_channels", "rate_hz"), [(1, 20.0), (3, 100.0), (12, 50.0)])
def test_any_channels_and_rate_give_finite_numbers_of_a_known_width(n_channels, rate_hz):
    windows = make_windows(n_channels=n_channels, rate_hz=rate_hz)
    table = features(windows)
    assert table.shape == (len(windows), 26 * n_channels + n_channels * (n_channels - 1) // 2)
    assert table.dtype == np.float32
    assert np.isfinite(table).all()


@pytest.mark.parametrize("n_timesteps", [2, 3, 5])
def test_very_short_and_constant_windows_are_described_too(toy_windows, n_timesteps):
    windows = toy_windows.take(np.arange(4)).with_values(np.ones((4, n_timesteps, 6)))
    assert np.isfinite(features(windows)).all()


def test_a_known_wave(toy_windows):
    t = np.arange(128) / 50
    wave = 2 + 3 * np.sin(2 * np.pi * 50 / 128 * 8 * t)
    windows = toy_windows.take(np.arange(1)).with_values(np.tile(wave[None, :, None], (1, 1, 6)))
    table = features(windows)[0]
    assert table[0] == pytest.approx(2, abs=1e-4)  # mean
    assert table[6] == pytest.approx(3 / np.sqrt(2), abs=1e-3)  # spread
    assert table[12] == pytest.approx(np.sqrt(4 + 4.5), abs=1e-3)  # root mean square
    dominant = 6 * (17 + 6)
    assert table[dominant] == pytest.approx(8 * 50 / 128, abs=1e-4)
    assert table[-15:] == pytest.approx(np.ones(15), abs=1e-4)  # all channels go together


def test_a_shift_of_level_changes_levels_only(toy_windows):
    lifted = toy_windows.with_values(toy_windows.values + 5)
    changed = np.abs(features(lifted) - features(toy_windows)).max(axis=0) > 0.05
    levels = np.zeros(len(changed), bool)
    levels[:6] = levels[12:60] = True  # means, root mean squares and quantiles
    assert changed[:6].all()
    assert not changed[~levels].any()
