"""Random convolutions compute what they say, and find what no average shows."""

import numpy as np
import pytest

from synth.audit.models.random_kernels import RandomKernels, convolved, dilations


@pytest.mark.parametrize(("n_timesteps", "n_channels"), [(2, 1), (11, 12), (20, 1), (128, 6), (1000, 3)])
def test_any_windows_give_shares(n_timesteps, n_channels):
    values = np.random.default_rng(0).normal(size=(10, n_timesteps, n_channels)).astype(np.float32)
    values[..., 0] = 1
    table = RandomKernels.of(values, seed=0).features(values)
    assert table.dtype == np.float32
    assert len(table) == 10
    assert table.min() >= 0
    assert table.max() <= 1


def test_convolution_is_numpys():
    rng = np.random.default_rng(0)
    values = rng.normal(size=(2, 40, 3)).astype(np.float32)
    weights = rng.normal(size=(5, 9, 3)).astype(np.float32)
    got = convolved(values, weights.reshape(5, -1), 3)
    spread = np.zeros((5, 25, 3))
    spread[:, ::3] = weights
    for kernel in range(5):
        expected = sum(np.convolve(values[1, :, c], spread[kernel, ::-1, c], mode="valid") for c in range(3))
        assert got[1, :, kernel] == pytest.approx(expected, abs=1e-4)


def test_dilations_fit_into_the_window():
    assert dilations(9) == [1]
    assert dilations(128)[0] == 1
    assert dilations(128)[-1] == 15
    assert all(8 * d < n for n in (9, 20, 128, 1000) for d in dilations(n))


def test_same_seed_same_numbers_other_seed_other_numbers_and_each_window_by_itself():
    values = np.random.default_rng(0).normal(size=(300, 30, 2)).astype(np.float32)
    kernels = RandomKernels.of(values, seed=1)
    table = kernels.features(values)
    assert np.array_equal(table, RandomKernels.of(values, seed=1).features(values))
    assert not np.array_equal(table, RandomKernels.of(values, seed=2).features(values))
    order = np.random.default_rng(1).permutation(300)
    assert np.allclose(kernels.features(values[order]), table[order], atol=0.05)
    assert np.abs(kernels.features(values[order]) - table[order]).mean() < 1e-4
