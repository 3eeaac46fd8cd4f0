"""The adversarial game of a transformation, and its training. Imports Keras.

Game                 owns  a coder, its regularisers and the coder's train steps; compiled once, used many times
AlternatingTraining  owns  the order of the rounds, batches, progress, history and checkpoints of one fit
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from synth.core.run_context import Progress, RunContext
from synth.keras_support.training import train
from synth.keras_support.weights import assign_values, pack, unpack, values_of
from synth.mechanisms.aae._losses import class_weights, mean_squared_error
from synth.mechanisms.aae._networks import Coder, Regulariser, RestartableAdam, drawn_seeds
from synth.mechanisms.aae.layouts import CoderLayout, IdentityLoss, Reads, RegulariserLayout, Task

PATIENCE_OF_COPYING = 10  # as published
N_KEPT = 4  # compiled games in the cache


@dataclass(frozen=True)
class GameLayout:
    """The compiled part of a game; the weights of the regularisers are not compiled.

    Attributes:
        coder: Architecture of the coder.
        regularisers: Architecture of each regulariser.
        identity_loss: How the identity is hidden.
        learning_rate: Of all networks.
    """

    coder: CoderLayout
    regularisers: tuple[RegulariserLayout, ...]
    identity_loss: IdentityLoss
    learning_rate: float


@dataclass(frozen=True, eq=False)
class LabelledImages:
    """Windows with the classes that the regularisers recognise.

    Attributes:
        images: `(n, channels, timesteps, 1)` float32, standardised.
        codes: `(n,)` int32 by task, the class of each window.
    """

    images: np.ndarray
    codes: Mapping[Task, np.ndarray]


@dataclass(frozen=True)
class TrainingSchedule:
    """The length of each part of the training, and the weights of the losses.

    Attributes:
        pretraining: Most epochs in which the coder learns to reconstruct its input.
        rounds: Rounds of training the regularisers, then the coder against them.
        epochs: Epochs of each of both in a round.
        patience: Epochs without improvement before the training of a regulariser ends early.
        batch_size: Windows per step.
        feed_back: Whether the coder continues from its output of the previous round.
        restart_regularisers: Whether regularisers are reinitialised in every round.
        weights: Of the reconstruction error, and of each regulariser.
    """

    pretraining: int
    rounds: int
    epochs: int
    patience: int
    batch_size: int
    feed_back: bool
    restart_regularisers: bool
    weights: Sequence[float]


class Game:
    """A coder and its regularisers, with the coder's train steps.

    The regularisers' dropout is active while the coder is trained against them: freezing did not disable it in the
    Keras version of the authors' code.
    """

    def __init__(self, layout: GameLayout) -> None:
        self.coder = Coder(layout.coder)
        shapes = {"latent": self.coder.encoder.output_shape[1:], "output": layout.coder.shape}
        self.regularisers = [
            Regulariser(own, shapes[own.reads], layout.learning_rate) for own in layout.regularisers
        ]
        self._form: IdentityLoss = layout.identity_loss
        self._adams = [RestartableAdam(self.coder.trainable, layout.learning_rate) for _ in range(2)]
        self.copy = tf.function(self._copy, autograph=False, reduce_retracing=True)
        self.evade = tf.function(self._evade, autograph=False, reduce_retracing=True)

    @property
    def variables(self) -> list[keras.Variable]:
        """All variables that the training depends on."""
        adams = [variable for adam in self._adams for variable in adam.variables]
        return [*self.coder.variables, *adams, *(v for r in self.regularisers for v in r.variables)]

    def restart(self, seed: int) -> None:
        """Reinitialise all networks."""
        for player, own in zip(
            (self.coder, *self.regularisers), drawn_seeds(seed, 1 + len(self.regularisers)), strict=True
        ):
            player.restart(own)
        for adam in self._adams:
            adam.restart()

    def transform(self, images: np.ndarray) -> dict[Reads, np.ndarray]:
        """Return codes and outputs of the coder with its current weights."""
        return self.coder.transform(images, self.coder.variables)

    def objective(self, examples: LabelledImages, weights: Sequence[float]) -> float:
        """Return the coder's objective for the recordings themselves.

        Args:
            examples: Any number of windows.
            weights: Of the reconstruction error, and of each regulariser.
        """
        made = self.transform(examples.images)
        losses = [
            r.loss(r.logits(made[r.layout.reads]), examples.codes[r.layout.task], self._form)
            for r in self.regularisers
        ]
        return float(np.dot(weights, [mean_squared_error(examples.images, made["output"]), *losses]))

    def _copy(self, images: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            error = mean_squared_error(images, self.coder.code_and_output(images)[1])
            loss = error + self.coder.penalty()
        self._adams[0].descend(tape, loss)
        return error

    def _evade(
        self, seen: tf.Tensor, wanted: tf.Tensor, codes: Mapping[Task, tf.Tensor], weights: tf.Tensor
    ) -> dict[str, tf.Tensor]:
        with tf.GradientTape() as tape:
            code, output = self.coder.code_and_output(seen)
            shown = {"latent": code, "output": output}
            terms = {"difference": mean_squared_error(wanted, output)}
            for r in self.regularisers:
                logits = r.model(shown[r.layout.reads], training=True)
                terms[r.layout.name] = r.loss(logits, codes[r.layout.task], self._form)
            loss = tf.tensordot(weights, tf.stack(list(terms.values())), 1) + self.coder.penalty()
        self._adams[1].descend(tape, loss)
        return terms


_free: dict[GameLayout, Game] = {}  # compiled, not in use


@contextmanager
def borrowed_game(layout: GameLayout, *, seed: int) -> Iterator[Game]:
    """Provide a reinitialised game to one fit; a few are cached, because compiling takes longer than a small fit."""
    game = _free.pop(layout, None) or Game(layout)
    game.restart(seed)
    try:
        yield game
    finally:
        _free[layout] = game
        while len(_free) > N_KEPT:
            _free.pop(next(iter(_free)), None)


@lru_cache(N_KEPT)
def compiled_coder(layout: CoderLayout) -> Coder:
    """Return a coder for transforming; its own weights are never used, so that it can be shared."""
    return Coder(layout)


class AlternatingTraining:
    """First the coder learns to reconstruct; then, in rounds, the regularisers and the coder are trained in turn.

    Args:
        schedule: Weights, and the length of each part.
        game: Reinitialised.
        learnt: The training windows.
        validation: The validation windows: they stop the reconstruction and the regularisers early.
        context: Its seed draws batches and, if they are reinitialised, regularisers. Told after every epoch; asked
            before every batch whether to stop. Its checkpoints hold how things stand between two stages.
    """

    def __init__(
        self,
        schedule: TrainingSchedule,
        game: Game,
        learnt: LabelledImages,
        validation: LabelledImages,
        context: RunContext,
    ) -> None:
        self._schedule, self._game = schedule, game
        self._learnt, self._validation = learnt, validation
        self._context = context
        self._batch_seeds, self._restart_seeds = (np.random.default_rng([context.seed, i]) for i in range(2))
        self._began, self._done, self._history = time.perf_counter(), 0, []
        self._checkpoint = context.checkpoints.next() if context.checkpoints else None
        self._n_stages, self._n_kept = 0, 0  # begun in this run; ended in an earlier one

    def run(self) -> list[dict[str, float]]:
        """Train, or go on from the last checkpoint, and return the losses of each epoch."""
        schedule, game = self._schedule, self._game
        self._go_on(self._checkpoint.read() if self._checkpoint else None)
        self._learn_to_copy()
        seen = self._learnt.images
        for number in range(1, schedule.rounds + 1):
            text = f"Round {number} of {schedule.rounds}"
            made, tested = (game.transform(part.images) for part in (self._learnt, self._validation))
            if schedule.feed_back and number > 1:
                seen = made["output"]
            for regulariser in game.regularisers:
                reads, restarts = regulariser.layout.reads, schedule.restart_regularisers and number > 1
                self._teach(regulariser, made[reads], tested[reads], text, restarts=restarts)
            self._evade(seen, text)
        return self._history

    def _learn_to_copy(self) -> None:
        game, held_out = self._game, self._validation.images
        self._stage(
            "Learning to copy",
            lambda batch: {"copying": game.copy(tf.constant(batch[0]))},
            (self._learnt.images,),
            n_epochs=self._schedule.pretraining,
            validate=lambda: float(mean_squared_error(held_out, game.transform(held_out)["output"])),
            called="copying, held out",
            weights=game.coder.variables,
            patience=PATIENCE_OF_COPYING,
        )

    def _teach(
        self, regulariser: Regulariser, made: np.ndarray, tested: np.ndarray, text: str, *, restarts: bool
    ) -> None:
        name, task = regulariser.layout.name, regulariser.layout.task
        codes, truth = self._learnt.codes[task], self._validation.codes[task]
        if restarts and self._n_stages >= self._n_kept:
            regulariser.restart(int(self._restart_seeds.integers(2**31)))
        self._stage(
            f"{text}: recognising {name}",
            lambda batch: {f"{name}, entropy": regulariser.step(batch)},
            (made, codes, class_weights(codes)),
            n_epochs=self._schedule.epochs,
            validate=lambda: float((regulariser.logits(tested).argmax(axis=1) != truth).mean()),
            called=f"{name}, held out, share wrong",
            weights=regulariser.model.trainable_variables,
            patience=self._schedule.patience,
        )

    def _evade(self, seen: np.ndarray, text: str) -> None:
        tasks, codes = zip(*self._learnt.codes.items(), strict=True)
        weights = self._schedule.weights

        def step(batch: Sequence[np.ndarray]) -> Mapping[str, tf.Tensor]:
            seen, wanted, *named = map(tf.constant, batch)
            named = dict(zip(tasks, named, strict=True))
            return self._game.evade(seen, wanted, named, tf.constant(weights, tf.float32))

        self._stage(
            f"{text}: transforming",
            step,
            (seen, self._learnt.images, *codes),
            n_epochs=self._schedule.epochs,
            validate=lambda: self._game.objective(self._validation, weights),
            called="objective, held out",
            weights=(),  # as published the last weights are kept: weak regularisers also give a low objective
            patience=self._schedule.epochs,
        )

    def _stage(
        self,
        text: str,
        step: Callable[[Any], Mapping[str, Any]],
        parts: Sequence[np.ndarray],
        *,
        n_epochs: int,
        validate: Callable[[], float],
        called: str,
        weights: Sequence[keras.Variable],
        patience: int,
    ) -> None:
        self._n_stages += 1
        if self._n_stages <= self._n_kept:
            return

        def named(figures: Mapping[str, float]) -> dict[str, float]:
            return {called if name == "held-out loss" else name: value for name, value in figures.items()}

        def report(progress: Progress) -> None:
            step, figures = self._done + progress.step, named(progress.figures)
            self._context.tell(step, self._n_epochs, progress.text, figures=figures, began=self._began)

        history = train(
            step,
            replace(self._context, on_progress=report),
            batches=lambda epoch: self._batches(parts),
            n_epochs=n_epochs,
            validate=validate,
            weights=weights,
            patience=patience,
            text=text,
        )
        self._history += map(named, history)
        self._done += n_epochs
        if self._checkpoint is not None and self._checkpoint.is_due:
            self._checkpoint.keep(self._to_bytes())

    def _to_bytes(self) -> bytes:
        """Return all that the stages to come depend on."""
        card = {
            "stages": self._n_stages,
            "done": self._done,
            "history": self._history,
            "elapsed_s": time.perf_counter() - self._began,
            "generators": [g.bit_generator.state for g in (self._batch_seeds, self._restart_seeds)],
        }
        return pack(card, values_of(self._game.variables, "state"))

    def _go_on(self, payload: bytes | None) -> None:
        """Go on from what `_to_bytes` returned. What is damaged, or of other networks, is not used."""
        if payload is None:
            return
        before = values_of(self._game.variables, "state")
        try:
            card, arrays = unpack(payload)
            assign_values(self._game.variables, arrays, "state")
            self._n_kept, self._done, self._history = card["stages"], card["done"], card["history"]
        except (ValueError, KeyError):
            assign_values(self._game.variables, before, "state")
            return
        self._began -= card["elapsed_s"]
        for generator, stand in zip(
            (self._batch_seeds, self._restart_seeds), card["generators"], strict=True
        ):
            generator.bit_generator.state = stand

    @property
    def _n_epochs(self) -> int:
        a_round = (len(self._game.regularisers) + 1) * self._schedule.epochs
        return self._schedule.pretraining + self._schedule.rounds * a_round

    def _batches(self, parts: Sequence[np.ndarray]) -> Iterator[tuple[np.ndarray, ...]]:
        """Yield batches of about the desired size, none of them much smaller."""
        order = self._batch_seeds.permutation(len(parts[0]))
        for indices in np.array_split(order, max(1, round(len(order) / self._schedule.batch_size))):
            yield tuple(part[indices] for part in parts)
