import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.weeks.stream import survey
from data.weeks.wear import worn_times
from tests.data.weeks.signals import RATE_HZ, chunks, hours


def worn_hours(t: np.ndarray, values: np.ndarray) -> list[tuple[float, float]]:
    begins, ends = worn_times(survey(chunks(t, values), (0, 1, 2), 10**9).blocks)
    return [(begin / 3600, end / 3600) for begin, end in zip(begins, ends, strict=True)]


def test_a_night_on_the_table_is_not_worn():
    assert worn_hours(*hours((3, True), (8, False), (2, True))) == [(0, 3), (11, 13)]


def test_less_than_an_hour_on_the_table_may_be_a_person_who_sits_still():
    assert worn_hours(*hours((2, True), (0.75, False), (2, True))) == [(0, 4.75)]
    assert worn_hours(*hours((2, True), (0.75, False))) == [(0, 2.75)]
    assert worn_hours(*hours((0.75, False))) == [(0, 0.75)]


def test_it_is_told_at_both_ends():
    assert worn_hours(*hours((2, False), (2, True), (3, False))) == [(2, 4)]


def test_a_device_that_is_never_worn():
    assert worn_hours(*hours((5, False))) == []


def steady(deviations: tuple[float, float, float]) -> tuple[np.ndarray, np.ndarray]:
    """Three hours of noise; what an axis has of one sample in a thousand makes its range 1 g."""
    t, _ = hours((3, True))
    values = np.random.default_rng(0).normal((0, 0, 1), deviations, (len(t), 3))
    return t, values.astype(np.float32)


@pytest.mark.parametrize(
    ("deviations", "is_worn"),
    [
        ((0.012, 0.012, 0.2), False),  # two axes
        ((0.012, 0.2, 0.2), True),  # one axis
        ((0.014, 0.014, 0.014), True),
    ],
)
def test_two_axes_below_13_mg_are_not_worn(deviations, is_worn):
    assert bool(worn_hours(*steady(deviations))) == is_worn


@pytest.mark.parametrize(("width", "is_worn"), [(0.049, False), (0.051, True)])
def test_two_axes_within_50_mg_are_not_worn(width, is_worn):
    t, values = steady((0.2, 0.2, 0.2))
    # Two values far apart have the largest deviation that a range allows: 24.5 mg, well above 13 mg.
    values[:, :2] = np.where(np.arange(len(t))[:, None] % 2, width, 0)
    assert bool(worn_hours(t, values)) == is_worn


def test_the_ends_of_a_pause_are_judged_by_the_samples_that_there_are():
    t, values = hours((3, True), (1, False), (3, True))
    t[4 * 3600 * RATE_HZ :] += 10 * 3600
    assert worn_hours(t, values) == [(0, 3), (14, 17)]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(4, 20), st.booleans()), min_size=1, max_size=6))
def test_whole_hours_and_more_are_told_exactly(parts):
    lengths = [(quarters / 4, is_worn) for quarters, is_worn in parts]
    found = np.zeros(sum(quarters for quarters, _ in parts), dtype=bool)
    for begin, end in worn_hours(*hours(*lengths)):
        found[round(4 * begin) : round(4 * end)] = True
    assert found.tolist() == [is_worn for quarters, is_worn in parts for _ in range(quarters)]
