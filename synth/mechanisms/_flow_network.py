"""Flow's network: it carries noise, step by step, to numbers such as real windows have.

FlowNetwork  owns  the weights, and drawing
Training     owns  the data on the device, the optimiser, the averaged weights and the compiled train step
"""

from collections.abc import Iterator, Sequence

import keras
import numpy as np
import tensorflow as tf

CHUNK = 512  # rows drawn at once: one traced shape, whatever number is asked for
N_WAVES = 12  # sines and cosines each that tell the network how far it is
AVERAGING = 0.998  # weight of what was averaged before, at every step
QUARTER = np.float32(np.pi / 2)

Batch = tuple[tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor]


class FlowNetwork:
    """Says in which direction a mixture of noise and numbers has to move to become numbers.

    At angle 0 a row is noise, at a quarter turn it is a window's numbers: `cos * noise + sin * numbers`. Where
    numbers are Gaussian the best direction is known; the network learns only what differs from that, in units of
    what is left to know. Untaught it draws Gaussian numbers of each activity's own variances.

    Args:
        n_units: Width of the hidden layers.
        n_blocks: Hidden layers, each added to what was before.
        variances: `(activities, numbers)` of the numbers of each activity.
        seed: Draws the initial weights.

    References:
        Lipman et al., Flow matching for generative modeling, ICLR 2023. Albergo and Vanden-Eijnden, Building
        normalizing flows with stochastic interpolants, ICLR 2023 (the quarter turn). Karras et al., Elucidating the
        design space of diffusion-based generative models, NeurIPS 2022 (Heun's method, learning the residual).
    """

    def __init__(self, *, n_units: int, n_blocks: int, variances: np.ndarray, seed: int) -> None:
        n_activities, n_numbers = variances.shape
        self._variances = tf.constant(variances)
        self._frequencies = tf.constant(np.pi * np.geomspace(0.5, 8, N_WAVES), tf.float32)
        seeds = iter(np.random.default_rng(seed).integers(2**31, size=3 + 3 * n_blocks).tolist())

        def dense(n_inputs: int, n_outputs: int, scale: float) -> keras.layers.Dense:
            # Untaught outputs are small but not zero: zeros would keep the layers before them from learning.
            kernel = keras.initializers.VarianceScaling(scale, seed=next(seeds))
            layer = keras.layers.Dense(n_outputs, kernel_initializer=kernel)
            layer.build((None, n_inputs))
            return layer

        self._told = dense(2 * N_WAVES + n_activities, n_units, 2.0)
        self._read = dense(n_numbers, n_units, 1.0)
        self._blocks = [
            (dense(n_units, 2 * n_units, 1e-4), dense(n_units, n_units, 2.0), dense(n_units, n_units, 0.1))
            for _ in range(n_blocks)
        ]
        self._write = dense(n_units, n_numbers, 1e-4)
        self._compiled = tf.function(self.velocity)

    @property
    def variables(self) -> list[keras.Variable]:
        layers = [self._told, self._read, *(layer for block in self._blocks for layer in block), self._write]
        return [variable for layer in layers for variable in layer.trainable_variables]

    def velocity(self, mixed: tf.Tensor, angles: tf.Tensor, codes: tf.Tensor) -> tf.Tensor:
        """Return how mixtures move with their angle.

        Args:
            mixed: `(n, numbers)`.
            angles: `(n, 1)` in [0, pi / 2).
            codes: `(n,)` int32 activities.

        Returns:
            `(n, numbers)`.
        """
        cos, sin = tf.cos(angles), tf.sin(angles)
        variances = tf.gather(self._variances, codes)
        spread = sin**2 * variances + cos**2
        known = cos * sin * (variances - 1) / spread * mixed
        return known + tf.sqrt(variances / spread) * self._unknown(
            mixed * tf.math.rsqrt(spread), angles, codes
        )

    def draw(self, codes: np.ndarray, *, n_steps: int, rng: np.random.Generator) -> np.ndarray:
        """Draw numbers for each activity by Heun's method along the arc; `(n, numbers)` float32.

        Args:
            codes: `(n,)` int.
            n_steps: Steps, two looks at the network each.
            rng: Draws the noise; the first rows of a larger draw are the same.
        """
        n_numbers, drawn = self._variances.shape[1], []
        for i in range(0, len(codes), CHUNK):
            part = np.zeros(CHUNK, np.int32)
            part[: len(codes[i : i + CHUNK])] = codes[i : i + CHUNK]
            drawn.append(self._carry(part, rng.standard_normal((CHUNK, n_numbers)), n_steps))
        return np.concatenate(drawn)[: len(codes)]

    def _carry(self, codes: np.ndarray, noise: np.ndarray, n_steps: int) -> np.ndarray:
        told, mixed = tf.constant(codes), noise.astype(np.float32)
        step = QUARTER / n_steps
        cos, sin = np.cos(step), np.sin(step)
        for k in range(n_steps):
            here = self._looked_up(mixed, k * step, told)
            ahead = cos * mixed + sin * here
            if k < n_steps - 1:  # at the end there is nothing left to know
                there = self._looked_up(ahead, (k + 1) * step, told)
                ahead = cos * mixed + sin * (here + sin * ahead + cos * there) / 2
            mixed = ahead
        return mixed

    def _looked_up(self, mixed: np.ndarray, angle: float, codes: tf.Tensor) -> np.ndarray:
        return self._compiled(tf.constant(mixed), tf.fill([CHUNK, 1], np.float32(angle)), codes).numpy()

    def _unknown(self, scaled: tf.Tensor, angles: tf.Tensor, codes: tf.Tensor) -> tf.Tensor:
        turns = angles * self._frequencies
        activity = tf.one_hot(codes, self._variances.shape[0])
        told = tf.nn.relu(self._told(tf.concat([tf.sin(turns), tf.cos(turns), activity], axis=1)))
        hidden = self._read(scaled)
        for change, widen, narrow in self._blocks:
            scale, shift = tf.split(change(told), 2, axis=1)
            hidden += narrow(tf.nn.relu(widen(_levelled(hidden) * (1 + scale) + shift)))
        return self._write(_levelled(hidden))


class Training:
    """Numbers of real windows, and one compiled step that learns from them.

    Args:
        taught: The network whose weights are changed at every step.
        averaged: Another of the same sizes; it gets the average of the weights of the last steps.
        learnt: Numbers `(n, numbers)` float32 of several cuts of the same windows, one cut an epoch in turn.
        codes: For each cut, `(n,)` activities.
        chances: For each cut, `(n,)` how often each row is looked at, adding up to 1.
        measured: Numbers and activities of held-out windows.
        batch_size: Rows a step, at most n.
        n_epochs: Epochs over which the learning rate falls.
        learning_rate: The highest.
        seed: Draws batches, noise and angles.
    """

    def __init__(
        self,
        taught: FlowNetwork,
        averaged: FlowNetwork,
        *,
        learnt: Sequence[np.ndarray],
        codes: Sequence[np.ndarray],
        chances: Sequence[np.ndarray],
        measured: tuple[np.ndarray, np.ndarray],
        batch_size: int,
        n_epochs: int,
        learning_rate: float,
        seed: int,
    ) -> None:
        self._taught, self._averaged, self._seed = taught, averaged, seed
        self._learnt, self._codes, self._chances = learnt, codes, chances
        self._batch_size = min(batch_size, len(learnt[0]))
        self._n_batches = max(1, round(len(learnt[0]) / self._batch_size))
        n_steps = n_epochs * self._n_batches
        warm_up = max(1, n_steps // 20)
        rate = keras.optimizers.schedules.CosineDecay(
            learning_rate / 20,
            decay_steps=max(1, n_steps - warm_up),
            alpha=0.01,
            warmup_target=learning_rate,
            warmup_steps=warm_up,
        )
        self._optimizer = keras.optimizers.Adam(rate, beta_2=0.99, global_clipnorm=1.0)
        self._optimizer.build(taught.variables)
        for average, variable in zip(averaged.variables, taught.variables, strict=True):
            average.assign(variable)
        self._step = tf.function(self._one_step)
        self._loss = tf.function(self._loss_of)
        self._held_out = self._mixed(*measured, np.random.default_rng([seed, 0]))

    def batches(self, epoch: int) -> Iterator[Batch]:
        """Yield the batches of an epoch, a pure function of the seed."""
        rng, cut = np.random.default_rng([self._seed, 1, epoch]), epoch % len(self._learnt)
        for _ in range(self._n_batches):
            rows = rng.choice(len(self._learnt[cut]), self._batch_size, p=self._chances[cut])
            yield self._mixed(self._learnt[cut][rows], self._codes[cut][rows], rng)

    def step(self, batch: Batch) -> dict[str, tf.Tensor]:
        """Learn from one batch and return its loss."""
        return {"training loss": self._step(*batch)}

    def held_out_loss(self) -> float:
        """Return the loss of the averaged network on held-out windows, the same mixtures every time."""
        return float(self._loss(*self._held_out))

    def _mixed(self, numbers: np.ndarray, codes: np.ndarray, rng: np.random.Generator) -> Batch:
        """Return mixtures, how they move, angles and activities."""
        noise = rng.standard_normal(numbers.shape, dtype=np.float32)
        angles = QUARTER * rng.random((len(numbers), 1), dtype=np.float32)
        cos, sin = np.cos(angles), np.sin(angles)
        arrays = cos * noise + sin * numbers, cos * numbers - sin * noise, angles, codes.astype(np.int32)
        return tuple(tf.constant(array) for array in arrays)

    def _loss_of(self, mixed: tf.Tensor, moves: tf.Tensor, angles: tf.Tensor, codes: tf.Tensor) -> tf.Tensor:
        return tf.reduce_mean((self._averaged.velocity(mixed, angles, codes) - moves) ** 2)

    def _one_step(self, mixed: tf.Tensor, moves: tf.Tensor, angles: tf.Tensor, codes: tf.Tensor) -> tf.Tensor:
        variables = self._taught.variables
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((self._taught.velocity(mixed, angles, codes) - moves) ** 2)
        gradients = tape.gradient(loss, [v.value for v in variables])
        self._optimizer.apply(gradients, variables)
        for average, variable in zip(self._averaged.variables, variables, strict=True):
            average.assign(AVERAGING * average + (1 - AVERAGING) * variable)
        return loss


def _levelled(hidden: tf.Tensor) -> tf.Tensor:
    """Bring each row to a mean square of 1."""
    return hidden * tf.math.rsqrt(tf.reduce_mean(hidden**2, axis=1, keepdims=True) + 1e-5)
