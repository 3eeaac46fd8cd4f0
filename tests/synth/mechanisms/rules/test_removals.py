"""Filtering, direction, channel removal and normalisation: what is no longer told, and what stays."""

import dataclasses

import numpy as np
import pytest

from data.roles import Roles
from data.windows import Windows
from synth.audit.audit import audit
from synth.core.errors import TrainingError
from synth.core.run_context import RunContext
from synth.mechanisms.rules.channel_removal import ChannelRemoval
from synth.mechanisms.rules.direction import Direction, common_directions
from synth.mechanisms.rules.filtering import Filtering
from synth.mechanisms.rules.normalisation import Normalisation
from tests.toy import make_split

HIDE_ACT2 = Roles({"act1": "required", "act2": "sensitive", "act3": "neutral"})


def released(mechanism, windows, private=None):
    private = windows if private is None else private
    return mechanism.fit(windows, RunContext(0)).release(private, seed=0).windows.values


def renamed(windows, **channels):
    return dataclasses.replace(windows, channels=tuple(channels.get(c, c) for c in windows.channels))


@pytest.mark.parametrize(
    ("mechanism", "other"),
    [
        (Filtering(sensitive=("act2",)), Filtering(sensitive=("act3",))),
        (Filtering(sensitive=("act2",)), Filtering(sensitive=("act2",), lookalikes=0.2)),
        (Direction(directions=1), Direction(directions=2)),
        (ChannelRemoval(), ChannelRemoval(which="gyroscopes")),
        (ChannelRemoval(share=0.2), ChannelRemoval(share=0.9)),
        (Normalisation(strength=0.5), Normalisation(strength=0.6)),
        (Normalisation(), Normalisation(removes="posture")),
        (Normalisation(), Normalisation(removes="strength")),
    ],
)
def test_every_field_matters(mechanism, other, toy_windows):
    assert not np.array_equal(released(mechanism, toy_windows), released(other, toy_windows))


# Filtering


def filtered(windows, private=None, **settings):
    mechanism = Filtering(**settings).for_roles(HIDE_ACT2)
    return mechanism.fit(windows, RunContext(0)).release(windows if private is None else private, seed=0)


def one_series(activities, step=64, n_timesteps=128):
    """Windows of one series that begin `step` samples after each other."""
    n = len(activities)
    labels = {k: np.full(n, v) for k, v in {"subject": "P01", "series": "walk", "trial": ""}.items()}
    values = np.random.default_rng(0).normal(0, 1, (n, n_timesteps, 3)).astype(np.float32)
    start = np.arange(n, dtype=np.int64) * step
    people = make_split(2, 2, 20.0).fit.attributes
    channels, units = ("acc_x", "acc_y", "acc_z"), ("g",) * 3
    return Windows(
        values,
        np.array(activities),
        **labels,
        start=start,
        rate_hz=50.0,
        channels=channels,
        units=units,
        attributes=people,
    )


def test_sensitive_windows_are_withheld_and_the_others_are_unchanged(toy_windows):
    release = filtered(toy_windows)
    kept = np.flatnonzero(toy_windows.activity != "act2")
    np.testing.assert_array_equal(release.source, kept)
    assert release.windows.fingerprint == toy_windows.take(kept).fingerprint


@pytest.mark.parametrize(
    ("step", "kept"), [(128, [0, 1, 3, 4]), (127, [0, 4]), (64, [0, 4]), (63, []), (40, [])]
)
def test_windows_that_share_a_sample_with_a_sensitive_one_are_withheld(toy_windows, step, kept):
    """The sensitive one is the third; 64 samples apart, the one before it shares half and the first none."""
    series = one_series(["act1", "act1", "act2", "act3", "act1"], step)
    fitted = Filtering().for_roles(HIDE_ACT2).fit(one_series(["act1", "act2", "act3"]), RunContext(0))
    if kept:
        np.testing.assert_array_equal(fitted.release(series, seed=0).source, kept)
    else:
        with pytest.raises(TrainingError, match="Nothing is left to share"):
            fitted.release(series, seed=0)


@pytest.mark.parametrize("name", ["subject", "series"])
def test_windows_of_another_series_or_person_share_no_samples(name):
    series = one_series(["act1", "act2", "act1"], step=10)
    others = dataclasses.replace(series, **{name: np.array(["a", "b", "c"])})
    fitted = Filtering().for_roles(HIDE_ACT2).fit(others, RunContext(0))
    np.testing.assert_array_equal(fitted.release(others, seed=0).source, [0, 2])


def test_order_of_windows_does_not_matter():
    series = one_series(["act1", "act1", "act1", "act2", "act2", "act3", "act1", "act1"])
    shuffled = series.take(np.random.default_rng(0).permutation(len(series)))
    starts = [set(filtered(w).windows.start.tolist()) for w in (series, shuffled)]
    assert starts[0] == starts[1] == {0, 64, 6 * 64, 7 * 64}


def test_an_activity_under_another_name_does_not_pass_by_unnoticed(toy_windows):
    shouted = dataclasses.replace(toy_windows, activity=np.char.upper(toy_windows.activity))
    with pytest.raises(TrainingError, match="was not trained on the activity ACT1, ACT2, ACT3"):
        filtered(toy_windows, shouted)


def test_recordings_without_anything_sensitive_are_released_whole(toy_windows):
    harmless = toy_windows.take(toy_windows.activity != "act2")
    assert len(filtered(toy_windows, harmless).windows) == len(harmless)


@pytest.mark.parametrize("share", [0.1, 0.4])
def test_the_stated_share_of_the_others_is_withheld_as_look_alikes(toy_windows, share):
    n_others = (toy_windows.activity != "act2").sum()
    assert len(filtered(toy_windows, lookalikes=share).windows) == pytest.approx(
        (1 - share) * n_others, abs=1
    )


def test_sensitive_windows_under_another_name_are_the_look_alikes(toy_windows):
    hidden = np.flatnonzero(toy_windows.activity == "act2")[::6]
    activity = toy_windows.activity.copy()
    activity[hidden] = "act1"
    mislabelled = dataclasses.replace(
        toy_windows, activity=activity, series=np.arange(len(activity)).astype(str)
    )
    assert set(hidden) <= set(filtered(mislabelled).source)
    assert not set(hidden) & set(filtered(mislabelled, lookalikes=0.2).source)


def test_a_constant_channel_does_not_upset_look_alikes(toy_windows):
    values = toy_windows.values.copy()
    values[..., 1] = 9.81
    release = filtered(toy_windows.with_values(values), lookalikes=0.2)
    assert 0 < len(release.windows) < (toy_windows.activity != "act2").sum()


@pytest.mark.parametrize(
    ("activities", "words"),
    [
        ({"act1": "required"}, "No activity is marked as sensitive"),
        ({"running": "sensitive"}, "do not occur in these recordings, which contain act1, act2, act3"),
        ({"act1": "sensitive", "act2": "sensitive", "act3": "sensitive"}, "nothing would be left"),
    ],
)
def test_roles_that_leave_nothing_to_withhold_or_share_are_refused(toy_windows, activities, words):
    with pytest.raises(TrainingError, match=words):
        Filtering().for_roles(Roles(activities)).fit(toy_windows, RunContext(0))


# Direction


def triads(values):
    return values.reshape(*values.shape[:2], -1, 3)


@pytest.mark.parametrize("directions", [1, 2, 8])
def test_every_sensor_keeps_its_magnitude_and_only_so_many_directions(toy_windows, directions):
    real, made = (triads(v) for v in (toy_windows.values, released(Direction(directions), toy_windows)))
    np.testing.assert_allclose(np.linalg.norm(made, axis=3), np.linalg.norm(real, axis=3), rtol=1e-5)
    for sensor in range(2):
        readings = made[:, :, sensor].reshape(-1, 3)
        units = readings / np.linalg.norm(readings, axis=1, keepdims=True)
        assert len(np.unique(units.round(4), axis=0)) == directions


def test_one_direction_is_that_of_the_mean_reading(toy_windows):
    made = released(Direction(), toy_windows)[..., :3]
    mean = toy_windows.values[..., :3].mean(axis=(0, 1))
    cosine = made @ mean / np.linalg.norm(made, axis=2) / np.linalg.norm(mean)
    np.testing.assert_allclose(cosine, 1, atol=1e-5)


def test_turning_the_device_changes_nothing_in_the_release(toy_windows):
    fitted = Direction().fit(toy_windows, RunContext(0))
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))[0]
    turned = toy_windows.with_values((triads(toy_windows.values) @ turn).reshape(toy_windows.values.shape))
    made = [fitted.release(w, seed=0).windows.values for w in (toy_windows, turned)]
    np.testing.assert_allclose(*made, atol=1e-5)


def test_more_directions_are_nearer_to_the_truth(toy_windows):
    errors = [
        ((released(Direction(n), toy_windows) - toy_windows.values) ** 2).mean() for n in (1, 2, 4, 8, 16, 32)
    ]
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < 0.2 * errors[0]


def test_directions_are_found_where_readings_gather():
    axes = np.concatenate([np.eye(3), -np.eye(3)])
    rng = np.random.default_rng(1)
    readings = axes[rng.integers(0, 6, 3000)] * rng.uniform(0.5, 2, (3000, 1)) + rng.normal(
        0, 0.02, (3000, 3)
    )
    found = common_directions(readings, 6, rng=np.random.default_rng(0))
    nearest = (found @ axes.T).max(axis=1)
    assert (nearest > 0.99).all()


def test_channels_without_a_triad_are_left_alone(toy_windows):
    windows = renamed(toy_windows, gyro_z="pulse")
    made = released(Direction(), windows)
    np.testing.assert_array_equal(made[..., 3:], windows.values[..., 3:])
    assert not np.array_equal(made[..., :3], windows.values[..., :3])


def test_no_triad_is_refused_by_the_channels_names(toy_windows):
    with pytest.raises(TrainingError, match=r"x, y and z axes of one sensor.* a, b, acc_z, c, gyro_y"):
        Direction().fit(renamed(toy_windows, acc_x="a", acc_y="b", gyro_x="c"), RunContext(0))


@pytest.mark.parametrize("directions", [1, 16])
def test_sensors_at_rest_and_readings_of_zero_stay_finite(toy_windows, directions):
    values = toy_windows.values.copy()
    values[..., :3], values[:, ::2, 3:] = 0, 0
    made = released(Direction(directions), toy_windows.with_values(values))
    np.testing.assert_array_equal(made[..., :3], 0)
    np.testing.assert_array_equal(made[:, ::2, 3:], 0)
    assert np.isfinite(made).all()


# Channel removal


def held_channels(mechanism, windows):
    made = released(mechanism, windows)
    held = [c for i, c in enumerate(windows.channels) if np.ptp(made[..., i]) == 0]
    for i, channel in enumerate(windows.channels):
        if channel in held:
            np.testing.assert_allclose(made[..., i], windows.values[..., i].mean(), rtol=1e-4, atol=1e-5)
        else:
            np.testing.assert_array_equal(made[..., i], windows.values[..., i])
    return held


@pytest.mark.parametrize(
    ("which", "held"),
    [("gyroscopes", ["gyro_x", "gyro_y", "gyro_z"]), ("accelerometers", ["acc_x", "acc_y", "acc_z"])],
)
def test_all_channels_of_a_kind_of_sensor_are_held_at_their_mean(toy_windows, which, held):
    assert held_channels(ChannelRemoval(which, share=1.0), toy_windows) == held


def test_kinds_are_told_by_other_names_and_single_axes_too(toy_windows):
    odd = {"acc_x": "rotationRate.x", "gyro_y": "Wy", "gyro_x": "pulse", "gyro_z": "mag (uT)"}
    windows = renamed(toy_windows, **odd)
    assert held_channels(ChannelRemoval("gyroscopes", share=1.0), windows) == ["rotationRate.x", "Wy"]
    assert held_channels(ChannelRemoval("magnetometers", share=1.0), windows) == ["mag (uT)"]


@pytest.mark.parametrize(("share", "n_held"), [(0.01, 1), (0.25, 2), (0.5, 3), (0.75, 5), (1.0, 5)])
def test_names_do_not_matter_to_a_share_of_any_channels_and_one_stays(toy_windows, share, n_held):
    windows = dataclasses.replace(toy_windows, channels=tuple("abcdef"))
    assert len(held_channels(ChannelRemoval(share=share), windows)) == n_held


def test_the_most_personal_channel_is_held_first(toy_windows):
    """Only channel e tells people apart; channel b tells activities apart, which is no reason."""
    rng = np.random.default_rng(0)
    values = rng.normal(0, 1, toy_windows.values.shape)
    values[..., 4] += 5 * np.unique(toy_windows.subject, return_inverse=True)[1][:, None]
    values[..., 1] += 9 * np.unique(toy_windows.activity, return_inverse=True)[1][:, None]
    windows = dataclasses.replace(toy_windows, channels=tuple("abcdef")).with_values(values)
    assert held_channels(ChannelRemoval(share=0.1), windows) == ["e"]


def test_one_person_and_constant_channels_can_be_told(toy_windows):
    values = toy_windows.values.copy()
    values[..., 0] = 1.0
    alone = toy_windows.with_values(values).take(toy_windows.subject == "P01")
    assert len(held_channels(ChannelRemoval(share=0.5), alone)) in (3, 4)


def test_the_only_channel_and_sensors_that_are_not_there_are_refused(toy_windows):
    alone = {"channels": ("acc_x",), "units": ("g",), "values": toy_windows.values[..., :1]}
    one = dataclasses.replace(toy_windows, **alone)
    with pytest.raises(TrainingError, match="only one channel"):
        ChannelRemoval().fit(one, RunContext(0))
    with pytest.raises(TrainingError, match=r"acc_x, .*belong to magnetometers.*Choose 'any'"):
        ChannelRemoval("magnetometers").fit(toy_windows, RunContext(0))


@pytest.mark.slow
@pytest.mark.usefixtures("light_attackers")
def test_a_release_with_channels_that_stand_still_can_be_audited():
    split = make_split(4, 2, 30.0, 25.0)
    release = ChannelRemoval("gyroscopes", share=1.0).fit(split.fit, RunContext(0)).release(split.fit, seed=0)
    report = audit(split, release, RunContext(0))
    validation = [r for r in report.results if r.value is not None]
    assert validation
    assert np.isfinite([r.value for r in validation]).all()


# Normalisation


def spread_of(values, axes):
    return np.sqrt(values[..., axes].astype(np.float64).var(axis=1).mean(axis=-1))


def test_every_window_has_the_usual_posture_and_strength(toy_windows):
    made = released(Normalisation(), toy_windows)
    usual = toy_windows.values.mean(axis=(0, 1))
    np.testing.assert_allclose(made.mean(axis=1), np.broadcast_to(usual, made.mean(axis=1).shape), atol=1e-5)
    for axes in (slice(0, 3), slice(3, 6)):
        typical = np.sqrt((spread_of(toy_windows.values, axes) ** 2).mean())
        np.testing.assert_allclose(spread_of(made, axes), typical, rtol=1e-4)


def test_axes_of_a_sensor_keep_their_ratio_and_other_channels_have_their_own_scale(toy_windows):
    windows = renamed(toy_windows, gyro_z="pulse")
    before, after = windows.values.std(axis=1), released(Normalisation(), windows).std(axis=1)
    factor = after / before
    np.testing.assert_allclose(factor[:, :3], np.repeat(factor[:, :1], 3, axis=1), rtol=1e-4)
    np.testing.assert_allclose(after[:, 3:], np.broadcast_to(after[:1, 3:], after[:, 3:].shape), rtol=1e-4)


@pytest.mark.parametrize("removes", ["posture", "strength"])
def test_the_other_one_stays_where_only_one_is_made_the_same(toy_windows, removes):
    made, real = released(Normalisation(removes=removes), toy_windows), toy_windows.values
    same_mean = np.allclose(made.mean(axis=1), real.mean(axis=1), atol=1e-5)
    same_spread = np.allclose(made.std(axis=1), real.std(axis=1), atol=1e-5)
    assert (same_mean, same_spread) == (removes == "strength", removes == "posture")


def test_half_way_is_half_of_the_mean_and_the_root_of_the_scale(toy_windows):
    whole, half = (released(Normalisation(strength=s), toy_windows).astype(np.float64) for s in (1.0, 0.5))
    real = toy_windows.values.astype(np.float64)
    np.testing.assert_allclose(half.mean(axis=1), (real.mean(axis=1) + whole.mean(axis=1)) / 2, atol=1e-5)
    np.testing.assert_allclose(half.std(axis=1) ** 2, real.std(axis=1) * whole.std(axis=1), rtol=1e-4)


def test_nothing_is_removed_at_strength_zero(toy_windows):
    np.testing.assert_allclose(
        released(Normalisation(strength=0.0), toy_windows), toy_windows.values, atol=1e-6
    )


def test_rest_is_not_blown_up_into_movement(toy_windows):
    still = toy_windows.with_values(0.001 * toy_windows.values)
    made = released(Normalisation(), toy_windows, still)
    np.testing.assert_allclose(made.std(axis=1), 10 * still.values.std(axis=1), rtol=1e-2)
    flat = released(Normalisation(), toy_windows, toy_windows.with_values(np.ones_like(toy_windows.values)))
    np.testing.assert_array_equal(np.ptp(flat, axis=1), 0)


def test_a_channel_that_was_constant_in_training_is_constant_in_every_release(toy_windows):
    values = toy_windows.values.copy()
    values[..., :3] = 9.81
    made = released(Normalisation(), toy_windows.with_values(values), toy_windows)
    np.testing.assert_allclose(made[..., :3], 9.81, rtol=1e-5)
    assert np.isfinite(made).all()
