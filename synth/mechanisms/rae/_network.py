"""The network of the replacement autoencoder, and its training. Imports Keras.

ReplacementNetwork   owns  the layers: windows to codes and codes to windows
ReplacementTraining  owns  pairs of windows on the device, the optimiser and the compiled step
"""

from collections.abc import Callable, Iterator

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from synth.keras_support.layers import glorot_uniform

Pairs = tuple[np.ndarray, np.ndarray]

N_A_CALL = 512  # windows processed at once: a single traced shape, however many are requested
NARROWINGS = (2, 8, 16)


class ReplacementNetwork:
    """Dense layers that narrow to a sixteenth and widen again.

    Args:
        n_values: Numbers per window, d.
        width: Units of the first layer; the others have 1/2, 1/8, 1/16, 1/8 and 1/2 of them. As published if it
            equals d.
        seed: Draws the initial weights.

    References:
        Malekzadeh, Clegg and Haddadi, Replacement AutoEncoder, IoTDI 2018, arXiv:1710.06564.
    """

    def __init__(self, n_values: int, width: int, *, seed: int) -> None:
        half, eighth, sixteenth = (max(1, width // narrowing) for narrowing in NARROWINGS)
        shape = [
            *((n_values, width, "linear"), (width, half, "selu"), (half, eighth, "selu")),
            *((eighth, sixteenth, "selu"), (sixteenth, eighth, "selu"), (eighth, half, "selu")),
            (half, n_values, "linear"),
        ]
        seeds = np.random.default_rng(seed).integers(2**31, size=len(shape)).tolist()
        self._layers = [
            _dense(n_inputs, n_units, activation, own)
            for (n_inputs, n_units, activation), own in zip(shape, seeds, strict=True)
        ]
        self._to_codes = tf.function(lambda windows: _through(self._layers[:4], windows))
        self._to_windows = tf.function(lambda codes: _through(self._layers[4:], codes))

    @property
    def variables(self) -> list[keras.Variable]:
        """The trainable weights, in a fixed order."""
        return [v for layer in self._layers for v in layer.trainable_variables]

    def __call__(self, windows: tf.Tensor) -> tf.Tensor:
        """Apply all layers to `(n, n_values)`."""
        return _through(self._layers, windows)

    def encode(self, windows: np.ndarray) -> np.ndarray:
        """Return `(n, n_codes)` of `(n, n_values)`."""
        return _in_pieces(self._to_codes, windows)

    def decode(self, codes: np.ndarray) -> np.ndarray:
        """Return `(n, n_values)` of `(n, n_codes)`."""
        return _in_pieces(self._to_windows, codes)


class ReplacementTraining:
    """Windows and their targets, with one compiled step.

    Args:
        network: The network to train.
        learnt: Epoch number (from 0) -> inputs and targets of that epoch, `(n, n_values)`.
        validation: Inputs and targets for the validation loss.
        batch_size: Most pairs per step.
        learning_rate: Of Adam.
        seed: Draws the order of the pairs.
    """

    def __init__(
        self,
        network: ReplacementNetwork,
        *,
        learnt: Callable[[int], Pairs],
        validation: Pairs,
        batch_size: int,
        learning_rate: float,
        seed: int,
    ) -> None:
        self._network, self._learnt, self._seed = network, learnt, seed
        self._validation = [tf.constant(part) for part in validation]
        self._batch_size = min(batch_size, len(learnt(0)[0]))
        self._optimizer = keras.optimizers.Adam(learning_rate)
        self._optimizer.build(network.variables)
        self.step = tf.function(self._step)
        self._measure = tf.function(self._error)

    @property
    def state(self) -> list[keras.Variable]:
        """The variables that the epochs to come depend on."""
        return [*self._network.variables, *self._optimizer.variables]

    def batches(self, epoch: int) -> Iterator[tuple[tf.Tensor, tf.Tensor]]:
        """Yield full batches, in a different order in every epoch."""
        inputs, targets = self._learnt(epoch)
        order = np.random.default_rng([self._seed, epoch]).permutation(len(inputs))
        for i in range(0, len(order) - self._batch_size + 1, self._batch_size):
            batch = order[i : i + self._batch_size]
            yield tf.constant(inputs[batch]), tf.constant(targets[batch])

    def validation_loss(self) -> float:
        """Return the mean squared error of the validation pairs."""
        return float(self._measure(*self._validation))

    def _error(self, inputs: tf.Tensor, targets: tf.Tensor) -> tf.Tensor:
        return tf.reduce_mean((self._network(inputs) - targets) ** 2)

    def _step(self, batch: tuple[tf.Tensor, tf.Tensor]) -> dict[str, tf.Tensor]:
        variables = self._network.variables
        with tf.GradientTape() as tape:
            loss = self._error(*batch)
        gradients = tape.gradient(loss, [v.value for v in variables])
        self._optimizer.apply(gradients, variables)
        return {"training loss": loss}


def _dense(n_inputs: int, n_units: int, activation: str, seed: int) -> layers.Dense:
    layer = layers.Dense(n_units, activation, kernel_initializer=glorot_uniform(seed))
    layer.build((None, n_inputs))
    return layer


def _through(some_layers: list[layers.Dense], values: tf.Tensor) -> tf.Tensor:
    for layer in some_layers:
        values = layer(values)
    return values


def _in_pieces(function: tf.function, rows: np.ndarray) -> np.ndarray:
    n = len(rows)
    padded = np.zeros((-(-n // N_A_CALL) * N_A_CALL, rows.shape[1]), np.float32)
    padded[:n] = rows
    pieces = [
        function(tf.constant(padded[i : i + N_A_CALL])).numpy() for i in range(0, len(padded), N_A_CALL)
    ]
    return np.concatenate(pieces)[:n]
