"""The attacker who compares numbers: what it finds where there is something, and nothing where there is nothing."""

import numpy as np
import pytest

from tests.synth.exact_values import accused_by_numbers, accused_by_samples, numbers_of


@pytest.fixture
def private():
    rng = np.random.default_rng(0)
    return rng.normal(size=(40, 12, 2)).astype(np.float32), rng.normal(size=(60, 12, 2)).astype(np.float32)


def made(n=50, seed=1):
    return np.random.default_rng(seed).normal(size=(n, 12, 2)).astype(np.float32)


def test_the_numbers_of_a_window():
    window = np.array([[[1.0], [5.0], [2.0], [4.0]]], np.float32)
    np.testing.assert_allclose(numbers_of(window), [[3.0, np.sqrt(2.5), 1.0, 5.0, 1.0, 4.0, 3.0]])


@pytest.mark.parametrize("n_windows", [1, 2, 3])
def test_a_private_mean_is_found_where_it_recurs_often_enough(private, n_windows):
    used, unused = private
    released = made()
    wanted = used[7].mean(axis=0, dtype=np.float64)[0]
    released[:n_windows, :, 0] += (wanted - released[:n_windows, :, 0].mean(axis=1, dtype=np.float64))[
        :, None
    ]
    for n_repetitions in (2, 3):
        accused = accused_by_numbers(released, used, unused, n_repetitions=n_repetitions)
        assert np.flatnonzero(accused.used).tolist() == ([7] if n_windows >= n_repetitions else [])
        assert not accused.unused.any()


def test_values_clipped_to_an_extreme_accuse_the_window_that_it_is_from(private):
    used, unused = private
    accused = accused_by_numbers(np.clip(2 * made(), used.min(), used.max()), used, unused)
    low, high = (np.argmin(used.min(axis=(1, 2))), np.argmax(used.max(axis=(1, 2))))
    assert set(np.flatnonzero(accused.used)) == {low, high}
    assert not accused.unused.any()


def test_copies_are_found_by_numbers_and_samples_and_not_by_chance(private):
    used, unused = private
    released = np.concatenate([made(), used[:20]])
    for accused in (
        accused_by_numbers(released, used, unused, n_repetitions=1),
        accused_by_samples(released, used, unused),
    ):
        assert accused.used[:20].all()
        assert not accused.used[20:].any()
        assert not accused.unused.any()
        assert accused.chance < 1e-6


def test_one_sample_is_enough_and_what_unused_windows_share_accuses_nobody(private):
    used, unused = private
    released = made()
    released[3, 4] = used[11, 0]
    used[12, 1] = unused[5, 2] = released[9, 9] = 0.5
    accused = accused_by_samples(released, used, unused)
    assert np.flatnonzero(accused.used).tolist() == [11]
    assert not accused.unused.any()
    released[3, 4, 1] += 1e-3  # another channel at the same instant
    assert not accused_by_samples(released, used, unused).used.any()


def test_windows_that_have_nothing_to_do_with_each_other_accuse_nobody(private):
    assert accused_by_numbers(made(400), *private).chance == 1
    assert not accused_by_samples(made(400), *private).used.any()
