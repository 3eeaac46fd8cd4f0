"""Windows made to teach: the teacher is convinced, people are hidden, statistics come nearer, the best is kept."""

import dataclasses

import numpy as np
import pytest

from synth.core.errors import Stopped, TrainingError
from synth.core.run_context import RunContext
from synth.mechanisms.distillation.batchnorm_matching import BatchnormMatching
from synth.mechanisms.distillation.stimuli import Stimuli
from tests.synth.mechanisms.conftest import tiny
from tests.toy import make_windows

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def toy():
    return make_windows(4, 2, 16.0, 20.0, 3, duration_s=1.6)


TAUGHT = {
    "filters": 4,
    "epochs": 12,
    "batch_size": 8,
    "learning_rate": 0.01,
}  # long enough to know the activities


@pytest.fixture(scope="module")
def stimuli(toy):
    own = {"units": 4, "steps": 10, "corrections": 15, "hide_identity": 1.0}
    return Stimuli(**TAUGHT, **own, side_by_side=32).fit(toy, RunContext(0))


@pytest.fixture(scope="module")
def matched(toy):
    return BatchnormMatching(**TAUGHT, steps=30, side_by_side=32).fit(toy, RunContext(0))


def belief_in(fitted, windows):
    codes = np.searchsorted(fitted.activities, windows.activity)
    belief = fitted.teacher.belief(fitted.scaling.standardise(windows.values))
    return belief[np.arange(len(codes)), codes]


def test_stimuli_convince_the_teacher_beyond_the_threshold(stimuli):
    asked = np.repeat(["act1", "act2"], 40)
    believed = belief_in(stimuli, stimuli.sample(asked, seed=1))
    assert (believed > stimuli.learner.least_sure).mean() > 0.95
    assert believed.std() > 0


def test_inhibition_leaves_the_identifier_less_to_tell(stimuli, toy):
    from synth.mechanisms.distillation._matching_network import InputOptimiser, LossWeights
    from synth.mechanisms.distillation._teacher_network import identity_divergence

    groups = np.array([0, 1], np.int32)
    real = stimuli.scaling.standardise(toy.values)
    begin = np.stack([real[toy.activity == name][:32] for name in ("act1", "act2")])
    left = {}
    for strength in (0.0, 1.0):
        weights = LossWeights(1.0, 1.0, 0.0, strength)
        corrected = InputOptimiser(stimuli.teacher, stimuli.memory, weights, 0.05, stimuli.identifier)
        made, _ = corrected.run(begin, groups, n_steps=15, rng=np.random.default_rng(0))
        left[strength] = float(
            np.mean(identity_divergence(stimuli.identifier(made.reshape(-1, *real.shape[1:]))[0]))
        )
    assert left[1.0] < 0.7 * left[0.0]


def test_matched_windows_fit_the_memory_better_than_the_noise_they_came_from(matched):
    groups = np.array([0, 1], np.int32)
    begin = matched.memory.noise(groups, 32, 32, np.random.default_rng(0))
    before = begin.copy()
    options = {"n_steps": 60, "largest_shift": 2}
    made, losses = matched.matching.run(begin, groups, rng=np.random.default_rng(0), **options)
    np.testing.assert_array_equal(begin, before)
    assert (losses.min(axis=0) < 0.5 * losses[0]).all()
    still = matched.matching.losses(made, groups, np.ones((2, 32), np.float32)).numpy()
    assert (still < 0.6 * losses[0]).all()


def test_the_best_windows_are_kept_and_not_the_last(matched):
    from synth.mechanisms.distillation._matching_network import InputOptimiser

    settings = matched.matching
    wild = InputOptimiser(matched.teacher, matched.memory, settings._weights, step_size=3.0)
    groups = np.array([0, 1], np.int32)
    begin = matched.memory.noise(groups, 32, 32, np.random.default_rng(0))
    made, losses = wild.run(begin, groups, n_steps=6, rng=np.random.default_rng(0))
    assert (losses[-1] > 1.5 * losses.min(axis=0)).all()
    again = wild.losses(made, groups, np.ones((2, 32), np.float32)).numpy()
    np.testing.assert_allclose(again, losses.min(axis=0), rtol=1e-3)


def test_each_group_keeps_its_own_best_however_its_array_changes():
    from synth.mechanisms.distillation._matching_network import BestIterates

    best, array = BestIterates(), np.zeros((2, 3))
    for value, losses in ((1.0, [5.0, 1.0]), (2.0, [3.0, 2.0]), (3.0, [4.0, 0.5]), (4.0, [9.0, 9.0])):
        array[:] = value
        best.judge(np.array(losses), lambda: array)
    np.testing.assert_array_equal(best.windows[:, 0], [2.0, 3.0])


def test_what_is_remembered_is_what_went_into_the_normalisations(matched, toy):
    values = matched.scaling.standardise(toy.values)[toy.activity == "act2"]
    seen = np.concatenate([values, np.diff(values, axis=1, prepend=values[:, :1])], axis=2)
    np.testing.assert_allclose(matched.memory.means[0][1], seen.mean((0, 1)), atol=1e-5)
    np.testing.assert_allclose(matched.memory.spreads[0][1], seen.std((0, 1)), rtol=1e-4)
    assert len(matched.memory.means) == 5


def test_noise_begins_with_mean_and_spectrum_of_its_activity(matched):
    from synth.mechanisms.distillation._teacher_network import power

    drawn = matched.memory.noise(np.array([1]), 4000, 32, np.random.default_rng(0))[0]
    np.testing.assert_allclose(drawn.mean((0, 1)), matched.memory.means[0][1, :3], atol=0.1)
    around = power(drawn - matched.memory.means[0][1, :3]).mean(axis=0)
    np.testing.assert_allclose(around, matched.memory.spectra[1], rtol=0.2, atol=1e-3)


def test_every_window_is_made_for_the_activity_that_was_asked_for(matched):
    asked = np.array(["act2"] * 3 + ["act1"] * 40 + ["act2"] * 30)
    certain = dataclasses.replace(matched.learner, certainty=1.0).load(matched.to_bytes())
    made = certain.sample(asked, seed=0)
    assert made.activity.tolist() == asked.tolist()
    assert (belief_in(certain, made) > 0.5).mean() > 0.95
    assert len({window.tobytes() for window in made.values}) == len(asked)


OF_THE_TEACHER = {"filters": 3, "epochs": 2, "batch_size": 8, "learning_rate": 0.01}
WHEN_FITTED = {  # both have the same teacher
    Stimuli: {"hide_identity": 1.0, "likeness": 0.0, "steps": 2, "generator_rate": 0.01, "units": 3},
    BatchnormMatching: {**OF_THE_TEACHER, "blur": 0.1},
}
WHEN_MADE = {
    Stimuli: {
        "side_by_side": 16,
        "corrections": 2,
        "correction_size": 0.2,
        "most_sure": 0.9,
        "least_sure": 0.8,
    },
    BatchnormMatching: {
        "side_by_side": 16,
        "steps": 3,
        "step_size": 0.1,
        "statistics": 0.5,
        "certainty": 0.5,
        "spectrum": 0.0,
        "jitter": 0.5,
    },
}
USUAL = {Stimuli: {"hide_identity": 0.0}, BatchnormMatching: {"steps": 2}}
BESIDE = {"least_sure": {"most_sure": 0.9}}  # what else has to be changed for a setting to be observed


@pytest.mark.parametrize("kind", USUAL)
@pytest.mark.usefixtures("without_compiling")
def test_every_setting_matters(kind, small_windows):
    few = small_windows.take(np.arange(0, len(small_windows), 8))

    def values(fitted):
        return fitted.release(few, seed=0).windows.values

    usual = tiny(kind, **USUAL[kind]).fit(few, RunContext(0))
    made, payload = values(usual), usual.to_bytes()
    for name, value in WHEN_FITTED[kind].items():
        changed = tiny(kind, **USUAL[kind] | {name: value}).fit(few, RunContext(0))
        assert not np.array_equal(values(changed), made), name
    for name, value in WHEN_MADE[kind].items():
        beside = USUAL[kind] | BESIDE.get(name, {})
        before = values(tiny(kind, **beside).load(payload)) if name in BESIDE else made
        assert not np.array_equal(values(tiny(kind, **beside | {name: value}).load(payload)), before), name
    tested = {*WHEN_FITTED[kind], *WHEN_MADE[kind], *OF_THE_TEACHER}
    assert tested == {f.name for f in dataclasses.fields(kind)}


@pytest.mark.parametrize("kind", USUAL)
@pytest.mark.usefixtures("without_compiling")
def test_awkward_windows_work_and_a_constant_channel_stays(kind):
    windows = make_windows(2, 2, 12.0, 20.0, 3, duration_s=1.05)
    values = windows.values.copy()
    values[..., 1] = 9.81
    values[..., 0] += 1e4
    few = np.r_[np.flatnonzero(windows.activity == "act1"), np.flatnonzero(windows.activity == "act2")[:3]]
    windows = windows.with_values(values).take(few)
    made = tiny(kind).fit(windows, RunContext(0)).release(windows, seed=0).windows
    assert np.isfinite(made.values).all()
    np.testing.assert_allclose(made.values[..., 1], 9.81, rtol=1e-6)
    assert (np.abs(made.values[..., 0] - 1e4) < 50).all()


@pytest.mark.parametrize("kind", USUAL)
@pytest.mark.usefixtures("without_compiling")
def test_one_person_and_one_activity_are_enough(kind, small_windows):
    one = small_windows.take((small_windows.subject == "P01") & (small_windows.activity == "act1"))
    made = tiny(kind).fit(one, RunContext(0)).release(one, seed=0).windows
    assert made.values.shape == one.values.shape


@pytest.mark.parametrize("kind", USUAL)
def test_what_cannot_work_is_refused_in_words(kind, small_windows, stimuli, matched):
    with pytest.raises(TrainingError, match="constant"):
        tiny(kind).fit(small_windows.with_values(np.ones_like(small_windows.values)), RunContext(0))
    with pytest.raises(Stopped):
        tiny(kind).fit(small_windows, RunContext(0, should_stop=lambda: True))
    for fitted in (stimuli, matched):
        with pytest.raises(TrainingError, match="not trained on the activity flying"):
            fitted.sample(np.array(["flying"]), seed=0)
        with pytest.raises(TrainingError, match="only generates windows of 32 samples"):
            fitted.sample(np.array(["act1"]), seed=0, n_timesteps=64)


def test_thresholds_in_the_wrong_order_are_refused():
    with pytest.raises(ValueError, match="must not exceed"):
        Stimuli(least_sure=0.9, most_sure=0.8)
