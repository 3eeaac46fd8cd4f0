"""Whether more to learn from would help, on answers made up for it."""

import numpy as np

from synth.audit.models.saturation import half_of_groups, more_would_help

PEOPLE = np.repeat(np.arange(20).astype(str), 50)


def test_half_of_the_groups_of_each_stratum_are_kept_whole():
    stratum = np.repeat(["walking", "sitting"], 500)
    group = np.char.add(PEOPLE, " group")
    kept = half_of_groups(stratum, group, seed=0)
    assert (np.diff(kept) > 0).all()
    for name in ("walking", "sitting"):
        groups, sizes = np.unique(group[kept][stratum[kept] == name], return_counts=True)
        assert len(groups) == 5
        assert (sizes == 50).all()
    assert not np.array_equal(kept, half_of_groups(stratum, group, seed=1))


def test_a_stratum_of_one_group_stays():
    assert half_of_groups(np.array(["a", "a", "b"]), np.array(["1", "1", "2"]), seed=0).tolist() == [0, 1, 2]


def test_an_attacker_who_gains_everywhere_is_not_at_their_ceiling():
    rng = np.random.default_rng(0)
    half = rng.random(1000) < 0.7
    assert more_would_help(half, half | (rng.random(1000) < 0.3), PEOPLE)


def test_equal_answers_luck_and_a_gain_on_one_person_prove_nothing():
    rng = np.random.default_rng(0)
    half = rng.random(1000) < 0.7
    assert not more_would_help(half, half, PEOPLE)
    assert not more_would_help(half, rng.random(1000) < 0.7, PEOPLE)
    assert not more_would_help(half & (PEOPLE != "3"), half, PEOPLE)
