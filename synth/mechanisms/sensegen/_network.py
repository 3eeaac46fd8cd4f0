"""SenseGen's network: a stacked LSTM that predicts a mixture of Gaussians over the next patch. Imports Keras.

SenseGenNetwork   owns  the weights, the likelihood of a sequence, and sampling step by step
SenseGenTraining  owns  the data on the device, the optimiser and the compiled train step
"""

from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from synth.keras_support.layers import (
    bounded_log_scales,
    draw_from_mixture,
    glorot_uniform,
    mixture_nll,
    softened,
    split_mixture,
    static_size,
)
from synth.keras_support.training import cosine_schedule

Sequences = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]

CHUNK = 256  # sequences sampled at once: a single traced shape, however many are requested


class SenseGenNetwork:
    """Predict a sequence's style from a condition, and each patch from the previous patches, the condition and the
    style.

    The first step is given zeros and a flag, so that the distribution of the first patch is learnt like any other;
    the paper starts from a uniform number instead, which never occurs in standardised signals.

    Args:
        n_features: Numbers per patch.
        n_conditions: Length of the condition vector, which is given at every step; may be 0.
        n_style: Numbers that hold for the whole sequence, drawn first and then given at every step; may be 0.
        n_units: Cells of each LSTM layer.
        n_layers: LSTM layers.
        n_mixtures: Components of the mixture.
        extrapolation: `(n_features, n_features)`, fixed linear prediction of a patch from the previous one; the
            mixture models the residual.
        mixing: `(n_features, n_features)`, turns the whitened residual into the patch's deviation.
        limit: `(n_features,)`, sampled values hardly exceed plus and minus this (`softened`), so that one unlucky
            draw cannot derail a long series.
        temperature: Of the mixtures during sampling, > 0.
        seed: Draws the initial weights.

    References:
        Alzantot, Chakraborty, Srivastava, SenseGen, PerCom Workshops 2017, arXiv:1701.08886. Differs on purpose:
        log-sum-exp, bounded scales, patches of several samples, a condition, a style, a learnt start.
    """

    def __init__(
        self,
        *,
        n_features: int,
        n_conditions: int,
        n_style: int,
        n_units: int,
        n_layers: int,
        n_mixtures: int,
        extrapolation: np.ndarray,
        mixing: np.ndarray,
        limit: np.ndarray,
        temperature: float,
        seed: int,
    ) -> None:
        self._temperature = temperature
        self._n_features, self._n_conditions, self._n_mixtures = n_features, n_conditions, n_mixtures
        self._n_style = n_style
        self._extrapolation, self._mixing = tf.constant(extrapolation), tf.constant(mixing)
        self._limit = tf.constant(limit)
        seeds = keras.random.SeedGenerator(seed)
        orthogonal: Any = keras.initializers.Orthogonal(seed=seeds)
        self._lstms = [
            keras.layers.LSTM(
                n_units,
                return_sequences=True,
                kernel_initializer=glorot_uniform(seeds),
                recurrent_initializer=orthogonal,
            )
            for _ in range(n_layers)
        ]
        self._head = keras.layers.Dense(
            n_mixtures * (1 + 2 * n_features), kernel_initializer=glorot_uniform(seeds)
        )
        n_inputs = n_features + 1 + n_conditions + n_style
        for i, lstm in enumerate(self._lstms):
            lstm.build((None, None, n_inputs if i == 0 else n_units))
        self._head.build((None, None, n_units))
        self._styles = [
            keras.layers.Dense(n_units, activation="tanh", kernel_initializer=glorot_uniform(seeds)),
            keras.layers.Dense(n_mixtures * (1 + 2 * n_style), kernel_initializer=glorot_uniform(seeds)),
        ]
        for layer, n in zip(self._styles, (1 + n_conditions, n_units), strict=True):
            layer.build((None, n))
        self._draw = tf.function(self._draw_chunk, reduce_retracing=True)

    @property
    def variables(self) -> list[keras.Variable]:
        """The trainable weights, in a fixed order."""
        layers = [*self._lstms, self._head, *(self._styles if self._n_style else [])]
        return [v for layer in layers for v in layer.trainable_variables]

    def nll(
        self, codes: tf.Tensor, innovations: tf.Tensor, conditions: tf.Tensor, styles: tf.Tensor
    ) -> tf.Tensor:
        """Return each sequence's negative log-likelihood, in nats per number.

        Args:
            codes: `(n, patches, n_features)`, n and patches statically known.
            innovations: Same shape, the residual of each patch after the linear prediction.
            conditions: `(n, n_conditions)`.
            styles: `(n, n_style)`.

        Returns:
            `(n,)`.
        """
        n, n_patches, n_features = (static_size(codes, axis) for axis in range(3))
        previous = tf.concat([tf.zeros([n, 1, n_features]), codes[:, :-1]], axis=1)
        is_first = tf.tile(tf.one_hot([0], n_patches)[..., None], [n, 1, 1])
        repeated = tf.tile(tf.concat([conditions, styles], axis=1)[:, None], [1, n_patches, 1])
        hidden = tf.concat([previous, is_first, repeated], axis=-1)
        for lstm in self._lstms:
            hidden = lstm(hidden)
        logits, means, unbounded = split_mixture(self._head(hidden), self._n_mixtures, n_features)
        nll = tf.reduce_sum(mixture_nll(innovations, logits, means, bounded_log_scales(unbounded)), axis=1)
        if self._n_style:
            logits, means, unbounded = self._mixture_of_styles(conditions)
            nll += mixture_nll(styles, logits, means, bounded_log_scales(unbounded))
        return nll / (n_patches * n_features + self._n_style)

    def loss(
        self, codes: tf.Tensor, innovations: tf.Tensor, conditions: tf.Tensor, styles: tf.Tensor
    ) -> tf.Tensor:
        """Return the mean of `nll`, the training loss."""
        return tf.reduce_mean(self.nll(codes, innovations, conditions, styles))

    def draw(self, conditions: np.ndarray, *, n_patches: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
        """Sample one sequence for each row of `conditions`, in one compiled loop over time.

        For the same seed, a longer sample begins like a shorter one, and the first rows of a larger sample are
        those of a smaller one.

        Args:
            conditions: `(n, n_conditions)`.
            n_patches: Length, >= 1; may exceed the training length.
            seed: The only source of randomness, in [0, 2**63).

        Returns:
            Codes `(n, n_patches, n_features)` and styles `(n, n_style)`, float32.
        """
        n = len(conditions)
        padded = np.zeros((-(-n // CHUNK) * CHUNK, self._n_conditions), np.float32)
        padded[:n] = conditions
        drawn = [
            self._draw(
                tf.constant(padded[i : i + CHUNK]), tf.constant(n_patches), tf.constant([seed, i], tf.int64)
            )
            for i in range(0, len(padded), CHUNK)
        ]
        codes, styles = (
            np.concatenate([part.numpy() for part in parts])[:n] for parts in zip(*drawn, strict=True)
        )
        return codes, styles

    def _draw_chunk(
        self, conditions: tf.Tensor, n_patches: tf.Tensor, seed: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Return `(CHUNK, n_patches, n_features)` and `(CHUNK, n_style)`."""
        styles = self._draw_styles(conditions, seed)
        told = tf.concat([conditions, styles], axis=1)

        def advance(t, previous, is_first, states, written):
            hidden = tf.concat([previous, is_first, told], axis=-1)
            hidden, states = self._advance_states(hidden, states)
            parameters = split_mixture(self._head(hidden), self._n_mixtures, self._n_features)
            step_seed = _folded(seed, t)
            numbers = self._random_numbers(step_seed, self._n_features)
            innovation = draw_from_mixture(*parameters, *numbers, temperature=self._temperature)
            deviation = tf.where(is_first > 0, innovation, innovation @ self._mixing)
            drawn = previous @ self._extrapolation + deviation
            drawn = softened(drawn, self._limit)
            return t + 1, drawn, tf.zeros_like(is_first), states, written.write(t, drawn)

        states = [tuple(tf.zeros([CHUNK, lstm.units]) for _ in range(2)) for lstm in self._lstms]
        written = tf.TensorArray(tf.float32, n_patches, element_shape=[CHUNK, self._n_features])
        start = (0, tf.zeros([CHUNK, self._n_features]), tf.ones([CHUNK, 1]), states, written)
        *_, written = tf.while_loop(lambda t, *_: t < n_patches, advance, start)
        return tf.transpose(written.stack(), [1, 0, 2]), styles

    def _advance_states(self, hidden: tf.Tensor, states: list) -> tuple[tf.Tensor, list]:
        advanced = []
        for lstm, state in zip(self._lstms, states, strict=True):
            hidden, state = lstm.cell(hidden, state)
            advanced.append(tuple(state))
        return hidden, advanced

    def _draw_styles(self, conditions: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        """Return `(CHUNK, n_style)`."""
        if not self._n_style:
            return tf.zeros([CHUNK, 0])
        numbers = self._random_numbers(_folded(seed, -1), self._n_style)
        mixture = self._mixture_of_styles(conditions)
        return draw_from_mixture(*mixture, *numbers, temperature=self._temperature)

    def _mixture_of_styles(self, conditions: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        hidden, head = self._styles
        told = tf.concat([tf.ones([conditions.shape[0], 1]), conditions], axis=1)  # a layer needs some input
        return split_mixture(head(hidden(told)), self._n_mixtures, self._n_style)

    def _random_numbers(self, seed: tf.Tensor, n_features: int) -> tuple[tf.Tensor, tf.Tensor]:
        tiny = float(
            np.finfo(np.float32).tiny
        )  # the logarithm of zero would always choose the same component
        uniforms = tf.random.stateless_uniform([CHUNK, self._n_mixtures], seed, minval=tiny)
        normals = tf.random.stateless_normal([CHUNK, n_features], seed + 1)
        return uniforms, normals


class SenseGenTraining:
    """Training and validation sequences, with one compiled step for each.

    Args:
        network: The network to train.
        learnt: Epoch number (from 0) -> the training sequences of that epoch, always of the same number and length:
            codes and innovations `(n, patches, n_features)`, conditions `(n, n_conditions)`, styles `(n, n_style)`,
            float32.
        validation: Sequences of any length for the validation loss.
        batch_size: Desired sequences per batch; adjusted slightly so that few are left over.
        n_epochs: Epochs over which the learning rate decays.
        learning_rate: Initial learning rate; decays along a cosine to a twentieth.
        clip_norm: Global gradient clipping norm.
        seed: Draws the order of the sequences.
    """

    def __init__(
        self,
        network: SenseGenNetwork,
        *,
        learnt: Callable[[int], Sequences],
        validation: Sequences,
        batch_size: int,
        n_epochs: int,
        learning_rate: float,
        clip_norm: float,
        seed: int,
    ) -> None:
        self._network, self._seed = network, seed
        self._learnt = learnt
        self._validation = tuple(tf.constant(part) for part in validation)
        n = len(learnt(0)[0])
        self._n_batches = max(1, round(n / batch_size))
        self._batch_size = n // self._n_batches
        schedule = cosine_schedule(learning_rate, n_epochs * self._n_batches, final_share=0.05)
        self._optimizer = keras.optimizers.Adam(schedule, global_clipnorm=clip_norm)
        self._optimizer.build(network.variables)
        self.step = tf.function(self._step)
        self._measure = tf.function(network.nll)

    @property
    def state(self) -> list[keras.Variable]:
        """The variables that the epochs to come depend on."""
        return [*self._network.variables, *self._optimizer.variables]

    def batches(self, epoch: int) -> Iterator[tuple[tf.Tensor, ...]]:
        """Yield the batches of an epoch, in an order determined by the seed and the epoch."""
        sequences = self._learnt(epoch)
        order = np.random.default_rng([self._seed, epoch]).permutation(len(sequences[0]))
        used = order[: self._n_batches * self._batch_size]
        for indices in np.split(used, self._n_batches):
            yield tuple(tf.constant(part[indices]) for part in sequences)

    def validation_loss(self) -> float:
        """Return the mean negative log-likelihood of the validation sequences, in nats per number."""
        n, n_batches = len(self._validation[0]), -(-len(self._validation[0]) // self._batch_size)
        indices = np.arange(n_batches * self._batch_size, dtype=np.int32).clip(max=n - 1)
        batches = ([tf.gather(part, i) for part in self._validation] for i in np.split(indices, n_batches))
        losses = [self._measure(*batch).numpy() for batch in batches]
        return float(np.concatenate(losses)[:n].mean())

    def _step(self, batch: tuple[tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor]) -> dict[str, tf.Tensor]:
        variables = self._network.variables
        with tf.GradientTape() as tape:
            loss = self._network.loss(*batch)
        gradients = tape.gradient(loss, [v.value for v in variables])
        self._optimizer.apply(gradients, variables)
        return {"training loss": loss}


def _folded(seed: tf.Tensor, number: tf.Tensor | int) -> tf.Tensor:
    """Derive another seed from a seed and a number."""
    return tf.random.experimental.stateless_fold_in(seed, number)  # pyright: ignore[reportAttributeAccessIssue]  # not in the stubs
