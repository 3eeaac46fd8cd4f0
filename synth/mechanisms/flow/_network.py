"""Flow's network, which predicts the velocity from noise to encoded windows. Imports Keras.

FlowNetwork   owns  the weights, and sampling
FlowTraining  owns  the data, the optimiser, the averaged weights and the compiled train step

A U-Net over time with three resolutions, each half as fine, and skip connections:

samples ----block-------------------------------+--block---- samples
    half -------block-----------------------+--block----
        quarter -----blocks, attention, block---------- quarter; the whole window: mean of these
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from synth.keras_support.layers import static_size
from synth.keras_support.training import cosine_schedule
from synth.mechanisms.flow.window_code import CodeLayout
from synth.mechanisms.representations.augmentation import MAX_WINDOWS_PER_EPOCH

CHUNK = 256  # rows sampled at once: a single traced shape, however many are requested
N_WAVES = 16  # sines, and as many cosines, that embed the angle
AVERAGING = 0.998  # decay of the exponential moving average of the weights
QUARTER = np.float32(np.pi / 2)
ANGLES_SPREAD = 1.2  # standard deviation of the logit of training angles: the middle more often than the ends
N_HEADS = 4
CLIP_NORM = 1.0  # gradient clipping norm; with differential privacy, of one person's gradient
NO_ACTIVITY = -1  # code of a dropped activity label
LABEL_DROPOUT = 0.1  # share of training windows without a label, for classifier-free guidance
MAX_VALIDATION = 1000  # validation windows
# Weights of the parts of a window in the loss. After movement, artefacts in the coarsest detail show most.
MOVEMENT, COARSEST_LINES, FINER_LINES, LOUDNESS, LEVEL = 1.0, 0.6, 0.25, 0.25, 0.25

Batch = tuple[tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor]


class FlowNetwork:
    """Predict the velocity that carries a mixture of noise and numbers to an encoded window.

    At angle 0 a row is noise, at a quarter turn it is an encoded window: `cos * noise + sin * numbers`. Before
    training it does not move rows, and generates plain Gaussian noise.

    Args:
        layout: Layout of an encoded window.
        n_activities: Number of activities.
        n_units: Width at the finest of three resolutions; 1.5 and 2 times that at the others.
        n_blocks: Blocks at the coarsest resolution.
        seed: Draws the initial weights.

    References:
        Lipman et al., Flow matching for generative modeling, ICLR 2023. Albergo and Vanden-Eijnden, Building
        normalizing flows with stochastic interpolants, ICLR 2023 (the quarter turn). Ronneberger, Fischer and Brox,
        U-Net, MICCAI 2015. Esser et al., Scaling rectified flow transformers, ICML 2024 (distribution of training
        angles). Lu et al., DPM-Solver++, 2022 (sampling in few steps). Ho and Salimans, Classifier-free diffusion
        guidance, 2022.
    """

    def __init__(
        self, *, layout: CodeLayout, n_activities: int, n_units: int, n_blocks: int, seed: int
    ) -> None:
        self._layout, self._n_activities = layout, n_activities
        self._frequencies = tf.constant(np.pi * np.geomspace(0.5, 16, N_WAVES), tf.float32)
        build = _Builder(seed, n_told=2 * n_units)
        fine, half, coarse = n_units, 3 * n_units // 2, -(-2 * n_units // N_HEADS) * N_HEADS
        _, n_features = layout.shape
        _, n_loud = layout.loudness
        self._told = [
            build.dense(2 * N_WAVES + n_activities, build.n_told),
            build.dense(build.n_told, build.n_told),
        ]
        self._read_level = build.dense(layout.n_channels, build.n_told)
        self._read = build.convolution(n_features, fine)
        self._down = [(build.block(fine), build.convolution(fine, half, stride=2))]
        self._down.append((build.block(half), build.convolution(half, coarse, stride=2)))
        self._read_loudness = build.dense(n_loud, coarse) if n_loud else None
        self._middle = [build.block(coarse) for _ in range(n_blocks)]
        self._attention = build.dense(coarse, 3 * coarse, bias=False), build.dense(coarse, coarse, scale=0.1)
        self._last = build.block(coarse)
        self._write_loudness = build.dense(coarse, n_loud, scale=1e-4) if n_loud else None
        self._write_level = build.dense(coarse + build.n_told, layout.n_channels, scale=1e-4)
        self._up = [(build.convolution(coarse, half), build.block(half))]
        self._up.append((build.convolution(half, fine), build.block(fine)))
        self._write = build.dense(fine, n_features, scale=1e-4)
        self._layers = build.layers
        self._compiled = tf.function(self.velocity)

    @property
    def variables(self) -> list[keras.Variable]:
        """The trainable weights, in a fixed order."""
        return [variable for layer in self._layers for variable in layer.trainable_variables]

    def velocity(self, mixed: tf.Tensor, angles: tf.Tensor, codes: tf.Tensor) -> tf.Tensor:
        """Return the derivative of mixtures with respect to the angle.

        Args:
            mixed: `(n, numbers)`.
            angles: `(n, 1)` in [0, pi / 2).
            codes: `(n,)` int32 activity codes, `NO_ACTIVITY` where the label is dropped.

        Returns:
            `(n, numbers)`.
        """
        shapes, loudness, level = tf.split(mixed, self._layout.sizes, axis=1)
        turns = angles / QUARTER * self._frequencies
        told = tf.concat([tf.sin(turns), tf.cos(turns), tf.one_hot(codes, self._n_activities)], axis=1)
        for layer in self._told:
            told = tf.nn.silu(layer(told))
        told += self._read_level(level)
        hidden = self._read(tf.reshape(shapes, [-1, *self._layout.shape]))
        kept = []
        for block, halve in self._down:
            hidden = block(hidden, told)
            kept.append(hidden)
            hidden = halve(hidden)
        if self._read_loudness is not None:
            hidden += self._read_loudness(tf.reshape(loudness, [-1, *self._layout.loudness]))
        for block in self._middle:
            hidden = block(hidden, told)
        hidden = self._last(_attend(hidden, *self._attention), told)
        seen = _levelled(hidden)
        if self._write_loudness is not None:
            loudness = tf.reshape(self._write_loudness(seen), [-1, self._layout.sizes[1]])
        level = self._write_level(tf.concat([tf.reduce_mean(seen, axis=1), told], axis=1))
        for narrow, block in self._up:
            before = kept.pop()
            hidden = block(tf.repeat(narrow(hidden), 2, axis=1)[:, : before.shape[1]] + before, told)
        shapes = tf.reshape(self._write(_levelled(hidden)), [-1, self._layout.sizes[0]])
        return tf.concat([shapes, loudness, level], axis=1)

    def loss(self, mixed: tf.Tensor, moves: tf.Tensor, angles: tf.Tensor, codes: tf.Tensor) -> tf.Tensor:
        """Return the weighted mean squared error of the velocity."""
        errors = (self.velocity(mixed, angles, codes) - moves) ** 2
        shapes, *others = tf.split(errors, self._layout.sizes, axis=1)
        n = self._layout.n_channels
        shapes = tf.reshape(shapes, [-1, *self._layout.shape])
        parts = [shapes[:, :, :n], shapes[:, :, n : 2 * n], shapes[:, :, 2 * n :], *others]
        weights = MOVEMENT, COARSEST_LINES, FINER_LINES, LOUDNESS, LEVEL
        there = [(weight, part) for weight, part in zip(weights, parts, strict=True) if 0 not in part.shape]
        total = sum(weight for weight, _ in there)
        terms = [weight / total * tf.reduce_mean(part) for weight, part in there]
        return sum(terms[1:], terms[0])

    def draw(
        self, codes: np.ndarray, *, n_steps: int, guidance: float, rng: np.random.Generator
    ) -> np.ndarray:
        """Sample encoded windows for each activity by a multistep method along the arc; `(n, numbers)` float32.

        Args:
            codes: `(n,)` int.
            n_steps: Steps, each with one evaluation of the network (two with guidance).
            guidance: Weight of the difference between conditional and unconditional velocity, >= 0.
            rng: Draws the noise; the first rows of a larger sample are those of a smaller one.
        """
        n_numbers, drawn = sum(self._layout.sizes), []
        for i in range(0, len(codes), CHUNK):
            part = np.zeros(CHUNK, np.int32)
            part[: len(codes[i : i + CHUNK])] = codes[i : i + CHUNK]
            noise = rng.standard_normal((CHUNK, n_numbers), dtype=np.float32)
            drawn.append(self._carry(part, noise, 0.0, n_steps, guidance))
        return np.concatenate(drawn)[: len(codes)]

    def rewrite(
        self,
        numbers: np.ndarray,
        noise: np.ndarray,
        codes: np.ndarray,
        *,
        kept: float,
        n_steps: int,
        guidance: float,
    ) -> np.ndarray:
        """Mix encoded windows with noise and carry the mixtures back; `(n, numbers)` float32.

        Args:
            numbers: `(n, numbers)` float32.
            noise: `(n, numbers)` float32, of unit variance.
            codes: `(n,)` int.
            kept: Amplitude of the numbers in the mixture, in [0, 1): the sine of the angle at which they start.
            n_steps: Steps from pure noise; as many as are left of these are taken.
            guidance: As of `draw`.
        """
        start, made = float(np.arcsin(kept)), []
        n_left = max(1, round(n_steps * (1 - start / QUARTER)))
        mixed = (np.cos(start) * noise + kept * numbers).astype(np.float32)
        for i in range(0, len(codes), CHUNK):
            part, rows = np.zeros(CHUNK, np.int32), np.zeros((CHUNK, mixed.shape[1]), np.float32)
            n = len(codes[i : i + CHUNK])
            part[:n], rows[:n] = codes[i : i + CHUNK], mixed[i : i + CHUNK]
            made.append(self._carry(part, rows, start, n_left, guidance))
        return np.concatenate(made)[: len(codes)]

    def _carry(
        self, codes: np.ndarray, mixed: np.ndarray, start: float, n_steps: int, guidance: float
    ) -> np.ndarray:
        """Step from angle to angle towards the predicted numbers, extrapolated from the last two predictions."""
        told, untold, before = tf.constant(codes), tf.fill([CHUNK], NO_ACTIVITY), None
        angles = np.linspace(start, np.pi / 2, n_steps + 1).astype(np.float32)
        with np.errstate(divide="ignore"):
            signal = np.log(np.tan(angles[:-1]))  # minus infinity at pure noise
        for k, (here, there) in enumerate(pairwise(angles)):
            where = tf.constant(mixed), tf.fill([CHUNK, 1], here)
            moves = self._compiled(*where, told).numpy()
            if guidance > 0:
                moves += guidance * (moves - self._compiled(*where, untold).numpy())
            expected = np.sin(here) * mixed + np.cos(here) * moves
            aimed = expected
            if before is not None and 1 < k < n_steps - 1:
                ratio = (signal[k + 1] - signal[k]) / (signal[k] - signal[k - 1])
                aimed = expected + ratio / 2 * (expected - before)
            left = np.cos(there) / np.cos(here)
            mixed = left * mixed + (np.sin(there) - left * np.sin(here)) * aimed
            before = expected
        return mixed


class _Builder:
    """Build layers, each with its own seed, and keep them in order.

    Args:
        seed: Draws all initial weights.
        n_told: Length of the conditioning vector of every block.
    """

    def __init__(self, seed: int, *, n_told: int) -> None:
        self.layers: list[keras.layers.Layer] = []
        self.n_told = n_told
        self._rng = np.random.default_rng(seed)

    def dense(
        self, n_inputs: int, n_outputs: int, *, scale: float = 1.0, bias: bool = True
    ) -> keras.layers.Dense:
        layer = keras.layers.Dense(n_outputs, use_bias=bias, kernel_initializer=self._initial(scale))
        return self._keep(layer, (None, n_inputs))

    def convolution(
        self, n_inputs: int, n_outputs: int, *, stride: int = 1, scale: float = 1.0
    ) -> keras.layers.Conv1D:
        layer = keras.layers.Conv1D(
            n_outputs, 3, strides=stride, padding="same", kernel_initializer=self._initial(scale)
        )
        return self._keep(layer, (None, None, n_inputs))

    def block(self, n_units: int) -> Callable[[tf.Tensor, tf.Tensor], tf.Tensor]:
        """Return a residual block of two convolutions with FiLM conditioning between them."""
        change = self.dense(self.n_told, 2 * n_units, scale=1e-4)
        first, second = self.convolution(n_units, n_units), self.convolution(n_units, n_units, scale=0.1)

        def change_a_little(hidden: tf.Tensor, told: tf.Tensor) -> tf.Tensor:
            scale, shift = tf.split(change(told)[:, None], 2, axis=2)
            inner = _levelled(first(tf.nn.silu(_levelled(hidden))))
            return hidden + second(tf.nn.silu(inner * (1 + scale) + shift))

        return change_a_little

    def _initial(self, scale: float) -> Any:  # Keras annotates the initialisers of its layers as `str`
        # Initial outputs are small but not zero: with zeros, earlier layers would have no gradient.
        return keras.initializers.VarianceScaling(scale, seed=int(self._rng.integers(2**31)))

    def _keep(self, layer: keras.layers.Layer, shape: tuple[int | None, ...]) -> keras.layers.Layer:
        layer.build(shape)
        self.layers.append(layer)
        return layer


def _attend(hidden: tf.Tensor, ask: Callable, answer: Callable) -> tf.Tensor:
    """Apply multi-head self-attention over time, with normalised queries and keys."""
    n_stretches, n_units = (static_size(hidden, axis) for axis in (1, 2))
    parts = tf.reshape(ask(_levelled(hidden)), [-1, n_stretches, 3, N_HEADS, n_units // N_HEADS])
    queries, keys, values = tf.unstack(tf.transpose(parts, [2, 0, 3, 1, 4]))
    alike = tf.matmul(_levelled(queries), _levelled(keys), transpose_b=True) / np.sqrt(n_units // N_HEADS)
    seen = tf.transpose(tf.matmul(tf.nn.softmax(alike), values), [0, 2, 1, 3])
    return hidden + answer(tf.reshape(seen, [-1, n_stretches, n_units]))


def drop_labels(codes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return activity codes `(n,)`, some of them replaced by `NO_ACTIVITY`."""
    return np.where(rng.random(len(codes)) < LABEL_DROPOUT, NO_ACTIVITY, codes)


def noised_batch(numbers: np.ndarray, codes: np.ndarray, rng: np.random.Generator) -> Batch:
    """Mix rows `(n, numbers)` with noise; return mixtures, their velocities, angles and activity codes."""
    noise = rng.standard_normal(numbers.shape, dtype=np.float32)
    logits = ANGLES_SPREAD * rng.standard_normal((len(numbers), 1), dtype=np.float32)
    angles = QUARTER / (1 + np.exp(-logits))
    cos, sin = np.cos(angles), np.sin(angles)
    mixed, moves = cos * noise + sin * numbers, cos * numbers - sin * noise
    return tf.constant(mixed), tf.constant(moves), tf.constant(angles), tf.constant(codes.astype(np.int32))


class FlowTraining:
    """Encoded training windows, and one compiled train step.

    Args:
        taught: The network whose weights are trained.
        averaged: Another network of the same size, which receives the moving average of the weights.
        learnt: Encodings `(n, numbers)` float32 of augmented copies of the training windows; epochs cycle through
            them.
        codes: For each copy, `(n,)` activity codes.
        validation: Encodings and activity codes of validation windows.
        batch_size: Rows per step, at most n.
        n_epochs: Epochs over which the learning rate decays.
        learning_rate: The highest learning rate.
        seed: Draws batches, noise and angles.
    """

    def __init__(
        self,
        taught: FlowNetwork,
        averaged: FlowNetwork,
        *,
        learnt: Sequence[np.ndarray],
        codes: Sequence[np.ndarray],
        validation: tuple[np.ndarray, np.ndarray],
        batch_size: int,
        n_epochs: int,
        learning_rate: float,
        seed: int,
    ) -> None:
        self._taught, self._averaged, self._seed = taught, averaged, seed
        self._learnt, self._codes = learnt, codes
        self._batch_size = min(batch_size, len(learnt[0]))
        self._n_batches = max(1, round(min(len(learnt[0]), MAX_WINDOWS_PER_EPOCH) / self._batch_size))
        n_steps = n_epochs * self._n_batches
        rate = cosine_schedule(learning_rate, n_steps, final_share=0.01, n_warm_up=max(1, n_steps // 20))
        self._optimizer = keras.optimizers.Adam(rate, beta_2=0.99, global_clipnorm=CLIP_NORM)
        self._optimizer.build(taught.variables)
        for average, variable in zip(averaged.variables, taught.variables, strict=True):
            average.assign(variable)
        self._step = tf.function(self._one_step)
        self._compiled_loss = tf.function(self._loss_of)
        rng = np.random.default_rng([seed, 0])
        numbers, activities = validation
        some = rng.permutation(len(activities))[:MAX_VALIDATION]
        self._held_out = noised_batch(numbers[some], activities[some], rng)

    @property
    def state(self) -> list[keras.Variable]:
        """The variables that the epochs to come depend on."""
        return [*self._taught.variables, *self._averaged.variables, *self._optimizer.variables]

    def batches(self, epoch: int) -> Iterator[Batch]:
        """Yield the batches of an epoch, determined by the seed and the epoch."""
        rng, cut = np.random.default_rng([self._seed, 1, epoch]), epoch % len(self._learnt)
        for _ in range(self._n_batches):
            rows = rng.integers(len(self._learnt[cut]), size=self._batch_size)
            codes = drop_labels(self._codes[cut][rows], rng)
            yield noised_batch(self._learnt[cut][rows], codes, rng)

    def step(self, batch: Batch) -> dict[str, tf.Tensor]:
        """Train on one batch and return its loss."""
        return {"training loss": self._step(*batch)}

    def validation_loss(self) -> float:
        """Return the loss of the averaged network on validation windows, with the same noise and angles every time."""
        return float(self._compiled_loss(*self._held_out))

    def _loss_of(self, mixed: tf.Tensor, moves: tf.Tensor, angles: tf.Tensor, codes: tf.Tensor) -> tf.Tensor:
        return self._averaged.loss(mixed, moves, angles, codes)

    def _one_step(self, mixed: tf.Tensor, moves: tf.Tensor, angles: tf.Tensor, codes: tf.Tensor) -> tf.Tensor:
        variables = self._taught.variables
        with tf.GradientTape() as tape:
            loss = self._taught.loss(mixed, moves, angles, codes)
        gradients = tape.gradient(loss, [v.value for v in variables])
        self._optimizer.apply(gradients, variables)
        for average, variable in zip(self._averaged.variables, variables, strict=True):
            average.assign(AVERAGING * average + (1 - AVERAGING) * variable)
        return loss


def _levelled(hidden: tf.Tensor) -> tf.Tensor:
    """Normalise the last axis to a mean square of 1."""
    return hidden * tf.math.rsqrt(tf.reduce_mean(hidden**2, axis=-1, keepdims=True) + 1e-5)
