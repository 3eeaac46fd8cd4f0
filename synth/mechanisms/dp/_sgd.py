"""Learning under a formal promise: people drawn by lot, each one's correction shortened, noise on the sum (DP-SGD).

A step draws each person with the same chance, for itself. Everything that is seen of a person in a step - the
gradient of the loss on a few of their windows - has at most the length `clip_norm`; Gaussian noise in proportion to
it is added to the sum. Only such sums ever reach the network.

References:
    Abadi et al., Deep learning with differential privacy, CCS 2016. Differs on purpose: the unit is a person with all
    their windows (McMahan, Ramage, Talwar and Zhang, ICLR 2018), the number it is divided by is fixed. Noise is
    ordinary floating-point numbers of an ordinary generator: attacks on their last bits (Mironov, CCS 2012) or on the
    generator are not covered.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import cast

import keras
import numpy as np
import tensorflow as tf

from synth.keras_support.training import cosine_schedule

Seen = Sequence[np.ndarray]  # what the network is shown of one person in a step


class DpSgd:
    """One compiled train step.

    Args:
        variables: What is trained.
        loss: What a step sees of a person -> mean loss.
        look: Person's number and random numbers -> what one step sees of that person, always of one shape; of nothing
            but this person's windows.
        n_people: How many there are; public.
        share: Chance that a person takes part in a step.
        noise: Standard deviation of the noise, in units of `clip_norm`.
        n_rounds: How often `steps_a_round` steps are made.
        steps_a_round: Must not depend on what the windows hold.
        learning_rate: Where it starts; a cosine takes it to a twentieth.
        clip_norm: Largest length of one person's part.
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
        """Yield for every step of a round what is seen of the people who take part, maybe of none."""
        for _ in range(self._steps_a_round):
            chosen = np.flatnonzero(self._rng.random(self._n_people) < self._share)
            yield [self._look(int(person), self._rng) for person in chosen]

    def step(self, batch: list[Seen]) -> dict[str, tf.Tensor]:
        """Make one step. It reports no loss: that would be a figure about people without noise."""
        noisy = self.summed(batch) + self.drawn_noise()
        self._correct(tf.constant(noisy / (self._share * self._n_people)))
        return {}

    def summed(self, batch: list[Seen]) -> np.ndarray:
        """Return the sum of everybody's shortened gradient, `(weights,)` float32."""
        total = np.zeros(sum(self._sizes), np.float32)
        for person in batch:
            total += self.part(tuple(tf.constant(part) for part in person)).numpy()
        return total

    def drawn_noise(self) -> np.ndarray:
        """Return `(weights,)` float32 with standard deviation `noise * clip_norm`."""
        return self._noise_scale * self._rng.standard_normal(sum(self._sizes), dtype=np.float32)

    def _part(self, seen: tuple[tf.Tensor, ...]) -> tf.Tensor:
        """Return one person's gradient as `(weights,)`, of length `clip_norm` at most; nothing if it overflows."""
        with tf.GradientTape() as tape:
            loss = self._loss(*seen)
        # A list of sources has a list of gradients, and every variable takes part in the loss.
        gradients = cast(list[tf.Tensor], tape.gradient(loss, [v.value for v in self._variables]))
        flat = tf.concat([tf.reshape(g, [-1]) for g in gradients], axis=0)
        length = tf.norm(flat)
        shortened = flat * (self._clip_norm / tf.maximum(length, self._clip_norm))
        return tf.where(tf.math.is_finite(length), shortened, tf.zeros_like(flat))

    def _apply(self, flat: tf.Tensor) -> None:
        parts = tf.split(flat, self._sizes)
        gradients = [tf.reshape(part, v.shape) for part, v in zip(parts, self._variables, strict=True)]
        self._optimizer.apply(gradients, self._variables)
