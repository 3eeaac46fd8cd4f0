"""The adversarial attacker: a small generative adversarial network whose discriminator is asked about windows.

The generator is thrown away. What is wanted is a discriminator that came to know the windows it was shown: those that
it takes for real resemble them.
"""

from collections.abc import Iterator

import numpy as np

from synth.audit.models.convnet import moments, scaled
from synth.core.run_context import RunContext
from synth.keras_support.tensorflow_backend import tensorflow
from synth.keras_support.training import train

BATCH_SIZE = 64
UPDATES_A_ROUND = 50
IGNORED = 0.25  # share of the rounds whose answers do not count


def taken_for_real(
    real: np.ndarray,
    asked: np.ndarray,
    context: RunContext,
    *,
    n_updates: int,
    others: np.ndarray | None = None,
) -> np.ndarray:
    """Train a network on windows, and return how much its discriminator takes others for such: `(n_asked,)`.

    The discriminator of one moment of the game is noisy, so its answers are averaged over the last three quarters.

    Args:
        real: `(n, timesteps, channels)`, what the generator imitates.
        asked: `(n_asked, timesteps, channels)`.
        context: Its seed draws weights and batches. Requests to stop are heeded before every step.
        n_updates: Steps of both networks, in rounds of `UPDATES_A_ROUND`; at least one round is run.
        others: `(n_others, timesteps, channels)`, what else the discriminator learns to tell from `real`, if anything.

    Raises:
        Stopped: If it was asked to stop.

    References:
        Radford, Metz and Chintala, Unsupervised representation learning with deep convolutional generative
        adversarial networks, ICLR 2016.
    """
    tensorflow(seed=context.seed)
    from synth.audit.models._gan_networks import Gan

    scale = moments(real)
    real, asked = scaled(real, *scale), scaled(asked, *scale)
    beside = real[:0] if others is None else scaled(others, *scale)
    gan = Gan(*real.shape[1:], seed=context.seed)
    rng = np.random.default_rng(context.seed)
    n_rounds = max(1, n_updates // UPDATES_A_ROUND)
    total = np.zeros(len(asked))

    def batches(_: int) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        for _ in range(UPDATES_A_ROUND):
            codes = rng.normal(size=(BATCH_SIZE, gan.n_codes)).astype(np.float32)
            yield _some(real, rng), _some(beside, rng), codes

    for n in range(n_rounds):
        train(
            gan.step,
            context.quiet(),
            batches=batches,
            n_epochs=1,
            validate=None,
            weights=gan.variables,
            patience=1,
            text="Training an attacker",
        )
        if n >= int(IGNORED * n_rounds):
            total += gan.judge(asked)
    return total


def _some(windows: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw a batch of windows; none of none."""
    return windows[rng.integers(len(windows), size=BATCH_SIZE)] if len(windows) else windows
