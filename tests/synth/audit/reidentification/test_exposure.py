"""The most exposed person: shares and intervals worked out by hand."""

import numpy as np
import pytest
from scipy import stats

from synth.audit.reidentification.exposure import exposures, most_exposed

PEOPLE = np.array(["ann"] * 4 + ["bea"] * 6)
STRETCH = np.array([0, 0, 1, 1, 2, 2, 3, 3, 4, 4])
RECOGNISED = np.array([1, 1, 0, 0, 1, 1, 1, 1, 1, 1], bool)


def lowest(level: float) -> float:
    """Return the lower end for six of six windows from three stretches: Clopper and Pearson's, with fewer windows."""
    tail = (1 - level) / 2
    n_draws = 6 * (stats.norm.ppf(1 - tail) / stats.t.ppf(1 - tail, 2)) ** 2
    return tail ** (1 / n_draws)


def test_the_person_recognised_most_comes_first():
    worst, other = exposures(RECOGNISED, PEOPLE, STRETCH)
    assert (worst.person, worst.value, worst.n_windows, worst.n_stretches) == ("bea", 1.0, 6, 3)
    assert (other.person, other.value, other.n_windows, other.n_stretches) == ("ann", 0.5, 4, 2)
    assert (worst.low, worst.high) == (pytest.approx(lowest(0.95)), 1.0)
    assert (other.low, other.high) == pytest.approx(
        (0, 1), abs=0.02
    )  # two stretches, one all right, one all wrong


def test_intervals_of_all_at_once_are_wider():
    got = most_exposed(exposures(RECOGNISED, PEOPLE, STRETCH, at_once=True))
    assert got.low == pytest.approx(lowest(0.975))
    assert got.low < lowest(0.95)
    assert (got.value, got.n_clusters) == (1.0, 3)


def test_one_stretch_says_nothing_about_others():
    (only,) = exposures(np.ones(5, bool), np.array(["ann"] * 5), np.zeros(5, int))
    assert (only.value, only.low, only.high) == (1.0, 0.0, 1.0)


def test_by_chance_the_highest_of_many_is_seldom_above_its_interval():
    """Forty people, all recognised in one of five windows: the highest share is far above, its low end is not."""
    rng = np.random.default_rng(0)
    person, stretch = np.repeat([f"p{i:02d}" for i in range(40)], 12), np.repeat(np.arange(240), 2)
    missed = 0
    for _ in range(100):
        worst = most_exposed(exposures(rng.random(480) < 0.2, person, stretch, at_once=True))
        assert worst.value > 0.3
        missed += worst.low > 0.2
    assert missed <= 5
