"""The one training loop: batches, early stopping, progress and stopping on request.

fit of a learner  owns  the networks and one compiled train step (a GAN's alternation is inside it)
train()           owns  epochs, averaging of losses, the best weights, progress, stopping and checkpoints
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from synth.core.errors import TrainingError
from synth.core.run_context import RunContext
from synth.keras_support.weights import assign_values, pack, unpack, values_of

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
    state: Sequence[Any] | None = None,
    drawn_from: Sequence[np.random.Generator] = (),
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
        state: Every variable that the epochs to come depend on, optimisers' included: training goes on from the last
            checkpoint of `context`, and ends as if it had never been interrupted. `None` if they also depend on
            something else: then it starts from the beginning.
        drawn_from: Random generators that `step`, `batches` or `validate` draw from, or that are drawn from
            afterwards: a checkpoint holds where they stand, too.

    Returns:
        One dict per epoch: the mean of each loss, and `"held-out loss"` if there is a validation split. No times:
            the same run gives the same history.

    Raises:
        Stopped: If it was asked to stop.
        TrainingError: If a loss is not finite.
    """
    course = _Course(weights, state, drawn_from)
    checkpoint = context.checkpoints.next() if context.checkpoints and state is not None else None
    if checkpoint is not None:
        course.go_on(checkpoint.read())
    if course.history and validate is not None:
        validate()  # the next epoch may depend on what it leaves behind, such as PhysioGAN's draws
    began = time.perf_counter() - course.elapsed_s
    history = course.history
    for epoch in range(len(history), n_epochs):
        if validate is not None and epoch - 1 - course.best_epoch >= patience:
            break
        losses = _run_epoch(step, batches(epoch), context)
        _check_finite(losses, text, epoch)
        if validate is not None:
            losses[HELD_OUT] = float(validate())
            _check_finite(losses, text, epoch)
        history.append(losses)
        context.tell(epoch + 1, n_epochs, text, figures=losses, began=began)
        course.note_best()
        if checkpoint is not None and checkpoint.is_due:
            checkpoint.keep(course.to_bytes(time.perf_counter() - began))
    if checkpoint is not None and checkpoint.is_kept:  # what comes next in this fit may be interrupted, too
        checkpoint.keep(course.to_bytes(time.perf_counter() - began))
    course.restore_best()
    return history


class _Course:
    """How training has gone so far.

    Args:
        weights: Variables to restore to the best epoch.
        state: Variables that the epochs to come depend on.
        generators: Random generators that they depend on.
    """

    def __init__(
        self, weights: Sequence[Any], state: Sequence[Any] | None, generators: Sequence[np.random.Generator]
    ) -> None:
        self._weights, self._state, self._generators = weights, state or (), generators
        self._best: dict[str, np.ndarray] = {}
        self.history: list[dict[str, float]] = []
        self.best_epoch = -1
        self.elapsed_s = 0.0

    def note_best(self) -> None:
        """Note the weights after the last epoch if it is the best one so far."""
        if HELD_OUT not in self.history[-1]:
            return
        if self.best_epoch < 0 or self.history[-1][HELD_OUT] < self.history[self.best_epoch][HELD_OUT]:
            self.best_epoch, self._best = len(self.history) - 1, values_of(self._weights, "best")

    def restore_best(self) -> None:
        if self.best_epoch >= 0:
            assign_values(self._weights, self._best, "best")

    def to_bytes(self, elapsed_s: float) -> bytes:
        """Return all that is needed to go on."""
        card = {
            "history": self.history,
            "best_epoch": self.best_epoch,
            "elapsed_s": elapsed_s,
            "generators": [generator.bit_generator.state for generator in self._generators],
        }
        return pack(card, {**values_of(self._state, "state"), **self._best})

    def go_on(self, payload: bytes | None) -> None:
        """Go on from what `to_bytes` returned. What is damaged, or of other networks, is not used."""
        if payload is None:
            return
        before = values_of(self._state, "state")
        try:
            card, arrays = unpack(payload)
            assign_values(self._state, arrays, "state")
            best = {name: array for name, array in arrays.items() if name.startswith("best/")}
            history, best_epoch, elapsed_s = card["history"], card["best_epoch"], card["elapsed_s"]
            stands = card.get("generators", [])  # checkpoints of earlier versions have none
            for generator, stand in zip(self._generators, stands, strict=True):
                generator.bit_generator.state = stand
        except (ValueError, KeyError):
            assign_values(self._state, before, "state")
            return
        self.history, self.best_epoch, self.elapsed_s, self._best = history, best_epoch, elapsed_s, best


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
