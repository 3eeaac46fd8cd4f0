"""PhysioGAN's objective by hand, signals whose truth is known, and every one of its settings."""

import dataclasses
import math

import numpy as np
import pytest

from synth.core.errors import Stopped, TrainingError
from synth.core.run_context import RunContext
from synth.mechanisms.physiogan.code_mixture import STEADIEST, CodeMixture
from synth.mechanisms.physiogan.physiogan import PhysioGan, _every_activity
from synth.mechanisms.physiogan.validation_distance import validation_distance
from synth.mechanisms.representations.residual_noise import ResidualNoise, missing_share
from tests.eager import eagerly
from tests.synth.mechanisms.conftest import same_bytes, tiny
from tests.toy import make_windows

RATE_HZ = 20.0


@pytest.fixture(scope="module")
def network():
    from synth.keras_support.tensorflow_backend import tensorflow

    tensorflow(seed=0)
    from synth.mechanisms.physiogan import _network

    return _network


@pytest.fixture(scope="module")
def training(network):
    from synth.mechanisms.physiogan import _training

    return _training


def test_the_schedule_is_as_published(training):
    share = training.reconstruction_weight
    assert share(0, 600) == pytest.approx(600 / 601)
    assert share(round(600 * math.log(600)), 600) == pytest.approx(0.5, abs=1e-3)
    assert share(15_000, 600) == share(10**6, 0.1) == 0.1
    assert all(share(e, 4) >= share(e + 1, 4) for e in range(40))


def test_the_divergence_is_a_mean_over_numbers_and_free_below_its_bits(training):
    mean, log_variance = np.array([[0.0, 2.0], [0.0, 0.0]], np.float32), np.zeros((2, 2), np.float32)
    assert float(training.divergence(mean, log_variance)) == pytest.approx(2.0 / 4)
    twice = np.full((1, 3), math.log(4), np.float32)
    expected = 0.5 * (4 - 1 - math.log(4))
    assert float(training.divergence(np.zeros((1, 3), np.float32), twice)) == pytest.approx(expected)
    assert float(training.with_free_bits(0.5, 10)) == 0.5
    assert float(training.with_free_bits(0.001, 10)) == pytest.approx(0.01)


def test_entropies_are_means_whatever_the_batch_and_written_windows_are_a_class_of_their_own(training):
    activities = np.array([0, 1], np.int32)
    undecided = np.zeros((2, 3), np.float32)
    for n in (1, 2):
        assert float(training.cross_entropy(activities[:n], undecided[:n])) == pytest.approx(math.log(3))
    right = 50 * np.eye(3, dtype=np.float32)
    assert float(training.discriminator_loss(activities, right[:2], right[[2, 2]], 2)) == pytest.approx(
        0, abs=1e-6
    )
    assert float(training.discriminator_loss(activities, right[:2], right[:2], 2)) == pytest.approx(25)
    assert float(training.discriminator_loss(activities, right[[2, 2]], right[[2, 2]], 2)) == pytest.approx(
        25
    )


def test_features_are_compared_on_average(training):
    real = np.array([[0.0, 1.0], [2.0, 3.0]], np.float32)
    assert float(training.feature_matching_loss(real, real[::-1])) == 0
    assert float(
        training.feature_matching_loss(real, real + np.array([2.0, 0.0], np.float32))
    ) == pytest.approx(2)


def test_a_window_is_written_out_of_its_own_code_alone(network):
    sizes = {"n_features": 3, "n_activities": 2, "n_units": 4, "n_layers": 2, "code_size": 2}
    decoder = network.Decoder(**sizes, limit=np.full(3, 9, np.float32), seed=0)
    rng = np.random.default_rng(0)
    codes, activities = rng.normal(size=(5, 2)), np.array([0, 1, 0, 1, 1])
    together = decoder.draw(codes, activities, n_patches=4)
    alone = decoder.draw(codes[3:4], activities[3:4], n_patches=4)
    np.testing.assert_array_equal(together[3:4], alone)
    other = decoder.draw(codes[3:4], 1 - activities[3:4], n_patches=4)
    assert not np.allclose(alone, other)


def test_forced_windows_go_on_from_what_is_shown_and_others_from_their_own(network):
    import tensorflow as tf

    sizes = {"n_features": 1, "n_activities": 1, "n_units": 4, "n_layers": 1, "code_size": 2}
    decoder = network.Decoder(**sizes, limit=np.full(1, 9, np.float32), seed=0)
    codes, activities = tf.ones([2, 2]), tf.zeros([2], tf.int32)
    own = decoder.write(codes, activities, 3).numpy()
    forced = decoder.write(codes, activities, 3, shown=tf.fill([1, 3, 1], 5.0)).numpy()
    np.testing.assert_array_equal(forced[:, 0], own[:, 0])
    assert not np.allclose(forced[0, 1:], own[0, 1:])
    np.testing.assert_allclose(forced[1], own[1], rtol=1e-6)


def test_detail_has_the_covariances_of_what_was_left_out_of_each_activity():
    rng = np.random.default_rng(0)
    memory = np.array([[0.8, 0.1], [0.0, -0.5]])
    activities = np.repeat([0, 1], 400).astype(np.int32)
    left = np.zeros((800, 30, 2))
    for t in range(1, 30):
        left[:, t] = left[:, t - 1] @ memory + rng.normal(size=(800, 2)) * np.where(activities, 3, 1)[:, None]
    left = left[:, 10:]
    detail = ResidualNoise.learn(left, activities, 2)
    drawn = detail.colour(rng.standard_normal(left.shape), rng.standard_normal(800), activities)
    assert drawn.dtype == np.float32
    for k in range(2):
        a, b = left[activities == k], drawn[activities == k]
        assert b.std() == pytest.approx(a.std(), rel=0.25)
        for lag in (0, 1):
            shapes = [
                np.einsum("ntf,ntg->fg", part[:, lag:], part[:, : part.shape[1] - lag]) / (part**2).sum()
                for part in (a, b)
            ]
            np.testing.assert_allclose(*shapes, atol=0.1)


def test_where_nothing_was_left_out_nothing_is_added():
    activities = np.zeros(20, np.int32)
    detail = ResidualNoise.learn(np.zeros((20, 5, 3)), activities, 1)
    noise = np.random.default_rng(0).standard_normal((20, 5, 3))
    assert np.abs(detail.colour(noise, noise[:, 0, 0], activities)).max() < 1e-6
    assert not ResidualNoise.none(1, 3).colour(noise, noise[:, 0, 0], activities).any()


def test_what_a_rewriter_adds_of_its_own_is_not_made_up_for_again():
    rng = np.random.default_rng(0)
    shape, detail = rng.normal(size=(200, 10, 1)), rng.normal(size=(200, 10, 1))
    assert missing_share(shape + detail, shape) == pytest.approx(1, abs=0.05)
    texture = rng.normal(size=(200, 10, 1))
    assert missing_share(shape + detail, shape + texture) == pytest.approx(0, abs=0.3)


def test_some_windows_have_more_detail_than_others():
    rng = np.random.default_rng(0)
    strength = np.exp(rng.normal(1.0, 0.5, 2000))
    detail = ResidualNoise.learn(
        rng.normal(size=(2000, 20, 2)) * strength[:, None, None], np.zeros(2000, np.int32), 1
    )
    drawn = detail.colour(rng.normal(size=(2000, 20, 2)), rng.normal(size=2000), np.zeros(2000, np.int32))
    logs = np.log(np.sqrt((drawn**2).mean(axis=(1, 2))))
    assert (logs.mean(), logs.std()) == pytest.approx((1.0, 0.5), abs=0.06)


def rhythm_windows():
    """Two channels in other units and offsets; activity 1 swings at 1 Hz, activity 2 at 2.5 Hz and half as far."""
    rng = np.random.default_rng(0)
    windows = make_windows(6, 2, 24.0, RATE_HZ, 2, duration_s=2.4)
    t = np.arange(windows.n_timesteps) / RATE_HZ
    is_fast = windows.activity == "act2"
    phase = rng.uniform(0, 2 * np.pi, len(windows))[:, None]
    wave = np.sin(2 * np.pi * np.where(is_fast, 2.5, 1.0)[:, None] * t + phase)
    wave = wave * np.where(is_fast, 0.5, 1.0)[:, None]
    return windows.with_values(np.stack([100 + 20 * wave, -3 + 0.1 * wave], axis=2))


@pytest.fixture(scope="module")
def rhythms():
    return rhythm_windows()


@pytest.fixture(scope="module")
def writer(rhythms):
    sizes = {"units": 32, "layers": 1, "code_size": 4}
    settings = PhysioGan(**sizes, variant="variational only", learning_rate=0.01, batch_size=16, epochs=30)
    return settings.fit(rhythms, RunContext(0))


def main_frequency_hz(values):
    spectrum = np.abs(np.fft.rfft(values - values.mean(axis=1, keepdims=True), 512, axis=1)) ** 2
    return np.fft.rfftfreq(512, 1 / RATE_HZ)[spectrum.argmax(axis=1)]


@pytest.mark.slow
@pytest.mark.parametrize(("activity", "rhythm_hz"), [("act1", 1.0), ("act2", 2.5)])
def test_each_activity_has_its_own_rhythm_and_strength(writer, rhythms, activity, rhythm_hz):
    made = writer.sample(np.full(100, activity), seed=1).values
    real = rhythms.take(rhythms.activity == activity).values
    for channel in range(2):
        in_rhythm = np.abs(main_frequency_hz(made[..., channel]) - rhythm_hz) < 0.4
        assert in_rhythm.mean() > 0.8
    swing = [side.std(axis=1).mean(axis=0) for side in (made, real)]
    np.testing.assert_allclose(swing[0], swing[1], rtol=0.35)


@pytest.mark.slow
def test_a_longer_or_larger_draw_begins_like_a_shorter_one(writer, rhythms):
    few = writer.sample(np.array(["act1", "act2"]), seed=4).values
    many = writer.sample(np.array(["act1", "act2"] * 200), seed=4).values
    longer = writer.sample(np.array(["act1", "act2"]), seed=4, n_timesteps=100).values
    rounding = 1e-6  # matrices of other sizes are multiplied in another order on some processors
    np.testing.assert_allclose(many[:2], few, rtol=rounding)
    np.testing.assert_allclose(longer[:, : rhythms.n_timesteps], few, rtol=rounding)
    assert longer.shape == (2, 100, 2)


def test_what_early_stopping_goes_by_is_nothing_for_the_same_and_grows_with_level_and_movement(rhythms):
    louder = rhythms.with_values(2 * rhythms.values - rhythms.values.mean(axis=(0, 1)))
    shuffled = dataclasses.replace(
        rhythms, activity=np.where(rhythms.activity == "act1", "act2", "act1").astype(str)
    )
    assert validation_distance(rhythms, rhythms, spread_of=rhythms) == 0
    assert validation_distance(louder, rhythms, spread_of=rhythms) > 0.05
    assert validation_distance(shuffled, rhythms, spread_of=rhythms) > 0.05
    once = rhythms.take(np.zeros(len(rhythms), int))
    repeated = dataclasses.replace(once, activity=rhythms.activity)
    assert validation_distance(repeated, rhythms, spread_of=rhythms) > 0.05


def test_codes_are_drawn_from_every_kind_as_often_as_windows_are_of_it_and_around_their_centres():
    rng = np.random.default_rng(0)
    activities = np.repeat([0, 1], [400, 8])
    means = rng.normal(0, 0.1, (408, 2))
    means[:100] += [5, -5]
    kinds = CodeMixture.learn(means, np.full(means.shape, 0.04), activities, 2, n_kinds=2)
    drawn = kinds.codes_from(rng.random(4000), rng.standard_normal((4000, 2)), np.zeros(4000, int))
    far = drawn[:, 0] > 2.5
    assert far.mean() == pytest.approx(0.25, abs=0.03)
    np.testing.assert_allclose(drawn[far].mean(axis=0), [5, -5], atol=0.1)
    # A kind's own spread, how unsure codes are, and the least that is added.
    np.testing.assert_allclose(drawn[~far].std(axis=0), np.sqrt(0.01 + 0.04 + STEADIEST), rtol=0.1)
    few = kinds.codes_from(rng.random(4000), rng.standard_normal((4000, 2)), np.ones(4000, int))
    np.testing.assert_allclose(few.mean(axis=0), means[400:].mean(axis=0), atol=0.05)


def test_no_kind_is_a_single_window():
    means = np.random.default_rng(0).normal(size=(60, 16))
    means[7] += 3
    kinds = CodeMixture.learn(means, np.full(means.shape, 0.01), np.zeros(60, int), 1, n_kinds=3)
    shares = kinds.shares[0]
    assert (shares[shares > 0] * 60 >= 4.99).all()
    assert np.linalg.norm(kinds.centres[0] - means[7], axis=1).min() > 1


def test_windows_that_are_looked_at_are_spread_over_all_and_of_every_activity():
    activity = np.array(["a"] * 1999 + ["b"])
    some = _every_activity(activity, 1500)
    assert len(some) in (1500, 1501)
    assert set(activity[some]) == {"a", "b"}


def test_stopping_is_prompt_and_nothing_comes_back(small_windows):
    with pytest.raises(Stopped):
        tiny(PhysioGan).fit(small_windows, RunContext(0, should_stop=lambda: True))


CHANGES = {
    "variant": "adversarial",
    "units": 9,
    "layers": 2,
    "code_size": 4,
    "samples_per_step": 5,
    "code_weight": 2.0,
    "codes": "standard normal",
    "code_kinds": 1,
    "strength_change": 0.5,
    "pace_change": 0.3,
    "turn_deg": 60.0,
    "forced": True,
    "detail": False,
    "learning_rate": 0.03,
    "batch_size": 16,
    "clip_norm": 0.01,
}
WITH_A_DISCRIMINATOR = {"filters": 3, "schedule": 0.5}


def observed(windows, **changes):
    fitted = tiny(PhysioGan, **{"epochs": 1, "variant": "variational only", **changes}).fit(
        windows, RunContext(0)
    )
    return fitted.history, fitted.release(windows, seed=0)


@pytest.fixture(scope="module")
def few_windows(small_windows):
    return small_windows.take(np.arange(0, len(small_windows), 4))


@pytest.fixture(scope="module")
def usual(few_windows):
    with eagerly():
        return {
            "variational only": observed(few_windows),
            "adversarial": observed(few_windows, variant="adversarial"),
        }


@pytest.mark.slow
@pytest.mark.parametrize("name", [*CHANGES, *WITH_A_DISCRIMINATOR])
def test_every_setting_matters(name, usual, few_windows, without_compiling):
    if name in CHANGES:
        before, after = usual["variational only"], observed(few_windows, **{name: CHANGES[name]})
    else:
        change = {"variant": "adversarial", name: WITH_A_DISCRIMINATOR[name]}
        before, after = usual["adversarial"], observed(few_windows, **change)
    assert after[0] != before[0]
    assert not same_bytes(after[1].windows, before[1].windows)


@pytest.mark.slow
def test_patience_and_rounds_matter_and_all_settings_are_covered(few_windows, without_compiling):
    settings = tiny(PhysioGan, variant="variational only", epochs=6, learning_rate=0.1, patience=1)
    assert len(settings.fit(few_windows, RunContext(0)).history) < 6
    assert (
        len(tiny(PhysioGan, variant="variational only", epochs=3).fit(few_windows, RunContext(0)).history)
        == 3
    )
    assert {f.name for f in dataclasses.fields(PhysioGan)} == {
        *CHANGES,
        *WITH_A_DISCRIMINATOR,
        "patience",
        "epochs",
    }


@pytest.mark.slow
def test_awkward_windows_work(without_compiling):
    windows = make_windows(2, 4, 6.0, 20.0, 12, duration_s=0.85)  # 17 samples
    values = windows.values.copy()
    values[..., 1] = 9.81
    values[..., 2] += 1e5
    windows = windows.with_values(values)
    few = np.r_[np.flatnonzero(windows.activity != "act4"), np.flatnonzero(windows.activity == "act4")[:3]]
    made = tiny(PhysioGan, epochs=1).fit(windows.take(few), RunContext(0))
    released = made.release(windows.take(few), seed=0).windows
    assert released.values.shape == (len(few), 17, 12)
    np.testing.assert_allclose(released.values[..., 1], 9.81, rtol=1e-5)
    with pytest.raises(TrainingError, match="not trained on the activity flying"):
        made.sample(np.array(["flying"]), seed=0)


def test_a_still_recording_is_refused_in_words(small_windows):
    with pytest.raises(TrainingError, match="constant"):
        tiny(PhysioGan).fit(small_windows.with_values(np.ones_like(small_windows.values)), RunContext(0))
