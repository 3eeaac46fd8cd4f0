"""Flow against movements whose truth is known, awkward data, and every one of its settings."""

import dataclasses

import numpy as np
import pytest

from synth.core.errors import Stopped, TrainingError
from synth.core.run_context import RunContext
from synth.mechanisms.flow.flow import Flow
from synth.mechanisms.flow.window_code import WindowCode
from synth.mechanisms.representations.augmentation import AugmentedCutter, contiguous_recordings
from synth.mechanisms.sensegen.sensegen import SenseGen
from tests.eager import eagerly
from tests.synth.mechanisms.conftest import tiny
from tests.toy import make_windows

RATE_HZ = 20.0


def rhythm_windows():
    """Activity 1 swings at 1 Hz, activity 2 at 3 Hz; strength varies by a Gaussian, the second channel follows."""
    rng = np.random.default_rng(0)
    windows = make_windows(6, 2, 64.0, RATE_HZ, 2, duration_s=1.6)
    t = np.arange(windows.n_timesteps) / RATE_HZ
    is_fast = windows.activity == "act2"
    phase = rng.uniform(0, 2 * np.pi, len(windows))[:, None]
    strength = rng.normal(np.where(is_fast, 2.0, 1.0), 0.2)[:, None]
    wave = strength * np.sin(2 * np.pi * np.where(is_fast, 3.0, 1.0)[:, None] * t + phase)
    return windows.with_values(np.stack([100 + 20 * wave, -3 + 0.1 * wave], axis=2))


@pytest.fixture(scope="module")
def rhythms():
    return rhythm_windows()


@pytest.fixture(scope="module")
def drawer(rhythms):
    return Flow(units=16, layers=1, epochs=60, batch_size=32, learning_rate=0.005, pace_change=0.0).fit(
        rhythms, RunContext(0)
    )


@pytest.fixture(scope="module")
def drawn(drawer):
    return {a: drawer.sample(np.full(200, a), seed=1).values for a in ("act1", "act2")}


def main_frequency_hz(values):
    padded = np.fft.rfft(values - values.mean(axis=1, keepdims=True), n=200, axis=1)
    return np.fft.rfftfreq(200, 1 / RATE_HZ)[np.abs(padded).argmax(axis=1)]


def _spectra(values):
    """Return the shares of the frequencies in the first channel's movement."""
    power = np.abs(np.fft.rfft(values[..., 0] - values[..., 0].mean(axis=1, keepdims=True), axis=1)) ** 2
    return power / power.sum(axis=1, keepdims=True)


@pytest.mark.slow
@pytest.mark.parametrize(("activity", "rhythm_hz"), [("act1", 1.0), ("act2", 3.0)])
def test_each_activity_has_its_own_rhythm_offset_and_strength(drawn, rhythms, activity, rhythm_hz):
    made, real = drawn[activity], rhythms.values[rhythms.activity == activity]
    assert (np.abs(main_frequency_hz(made[..., 0]) - rhythm_hz) < 0.4).mean() > 0.9
    np.testing.assert_allclose(made.mean((0, 1)), real.mean((0, 1)), atol=0.25 * real.std((0, 1)).max())
    np.testing.assert_allclose(made.std((0, 1)), real.std((0, 1)), rtol=0.2)
    strengths = [values[..., 0].std(axis=1) for values in (made, real)]
    np.testing.assert_allclose(*(s.mean() for s in strengths), rtol=0.15)


@pytest.mark.slow
def test_what_was_asked_for_is_recognised_as_such(drawn, rhythms):
    centres = {a: _spectra(rhythms.values[rhythms.activity == a]).mean(axis=0) for a in drawn}
    for activity, made in drawn.items():
        distances = {a: ((_spectra(made) - centre) ** 2).sum(axis=1) for a, centre in centres.items()}
        others = np.min([d for a, d in distances.items() if a != activity], axis=0)
        assert (distances[activity] < others).mean() > 0.9


@pytest.mark.slow
def test_channels_move_together_as_in_training(drawn):
    made = drawn["act1"]
    assert np.corrcoef(made[..., 0].ravel(), made[..., 1].ravel())[0, 1] > 0.9


@pytest.mark.slow
def test_phases_are_drawn_anew(drawn):
    ends = drawn["act1"][:, 0, 0] - 100
    assert 0.35 < (ends > 0).mean() < 0.65


@pytest.mark.slow
def test_longer_series_keep_the_rhythm_and_do_not_jump(drawer, rhythms):
    n_timesteps = 3 * rhythms.n_timesteps + 1
    made = drawer.sample(np.full(20, "act1"), seed=1, n_timesteps=n_timesteps).values
    assert made.shape == (20, n_timesteps, 2)
    assert np.median(np.abs(main_frequency_hz(made[:, -rhythms.n_timesteps :, 0]) - 1.0)) < 0.4
    real_step = np.abs(np.diff(rhythms.values[rhythms.activity == "act1"][..., 0], axis=1)).max()
    assert np.median(np.abs(np.diff(made[..., 0], axis=1)).max(axis=1)) < 1.5 * real_step


@pytest.mark.slow
def test_shorter_series_are_the_beginning(drawer):
    short, whole = (drawer.sample(np.array(["act1"]), seed=2, n_timesteps=n).values for n in (9, None))
    np.testing.assert_array_equal(short, whole[:, :9])


@pytest.mark.slow
def test_an_activity_it_has_not_learnt_is_refused(drawer):
    with pytest.raises(TrainingError, match="was not trained on the activity act9"):
        drawer.sample(np.array(["act1", "act9"]), seed=0)
    with pytest.raises(TrainingError, match="No windows were asked for"):
        drawer.sample(np.array([], dtype=str), seed=0)


def test_it_stops_when_asked(rhythms):
    with pytest.raises(Stopped):
        Flow(units=4, layers=1).fit(rhythms, RunContext(0, should_stop=lambda: True))


def test_windows_that_are_too_short_are_refused(rhythms):
    with pytest.raises(TrainingError, match="at least 8"):
        Flow().fit(rhythms.with_values(rhythms.values[:, :7]), RunContext(0))


def awkward():
    """One activity with a constant channel; an activity with few windows; an odd length and one channel."""
    still = make_windows(3, 1, 14.0, 20.0, 2, duration_s=1.5)
    values = still.values.copy()
    values[..., 1] = 3.0
    few = make_windows(2, 2, 14.0, 20.0, 1, duration_s=1.55)
    rare = few.take(np.flatnonzero((few.activity == "act1") | (np.arange(len(few)) % 8 == 0)))
    return [pytest.param(still.with_values(values), id="constant"), pytest.param(rare, id="rare, odd")]


@pytest.mark.parametrize("windows", awkward())
@pytest.mark.usefixtures("without_compiling")
def test_awkward_windows_are_learnt(windows):
    made = tiny(Flow).fit(windows, RunContext(0)).release(windows, seed=0).windows
    assert made.values.shape == windows.values.shape
    assert np.isfinite(made.values).all()
    for channel in range(made.values.shape[2]):
        if np.ptp(windows.values[..., channel]) == 0:
            np.testing.assert_allclose(made.values[..., channel], windows.values[..., channel], rtol=1e-5)


CHANGES = {
    "epochs": 3,
    "units": 6,
    "layers": 2,
    "coarse_samples": 8,
    "steps": 3,
    "guidance": 3.0,
    "strength_change": 0.5,
    "pace_change": 0.3,
    "turn_deg": 60.0,
    "learning_rate": 0.05,
    "batch_size": 8,
    "patience": 1,
    "epsilon": 5.0,
}


def test_every_field_is_tested():
    assert set(CHANGES) == {f.name for f in dataclasses.fields(Flow)}


@pytest.fixture(scope="module")
def few_windows(small_windows):
    return small_windows.take(np.arange(0, len(small_windows), 4))


@pytest.fixture(scope="module")
def unchanged(few_windows):
    with eagerly():
        return tiny(Flow).fit(few_windows, RunContext(0)).release(few_windows, seed=0).windows.values


@pytest.mark.slow
@pytest.mark.parametrize("field", sorted(set(CHANGES) - {"patience"}))
@pytest.mark.usefixtures("without_compiling")
def test_every_setting_changes_what_is_drawn(field, few_windows, unchanged):
    made = tiny(Flow, **{field: CHANGES[field]}).fit(few_windows, RunContext(0)).release(few_windows, seed=0)
    assert not np.array_equal(made.windows.values, unchanged)


@pytest.mark.slow
@pytest.mark.usefixtures("without_compiling")
def test_less_patience_stops_earlier(few_windows, monkeypatch):
    monkeypatch.setattr("synth.mechanisms.flow._network.AVERAGING", 0.0)  # the last weights, which jump
    wild = {"epochs": 8, "learning_rate": 0.1, "batch_size": 64}
    rounds = [len(tiny(Flow, **wild, patience=p).fit(few_windows, RunContext(0)).history) for p in (1, 8)]
    assert rounds[0] < rounds[1] == 8


LENGTHS = [(31, 2, 8), (30, 1, 16), (128, 6, 32), (17, 3, 32), (512, 12, 32), (8, 2, 8)]


@pytest.mark.parametrize(("n_timesteps", "n_channels", "coarse"), LENGTHS)
def test_numbers_become_the_windows_that_they_were(n_timesteps, n_channels, coarse):
    rng = np.random.default_rng(0)
    values = rng.normal(size=(50, n_timesteps, n_channels)).cumsum(axis=1) * 10.0 ** np.arange(n_channels)
    codes = np.arange(50) % 2
    code = WindowCode.learn(values, codes, coarse_samples=coarse)
    numbers = code.encode(values, codes)
    assert numbers.shape == (50, sum(code.layout.sizes))
    assert 0.8 < numbers.std() < 1.2
    scale = values.std(axis=(0, 1))
    np.testing.assert_allclose(code.decode(numbers, codes) / scale, values / scale, atol=1e-4)


def test_plain_noise_for_lines_is_detail_of_the_right_loudness():
    rng = np.random.default_rng(0)
    t = np.arange(64) / 64
    rough = rng.normal(0, 0.1, (200, 64, 2)) * np.where(t < 0.5, 1.0, 0.1)[:, None]
    codes = np.zeros(200, int)
    code = WindowCode.learn(5 + rough, codes, coarse_samples=16)
    numbers = code.encode(5 + rough, codes)
    n_samples, n_numbers = code.layout.shape
    shape = numbers[:, : n_samples * n_numbers].reshape(200, n_samples, n_numbers)
    shape[..., 2:] = rng.normal(size=shape[..., 2:].shape)
    back = code.decode(numbers, codes)
    for part in (slice(None, 12), slice(-12, None)):
        wanted, got = (np.diff(v[:, part], axis=1).std() for v in (rough, back))
        np.testing.assert_allclose(got, wanted, rtol=0.25)
    assert abs(np.corrcoef(np.diff(rough, axis=1).ravel(), np.diff(back, axis=1).ravel())[0, 1]) < 0.4


def one_recording(wave):
    """Windows of half a second, half of each repeated in the next, of one long recording."""
    windows = make_windows(1, 1, 14.0, 20.0, wave.shape[1], duration_s=0.5)
    start = np.arange(0, len(wave) - 10, 5)[: len(windows)]
    return dataclasses.replace(
        windows.take(np.arange(len(start))),
        start=start,
        values=np.stack([wave[s : s + 10] for s in start]).astype(np.float32),
        series=np.full(len(start), "s"),
        channels=("acc_x", "acc_y", "acc_z", "light")[: wave.shape[1]],
    )


def test_windows_cut_anew_are_stretches_of_the_recordings():
    wave = np.random.default_rng(0).normal(size=(60, 2)).cumsum(axis=0)
    windows = one_recording(wave)
    cut, activity = AugmentedCutter(windows, levels=0, strength=0, pace=0, turn_deg=0).cut(
        50, np.random.default_rng(1)
    )
    stretches = np.lib.stride_tricks.sliding_window_view(wave, 10, axis=0).swapaxes(1, 2)
    distance = np.abs(cut[:, None] - stretches).max(axis=(2, 3)).min(axis=1)
    assert distance.max() < 1e-5
    assert set(activity) == {"act1"}
    assert len({window.tobytes() for window in cut}) > len(windows)


def test_rare_activities_are_cut_more_often_by_the_root_of_their_share_and_few_cuts_leave_some_out():
    windows = make_windows(1, 2, 200.0, 20.0, 1, duration_s=0.5)
    early = windows.start < windows.start.max() / 9
    cutter = AugmentedCutter(
        windows.take((windows.activity == "act1") | early), levels=0, strength=0, pace=0, turn_deg=0
    )
    _, activity = cutter.cut(20_000, np.random.default_rng(1))
    assert (activity == "act2").mean() == pytest.approx(1 / (1 + 9**0.5), abs=0.02)  # not 1 in 10
    told_nothing = AugmentedCutter(
        windows.take((windows.activity == "act1") | early),
        levels=0,
        strength=0,
        pace=0,
        turn_deg=0,
        balanced=False,
    )
    _, activity = told_nothing.cut(20_000, np.random.default_rng(1))
    assert (activity == "act2").mean() == pytest.approx(0.1, abs=0.02)
    apart = AugmentedCutter(windows.take(windows.start % 30 == 0), levels=0, strength=0, pace=0, turn_deg=0)
    few, _ = apart.cut(20, np.random.default_rng(1))
    assert len(few) == 20  # of a hundred pieces


def test_a_round_looks_at_no_more_windows_than_it_may(small_windows, monkeypatch):
    from synth.mechanisms.sensegen._network import SenseGenTraining

    seen = []
    monkeypatch.setattr("synth.mechanisms.sensegen.sensegen.MAX_WINDOWS_PER_EPOCH", 20)
    monkeypatch.setattr(
        SenseGenTraining, "_step", lambda self, batch: seen.append(len(batch[0])) or {"loss": 0.0}
    )
    with eagerly():
        tiny(SenseGen, epochs=2).fit(small_windows, RunContext(0))
    assert 0 < sum(seen) <= 2 * 20


def test_turning_keeps_the_length_of_vectors_and_leaves_other_channels():
    windows = one_recording(np.random.default_rng(0).normal(size=(60, 4)))
    plain, turned = (
        AugmentedCutter(windows, levels=0, strength=0, pace=0, turn_deg=turn).cut(
            40, np.random.default_rng(1)
        )[0]
        for turn in (0, 30)
    )
    np.testing.assert_array_equal(turned[..., 3], plain[..., 3])
    assert np.abs(turned[..., 0] - plain[..., 0]).mean() > 0.1
    np.testing.assert_allclose(*(np.linalg.norm(v[..., :3], axis=2) for v in (turned, plain)), rtol=1e-4)


def test_pace_changes_the_rhythm_and_strength_the_size():
    t = np.arange(400) / 20
    wave = np.stack([np.sin(2 * np.pi * 2 * t), 3 + 0 * t], axis=1)
    windows = one_recording(wave)
    rng = np.random.default_rng(1)
    faster, _ = AugmentedCutter(windows, levels=0, strength=0, pace=0.3, turn_deg=0).cut(300, rng)
    crossings = np.diff(np.signbit(faster[..., 0]), axis=1).sum(axis=1)
    assert crossings.std() > 0.5
    stronger, _ = AugmentedCutter(windows, levels=0, strength=0.5, pace=0, turn_deg=0).cut(300, rng)
    assert np.log(stronger[..., 0].std(axis=1)).std() > 0.3
    np.testing.assert_allclose(stronger[..., 1], 3, rtol=1e-5)


def stretches(whole, starts):
    """Windows of 10 samples that begin there."""
    windows = make_windows(1, 1, 14.0, 20.0, 1, duration_s=0.5).take(np.arange(len(starts)))
    return dataclasses.replace(
        windows,
        start=np.array(starts),
        values=np.stack([whole[s : s + 10] for s in starts]),
        series=np.full(len(starts), "s"),
    )


def test_windows_are_joined_where_they_follow_each_other():
    whole = np.arange(40, dtype=np.float32)[:, None]
    (values, activity), *others = contiguous_recordings(stretches(whole, [0, 5, 25, 15]))  # in any order
    np.testing.assert_array_equal(values, whole[:35])
    assert (activity, others) == ("act1", [])
    assert [len(values) for values, _ in contiguous_recordings(stretches(whole, [0, 5, 25, 16]))] == [15, 19]


def test_windows_that_do_not_agree_are_not_joined():
    windows = stretches(np.arange(40, dtype=np.float32)[:, None], [0, 5, 15])
    changed = windows.values.copy()
    changed[0] += 1.0
    assert [len(values) for values, _ in contiguous_recordings(windows.with_values(changed))] == [10, 20]
