"""The networks of transformations that are trained against adversaries. Imports Keras.

Coder        owns  encoder and decoder: standardised windows in, transformed ones out
Regulariser  owns  a classifier of the person (or activity) in the coder's results, and its own train step
"""

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from synth.mechanisms.aae._losses import TensorLike, cross_entropy, identity_loss, kernel_penalty
from synth.mechanisms.aae.layouts import CoderLayout, IdentityLoss, Reads, RegulariserLayout

BATCHNORM_MOMENTUM = 0.9  # Keras' 0.99 needs hundreds of batches per round, which the authors had
N_A_CALL = 256  # windows transformed at once
POOLS: Mapping[Reads, tuple[int, ...]] = {"latent": (1, 1, 2, 1, 2), "output": (1, 2, 2, 2, 2)}
# Units of the dense layers, per filter of the convolutions.
DENSE: Mapping[Reads, tuple[int, int]] = {"latent": (4, 1), "output": (8, 2)}


class Coder:
    """A convolutional autoencoder whose code has one number per channel and downsampled time step."""

    def __init__(self, layout: CoderLayout) -> None:
        kernel = (min(layout.kernel[0], layout.shape[0]), layout.kernel[1])
        x = inputs = keras.Input(layout.shape)
        for pool in layout.pools:
            x = layers.Conv2D(layout.filters, kernel, padding="same", activation=layout.activation)(x)
            x = FusedNormalization()(x)
            x = layers.MaxPooling2D((1, pool))(x) if pool > 1 else x
        x = FusedNormalization()(layers.Conv2D(1, kernel, padding="same")(x))
        self.encoder = keras.Model(inputs, x)
        x = inputs = keras.Input(x.shape[1:])
        for i, pool in enumerate(reversed(layout.pools), start=1):
            x = layers.Conv2DTranspose(
                layout.filters, kernel, strides=(1, pool), padding="same", activation=layout.activation
            )(x)
            x = FusedNormalization()(x) if i < len(layout.pools) else x
        self.decoder = keras.Model(inputs, layers.Conv2D(1, kernel, padding="same")(x))
        self._forward = tf.function(self._with_weights, autograph=False, reduce_retracing=True)

    @property
    def variables(self) -> list[keras.Variable]:
        """The variables to store: weights and moving moments of batch normalisation, encoder first."""
        return [
            variable
            for model in (self.encoder, self.decoder)
            for variable in (*model.trainable_variables, *model.non_trainable_variables)
        ]

    @property
    def trainable(self) -> list[keras.Variable]:
        """The trainable variables, encoder first."""
        return [variable for variable in self.variables if variable.trainable]

    def restart(self, seed: int) -> None:
        """Reinitialise all weights."""
        for model, own in zip((self.encoder, self.decoder), drawn_seeds(seed, 2), strict=True):
            draw_weights(model, own)

    def code_and_output(self, images: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Transform images in training mode: batch normalisation uses the moments of the batch."""
        code = self.encoder(images, training=True)
        return code, self.decoder(code, training=True)

    def penalty(self) -> tf.Tensor:
        """Return the L2 penalty of the kernels."""
        return kernel_penalty(self.trainable)

    def transform(self, images: np.ndarray, weights: Sequence[Any]) -> dict[Reads, np.ndarray]:
        """Return the codes and the outputs of any number of images.

        Args:
            images: `(n, *shape)` float32.
            weights: Values to use for `variables`, which are neither read nor changed.
        """
        weights = [tf.convert_to_tensor(weight) for weight in weights]
        made = [self._forward(weights, tf.constant(part)) for part in _chunks(images, N_A_CALL)]
        code, output = (np.concatenate([part.numpy() for part in parts]) for parts in zip(*made, strict=True))
        return {"latent": code, "output": output}

    def _with_weights(self, weights: list[tf.Tensor], images: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        n_encoder = len(self.encoder.variables)
        code = _stateless(self.encoder, weights[:n_encoder], images)
        return code, _stateless(self.decoder, weights[n_encoder:], code)


class Regulariser:
    """Five convolutions and two dense layers that classify a code or a transformed window.

    Args:
        layout: What it reads and classifies.
        shape: Of its input.
        learning_rate: Of Adam.
    """

    def __init__(self, layout: RegulariserLayout, shape: tuple[int, int, int], learning_rate: float) -> None:
        self.layout = layout
        self.model = _regulariser_network(layout, shape)
        self._adam = RestartableAdam(self.model.trainable_variables, learning_rate)
        self._update = tf.function(self._one_step, autograph=False, reduce_retracing=True)
        self._forward = tf.function(self._logits, autograph=False, reduce_retracing=True)

    @property
    def variables(self) -> list[keras.Variable]:
        """All variables that its training depends on."""
        return [*self.model.variables, *self._adam.variables]

    def restart(self, seed: int) -> None:
        """Reinitialise all weights."""
        draw_weights(self.model, seed)
        self._adam.restart()

    def step(self, batch: tuple[np.ndarray, np.ndarray, np.ndarray]) -> tf.Tensor:
        """Train on inputs, classes and sample weights `(n,)` of one batch; return the cross-entropy."""
        return self._update(*map(tf.constant, batch))

    def logits(self, shown: np.ndarray) -> np.ndarray:
        """Return the logits, `(n, n_classes)`."""
        return np.concatenate([self._forward(tf.constant(part)).numpy() for part in _chunks(shown, N_A_CALL)])

    def loss(self, logits: TensorLike, codes: TensorLike, form: IdentityLoss) -> tf.Tensor:
        """Return the coder's loss: for an activity that is no longer recognised, or an identity that still is."""
        hides = self.layout.task == "identity"
        return tf.reduce_mean(identity_loss(logits, codes, form) if hides else cross_entropy(logits, codes))

    def _one_step(self, shown: tf.Tensor, codes: tf.Tensor, importance: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            error = tf.reduce_mean(importance * cross_entropy(self.model(shown, training=True), codes))
            loss = error + kernel_penalty(self.model.trainable_variables)
        self._adam.descend(tape, loss)
        return error

    def _logits(self, shown: tf.Tensor) -> tf.Tensor:
        return self.model(shown, training=False)


class RestartableAdam:
    """Adam for a fixed list of variables, whose state can be reset."""

    def __init__(self, variables: list[keras.Variable], learning_rate: float) -> None:
        self._variables, self._optimizer = variables, keras.optimizers.Adam(learning_rate)
        self._optimizer.build(variables)
        self._beginning = [variable.numpy().copy() for variable in self._optimizer.variables]

    @property
    def variables(self) -> list[keras.Variable]:
        """Its state."""
        return self._optimizer.variables

    def restart(self) -> None:
        """Reset the state."""
        for variable, value in zip(self._optimizer.variables, self._beginning, strict=True):
            variable.assign(value)

    def descend(self, tape: tf.GradientTape, loss: tf.Tensor) -> None:
        """Make one step on the recorded loss."""
        self._optimizer.apply(tape.gradient(loss, self._variables), self._variables)


class FusedNormalization(layers.BatchNormalization):
    """Batch normalisation in a single TensorFlow kernel, which takes a third of the time of Keras' own."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"momentum": BATCHNORM_MOMENTUM, **kwargs})

    def call(self, inputs: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Normalise `inputs`, in training mode by the moments of the batch."""
        given = (self.gamma, self.beta, self.moving_mean, self.moving_variance)
        outputs, *moments = tf.raw_ops.FusedBatchNormV3(
            x=inputs,
            **dict(
                zip(("scale", "offset", "mean", "variance"), map(tf.convert_to_tensor, given), strict=True)
            ),
            epsilon=self.epsilon,
            is_training=training,
        )[:3]
        if training:
            moving: Any = (self.moving_mean, self.moving_variance)
            for variable, moment in zip(moving, moments, strict=True):
                variable.assign(self.momentum * variable + (1 - self.momentum) * moment)
        return outputs


def draw_weights(model: keras.Model, seed: int) -> None:
    """Initialise a model from the seed: kernels, dropout and normalisation, independent of global random state."""
    for variable, own in zip(model.variables, drawn_seeds(seed, len(model.variables)), strict=True):
        if variable.name == "kernel":
            variable.assign(keras.initializers.GlorotUniform(own)(variable.shape))
        elif variable.name == "seed_generator_state":
            variable.assign(np.array([own, 0], np.uint32))
        else:
            is_scale = variable.name in ("gamma", "moving_variance")
            variable.assign(np.full(variable.shape, float(is_scale), np.float32))


def drawn_seeds(seed: int, n: int) -> list[int]:
    """Return `n` seeds derived from a seed."""
    return np.random.default_rng(seed).integers(2**31, size=n).tolist()


def _regulariser_network(layout: RegulariserLayout, shape: tuple[int, int, int]) -> keras.Model:
    x = inputs = keras.Input(shape)
    for pool in POOLS[layout.reads]:
        x = layers.Conv2D(layout.filters, (min(2, shape[0]), 5), padding="same", activation="relu")(x)
        x = layers.Dropout(0.25)(x)
        x = layers.MaxPooling2D((1, pool), padding="same")(x) if pool > 1 else x
    x = layers.Flatten()(x)
    for units in DENSE[layout.reads]:
        x = layers.Dropout(0.5)(layers.Dense(units * layout.filters, activation="relu")(x))
    return keras.Model(inputs, layers.Dense(layout.n_classes)(x))


def _stateless(model: keras.Model, weights: Sequence[tf.Tensor], inputs: tf.Tensor) -> tf.Tensor:
    n_trainable = len(model.trainable_variables)
    return model.stateless_call(weights[:n_trainable], weights[n_trainable:], inputs, training=False)[0]


def _chunks(array: np.ndarray, size: int) -> list[np.ndarray]:
    return [array[i : i + size] for i in range(0, len(array), size)]
