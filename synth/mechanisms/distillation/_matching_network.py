"""Optimisation of windows until a teacher's normalisation layers see what they saw in real ones. Imports Keras."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import numpy as np
import tensorflow as tf

from synth.mechanisms.distillation._teacher_network import ClassStatistics, Teacher, identity_divergence

BETAS, EPSILON = (0.5, 0.99), 1e-8  # of Adam, as in the authors' code


@dataclass(frozen=True)
class LossWeights:
    """Weights of the parts of the loss.

    Attributes:
        statistics: Of the distance from the class's means and variances at the normalisation layers.
        certainty: Of the cross-entropy of the activity.
        spectrum: Of the distance from the class's mean spectrum.
        inhibition: Of the divergence of the person's probabilities from uniform.
    """

    statistics: float
    certainty: float
    spectrum: float
    inhibition: float = 0.0


class InputOptimiser:
    """Adam on the windows themselves, in groups of one activity.

    Args:
        teacher: Whose normalisation layers are matched; not changed.
        memory: The statistics of each activity.
        weights: Of the parts of the loss.
        step_size: Of Adam, in standard deviations.
        identifier: Classifies people; not changed. Needed if `inhibition` has a weight.
    """

    def __init__(
        self,
        teacher: Teacher,
        memory: ClassStatistics,
        weights: LossWeights,
        step_size: float,
        identifier: Teacher | None = None,
    ) -> None:
        self._teacher, self._memory, self._weights, self._step_size = teacher, memory, weights, step_size
        self._identifier = identifier
        self._update = tf.function(self._one_step, reduce_retracing=True)

    def run(
        self,
        begin: np.ndarray,
        codes: np.ndarray,
        *,
        n_steps: int,
        rng: np.random.Generator,
        largest_shift: int = 0,
        until: np.ndarray | None = None,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Optimise groups of windows, and return the best iterate of each group.

        Args:
            begin: `(n_groups, n, timesteps, channels)` float32, standardised; not changed.
            codes: `(n_groups,)` int, the activity of each group.
            n_steps: Steps of Adam; the initial windows are evaluated, too.
            rng: Draws the shifts.
            largest_shift: Before every step windows are shifted circularly in time by up to this many samples
                (jitter).
            until: `(n_groups, n)` the teacher's probability above which a window's cross-entropy no longer counts;
                by default it always counts.

        Returns:
            The windows, and their groups' losses over the steps, `(n_steps + 1, n_groups)`.
        """
        shifts = rng.integers(-largest_shift, largest_shift + 1, n_steps + 1)
        zeros = tf.zeros(begin.shape)
        state = (tf.constant(begin), zeros, zeros)
        wanted = tf.constant(codes)
        enough = tf.ones(begin.shape[:2]) if until is None else tf.constant(until, tf.float32)
        best = BestIterates()
        for i, shift in enumerate(shifts.tolist()):
            windows = state[0]
            losses, *state = self._update(*state, wanted, enough, tf.constant(shift), tf.constant(i + 1.0))
            best.judge(losses.numpy(), windows.numpy)
        return best.windows, np.stack(best.losses)

    def losses(self, windows: tf.Tensor, codes: tf.Tensor, until: tf.Tensor) -> tf.Tensor:
        """Return each group's loss, `(n_groups,)`."""
        per_group, weights = tf.shape(windows)[1], self._weights
        flat = tf.reshape(windows, [-1, *windows.shape[2:]])
        logits, sites = self._teacher(flat)
        surprise = tf.nn.sparse_softmax_cross_entropy_with_logits(tf.repeat(codes, per_group), logits)
        surprise = tf.reshape(surprise, [-1, per_group])
        undecided = tf.cast(tf.exp(-surprise) <= until, tf.float32)
        losses = weights.certainty * tf.reduce_mean(undecided * surprise, axis=1)
        if weights.statistics:
            losses += weights.statistics * self._memory.distance(sites, codes)
        if weights.spectrum:
            losses += weights.spectrum * self._memory.spectral_distance(windows, codes)
        if self._identifier is not None and weights.inhibition:
            divergence = tf.reshape(identity_divergence(self._identifier(flat)[0]), [-1, per_group])
            losses += weights.inhibition * tf.reduce_mean(divergence, axis=1)
        return losses

    def _one_step(
        self,
        windows: tf.Tensor,
        speed: tf.Tensor,
        size: tf.Tensor,
        codes: tf.Tensor,
        until: tf.Tensor,
        shift: tf.Tensor,
        number: tf.Tensor,
    ) -> tuple[tf.Tensor, ...]:
        """Return the losses before the step, and windows and moments after it."""
        with tf.GradientTape() as tape:
            tape.watch(windows)
            losses = self.losses(tf.roll(windows, shift, axis=2), codes, until)
            # A window's gradient shrinks with the size of its group; this makes it independent of that.
            loss = tf.reduce_sum(losses) * tf.cast(tf.shape(windows)[1], tf.float32)
        gradient = cast(tf.Tensor, tape.gradient(loss, windows))  # one source has one gradient
        speed = BETAS[0] * speed + (1 - BETAS[0]) * gradient
        size = BETAS[1] * size + (1 - BETAS[1]) * tf.square(gradient)
        step = speed / (1 - tf.pow(BETAS[0], number))
        step /= tf.sqrt(size / (1 - tf.pow(BETAS[1], number))) + EPSILON
        return losses, windows - self._step_size * step, speed, size


class BestIterates:
    """The windows of each group at the step with the lowest loss.

    They are copies: the authors' code keeps a view of the array that the optimiser changes, and so always returns
    the last windows.

    Attributes:
        windows: `(n_groups, ...)`.
        losses: Of every group at every step so far.
    """

    windows: np.ndarray

    def __init__(self) -> None:
        self.losses: list[np.ndarray] = []

    def judge(self, losses: np.ndarray, windows: Callable[[], np.ndarray]) -> None:
        """Keep the windows of those groups whose loss is the lowest so far.

        Args:
            losses: `(n_groups,)`.
            windows: Returns `(n_groups, ...)`; called only if a group improved.
        """
        if not self.losses:
            self.windows = np.array(windows())
        else:
            better = losses < np.min(self.losses, axis=0)
            if better.any():
                self.windows[better] = windows()[better]
        self.losses.append(losses)
