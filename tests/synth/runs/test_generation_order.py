"""Orders: counts add up, series go on, real windows are as many as said, and the same order gives the same windows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth.core.errors import Stopped, TrainingError
from synth.core.guarantee import Guarantee
from synth.core.run_context import RunContext
from synth.mechanisms.base import FittedGenerator
from synth.mechanisms.sensegen.sensegen import SenseGen
from synth.runs.generation_order import Order, fulfil
from tests.toy import make_windows


class Counting(FittedGenerator):
    """A generator whose series count their samples, from a number that no other series has."""

    def __init__(self, windows):
        self._windows, self.learner = windows, SenseGen()

    def sample(self, activities, *, seed, n_timesteps=None):
        begins = 1e5 * (1 + np.arange(len(activities)))[:, None] + np.arange(n_timesteps)
        values = np.repeat(begins[:, :, None], len(self._windows.channels), axis=2).astype(np.float32)
        return self._windows.take(np.zeros(len(activities), int)).with_values(values)

    def release(self, private, *, seed):
        raise NotImplementedError

    def to_bytes(self):
        raise NotImplementedError


@pytest.fixture(scope="module")
def private():
    return make_windows()


@pytest.fixture(scope="module")
def model(private):
    return Counting(private)


@given(n=st.integers(1, 400), balance=st.sampled_from(["as recorded", "equal"]))
def test_counts_add_up_and_no_activity_is_left_out(private, n, balance):
    order = Order(n_windows=n, balance=balance)
    if n < len(private.activities):
        with pytest.raises(TrainingError, match="too few"):
            order.counts(private)
        return
    counts = order.counts(private)
    assert sum(counts.values()) == n
    assert min(counts.values()) >= 1
    if balance == "equal":
        assert max(counts.values()) - min(counts.values()) <= 1


def test_as_many_windows_of_each_activity_as_ordered_that_claim_nobody(model, private):
    order = Order(n_windows=50, balance="equal")
    release = fulfil(model, private, order)
    assert {a: int((release.windows.activity == a).sum()) for a in private.activities} == order.counts(
        private
    )
    assert not release.claims_people
    assert release.card["order"] == order.card()


def test_windows_of_a_series_follow_each_other_without_a_gap(model, private):
    release = fulfil(model, private, Order(n_windows=40, seconds=3 * private.duration_s))
    windows = release.windows
    for name in set(windows.series):
        at = np.flatnonzero(windows.series == name)
        assert 1 <= len(at) <= 3
        samples = windows.values[at, :, 0].ravel()
        assert np.all(np.diff(samples) == 1)
        assert windows.start[at].tolist() == [i * private.n_timesteps for i in range(len(at))]


@pytest.mark.parametrize(("n", "share"), [(40, 0.0), (40, 0.2), (40, 0.9), (4, 0.75), (7, 0.4)])
def test_as_many_windows_are_real_as_the_order_says(model, private, n, share):
    order = Order(n_windows=n, real_share=share)
    windows = fulfil(model, private, order).windows
    of_recordings = {values.tobytes() for values in private.values}
    is_real = np.array([values.tobytes() in of_recordings for values in windows.values])
    assert is_real.sum() == round(share * n)
    for activity in windows.activities:
        of_it = windows.activity == activity
        assert abs(is_real[of_it].sum() - share * of_it.sum()) < 1
    assert ("real" in order.label()) == (share > 0)


def test_a_length_that_is_whole_windows_but_for_rounding_is_made_whole():
    private = make_windows(rate_hz=100.0, duration_s=1.15)
    windows = fulfil(Counting(private), private, Order(n_windows=20, seconds=2.3)).windows
    assert max(windows.start) == private.n_timesteps


def test_a_promise_holds_for_more_of_the_same_and_not_for_real_windows(private):
    model = Counting(private)
    model.guarantee = Guarantee.to_people_of(private, epsilon=1.0)
    made, mixed = (fulfil(model, private, Order(n_windows=40, real_share=share)) for share in (0.0, 0.1))
    assert made.card["promise"] == model.guarantee.card()
    assert "promise" not in mixed.card


def test_the_same_order_gives_the_same_windows(model, private):
    order = Order(n_windows=40, real_share=0.3)
    one, two = (fulfil(model, private, order).windows.fingerprint for _ in range(2))
    assert one == two


def test_it_can_be_stopped(model, private):
    with pytest.raises(Stopped):
        fulfil(model, private, Order(), RunContext(0, should_stop=lambda: True))


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"n_windows": 0}, "number of windows"),
        ({"seconds": -1.0}, "length of a series"),
        ({"real_share": 1.0}, "share of real"),
        ({"seed": -1}, "seed"),
        ({"balance": "odd"}, "balanced"),
        ({"seconds": 9.0, "real_share": 0.1}, "by their seams"),
    ],
)
def test_bad_orders_are_refused_in_words(settings, said):
    with pytest.raises(TrainingError, match=said):
        Order(**settings)


def test_more_real_windows_than_there_are_is_refused(model, private):
    with pytest.raises(TrainingError, match="real windows"):
        fulfil(model, private, Order(n_windows=5000, real_share=0.9))
