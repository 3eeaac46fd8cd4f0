"""Known answers of the plain imputers."""

import numpy as np
import pytest

from data.windows import Windows
from synth.core.run_context import RunContext
from synth.imputers.cubic import CubicInterpolation
from synth.imputers.iterative import Iterative
from synth.imputers.linear import LinearInterpolation
from synth.imputers.mean import ChannelMean
from synth.imputers.nearest import NearestWindow
from synth.imputers.tables import complete_table
from tests.toy import make_windows


def lines(n: int = 12, n_timesteps: int = 20) -> Windows:
    """Windows of straight lines with known slopes; channel 2 is twice channel 1."""
    windows = make_windows(
        n_subjects=2, n_activities=2, n_channels=2, rate_hz=10.0, duration_s=n_timesteps / 10
    )
    windows = windows.take(np.arange(n))
    slopes = np.linspace(-1, 1, n)[:, None]
    line = slopes * np.arange(n_timesteps) + 0.5
    return windows.with_values(np.stack([line, 2 * line], axis=2))


@pytest.mark.parametrize("learner", [LinearInterpolation(), CubicInterpolation()], ids=lambda x: x.kind)
def test_interpolation_restores_a_straight_line(learner):
    windows = lines()
    mask = np.ones(windows.values.shape, dtype=bool)
    mask[:, 5:12, 0] = False
    mask[:, [3, 9, 15], 1] = False
    filled = learner.fit(windows, RunContext(0)).impute(windows.values, mask, seed=0)[0]
    np.testing.assert_allclose(filled, windows.values, atol=1e-5)


@pytest.mark.parametrize("learner", [LinearInterpolation(), CubicInterpolation()], ids=lambda x: x.kind)
def test_interpolation_holds_the_nearest_value_at_the_edges(learner):
    windows = lines()
    mask = np.ones(windows.values.shape, dtype=bool)
    mask[:, :4] = mask[:, -3:] = False
    filled = learner.fit(windows, RunContext(0)).impute(windows.values, mask, seed=0)[0]
    np.testing.assert_array_equal(filled[:, :4], np.repeat(windows.values[:, 4:5], 4, axis=1))
    np.testing.assert_array_equal(filled[:, -3:], np.repeat(windows.values[:, -4:-3], 3, axis=1))


def test_a_wholly_missing_channel_gets_its_training_mean():
    windows = lines()
    mask = np.ones(windows.values.shape, dtype=bool)
    mask[:, :, 1] = False
    expected = windows.values[:, :, 1].mean()
    for learner in (LinearInterpolation(), CubicInterpolation(), ChannelMean()):
        filled = learner.fit(windows, RunContext(0)).impute(windows.values, mask, seed=0)[0]
        np.testing.assert_allclose(filled[:, :, 1], expected, rtol=1e-5)


def test_cubic_curves_bend_but_never_overshoot():
    windows = lines(n_timesteps=40)
    t = np.arange(40)
    wave = np.sin(2 * np.pi * t / 20)
    windows = windows.with_values(np.broadcast_to(wave[:, None], windows.values.shape))
    mask = np.ones(windows.values.shape, dtype=bool)
    mask[:, 11:14] = mask[:, 22:34] = False
    learners = (CubicInterpolation(), LinearInterpolation())
    cubic, linear = (x.fit(windows, RunContext(0)).impute(windows.values, mask, seed=0)[0] for x in learners)
    short = slice(11, 14)
    assert (
        np.abs(cubic - windows.values)[:, short].max() < 0.7 * np.abs(linear - windows.values)[:, short].max()
    )
    for start, stop in ((11, 14), (22, 34)):
        ends = windows.values[:, [start - 1, stop]]
        inside = cubic[:, start:stop]
        assert (inside <= ends.max(axis=1, keepdims=True) + 1e-6).all()
        assert (inside >= ends.min(axis=1, keepdims=True) - 1e-6).all()


class TestNearestWindow:
    def waves(self) -> Windows:
        windows = make_windows(n_channels=2, rate_hz=10.0, seconds_per_series=16.0)
        return windows.take(np.arange(40))

    def gap(self, windows: Windows) -> np.ndarray:
        mask = np.ones(windows.values.shape, dtype=bool)
        mask[:, 8:15] = False
        return mask

    def test_a_training_window_gets_its_own_gap_back(self):
        windows = self.waves()
        mask = self.gap(windows)
        filled = NearestWindow().fit(windows, RunContext(0)).impute(windows.values, mask, seed=0)[0]
        np.testing.assert_allclose(filled, windows.values, atol=1e-5)

    def test_what_is_copied_is_shifted_and_tilted_to_meet_the_ends(self):
        windows = self.waves()
        moved = windows.values + np.array([0.01, -0.02]) + 1e-3 * np.arange(windows.n_timesteps)[:, None]
        mask = self.gap(windows)
        filled = NearestWindow().fit(windows, RunContext(0)).impute(moved.astype(np.float32), mask, seed=0)[0]
        np.testing.assert_allclose(filled, moved, atol=1e-4)

    def test_draws_are_different_windows_and_begin_again_where_there_are_no_more(self):
        windows = self.waves().take(np.arange(3))
        fitted = NearestWindow().fit(windows, RunContext(0))
        draws = fitted.impute(windows.values, self.gap(windows), n_draws=4, seed=0)
        np.testing.assert_array_equal(draws[0], draws[3])
        assert not np.allclose(draws[0], draws[1])
        assert not np.allclose(draws[1], draws[2])

    def test_a_missing_channel_comes_from_the_window_whose_other_channel_agrees(self):
        windows = self.waves()
        mask = np.ones(windows.values.shape, dtype=bool)
        mask[:, :, 1] = False
        filled = NearestWindow().fit(windows, RunContext(0)).impute(windows.values, mask, seed=0)[0]
        np.testing.assert_array_equal(filled, windows.values)

    def test_each_setting_matters(self):
        windows = self.waves()
        assert len(NearestWindow(max_windows=5).fit(windows, RunContext(0)).windows) == 5
        asked = windows.values[:, ::-1].copy()
        near, far = (
            NearestWindow(reach=reach).fit(windows, RunContext(0)).impute(asked, self.gap(windows), seed=0)
            for reach in (0.02, 5.0)
        )
        assert not np.array_equal(near, far)


def test_chained_regressions_learn_that_one_channel_is_twice_the_other():
    rng = np.random.default_rng(0)
    windows = lines().take(np.zeros(120, dtype=int))
    first = rng.normal(size=(120, 20))
    windows = windows.with_values(np.stack([first, 2 * first], axis=2))
    mask = np.ones(windows.values.shape, dtype=bool)
    mask[:, 8:12, 1] = False
    filled = (
        Iterative(n_nearest=15, rounds=4).fit(windows, RunContext(0)).impute(windows.values, mask, seed=0)[0]
    )
    error = np.sqrt(np.mean((filled - windows.values)[~mask] ** 2))
    assert error < 0.15 * windows.values[~mask].std()


@pytest.mark.filterwarnings("ignore:.*Early stopping criterion not reached")
def test_chained_regressions_are_scikit_learns():
    from sklearn.experimental import enable_iterative_imputer  # noqa: F401
    from sklearn.impute import IterativeImputer

    rng = np.random.default_rng(0)
    table = rng.normal(size=(80, 3)) @ rng.normal(size=(3, 6)) + 0.1 * rng.normal(size=(80, 6))
    table[rng.random(table.shape) < 0.2] = np.nan
    theirs = IterativeImputer(n_nearest_features=4, max_iter=3, random_state=7).fit(table).transform(table)
    ours = complete_table(Iterative(n_nearest=4, rounds=3), table, seed=7)[0]
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5)


def test_each_setting_of_the_chained_regressions_matters():
    windows = make_windows(n_channels=2, rate_hz=10.0)
    reference = Iterative(n_nearest=5, rounds=2, max_windows=40)
    base = reference.fit(windows, RunContext(0))
    changed = [{"n_nearest": 3}, {"rounds": 1}, {"max_windows": 20}]
    for change in changed:
        other = Iterative(**{"n_nearest": 5, "rounds": 2, "max_windows": 40, **change}).fit(
            windows, RunContext(0)
        )
        assert other.weights.shape != base.weights.shape or not np.allclose(other.weights, base.weights), (
            change
        )


def test_the_mean_of_a_table_ignores_missing_entries():
    table = np.array([[1.0, np.nan], [3.0, 10.0], [np.nan, 20.0]])
    filled = complete_table(ChannelMean(), table, seed=0)[0]
    np.testing.assert_array_equal(filled, [[1.0, 15.0], [3.0, 10.0], [2.0, 20.0]])


def test_a_column_without_entries_is_named():
    from synth.core.errors import TrainingError

    with pytest.raises(TrainingError, match="Column 2 has no known entry"):
        complete_table(ChannelMean(), np.array([[1.0, np.nan], [2.0, np.nan]]), seed=0)
