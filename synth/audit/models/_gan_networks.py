"""Generator and discriminator of the adversarial attacker. Imported only when needed, because this imports Keras."""

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import layers

MAX_STEPS = 64  # to which the first layer reduces long windows
FILTERS, GENERATED = (64, 128, 128), (64, 64)
LEARNING_RATE, MOMENTUM = 5e-4, 0.5
N_A_CALL = 1024  # windows per forward pass


class Gan:
    """Both networks with one compiled training step.

    Args:
        n_timesteps: Of a window.
        n_channels: Of a window.
        seed: Draws the weights.

    Attributes:
        n_codes: Random numbers from which the generator makes a window.
    """

    n_codes = 32

    def __init__(self, n_timesteps: int, n_channels: int, *, seed: int) -> None:
        self._discriminator = _discriminator(n_timesteps, n_channels)
        self._generator = _generator(self.n_codes, n_timesteps, n_channels)
        _initialise(self.variables, seed)
        self._optimizers = [keras.optimizers.Adam(LEARNING_RATE, beta_1=MOMENTUM) for _ in range(2)]
        networks = (self._discriminator, self._generator)
        for optimizer, network in zip(self._optimizers, networks, strict=True):
            optimizer.build(network.trainable_variables)
        window = tf.TensorSpec((None, n_timesteps, n_channels))
        codes = tf.TensorSpec((None, self.n_codes))
        self._update = tf.function(self._one_step, input_signature=(window, window, codes))
        self._judge = tf.function(lambda x: self._discriminator(x)[:, 0], input_signature=(window,))

    @property
    def variables(self) -> list[keras.Variable]:
        """The weights of both networks."""
        return [*self._discriminator.variables, *self._generator.variables]

    def step(self, batch: tuple[np.ndarray, np.ndarray, np.ndarray]) -> Mapping[str, Any]:
        """Learn from `(real, others, codes)` and return both losses."""
        told, fooled = self._update(*map(tf.constant, batch))
        return {"discriminator": told, "generator": fooled}

    def judge(self, windows: np.ndarray) -> np.ndarray:
        """Return the logit of each window's being real, `(n,)`."""
        parts = [
            self._judge(tf.constant(windows[i : i + N_A_CALL])) for i in range(0, len(windows), N_A_CALL)
        ]
        return np.concatenate([np.zeros(0), *(part.numpy() for part in parts)])

    def _one_step(self, real: tf.Tensor, others: tf.Tensor, codes: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        with tf.GradientTape() as tape:
            unreal = tf.concat([self._generator(codes), others], axis=0)
            told = _entropy(1.0, self._discriminator(real)) + _entropy(0.0, self._discriminator(unreal))
        self._learn(0, tape.gradient(told, self._discriminator.trainable_variables))
        with tf.GradientTape() as tape:
            fooled = _entropy(1.0, self._discriminator(self._generator(codes)))
        self._learn(1, tape.gradient(fooled, self._generator.trainable_variables))
        return told, fooled

    def _learn(self, which: int, gradients: Sequence[Any]) -> None:
        network = (self._discriminator, self._generator)[which]
        self._optimizers[which].apply(gradients, network.trainable_variables)


def _discriminator(n_timesteps: int, n_channels: int) -> keras.Model:
    """Return a network that keeps where something happens, so that it can know single windows by heart."""
    shown = keras.Input((n_timesteps, n_channels))
    x, stride = shown, -(-n_timesteps // MAX_STEPS)
    for n_filters, step in zip(FILTERS, (stride, 2, 2), strict=True):
        x = layers.Conv1D(n_filters, max(5, 2 * step), strides=step, padding="same")(x)
        x = layers.LeakyReLU(0.2)(x)
    return keras.Model(shown, layers.Dense(1)(layers.Flatten()(x)))


def _generator(n_codes: int, n_timesteps: int, n_channels: int) -> keras.Model:
    codes = keras.Input((n_codes,))
    stride = -(-n_timesteps // MAX_STEPS)
    x = layers.Dense(MAX_STEPS // 4 * GENERATED[0], activation="relu")(codes)
    x = layers.Reshape((MAX_STEPS // 4, GENERATED[0]))(x)
    for n_filters in GENERATED:
        x = layers.Conv1DTranspose(n_filters, 5, strides=2, padding="same", activation="relu")(x)
    x = layers.Conv1DTranspose(n_channels, max(5, 2 * stride), strides=stride, padding="same")(x)
    return keras.Model(codes, layers.Cropping1D((0, x.shape[1] - n_timesteps))(x))


def _initialise(variables: list[keras.Variable], seed: int) -> None:
    """Draw all kernels by a generator of their own, because other threads of a worker may use the global one."""
    seeds = np.random.default_rng(seed).integers(2**31, size=len(variables)).tolist()
    for variable, own in zip(variables, seeds, strict=True):
        if variable.name == "kernel":
            variable.assign(keras.initializers.GlorotUniform(own)(variable.shape))


def _entropy(label: float, logits: tf.Tensor) -> tf.Tensor:
    return tf.reduce_mean(
        tf.nn.sigmoid_cross_entropy_with_logits(labels=label * tf.ones_like(logits), logits=logits)
    )
