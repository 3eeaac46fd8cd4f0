"""Grids are found whatever their step, and nothing is taken for one that is none."""

import numpy as np
import pytest

from synth.audit.models.grids import alike, grid_of, grids_of, on_own_grid, onto


def drawn(n=20_000, scale=1.0, seed=0):
    return (scale * np.random.default_rng(seed).normal(0.3, 1, n)).astype(np.float32)


def rounded(values, step, offset=0.0):
    return (offset + np.round((values.astype(np.float64) - offset) / step) * step).astype(np.float32)


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
@pytest.mark.parametrize("step", [0.1, 1 / 720, 3.05e-4, 2e-6])
def test_a_grid_is_measured_exactly(step, scale):
    step, values = step * scale, drawn(scale=scale)
    grid = grid_of(rounded(values, step, offset=0.1 * step))
    assert grid.step == pytest.approx(step, rel=1e-6)
    assert (grid.offset / step - 0.1 + 0.5) % 1 == pytest.approx(0.5, abs=0.05)


def test_six_decimals_are_a_grid_although_float32_barely_holds_them():
    assert grid_of(rounded(drawn(100_000, scale=0.5), 1e-6)).step == pytest.approx(1e-6, rel=1e-6)


@pytest.mark.parametrize(
    "values",
    [
        drawn(),
        drawn(scale=1e-4) + np.float32(9.8),
        np.zeros(100, np.float32),
        np.array([0, 1, 2, 3], np.float32),
        np.zeros(0, np.float32),
    ],
    ids=["any values", "float32 at its limit", "constant", "too few", "empty"],
)
def test_where_nothing_shows_a_grid_there_is_none(values):
    assert grid_of(values) is None


def test_a_few_strays_do_not_hide_a_grid():
    values = rounded(drawn(), 0.01)
    values[:4] += np.float32(0.0037)
    assert grid_of(values).step == pytest.approx(0.01, rel=1e-3)


def test_windows_lie_on_a_grid_or_not_or_float32_cannot_say():
    grid = grid_of(rounded(drawn(), 0.01))
    windows = np.stack([rounded(drawn(50, seed=1), 0.01), drawn(50, seed=1), drawn(50) + np.float32(1e6)])
    assert np.array_equal(grid.holds(windows), [1, 0, np.nan], equal_nan=True)


def test_both_sides_are_rounded_onto_the_coarser_grid_of_each_channel():
    one = np.stack([rounded(drawn(), 0.01), drawn(), drawn()], axis=1)[None]
    other = np.stack([rounded(drawn(seed=1), 0.02), rounded(drawn(seed=1), 0.05), drawn(seed=1)], axis=1)[
        None
    ]
    grids = alike(one, other)
    assert [g.step if g else None for g in grids] == [
        pytest.approx(0.02, rel=1e-3),
        pytest.approx(0.05, rel=1e-3),
        None,
    ]
    moved = onto(one, grids)
    assert [g.step if g else None for g in grids_of(moved)] == [
        pytest.approx(0.02, rel=1e-3),
        pytest.approx(0.05, rel=1e-3),
        None,
    ]
    assert np.array_equal(moved[..., 2], one[..., 2])
    assert np.array_equal(onto(moved, grids), moved)
    assert np.abs(moved - one).max() <= 0.025001


def test_windows_have_grids_of_their_own_where_sensors_differ():
    values = drawn(4 * 200).reshape(4, 200, 1)
    for window, step in enumerate((0.1, 0.013, 0.037)):
        values[window] = rounded(values[window], step)
    values = np.append(values, np.ones((1, 200, 1), np.float32), axis=0)
    assert np.array_equal(on_own_grid(values)[:, 0], [1, 1, 1, 0, np.nan], equal_nan=True)
