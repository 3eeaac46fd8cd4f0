"""Noise, resampling and singular spectra: what is added, what is removed, and what stays."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth.core.errors import TrainingError
from synth.core.run_context import RunContext
from synth.mechanisms.rules.fft_resampling import FftResampling
from synth.mechanisms.rules.granularity import Granularity
from synth.mechanisms.rules.noise import Noise
from synth.mechanisms.rules.ssa import SingularSpectrum, main_components
from tests.toy import make_windows


def tones(*hz, rate_hz=50.0, n_timesteps=500):
    """One window, one channel a tone, each with its own offset."""
    t = np.arange(n_timesteps) / rate_hz
    values = np.stack([i + np.sin(2 * np.pi * f * t) for i, f in enumerate(hz)], axis=1)
    windows = make_windows(2, 2, n_timesteps / rate_hz, rate_hz, len(hz), duration_s=n_timesteps / rate_hz)
    return windows.take(np.array([0])).with_values(values[None])


def released(mechanism, windows, seed=0):
    return mechanism.fit(windows, RunContext(0)).release(windows, seed=seed).windows.values


@pytest.mark.parametrize("strength", [0.1, 1.0, 3.0])
def test_noise_has_the_stated_strength_in_each_channels_own_unit(toy_windows, strength):
    scaled = toy_windows.with_values(toy_windows.values * np.array([1, 10, 100, 1, 1, 1]))
    added = released(Noise(strength=strength), scaled) - scaled.values
    spread = scaled.values.std(axis=(0, 1))
    np.testing.assert_allclose(added.std(axis=(0, 1)), strength * spread, rtol=0.03)
    np.testing.assert_allclose(added.mean(axis=(0, 1)) / (strength * spread), 0, atol=0.03)


def test_noise_is_independent_of_the_sample_before(toy_windows):
    added = released(Noise(), toy_windows) - toy_windows.values
    assert np.corrcoef(added[:, 1:, 0].ravel(), added[:, :-1, 0].ravel())[0, 1] == pytest.approx(0, abs=0.03)


def test_no_noise_changes_nothing(toy_windows):
    np.testing.assert_array_equal(released(Noise(strength=0.0), toy_windows), toy_windows.values)


def test_noise_uses_the_spread_it_was_fitted_on(toy_windows):
    fitted = Noise(strength=1.0).fit(toy_windows, RunContext(0))
    still = toy_windows.with_values(np.zeros_like(toy_windows.values))
    made = fitted.release(still, seed=0).windows.values
    np.testing.assert_allclose(made.std(axis=(0, 1)), toy_windows.values.std(axis=(0, 1)), rtol=0.03)


def test_granularity_keeps_slow_and_removes_fast_movement():
    windows = tones(0.5, 1.0, 8.0, 20.0)
    made = released(Granularity(target_hz=10.0), windows)[0]
    inside = slice(50, -50)
    left = made[inside] - made[inside].mean(axis=0)
    kept = left.std(axis=0) / windows.values[0, inside].std(axis=0)
    np.testing.assert_allclose(kept[:2], 1, atol=0.02)
    np.testing.assert_allclose(kept[2:], 0, atol=0.02)


def test_granularity_does_not_fold_fast_movement_into_slow():
    made = released(Granularity(target_hz=10.0), tones(9.5))[0, 50:-50, 0]
    assert made.std() < 0.03  # plain decimation would show 0.5 Hz with full strength


@pytest.mark.parametrize("target_hz", [1.0, 5.0, 7.3, 49.0])
def test_granularity_leaves_posture_alone_up_to_the_ends(target_hz):
    windows = tones(1.0)
    still = windows.with_values(np.full_like(windows.values, 9.81))
    np.testing.assert_allclose(released(Granularity(target_hz=target_hz), still), 9.81, rtol=1e-3)


def test_granularity_at_the_own_rate_changes_nothing():
    windows = tones(3.0)
    np.testing.assert_allclose(released(Granularity(target_hz=50.0), windows), windows.values, atol=1e-5)


def test_a_rate_above_the_recordings_own_is_refused_in_words():
    with pytest.raises(TrainingError, match="below 50"):
        Granularity(target_hz=60.0).fit(tones(1.0), RunContext(0))


@pytest.mark.parametrize(
    ("mechanism", "other"),
    [
        (Noise(strength=0.5), Noise(strength=0.6)),
        (Noise(), Noise(lasting_s=0.1)),
        (Noise(), Noise(across="together")),
        (Granularity(target_hz=5.0), Granularity(target_hz=6.0)),
        (FftResampling(target_hz=5.0), FftResampling(target_hz=6.0)),
        (SingularSpectrum(components=1), SingularSpectrum(components=2)),
        (SingularSpectrum(stretch=10), SingularSpectrum(stretch=11)),
    ],
)
def test_every_field_matters(mechanism, other, toy_windows):
    assert not np.array_equal(released(mechanism, toy_windows), released(other, toy_windows))


def test_settings_out_of_range_are_refused():
    with pytest.raises(ValueError, match="strength"):
        Noise(strength=-1.0)
    with pytest.raises(ValueError, match="target_hz"):
        Granularity(target_hz=0.0)
    with pytest.raises(ValueError, match="across"):
        Noise(across="sideways")


def test_noise_cannot_be_drawn_again_from_the_seed_and_subtracted(toy_windows):
    """The seed stands on the card; whoever holds the release must not get the recordings back with it."""
    strength = 0.5
    shared = released(Noise(strength=strength), toy_windows, seed=0)
    drawn_again = np.random.default_rng(0).standard_normal(shared.shape, dtype=np.float32)
    spread = toy_windows.values.std(axis=(0, 1))
    left = (shared - strength * spread * drawn_again - toy_windows.values).std(axis=(0, 1)) / spread
    assert (left > strength).all()


def test_noise_differs_from_recording_to_recording(toy_windows):
    half = len(toy_windows) // 2
    one, two = (toy_windows.take(np.arange(i, i + half)) for i in (0, half))
    added = [released(Noise(), w) - w.values for w in (one, two)]
    assert abs(np.corrcoef(added[0].ravel(), added[1].ravel())[0, 1]) < 0.05


@pytest.mark.parametrize("across", ["independent", "together"])
@pytest.mark.parametrize("lasting_s", [0.02, 0.3])
def test_noise_that_lasts_keeps_its_strength_and_fades_as_stated(toy_windows, lasting_s, across):
    """exp(-lag / correlation time) is left of it, and the strength is the same from the first sample to the last."""
    added = (
        released(Noise(strength=2.0, lasting_s=lasting_s, across=across), toy_windows) - toy_windows.values
    )
    added /= 2 * toy_windows.values.std(axis=(0, 1))
    assert added[:, 0].std() == pytest.approx(1, abs=0.06)
    assert added[:, -1].std() == pytest.approx(1, abs=0.06)
    for lag in (1, 5):
        left = (added[:, lag:] * added[:, :-lag]).mean()
        assert left == pytest.approx(np.exp(-lag / (50 * lasting_s)), abs=0.06)


def test_noise_across_channels_moves_them_as_the_recordings_do(toy_windows):
    scaled = toy_windows.with_values(toy_windows.values * np.array([1, 10, 100, 1, 1, 1]))
    added = {}
    for across in ("independent", "together"):
        added[across] = (released(Noise(strength=1.0, across=across), scaled) - scaled.values).reshape(-1, 6)
        np.testing.assert_allclose(added[across].std(axis=0), scaled.values.std(axis=(0, 1)), rtol=0.03)
    real = np.corrcoef(scaled.values.reshape(-1, 6).T)
    assert np.abs(real - np.eye(6)).max() > 0.3
    np.testing.assert_allclose(np.corrcoef(added["together"].T), real, atol=0.03)
    np.testing.assert_allclose(np.corrcoef(added["independent"].T), np.eye(6), atol=0.03)


@pytest.mark.parametrize("constant", [0.0, 9.81, -1e5])
def test_noise_leaves_a_constant_channel_constant(toy_windows, constant):
    values = toy_windows.values.copy()
    values[..., 2] = constant
    made = released(Noise(strength=4.0, lasting_s=0.2, across="together"), toy_windows.with_values(values))
    np.testing.assert_array_equal(made[..., 2], np.float32(constant))
    assert np.isfinite(made).all()
    assert (made[..., 0] != values[..., 0]).all()


def test_noise_moves_copies_of_a_channel_alike(toy_windows):
    """Their correlation matrix has no inverse."""
    values = np.repeat(toy_windows.values[..., :1], 6, axis=2)
    added = released(Noise(strength=1.0, across="together"), toy_windows.with_values(values)) - values
    np.testing.assert_allclose(added, np.repeat(added[..., :1], 6, axis=2), atol=1e-5)
    assert added.std() == pytest.approx(values.std(), rel=0.03)


def periodic(*cycles, n_timesteps=100):
    """One window of 2 s in which every tone has whole cycles."""
    return tones(*(c * 50.0 / n_timesteps for c in cycles), n_timesteps=n_timesteps)


def test_fft_resampling_keeps_waves_below_half_the_rate_whole_and_removes_the_others():
    windows = periodic(1, 4, 9, 11, 30)  # 10 Hz of 50 keep 20 of 100 samples: up to 10 cycles
    made = released(FftResampling(target_hz=10.0), windows)[0]
    np.testing.assert_allclose(made[:, :3], windows.values[0, :, :3], atol=1e-5)
    np.testing.assert_allclose(made[:, 3:], np.broadcast_to([3.0, 4.0], (100, 2)), atol=1e-5)


@pytest.mark.parametrize(("target_hz", "n_kept"), [(5.0, 12), (10.0, 25)])
def test_fft_resampling_keeps_as_many_numbers_a_window_as_published(target_hz, n_kept):
    """128 samples at 50 Hz become 12 or 25 numbers, so that no more independent windows are left than these."""
    windows = make_windows(4, 3, 30.0)
    made = released(FftResampling(target_hz=target_hz), windows)[..., 0].astype(np.float64)
    assert len(made) > 2 * n_kept
    assert np.linalg.matrix_rank(made, tol=1e-3) == n_kept


def test_fft_resampling_takes_the_ends_of_a_window_together_and_granularity_does_not():
    windows = periodic(1)
    ramp = windows.with_values(np.linspace(0, 1, 100).reshape(1, 100, 1))
    ends = slice(0, 3)
    assert np.abs(released(FftResampling(target_hz=5.0), ramp) - ramp.values)[0, ends].max() > 0.2
    assert np.abs(released(Granularity(target_hz=5.0), ramp) - ramp.values)[0, ends].max() < 0.1


@pytest.mark.parametrize("target_hz", [0.1, 7.3, 49.9])
def test_fft_resampling_leaves_posture_alone(target_hz):
    windows = tones(1.0)
    still = windows.with_values(np.full_like(windows.values, 9.81))
    np.testing.assert_allclose(released(FftResampling(target_hz=target_hz), still), 9.81, rtol=1e-6)


@pytest.mark.parametrize("target_hz", [50.0, 60.0])
def test_fft_resampling_refuses_a_rate_that_changes_nothing(target_hz):
    with pytest.raises(TrainingError, match="below 50"):
        FftResampling(target_hz=target_hz).fit(tones(1.0), RunContext(0))


def textbook(signal, stretch, components):
    """Embed, decompose, keep these components, average over anti-diagonals: one number after the other."""
    n_stretches = len(signal) - stretch + 1
    trajectory = np.array([[signal[i + k] for k in range(n_stretches)] for i in range(stretch)])
    left, strengths, right = np.linalg.svd(trajectory, full_matrices=False)
    kept = sum(strengths[c] * np.outer(left[:, c], right[c]) for c in components)
    return [
        np.mean([kept[i, t - i] for i in range(stretch) if 0 <= t - i < n_stretches])
        for t in range(len(signal))
    ]


@settings(max_examples=25, deadline=None)
@given(n_timesteps=st.integers(6, 40), data=st.data())
def test_singular_spectrum_is_that_of_the_textbook(n_timesteps, data):
    stretch = data.draw(st.integers(1, n_timesteps - 1), label="stretch")
    n_components = data.draw(st.integers(1, min(stretch, n_timesteps - stretch + 1)), label="components")
    signals = np.random.default_rng(n_timesteps).normal(0, 1, (3, n_timesteps)).cumsum(axis=1)
    expected = [textbook(signal, stretch, range(n_components)) for signal in signals]
    np.testing.assert_allclose(main_components(signals, stretch, n_components), expected, atol=1e-6)


def test_all_components_together_are_the_signal_and_each_adds_its_own():
    signals = np.random.default_rng(0).normal(0, 1, (4, 50)).cumsum(axis=1)
    kept = [main_components(signals, 10, n) for n in range(1, 11)]
    np.testing.assert_allclose(kept[-1], signals, atol=1e-9)
    third = [textbook(signal, 10, [2]) for signal in signals]
    np.testing.assert_allclose(kept[2] - kept[1], third, atol=1e-9)
    errors = [np.mean((signals - k) ** 2) for k in kept]
    assert errors == sorted(errors, reverse=True)


def test_a_wave_has_two_components_and_a_steady_growth_one():
    t = np.arange(100)
    wave, growth = np.sin(0.3 * t), 1.02**t
    signals = np.stack([wave, growth])
    one, two = (main_components(signals, 10, n) for n in (1, 2))
    np.testing.assert_allclose(one[1], growth, rtol=1e-6)
    np.testing.assert_allclose(two, signals, atol=1e-6)
    assert np.abs(one[0] - wave).max() > 0.1


def test_singular_spectrum_of_windows_is_around_the_training_mean_of_each_channel(toy_windows):
    fitted = SingularSpectrum(components=2).fit(toy_windows, RunContext(0))
    made = fitted.release(toy_windows.take(np.array([5, 9])), seed=0).windows.values
    centre = toy_windows.values.mean(axis=(0, 1), dtype=np.float64)
    for channel in range(6):
        expected = (
            textbook(toy_windows.values[9, :, channel] - centre[channel], 10, range(2)) + centre[channel]
        )
        np.testing.assert_allclose(made[1, :, channel], expected, atol=1e-5)


def test_a_window_is_released_alike_alone_and_among_many(toy_windows):
    many = toy_windows.take(np.arange(600) % len(toy_windows))
    fitted = SingularSpectrum().fit(toy_windows, RunContext(0))
    alone = fitted.release(many.take(np.array([599])), seed=0).windows.values[0]
    np.testing.assert_allclose(fitted.release(many, seed=0).windows.values[599], alone, atol=1e-6)


@pytest.mark.parametrize(
    ("stretch", "components", "words"),
    [(5, 6, "only 5 components"), (128, 1, "too short"), (100, 29, "must not exceed 128")],
)
def test_singular_spectrum_refuses_what_a_window_has_not(toy_windows, stretch, components, words):
    with pytest.raises(TrainingError, match=words):
        SingularSpectrum(stretch=stretch, components=components).fit(toy_windows, RunContext(0))
