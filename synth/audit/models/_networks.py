"""The networks of the neural attackers. Imported only when needed, because this imports Keras.

A few compiled networks are cached by shape and retrained: compiling takes seconds.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import layers

N_KEPT = 4  # compiled networks
N_A_CALL = 1024  # windows per forward pass
WARM_UP = 0.2  # share of the updates during which the learning rate rises


class Network:
    """A classifier with a compiled training step that can be retrained many times.

    Attributes:
        model: `(n, ...)` -> `(n, n_classes)` logits.
    """

    def __init__(self, model: keras.Model, optimizer: keras.optimizers.Optimizer) -> None:
        self.model = model
        self._optimizer = optimizer
        self._optimizer.build(model.trainable_variables)
        self._untrained = [v.numpy().copy() for v in self._optimizer.variables]
        self._beginning = self.weights()
        self._update = tf.function(self._one_step, reduce_retracing=True)
        before = keras.Model(model.inputs, model.layers[-1].input)
        self._forward = _compiled(model)
        self._before_last = _compiled(before)

    def restart(self, seed: int) -> None:
        """Reinitialise the weights, which is cheaper than compiling another network.

        Uses its own random generator, because other threads of a worker may use the global one.
        """
        seeds = np.random.default_rng(seed).integers(2**31, size=len(self.model.variables)).tolist()
        for variable, value, own in zip(self.model.variables, self._beginning, seeds, strict=True):
            variable.assign(_drawn(variable, value, own))
        for variable, value in zip(self._optimizer.variables, self._untrained, strict=True):
            variable.assign(value)

    def load(self, weights: list[np.ndarray]) -> None:
        """Set the model's variables."""
        for variable, value in zip(self.model.variables, weights, strict=True):
            variable.assign(value)

    def weights(self) -> list[np.ndarray]:
        """Return a copy of the model's variables."""
        return [v.numpy().copy() for v in self.model.variables]

    def step(self, batch: tuple[np.ndarray, np.ndarray]) -> Mapping[str, Any]:
        """Learn from `(inputs, class codes)` of one batch and return its loss."""
        return {"loss": self._update(tf.constant(batch[0]), tf.constant(batch[1]))}

    def log_likelihood(self, inputs: np.ndarray) -> np.ndarray:
        """Return the log-probability of each class, `(n, n_classes)`."""
        return tf.nn.log_softmax(_in_parts(self._forward, inputs)).numpy()

    def last_layer(self, inputs: np.ndarray) -> np.ndarray:
        """Return the inputs of the last layer, `(n, n_units)`."""
        return _in_parts(self._before_last, inputs).numpy()

    def _one_step(self, inputs: tf.Tensor, codes: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            logits = self.model(inputs, training=True)
            loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(codes, logits))
        gradients = tape.gradient(loss, self.model.trainable_variables)
        self._optimizer.apply(gradients, self.model.trainable_variables)
        return loss


def _compiled(model: keras.Model) -> Callable[[tf.Tensor], tf.Tensor]:
    return tf.function(lambda inputs: model(inputs, training=False), reduce_retracing=True)


def _in_parts(forward: Callable[[tf.Tensor], tf.Tensor], inputs: np.ndarray) -> tf.Tensor:
    parts = [forward(tf.constant(inputs[i : i + N_A_CALL])) for i in range(0, len(inputs), N_A_CALL)]
    return tf.concat(parts, axis=0)


def _drawn(variable: keras.Variable, beginning: np.ndarray, seed: int) -> Any:
    """Return the initial value of a variable: weights and generator states by the seed, others as built."""
    if variable.name == "kernel":
        return keras.initializers.GlorotUniform(seed)(variable.shape)
    if variable.name == "recurrent_kernel":
        return keras.initializers.Orthogonal(seed=seed)(variable.shape)
    if variable.name == "seed_generator_state":
        return np.array([seed, 0], beginning.dtype)
    return beginning


@lru_cache(N_KEPT)
def lstm(n_steps: int, n_features: int, n_classes: int = 2, *, learning_rate: float) -> Network:
    """Build SenseGen's discriminator: LSTM (64), dense layer (16, sigmoid), one output per class."""
    model = keras.Sequential(
        [
            keras.Input((n_steps, n_features)),
            layers.LSTM(64),
            layers.Dense(16, activation="sigmoid"),
            layers.Dense(n_classes),
        ]
    )
    return Network(model, keras.optimizers.Adam(learning_rate))


@lru_cache(N_KEPT)
def convnet(
    n_timesteps: int, n_features: int, n_classes: int, n_updates: int, *, learning_rate: float
) -> Network:
    """Build three blocks of convolution, batch normalisation and ReLU, each pooled over time (mean, maximum).

    The first block reduces windows of any length to at most 64 steps, so that long windows cost little more.

    Args:
        n_updates: Steps over which the learning rate first rises, then falls to zero (cosine).
        learning_rate: Its maximum, > 0.
    """
    inputs = keras.Input((n_timesteps, n_features))
    x = Augmentation()(inputs)
    pooled = []
    for n_filters, width, n_steps in ((32, 7, 64), (64, 5, 32), (64, 3, 16)):
        stride = -(-x.shape[1] // n_steps)
        x = layers.Conv1D(n_filters, max(width, 2 * stride), strides=stride, padding="same", use_bias=False)(
            x
        )
        x = layers.BatchNormalization(momentum=0.9)(x)
        x = layers.ReLU()(x)
        pooled += [layers.GlobalAveragePooling1D()(x), layers.GlobalMaxPooling1D()(x)]
    x = layers.BatchNormalization(momentum=0.9)(layers.Concatenate()(pooled))
    outputs = layers.Dense(n_classes)(layers.Dropout(0.2)(x))
    rate = keras.optimizers.schedules.CosineDecay(
        learning_rate / 10,
        decay_steps=max(1, round(n_updates * (1 - WARM_UP))),
        warmup_target=learning_rate,
        warmup_steps=max(1, round(n_updates * WARM_UP)),
    )
    optimizer = keras.optimizers.AdamW(rate, weight_decay=1e-3)  # pyright: ignore[reportArgumentType]  # or schedule
    return Network(keras.Model(inputs, outputs), optimizer)


class Augmentation(layers.Layer):
    """Randomly rotate each window in time and scale its channels during training.

    Args:
        spread: Standard deviation of the channels' factors around 1.
    """

    def __init__(self, spread: float = 0.1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.spread = spread
        self.seed_generator = keras.random.SeedGenerator()

    def call(self, values: tf.Tensor, training: bool = False) -> tf.Tensor:
        if not training:
            return values
        n, n_timesteps, n_channels = tf.shape(values)[0], values.shape[1], values.shape[2]
        begin = keras.random.randint((n, 1), 0, n_timesteps, seed=self.seed_generator)
        turned = tf.gather(values, (tf.range(n_timesteps) + begin) % n_timesteps, batch_dims=1)
        return turned * keras.random.normal((n, 1, n_channels), 1.0, self.spread, seed=self.seed_generator)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "spread": self.spread}
