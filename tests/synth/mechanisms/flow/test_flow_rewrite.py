"""Rewriting by Flow: what is kept of a window, what is drawn anew, and that every setting does what it says."""

import dataclasses

import numpy as np
import pytest

from synth.core.errors import TrainingError
from synth.core.run_context import RunContext
from synth.mechanisms.flow.flow import Flow
from synth.mechanisms.flow.flow_rewrite import FittedFlowRewrite, FlowRewrite
from synth.mechanisms.flow.matching import STANDING, FlowMatching
from synth.mechanisms.flow.window_code import WindowCode
from tests.eager import eagerly
from tests.synth.mechanisms.conftest import tiny
from tests.toy import make_windows

CHANGES = {"kept": 0.6, "restyled": 0.0}


@pytest.fixture(scope="module")
def few_windows(small_windows):
    return small_windows.take(np.arange(0, len(small_windows), 4))


@pytest.fixture(scope="module")
def fitted(few_windows):
    with eagerly():
        return tiny(FlowRewrite, epochs=1).fit(few_windows, RunContext(0))


def rewritten(fitted, windows, *, seed=0, **changes):
    """Release windows with the same network, used in another way."""
    with eagerly():
        used = FittedFlowRewrite(dataclasses.replace(fitted.learner, **changes), fitted._model)
        return used.release(windows, seed=seed).windows.values


def likeness(values, windows):
    """Mean correlation of released and private windows, around their means."""
    pairs = zip(values[..., 0], windows.values[..., 0], strict=True)
    return np.mean([np.corrcoef(one, other)[0, 1] for one, other in pairs])


def test_less_is_recognisable_of_a_window_the_less_is_kept(fitted, few_windows):
    alike = [
        likeness(rewritten(fitted, few_windows, kept=kept, restyled=0.0), few_windows)
        for kept in (0.95, 0.5, 0.0)
    ]
    assert alike[0] > 0.8
    assert alike[0] > alike[1] + 0.1 > alike[2] + 0.2
    assert abs(alike[2]) < 0.1


@pytest.mark.parametrize("field", CHANGES)
def test_every_setting_of_its_own_changes_what_is_released(field, fitted, few_windows):
    changed = rewritten(fitted, few_windows, **{field: CHANGES[field]})
    assert not np.array_equal(changed, rewritten(fitted, few_windows))


def test_its_other_settings_are_those_of_the_network_that_it_shares_with_flow():
    names = [{f.name for f in dataclasses.fields(kind)} for kind in (FlowMatching, FlowRewrite, Flow)]
    assert names[1] == names[0] | set(CHANGES)
    assert names[2] == names[0] | {"epsilon"}


@pytest.mark.usefixtures("without_compiling")
def test_it_fits_the_network_that_flow_fits(fitted, few_windows):
    shared = {f.name: getattr(fitted.learner, f.name) for f in dataclasses.fields(FlowMatching)}
    flow = Flow(**shared).fit(few_windows, RunContext(0))
    codes = np.searchsorted(few_windows.activities, few_windows.activity)
    drawn = [one._model.draw(codes, np.random.default_rng(1)) for one in (fitted, flow)]
    np.testing.assert_array_equal(*drawn)


def test_noise_cannot_be_drawn_again_by_who_knows_the_seed(fitted, few_windows):
    changed = few_windows.with_values(few_windows.values + np.float32(1e-3))
    one, other = (rewritten(fitted, windows, kept=0.0) for windows in (few_windows, changed))
    assert np.abs(one - other).mean() > 0.5 * one.std(axis=(0, 1)).mean()


def test_most_of_the_noise_stands_so_that_releases_cannot_be_averaged(fitted, few_windows):
    several = np.stack([rewritten(fitted, few_windows, kept=0.0, restyled=0.0, seed=seed) for seed in (0, 1)])
    drawn_anew = several - several.mean(axis=0)
    alone = several - several.mean(axis=1, keepdims=True)
    assert 0.02 < drawn_anew.var() / alone.var() < 1.5 * (1 - STANDING)


def test_another_strength_has_another_noise(fitted, few_windows):
    """With the same noise, a little more of the window would change the release only a little."""
    one, other = (rewritten(fitted, few_windows, kept=kept, restyled=0.0) for kept in (0.0, 1e-6))
    assert np.abs(one - other).mean() > 0.5 * one.std(axis=(0, 1)).mean()


def test_an_activity_it_does_not_know_is_refused(fitted, few_windows):
    unknown = dataclasses.replace(few_windows, activity=np.full(len(few_windows), "act9"))
    with pytest.raises(TrainingError, match="was not trained on the activity act9"):
        rewritten(fitted, unknown)


@pytest.mark.usefixtures("without_compiling")
def test_recordings_without_activities_of_any_rate_and_channels_are_rewritten():
    windows = make_windows(2, 1, 5.0, 200.0, 12, duration_s=1.0)
    windows = dataclasses.replace(windows, activity=np.full(len(windows), "unlabelled"))
    made = tiny(FlowRewrite, epochs=1).fit(windows, RunContext(0)).release(windows, seed=0).windows
    assert made.values.shape == windows.values.shape
    assert np.isfinite(made.values).all()


@pytest.fixture(scope="module")
def encoded():
    rng = np.random.default_rng(0)
    values = rng.normal(size=(40, 64, 2)).cumsum(axis=1) * np.exp(rng.normal(size=(40, 1, 2)))
    codes = np.zeros(40, int)
    return WindowCode.learn(values, codes, coarse_samples=16), values, codes


def test_posture_and_strength_become_those_of_others_and_the_course_stays(encoded):
    code, values, codes = encoded
    mine, theirs = values[:20], values[20:]
    numbers = [code.encode(part, codes[:20]) for part in (mine, theirs)]
    made = code.decode(code.restyle(*numbers, share=1.0), codes[:20])
    np.testing.assert_allclose(made.mean(axis=1), theirs.mean(axis=1), rtol=0.1, atol=0.1 * values.std())
    strengths = [np.log(part.std(axis=1)) for part in (made, theirs, mine)]
    assert np.abs(strengths[0] - strengths[1]).mean() < 0.2 * np.abs(strengths[2] - strengths[1]).mean()
    alike = [np.corrcoef(a, b)[0, 1] for a, b in zip(made[..., 0], mine[..., 0], strict=True)]
    assert min(alike) > 0.9


def test_no_share_changes_nothing_and_half_lies_between(encoded):
    code, values, codes = encoded
    numbers = code.encode(values, codes)
    mine, theirs = numbers[:20], numbers[20:]
    np.testing.assert_allclose(code.restyle(mine, theirs, share=0.0), mine, rtol=1e-5, atol=1e-6)
    half = code.restyle(mine, theirs, share=0.5)
    np.testing.assert_allclose(half[:, -2:], (mine[:, -2:] + theirs[:, -2:]) / 2, rtol=1e-5, atol=1e-6)
