"""Exact numbers of private windows are found in a release; numbers that agree by chance are not."""

import numpy as np
import pytest

from data.release import Release
from data.splits import Split
from synth.audit.copies.shared_values import ANY, SAME, SHARED, SharedValues, numbers_of
from synth.audit.question import verdict_of
from synth.core.run_context import RunContext
from tests.toy import make_split


@pytest.fixture(scope="module")
def split() -> Split:
    return make_split(n_subjects=9, seconds_per_series=60, n_channels=3)


def found(split: Split, values: np.ndarray):
    results = SharedValues().run(split, Release("r", split.fit.with_values(values)), RunContext(0))
    return {result.tier: result for result in results}


def noise(split: Split, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 1, split.fit.values.shape)


def test_numbers_of_a_window_worked_out_by_hand():
    numbers = numbers_of(np.array([[[3.0], [1.0], [2.0], [6.0]]], np.float32))
    assert {name: float(value[0, 0]) for name, value in numbers.items()} == {
        "mean": 3.0,
        "standard deviation": pytest.approx(np.sqrt(3.5)),
        "smallest value": 1.0,
        "largest value": 6.0,
        "median": 2.5,
        "first value": 3.0,
        "last value": 6.0,
    }


def test_four_windows_limits_in_a_hundred_released_ones_are_found(split):
    """What clipping to the extremes of single windows leaves: their numbers, in many released windows."""
    values = noise(split)
    limits = split.fit.values[[5, 80, 150, 220]].astype(np.float64).mean(axis=1)
    for k, limit in enumerate(limits):
        clipped = values[k * 25 : (k + 1) * 25]
        values[k * 25 : (k + 1) * 25] = clipped - clipped.mean(axis=1, keepdims=True) + limit
    result = found(split, values)[SHARED]
    assert result.p < 1e-4
    assert result.value == pytest.approx(4 / len(split.fit), abs=1e-3)
    assert verdict_of("copies", [result], []).verdict == "at risk"


def test_numbers_kept_once_each_are_found_although_nothing_recurs(split):
    values = noise(split)
    wanted = split.fit.values.astype(np.float64).mean(axis=1, keepdims=True)
    results = found(split, values - values.mean(axis=1, keepdims=True) + wanted)
    assert results[ANY].value > 0.9
    assert results[SHARED].value == 0


@pytest.mark.parametrize("off", [10, 100])
def test_numbers_that_are_nearly_the_same_are_not_exact(split, off):
    values = noise(split)
    near = (
        split.fit.values.astype(np.float64).mean(axis=1, keepdims=True) + off * SAME * split.fit.values.std()
    )
    assert found(split, values - values.mean(axis=1, keepdims=True) + near)[ANY].value < 0.05


@pytest.mark.parametrize("seed", range(5))
def test_numbers_on_a_coarse_grid_agree_by_chance(split, seed):
    """An instrument's steps: extremes of most windows agree exactly with those of some released one."""
    grid = 0.05
    coarse = make_split(n_subjects=9, seconds_per_series=60, n_channels=3)
    fit = coarse.fit.with_values(np.round(coarse.fit.values / grid) * grid)
    fresh = coarse.fresh.with_values(np.round(coarse.fresh.values / grid) * grid)
    on_grid = Split(fit, fresh, coarse.unseen, 0, 0)
    results = SharedValues().run(on_grid, Release("fresh", fresh), RunContext(seed))
    assert all(result.p > 0.01 for result in results)


def test_controls(split):
    controls = SharedValues().reference(split, RunContext(0)).controls
    assert [(control.expected, control.passed) for control in controls] == [("win", True), ("lose", True)]
