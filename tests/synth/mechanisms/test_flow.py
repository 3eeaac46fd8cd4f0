"""Flow against movements whose truth is known, awkward data, and every one of its settings."""

import dataclasses

import numpy as np
import pytest

from synth.errors import Stopped, TrainingError
from synth.mechanisms._flow_code import Directions, WindowCode, pieces_of
from synth.mechanisms.flow import Flow
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
    values = np.stack([100 + 20 * wave, -3 + 0.1 * wave], axis=2)
    # Series of their own: joined, the pieces would jump from phase to phase.
    return dataclasses.replace(
        windows.with_values(values), series=np.array([f"s{i}" for i in range(len(windows))])
    )


@pytest.fixture(scope="module")
def rhythms():
    return rhythm_windows()


@pytest.fixture(scope="module")
def drawer(rhythms):
    return Flow(units=64, layers=2, epochs=250, batch_size=64, learning_rate=0.005).fit(rhythms, seed=0)


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
    with pytest.raises(TrainingError, match="has not learnt the activity act9"):
        drawer.sample(np.array(["act1", "act9"]), seed=0)
    with pytest.raises(TrainingError, match="No windows were asked for"):
        drawer.sample(np.array([], dtype=str), seed=0)


def test_it_stops_when_asked(rhythms):
    with pytest.raises(Stopped):
        Flow(units=4, layers=1).fit(rhythms, seed=0, should_stop=lambda: True)


def test_windows_that_are_too_short_are_refused(rhythms):
    with pytest.raises(TrainingError, match="at least 8"):
        Flow().fit(rhythms.with_values(rhythms.values[:, :7]), seed=0)


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
    made = tiny(Flow).fit(windows, seed=0).release(windows, seed=0).windows
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
    "numbers": 5,
    "steps": 3,
    "loudness_change": 0.5,
    "learning_rate": 0.05,
    "batch_size": 8,
    "patience": 1,
}


def test_every_field_is_tested():
    assert set(CHANGES) == {f.name for f in dataclasses.fields(Flow)}


@pytest.fixture(scope="module")
def few_windows(small_windows):
    return small_windows.take(np.arange(0, len(small_windows), 4))


@pytest.fixture(scope="module")
def unchanged(few_windows):
    with eagerly():
        return tiny(Flow).fit(few_windows, seed=0).release(few_windows, seed=0).windows.values


@pytest.mark.slow
@pytest.mark.parametrize("field", sorted(set(CHANGES) - {"patience"}))
@pytest.mark.usefixtures("without_compiling")
def test_every_setting_changes_what_is_drawn(field, few_windows, unchanged):
    made = tiny(Flow, **{field: CHANGES[field]}).fit(few_windows, seed=0).release(few_windows, seed=0)
    assert not np.array_equal(made.windows.values, unchanged)


@pytest.mark.slow
@pytest.mark.usefixtures("without_compiling")
def test_less_patience_stops_earlier(few_windows):
    wild = {"epochs": 12, "learning_rate": 0.1, "batch_size": 16}
    rounds = [len(tiny(Flow, **wild, patience=p).fit(few_windows, seed=0).history) for p in (1, 12)]
    assert rounds[0] < rounds[1] == 12


@pytest.mark.parametrize(
    ("n_timesteps", "n_channels", "coarse"), [(31, 2, 8), (30, 1, 16), (128, 6, 32), (17, 3, 32)]
)
def test_the_code_keeps_the_course_and_the_loudness_of_detail(n_timesteps, n_channels, coarse):
    rng = np.random.default_rng(0)
    t = np.arange(n_timesteps) / n_timesteps
    slow = rng.normal(0, 1, (200, 1, n_channels)) * np.cos(np.pi * t)[:, None] + 5
    rough = rng.normal(0, 0.1, (200, n_timesteps, n_channels)) * np.where(t < 0.5, 1.0, 0.1)[:, None]
    values, codes = (slow + rough).astype(np.float32), np.arange(200) % 2
    code = WindowCode.learn(values, codes, coarse_samples=coarse)
    back = code.decode(code.encode(values, codes), codes, np.random.default_rng(1))
    assert np.abs(back - slow).mean() < 0.15
    halves = [
        np.diff(v, axis=1)[:, part].std()
        for v in (values, back)
        for part in (slice(None, 8), slice(-8, None))
    ]
    np.testing.assert_allclose(halves[2:], halves[:2], rtol=0.35)


def test_fine_detail_is_never_the_same_again():
    rng = np.random.default_rng(0)
    values, codes = rng.normal(size=(300, 64, 2)).astype(np.float32), np.zeros(300, int)
    code = WindowCode.learn(values, codes, coarse_samples=16)
    back = code.decode(code.encode(values, codes), codes, rng)
    steps = [np.diff(v, n=3, axis=1).ravel() for v in (values, back)]
    assert abs(np.corrcoef(*steps)[0, 1]) < 0.1


def test_directions_are_the_widest_first_with_each_activitys_own_variances():
    rng = np.random.default_rng(0)
    codes = np.arange(4000) % 2
    numbers = rng.normal(size=(4000, 3)) * [0.1, 2.0, 1.0] * np.where(codes, 2.0, 1.0)[:, None]
    found = Directions.learn(numbers.astype(np.float32), codes)
    np.testing.assert_allclose(np.abs(found.axes), np.eye(3)[:, [1, 2, 0]], atol=0.1)
    np.testing.assert_allclose(found.variances, [[4, 1, 0.01], [16, 4, 0.04]], rtol=0.15)


def test_windows_are_joined_where_they_follow_each_other():
    whole = np.arange(40, dtype=np.float32)[:, None]
    windows = make_windows(1, 1, 14.0, 20.0, 1, duration_s=0.5).take(np.arange(4))
    start = np.array([0, 5, 25, 15])  # in any order; 0, 5 and 15, 25 touch or overlap
    windows = dataclasses.replace(
        windows, start=start, values=np.stack([whole[s : s + 10] for s in start]), series=np.full(4, "s")
    )
    (values, activity), *others = pieces_of(windows)
    np.testing.assert_array_equal(values, whole[:35])
    assert (activity, others) == ("act1", [])
    apart = dataclasses.replace(windows, start=np.array([0, 5, 25, 16]))
    assert [len(values) for values, _ in pieces_of(apart)] == [15, 19]
