"""The mixture density against SciPy, far out in the tails, and drawing from it."""

import numpy as np
import pytest
from scipy.special import logsumexp
from scipy.stats import norm

from synth.keras_support.layers import (
    LOG_SCALE_HIGH,
    LOG_SCALE_LOW,
    bounded_log_scales,
    draw_from_mixture,
    mixture_nll,
    split_mixture,
)
from synth.keras_support.tensorflow_backend import tensorflow

TARGETS = np.array([[0.0, 1.0], [2.0, -1.0], [0.5, 0.5]], np.float32)
LOGITS = np.array([[0.0, 0.0], [1.0, -1.0], [3.0, 2.0]], np.float32)
MEANS = np.array([[[0, 0], [1, 1]], [[2, -1], [0, 0]], [[-1, 1], [1, -1]]], np.float32)
LOG_SCALES = np.array([[[0, 0], [-1, 1]], [[-2, 0.5], [0, 0]], [[1, -1], [0.3, 0]]], np.float32)


@pytest.fixture(scope="module", autouse=True)
def _backend():
    tensorflow(seed=0)


def nll_by_scipy(targets, logits, means, log_scales):
    densities = norm.logpdf(targets[:, None], means, np.exp(log_scales)).sum(axis=2)
    weights = logits - logsumexp(logits, axis=1, keepdims=True)
    return -logsumexp(weights + densities, axis=1)


def test_nll_is_that_of_scipy():
    ours = np.array(mixture_nll(TARGETS, LOGITS, MEANS, LOG_SCALES))
    np.testing.assert_allclose(ours, nll_by_scipy(TARGETS, LOGITS, MEANS, LOG_SCALES), rtol=1e-5)


def test_nll_does_not_underflow_fifty_deviations_out():
    far = MEANS[:, 0] + 50 * np.exp(LOG_SCALES[:, 0])
    ours = np.array(mixture_nll(far, LOGITS, MEANS, LOG_SCALES))
    assert np.isfinite(ours).all()
    np.testing.assert_allclose(ours, nll_by_scipy(far, LOGITS, MEANS, LOG_SCALES), rtol=1e-4)
    assert (ours > 100).all()


def test_log_scales_are_bounded_and_start_in_the_middle_of_the_bounds():
    bounded = np.array(bounded_log_scales(np.array([-1e6, 0, 1e6], np.float32)))
    np.testing.assert_allclose(
        bounded, [LOG_SCALE_LOW, (LOG_SCALE_LOW + LOG_SCALE_HIGH) / 2, LOG_SCALE_HIGH], rtol=1e-6
    )


def test_raw_outputs_are_cut_into_weights_means_and_scales_in_that_order():
    raw = np.arange(10, dtype=np.float32)[None]
    logits, means, unbounded = (np.array(part) for part in split_mixture(raw, n_mixtures=2, n_features=2))
    np.testing.assert_array_equal(logits, [[0, 1]])
    np.testing.assert_array_equal(means, [[[2, 3], [4, 5]]])
    np.testing.assert_array_equal(unbounded, [[[6, 7], [8, 9]]])


def unbounded_of(log_scales):
    """Invert `bounded_log_scales`."""
    middle, half = (LOG_SCALE_LOW + LOG_SCALE_HIGH) / 2, (LOG_SCALE_HIGH - LOG_SCALE_LOW) / 2
    return half * np.arctanh((log_scales - middle) / half)


def test_draws_follow_the_weights_means_and_scales():
    n, rng = 20_000, np.random.default_rng(0)
    logits = np.tile(np.log([[0.25, 0.75]]).astype(np.float32), (n, 1))
    means = np.tile(np.array([[[-10.0], [10.0]]], np.float32), (n, 1, 1))
    unbounded = np.tile(unbounded_of(np.log(np.array([[[0.5], [2.0]]], np.float32))), (n, 1, 1))
    uniforms, normals = rng.uniform(1e-6, 1, (n, 2)), rng.normal(size=(n, 1))
    drawn = np.array(
        draw_from_mixture(logits, means, unbounded, uniforms.astype(np.float32), normals.astype(np.float32))
    )
    low, high = drawn[drawn < 0], drawn[drawn > 0]
    assert len(low) / n == pytest.approx(0.25, abs=0.01)
    assert low.mean() == pytest.approx(-10, abs=0.03)
    assert low.std() == pytest.approx(0.5, abs=0.02)
    assert high.std() == pytest.approx(2.0, abs=0.05)


def test_a_lower_temperature_draws_what_is_likely():
    n, rng = 20_000, np.random.default_rng(0)
    logits = np.tile(np.log([[0.25, 0.75]]).astype(np.float32), (n, 1))
    means = np.tile(np.array([[[-10.0], [10.0]]], np.float32), (n, 1, 1))
    unbounded = np.tile(unbounded_of(np.log(np.array([[[2.0], [2.0]]], np.float32))), (n, 1, 1))
    uniforms, normals = rng.uniform(1e-6, 1, (n, 2)), rng.normal(size=(n, 1))
    numbers = uniforms.astype(np.float32), normals.astype(np.float32)
    drawn = np.array(draw_from_mixture(logits, means, unbounded, *numbers, temperature=0.25))
    assert (drawn < 0).mean() == pytest.approx(1 / (1 + 3**4), abs=0.005)
    assert drawn[drawn > 0].std() == pytest.approx(1.0, abs=0.02)
