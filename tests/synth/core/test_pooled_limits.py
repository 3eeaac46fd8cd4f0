"""Limits pooled over people: what they are, that nobody's number is among them, and that nothing recurs at them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth.core.pooled_limits import MARGIN, PooledLimits
from synth.keras_support.layers import softened

FINITE = st.floats(-1e6, 1e6, width=32)


def test_they_are_the_average_extremes_of_people_and_a_margin():
    numbers = np.array([[0.0], [2.0], [4.0], [10.0]])
    limits = PooledLimits.of(numbers, np.array(["a", "a", "b", "b"]))
    margin = MARGIN * numbers.std()
    np.testing.assert_allclose(limits.low, [(0 + 4) / 2 - margin])
    np.testing.assert_allclose(limits.high, [(2 + 10) / 2 + margin])


def test_a_window_of_many_rows_counts_with_its_extremes():
    numbers = np.random.default_rng(0).normal(size=(6, 5, 4, 2))
    people = np.array([0, 1, 2, 0, 1, 2])
    limits = PooledLimits.of(numbers, people)
    alone = PooledLimits.of(numbers.reshape(-1, 2), np.repeat(people, 20))
    np.testing.assert_allclose(limits.low, alone.low)
    np.testing.assert_allclose(limits.high, alone.high)


@pytest.mark.parametrize("n_people", [1, 2, 5])
def test_no_number_of_anybody_is_a_limit(n_people):
    numbers = np.random.default_rng(1).normal(size=(60, 3))
    limits = PooledLimits.of(numbers, np.arange(60) % n_people)
    for limit in (limits.low, limits.high):
        assert (np.abs(numbers - limit) > 1e-4).all()


def test_what_never_varies_stays_what_it_is():
    limits = PooledLimits.of(np.full((4, 1), 9.81), np.array([0, 0, 1, 1]))
    assert limits.soften(np.array([[9.81]])) == 9.81
    assert limits.hold(np.array([[9.81], [9.9]])).tolist() == [True, False]


@settings(deadline=None)
@given(st.lists(FINITE, min_size=1, max_size=20))
def test_numbers_inside_stay_exactly_and_those_outside_keep_their_order(found):
    limits = PooledLimits(np.array([-2.0]), np.array([1.0]))
    numbers = np.sort(found)[:, None]
    pulled = limits.soften(numbers)
    held = limits.hold(numbers)
    np.testing.assert_array_equal(pulled[held], numbers[held])
    assert (np.diff(pulled[:, 0]) >= 0).all()
    assert (np.abs(pulled + 0.5) <= np.abs(numbers + 0.5) + 1e-9).all()
    assert (np.abs(pulled) < 25).all()  # 1.5 times the logarithm of a million, and the limit


def test_values_just_beyond_a_limit_are_hardly_moved_and_do_not_meet():
    limits = PooledLimits(np.array([-1.0]), np.array([1.0]))
    beyond = np.linspace(1, 1.01, 100)[:, None]
    pulled = limits.soften(beyond)
    np.testing.assert_allclose(pulled, beyond, atol=1e-4)
    assert len(np.unique(pulled)) == 100


def test_single_precision_stays_single():
    limits = PooledLimits(np.array([-1.0]), np.array([1.0])).as_float32()
    assert limits.soften(np.array([[3.0]], np.float32)).dtype == np.float32


def test_networks_soften_in_the_same_way():
    values = np.linspace(-50, 50, 401, dtype=np.float32)[:, None]
    limit = np.array([2.5], np.float32)
    ours = PooledLimits(-limit, limit).soften(values)
    np.testing.assert_allclose(np.array(softened(values, limit)), ours, rtol=1e-6)
