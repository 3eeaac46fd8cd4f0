"""Training of the dense GAIN: masks, hints, and early stopping."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from synth.core.errors import TrainingError
from synth.core.run_context import RunContext
from synth.imputers.gain.settings import GainSettings
from synth.keras_support.tensorflow_backend import tensorflow
from synth.keras_support.training import train as run_training
from synth.keras_support.weights import values_of

ITERATIONS_A_ROUND = 50
NOISE = 0.01  # missing samples are replaced by noise in [0, NOISE) in the generator's input, as published
WIDEST_AUTO = 1024  # layers d-d-d grow with d squared: 12 channels of 512 samples would need 5 GB


@dataclass(frozen=True, eq=False)
class Problem:
    """Data that the dense GAIN is trained on.

    Attributes:
        rows: `(n, d)` float32 in min-max space.
        draw: Indices of rows, generator -> `(batch, d)` bool, the entries shown in a training step.
        practice: Indices of the training rows.
        held_out: Indices of the validation rows.
        shown: `(n_held_out, d)` bool, the entries of validation rows that are shown.
        known: `(n, d)` bool, the entries whose true value is known.
    """

    rows: np.ndarray
    draw: Callable[[np.ndarray, np.random.Generator], np.ndarray]
    practice: np.ndarray
    held_out: np.ndarray
    shown: np.ndarray
    known: np.ndarray


def draw_hints(
    mask: np.ndarray, *, variant: Literal["paper", "code"], rate: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Draw the hints that the discriminator is given about the mask.

    Args:
        mask: `(batch, d)`, 1 where known.
        variant: `"paper"`: H = B M + 0.5 (1 - B), the mask or "undecided"; `"code"`: H = B M, so that only known
            samples are ever revealed. In the paper's theory B has one zero per row; Bernoulli(`rate`) generalises
            this, and agrees on average where `rate = 1 - 1/d`.
        rate: Probability that an entry of B is 1, in [0, 1].
        rng: Source of randomness.

    Returns:
        B and H, both `(batch, d)` float32.
    """
    b = (rng.random(mask.shape, dtype=np.float32) < rate).astype(np.float32)
    hints = b * mask if variant == "code" else b * mask + 0.5 * (1 - b)
    return b, hints.astype(np.float32)


def learn(
    settings: GainSettings, problem: Problem, rng: np.random.Generator, context: RunContext
) -> tuple[dict[str, np.ndarray], list[dict[str, float]]]:
    """Train both networks.

    Args:
        settings: Hyperparameters.
        problem: What they are trained on.
        rng: Draws batches, masks and noise.
        context: Its seed draws the initial weights; told after every round, asked to stop between batches.

    Returns:
        The weights of the generator with the lowest held-out error, and the history, one dict per round.

    Raises:
        Stopped: If it was asked to stop.
        TrainingError: If nothing is hidden in the validation rows, or a loss is no longer a number.
    """
    tensorflow(seed=context.seed)
    from synth.imputers.gain import _network as network

    n_columns = problem.rows.shape[1]
    width = network_width(settings, n_columns)
    generator = network.dense_network(n_columns, width, "sigmoid", seed=context.seed)
    discriminator = network.dense_network(n_columns, width, "linear", seed=context.seed + 1_000)
    step, state = network.make_train_step(
        generator,
        discriminator,
        alpha=settings.alpha,
        hint=settings.hint,
        error_on=settings.error_on,
        learning_rate=settings.learning_rate,
    )
    history = run_training(
        step,
        context,
        batches=lambda round_: _batches(settings, problem, round_, rng),
        n_epochs=-(-settings.iterations // ITERATIONS_A_ROUND),
        validate=_held_out_error(problem, network.make_generate(generator, n_columns), rng),
        weights=generator.weights,
        patience=settings.patience,
        text="GAIN is learning",
        state=state,
        drawn_from=[rng],
    )
    return values_of(generator.weights, "generator"), history


def _batches(
    settings: GainSettings, problem: Problem, round_: int, rng: np.random.Generator
) -> Iterator[tuple[np.ndarray, ...]]:
    n_left = settings.iterations - round_ * ITERATIONS_A_ROUND
    for _ in range(min(ITERATIONS_A_ROUND, n_left)):
        indices = rng.permutation(problem.practice)[: settings.batch_size]
        mask = problem.draw(indices, rng).astype(np.float32)
        noise = rng.random(mask.shape, dtype=np.float32) * NOISE
        b, hints = draw_hints(mask, variant=settings.hint, rate=settings.hint_rate, rng=rng)
        yield problem.rows[indices], mask, noise, b, hints


def _held_out_error(
    problem: Problem, generate: Callable[[np.ndarray, np.ndarray], Any], rng: np.random.Generator
) -> Callable[[], float]:
    """Return a function that computes the RMSE, in min-max space, over hidden entries of held-out rows."""
    truth, shown = problem.rows[problem.held_out], problem.shown
    hidden = problem.known[problem.held_out] & ~shown
    if not hidden.any():
        raise TrainingError(
            "Too little is hidden to measure progress. Choose a larger share under How much is missing."
        )
    noise = rng.random(truth.shape, dtype=np.float32) * NOISE
    inputs = np.where(shown, truth, noise)

    def validate() -> float:
        generated = np.array(generate(inputs, shown.astype(np.float32)))
        return float(np.sqrt(np.mean((generated - truth)[hidden] ** 2, dtype=np.float64)))

    return validate


def network_width(settings: GainSettings, n_columns: int) -> int:
    """Return the units of each hidden layer: one per column, as published, up to `WIDEST_AUTO`."""
    return settings.hidden or min(n_columns, WIDEST_AUTO)
