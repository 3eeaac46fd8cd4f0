import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from data.weeks.draw import Draw, drawn_stretches, overlaps

TIMES = st.lists(st.floats(1, 5000), max_size=12)


def apart(lengths: list[float]) -> tuple[np.ndarray, np.ndarray]:
    """Return times of some lengths with pauses of 7 s between them."""
    ends = np.cumsum([length + 7 for length in lengths])
    return ends - lengths, ends


def test_two_hours_in_stretches_of_two_minutes():
    assert Draw().n_stretches == 60
    assert Draw().at_most(27).n_stretches == 60
    assert Draw().at_most(0.5).n_stretches == 15
    assert Draw().at_most(0.001).n_stretches == 1


def test_stretches_are_spread_evenly():
    starts = drawn_stretches(np.array([0.0]), np.array([1000.0]), Draw(10, 40 / 3600))
    assert starts.tolist() == [120, 370, 620, 870]


def test_a_short_time_is_taken_as_a_whole():
    starts = drawn_stretches(np.array([5.0, 100.0]), np.array([38.0, 109.0]), Draw(10, 1))
    assert starts.tolist() == [5, 15, 25]


def test_nothing_worn():
    assert len(drawn_stretches(np.empty(0), np.empty(0), Draw())) == 0


def test_overlaps_of_samples_and_worn_times():
    begins, ends = overlaps(
        np.array([0.0, 50.0, 90.0]),
        np.array([40.0, 80.0, 99.0]),
        np.array([10.0, 95.0]),
        np.array([60.0, 120.0]),
    )
    assert begins.tolist() == [10, 50, 95]
    assert ends.tolist() == [40, 60, 99]


@given(TIMES, st.integers(1, 20))
def test_stretches_lie_within_worn_times_and_apart(lengths, n):
    begins, ends = apart(lengths)
    draw = Draw(10, (n + 0.5) * 10 / 3600)
    starts = drawn_stretches(begins, ends, draw)
    n_whole = sum(int((end - begin) // 10) for begin, end in zip(begins, ends, strict=True))
    assert len(starts) == min(n, n_whole)
    assert (np.diff(starts) >= 10 - 1e-6).all()
    around = np.searchsorted(begins, starts + 1e-6) - 1
    assert (starts + 10 <= ends[around] + 1e-6).all()


@given(TIMES, TIMES)
def test_where_a_clock_was_set_back_no_two_stretches_overlap(first, second):
    times = [apart(first), apart(second)]
    begins, ends = (np.concatenate([pair[side] for pair in times]) for side in (0, 1))
    assert (np.diff(drawn_stretches(begins, ends, Draw(10, 1))) >= 10 * (1 - 1e-9)).all()
