"""How GAIN learns: what is shown and hidden in each step, hints, and when to stop."""

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
NOISE = 0.01  # missing samples are shown to the generator as noise in [0, NOISE), as published
WIDEST_AUTO = 1024  # d-d-d grows with d squared: 12 channels of 512 samples would need 5 GB


@dataclass(frozen=True, eq=False)
class Problem:
    """What GAIN learns from: rows in min-max space, and what is hidden of them.

    Attributes:
        rows: `(n, d)` float32.
        draw: Indices of rows -> `(batch, d)` bool, what is shown of them in a training step.
        practice: Indices of the rows to learn from.
        held_out: Indices of the rows that decide when to stop.
        shown: `(n_held_out, d)` bool, what is shown of those.
        known: `(n, d)` bool, where the truth is known at all.
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
    """Draw what the discriminator is told about the mask.

    Args:
        mask: `(batch, d)`, 1 where known.
        variant: `"paper"`: H = B M + 0.5 (1 - B), the mask or "unknown"; `"code"`: H = B M, so that only
            known samples are ever given away. The paper's theory sets one zero of B a row; Bernoulli(rate)
            is its general form, with `rate = 1 - 1/d` on average the same.
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
    """Train both networks; return the best generator's weights and the history without clock times."""
    tensorflow(seed=context.seed)
    from synth.imputers.gain import _network as network

    n_columns = problem.rows.shape[1]
    width = network_width(settings, n_columns)
    generator = network.dense_network(n_columns, width, "sigmoid", seed=context.seed)
    discriminator = network.dense_network(n_columns, width, "linear", seed=context.seed + 1_000)
    step = network.make_train_step(
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
    """Return a function that gives the RMSE, in min-max space, over what is hidden of held-out rows."""
    truth, shown = problem.rows[problem.held_out], problem.shown
    hidden = problem.known[problem.held_out] & ~shown
    if not hidden.any():
        raise TrainingError(
            "Too little is hidden to see progress. Choose a larger share under How much is missing."
        )
    noise = rng.random(truth.shape, dtype=np.float32) * NOISE
    inputs = np.where(shown, truth, noise)

    def validate() -> float:
        generated = np.array(generate(inputs, shown.astype(np.float32)))
        return float(np.sqrt(np.mean((generated - truth)[hidden] ** 2, dtype=np.float64)))

    return validate


def network_width(settings: GainSettings, n_columns: int) -> int:
    """Return the units of the hidden layers: as published one a column, where that is affordable."""
    return settings.hidden or min(n_columns, WIDEST_AUTO)
