"""SenseGen against signals whose truth is known, awkward data, and every one of its settings."""

import dataclasses

import numpy as np
import pytest

from synth.core.errors import Stopped, TrainingError
from synth.core.run_context import RunContext
from synth.mechanisms.representations.patches import shifted
from synth.mechanisms.representations.window_style import StyleCode
from synth.mechanisms.sensegen.sensegen import SenseGen
from tests.synth.mechanisms.conftest import tiny
from tests.toy import make_windows

RATE_HZ = 20.0
NOISE = 0.4  # standard deviation, beside a swing of size 1


def rhythm_windows(noise=NOISE):
    """Two channels in other units and offsets; activity 1 swings at 1 Hz, activity 2 at 3 Hz."""
    rng = np.random.default_rng(0)
    windows = make_windows(6, 2, 32.0, RATE_HZ, 2, duration_s=3.2)
    t = np.arange(windows.n_timesteps) / RATE_HZ
    is_fast = windows.activity == "act2"
    phase = rng.uniform(0, 2 * np.pi, len(windows))[:, None]
    wave = np.sin(2 * np.pi * np.where(is_fast, 3.0, 1.0)[:, None] * t + phase)
    wave = wave * np.where(is_fast, 0.5, 1.0)[:, None] + rng.normal(0, noise, wave.shape)
    return windows.with_values(np.stack([100 + 20 * wave, -3 + 0.1 * wave], axis=2))


@pytest.fixture(scope="module")
def rhythms():
    return rhythm_windows()


@pytest.fixture(scope="module")
def writer(rhythms):
    settings = SenseGen(
        units=32,
        layers=1,
        mixtures=4,
        epochs=40,
        patience=40,
        learning_rate=0.02,
        batch_size=16,
        pace_change=0.0,
    )
    return settings.fit(rhythms, RunContext(0))


def main_frequency_hz(values):
    spectrum = np.abs(np.fft.rfft(values - values.mean(axis=1, keepdims=True), axis=1)) ** 2
    return np.fft.rfftfreq(values.shape[1], 1 / RATE_HZ)[spectrum.argmax(axis=1)]


@pytest.mark.slow
@pytest.mark.parametrize(("activity", "rhythm_hz"), [("act1", 1.0), ("act2", 3.0)])
def test_each_activity_has_its_own_rhythm_offset_and_spread(writer, rhythms, activity, rhythm_hz):
    made = writer.sample(np.full(100, activity), seed=1).values
    real = rhythms.take(rhythms.activity == activity).values
    for channel in range(2):
        in_rhythm = np.abs(main_frequency_hz(made[..., channel]) - rhythm_hz) < 0.4
        assert in_rhythm.mean() > 0.9
    np.testing.assert_allclose(
        made.mean(axis=(0, 1)), real.mean(axis=(0, 1)), atol=0.25 * real.std((0, 1)).max()
    )
    np.testing.assert_allclose(made.std(axis=(0, 1)), real.std(axis=(0, 1)), rtol=0.25)


@pytest.mark.slow
def test_channels_move_together_as_in_training(writer):
    made = writer.sample(np.full(50, "act1"), seed=1).values
    assert np.corrcoef(made[..., 0].ravel(), made[..., 1].ravel())[0, 1] > 0.9


@pytest.mark.slow
def test_longer_series_than_the_training_windows_keep_the_rhythm(writer, rhythms):
    n_timesteps = 4 * rhythms.n_timesteps + 1
    made = writer.sample(np.full(20, "act1"), seed=1, n_timesteps=n_timesteps).values
    assert made.shape == (20, n_timesteps, 2)
    late = made[:, -rhythms.n_timesteps :, 0]
    assert np.median(np.abs(main_frequency_hz(late) - 1.0)) < 0.4


@pytest.mark.slow
def test_a_longer_or_larger_draw_begins_like_a_shorter_one(writer, rhythms):
    few = writer.sample(np.array(["act1", "act2"]), seed=4).values
    many = writer.sample(np.array(["act1", "act2"] * 200), seed=4).values
    longer = writer.sample(np.array(["act1", "act2"]), seed=4, n_timesteps=100).values
    np.testing.assert_array_equal(many[:2], few)
    np.testing.assert_array_equal(longer[:, : rhythms.n_timesteps], few)


@pytest.mark.slow
def test_the_activity_matters_to_the_sample_and_only_when_it_is_told(rhythms):
    for conditional in (True, False):
        fitted = tiny(SenseGen, conditional=conditional).fit(rhythms, RunContext(0))
        one, other = (fitted.sample(np.full(4, name), seed=1).values for name in ("act1", "act2"))
        assert np.array_equal(one, other) == (not conditional)


@pytest.mark.slow
def test_batches_of_twenty_windows_share_a_series_name(writer):
    made = writer.sample(np.array(["act1"] * 41), seed=0)
    assert made.series[[0, 19, 20, 40]].tolist() == ["batch-001", "batch-001", "batch-002", "batch-003"]


@pytest.mark.slow
def test_nothing_is_promised_unless_it_was_asked_for(writer, rhythms):
    assert writer.guarantee is None
    assert "promise" not in writer.release(rhythms, seed=0).card


@pytest.mark.slow
def test_an_unknown_activity_is_refused_by_name(writer):
    with pytest.raises(TrainingError, match="not trained on the activity flying"):
        writer.sample(np.array(["act1", "flying"]), seed=0)


def test_stopping_is_prompt_and_nothing_comes_back(rhythms):
    asked = []

    def stop_at_the_third_batch():
        asked.append(1)
        return len(asked) == 3

    with pytest.raises(Stopped):
        tiny(SenseGen).fit(rhythms, RunContext(0, should_stop=stop_at_the_third_batch))
    assert len(asked) == 3


CHANGES = {
    "units": 9,
    "layers": 2,
    "mixtures": 3,
    "samples_per_step": 3,
    "conditional": False,
    "channels_jointly": False,
    "style_first": False,
    "learning_rate": 0.03,
    "batch_size": 8,
    "epochs": 3,
    "clip_norm": 0.01,
    "strength_change": 0.5,
    "pace_change": 0.3,
    "turn_deg": 60.0,
    "epsilon": 5.0,
}


def observed(settings, windows):
    fitted = settings.fit(windows, RunContext(0))
    return fitted.history, fitted.release(windows, seed=0).windows.values


@pytest.fixture(scope="module")
def usual(small_windows):
    return observed(tiny(SenseGen), small_windows)


@pytest.mark.slow
@pytest.mark.parametrize("name", CHANGES)
def test_every_setting_matters(name, usual, small_windows):
    history, values = observed(tiny(SenseGen, **{name: CHANGES[name]}), small_windows)
    assert history != usual[0]
    assert not np.array_equal(values, usual[1])


@pytest.mark.slow
def test_a_low_temperature_writes_what_is_likely(writer, rhythms):
    """Of a noisy swing at 1 Hz: the swing stays, the noise goes. Faint noise would be less than the fit is off by."""
    drawn = {}
    for temperature in (0.1, 1.0):
        learner = dataclasses.replace(writer.learner, temperature=temperature)
        fitted = learner.load(writer.to_bytes())
        drawn[temperature] = fitted.sample(np.full(100, "act1"), seed=1).values[..., 0]
    roughness = {t: np.diff(values, n=3, axis=1).std() for t, values in drawn.items()}
    assert roughness[0.1] < 0.6 * roughness[1.0]
    assert (np.abs(main_frequency_hz(drawn[0.1]) - 1.0) < 0.4).mean() > 0.9


@pytest.mark.parametrize("jointly", [True, False])
def test_a_style_says_where_channels_lie_and_how_strongly_they_move(jointly):
    rhythms = rhythm_windows(noise=0.2)
    codes = np.searchsorted(["act1", "act2"], rhythms.activity)
    code = StyleCode.learn(rhythms.values, codes, people=rhythms.subject, jointly=jointly)
    moved, styles = code.apart(rhythms.values, codes)
    assert styles.shape == (len(rhythms) * (1 if jointly else 2), code.size)
    for k in range(2):
        np.testing.assert_allclose(np.sqrt((moved[codes == k] ** 2).mean(axis=(0, 1))), 1, rtol=0.01)
    n = rhythms.n_timesteps
    np.testing.assert_allclose(code.together(moved, styles, codes, n), rhythms.values, rtol=1e-3, atol=1e-3)
    # Whatever was drawn, a window becomes as its style says.
    changed = code.together(3 * moved + 7, styles, codes, n)
    np.testing.assert_allclose(changed, rhythms.values, rtol=1e-3, atol=1e-3)
    louder, other = code.apart((rhythms.values - [100, -3]) * 2 + [110, -3], codes)
    np.testing.assert_allclose(louder, 2 * moved, atol=1e-3)
    change = (other - styles).reshape(len(rhythms), 2, 2)
    level, strength = np.moveaxis(change, 1 if jointly else 2, 0)
    assert (level[:, 0] > 1).all()
    assert (strength > 0.5).all()


@pytest.mark.slow
def test_windows_keep_the_posture_and_strength_that_they_begin_with(writer, rhythms):
    rng = np.random.default_rng(0)
    n = len(rhythms)
    levels, strengths = 100 * rng.normal(size=(n, 1, 1)), np.exp(0.5 * rng.normal(size=(n, 1, 1)))
    centre = rhythms.values.mean(axis=(0, 1))
    people = rhythms.with_values(((rhythms.values - centre) * strengths + levels * [1, 0.005]).astype("f4"))
    fitted = dataclasses.replace(writer.learner, strength_change=0.0).fit(people, RunContext(0))
    made = fitted.sample(np.full(400, "act1"), seed=3).values
    real = people.values[people.activity == "act1"]
    for part in (np.mean, np.std):
        begins, ends = (part(half, axis=1)[:, 0] for half in np.split(made, 2, axis=1))
        assert np.corrcoef(begins, ends)[0, 1] > 0.75
        assert begins.std() == pytest.approx(part(real[:, :32], axis=1)[:, 0].std(), rel=0.3)


@pytest.mark.slow
def test_patience_matters_and_all_settings_are_covered(small_windows):
    # A learning rate this high makes the held-out loss jump, so that patience of one round ends early.
    rounds = [
        len(
            tiny(SenseGen, patience=p, epochs=15, learning_rate=0.1).fit(small_windows, RunContext(0)).history
        )
        for p in (1, 15)
    ]
    assert rounds[0] < rounds[1] == 15
    assert {f.name for f in dataclasses.fields(SenseGen)} == {*CHANGES, "patience", "temperature"}


def awkward(name):
    windows = make_windows(2, 2, 12.0, 20.0, 3, duration_s=1.0)
    values = windows.values.copy()
    if name == "one constant channel":
        values[..., 1] = 9.81
    elif name == "a channel that moves in one activity only":
        values[windows.activity == "act1", :, 1] = 9.81
    elif name == "large offsets":
        values += np.array([1e5, -1e4, 0], np.float32)
    elif name == "one activity":
        return windows.take(windows.activity == "act1")
    elif name == "one series":
        return windows.take(windows.series == windows.series[0])
    elif name == "an activity with three windows":
        return windows.take(
            np.r_[np.flatnonzero(windows.activity == "act1"), np.flatnonzero(windows.activity == "act2")[:3]]
        )
    return windows.with_values(values)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        "one constant channel",
        "a channel that moves in one activity only",
        "large offsets",
        "one activity",
        "one series",
        "an activity with three windows",
    ],
)
def test_awkward_windows_work_and_stay_in_sensor_units(name):
    windows = awkward(name)
    fitted = tiny(SenseGen).fit(windows, RunContext(0))
    assert all(abs(loss) < 100 for epoch in fitted.history for loss in epoch.values())
    made = fitted.release(windows, seed=0).windows
    assert made.activity.tolist() == windows.activity.tolist()
    reach = np.abs(windows.values - windows.values.mean((0, 1))).max(axis=(0, 1))
    off = np.abs(made.values - windows.values.mean((0, 1))).max(axis=(0, 1))
    assert (off <= 5 * reach + 1e-5).all()


@pytest.mark.slow
def test_twelve_channels_thirty_activities_and_windows_shorter_than_a_step():
    windows = make_windows(2, 30, 4.0, 20.0, 12, duration_s=0.2)
    made = (
        tiny(SenseGen, samples_per_step=16, epochs=1)
        .fit(windows, RunContext(0))
        .release(windows, seed=0)
        .windows
    )
    assert made.values.shape == windows.values.shape
    assert made.activities == windows.activities


def test_a_still_recording_is_refused_in_words(small_windows):
    still = small_windows.with_values(np.ones_like(small_windows.values))
    with pytest.raises(TrainingError, match="constant"):
        tiny(SenseGen).fit(still, RunContext(0))


@pytest.mark.parametrize(
    ("n_timesteps", "patch_length", "begins"),
    [(128, 4, {0, 1, 2, 3}), (130, 4, {0, 1, 2, 3}), (30, 1, {0}), (10, 7, {0, 1, 2, 3}), (5, 5, {0})],
)
def test_patches_begin_at_any_sample_and_windows_stay_equally_long(n_timesteps, patch_length, begins):
    windows = make_windows(4, 2, 20.0, 20.0, 1)
    ramp = np.arange(n_timesteps, dtype=np.float32)[:, None]
    ramps = windows.with_values(np.tile(ramp, (len(windows), 1, 1)))
    cut = shifted(ramps, patch_length, np.random.default_rng(0)).values[..., 0]
    assert set(cut[:, 0].tolist()) == begins
    assert cut.shape[1] % patch_length == 0
    assert cut.shape[1] > n_timesteps - 2 * patch_length
    assert (np.diff(cut, axis=1) == 1).all()
