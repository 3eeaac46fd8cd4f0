"""Someone who teaches a network with the release, and asks it which recordings it knows.

The attacker's story: a network learns by heart. What a release holds of the recordings that were used, a network that
learns activities from it holds, too. The attacker shows it a recording and looks whether the recording would change it
as some released window does (gradient matching), and how sure it is of the activity (memorisation).

A third attack of that kind, a contest of networks that imitate the release, whose judge says what it knows (LOGAN,
Hayes et al., PETS 2019), was tried and left out: on copies of the recordings themselves its AUC was .55 [.45, .65]
after 600 steps and .50 [.40, .60] after 2,000 (the sample, seed 0).

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
AT_ONCE = 1000  # windows compared with all released ones: memory


@dataclass(frozen=True)
class NetworkMembership(Membership):
    """The nearest released window's gradient of a network that learnt activities from the release, and its loss.

    Attributes:
        n_updates: Steps of the optimiser, whatever the number of windows.
    """

    attacker = "a network taught by the release"
    title = "Asking a network that learnt from the release which recordings it knows"
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
    """Return how windows would change the last layer's weights: two directions, whose outer product it is.

    The cosine of two such products is the product of the cosines of their factors.

    Returns:
        Directions of what the layer is given `(n, n_units)` and of its errors `(n, n_activities)`; and how sure the
        network is of each window's activity `(n,)`, at most 0.
    """
    log_likelihood = network.log_likelihood(windows.values).astype(np.float64)
    own = np.arange(len(windows)), np.searchsorted(network.classes_, windows.activity)
    errors = np.exp(log_likelihood)
    errors[own] = 0.0
    errors[own] = -errors.sum(axis=1)  # not "probability - 1": that would be rounded to nothing
    return _directions(network.last_layer(windows.values)), _directions(errors), errors[own]


def _parts(rows: np.ndarray) -> list[np.ndarray]:
    return np.array_split(rows, max(1, -(-len(rows) // AT_ONCE)))


def _directions(rows: np.ndarray) -> np.ndarray:
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.where(length > 0, length, 1.0)
