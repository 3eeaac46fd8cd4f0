"""The most exposed person: shares and intervals worked out by hand."""

import numpy as np
import pytest
from scipy import stats

from synth.audit.reidentification.exposure import exposures, most_exposed

PEOPLE = np.array(["ann"] * 4 + ["bea"] * 6)
STRETCH = np.array([0, 0, 1, 1, 2, 2, 3, 3, 4, 4])
CALLED = np.array(["ann"] * 2 + ["bea"] * 8)


def lowest(level: float) -> float:
    """Return the lower end for six of six windows from three stretches: Clopper and Pearson's, with fewer windows."""
    tail = (1 - level) / 2
    n_draws = 6 * (stats.norm.ppf(1 - tail) / stats.t.ppf(1 - tail, 2)) ** 2
    return tail ** (1 / n_draws)


def test_the_person_recognised_most_comes_first():
    worst, other = exposures(CALLED, PEOPLE, STRETCH)
    assert (worst.person, worst.value, worst.n_windows, worst.n_stretches) == ("bea", 1.0, 6, 3)
    assert (other.person, other.value, other.n_windows, other.n_stretches) == ("ann", 0.5, 4, 2)
    assert (worst.low, worst.high) == (pytest.approx(lowest(0.95)), 1.0)
    assert (other.low, other.high) == pytest.approx(
        (0, 1), abs=0.02
    )  # two stretches, one all right, one all wrong


def test_intervals_of_all_at_once_are_wider():
    got = most_exposed(CALLED, PEOPLE, STRETCH, n_known=2).estimate
    assert got.low == pytest.approx(lowest(0.975))
    assert got.low < lowest(0.95)
    assert (got.value, got.n_clusters) == (1.0, 3)


def test_one_stretch_says_nothing_about_others():
    (only,) = exposures(np.array(["ann"] * 5), np.array(["ann"] * 5), np.zeros(5, int))
    assert (only.value, only.low, only.high) == (1.0, 0.0, 1.0)


def test_by_chance_the_highest_of_many_is_seldom_above_its_interval():
    """Forty people, all recognised in one of five windows: the highest share is far above, its low end is not."""
    rng = np.random.default_rng(0)
    person, stretch = np.repeat([f"p{i:02d}" for i in range(40)], 12), np.repeat(np.arange(240), 2)
    missed = 0
    for _ in range(100):
        called = np.where(rng.random(480) < 0.2, person, "nobody")
        worst = most_exposed(called, person, stretch, n_known=5)
        assert worst.estimate.value > 0.3
        missed += worst.estimate.low > 0.2
    assert missed <= 5


def drawn_names(favour, *, of_the_exposed=0.0, seed=0):
    """Names by lot for ten people with ten stretches of four windows; the first one is favoured, the second exposed."""
    rng = np.random.default_rng(seed)
    names = np.array([f"p{i}" for i in range(10)])
    person, stretch = np.repeat(names, 40), np.repeat(np.arange(100), 4)
    odds = np.where(names == "p0", favour, (1 - favour) / 9)
    called = rng.choice(names, 400, p=odds)
    called[(person == "p1") & (rng.random(400) < of_the_exposed)] = "p1"
    return most_exposed(called, person, stretch, n_known=10)


def test_whoever_is_named_for_everybody_is_not_exposed():
    """The attacker takes nine in ten windows for the same person: always right about them, and knowing nothing."""
    got = [drawn_names(0.9, seed=seed) for seed in range(40)]
    assert min(one.estimate.low for one in got) > 1 / 10
    assert min(one.chance for one in got) > 0.8
    assert min(one.p for one in got) > 0.025


def test_a_person_who_is_often_recognised_among_people_named_by_lot_is_exposed():
    assert all(drawn_names(0.1, of_the_exposed=0.8, seed=seed).p < 0.001 for seed in range(10))
    assert sum(drawn_names(0.1, seed=seed).p <= 0.025 for seed in range(40)) <= 2


def test_one_stretch_exposes_nobody():
    got = most_exposed(CALLED, PEOPLE, np.repeat([0, 1], [4, 6]), n_known=2)
    assert (got.estimate.value, got.p) == (1.0, 1.0)
