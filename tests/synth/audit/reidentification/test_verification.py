"""Accepting and rejecting claimed names: errors worked out by hand."""

import numpy as np
import pytest

from synth.audit.reidentification.verification import Trials, accepted_at, equal_error_rate

FALSE, TRUE = np.array([0, 0.25, 0.25, 1]), np.array([0, 0.5, 1, 1])


def test_errors_are_equal_where_the_line_between_thresholds_says():
    """Accepting a quarter of impostors and half or all of the others: in between, three quarters."""
    assert equal_error_rate(FALSE, TRUE) == pytest.approx(0.25)
    assert equal_error_rate(np.array([0, 0.5, 1]), np.array([0, 0.5, 1])) == pytest.approx(0.5)
    assert equal_error_rate(np.array([0, 0, 1]), np.array([0, 1, 1])) == 0
    assert equal_error_rate(np.array([0, 1, 1]), np.array([0, 0, 1])) == 1


@pytest.mark.parametrize(
    ("rate", "expected"), [(0.0, 0.0), (0.125, 0.25), (0.25, 1.0), (0.5, 1.0), (1.0, 1.0)]
)
def test_the_best_threshold_with_so_many_false_acceptances(rate, expected):
    assert accepted_at(FALSE, TRUE, rate) == pytest.approx(expected)


def test_people_count_alike_however_many_windows_they_have():
    """Three windows of the first person, one of the second; scores from 8 down, the second's own is the last but one.

    Genuine trials in this order: 8, 6, 4 (a third each) and 2 (one whole); impostors 7, 5, 3 (a third each) and 1.
    """
    trials = Trials(np.array([[8, 7], [6, 5], [4, 3], [1, 2]], float), np.array([0, 0, 0, 1]))
    false, true = trials.rates(np.ones(2))
    assert false == pytest.approx([0, 0, 1 / 6, 1 / 6, 2 / 6, 2 / 6, 3 / 6, 3 / 6, 1])
    assert true == pytest.approx([0, 1 / 6, 1 / 6, 2 / 6, 2 / 6, 3 / 6, 3 / 6, 1, 1])
    assert trials.estimates(seed=0)[0].value == pytest.approx(0.5)


def test_a_person_who_counts_twice_is_met_twice():
    score = np.array([[3, 0, 0], [0, 1, 0], [0, 2, 0]], float)
    false, true = Trials(score, np.array([0, 1, 2])).rates(np.array([2.0, 1.0, 0.0]))
    assert true == pytest.approx([0, 2 / 3, 2 / 3, 1, 1])  # 3 of the first, then 2, then 1, then zeros
    assert false == pytest.approx([0, 0, 0, 0, 1])


def test_scores_are_log_odds():
    evidence = np.log(np.array([[0.5, 0.25, 0.25], [0.1, 0.1, 0.8]]))
    assert Trials.of(evidence, np.array([0, 2])).score == pytest.approx(
        np.log([[1, 1 / 3, 1 / 3], [1 / 9, 1 / 9, 4]])
    )


def test_who_knows_everything_makes_no_error_and_who_knows_nothing_half():
    truth = np.repeat(np.arange(6), 10)
    everything = Trials.of(np.log(0.01 + np.eye(6)[truth]), truth)
    assert everything.estimates(seed=0)[0].value == 0
    assert everything.estimates(seed=0)[1].value == 1
    nothing = Trials.of(np.zeros((60, 6)), truth)
    assert nothing.estimates(seed=0)[0].value == pytest.approx(0.5)
    assert nothing.estimates(seed=0)[1].value == pytest.approx(0.01)
    assert nothing.n_impostors == 60 * 5


def test_the_interval_is_over_people():
    """Half of the people are never recognised: with ten times as many windows, that is as uncertain as before."""
    truth = np.arange(8)
    evidence = np.where(truth[:, None] < 4, np.eye(8)[truth], np.roll(np.eye(8)[truth], 1, axis=1))
    few = Trials.of(evidence, truth).estimates(seed=0)[0]
    many = Trials.of(np.repeat(evidence, 10, axis=0), np.repeat(truth, 10)).estimates(seed=0)[0]
    assert many.value == pytest.approx(few.value)
    assert many.error == pytest.approx(few.error)
    assert many.high - many.low > 0.4  # 80 windows of as many people: 0.21
    assert many.low < few.value < many.high


def test_two_people_allow_almost_any_error():
    known = Trials.of(np.eye(2), np.arange(2)).estimates(seed=0)[0]
    assert known.value == 0
    assert known.high > 0.9
