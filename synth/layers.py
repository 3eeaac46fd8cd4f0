"""Mixtures of Gaussians as the output of a network: the likelihood to train with, and drawing from them.

Keras is imported inside the functions, so that importing this file loads no TensorFlow.
"""

import math
from typing import Any

LOG_SCALE_LOW, LOG_SCALE_HIGH = -5.0, 3.0


def split_mixture(raw: Any, n_mixtures: int, n_features: int) -> tuple[Any, Any, Any]:
    """Read a network's plain outputs as the parameters of a mixture.

    Args:
        raw: `(..., n_mixtures * (1 + 2 * n_features))` unbounded outputs.
        n_mixtures: Components of the mixture.
        n_features: Dimensions of each component, which has a diagonal covariance.

    Returns:
        Logits `(..., n_mixtures)`, means and log-scales `(..., n_mixtures, n_features)`. Log-scales are
        bent smoothly into `[LOG_SCALE_LOW, LOG_SCALE_HIGH]`: without a floor the likelihood of a repeated
        value grows without end.
    """
    from keras import ops

    n_means = n_mixtures * n_features
    shape = (*raw.shape[:-1], n_mixtures, n_features)
    shape = tuple(-1 if size is None else size for size in shape)
    middle, half = (LOG_SCALE_HIGH + LOG_SCALE_LOW) / 2, (LOG_SCALE_HIGH - LOG_SCALE_LOW) / 2
    logits = raw[..., :n_mixtures]
    means = ops.reshape(raw[..., n_mixtures : n_mixtures + n_means], shape)
    bends = ops.reshape(raw[..., n_mixtures + n_means :], shape)
    return logits, means, middle + half * ops.tanh(bends / half)


def mixture_nll(targets: Any, logits: Any, means: Any, log_scales: Any) -> Any:
    """Return the negative log-likelihood of each target under its mixture, in nats.

    The sum over components is taken by log-sum-exp: a sum of densities underflows in float32 from about
    15 standard deviations on, and its logarithm is then minus infinity.

    Args:
        targets: `(..., n_features)`.
        logits: `(..., n_mixtures)`, unnormalised log-weights.
        means: `(..., n_mixtures, n_features)`.
        log_scales: `(..., n_mixtures, n_features)`, logarithms of standard deviations.

    Returns:
        `(...)`.

    References:
        Bishop, Mixture Density Networks, 1994.
    """
    from keras import ops

    z = (ops.expand_dims(targets, -2) - means) * ops.exp(-log_scales)
    n_features = means.shape[-1]
    log_densities = -ops.sum(0.5 * z * z + log_scales, axis=-1) - 0.5 * n_features * math.log(2 * math.pi)
    return -ops.logsumexp(ops.log_softmax(logits, axis=-1) + log_densities, axis=-1)


def draw_from_mixture(logits: Any, means: Any, log_scales: Any, uniforms: Any, normals: Any) -> Any:
    """Draw one value from each mixture, out of random numbers that the caller made.

    Args:
        logits: `(n, n_mixtures)`.
        means: `(n, n_mixtures, n_features)`.
        log_scales: `(n, n_mixtures, n_features)`.
        uniforms: `(n, n_mixtures)` in (0, 1): choose the component (Gumbel's trick).
        normals: `(n, n_features)`, standard normal.

    Returns:
        `(n, n_features)`.
    """
    from keras import ops

    component = ops.argmax(logits - ops.log(-ops.log(uniforms)), axis=-1)
    which = ops.reshape(component, (-1, 1, 1))
    mean = ops.take_along_axis(means, which, axis=1)[:, 0]
    log_scale = ops.take_along_axis(log_scales, which, axis=1)[:, 0]
    return mean + ops.exp(log_scale) * normals
