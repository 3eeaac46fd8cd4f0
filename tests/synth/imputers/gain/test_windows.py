"""GAIN's convolutional network: what it promises at the seams, of its draws and of every setting."""

import numpy as np
import pytest

from data.windows import Windows
from synth.core.run_context import RunContext
from synth.imputers.gain.gain import GAIN, FittedGAIN
from synth.imputers.gain.inputs import GappedWindows, Space
from synth.imputers.gain.sampling import N_MIXED, draw_mixes
from synth.imputers.gain.windows import FittedConvolutional
from synth.imputers.linear import LinearInterpolation
from synth.imputers.masks import draw_masks
from tests.eager import eagerly
from tests.toy import make_windows

pytestmark = pytest.mark.slow  # a network of its own is compiled for nearly every one of them
TINY = {"iterations": 60, "hidden": 8, "batch_size": 32, "patience": 1, "learning_rate": 0.003}
BARELY = TINY | {"iterations": 2}


@pytest.fixture(scope="module")
def windows() -> Windows:
    return make_windows(n_channels=3, rate_hz=20.0, seconds_per_series=16.0)


@pytest.fixture(scope="module")
def fitted(windows) -> FittedConvolutional:
    return GAIN(**TINY | {"iterations": 150}).fit(windows, RunContext(0))


def gap(windows: Windows, start: int = 16, stop: int = 36) -> np.ndarray:
    mask = np.ones(windows.values.shape, dtype=bool)
    mask[:, start:stop] = False
    return mask


class TestDraws:
    def test_draws_differ_most_in_the_middle_of_a_gap_and_not_where_known(self, fitted, windows):
        draws = fitted.impute(windows.values, gap(windows), n_draws=10, seed=0)
        spread = draws.std(axis=0).mean(axis=(0, 2))
        assert 0 < spread[[16, 35]].max() < spread[24:28].min()
        assert np.ptp(draws, axis=0)[gap(windows)].max() == 0

    def test_every_second_draw_mirrors_the_one_before(self):
        mixes = draw_mixes(5, 3, np.random.default_rng(0))
        assert mixes.shape == (5, 3, N_MIXED)
        np.testing.assert_array_equal(mixes[1], -mixes[0])
        np.testing.assert_array_equal(mixes[3], -mixes[2])
        assert not np.array_equal(mixes[4], mixes[2])

    def test_a_mix_is_as_large_as_what_is_mixed(self):
        mixes = draw_mixes(4, 3, np.random.default_rng(0))
        np.testing.assert_allclose((mixes**2).sum(axis=2), 1, rtol=1e-5)

    def test_a_window_has_the_same_draws_alone_as_among_others(self, fitted, windows):
        values, mask = windows.values[:3], gap(windows)[:3]
        among = fitted.impute(values, mask, n_draws=4, seed=0)
        alone = fitted.impute(values[:1], mask[:1], n_draws=4, seed=0)
        np.testing.assert_allclose(alone[:, 0], among[:, 0], atol=1e-4)

    def test_the_errors_that_are_drawn_from_are_not_those_on_the_window_itself(self, fitted):
        reference = fitted.reference[:5]
        mask = np.ones(reference.shape, dtype=bool)
        mask[:, 16:36] = False
        picked = fitted._sampler.similar(GappedWindows.of(reference, mask), N_MIXED)
        assert picked.shape == (N_MIXED, *reference.shape)
        assert not (picked == reference).all(axis=(2, 3)).any()

    def test_draws_are_stretched_to_hold_nine_tenths_of_the_held_out_truth(self, fitted, windows):
        mask = draw_masks(windows.values.shape, kind="sketches", miss_rate=0.2, rng=np.random.default_rng(1))
        draws = fitted.impute(windows.values, mask, n_draws=40, seed=0)
        low, high = np.quantile(draws, [0.05, 0.95], axis=0)
        inside = ((windows.values >= low) & (windows.values <= high))[~mask]
        assert 0.75 < inside.mean() < 0.99

    def test_two_mirrored_draws_average_to_what_is_expected(self, fitted, windows):
        short = gap(windows, 20, 28)
        draws = fitted.impute(windows.values, short, n_draws=4, seed=0)
        first, second = draws[:2].mean(axis=0), draws[2:].mean(axis=0)
        likely = fitted.expect(windows.values, short, seed=0)
        limits = fitted.limits  # draws beyond them are pulled back
        inside = ((draws > limits.low + 1e-4) & (draws < limits.high - 1e-4)).all(axis=0)
        assert inside[~short].mean() > 0.5
        np.testing.assert_allclose(first[inside], second[inside], atol=1e-4)
        np.testing.assert_allclose(first[inside], likely[inside], atol=1e-4)

    def test_fillings_stay_where_the_sensor_has_been_but_at_no_value_that_it_had(self, fitted, windows):
        nothing = np.zeros((2, *windows.values.shape[1:]), dtype=bool)
        filled = fitted.impute(windows.values[:2], nothing, n_draws=3, seed=0)
        half = np.ptp(windows.values, axis=(0, 1)) / 2
        assert (np.abs(filled - windows.values.mean(axis=(0, 1))) < 2 * half).all()
        wild = np.repeat(filled, 20, axis=0) * np.float32(100)
        pulled = fitted._within(wild, windows.values[:2], nothing)
        assert (np.abs(pulled - windows.values.mean(axis=(0, 1))) < 8 * half).all()
        assert len(np.unique(wild)) == pytest.approx(len(np.unique(pulled)), rel=0.01)


class TestSeams:
    def test_steps_into_a_gap_are_no_larger_than_real_ones(self, fitted, windows):
        filled = fitted.impute(windows.values, gap(windows), seed=0)[0]
        real = np.abs(np.diff(windows.values, axis=1))
        steps = np.abs(np.diff(filled, axis=1))[:, [15, 35]]
        assert np.median(steps) < np.quantile(real, 0.95)

    def test_what_the_networks_see_does_not_depend_on_what_is_missing(self, windows):
        inner = Space.of(windows.values).enter(windows.values)
        asked = [GappedWindows.of(np.where(gap(windows), inner, x), gap(windows)).arrays() for x in (0, 99.0)]
        for first, second in zip(*asked, strict=True):
            np.testing.assert_array_equal(first, second)

    def test_the_space_has_unit_spread_and_leads_back(self, windows):
        space = Space.of(windows.values)
        inner = space.enter(windows.values)
        np.testing.assert_allclose(inner.mean(axis=(0, 1)), 0, atol=1e-4)
        np.testing.assert_allclose(inner.std(axis=(0, 1)), 1, atol=1e-3)
        np.testing.assert_allclose(space.leave(inner), windows.values, atol=1e-5)
        assert space.size == pytest.approx(
            np.sqrt(np.mean((windows.values.std(axis=(0, 1)) / space.scale.span) ** 2)), rel=1e-3
        )


class TestFitting:
    def test_it_beats_straight_lines_in_gaps_of_repeated_movements(self, windows):
        """A gap of a second, and a swing that comes nearly twice in it."""
        many = make_windows(n_channels=3, rate_hz=20.0, seconds_per_series=40.0)
        many, windows = (some.take(some.activity == "act3") for some in (many, windows))
        learner = GAIN(iterations=300, hidden=32, batch_size=32, patience=6, learning_rate=0.003)
        error = {
            x.kind: np.sqrt(np.mean((self.filled(x, many, windows) - windows.values)[~gap(windows)] ** 2))
            for x in (learner, LinearInterpolation())
        }
        assert error["gain"] < 0.7 * error["linear"]

    def filled(self, learner: GAIN | LinearInterpolation, train: Windows, windows: Windows) -> np.ndarray:
        fitted = learner.fit(train, RunContext(0))
        return fitted.impute(windows.values, gap(windows), n_draws=8, seed=0).mean(axis=0)

    @pytest.fixture(scope="class")
    def barely(self, windows) -> FittedConvolutional:
        with eagerly():
            return GAIN(**BARELY).fit(windows, RunContext(0))

    @pytest.mark.parametrize(
        "change",
        [
            {"iterations": 4},
            {"masks": "scattered"},
            {"miss_rate": 0.5},
            {"hidden": 16},
            {"alpha": 1.0},
            {"error_on": "known"},
            {"hint": "paper"},
            {"hint_rate": 0.5},
            {"batch_size": 16},
            {"learning_rate": 0.01},
            {"network": "dense"},
        ],
        ids=str,
    )
    def test_every_setting_matters(self, change, windows, barely):
        with eagerly():
            other = GAIN(**{**BARELY, **change}).fit(windows, RunContext(0))
            filled = [f.impute(windows.values[:8], gap(windows)[:8], seed=0) for f in (barely, other)]
        assert not np.array_equal(*filled)

    def test_tables_and_the_dense_choice_get_the_published_network(self, windows):
        table = np.random.default_rng(0).normal(size=(30, 3))
        assert isinstance(GAIN(iterations=5).fit_table(table, RunContext(0)), FittedGAIN)
        dense = GAIN(iterations=5, hidden=8, network="dense").fit(windows, RunContext(0))
        assert isinstance(GAIN(iterations=5, hidden=8, network="dense").load(dense.to_bytes()), FittedGAIN)

    @pytest.mark.parametrize("n_timesteps", [16, 17])
    def test_any_length_works(self, n_timesteps):
        windows = make_windows(2, 2, rate_hz=10.0, n_channels=1, duration_s=n_timesteps / 10)
        with eagerly():
            fitted = GAIN(iterations=2, hidden=4, batch_size=4).fit(windows, RunContext(0))
            assert np.isfinite(fitted.impute(windows.values, gap(windows, 5, 9), seed=0)).all()
