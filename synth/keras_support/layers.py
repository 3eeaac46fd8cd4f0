"""Initial weights, static shapes, soft limits, and mixtures of Gaussians as a network's output (likelihood, sampling).

Keras is imported inside the functions, so that importing this file loads no TensorFlow.
"""

import math
from typing import Any

LOG_SCALE_LOW, LOG_SCALE_HIGH = -5.0, 3.0


def glorot_uniform(seed: Any) -> Any:
    """Return a Glorot uniform initialiser. Typed `Any`, because Keras annotates the initialisers of its layers as
    `str`.

    Args:
        seed: An int, or a `keras.random.SeedGenerator`.
    """
    import keras

    return keras.initializers.GlorotUniform(seed)


def static_size(tensor: Any, axis: int) -> int:
    """Return the size of a tensor's axis, which must be known when a step is compiled.

    Raises:
        ValueError: If it is only known at run time.
    """
    size = tensor.shape[axis]
    if size is None:
        raise ValueError(f"axis {axis} must have a known size. Received: shape {tensor.shape}")
    return size


def _ops() -> Any:
    """Return `keras.ops`. Typed `Any`: type checkers infer the results of all backends at once, `None` included."""
    from keras import ops

    return ops


def split_mixture(raw: Any, n_mixtures: int, n_features: int) -> tuple[Any, Any, Any]:
    """Split a network's raw outputs into the parameters of a Gaussian mixture.

    Args:
        raw: `(..., n_mixtures * (1 + 2 * n_features))` unbounded outputs.
        n_mixtures: Components of the mixture.
        n_features: Dimensions of each component, which has a diagonal covariance.

    Returns:
        Logits `(..., n_mixtures)`, means and unbounded scales `(..., n_mixtures, n_features)`; see
        `bounded_log_scales`.
    """
    ops = _ops()
    n_means = n_mixtures * n_features
    shape = tuple(-1 if size is None else size for size in (*raw.shape[:-1], n_mixtures, n_features))
    means = ops.reshape(raw[..., n_mixtures : n_mixtures + n_means], shape)
    unbounded = ops.reshape(raw[..., n_mixtures + n_means :], shape)
    return raw[..., :n_mixtures], means, unbounded


def bounded_log_scales(unbounded: Any) -> Any:
    """Map unbounded values smoothly into `[LOG_SCALE_LOW, LOG_SCALE_HIGH]`.

    Without a lower bound the likelihood of a repeated value grows without limit; a hard bound has no gradient.
    """
    middle, half = (LOG_SCALE_HIGH + LOG_SCALE_LOW) / 2, (LOG_SCALE_HIGH - LOG_SCALE_LOW) / 2
    return middle + half * _ops().tanh(unbounded / half)


def mixture_nll(targets: Any, logits: Any, means: Any, log_scales: Any) -> Any:
    """Return the negative log-likelihood of each target under its mixture, in nats.

    The sum over components is computed by log-sum-exp: a sum of densities underflows in float32 beyond about 15
    standard deviations, and its logarithm is then minus infinity.

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
    ops = _ops()
    z = (ops.expand_dims(targets, -2) - means) * ops.exp(-log_scales)
    n_features = means.shape[-1]
    log_densities = -ops.sum(0.5 * z * z + log_scales, axis=-1) - 0.5 * n_features * math.log(2 * math.pi)
    return -ops.logsumexp(ops.log_softmax(logits, axis=-1) + log_densities, axis=-1)


def draw_from_mixture(
    logits: Any, means: Any, unbounded: Any, uniforms: Any, normals: Any, *, temperature: float = 1.0
) -> Any:
    """Sample one value from each mixture, using random numbers supplied by the caller.

    Args:
        logits: `(n, n_mixtures)`.
        means: `(n, n_mixtures, n_features)`.
        unbounded: `(n, n_mixtures, n_features)`, scales before `bounded_log_scales`.
        uniforms: `(n, n_mixtures)` in (0, 1), to choose the component (Gumbel-max trick).
        normals: `(n, n_features)`, standard normal.
        temperature: Below 1, likely components are chosen more often and values lie nearer to their means; > 0.

    Returns:
        `(n, n_features)`.
    """
    import tensorflow as tf

    component = tf.argmax(logits / temperature - tf.math.log(-tf.math.log(uniforms)), axis=-1)
    mean = tf.gather(means, component, batch_dims=1)
    log_scale = bounded_log_scales(tf.gather(unbounded, component, batch_dims=1))
    return mean + math.sqrt(temperature) * tf.exp(log_scale) * normals


def softened(values: Any, limit: Any) -> Any:
    """Pull values beyond plus or minus `limit` back towards it; see `PooledLimits.soften`, which is this for NumPy.

    Args:
        values: `(..., n_features)`.
        limit: `(n_features,)`, > 0.
    """
    ops = _ops()
    excess = ops.relu(ops.abs(values) - limit)
    return ops.clip(values, -limit, limit) + ops.sign(values) * limit * ops.log1p(excess / limit)
