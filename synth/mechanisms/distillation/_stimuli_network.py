"""The generator of stimuli and its training. Imports Keras.

StimulusGenerator  owns  the network that turns noise into a window of an activity
GeneratorTraining  owns  its train step: towards the activity, near the teacher's statistics, away from people
"""

from collections.abc import Iterator

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from synth.mechanisms.aae._networks import draw_weights
from synth.mechanisms.distillation._matching_network import InputOptimiser
from synth.mechanisms.distillation._teacher_network import ClassStatistics

N_A_CALL = 256  # stimuli generated at once
COARSEST = 4  # downsampling factor of the coarsest layer


class StimulusGenerator:
    """A U-Net of convolutions at three resolutions whose output is added to noise, so that it shows an activity.

    Args:
        shape: Timesteps and channels of a window.
        n_classes: Number of activities.
        filters: Of the convolutions at full resolution; the others have twice as many.
        seed: Draws the weights.
    """

    def __init__(self, shape: tuple[int, int], n_classes: int, filters: int, *, seed: int) -> None:
        n_timesteps, n_channels = shape
        noise, wanted = keras.Input(shape), keras.Input((n_classes,))
        told = layers.RepeatVector(n_timesteps)(wanted)
        x = layers.Concatenate()([noise, told])
        missing = -n_timesteps % COARSEST
        x = layers.ZeroPadding1D((0, missing))(x)  # pyright: ignore[reportArgumentType]  # Keras takes pairs, too
        passed = []
        for n_filters, stride in ((filters, 1), (2 * filters, 2), (2 * filters, 2)):
            x = _convolved(x, n_filters, 5, stride)
            passed.append(x)
        whole = layers.Concatenate()([layers.GlobalAveragePooling1D()(x), wanted])
        whole = layers.Dense(2 * filters)(layers.Dense(2 * filters, activation="leaky_relu")(whole))
        x = layers.Add()([x, layers.RepeatVector(x.shape[1])(whole)])
        for skipped in (passed[1], passed[0]):
            x = layers.Concatenate()([layers.UpSampling1D(2)(x), skipped])
            x = _convolved(x, skipped.shape[2], 3, 1)
        change = layers.Conv1D(n_channels, 5, padding="same")(x)[:, :n_timesteps]
        self.model = keras.Model([noise, wanted], noise + change)
        draw_weights(self.model, seed)
        self.n_classes = n_classes
        self._forward = tf.function(lambda *inputs: self.model(list(inputs)), reduce_retracing=True)

    @property
    def variables(self) -> list[keras.Variable]:
        """The trainable weights, in a fixed order."""
        return self.model.trainable_variables

    def wanted(self, codes: np.ndarray) -> np.ndarray:
        """Return the one-hot condition, `(n, n_classes)` float32."""
        return np.eye(self.n_classes, dtype=np.float32)[codes]

    def draw(self, noise: np.ndarray, codes: np.ndarray) -> np.ndarray:
        """Turn noise `(n, timesteps, channels)` into standardised windows of the same shape."""
        parts = [
            self._forward(
                *map(tf.constant, (noise[i : i + N_A_CALL], self.wanted(codes[i : i + N_A_CALL])))
            ).numpy()
            for i in range(0, len(noise), N_A_CALL)
        ]
        return np.concatenate(parts)


class GeneratorTraining:
    """Training of the generator until a teacher is certain of its stimuli.

    Args:
        generator: The network to train.
        matching: Computes the loss of groups of stimuli.
        memory: The statistics of each activity, from whose spectrum noise is drawn.
        thresholds: Range of the probabilities above which a stimulus is optimised no further.
        learning_rate: Of Adam.
        groups: Activities per step, each with the same number of stimuli.
        side_by_side: Stimuli per activity.
        seed: Draws noise and thresholds.

    Attributes:
        loss: Of the last step.
    """

    loss = float("nan")

    def __init__(
        self,
        generator: StimulusGenerator,
        matching: InputOptimiser,
        memory: ClassStatistics,
        *,
        thresholds: tuple[float, float],
        learning_rate: float,
        groups: int,
        side_by_side: int,
        seed: int,
    ) -> None:
        self._generator, self._matching, self._memory = generator, matching, memory
        self._thresholds, self._groups, self._side_by_side = thresholds, groups, side_by_side
        self._seed, self._n_timesteps = seed, generator.model.output_shape[1]
        self._optimizer = keras.optimizers.Adam(learning_rate)
        self._optimizer.build(generator.variables)
        self._compiled = tf.function(self._step)

    @property
    def state(self) -> list[keras.Variable]:
        """The variables that the epochs to come depend on."""
        return [*self._generator.model.variables, *self._optimizer.variables]

    def batches(self, epoch: int) -> Iterator[tuple[tf.Tensor, ...]]:
        """Yield the activities in groups; an activity may occur twice so that all groups have the same size."""
        rng = np.random.default_rng([self._seed, epoch])
        n = self._generator.n_classes
        order = np.resize(rng.permutation(n), -(-n // self._groups) * self._groups)
        for groups in np.split(order, len(order) // self._groups):
            codes = np.repeat(groups, self._side_by_side)
            until = rng.uniform(*self._thresholds, size=(len(groups), self._side_by_side)).astype(np.float32)
            noise = self._memory.noise(groups, self._side_by_side, self._n_timesteps, rng)
            yield tuple(tf.constant(part) for part in (noise, self._generator.wanted(codes), until, groups))

    def step(self, batch: tuple[tf.Tensor, ...]) -> dict[str, float]:
        """Train on one batch and return its loss."""
        self.loss = float(self._compiled(*batch))
        return {"training loss": self.loss}

    def _step(self, noise: tf.Tensor, wanted: tf.Tensor, until: tf.Tensor, groups: tf.Tensor) -> tf.Tensor:
        variables = self._generator.variables
        with tf.GradientTape() as tape:
            flat = tf.reshape(noise, [-1, *noise.shape[2:]])
            stimuli = self._generator.model([flat, wanted], training=True)
            losses = self._matching.losses(tf.reshape(stimuli, noise.shape), groups, until)
            loss = tf.reduce_mean(losses)
        self._optimizer.apply(tape.gradient(loss, [v.value for v in variables]), variables)
        return loss


def _convolved(x: tf.Tensor, filters: int, width: int, stride: int) -> tf.Tensor:
    return layers.Conv1D(filters, width, strides=stride, padding="same", activation="leaky_relu")(x)
