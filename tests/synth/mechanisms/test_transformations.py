"""Noise and granularity: what is added, what is removed, and what stays."""

import numpy as np
import pytest

from synth.errors import TrainingError
from synth.mechanisms.granularity import Granularity
from synth.mechanisms.noise import Noise
from tests.toy import make_windows


def tones(*hz, rate_hz=50.0, n_timesteps=500):
    """One window, one channel a tone, each with its own offset."""
    t = np.arange(n_timesteps) / rate_hz
    values = np.stack([i + np.sin(2 * np.pi * f * t) for i, f in enumerate(hz)], axis=1)
    windows = make_windows(2, 2, n_timesteps / rate_hz, rate_hz, len(hz), duration_s=n_timesteps / rate_hz)
    return windows.take(np.array([0])).with_values(values[None])


def released(mechanism, windows, seed=0):
    return mechanism.fit(windows, seed=0).release(windows, seed=seed).windows.values


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
    fitted = Noise(strength=1.0).fit(toy_windows, seed=0)
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
        Granularity(target_hz=60.0).fit(tones(1.0), seed=0)


@pytest.mark.parametrize(
    ("mechanism", "other"),
    [(Noise(strength=0.5), Noise(strength=0.6)), (Granularity(target_hz=5.0), Granularity(target_hz=6.0))],
)
def test_every_field_matters(mechanism, other, toy_windows):
    assert not np.array_equal(released(mechanism, toy_windows), released(other, toy_windows))


def test_settings_out_of_range_are_refused():
    with pytest.raises(ValueError, match="strength"):
        Noise(strength=-1.0)
    with pytest.raises(ValueError, match="target_hz"):
        Granularity(target_hz=0.0)


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
