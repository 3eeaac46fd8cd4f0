"""A convolutional teacher, and the statistics of each class at its normalisation layers. Imports Keras.

Teacher          owns  the classifier, and access to the inputs of its normalisation layers
TeacherTraining  owns  its batches and its train step
ClassStatistics  owns  the statistics of every class at every normalisation layer, and distances from them
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Self

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from synth.keras_support.layers import static_size
from synth.keras_support.training import cosine_schedule
from synth.mechanisms.aae._networks import draw_weights

N_A_CALL = 256  # windows classified at once
MOMENTUM = 0.9  # Keras' 0.99 needs more batches than there are
WIDTHS_AND_STEPS = ((1, 7, 64), (2, 5, 32), (2, 3, 16))  # filters, kernel and steps of each block
LEAST_SPREAD = 1e-2  # of a feature: nearly constant features must not dominate
NO_POWER = 1e-4  # of a standardised channel: smaller powers are not compared


class Teacher:
    """Three blocks of convolution, batch normalisation and ReLU, each pooled over time (mean and maximum).

    Its inputs are each channel and its differences from sample to sample, normalised by its first layer.

    Args:
        shape: Timesteps and channels of a standardised window.
        n_classes: Number of classes.
        filters: Of the first block; the others have twice as many.
        seed: Draws the weights.
    """

    def __init__(self, shape: tuple[int, int], n_classes: int, filters: int, *, seed: int) -> None:
        inputs = keras.Input(shape)
        x = layers.Concatenate()([inputs, FirstDifferences()(inputs)])
        sites, pooled = [x], []
        x = layers.BatchNormalization(momentum=MOMENTUM, center=False, scale=False)(x)
        for factor, width, n_steps in WIDTHS_AND_STEPS:
            stride = -(-x.shape[1] // n_steps)
            kernel = max(width, 2 * stride)
            x = layers.Conv1D(factor * filters, kernel, strides=stride, padding="same", use_bias=False)(x)
            sites.append(x)
            x = layers.ReLU()(layers.BatchNormalization(momentum=MOMENTUM)(x))
            pooled += [layers.GlobalAveragePooling1D()(x), layers.GlobalMaxPooling1D()(x)]
        x = layers.Concatenate()(pooled)
        sites.append(x)
        x = layers.Dropout(0.2)(layers.BatchNormalization(momentum=MOMENTUM)(x))
        self.model = keras.Model(inputs, [layers.Dense(n_classes)(x), *sites])
        draw_weights(self.model, seed)
        self._read = tf.function(lambda inputs: self.model(inputs, training=False), reduce_retracing=True)

    @property
    def variables(self) -> list[keras.Variable]:
        """The variables to store: weights and moving moments."""
        return [v for v in self.model.variables if v.name != "seed_generator_state"]

    def __call__(self, inputs: tf.Tensor) -> tuple[tf.Tensor, list[tf.Tensor]]:
        """Return logits `(n, n_classes)`, and the input of each normalisation layer, `(n, [steps,] features)`."""
        logits, *sites = self.model(inputs, training=False)
        return logits, sites

    def read(self, inputs: np.ndarray) -> Iterator[list[np.ndarray]]:
        """Yield logits and inputs of the normalisation layers for any number of windows, in batches."""
        for begin in range(0, len(inputs), N_A_CALL):
            yield [part.numpy() for part in self._read(tf.constant(inputs[begin : begin + N_A_CALL]))]

    def belief(self, inputs: np.ndarray) -> np.ndarray:
        """Return the class probabilities, `(n, n_classes)`."""
        logits = np.concatenate([parts[0] for parts in self.read(inputs)])
        return tf.nn.softmax(logits).numpy()


class FirstDifferences(layers.Layer):
    """The difference of each channel from sample to sample; the first one is 0."""

    def call(self, values: tf.Tensor) -> tf.Tensor:
        """Return the differences, of the shape of `values`."""
        return tf.pad(values[:, 1:] - values[:, :-1], [[0, 0], [1, 0], [0, 0]])


class TeacherTraining:
    """Training of a teacher with balanced classes, random circular shifts and random scaling of channels.

    Args:
        teacher: The network to train.
        inputs: `(n, timesteps, channels)` float32, standardised.
        codes: `(n,)` int, the class of each window.
        batch_size: Windows per step.
        n_epochs: Epochs over which the learning rate decays to zero (cosine).
        learning_rate: Initial learning rate.
        seed: Draws the batches.
    """

    def __init__(
        self,
        teacher: Teacher,
        inputs: np.ndarray,
        codes: np.ndarray,
        *,
        batch_size: int,
        n_epochs: int,
        learning_rate: float,
        seed: int,
    ) -> None:
        self._teacher, self._inputs, self._codes, self._seed = teacher, inputs, codes, seed
        self._batch_size, self._n_batches = batch_size, -(-len(codes) // batch_size)
        rate = cosine_schedule(learning_rate, n_epochs * self._n_batches)
        self._optimizer = keras.optimizers.AdamW(rate, weight_decay=1e-3)
        self._optimizer.build(teacher.model.trainable_variables)
        self.step = tf.function(self._step)

    @property
    def state(self) -> list[keras.Variable]:
        """The variables that the epochs to come depend on."""
        return [*self._teacher.model.variables, *self._optimizer.variables]

    def batches(self, epoch: int) -> Iterator[tuple[tf.Tensor, tf.Tensor]]:
        """Yield the batches of an epoch, determined by the seed and the epoch."""
        rng = np.random.default_rng([self._seed, epoch])
        counts = np.bincount(self._codes)
        chances = 1 / (np.count_nonzero(counts) * counts[self._codes])
        n_timesteps, n_channels = self._inputs.shape[1:]
        for _ in range(self._n_batches):
            chosen = rng.choice(len(chances), self._batch_size, p=chances)
            begin = rng.integers(n_timesteps, size=(self._batch_size, 1))
            turned = self._inputs[chosen[:, None], (np.arange(n_timesteps) + begin) % n_timesteps]
            stretched = turned * rng.normal(1.0, 0.1, (self._batch_size, 1, n_channels))
            yield tf.constant(stretched, tf.float32), tf.constant(self._codes[chosen])

    def _step(self, batch: tuple[tf.Tensor, tf.Tensor]) -> dict[str, tf.Tensor]:
        inputs, codes = batch
        variables = self._teacher.model.trainable_variables
        with tf.GradientTape() as tape:
            logits = self._teacher.model(inputs, training=True)[0]
            loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(codes, logits))
        self._optimizer.apply(tape.gradient(loss, [v.value for v in variables]), variables)
        return {"training loss": loss}


def error_on(teacher: Teacher, inputs: np.ndarray, codes: np.ndarray) -> float:
    """Return the mean cross-entropy per window in nats, with equal weights for all classes."""
    belief = teacher.belief(inputs)[np.arange(len(codes)), codes]
    surprise = -np.log(np.maximum(belief, 1e-7))
    return float(np.mean([surprise[codes == code].mean() for code in np.unique(codes)]))


def identity_divergence(logits: tf.Tensor) -> tf.Tensor:
    """Return how far a classifier of people is from considering everybody equally likely, `(n,)`.

    The KL divergence of its probabilities `(n, n_people)` from the uniform distribution, divided by the logarithm
    of the number of people.
    """
    n_people = static_size(logits, 1)
    divergence = -np.log(n_people) - tf.reduce_mean(tf.nn.log_softmax(logits), axis=1)
    return divergence / np.log(max(n_people, 2))


@dataclass(frozen=True, eq=False)
class ClassStatistics:
    """The statistics of each class at a teacher's normalisation layers, and its spectrum.

    Attributes:
        means: By layer, `(n_classes, n_features)`.
        spreads: By layer, `(n_classes, n_features)` standard deviations over windows and time.
        spectra: `(n_classes, n_frequencies, n_channels)` mean power spectrum of a class around its mean.
    """

    means: list[np.ndarray]
    spreads: list[np.ndarray]
    spectra: np.ndarray

    @classmethod
    def of(cls, teacher: Teacher, inputs: np.ndarray, codes: np.ndarray, n_classes: int) -> Self:
        """Compute the statistics of each class, in inference mode; `inputs` contain windows of every class."""
        found = [_statistics(teacher, inputs[codes == code]) for code in range(n_classes)]
        means, spreads = zip(*found, strict=True)
        centre = np.stack([m[0] for m in means])[:, : inputs.shape[2]]
        spectra = [power(inputs[codes == code] - centre[code]).mean(axis=0) for code in range(n_classes)]
        return cls(_by_layer(means), _by_layer(spreads), np.stack(spectra).astype(np.float32))

    def blurred(self, share: float, rng: np.random.Generator) -> Self:
        """Return a copy with noise on all statistics.

        Args:
            share: Standard deviation of the noise, as a share of each feature's spread, and in nepers for spectra;
                >= 0.
            rng: Draws the noise.
        """
        scales = [_scale(m, s) for m, s in zip(self.means, self.spreads, strict=True)]

        def moved(part: list[np.ndarray]) -> list[np.ndarray]:
            noise = (share * scale * rng.normal(size=p.shape) for p, scale in zip(part, scales, strict=True))
            return [(p + n).astype(np.float32) for p, n in zip(part, noise, strict=True)]

        spreads = [np.maximum(s, 0) for s in moved(self.spreads)]
        spectra = self.spectra * np.exp(share * rng.normal(size=self.spectra.shape))
        return type(self)(moved(self.means), spreads, spectra.astype(np.float32))

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return the arrays to store, by name."""
        layers_ = {f"memory/means/{i}": m for i, m in enumerate(self.means)}
        layers_ |= {f"memory/spreads/{i}": s for i, s in enumerate(self.spreads)}
        return layers_ | {"memory/spectra": self.spectra}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> Self:
        """Restore it from `to_arrays`."""
        n = sum(name.startswith("memory/means/") for name in arrays)
        means, spreads = ([arrays[f"memory/{part}/{i}"] for i in range(n)] for part in ("means", "spreads"))
        return cls(means, spreads, arrays["memory/spectra"])

    def noise(self, codes: np.ndarray, n: int, n_timesteps: int, rng: np.random.Generator) -> np.ndarray:
        """Draw noise with the mean and the spectrum of each class, `(len(codes), n, timesteps, channels)`."""
        n_channels = self.spectra.shape[2]
        white = rng.normal(size=(len(codes), n, n_timesteps, n_channels))
        coloured = np.fft.rfft(white, axis=2, norm="ortho") * np.sqrt(self.spectra[codes][:, None])
        centre = self.means[0][codes, :n_channels]
        drawn = np.fft.irfft(coloured, n=n_timesteps, axis=2, norm="ortho") + centre[:, None, None]
        return drawn.astype(np.float32)

    def distance(self, sites: list[tf.Tensor], codes: tf.Tensor) -> tf.Tensor:
        """Return the distance of groups of windows from the means and variances of their classes, `(n_groups,)`.

        The sum over layers of the root mean squares of both differences, with each feature scaled by its spread
        over all classes (the published norm is of variances and not scaled, so that wide layers dominate).

        Args:
            sites: By layer `(n_groups * n, [steps,] features)`, group after group.
            codes: `(n_groups,)` the class of each group.
        """
        distances: list[tf.Tensor] = []
        for site, means, spreads in zip(sites, self.means, self.spreads, strict=True):
            grouped = tf.reshape(site, [tf.shape(codes)[0], -1, means.shape[1]])
            mean, variance = tf.nn.moments(grouped, axes=[1])
            scale = tf.constant(_scale(means, spreads))
            off_mean = (mean - tf.gather(means, codes)) / scale
            off_spread = (tf.sqrt(variance + 1e-6) - tf.gather(spreads, codes)) / scale
            distances.append(_length(off_mean) + _length(off_spread))
        return sum(distances[1:], distances[0])

    def spectral_distance(self, windows: tf.Tensor, codes: tf.Tensor) -> tf.Tensor:
        """Return the distance of the mean spectra of groups from those of their classes, in nepers, `(n_groups,)`.

        Args:
            windows: `(n_groups, n, timesteps, channels)`.
            codes: `(n_groups,)`.
        """
        centre = tf.gather(self.means[0][:, : self.spectra.shape[2]], codes)[:, None, None]
        n_timesteps = static_size(windows, 2)
        transformed = tf.signal.rfft(tf.transpose(windows - centre, [0, 1, 3, 2]))
        found = tf.reduce_mean(tf.math.real(transformed * tf.math.conj(transformed)), axis=1) / n_timesteps
        wanted = tf.transpose(tf.gather(self.spectra, codes), [0, 2, 1])
        off = tf.math.log(found + NO_POWER) - tf.math.log(wanted + NO_POWER)
        return tf.reduce_mean(tf.abs(off), axis=[1, 2])


def power(values: np.ndarray) -> np.ndarray:
    """Return the power spectrum, `(n, timesteps // 2 + 1, channels)`."""
    return np.abs(np.fft.rfft(values, axis=1, norm="ortho")) ** 2


def _statistics(teacher: Teacher, inputs: np.ndarray) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Return mean and standard deviation of each layer's features over windows and time."""
    sums: list[list[np.ndarray]] = []
    for _, *sites in teacher.read(inputs):
        flat = [site.reshape(-1, site.shape[-1]).astype(np.float64) for site in sites]
        sums.append(
            [np.stack([np.full(f.shape[1], len(f)), f.sum(axis=0), (f**2).sum(axis=0)]) for f in flat]
        )
    totals = [np.sum(part, axis=0) for part in zip(*sums, strict=True)]
    means = [total / n for n, total, _ in totals]
    spreads = [
        np.sqrt(np.maximum(square / n - mean**2, 0))
        for (n, _, square), mean in zip(totals, means, strict=True)
    ]
    return means, spreads


def _by_layer(of_classes: tuple[list[np.ndarray], ...]) -> list[np.ndarray]:
    return [np.stack(layer).astype(np.float32) for layer in zip(*of_classes, strict=True)]


def _scale(means: np.ndarray, spreads: np.ndarray) -> np.ndarray:
    """Return the spread of each feature of a layer over all classes, `(n_features,)`."""
    return np.maximum(np.sqrt((spreads**2).mean(axis=0) + means.var(axis=0)), LEAST_SPREAD).astype(np.float32)


def _length(off: tf.Tensor) -> tf.Tensor:
    """Return the root mean square over features, with a finite gradient at zero."""
    return tf.sqrt(tf.reduce_mean(tf.square(off), axis=-1) + 1e-8)
