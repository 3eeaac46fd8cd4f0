"""Proposals meet what is known, whatever they are."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from synth.imputers.boundary_matching import Brackets, match_boundaries
from synth.imputers.masks import draw_masks


def query(seed: int, shape: tuple[int, int, int] = (4, 20, 3)) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    mask = draw_masks(shape, kind="sketches", miss_rate=0.3, rng=rng)
    return rng.normal(size=shape), mask, rng.normal(size=shape)


def test_brackets_worked_out_by_hand():
    known = np.array([0, 0, 1, 0, 0, 0, 1, 0], dtype=bool)
    where = Brackets.of(np.stack([known, np.zeros(8, bool)], axis=1)[None])
    np.testing.assert_array_equal(where.left[0, 0], [2, 2, 2, 2, 2, 2, 6, 6])
    np.testing.assert_array_equal(where.right[0, 0], [2, 2, 2, 6, 6, 6, 6, 6])
    np.testing.assert_allclose(where.weight[0, 0], [0, 0, 0, 0.25, 0.5, 0.75, 0, 0])
    np.testing.assert_allclose(where.freedom[0, 0, 2:7], [0, 3 / 11, 4 / 12, 3 / 11, 0])
    np.testing.assert_array_equal(where.freedom[0, 1], 1)
    np.testing.assert_array_equal(where.has[0, :, 0], [1, 0])


@given(seed=st.integers(0, 1000))
def test_known_samples_are_met_exactly(seed):
    values, mask, proposal = query(seed)
    np.testing.assert_allclose(match_boundaries(values, mask, proposal)[mask], values[mask], atol=1e-5)


@given(seed=st.integers(0, 1000))
def test_a_proposal_of_nothing_is_linear_interpolation(seed):
    values, mask, proposal = query(seed)
    met = match_boundaries(values, mask, np.zeros_like(proposal))
    t = np.arange(values.shape[1])
    for window, channel in zip(*np.nonzero(mask.any(axis=1)), strict=True):
        known = mask[window, :, channel]
        expected = np.interp(t, t[known], values[window, known, channel])
        np.testing.assert_allclose(met[window, :, channel], expected, atol=1e-5)


@given(seed=st.integers(0, 1000))
def test_a_proposal_that_is_off_by_a_constant_is_exact_and_without_known_samples_kept(seed):
    values, mask, _ = query(seed)
    has = mask.any(axis=1, keepdims=True)
    met = match_boundaries(values, mask, values + 3.0)
    np.testing.assert_allclose(met, np.where(has, values, values + 3.0), atol=1e-5)
