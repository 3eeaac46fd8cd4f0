"""The one training loop: batches, early stopping, progress and stopping on request.

fit of a learner  owns  the networks and one compiled train step (a GAN's alternation is inside it)
train()           owns  epochs, averaging of losses, the best weights, progress and stopping
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from synth.core.errors import TrainingError
from synth.core.run_context import RunContext

HELD_OUT = "held-out loss"


def train(
    step: Callable[[Any], Mapping[str, Any]],
    context: RunContext,
    *,
    batches: Callable[[int], Iterable[Any]],
    n_epochs: int,
    validate: Callable[[], float] | None,
    weights: Sequence[Any],
    patience: int,
    text: str = "Learning",
) -> list[dict[str, float]]:
    """Run train steps until the validation loss stops improving, and restore the best weights.

    Args:
        step: Takes a batch, updates the weights, returns scalar losses by name.
        context: Told after every epoch; asked before every batch whether to stop. Its seed is not used: `batches`
            already depends on it.
        batches: Epoch number (from 0) -> the batches of that epoch.
        n_epochs: Largest number of epochs, >= 1.
        validate: Returns the loss on the validation split; lower is better. `None` if nothing may be computed on
            held-out data: then all epochs are run and the last weights are kept.
        weights: Keras variables to restore to the epoch with the lowest validation loss.
        patience: Epochs without improvement before stopping early, >= 1.
        text: What is being learnt, for the progress line.

    Returns:
        One dict per epoch: the mean of each loss, and `"held-out loss"` if there is a validation split. No times:
            the same run gives the same history.

    Raises:
        Stopped: If it was asked to stop.
        TrainingError: If a loss is not finite.
    """
    began = time.perf_counter()
    history: list[dict[str, float]] = []
    best_loss, best_epoch, best_weights = np.inf, -1, None
    for epoch in range(n_epochs):
        losses = _run_epoch(step, batches(epoch), context)
        _check_finite(losses, text, epoch)
        if validate is not None:
            losses[HELD_OUT] = float(validate())
            _check_finite(losses, text, epoch)
        history.append(losses)
        context.tell(epoch + 1, n_epochs, text, figures=losses, began=began)
        if validate is None:
            continue
        if losses[HELD_OUT] < best_loss:
            best_loss, best_epoch = losses[HELD_OUT], epoch
            best_weights = [np.asarray(variable).copy() for variable in weights]
        if epoch - best_epoch >= patience:
            break
    if best_weights is not None:
        for variable, value in zip(weights, best_weights, strict=True):
            variable.assign(value)
    return history


def cosine_schedule(highest: float, n_steps: int, *, final_share: float = 0.0, n_warm_up: int = 0) -> Any:
    """Return a learning rate that decays along a cosine. Typed `Any`, because Keras annotates learning rates as
    `float`.

    Args:
        highest: The highest learning rate.
        n_steps: Steps until the lowest learning rate is reached, including the warm-up.
        final_share: The lowest learning rate, as a share of the highest, in [0, 1].
        n_warm_up: Steps over which the rate first rises linearly, from a twentieth of the highest.
    """
    from keras.optimizers.schedules import CosineDecay

    if n_warm_up == 0:
        return CosineDecay(highest, n_steps, alpha=final_share)
    return CosineDecay(
        highest / 20,
        max(1, n_steps - n_warm_up),
        alpha=final_share,
        warmup_target=highest,
        warmup_steps=n_warm_up,
    )


def _check_finite(losses: Mapping[str, float], text: str, epoch: int) -> None:
    if not np.isfinite([*losses.values()]).all():
        raise TrainingError(
            f"{text}: the loss was no longer a finite number in round {epoch + 1}. "
            "Choose a smaller learning rate under Advanced and start again."
        )


def _run_epoch(
    step: Callable[[Any], Mapping[str, Any]], batches: Iterable[Any], context: RunContext
) -> dict[str, float]:
    sums: dict[str, Any] = {}
    n_batches = 0
    for batch in batches:
        context.stop_if_asked()
        for name, loss in step(batch).items():
            sums[name] = sums[name] + loss if name in sums else loss
        n_batches += 1
    return {name: float(total) / n_batches for name, total in sums.items()}
