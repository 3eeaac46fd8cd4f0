"""PhysioGAN's networks: encoder, decoder and discriminator. Imports Keras.

Decoder                owns  generation, step by step; all that a release needs
Encoder                owns  the latent code of each window
ActivityDiscriminator  owns  the class of a window: its activity, or generated

References:
    Alzantot, Garcia, Srivastava, PhysioGAN, 2022, arXiv:2204.13597, and its code.
"""

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from synth.keras_support.layers import glorot_uniform, softened

CHUNK = 256  # windows generated at once: a single traced shape, however many are requested
N_TOLD = 6  # numbers that embed the code, and the activity, at every step, as published
ENCODER_UNITS = 128
LARGEST_LOG_VARIANCE = 8.0


class Gru:
    """A gated recurrent unit, written out because Keras' layers take many times as long to compile.

    Args:
        n_inputs: Inputs per step.
        n_units: Size of the state.
        seeds: Draw the initial weights.

    References:
        Cho et al., EMNLP 2014; the reset gate acts after the product, as in cuDNN.
    """

    def __init__(self, n_inputs: int, n_units: int, seeds: keras.random.SeedGenerator) -> None:
        uniform, orthogonal = glorot_uniform(seeds), keras.initializers.Orthogonal(seed=seeds)
        self.kernel = keras.Variable(uniform((n_inputs, 3 * n_units)), name="kernel")
        self.recurrent = keras.Variable(orthogonal((n_units, 3 * n_units)), name="recurrent")
        self.bias = keras.Variable(np.zeros(3 * n_units, np.float32), name="bias")
        self.recurrent_bias = keras.Variable(np.zeros(3 * n_units, np.float32), name="recurrent_bias")

    @property
    def trainable_variables(self) -> list[keras.Variable]:
        """The weights, in a fixed order."""
        return [self.kernel, self.recurrent, self.bias, self.recurrent_bias]

    def read(self, inputs: tf.Tensor) -> tf.Tensor:
        """Return the contribution of inputs `(..., n_inputs)` to the gates, `(..., 3 * n_units)`."""
        return inputs @ self.kernel.value + self.bias.value

    def advance(self, read: tf.Tensor, state: tf.Tensor) -> tf.Tensor:
        """Return the next state `(n, n_units)` from gate inputs `(n, 3 * n_units)` and the previous state."""
        kept, reset, new = tf.split(read, 3, axis=1)
        kept_too, reset_too, new_too = tf.split(
            state @ self.recurrent.value + self.recurrent_bias.value, 3, axis=1
        )
        keep = tf.sigmoid(kept + kept_too)
        return keep * state + (1 - keep) * tf.tanh(new + tf.sigmoid(reset + reset_too) * new_too)


class Decoder:
    """Generate windows patch by patch from a latent code and an activity.

    The initial states are computed from the code of the same window; the published code mixes them across the batch
    (it reshapes to layers first).

    Args:
        n_features: Numbers per patch.
        n_activities: Number of activities.
        n_units: Of each GRU layer.
        n_layers: GRU layers.
        code_size: Size of the latent code.
        limit: `(n_features,)`, generated values hardly exceed plus and minus this (`softened`).
        seed: Draws the initial weights.
    """

    def __init__(
        self,
        *,
        n_features: int,
        n_activities: int,
        n_units: int,
        n_layers: int,
        code_size: int,
        limit: np.ndarray,
        seed: int,
    ) -> None:
        self.n_features, self.n_activities, self.code_size = n_features, n_activities, code_size
        self._limit = tf.constant(limit)
        seeds = keras.random.SeedGenerator(seed)
        n_inputs = 2 * N_TOLD + n_features
        self._cells = [Gru(n_units if i else n_inputs, n_units, seeds) for i in range(n_layers)]
        self._first_states = _dense(n_layers * n_units, seeds, activation="tanh")
        self._told_code = _dense(N_TOLD, seeds)
        self._told_activity = _dense(N_TOLD, seeds, use_bias=False)
        self._patch = _dense(n_features, seeds)
        self._first_states.build((None, code_size))
        self._told_code.build((None, code_size))
        self._told_activity.build((None, n_activities))
        self._patch.build((None, n_units))
        self._draw = tf.function(self.write, autograph=False, reduce_retracing=True)

    @property
    def variables(self) -> list[keras.Variable]:
        """The weights, in a fixed order."""
        parts = (*self._cells, self._first_states, self._told_code, self._told_activity, self._patch)
        return [v for part in parts for v in part.trainable_variables]

    def write(
        self,
        codes: tf.Tensor,
        activities: tf.Tensor,
        n_patches: tf.Tensor | int,
        shown: tf.Tensor | None = None,
    ) -> tf.Tensor:
        """Generate one window for each code, in one loop over time.

        Args:
            codes: `(n, code_size)`.
            activities: `(n,)` int.
            n_patches: Length, >= 1.
            shown: `(m, n_patches, n_features)`, m <= n: the first m windows continue from these patches instead of
                their own (teacher forcing).

        Returns:
            `(n, n_patches, n_features)`.
        """
        n = tf.shape(codes)[0]
        one_hot = tf.one_hot(activities, self.n_activities)
        told = tf.concat([self._told_code(codes), self._told_activity(one_hot)], axis=1)
        states = tuple(tf.split(self._first_states(codes), len(self._cells), axis=1))

        def advance(t, previous, states, written):
            hidden, advanced = tf.concat([told, previous], axis=1), []
            for cell, state in zip(self._cells, states, strict=True):
                hidden = cell.advance(cell.read(hidden), state)
                advanced.append(hidden)
            patch = softened(self._patch(hidden), self._limit)
            following = (
                patch if shown is None else tf.concat([shown[:, t], patch[tf.shape(shown)[0] :]], axis=0)
            )
            return t + 1, following, tuple(advanced), written.write(t, patch)

        written = tf.TensorArray(tf.float32, n_patches, element_shape=[None, self.n_features])
        start = (0, tf.zeros([n, self.n_features]), states, written)
        *_, written = tf.while_loop(lambda t, *_: t < n_patches, advance, start)
        return tf.transpose(written.stack(), [1, 0, 2])

    def draw(self, codes: np.ndarray, activities: np.ndarray, *, n_patches: int) -> np.ndarray:
        """Generate any number of windows, `CHUNK` at a time; `(n, n_patches, n_features)` float32."""
        n = len(codes)
        n_padded = -(-n // CHUNK) * CHUNK
        codes = np.concatenate([codes, np.zeros((n_padded - n, self.code_size))]).astype(np.float32)
        activities = np.concatenate([activities, np.zeros(n_padded - n)]).astype(np.int32)
        parts = [
            self._draw(*map(tf.constant, (codes[i : i + CHUNK], activities[i : i + CHUNK], n_patches)))
            for i in range(0, n_padded, CHUNK)
        ]
        return np.concatenate([part.numpy() for part in parts])[:n]


class Encoder:
    """Read a window in both directions and return the distribution of its latent code; the activity is not an input.

    Args:
        n_features: Numbers per patch.
        n_units: Per direction.
        code_size: Size of the latent code.
        seed: Draws the initial weights.
    """

    def __init__(self, *, n_features: int, n_units: int, code_size: int, seed: int) -> None:
        seeds = keras.random.SeedGenerator(seed)
        self._n_units = n_units
        self._forwards, self._backwards = (Gru(n_features, n_units, seeds) for _ in range(2))
        self._mean, self._log_variance = (_dense(code_size, seeds) for _ in range(2))
        for head in (self._mean, self._log_variance):
            head.build((None, 2 * n_units))
        self.encode = tf.function(self.read, autograph=False, reduce_retracing=True)

    @property
    def variables(self) -> list[keras.Variable]:
        """The weights, in a fixed order."""
        parts = (self._forwards, self._backwards, self._mean, self._log_variance)
        return [v for part in parts for v in part.trainable_variables]

    def read(self, sequences: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Return means and log-variances of the latent codes, `(n, code_size)` each."""
        n_patches = tf.shape(sequences)[1]
        there = self._forwards.read(sequences)
        back = tf.reverse(self._backwards.read(sequences), [1])

        def advance(t, forwards, backwards):
            return (
                t + 1,
                self._forwards.advance(there[:, t], forwards),
                self._backwards.advance(back[:, t], backwards),
            )

        start = tf.zeros([tf.shape(sequences)[0], self._n_units])
        _, *ends = tf.while_loop(lambda t, *_: t < n_patches, advance, (0, start, start))
        hidden = tf.concat(ends, axis=1)
        log_variance = tf.clip_by_value(
            self._log_variance(hidden), -LARGEST_LOG_VARIANCE, LARGEST_LOG_VARIANCE
        )
        return self._mean(hidden), log_variance


class ActivityDiscriminator:
    """Three convolutions with a stride of three, and one class more than there are activities.

    Args:
        basis: `(patch_length * n_channels, n_features)`, turns patches into samples of all channels.
        n_channels: Number of channels.
        n_patches: Patches per window.
        n_activities: Number of activities; the additional class is for generated windows.
        n_filters: Of each convolution.
        seed: Draws the initial weights.
    """

    def __init__(
        self,
        *,
        basis: np.ndarray,
        n_channels: int,
        n_patches: int,
        n_activities: int,
        n_filters: int,
        seed: int,
    ) -> None:
        self._basis, self._n_channels = tf.constant(basis), n_channels
        seeds = keras.random.SeedGenerator(seed)
        self._convolutions = keras.Sequential(
            [
                layers.Conv1D(
                    n_filters,
                    3,
                    3,
                    padding="same",
                    activation="relu",
                    kernel_initializer=glorot_uniform(seeds),
                )
                for _ in range(3)
            ]
            + [layers.Flatten()]
        )
        self._convolutions.build((None, n_patches * (len(basis) // n_channels), n_channels))
        self._head = _dense(n_activities + 1, seeds)
        self._head.build(self._convolutions.output_shape)

    @property
    def variables(self) -> list[keras.Variable]:
        """The weights, in a fixed order."""
        return [*self._convolutions.trainable_variables, *self._head.trainable_variables]

    def judge(self, sequences: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Return logits `(n, n_activities + 1)`, and the features of the last convolution."""
        flat = sequences @ tf.transpose(self._basis)
        samples = tf.reshape(flat, [tf.shape(flat)[0], -1, self._n_channels])
        features = self._convolutions(samples)
        return self._head(features), features


def _dense(n: int, seeds: keras.random.SeedGenerator, **changes) -> layers.Dense:
    return layers.Dense(n, kernel_initializer=glorot_uniform(seeds), **changes)
