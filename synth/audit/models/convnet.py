"""The neural attacker: a small convolutional network on the samples themselves, and how networks are taught.

It learns for a fixed number of updates: nothing is kept aside to stop it early, neither of what it learns from
(there is little enough) nor of what it is tested on (that would be looking).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from synth.core.run_context import RunContext
from synth.keras_support.tensorflow_backend import tensorflow
from synth.keras_support.training import train

if TYPE_CHECKING:
    from synth.audit.models._networks import Network

CLIP = 10.0  # standard deviations; a single wild sample must not decide
BATCH_SIZE = 64
LEARNING_RATE = 1e-2


@dataclass(frozen=True, eq=False)
class FittedConvnet:
    """A network that has learnt to name windows.

    Attributes:
        classes_: `(n_classes,)` sorted labels, as scikit-learn calls them.
        mean: `(n_features,)` of what it learnt from.
        scale: `(n_features,)`, the same.
        weights: What it learnt.
        network: Compiled, and kept for others of the same shape: its present weights may be another's.
    """

    classes_: np.ndarray
    mean: np.ndarray
    scale: np.ndarray
    weights: list[np.ndarray]
    network: "Network"

    def log_likelihood(self, values: np.ndarray) -> np.ndarray:
        """Return the log-probability of each class, `(n, n_classes)`, of windows `(n, timesteps, channels)`."""
        self.network.load(self.weights)
        return self.network.log_likelihood(scaled(with_steps(values), self.mean, self.scale))

    def last_layer(self, values: np.ndarray) -> np.ndarray:
        """Return what the last layer is given, `(n, n_units)`."""
        self.network.load(self.weights)
        return self.network.last_layer(scaled(with_steps(values), self.mean, self.scale))

    def predict(self, values: np.ndarray) -> np.ndarray:
        """Return the likeliest label of each window, `(n,)`."""
        return self.classes_[self.log_likelihood(values).argmax(axis=1)]


def fit_convnet(
    values: np.ndarray,
    labels: np.ndarray,
    context: RunContext,
    *,
    n_updates: int,
) -> FittedConvnet:
    """Teach a convolutional network; every class weighs the same.

    The network sees each channel and its steps from sample to sample: sensors' noise and jerks are small
    beside gravity. On the sample this named 90 of 100 later windows after 300 updates where channels alone
    named 88. People who sit or lie still are told apart by small angles: there forests are stronger.

    Args:
        values: `(n, timesteps, channels)`, any unit: they are standardised by their own mean and spread.
        labels: `(n,)` str or bool, at least two different ones.
        context: Its seed draws weights, batches and what is shaken: same seed, same network. Asked to stop before
            every step.
        n_updates: Steps of the optimiser, whatever the number of windows.

    Raises:
        Stopped: If it was asked to stop.

    References:
        Wang, Yan and Oates, Time series classification from scratch with deep neural networks, IJCNN 2017;
        ours is narrower, steps through time, and pools after every block.
    """
    tensorflow(seed=context.seed)
    from synth.audit.models._networks import convnet

    inputs = with_steps(values)
    mean, scale = moments(inputs)
    inputs = scaled(inputs, mean, scale)
    classes, codes = np.unique(labels, return_inverse=True)
    network = convnet(*inputs.shape[1:], len(classes), n_updates, learning_rate=LEARNING_RATE)
    network.restart(context.seed)
    teach(network, inputs, codes, context, n_updates=n_updates)
    return FittedConvnet(classes, mean, scale, network.weights(), network)


def teach(
    network: "Network",
    inputs: np.ndarray,
    codes: np.ndarray,
    context: RunContext,
    *,
    n_updates: int,
    batch_size: int = BATCH_SIZE,
) -> None:
    """Run `n_updates` training steps on batches in which every class is as likely.

    Args:
        inputs: `(n, ...)` float32, standardised.
        codes: `(n,)` int, the class of each.

    Raises:
        Stopped: If it was asked to stop.
    """
    counts = np.bincount(codes)
    chances = 1 / (np.count_nonzero(counts) * counts[codes])

    def batches(_: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        rng = np.random.default_rng(context.seed)
        for _ in range(n_updates):
            batch = rng.choice(len(codes), batch_size, p=chances)
            yield inputs[batch], codes[batch]

    train(
        network.step,
        context.quiet(),
        batches=batches,
        n_epochs=1,
        validate=lambda: 0.0,  # nothing is held out, so there is nothing to choose by
        weights=network.model.variables,
        patience=1,
        text="Teaching an attacker",
    )


def with_steps(values: np.ndarray) -> np.ndarray:
    """Add each channel's steps from sample to sample: `(n, timesteps, 2 * channels)`, the first step 0."""
    return np.concatenate([values, np.diff(values, axis=1, prepend=values[:, :1])], axis=2)


def moments(inputs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and spread of each feature over windows and time, `(n_features,)` each."""
    mean = inputs.mean(axis=(0, 1), dtype=np.float64)
    return mean, np.maximum(inputs.std(axis=(0, 1), dtype=np.float64), 1e-8)


def scaled(inputs: np.ndarray, mean: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Bring features to mean 0 and spread 1, clipped at `CLIP`."""
    return np.clip((inputs - mean) / scale, -CLIP, CLIP).astype(np.float32)
