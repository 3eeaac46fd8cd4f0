"""Windows reconstructed from what a network shares: what is found again, and what is not."""

import numpy as np
import pytest

from bench.gradient_inversion import Victim, correlations, judged, measured, reconstructed, standardised
from tests.toy import make_windows


@pytest.fixture(scope="module")
def pool() -> tuple[np.ndarray, np.ndarray]:
    windows = make_windows(n_subjects=3, n_activities=2, seconds_per_series=20.0, rate_hz=16.0, n_channels=2)
    return standardised(windows)


@pytest.fixture(scope="module")
def victim(pool) -> Victim:
    return Victim(*pool, seed=0, n_updates=0)


def test_the_gradient_of_one_window_is_that_window(victim, pool):
    values, codes = pool
    guess = reconstructed(victim, "gradients", values[[5]], codes[[5]], n_steps=300, seed=1)
    centred = [v - v.mean(axis=1) for v in (guess, values[[5]])]
    assert np.corrcoef(*(v.ravel() for v in centred))[0, 1] > 0.98


def test_weights_alone_are_no_window(victim, pool):
    found = measured(victim, "weights", 1, 3, *pool, n_steps=50, seed=0)
    assert found.given.max() < 0.7


def test_what_is_averaged_is_drawn_from_the_pool_and_judged_within_its_activity(pool):
    values, codes = pool
    given = np.array([0, 1])
    found = judged(values[[0, 7]], given, values, codes)
    assert found.given[0] == pytest.approx(1.0)
    assert found.given[1] < found.other[1] == pytest.approx(1.0)
    assert found.chance == pytest.approx((np.isin(np.flatnonzero(codes == codes[0]), given)).mean())


def test_windows_are_compared_at_their_best_shift():
    rng = np.random.default_rng(0)
    values = rng.normal(size=(4, 32, 2))
    shifted = 3 * np.roll(values[[2]], 5, axis=1) + 1
    alike = correlations(shifted, values)
    assert alike[0, 2] == pytest.approx(1.0)
    assert alike[0, [0, 1, 3]].max() < 0.9


def test_statistics_are_those_of_each_layer(victim, pool):
    values = pool[0][:3]
    mean, variance = victim.statistics(values)[:2]
    assert np.allclose(mean, values.mean(axis=(0, 1)), atol=1e-5)
    assert np.allclose(variance, values.var(axis=(0, 1)), atol=1e-4)
