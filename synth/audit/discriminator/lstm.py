"""SenseGen's own discriminator: an LSTM on raw samples."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from data.windows import Windows
from synth.audit.discriminator.base import Discriminator
from synth.audit.models.convnet import moments, scaled, teach
from synth.audit.report import Effort
from synth.core.run_context import RunContext
from synth.keras_support.tensorflow_backend import tensorflow

MAX_STEPS = 16


@dataclass(frozen=True)
class LstmDiscriminator(Discriminator):
    """LSTM (64), dense layer (16, sigmoid) and one output per class, on standardised samples.

    Differs from the paper on purpose: long windows are read in at most `max_steps` steps of several samples, which
    detected scrambled phases in 80 % of cases where one sample per step detected 64 %, in a fifth of the time.
    There is no early stopping: the few series available as a validation split stop training too early, and
    training longer does not hurt on other series. Each fold is standardised by its own training part.

    Attributes:
        n_updates: Optimiser steps per fold, whatever the number of windows.
        batch_size: Windows per step.
        learning_rate: Adam's, > 0.
        max_steps: Most steps in which a window is read; at least its length means one sample per step, as published.
    """

    attacker = "LSTM discriminator"
    title = "Distinguishing released windows from real ones with SenseGen's network"
    efforts: ClassVar[tuple[Effort, ...]] = ("thorough",)
    version = 2
    max_per_side = 1500
    n_folds = 3
    n_updates: int = 160
    batch_size: int = 128
    learning_rate: float = 3e-3
    max_steps: int = MAX_STEPS

    def describe(self, windows: Windows) -> np.ndarray:
        """Return the windows in a few steps of several samples."""
        return framed(windows.values, self.max_steps)

    def score(
        self, known: np.ndarray, is_release: np.ndarray, shown: np.ndarray, context: RunContext
    ) -> np.ndarray:
        """Return the probability of a release."""
        tensorflow(seed=context.seed)
        from synth.audit.models._networks import lstm

        mean, scale = moments(known)
        judge = lstm(known.shape[1], known.shape[2], learning_rate=self.learning_rate)
        judge.restart(context.seed)
        teach(
            judge,
            scaled(known, mean, scale),
            is_release.astype(int),
            context,
            n_updates=self.n_updates,
            batch_size=self.batch_size,
        )
        return np.exp(judge.log_likelihood(scaled(shown, mean, scale))[:, 1])


def framed(values: np.ndarray, max_steps: int = MAX_STEPS) -> np.ndarray:
    """Group samples into steps: `(n, timesteps, channels)` -> `(n, steps <= max_steps, samples * channels)`."""
    n, n_timesteps, n_channels = values.shape
    per_step = -(-n_timesteps // max_steps)
    n_steps = n_timesteps // per_step
    return values[:, : n_steps * per_step].reshape(n, n_steps, per_step * n_channels)
