"""Defects of sensors: what is planted is found, where it was planted; movement is not taken for one."""

import numpy as np
import pytest

from data.ingest.signal_checks import check_channels

RATE_HZ = 50.0
NAMES = ("Ann/walk", "Bob/walk")
N = 1000
SERIES = np.repeat([0, 1], N).astype(np.int32)


def noise(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(2 * N, 2)).astype(np.float32)


def found(values: np.ndarray) -> list[tuple[str, str]]:
    """Return where and what, of each finding."""
    findings = check_channels(values, SERIES, NAMES, ("acc_x", "acc_y"), RATE_HZ)
    assert all(finding.severity == "warning" for finding in findings)
    return [(finding.where, finding.found) for finding in findings]


@pytest.mark.parametrize("seed", range(5))
def test_clean_noise_is_not_flagged(seed):
    assert found(noise(seed)) == []


@pytest.mark.parametrize("steps", [64, 256])
def test_coarse_steps_of_a_sensor_are_not_flagged(steps):
    smooth = np.sin(2 * np.pi * 1.5 * np.arange(2 * N) / RATE_HZ)[:, None] + 0.1 * noise()
    assert found((np.round(smooth * steps) / steps).astype(np.float32)) == []


def test_a_constant_channel_is_found():
    values = noise()
    values[N:, 1] = 0.5
    assert found(values) == [("acc_y; first in Bob/walk", "acc_y: never changes in 1 of 2 recordings")]


def test_a_channel_of_zeros_is_constant_everywhere_and_not_clipped():
    values = noise()
    values[:, 0] = 0
    assert found(values) == [("acc_x; first in Ann/walk", "acc_x: never changes in 2 of 2 recordings")]


def test_a_frozen_stretch_is_found_with_its_length():
    values = noise()
    values[300:400, 0] = values[300, 0]
    ((where, what),) = found(values)
    assert where == "acc_x; worst in Ann/walk"
    assert "freezes 1 times" in what
    assert "2 s in total (longest 2.0 s)" in what


def test_a_stretch_below_a_second_is_no_defect():
    values = noise()
    values[300:345, 0] = values[300, 0]
    assert found(values) == []


def test_clipping_is_found_with_its_limits():
    values = noise(3)
    values[:N, 1] = values[:N, 1].clip(-1.9, 1.9)
    values[N:, 1] = np.repeat(4 * noise(4)[:N:5, 1], 5).clip(-2, 2)
    ((where, what),) = found(values)
    assert where == "acc_y; worst in Bob/walk"
    assert "clipped at -2 or 2" in what


def test_axes_with_the_same_defect_are_told_together():
    values = noise()
    values[:] = 1
    assert [where for where, _ in found(values)] == ["acc_x, acc_y; first in Ann/walk"]


@pytest.mark.parametrize("side", [-1, 1])
def test_a_strong_swing_that_is_clipped_is_found(side):
    swing = 3 * np.sin(2 * np.pi * np.arange(2 * N) / RATE_HZ)[:, None] + 0.01 * noise()
    swing = (side * np.minimum(side * swing, 2)).astype(np.float32)
    ((_, what),) = [entry for entry in found(swing) if entry[0].startswith("acc_x")]
    assert f"{2 * side:g}" in what
    assert "clipped" in what
    at_end = np.isclose(swing[:, 0], 2 * side).mean()
    assert f"({100 * at_end:.1f} %)" in what


def test_an_unclipped_swing_is_not_flagged():
    swing = 3 * np.sin(2 * np.pi * np.arange(2 * N) / RATE_HZ)[:, None] + 0.01 * noise()
    assert found(swing.astype(np.float32)) == []


def test_missing_values_hide_no_defect_and_are_none():
    values = noise()
    values[:200, 0] = np.nan
    assert found(values) == []
    values[400:500, 0] = 0.25
    assert "freezes 1 times" in found(values)[0][1]


def test_runs_do_not_go_on_in_the_next_series():
    values = noise()
    values[N - 40 : N + 40, 0] = 0.5  # 0.8 s each
    assert found(values) == []


def test_values_are_not_changed():
    values = noise()
    values[300:400, 0] = 1
    before = values.copy()
    found(values)
    np.testing.assert_array_equal(values, before)


def test_series_of_one_and_two_samples_are_borne():
    values = np.array([[1, 1], [1, 2], [1, 3]], np.float32)
    (finding,) = check_channels(values, np.array([0, 1, 1]), ("a", "b"), ("acc_x", "acc_y"), RATE_HZ)
    assert "acc_x: never changes in 1 of 2 recordings" in finding.found


@pytest.mark.parametrize("held", [3, 10, 50])
def test_values_of_a_slow_sensor_that_are_written_again_are_not_clipped_or_frozen(held):
    values = np.repeat(np.random.default_rng(0).normal(size=(2 * N // held + 1, 2)), held, axis=0)
    assert found(values[: 2 * N].astype(np.float32)) == []


def test_a_slow_sensor_can_be_clipped():
    slow = np.repeat(np.clip(np.random.default_rng(0).normal(size=(500, 2)), -9, 0.2), 4, axis=0).astype(
        np.float32
    )
    assert any("clipped" in what for _, what in found(slow))


@pytest.mark.parametrize("bits", [8, 12, 16])
def test_counts_that_wrap_are_named(bits):
    half = 2 ** (bits - 1)
    true = np.sin(np.arange(2 * N) / 20) * half * 1.1
    wrapped = (true.round() + half) % (2 * half) - half
    values = np.column_stack([wrapped, true.round().clip(-half, half - 1)]).astype(np.float32)
    named = [(where, what) for where, what in found(values) if "counter" in what]
    assert len(named) == 1
    assert named[0][0] == "acc_x; first in Ann/walk"
    assert f"the ends of a counter of {bits} bits" in named[0][1]


def test_fast_movement_within_the_range_does_not_wrap():
    values = np.random.default_rng(0).integers(-100, 100, (2 * N, 2)).astype(np.float32)
    assert not any("counter" in what for _, what in found(values))
