"""An attacker who trains a network on the release and tests which recordings it has memorised.

The attacker's story: networks memorise. Whatever a release retains of the used recordings, a network that learns
activities from it retains, too. The attacker feeds a recording to it and looks whether the recording would change its
weights as some released window does (gradient matching), and how confident it is of the activity (memorisation).

References:
    Zhu, Liu and Han, Deep leakage from gradients, NeurIPS 2019; Zhao, Mopuri and Bilen, Dataset condensation with
    gradient matching, ICLR 2021. Here gradients of the last layer are compared, not inverted.
    Yeom, Giacomelli, Fredrikson and Jha, Privacy risk in machine learning, CSF 2018 (the loss).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from data.release import Release
from data.windows import Windows, concatenate
from synth.audit.membership.base import LineUp, Membership
from synth.audit.models.convnet import FittedConvnet, fit_convnet
from synth.core.run_context import RunContext

GRADIENT, LOSS = "nearest gradient", "loss"
AT_ONCE = 1000  # windows compared with all released ones, to bound memory


@dataclass(frozen=True)
class NetworkMembership(Membership):
    """Similarity to the nearest released window's gradient, and loss, of a network trained on the release.

    Attributes:
        n_updates: Optimiser steps, whatever the number of windows.
    """

    attacker = "a network taught by the release"
    title = "Testing which recordings a network trained on the release has memorised"
    efforts = ("thorough",)
    fewest_activities = 2
    against_others = 0
    n_updates: int = 400

    def applies_to(self, release: Release) -> bool:
        """Apply to releases with several activities, which a network can learn."""
        return len(release.windows.activities) >= self.fewest_activities

    def familiarity(
        self, given: LineUp, released: Windows, context: RunContext
    ) -> Iterator[tuple[str, np.ndarray]]:
        """Yield the similarity to the nearest released window's gradient, and the negative loss."""
        network = fit_convnet(released.values, released.activity, context, n_updates=self.n_updates)
        real = concatenate([given.used, given.unused])
        (hidden, errors, sure), (hidden_there, errors_there, _) = (
            _gradients(network, windows) for windows in (real, released)
        )
        nearest = np.empty(len(real))
        for activity in released.activities:
            other = released.activity == activity
            for rows in _parts(np.flatnonzero(real.activity == activity)):
                alike = (hidden[rows] @ hidden_there[other].T) * (errors[rows] @ errors_there[other].T)
                nearest[rows] = alike.max(axis=1)
        yield GRADIENT, nearest
        yield LOSS, sure


def _gradients(network: FittedConvnet, windows: Windows) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return how windows would change the last layer's weights: the two factors of an outer product.

    The cosine of two such products is the product of the cosines of their factors.

    Returns:
        Normalised inputs of the layer `(n, n_units)` and errors `(n, n_activities)`; and the network's confidence
        in each window's activity `(n,)`, <= 0.
    """
    log_likelihood = network.log_likelihood(windows.values).astype(np.float64)
    own = np.arange(len(windows)), np.searchsorted(network.classes_, windows.activity)
    errors = np.exp(log_likelihood)
    errors[own] = 0.0
    errors[own] = -errors.sum(axis=1)  # not "probability - 1", which would be rounded to 0
    return _directions(network.last_layer(windows.values)), _directions(errors), errors[own]


def _parts(rows: np.ndarray) -> list[np.ndarray]:
    return np.array_split(rows, max(1, -(-len(rows) // AT_ONCE)))


def _directions(rows: np.ndarray) -> np.ndarray:
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.where(length > 0, length, 1.0)
