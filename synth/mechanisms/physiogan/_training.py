"""Training of PhysioGAN's networks. Imports Keras.

VariationalTraining  owns  batches, and the compiled step of the variational objective (RVAE)
GanTraining          owns  the full objective: a discriminator is trained against the decoder in the same step
(PhysioGAN)

References:
    Alzantot, Garcia, Srivastava, PhysioGAN, 2022, arXiv:2204.13597, and its code.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from synth.keras_support.layers import static_size
from synth.keras_support.training import cosine_schedule
from synth.mechanisms.physiogan._network import ActivityDiscriminator, Decoder, Encoder

# Weights of the objective, as published; that of the divergence is a setting.
RECONSTRUCTION, CODE_FOUND_AGAIN, JUDGED, FEATURES = 10.0, 0.2, 3.0, 1.0
FREE_BITS = 0.1  # per batch: a smaller divergence costs nothing
LEAST_RECONSTRUCTION = 0.1  # the schedule's final value


def reconstruction_weight(epoch: int, k: float) -> float:
    """Return `rho(e) = max(k / (k + exp(e / k)), 0.1)`: from reconstruction to fooling the discriminator.

    Args:
        epoch: From 0.
        k: Time constant in epochs; half is reached at `k log k`.
    """
    return max(1 / (1 + np.exp(min(epoch / k, 500.0)) / k), LEAST_RECONSTRUCTION)


def divergence(mean: tf.Tensor, log_variance: tf.Tensor) -> tf.Tensor:
    """Return `KL(N(mean, variance) || N(0, 1))`, averaged over the numbers of the code and over windows, in nats."""
    return -0.5 * tf.reduce_mean(1 + log_variance - mean**2 - tf.exp(log_variance))


def with_free_bits(kl: tf.Tensor, n: int) -> tf.Tensor:
    """Return the divergence, or `0.1 / n` if that is larger, where there is no gradient."""
    return tf.maximum(kl, FREE_BITS / n)


def cross_entropy(activities: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    """Return the mean cross-entropy, in nats; the published code divides it by the batch size once more."""
    return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(activities, logits))


def discriminator_loss(
    activities: tf.Tensor, real: tf.Tensor, written: tf.Tensor, n_activities: int
) -> tf.Tensor:
    """Return the discriminator's loss: real windows are their activity, generated ones class `n_activities`."""
    written_class = tf.fill(tf.shape(written)[:1], n_activities)
    return (cross_entropy(activities, real) + cross_entropy(written_class, written)) / 2


def feature_matching_loss(real: tf.Tensor, written: tf.Tensor) -> tf.Tensor:
    """Return the squared difference of the mean features `(n, n_features)`, averaged over features.

    Of means, as feature matching was proposed (Salimans et al., NIPS 2016): generated and real windows are not
    paired, and pairing them at random would pull every generated window towards the average.
    """
    return tf.reduce_mean((tf.reduce_mean(real, axis=0) - tf.reduce_mean(written, axis=0)) ** 2)


class VariationalTraining:
    """Training by reconstructing windows from their latent codes; the random numbers come with each batch.

    Args:
        encoder: Trained together with the decoder.
        decoder: The network that is kept.
        learnt: Epoch number (from 0) -> its examples, always of the same number and length: `(n, patches,
            n_features)` float32 and activities `(n,)` int32.
        code_weight: Weight of the Kullback-Leibler divergence.
        forced: Whether reconstructions continue from the real patches (teacher forcing).
        batch_size: Desired windows per batch; adjusted slightly so that few are left over.
        n_epochs: Epochs over which the learning rate decays.
        learning_rate: Initial learning rate; decays along a cosine to a twentieth.
        clip_norm: Gradient clipping norm of encoder and decoder together.
        seed: Draws order and noise.
    """

    def __init__(
        self,
        encoder: Encoder,
        decoder: Decoder,
        *,
        learnt: Callable[[int], Sequence[np.ndarray]],
        code_weight: float,
        forced: bool,
        batch_size: int,
        n_epochs: int,
        learning_rate: float,
        clip_norm: float,
        seed: int,
    ) -> None:
        self._encoder, self._decoder = encoder, decoder
        self._learnt, self._seed = learnt, seed
        self._code_weight, self._forced = code_weight, forced
        n = len(learnt(0)[0])
        self._n_batches = max(1, round(n / batch_size))
        self._batch_size = n // self._n_batches
        self._rates = cosine_schedule(learning_rate, n_epochs * self._n_batches, final_share=0.05)
        self._writers = [*encoder.variables, *decoder.variables]
        self._writing = keras.optimizers.Adam(self._rates, global_clipnorm=clip_norm)
        self._writing.build(self._writers)
        self._compiled = tf.function(self._descend, autograph=False)

    @property
    def state(self) -> list[keras.Variable]:
        """The variables that the epochs to come depend on."""
        return [*self._writers, *self._writing.variables]

    def batches(self, epoch: int) -> Iterator[Sequence[tf.Tensor]]:
        """Yield the batches of an epoch; order and noise are determined by the seed and the epoch."""
        examples = self._learnt(epoch)
        order = np.random.default_rng([self._seed, epoch]).permutation(len(examples[0]))
        used = order[: self._n_batches * self._batch_size]
        for number, indices in enumerate(np.split(used, self._n_batches)):
            seed = tf.constant([self._seed, epoch * self._n_batches + number], tf.int64)
            yield seed, *(tf.constant(part[indices]) for part in examples)

    def step(self, batch: Sequence[tf.Tensor]) -> dict[str, tf.Tensor]:
        """Train on one batch and return its losses."""
        return self._compiled(*batch)

    def _descend(self, seed: tf.Tensor, real: tf.Tensor, activities: tf.Tensor) -> dict[str, tf.Tensor]:
        """Make a step on the variational objective: reconstruction and divergence."""
        n, n_patches = (static_size(real, axis) for axis in (0, 1))
        with tf.GradientTape() as tape:
            codes, kl = self._codes(real, seed)
            written = self._decoder.write(codes, activities, n_patches, real if self._forced else None)
            reconstruction = tf.reduce_mean((written - real) ** 2)
            loss = reconstruction + self._code_weight * with_free_bits(kl, n)
        _apply(self._writing, tape, loss, self._writers)
        return {"reconstruction": reconstruction, "divergence of codes": kl}

    def _codes(self, real: tf.Tensor, seed: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Sample a latent code for each window; return codes and their divergence."""
        mean, log_variance = self._encoder.read(real)
        noise = tf.random.stateless_normal(tf.shape(mean), seed)
        return mean + tf.exp(log_variance / 2) * noise, divergence(mean, log_variance)


class GanTraining(VariationalTraining):
    """Training against a discriminator, which judges windows generated from sampled codes.

    Args:
        encoder: As for `VariationalTraining`, as are the options; `learnt` yields two more arrays: codes `(n,
            code_size)` float32 from which windows of the same activities are generated, and noise that is added to
            these windows before they are judged, of the shape of the examples.
        decoder: As for `VariationalTraining`.
        discriminator: Trained against the decoder.
        share: Epoch number -> weight of the reconstruction, in [0, 1].
    """

    def __init__(
        self,
        encoder: Encoder,
        decoder: Decoder,
        discriminator: ActivityDiscriminator,
        *,
        share: Callable[[int], float],
        **options: Any,
    ) -> None:
        super().__init__(encoder, decoder, **options)
        self._discriminator, self._share = discriminator, share
        self._judging = keras.optimizers.Adam(self._rates)
        self._judging.build(discriminator.variables)

    @property
    def state(self) -> list[keras.Variable]:
        """The variables that the epochs to come depend on."""
        return [*super().state, *self._discriminator.variables, *self._judging.variables]

    def batches(self, epoch: int) -> Iterator[Sequence[tf.Tensor]]:
        """Yield the batches of an epoch, each with the weight of the reconstruction."""
        share = tf.constant(self._share(epoch), tf.float32)
        for batch in super().batches(epoch):
            yield *batch, share

    def _descend(
        self,
        seed: tf.Tensor,
        real: tf.Tensor,
        activities: tf.Tensor,
        drawn: tf.Tensor,
        detail: tf.Tensor,
        share: tf.Tensor,
    ) -> dict[str, tf.Tensor]:
        """Make a step on the full objective, and one of the discriminator."""
        n, n_patches = (static_size(real, axis) for axis in (0, 1))
        judge = self._discriminator.judge
        with tf.GradientTape() as tape, tf.GradientTape() as judges_tape:
            codes, kl = self._codes(real, seed)
            both = self._decoder.write(
                tf.concat([codes, drawn], axis=0),
                tf.concat([activities, activities], axis=0),
                n_patches,
                real if self._forced else None,
            )
            reconstruction = tf.reduce_mean((both[:n] - real) ** 2)
            written = both[n:] + detail
            found_again = tf.reduce_mean((drawn - self._encoder.read(written)[0]) ** 2)
            (logits_real, features_real), (logits, features) = judge(real), judge(written)
            judged = cross_entropy(activities, logits)
            features_off = feature_matching_loss(tf.stop_gradient(features_real), features)
            loss = share * RECONSTRUCTION * reconstruction + (1 - share) * (
                CODE_FOUND_AGAIN * found_again
                + JUDGED * judged
                + FEATURES * features_off
                + self._code_weight * with_free_bits(kl, n)
            )
            judges = discriminator_loss(activities, logits_real, logits, self._decoder.n_activities)
        _apply(self._writing, tape, loss, self._writers)
        _apply(self._judging, judges_tape, judges, self._discriminator.variables)
        return {
            "reconstruction": reconstruction,
            "divergence of codes": kl,
            "distinguished from real": judged,
            "discriminator": judges,
        }


def _apply(
    optimizer: keras.optimizers.Optimizer,
    tape: tf.GradientTape,
    loss: tf.Tensor,
    variables: list[keras.Variable],
) -> None:
    optimizer.apply(tape.gradient(loss, [v.value for v in variables]), variables)
