"""The losses of an adversarial transformation. Imports TensorFlow."""

import math
from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf

from synth.keras_support.layers import static_size
from synth.mechanisms.aae.layouts import IdentityLoss

TensorLike = tf.Tensor | np.ndarray
KERNEL_PENALTY = 1e-3  # L2 of every kernel, as published


def identity_loss(logits: TensorLike, codes: TensorLike, form: IdentityLoss) -> tf.Tensor:
    """Return how much of the identity a regulariser still recognises.

    Args:
        logits: `(n, k)`, of the regulariser, `k >= 2`.
        codes: `(n,)` int, the true identity.
        form: `"as printed"`: `-sum_j s_j log(1 - s^_j) - log(1 - max_j s^_j)`, the formula of the paper and its
            code, smallest where the right person is ruled out. `"as in the slides"`: `-sum_j log(1 - s^_j)`, which
            gives the numerical examples of the authors' slides, smallest where everybody is equally likely.
            `"uniform"`: `KL(uniform || s^)`, likewise, and steeper.

    Returns:
        `(n,)`, in nats. Computed from logits, so that a confident regulariser still has a gradient; the authors
        clip probabilities at 1e-7 instead.

    References:
        Malekzadeh et al., Mobile sensor data anonymization, IoTDI 2019, equation 8.
    """
    n_classes = static_size(logits, 1)
    if form == "uniform":
        return -math.log(n_classes) - tf.reduce_mean(tf.nn.log_softmax(logits), axis=1)
    without = logits[:, None, :] + tf.constant(np.where(np.eye(n_classes), -np.inf, 0), logits.dtype)
    log_rest = tf.reduce_logsumexp(without, axis=2) - tf.reduce_logsumexp(logits, axis=1, keepdims=True)
    if form == "as in the slides":
        return -tf.reduce_sum(log_rest, axis=1)
    return -tf.gather(log_rest, codes, batch_dims=1) - tf.reduce_min(log_rest, axis=1)


def cross_entropy(logits: TensorLike, codes: TensorLike) -> tf.Tensor:
    """Return the cross-entropy of each window, `(n,)` in nats."""
    return tf.nn.sparse_softmax_cross_entropy_with_logits(codes, logits)


def mean_squared_error(wanted: TensorLike, made: TensorLike) -> tf.Tensor:
    """Return the mean squared error."""
    return tf.reduce_mean((wanted - made) ** 2)


def kernel_penalty(variables: Sequence[keras.Variable]) -> tf.Tensor:
    """Return `KERNEL_PENALTY` times the sum of squares of all kernels among the variables."""
    return 2 * KERNEL_PENALTY * tf.add_n([tf.nn.l2_loss(v.value) for v in variables if v.name == "kernel"])


def class_weights(codes: np.ndarray) -> np.ndarray:
    """Return a weight for each window, `(n,)` float32 with mean 1, that gives all classes the same total weight."""
    present, codes, counts = np.unique(codes, return_inverse=True, return_counts=True)
    return (len(codes) / (len(present) * counts))[codes].astype(np.float32)
