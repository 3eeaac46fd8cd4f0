"""Warm models: the actor answers as the model itself would, loads once, and comes back when it was let go."""

import threading

import numpy as np
import pytest

from synth.core.errors import JobError
from synth.core.run_context import RunContext
from synth.imputers.linear import LinearInterpolation
from synth.imputers.mean import ChannelMean
from synth.runs.learner_cards import learner_from_card
from synth.runs.workers.jobs import Jobs
from synth.runs.workers.warm_models import Warm, WarmImputer, WarmModels
from tests.waiting import wait_until

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def jobs():
    registry = Jobs()
    yield registry
    registry.close()


def test_a_warm_imputer_answers_like_the_cold_one(jobs, toy_windows):
    warm = Warm(jobs)
    values = toy_windows.values[:5]
    mask = np.random.default_rng(0).random(values.shape) > 0.3
    for number, learner in enumerate((LinearInterpolation(), ChannelMean())):
        cold = learner.fit(toy_windows, RunContext(0))
        imputer = WarmImputer(warm, f"model {number}", learner.card(), cold.to_bytes())
        expected = cold.impute(values, mask, n_draws=2, seed=0)
        np.testing.assert_array_equal(imputer.impute(values, mask, n_draws=2, seed=0), expected)
        np.testing.assert_array_equal(imputer.expect(values, mask, seed=0), expected[0])
        warm.forget()
        np.testing.assert_array_equal(imputer.impute(values, mask, n_draws=2, seed=0), expected)


def test_a_model_is_asked_once_beforehand_and_a_failure_waits_for_who_needs_it(jobs):
    warm, gate, asked = Warm(jobs), threading.Event(), []

    def ask():
        asked.append(1)
        gate.wait(10)
        raise JobError("no worker")

    assert warm.rehearse("model", ask)
    assert warm.rehearse("model", ask)
    gate.set()
    wait_until(lambda: not warm.rehearse("model", ask))
    assert asked == [1]


def test_the_model_unused_for_longest_goes(toy_windows):
    learner = ChannelMean()
    payload = learner.fit(toy_windows, RunContext(0)).to_bytes()
    models = WarmModels(capacity=2)
    for key in ("a", "b", "a", "c"):
        models.load(key, learner.card(), payload)
    assert [models.has(key) for key in "abc"] == [True, False, True]


def test_a_card_leads_back_to_its_learner():
    assert learner_from_card(ChannelMean().card()) == ChannelMean()
    with pytest.raises(ValueError, match="kind must be one of"):
        learner_from_card({"kind": "magic"})
