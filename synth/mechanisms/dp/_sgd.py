"""Differentially private stochastic gradient descent (DP-SGD) with people as the unit of privacy. Imports Keras.

A step draws each person independently with the same probability. A person's contribution to a step - the gradient
of the loss on a few of their windows - is clipped to the norm `clip_norm`, and Gaussian noise in proportion to it
is added to the sum. Only such sums ever reach the network.

References:
    Abadi et al., Deep learning with differential privacy, CCS 2016. Differs on purpose: the unit is a person with
    all their windows (McMahan, Ramage, Talwar and Zhang, ICLR 2018), and the sum is divided by a fixed number. The
    noise consists of ordinary floating-point numbers from an ordinary generator: attacks on their least significant
    bits (Mironov, CCS 2012) or on the generator are not covered.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import cast

import keras
import numpy as np
import tensorflow as tf

from synth.keras_support.training import cosine_schedule

Seen = Sequence[np.ndarray]  # the network's input from one person in a step


class DpSgd:
    """One compiled train step.

    Args:
        variables: The variables to train.
        loss: The input from one person in a step -> mean loss.
        look: Index of a person, random numbers -> the input from that person in one step, always of the same shape;
            computed from this person's windows only.
        n_people: Number of people; public.
        share: Probability that a person takes part in a step.
        noise: Noise multiplier: standard deviation of the noise in units of `clip_norm`.
        n_rounds: Number of rounds of `steps_a_round` steps.
        steps_a_round: Must not depend on the content of the windows.
        learning_rate: Initial learning rate; decays along a cosine to a twentieth.
        clip_norm: Gradient clipping norm of one person's contribution.
        rng: Draws people, windows and noise; must be secret.
    """

    def __init__(
        self,
        variables: list[keras.Variable],
        loss: Callable[..., tf.Tensor],
        *,
        look: Callable[[int, np.random.Generator], Seen],
        n_people: int,
        share: float,
        noise: float,
        n_rounds: int,
        steps_a_round: int,
        learning_rate: float,
        clip_norm: float,
        rng: np.random.Generator,
    ) -> None:
        self._variables, self._loss, self._look, self._rng = variables, loss, look, rng
        self._n_people, self._share, self._steps_a_round = n_people, share, steps_a_round
        self._clip_norm, self._noise_scale = clip_norm, noise * clip_norm
        self._sizes = [int(np.prod(v.shape)) for v in variables]
        schedule = cosine_schedule(learning_rate, n_rounds * steps_a_round, final_share=0.05)
        self._optimizer = keras.optimizers.Adam(schedule)
        self._optimizer.build(variables)
        self.part = tf.function(self._part)
        self._correct = tf.function(self._apply)

    def batches(self, round_number: int) -> Iterator[list[Seen]]:
        """Yield, for every step of a round, the inputs of the people who take part, possibly of none."""
        for _ in range(self._steps_a_round):
            chosen = np.flatnonzero(self._rng.random(self._n_people) < self._share)
            yield [self._look(int(person), self._rng) for person in chosen]

    def step(self, batch: list[Seen]) -> dict[str, tf.Tensor]:
        """Make one step. It reports no loss: that would be a figure about people without noise."""
        noisy = self.summed(batch) + self.drawn_noise()
        self._correct(tf.constant(noisy / (self._share * self._n_people)))
        return {}

    def summed(self, batch: list[Seen]) -> np.ndarray:
        """Return the sum of the clipped gradients, `(weights,)` float32."""
        total = np.zeros(sum(self._sizes), np.float32)
        for person in batch:
            total += self.part(tuple(tf.constant(part) for part in person)).numpy()
        return total

    def drawn_noise(self) -> np.ndarray:
        """Return noise with standard deviation `noise * clip_norm`, `(weights,)` float32."""
        return self._noise_scale * self._rng.standard_normal(sum(self._sizes), dtype=np.float32)

    def _part(self, seen: tuple[tf.Tensor, ...]) -> tf.Tensor:
        """Return one person's gradient as `(weights,)`, with a norm of at most `clip_norm`; zero if it overflows."""
        with tf.GradientTape() as tape:
            loss = self._loss(*seen)
        # A list of sources gives a list of gradients; none is missing, because the loss depends on every variable.
        gradients = cast(list[tf.Tensor], tape.gradient(loss, [v.value for v in self._variables]))
        flat = tf.concat([tf.reshape(g, [-1]) for g in gradients], axis=0)
        length = tf.norm(flat)
        shortened = flat * (self._clip_norm / tf.maximum(length, self._clip_norm))
        return tf.where(tf.math.is_finite(length), shortened, tf.zeros_like(flat))

    def _apply(self, flat: tf.Tensor) -> None:
        parts = tf.split(flat, self._sizes)
        gradients = [tf.reshape(part, v.shape) for part, v in zip(parts, self._variables, strict=True)]
        self._optimizer.apply(gradients, self._variables)
