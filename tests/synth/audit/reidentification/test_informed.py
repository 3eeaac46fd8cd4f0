"""The attacker who owns the method: wins where it is the same for everybody, loses where nothing is left."""

from dataclasses import replace

import numpy as np
import pytest

from data.release import Release
from data.splits import Split
from synth.audit.attack import unprotected
from synth.audit.audit import audit, reference
from synth.audit.question import verdict_of
from synth.audit.reidentification.base import ACCEPTED, EER, INFORMED, MOST_EXPOSED, scenarios
from synth.audit.reidentification.dtw import WarpingReidentification
from synth.audit.reidentification.forest import ForestReidentification
from synth.audit.reidentification.question import NOT_TRIED
from synth.core.run_context import RunContext
from synth.selftest.planted_cases import cases
from synth.selftest.world import World
from tests.synth.audit import planted
from tests.toy import make_split

CODED = "recoded by a secret that changes with time: only who owns the method has seen both codes"
TOP_1 = "top-1 accuracy"


@pytest.fixture(scope="module")
def split() -> Split:
    """Nine people, three of them held out."""
    return make_split(n_subjects=9, seconds_per_series=40)


def with_method(released: Release, made: Release) -> Release:
    return replace(released, made_for_attackers=made)


def found(split: Split, release: Release):
    results = ForestReidentification().run(split, release, RunContext(0))
    return {(r.tier, r.metric): r for r in results}


@pytest.fixture(scope="module")
def coded(split):
    (case,) = [case for case in cases() if case.name == CODED]
    return case.make(World(split, split.unseen, 0)).release


def test_only_who_owns_the_method_sees_through_a_code_that_changes(split, coded):
    got = found(split, coded)
    for tier in ("static", "refitted"):
        assert got[tier, TOP_1].low <= got[tier, TOP_1].chance, tier
    assert got[INFORMED, TOP_1].low > 0.5
    assert got[INFORMED, TOP_1].p < 0.001
    report = audit(split, coded, RunContext(0), questions=["reidentification"])
    assert report.verdicts["reidentification"].verdict == "at risk"
    assert "owns the method" in report.verdicts["reidentification"].sentence


def test_a_method_that_draws_everything_anew_leaves_nothing_to_learn(split):
    release = with_method(planted.noise(split.fit), planted.noise(split.fresh, seed=1))
    for (tier, metric), r in found(split, release).items():
        if tier.startswith(INFORMED):
            assert r.low <= r.chance, metric


def test_who_owns_the_method_learns_nothing_from_wrong_names(split):
    shuffled = np.random.default_rng(0).permutation(split.fresh.subject)
    release = with_method(planted.copy(split.fit), Release("", replace(split.fresh, subject=shuffled)))
    got = found(split, release)[INFORMED, TOP_1]
    assert got.low <= got.chance
    right = found(split, with_method(planted.copy(split.fit), Release("", split.fresh)))[INFORMED, TOP_1]
    assert right.low > 0.8


def test_what_is_attacked_was_never_learnt_from(split):
    """A law: between what the method's owner learns from and what they attack lies a window's length."""
    (informed,) = [s for s in scenarios(split, unprotected(split)) if s.tier == INFORMED]
    assert set(informed.known.series) & set(informed.shown.series)
    for series in set(informed.known.series) & set(informed.shown.series):
        known = informed.known.start[informed.known.series == series]
        shown = informed.shown.start[informed.shown.series == series]
        assert np.abs(known[:, None] - shown).min() >= split.fit.n_timesteps


def test_releases_of_the_same_recordings_are_refused(split):
    almost = replace(split.fit, start=split.fit.start + split.fit.n_timesteps - 1)
    for theirs in (split.fit, almost):
        with pytest.raises(ValueError, match="that the release was made from"):
            audit(split, with_method(planted.copy(split.fit), Release("", theirs)), RunContext(0))


@pytest.mark.parametrize("made", [None, "one person", "nobody"])
def test_without_people_to_learn_from_the_tier_is_absent_and_the_verdict_says_so(split, made):
    if made == "one person":
        made = Release("", split.fresh.take(split.fresh.subject == split.fresh.subjects[0]))
    elif made == "nobody":
        made = planted.claiming_nobody(split.fresh)
    release = replace(planted.noise(split.fit), made_for_attackers=made)
    results = ForestReidentification().run(split, release, RunContext(0))
    assert not [r for r in results if r.tier.startswith(INFORMED)]
    assert NOT_TRIED in verdict_of("reidentification", results, ()).sentence


def test_a_verdict_of_who_was_tried_or_of_a_risk_says_nothing_more(split):
    risky = ForestReidentification().run(split, planted.copy(split.fit), RunContext(0))
    assert verdict_of("reidentification", risky, ()).verdict == "at risk"
    assert NOT_TRIED not in verdict_of("reidentification", risky, ()).sentence
    tried = with_method(planted.noise(split.fit), planted.noise(split.fresh, seed=1))
    results = ForestReidentification().run(split, tried, RunContext(0))
    assert NOT_TRIED not in verdict_of("reidentification", results, ()).sentence


def test_the_ceiling_is_who_owns_a_method_that_changes_nothing(split):
    known = reference(split, RunContext(0), questions=["reidentification"])
    ceilings = {(r.attacker, r.tier, r.metric): r.value for r in known.ceilings}
    for attack in (ForestReidentification(), WarpingReidentification()):
        assert ceilings[attack.attacker, INFORMED, TOP_1] > 0.9


def test_recordings_without_unused_ones_have_no_such_attacker(split):
    nothing = split.fresh.take(np.zeros(0, int))
    alone = replace(split, fresh=nothing)
    assert INFORMED not in {s.tier for s in scenarios(alone, unprotected(alone))}


def test_of_what_is_shown_beyond_the_first_guess_only_the_most_exposed_person_is_judged(split):
    got = found(split, unprotected(split))
    for tier in ("refitted", INFORMED):
        others = {metric: r for (t, metric), r in got.items() if t == tier and metric != TOP_1}
        assert list(others) == [
            "top-3 accuracy",
            "top-5 accuracy",
            "mean reciprocal rank",
            ACCEPTED,
            EER,
            MOST_EXPOSED,
        ]
        assert [metric for metric, r in others.items() if r.p is not None] == [MOST_EXPOSED]
        assert others[MOST_EXPOSED].p < 0.01
        assert [r.direction for r in others.values()] == ["lower"] * 4 + ["higher", "lower"]
        assert others[EER].value < 0.1
        assert others[ACCEPTED].value > 0.8
        assert others[MOST_EXPOSED].value >= got[tier, TOP_1].value


def test_names_are_in_exhibits_and_nowhere_else(split):
    release = unprotected(split)
    evidence = ForestReidentification().examine(split, release, RunContext(0))
    people = evidence.exhibits["people, extra-trees forest"]
    assert {row["person"] for row in people} == set(split.fit.subjects)
    assert {row["tier"] for row in people} == {"refitted", INFORMED}
    guesses = evidence.exhibits["guesses, extra-trees forest"]
    assert [row["k"] for row in guesses if row["tier"] == INFORMED] == [1, 2, 3, 4, 5, 6]
    assert guesses[-1]["value"] == 1.0
    said = " ".join(f"{r}" for r in evidence.results)
    assert not any(person in said for person in split.fit.subjects)
