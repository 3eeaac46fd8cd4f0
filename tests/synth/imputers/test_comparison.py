"""The comparison gives a truth-teller zero, the mean its spread, and everyone the same gaps."""

import numpy as np
import pytest

from data.windows import Windows
from synth.core.run_context import RunContext
from synth.imputers.base import FittedImputer
from synth.imputers.comparison import (
    GAP_IN_ALL,
    GAP_IN_ONE,
    SCATTERED,
    WHOLE_CHANNEL,
    compare,
    comparison_masks,
)
from synth.imputers.linear import LinearInterpolation
from synth.imputers.mean import ChannelMean
from tests.toy import make_windows


class Oracle(FittedImputer):
    """Knows the truth, and remembers what it was asked."""

    learner = ChannelMean()

    def __init__(self, truth: np.ndarray, off_by: np.ndarray | float = 0.0) -> None:
        self.history, self.truth, self.off_by = [], truth, off_by
        self.asked: list[np.ndarray] = []

    def impute(self, values, mask, *, n_draws=1, seed):
        self.asked.append(mask)
        assert np.isnan(values[~mask]).all()
        return np.where(mask, values, self.truth + self.off_by)[None]

    def to_bytes(self) -> bytes:
        return b""


@pytest.fixture(scope="module")
def windows() -> Windows:
    return make_windows(n_subjects=6, n_channels=3, rate_hz=10.0)


def test_the_truth_has_no_error_and_a_known_offset_its_size(windows):
    spans = np.ptp(windows.values.reshape(-1, 3), axis=0)
    fitted = {"truth": Oracle(windows.values), "off": Oracle(windows.values, 0.1 * spans)}
    for error in compare(fitted, windows, seed=0):
        expected = 0.0 if error.imputer == "truth" else 0.1
        assert (error.rmse, error.low, error.high) == pytest.approx((expected,) * 3, abs=1e-4)
        assert (error.n, error.unit) == (6, "people")


def test_all_get_the_same_gaps(windows):
    first, second = Oracle(windows.values), Oracle(windows.values)
    compare({"a": first, "b": second}, windows, seed=0)
    assert len(first.asked) == 4
    for a, b in zip(first.asked, second.asked, strict=True):
        np.testing.assert_array_equal(a, b)


def test_the_interval_holds_the_error_and_is_wider_when_one_person_is_harder(windows):
    spans = np.ptp(windows.values.reshape(-1, 3), axis=0)
    hard = np.where(windows.subject == windows.subjects[0], 1.0, 0.1)[:, None, None]
    even, uneven = (
        compare({"x": Oracle(windows.values, off_by)}, windows, seed=0)[0] for off_by in (spans, hard * spans)
    )
    assert even.high - even.low < 1e-3
    assert uneven.low < uneven.rmse < uneven.high


def test_few_people_give_an_interval_over_series(windows):
    few = windows.take(np.isin(windows.subject, windows.subjects[:2]))
    error = compare({"mean": ChannelMean().fit(few, RunContext(0))}, few, seed=0)[0]
    assert (error.unit, error.n) == ("series", len(set(few.series.tolist())))


def test_straight_lines_win_where_samples_are_scattered(windows):
    fitted = {
        "linear": LinearInterpolation().fit(windows, RunContext(0)),
        "mean": ChannelMean().fit(windows, RunContext(0)),
    }
    errors = {(e.imputer, e.kind_of_gap): e.rmse for e in compare(fitted, windows, seed=0)}
    assert set(comparison_masks(windows.values.shape, seed=0)) == {kind for _, kind in errors}
    assert errors["linear", SCATTERED] < 0.7 * errors["mean", SCATTERED]
    assert errors["linear", WHOLE_CHANNEL] == pytest.approx(errors["mean", WHOLE_CHANNEL])


def test_several_draws_are_measured_by_their_mean(windows):
    class Either(Oracle):
        def impute(self, values, mask, *, n_draws=1, seed):
            off = np.where(np.arange(n_draws) % 2, 1.0, -1.0)[:, None, None, None]
            return np.where(mask, values, self.truth + off)

    assert compare({"either side": Either(windows.values)}, windows, seed=0)[0].rmse == pytest.approx(
        0, abs=1e-6
    )


def test_one_channel_alone_is_never_hidden_whole():
    assert len(comparison_masks((4, 20, 1), seed=0)) == 2
    masks = comparison_masks((4, 128, 6), seed=0)
    assert ((~masks[GAP_IN_ALL]).sum(axis=1) == 25).all()
    assert ((~masks[GAP_IN_ONE]).sum(axis=(1, 2)) == 25).all()
    assert ((~masks[GAP_IN_ONE]).any(axis=1).sum(axis=1) == 1).all()


def test_no_windows_give_no_errors(windows):
    nobody = windows.take(np.zeros(len(windows), dtype=bool))
    assert compare({"mean": ChannelMean().fit(windows, RunContext(0))}, nobody, seed=0) == []
