"""A discriminator that learnt a release by heart recognises copies, and nothing where nothing is to be known."""

from dataclasses import replace

import numpy as np
import pytest

from synth.audit.membership.base import halves
from synth.audit.membership.gan import GanMembership
from synth.audit.models.gan import taken_for_real
from synth.core.run_context import RunContext
from tests.synth.audit import planted
from tests.toy import make_split

ATTACK = GanMembership(n_updates=300)


@pytest.fixture(scope="module")
def split():
    """Six people who are members, of whom there is so little that 300 updates learn it by heart."""
    return make_split(n_subjects=9, seconds_per_series=20, rate_hz=20.0, n_channels=3)


@pytest.mark.slow
def test_what_has_to_be_learnt_by_heart_is_recognised_and_nothing_in_a_release_of_others(split):
    """Windows of noise have nothing in common, so that only single windows can be learnt.

    Of few windows some resemble others by chance, so releases of others are three.
    """
    rng = np.random.default_rng(0)
    fit, fresh = (
        side.with_values(rng.normal(size=side.values.shape).astype(np.float32))
        for side in (split.fit, split.fresh)
    )
    lawless = replace(split, fit=fit, fresh=fresh)
    (ceiling, *_) = ATTACK.reference(lawless, RunContext(0)).ceilings
    assert (ceiling.tier, ceiling.metric, ceiling.p) == ("discriminator, by window", "AUC", None)
    assert ceiling.low > 0.5
    others = [ATTACK.run(lawless, planted.noise(fit, seed=seed), RunContext(0))[0].low for seed in (1, 2, 3)]
    assert np.median(others) <= 0.5


def test_what_the_attacker_knows_is_not_asked_about(split, monkeypatch):
    seen = {}

    def note(real, asked, context, *, n_updates, others):
        seen.update(real=real, asked=asked, others=others)
        return np.zeros(len(asked))

    monkeypatch.setattr("synth.audit.membership.gan.taken_for_real", note)
    ATTACK.run(split, planted.copy(split.fit), RunContext(0))
    known, unused = halves(split.fresh, seed=0)
    assert np.array_equal(seen["others"], known.values)
    assert np.array_equal(seen["asked"], np.concatenate([split.fit.values, unused.values]))
    assert np.array_equal(seen["real"], split.fit.values)


def test_nothing_is_said_where_the_holdout_was_supplied(split):
    supplied = replace(split, at_random=False)
    assert ATTACK.run(supplied, planted.copy(split.fit), RunContext(0)) == ()
    assert ATTACK.reference(supplied, RunContext(0)).ceilings == ()


def test_the_same_seed_gives_the_same_answers(split):
    real, asked = split.fit.values[:40], split.fresh.values[:5]
    answers = [taken_for_real(real, asked, RunContext(seed), n_updates=50) for seed in (1, 1, 2)]
    assert answers[0].shape == (5,)
    assert np.array_equal(answers[0], answers[1])
    assert not np.allclose(answers[0], answers[2])


@pytest.mark.parametrize("n_timesteps", [30, 64, 200])
def test_windows_of_any_length(n_timesteps):
    values = np.random.default_rng(0).normal(size=(20, n_timesteps, 2)).astype(np.float32)
    answers = taken_for_real(values, values, RunContext(0), n_updates=1, others=values[:3])
    assert np.isfinite(answers).all()
    assert answers.std() > 0
