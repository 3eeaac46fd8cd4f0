"""Gravity out, magnitudes in: movements with known answers."""

import numpy as np
import pandas as pd
import pytest

from data.ingest.column_mapping import guess_mapping
from data.ingest.convert import to_recordings
from data.ingest.motion import accelerations_with_gravity, with_magnitudes, without_gravity
from data.ingest.preparation import Preparation
from data.sensors import includes_gravity
from tests.data.tables import as_table

RATE_HZ = 50.0
T = np.arange(1000) / RATE_HZ
TILTED = np.array([0.6, 0.0, 0.8], np.float32)  # 1 g long
ACC = ("acc_x", "acc_y", "acc_z")


def moving(hz: float, size: float = 0.3) -> np.ndarray:
    """Return a tilted sensor that swings along x."""
    values = np.tile(TILTED, (len(T), 1))
    values[:, 0] += size * np.sin(2 * np.pi * hz * T)
    return values.astype(np.float32)


def test_gravity_of_a_tilted_still_sensor_is_removed():
    still = without_gravity(np.tile(TILTED, (len(T), 1)), (0, 1, 2), RATE_HZ)
    np.testing.assert_allclose(still, 0, atol=1e-5)


@pytest.mark.parametrize("hz", [1.0, 2.0, 10.0])
def test_movement_stays(hz):
    left = without_gravity(moving(hz), (0, 1, 2), RATE_HZ)
    inner = slice(200, -200)
    np.testing.assert_allclose(left[inner, 0], (moving(hz) - TILTED)[inner, 0], atol=0.01)
    np.testing.assert_allclose(left[inner, 1:], 0, atol=0.01)


def test_slow_turning_is_taken_for_gravity():
    left = without_gravity(moving(0.02), (0, 1, 2), RATE_HZ)
    assert np.abs(left[200:-200, 0]).max() < 0.01


def test_only_the_chosen_axes_change_and_the_input_never():
    values = moving(2.0)
    before = values.copy()
    left = without_gravity(values, (2,), RATE_HZ)
    np.testing.assert_array_equal(values, before)
    np.testing.assert_array_equal(left[:, :2], before[:, :2])


@pytest.mark.parametrize("missing", [slice(0, 5), slice(300, 340), slice(-5, None)])
def test_missing_samples_stay_missing_and_the_others_do_not(missing):
    values = moving(2.0)
    values[missing, 0] = np.nan
    left = without_gravity(values, (0, 1, 2), RATE_HZ)
    np.testing.assert_array_equal(np.isnan(left), np.isnan(values))
    known = np.isfinite(left[:, 0])
    known[:200] = known[-200:] = False
    np.testing.assert_allclose(left[known, 0], (moving(2.0) - TILTED)[known, 0], atol=0.1)


@pytest.mark.parametrize(
    ("n", "rate_hz"), [(1, 50.0), (2, 50.0), (29, 50.0), (30, 50.0), (31, 200.0), (100, 0.5)]
)
def test_short_and_slow_series_lose_their_mean_at_least(n, rate_hz):
    left = without_gravity(np.tile(TILTED, (n, 1)), (0, 1, 2), rate_hz)
    np.testing.assert_allclose(left, 0, atol=1e-4)


def test_accelerations_are_found_by_the_length_of_their_vector():
    values = np.concatenate([moving(2.0), moving(2.0) - TILTED], axis=1)
    names = (*ACC, "user_acc_x", "user_acc_y", "user_acc_z")
    assert [s.name for s in accelerations_with_gravity(values, names, ("g",) * 6)] == ["acc"]
    assert accelerations_with_gravity(values, names, ("m/s²",) * 6) == []


@pytest.mark.parametrize(
    ("length", "answer"), [(1.0, True), (0.1, False), (0.6, None), (9.81, None), (np.nan, None)]
)
def test_whether_gravity_is_in_it_is_told_by_length(length, answer):
    assert includes_gravity(np.tile(TILTED * np.float32(length), (10, 1))) is answer


def test_magnitudes_are_lengths():
    values = np.array([[3, 4, 0, 1, 2, 2]], np.float32)
    names = (*ACC, "gyro_x", "gyro_y", "gyro_z")
    found, channels, units = with_magnitudes(values, names, ("g",) * 3 + ("rad/s",) * 3)
    assert channels[6:] == ("acc_magnitude", "gyro_magnitude")
    assert units[6:] == ("g", "rad/s")
    np.testing.assert_allclose(found, [[3, 4, 0, 1, 2, 2, 5, 3]])


def test_total_acceleration_is_the_sum_of_gravity_and_the_rest():
    rest = np.array([[0.1, 0, 0], [0, 0.2, 0]] * 5, np.float32)
    gravity = np.array([[0, 0, -1]] * 10, np.float32)
    names = tuple(f"{sensor}_{axis}" for sensor in ("gravity", "userAcceleration") for axis in "xyz")
    found, channels, units = with_magnitudes(np.concatenate([gravity, rest], axis=1), names, ("g",) * 6)
    total = found[:, channels.index("total_acceleration_magnitude")]
    np.testing.assert_allclose(total, np.hypot(1, [0.1, 0.2] * 5), rtol=1e-6)
    assert units[channels.index("total_acceleration_magnitude")] == "g"
    np.testing.assert_allclose(found[:, channels.index("userAcceleration_magnitude")], [0.1, 0.2] * 5)
    assert "gravity_magnitude" not in channels


def test_a_missing_axis_makes_the_magnitude_missing():
    found, channels, _ = with_magnitudes(np.array([[3, np.nan, 0]], np.float32), ACC, ("g",) * 3)
    assert np.isnan(found[0, channels.index("acc_magnitude")])


def test_metres_per_second_squared_become_g_and_gravity_goes():
    table = pd.DataFrame(moving(2.0) * 9.80665, columns=["acc_x (m/s^2)", "acc_y (m/s^2)", "acc_z (m/s^2)"])
    table = as_table(table.assign(t=T, subject=np.repeat(["A", "B"], 500), activity="walk"))
    recordings = to_recordings(table, guess_mapping(table), Preparation(remove_gravity=True, magnitudes=True))
    assert recordings.units == ("g",) * 4
    np.testing.assert_allclose(recordings.samples["acc_y (m/s^2)"], 0, atol=1e-5)
    inner = recordings.samples["acc_x (m/s^2)"].to_numpy()[150:350]
    np.testing.assert_allclose(inner, (moving(2.0) - TILTED)[150:350, 0], atol=0.02)
    along_x = recordings.samples["acc_magnitude"].to_numpy()[150:350]
    np.testing.assert_allclose(along_x, np.abs(inner), atol=0.02)
