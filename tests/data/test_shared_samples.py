"""Runs of samples are found wherever windows were cut, and only where something moves."""

import numpy as np
import pytest

from data.shared_samples import run_hashes, run_length, shared_fraction
from data.windows import WindowSettings, cut_windows
from tests.toy import make_recordings, make_windows


@pytest.mark.parametrize("n_channels", [1, 3, 12])
def test_windows_cut_elsewhere_hold_the_same_runs(n_channels):
    recordings = make_recordings(n_subjects=2, n_activities=2, n_channels=n_channels)
    ours = cut_windows(recordings, WindowSettings(2.56, 0.5))
    elsewhere = cut_windows(recordings, WindowSettings(1.3, 0.25))
    elsewhere = elsewhere.take(elsewhere.start > 10)
    longer = shared_fraction(
        ours.with_values(ours.values[:, 5:75]), cut_windows(recordings, WindowSettings(1.4, 0.9))
    )
    assert longer.min() > 0.9
    others = make_windows(n_subjects=2, n_activities=2, n_channels=n_channels, seed=5)
    assert shared_fraction(others, ours).max() == 0


def test_units_that_were_converted_there_and_back_leave_runs_equal():
    windows = make_windows()
    there_and_back = (windows.values.astype(np.float64) * 9.80665).astype(np.float32) / np.float32(9.80665)
    assert shared_fraction(windows.with_values(there_and_back), windows).mean() > 0.95


def test_still_windows_have_no_runs():
    windows = make_windows()
    still = windows.with_values(np.zeros_like(windows.values))
    assert (run_hashes(still, like=windows) == 0).all()
    assert shared_fraction(still, still.take(np.arange(3))).max() == 0


@pytest.mark.parametrize(("n_timesteps", "n_channels"), [(4, 1), (16, 2), (512, 12)])
def test_a_run_is_at_most_half_a_window(n_timesteps, n_channels):
    windows = make_windows(n_channels=n_channels)
    short = windows.with_values(np.resize(windows.values, (len(windows), n_timesteps, n_channels)))
    assert 2 <= run_length(short) <= max(2, n_timesteps // 2)
