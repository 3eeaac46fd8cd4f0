"""What is said of people is found where it shows in the windows, and not where it does not."""

from dataclasses import replace
from itertools import permutations

import numpy as np
import pandas as pd
import pytest

from data.release import Release
from data.splits import Split, split_by_holdout
from data.windows import Windows
from synth.audit.attack import unprotected
from synth.audit.attributes.base import (
    NO_ATTRIBUTES,
    Answers,
    AttributeInference,
    RidgeAttributes,
    Scene,
    amplified,
    classes_of,
    n_permutations,
    standardised,
)
from synth.audit.attributes.forest import ForestAttributes
from synth.audit.question import verdict_of
from synth.audit.verdicts import ALPHA
from synth.core.errors import Stopped
from synth.core.run_context import RunContext
from tests.synth.audit import planted
from tests.toy import make_windows

N_PEOPLE = 14
BOTH = [RidgeAttributes(), pytest.param(ForestAttributes(), marks=pytest.mark.slow)]


@pytest.fixture(scope="module")
def windows() -> Windows:
    return make_windows(n_subjects=N_PEOPLE, n_activities=2, seconds_per_series=12, n_channels=3)


def halves(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).permutation(N_PEOPLE) % 2


def said(windows: Windows, **columns) -> Split:
    """Make a split of nothing but members, of whom something is said."""
    people = pd.DataFrame(columns, index=windows.subjects)
    return split_by_holdout(replace(windows, attributes=people), None, seed=0)


def louder(windows: Windows, codes: np.ndarray) -> Windows:
    return amplified(windows, np.isin(windows.subject, np.array(windows.subjects)[codes == 1]))


class TestClasses:
    def test_numbers_of_many_values_are_halved(self):
        found = classes_of(pd.Series(range(20, 34), index=[f"P{i}" for i in range(14)], name="age"))
        assert found.codes.tolist() == [0] * 7 + [1] * 7
        assert found.words == "above 26.5 or not"

    def test_the_median_goes_to_the_side_that_makes_the_halves_more_equal(self):
        ages = [30] * 3 + [40] * 6 + [50, 51, 57, 58, 59]
        found = classes_of(pd.Series(ages, name="age", index=range(14)).astype(str))
        assert np.bincount(found.codes).tolist() == [9, 5]

    def test_few_classes_stay_as_they_are_and_who_has_none_is_left_out(self):
        column = pd.Series(["f", "m"] * 6 + [None, ""], index=[str(i) for i in range(14)], name="gender")
        found = classes_of(column)
        assert found.people.tolist() == [str(i) for i in range(12)]
        assert found.codes.tolist() == [0, 1] * 6
        assert found.words == "f or m"

    @pytest.mark.parametrize(
        ("values", "reason"),
        [
            (["right"] * 12, "the same for everybody"),
            ([f"code {i}" for i in range(12)], "different for every person, like a name"),
            (["left"] + ["right"] * 11, "a class of it has 1 person"),
            (["f", "m"] * 4, r"assigned in only 35 ways, so the smallest possible p-value is 0.029"),
            ([f"village {i // 2}" for i in range(16)], "8 classes for 16 people"),
            ([None] * 12, "not known for anybody"),
        ],
    )
    def test_what_cannot_be_attacked_is_refused_in_words(self, values, reason):
        found = classes_of(pd.Series(values, name="it", index=range(len(values)), dtype=object))
        assert not found.usable
        assert reason in found.words

    @pytest.mark.parametrize("codes", [[0, 0, 1, 1], [0, 0, 0, 1, 1], [0, 1, 2, 2, 2], [0, 0, 1, 1, 2]])
    def test_permutations_are_counted_as_they_are_when_written_out(self, codes):
        # An attacker cannot tell labels from each other that differ by the names of classes only.
        groupings = {
            frozenset(frozenset(np.flatnonzero(np.array(p) == k)) for k in set(codes))
            for p in permutations(codes)
        }
        assert n_permutations(np.array(codes)) == len(groupings)


class TestAttackers:
    @pytest.mark.parametrize("attack", BOTH)
    def test_a_planted_attribute_is_found_and_a_random_one_is_not(self, windows, attack):
        codes = halves()
        split = said(louder(windows, codes), strong=np.array(["no", "yes"])[codes], nothing=halves(1))
        got = {(r.metric, r.tier): r for r in attack.run(split, unprotected(split), RunContext(0))}
        strong = got["balanced accuracy of strong", "refitted"]
        assert strong.p <= 0.005
        assert strong.low > strong.chance > 0.5
        assert strong.n == N_PEOPLE
        by_person = got["balanced accuracy of strong", "refitted, aggregated"]
        assert (by_person.value > 0.9, by_person.p) == (True, None)
        assert got["balanced accuracy of nothing", "refitted"].p > ALPHA
        assert (
            "of windows of people they have never seen"
            in verdict_of("attributes", list(got.values()), []).sentence
        )
        assert verdict_of("attributes", list(got.values()), []).verdict == "at risk"

    @pytest.mark.slow
    def test_random_attributes_are_found_as_often_as_the_level_says(self, windows):
        columns = {f"a{seed}": halves(seed) for seed in range(20)}
        split = said(windows, **columns)
        p = [
            r.p
            for r in RidgeAttributes().run(split, unprotected(split), RunContext(0))
            if r.tier == "refitted"
        ]
        assert sum(value <= ALPHA for value in p) <= 3
        assert 0.2 < np.mean(p) < 0.9

    def test_three_classes(self, windows):
        codes = np.arange(N_PEOPLE) % 3
        loud = louder(louder(windows, (codes > 0).astype(int)), (codes > 1).astype(int))
        split = said(loud, strength=np.array(["low", "middle", "high"])[codes])
        by_window = RidgeAttributes().run(split, unprotected(split), RunContext(0))[0]
        assert by_window.p <= 0.005
        assert by_window.chance == pytest.approx(1 / 3, abs=0.05)

    def test_what_is_destroyed_is_not_found(self, windows):
        codes = halves()
        split = said(louder(windows, codes), strong=codes)
        by_window = RidgeAttributes().run(split, planted.noise(split.fit), RunContext(0))[0]
        assert by_window.p > ALPHA

    def test_people_are_learnt_from_or_judged(self, windows):
        scene = Scene(np.zeros((28, 1)), np.full(28, "a"), np.repeat(np.arange(14), 2), 14)
        judged = []
        for learnt, shown in scene.folds(seed=0):
            assert not set(learnt) & set(shown)
            judged += shown.tolist()
        assert sorted(judged) == list(range(14))

    def test_who_is_judged_does_not_enter_the_scaling(self):
        rng = np.random.default_rng(0)
        table, person = rng.normal(size=(40, 3)), np.repeat(np.arange(4), 10)
        activity = np.tile(["sit", "walk"], 20)
        wild = np.where((person == 3)[:, None], 1000 * table, table)
        learnt = np.arange(3)
        one, other = (standardised(Scene(t, activity, person, 4), learnt)[person < 3] for t in (table, wild))
        assert np.array_equal(one, other)

    def test_attributes_come_from_the_private_recordings(self, windows):
        split = said(windows, gender=halves())
        anonymous = Release("r", replace(windows, attributes=pd.DataFrame()))
        assert RidgeAttributes().run(split, anonymous, RunContext(0))[0].value is not None

    def test_without_attributes_there_is_nothing_to_give_away(self, windows):
        split = split_by_holdout(windows, None, seed=0)
        assert RidgeAttributes().obstacle(split) == NO_ATTRIBUTES
        assert RidgeAttributes().obstacle(said(windows, age=range(N_PEOPLE))) == ""
        assert not RidgeAttributes().applies_to(planted.claiming_nobody(windows))

    def test_controls_win_and_lose(self, windows):
        split = said(windows, gender=halves())
        controls = RidgeAttributes().reference(split, RunContext(0)).controls
        assert [(c.expected, c.passed) for c in controls] == [("win", True), ("lose", True)]

    def test_stops_when_asked(self, windows):
        split = said(windows, gender=halves())
        with pytest.raises(Stopped):
            RidgeAttributes().run(split, unprotected(split), RunContext(0, should_stop=lambda: True))


class Oracle(AttributeInference):
    """Knows the first labelling and answers the opposite; on others it guesses."""

    attacker = "oracle"

    def name(self, scene, labels, context):
        rng = np.random.default_rng(context.seed)
        called = rng.integers(0, 2, labels.T.shape)
        called[:, 0] = 1 - labels[0]
        called[0, 0] = labels[0, 0]
        return Answers(called[scene.person].astype(np.int8), called.astype(np.int8))


def test_being_wrong_far_too_often_is_a_leak():
    windows = make_windows(n_subjects=N_PEOPLE, n_activities=2, seconds_per_series=6, n_channels=3)
    split = said(windows, gender=halves())
    by_window, by_person = Oracle().run(split, unprotected(split), RunContext(0))
    assert by_window.p <= 0.01
    for r in (by_window, by_person):
        assert r.value == pytest.approx(13 / 14)
        assert "wrong class more often" in r.note
