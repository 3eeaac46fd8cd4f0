"""The network of the LSTM discriminator. Loaded only while it is used: it imports Keras."""

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf


class Judge:
    """SenseGen's discriminator: LSTM 64, dense 16 sigmoid, one output (here as a logit).

    Attributes:
        model: `(n, steps, features)` -> `(n, 1)` logits.
    """

    def __init__(self, n_steps: int, n_features: int, learning_rate: float) -> None:
        self.model = keras.Sequential(
            [
                keras.Input((n_steps, n_features)),
                keras.layers.LSTM(64),
                keras.layers.Dense(16, activation="sigmoid"),
                keras.layers.Dense(1),
            ]
        )
        self._optimizer = keras.optimizers.Adam(learning_rate)
        self._optimizer.build(self.model.trainable_variables)
        self._beginning = [v.numpy() for v in self._variables]
        self._update = tf.function(self._one_step, reduce_retracing=True)
        self._forward = tf.function(self.model, reduce_retracing=True)

    @property
    def _variables(self) -> list[Any]:
        return [*self.model.variables, *self._optimizer.variables]

    def forget(self) -> None:
        """Go back to the state before the first step: cheaper than compiling another network."""
        for variable, value in zip(self._variables, self._beginning, strict=True):
            variable.assign(value)

    def step(self, batch: tuple[np.ndarray, np.ndarray]) -> Mapping[str, Any]:
        """Learn from `(frames, truth)` of one batch and return its loss."""
        return {"loss": self._update(tf.constant(batch[0]), tf.constant(batch[1]))}

    def logits(self, frames: np.ndarray) -> np.ndarray:
        """Judge `(n, steps, features)` windows in one call each 2,048."""
        parts = [self._forward(tf.constant(frames[i : i + 2048])) for i in range(0, len(frames), 2048)]
        return np.concatenate([part.numpy()[:, 0] for part in parts])

    def _one_step(self, frames: tf.Tensor, truth: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            logits = self.model(frames, training=True)[:, 0]
            loss = tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(truth, logits))
        gradients = tape.gradient(loss, self.model.trainable_variables)
        self._optimizer.apply(gradients, self.model.trainable_variables)
        return loss
