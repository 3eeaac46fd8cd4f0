"""Tables small enough to work out by hand, and a simulation of what 95 % is to mean."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as scipy_stats
from sklearn.metrics import balanced_accuracy_score, f1_score

from synth.audit import stats


def test_share_of_four_people_by_hand():
    # Shares .5, 1, 0 and .5 of two windows each: mean .5, standard error of four people's mean.
    correct = np.array([1, 0, 1, 1, 0, 0, 1, 0], bool)
    person = np.repeat(list("abcd"), 2)
    got = stats.share(correct, person)
    error = np.std([0.5, 1, 0, 0.5], ddof=1) / 2
    n = 0.25 / error**2 * (1.959964 / scipy_stats.t.ppf(0.975, 3)) ** 2
    assert got.value == 0.5
    assert got.n_clusters == 4
    assert got.low == pytest.approx(scipy_stats.beta.ppf(0.025, 0.5 * n, 0.5 * n + 1), abs=1e-6)
    assert got.high == pytest.approx(1 - got.low, abs=1e-6)


def test_every_person_weighs_the_same():
    correct = np.array([1, 0, 0, 0, 0, 0], bool)
    got = stats.share_per_person(correct, np.array(list("abbbbb")))
    assert got.value == pytest.approx(0.5)


def test_balanced_share_is_scikit_learns_balanced_accuracy():
    rng = np.random.default_rng(0)
    truth, called = rng.random(200) < 0.2, rng.random(200) < 0.4
    got = stats.balanced_share(truth == called, truth, rng.integers(0, 10, 200))
    assert got.value == pytest.approx(balanced_accuracy_score(truth, called))


def test_always_saying_the_same_is_certainly_no_better_than_guessing():
    truth = np.repeat([True, False], 100)
    got = stats.balanced_share(truth, truth, np.tile(np.arange(10), 20))
    assert got.value == 0.5
    assert got.low < 0.5 < got.high


def test_macro_f1_is_scikit_learns():
    rng = np.random.default_rng(1)
    truth, called = rng.choice(list("abc"), 300), rng.choice(list("abcd"), 300)
    got = stats.macro_f1(truth, called, rng.integers(0, 6, 300), seed=0)
    expected = f1_score(truth, called, average="macro", labels=list("abc"), zero_division=0)
    assert got.value == pytest.approx(expected)
    assert got.low < expected < got.high


def test_windows_of_one_person_do_not_count_as_many_people():
    rng = np.random.default_rng(2)
    person = np.repeat(np.arange(6), 100)
    correct = rng.random(600) < np.repeat([0.1, 0.9, 0.2, 0.8, 0.3, 0.7], 100)
    by_person, by_window = stats.share(correct, person), stats.share(correct, np.arange(600))
    assert by_person.value == by_window.value
    assert by_person.high - by_person.low > 4 * (by_window.high - by_window.low)


def test_wilson_by_hand():
    # Nobody of ten: the upper end is z^2 / (n + z^2).
    got = stats.decisions(0, 10)
    assert (got.value, got.low) == (0.0, pytest.approx(0.0, abs=1e-12))
    assert got.high == pytest.approx(3.8415 / 13.8415, abs=1e-4)


def test_repeated_by_hand():
    got = stats.repeated(np.array([0.1, 0.2, 0.3]))
    assert got.value == pytest.approx(0.2)
    assert got.high == pytest.approx(0.2 + 4.302653 * 0.1 / np.sqrt(3))
    assert got.low == 0.0


def test_linkage_by_hand():
    members, outsiders = np.array([0.15, 0.15, 0.15, 0.15]), np.array([0.05, 0.05])
    assert stats.linkage(members, outsiders, n_windows=400).value == pytest.approx(0.75)
    alike = stats.linkage(np.full(4, 1 / 6), np.full(2, 1 / 6), n_windows=400)
    assert alike.value == pytest.approx(0.5)
    assert alike.low < 0.5 < alike.high
    sure = stats.linkage(np.full(7, 1 / 7), np.zeros(3), n_windows=400)
    assert sure.low > 0.95
    # All windows point at one person who happens to be a member: that says nothing.
    one = stats.linkage(np.eye(7)[0], np.zeros(3), n_windows=400)
    assert (one.value, one.high) == (1.0, 1.0)
    assert one.low < 0.1
    nobody = stats.linkage(np.zeros(4), np.zeros(2), n_windows=400)
    assert (nobody.low, nobody.value, nobody.high) == (0.0, 0.5, 1.0)


def test_one_cluster_says_nothing():
    got = stats.share(np.ones(50, bool), np.zeros(50))
    assert (got.low, got.value, got.high) == (0.0, 1.0, 1.0)


@given(
    value=st.floats(0, 1),
    error=st.floats(0, 0.5),
    n_windows=st.floats(1, 1e5),
    n_clusters=st.floats(1, 100),
)
def test_intervals_contain_the_value_stay_in_bounds_and_have_width(value, error, n_windows, n_clusters):
    low, high = stats.korn_graubard(value, error, n_windows=n_windows, n_clusters=n_clusters)
    assert 0 <= low <= value + 1e-8
    assert value - 1e-8 <= high <= 1
    assert high > low


@pytest.mark.parametrize(("mean", "spread"), [(0.5, 0.05), (0.85, 0.1), (0.3, 0.15)])
@pytest.mark.parametrize("n_people", [5, 10, 30])
def test_intervals_cover_the_truth_in_at_least_93_of_100_studies(mean, spread, n_people):
    rng = np.random.default_rng(3)
    concentration = mean * (1 - mean) / spread**2 - 1
    person = np.repeat(np.arange(n_people), 40)
    n_covered = 0
    for _ in range(300):
        skill = rng.beta(mean * concentration, (1 - mean) * concentration, n_people)
        got = stats.share(rng.random(len(person)) < skill[person], person)
        n_covered += got.low <= mean <= got.high
    assert n_covered / 300 >= 0.93


def test_the_typical_draw_is_as_wide_as_one_of_them():
    draws = [stats.Estimate(0.4, 0.3, 0.6, 8), stats.Estimate(0.6, 0.5, 0.8, 8)]
    got = stats.typical(draws)
    assert (got.value, got.low, got.high, got.n_clusters) == pytest.approx((0.5, 0.4, 0.7, 8))


@pytest.mark.parametrize(
    ("n_right", "n", "chance"), [(3, 7, 1 / 7), (4, 8, 1 / 8), (9, 10, 0.5), (0, 5, 0.1)]
)
def test_decisions_have_the_binomial_p_value(n_right, n, chance):
    exact = scipy_stats.binomtest(n_right, n, chance, alternative="greater").pvalue
    assert stats.decisions(n_right, n).p_above(chance) == pytest.approx(exact, rel=1e-6)


@pytest.mark.parametrize("n", [3, 7])
def test_few_people_are_called_better_than_guessing_no_more_often_than_allowed(n):
    rng = np.random.default_rng(0)
    p = np.array([stats.repeated(0.5 + rng.normal(0, 0.1, n)).p_above(0.5) for _ in range(4000)])
    assert np.mean(p <= 0.025) < 0.035
    assert np.mean(p <= 0.004) < 0.008
    people = np.repeat(np.arange(n), 40)
    styles = rng.beta(8, 32, (2000, n))
    p = np.array(
        [stats.share_per_person(rng.random(40 * n) < s[people], people).p_above(0.2) for s in styles]
    )
    assert np.mean(p <= 0.025) < 0.04


def test_below_mirrors_above():
    rng = np.random.default_rng(1)
    people = np.repeat(np.arange(6), 30)
    right = rng.random(180) < 0.3
    assert stats.share(right, people).p_below(0.5) == pytest.approx(stats.share(~right, people).p_above(0.5))


def answers(n_people, *, kept, seed):
    """Two activities, forty windows a person, and people of whom some are hard to recognise for both models.

    The model of the release gives the answer of the other one in a share of windows, else guesses.
    """
    rng = np.random.default_rng(seed)
    person, truth = np.repeat(np.arange(n_people), 40), np.tile(["walk", "sit"], 20 * n_people)
    guesses = rng.choice(["walk", "sit"], (2, len(truth)))
    easy = rng.random(len(truth)) < rng.choice([0.2, 0.95], n_people)[person]
    by_real = np.where(easy, truth, guesses[0])
    called = np.where(rng.random(len(truth)) < kept, by_real, guesses[1])
    return truth, called, by_real, person


def test_who_gives_the_same_answers_keeps_all_and_who_guesses_nothing():
    truth, _, by_real, person = answers(8, kept=1.0, seed=0)
    same = stats.share_kept(truth, by_real, by_real, person, seed=0)
    assert (same.value, same.high) == (1.0, 1.0)
    assert same.low > 0.9
    truth, called, by_real, person = answers(8, kept=0.0, seed=0)
    nothing = stats.share_kept(truth, called, by_real, person, seed=0)
    assert nothing.low == 0
    assert nothing.high < 0.4
    assert stats.share_kept(truth, by_real, called, person, seed=0).high == 1


def test_people_who_are_hard_for_both_cancel_out():
    """Side by side, the share kept is as uncertain as the score itself."""
    truth, called, by_real, person = answers(8, kept=0.8, seed=1)
    got = stats.share_kept(truth, called, by_real, person, seed=0)
    alone, whole = (stats.macro_f1(truth, said, person, seed=0) for said in (called, by_real))
    side_by_side = (alone.high - alone.low) / (whole.value - 0.5)
    assert got.low <= got.value <= got.high
    assert got.high - got.low < 0.6 * side_by_side


@pytest.mark.parametrize(("kept", "n_people"), [(0.5, 6), (0.8, 12)])
def test_the_interval_of_the_share_kept_holds_the_truth(kept, n_people):
    """With two activities in equal number, F1 is the share of right answers, and guesses add nothing above a half."""
    n_covered = 0
    for seed in range(100):
        got = stats.share_kept(*answers(n_people, kept=kept, seed=seed), seed=0)
        n_covered += got.low <= kept <= got.high
    assert n_covered >= 88


def test_one_person_says_nothing_about_what_is_kept():
    truth, called, by_real, _ = answers(3, kept=0.8, seed=0)
    got = stats.share_kept(truth, called, by_real, np.zeros(len(truth), int), seed=0)
    assert (got.low, got.high) == (0, 1)
