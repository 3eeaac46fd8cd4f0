"""Used recordings are recognised in copies, and not in anything that does not depend on what was used."""

from dataclasses import replace

import numpy as np
import pytest

from data.release import Release
from data.splits import Split, split_by_holdout
from synth.audit.membership.base import (
    BY_PERSON,
    FEW_A_SIDE,
    FEW_ACTIVITIES,
    MIN_PEOPLE_A_SIDE,
    NO_PROOF,
    Membership,
)
from synth.audit.membership.network import NetworkMembership, _gradients
from synth.audit.membership.variation import VariationMembership
from synth.audit.models.convnet import fit_convnet, scaled, with_steps
from synth.audit.models.phase_surrogates import phase_randomised
from synth.audit.question import verdict_of
from synth.core.run_context import RunContext
from tests.synth.audit import planted
from tests.toy import make_split, make_windows


@pytest.fixture(scope="module")
def split() -> Split:
    """Sixteen people, four of them held out."""
    return make_split(n_subjects=16, seconds_per_series=60, n_channels=3, held_out=0.25)


def by_tier(results):
    return {(r.metric, r.tier): r for r in results}


def test_controls_win_and_lose(split):
    controls = Membership().reference(split, RunContext(0)).controls
    assert [(control.expected, control.passed) for control in controls] == [("win", True), ("lose", True)]


def test_copies_give_away_what_was_used(split):
    jittered = split.fit.with_values(
        split.fit.values + np.random.default_rng(0).normal(0, 0.01, split.fit.values.shape)
    )
    results = Membership().run(split, Release("jittered", jittered), RunContext(0))
    found = by_tier(results)
    assert found["AUC", "nearest distance, by window"].low > 0.8
    assert found["people recognised", "nearest distance, by person"].value == 1
    assert found["true positives at 1 % false ones", "density ratio, by window"].low > 0.01
    assert verdict_of("membership", results, []).verdict == "at risk"


@pytest.mark.parametrize(
    "make", [planted.noise, lambda w: Release("others", make_windows(6, seed=9, n_channels=3))]
)
def test_what_does_not_depend_on_what_was_used_gives_nothing_away(split, make):
    results = Membership().run(split, make(split.fit), RunContext(0))
    assert verdict_of("membership", results, []).verdict != "at risk"
    assert all(r.low <= r.chance for r in results if r.value is not None)


def test_too_few_people_are_said_to_be_too_few():
    few = make_split(n_subjects=6, n_channels=3)
    results = Membership().run(few, Release("copies", few.fit), RunContext(0))
    assert all(r.value is None and r.note == FEW_A_SIDE for r in results if r.tier.endswith(BY_PERSON))
    harmless = Membership().run(few, planted.noise(few.fit), RunContext(0))
    verdict = verdict_of("membership", harmless, [])
    assert verdict.verdict == "cannot tell"
    assert str(MIN_PEOPLE_A_SIDE) in verdict.sentence or "300 unused" in verdict.sentence


def test_with_other_people_only_whole_people_are_compared():
    windows = make_windows(n_subjects=24, seconds_per_series=20, n_channels=3)
    member = np.isin(windows.subject, windows.subjects[:12])
    real, others = windows.take(member), windows.take(~member)
    split = split_by_holdout(real, others, seed=0)
    (copied,) = Membership().run(split, Release("copies", real), RunContext(0))
    assert copied.low > 0.5
    assert copied.n == 24
    verdict = verdict_of("membership", [copied], [])
    assert (verdict.verdict, verdict.sentence, verdict.headline) == ("cannot tell", NO_PROOF, None)
    strangers = make_windows(n_subjects=12, seconds_per_series=20, n_channels=3, seed=5)
    (nothing,) = Membership().run(split, Release("others", strangers), RunContext(0))
    assert nothing.low <= 0.5
    half = np.isin(others.subject, others.subjects[:5])
    (few,) = Membership().run(
        replace(split, unseen=others.take(half)), Release("copies", real), RunContext(0)
    )
    assert (few.value, few.note) == (None, FEW_A_SIDE)
    assert "holdout" in Membership().obstacle(split_by_holdout(real, None, seed=0))


def test_recognising_people_is_no_proof_that_these_recordings_were_used():
    """Unused recordings of the same people are released, and only strangers are held out."""
    windows = make_windows(n_subjects=24, seconds_per_series=40, n_channels=3)
    member = np.isin(windows.subject, windows.subjects[:12])
    early, late = windows.start < 700, windows.start > 700 + windows.n_timesteps
    split = split_by_holdout(windows.take(member & early), windows.take(~member), seed=0)
    release = Release("other times", windows.take(member & late))
    for attack in (Membership(), VariationMembership()):
        (result,) = attack.run(split, release, RunContext(0))
        assert (result.p, result.note) == (None, NO_PROOF)
        assert verdict_of("membership", [result], []).verdict == "cannot tell"


@pytest.mark.parametrize("seed", [0, 2, 1000, 2000])
def test_another_session_as_the_holdout_makes_no_member_of_what_was_not_used(seed):
    """Every session is worn otherwise, so whatever is of the used session resembles the used recordings more."""
    windows = make_windows(
        n_subjects=8, n_trials=2, seconds_per_series=40, n_channels=3, overlap=0.5, seed=seed
    )
    turned = np.where(windows.trial == "2", 1.0, 0.0)[:, None, None] * np.array([0.8, -0.6, 0.4])
    for slight in (1.0, 0.3):
        sessions = windows.with_values(windows.values * (1 + 0.3 * slight * turned) + slight * turned)
        first, second = (sessions.take(sessions.trial == name) for name in ("1", "2"))
        early, late = first.take(first.start < 1000), first.take(first.start > 1000 + 128)
        split = split_by_holdout(early, second, seed=0)
        for attack in (Membership(), VariationMembership()):
            results = attack.run(split, Release("late", late), RunContext(0))
            assert verdict_of("membership", results, []).verdict != "at risk"
    copied = VariationMembership().run(split, Release("early", early), RunContext(0))
    assert verdict_of("membership", copied, []).verdict == "at risk"


def redrawn(windows, movement):
    """Another posture for each series, and the movement of `movement` with phases drawn anew."""
    rng = np.random.default_rng(0)
    values = phase_randomised(movement, seed=1)
    _, series = np.unique(windows.series, return_inverse=True)
    shift = rng.normal(0, 3, (series.max() + 1, 1, windows.values.shape[2]))[series]
    return Release("redrawn", windows.with_values(values + shift), np.arange(len(windows)))


def test_who_follows_ups_and_downs_finds_recordings_that_resemble_nothing(toy_split):
    rng = np.random.default_rng(2)
    uneven = [
        w.with_values(w.values * np.exp(rng.normal(0, 0.5, (len(w), 1, w.values.shape[2]))))
        for w in (toy_split.fit, toy_split.fresh)
    ]
    split = replace(toy_split, fit=uneven[0], fresh=uneven[1])
    attack = VariationMembership()
    strangers = split.unseen.values[rng.integers(len(split.unseen), size=len(split.fit))]
    found, nothing = (
        attack.run(split, redrawn(split.fit, movement), RunContext(0))[0]
        for movement in (split.fit.values, strangers)
    )
    assert found.low > 0.5
    assert nothing.low < 0.5
    assert all(control.passed for control in attack.reference(split, RunContext(0)).controls)


@pytest.mark.slow
def test_controls_of_the_network_win_and_lose_and_one_that_learnt_from_others_knows_nothing(
    split,
):
    attack = NetworkMembership(n_updates=100)
    controls = attack.reference(split, RunContext(0)).controls
    assert [(control.expected, control.passed) for control in controls] == [("win", True), ("lose", True)]
    others = attack.run(split, Release("others", make_windows(6, seed=9, n_channels=3)), RunContext(0))
    found = [r for r in others if r.value is not None]
    assert len(found) >= 2
    assert all(r.low <= r.chance for r in found)


@pytest.mark.slow
def test_a_network_that_had_to_learn_by_heart_is_surer_of_what_was_used(split):
    """Where activities are no rule, there is nothing else to learn; where they are, it is as sure of what is new."""
    fit, fresh, unseen = (
        replace(part, activity=np.random.default_rng(1).permutation(part.activity))
        for part in (split.fit, split.fresh, split.unseen)
    )
    lawless = replace(split, fit=fit, fresh=fresh, unseen=unseen)
    jittered = fit.with_values(fit.values + np.random.default_rng(0).normal(0, 0.01, fit.values.shape))
    found = by_tier(
        NetworkMembership(n_updates=200).run(lawless, Release("jittered", jittered), RunContext(0))
    )
    assert found["AUC", "nearest gradient, by window"].low > 0.8
    assert found["AUC", "loss, by window"].low > 0.5


def test_a_network_needs_two_activities_to_learn_from(split):
    still = split.fit.take(split.fit.activity == split.fit.activities[0])
    assert not NetworkMembership().applies_to(Release("one activity", still))
    (result,) = NetworkMembership().run(split, Release("one activity", still), RunContext(0))
    assert (result.value, result.note) == (None, FEW_ACTIVITIES)


def test_gradients_are_those_of_the_loss(split):
    """Against TensorFlow's own: one window's gradient by the last layer's weights, up to its length."""
    import tensorflow as tf

    some = split.fit.take(np.arange(0, len(split.fit), 7))
    network = fit_convnet(some.values, some.activity, RunContext(0), n_updates=5)
    hidden, errors, _ = _gradients(network, some)
    inputs = scaled(with_steps(some.values), network.mean, network.scale)
    kernel = network.network.model.layers[-1].kernel
    for i in range(3):
        with tf.GradientTape() as tape:
            logits = network.network.model(inputs[i : i + 1], training=False)
            code = np.searchsorted(network.classes_, some.activity[i : i + 1])
            loss = tf.nn.sparse_softmax_cross_entropy_with_logits(code, logits)
        truth = tape.gradient(loss, kernel.value).numpy()
        np.testing.assert_allclose(np.outer(hidden[i], errors[i]), truth / np.linalg.norm(truth), atol=1e-4)
