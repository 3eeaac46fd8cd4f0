"""Networks, losses and the one loop of transformations that are trained against adversaries. Imports Keras.

Coder        owns  encoder and decoder: standardised windows in, transformed ones out
Regulariser  owns  a network that names the person (or activity) in what the coder makes, and its own train step
Game         owns  a coder, its regularisers and the coder's train steps; compiled once, played again and again
Loop         owns  the order of the rounds, batches, progress and history of one fit
"""

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from synth.learner import OnProgress, Progress, ShouldStop
from synth.training import train

if TYPE_CHECKING:
    from synth.mechanisms.aae import AnonymisingAutoencoder

Reads = Literal["latent", "output"]
Task = Literal["identity", "activity"]
IdentityLoss = Literal["as printed", "as in the slides", "uniform"]

KERNEL_PENALTY = 1e-3  # L2 of every kernel, as published
BATCHNORM_MOMENTUM = 0.9  # Keras' 0.99 needs the hundreds of batches a round that the authors had
PATIENCE_OF_COPYING = 10  # as published
N_A_CALL = 256  # windows transformed at once
N_KEPT = 4  # compiled networks
POOLS: Mapping[Reads, tuple[int, ...]] = {"latent": (1, 1, 2, 1, 2), "output": (1, 2, 2, 2, 2)}
DENSE: Mapping[Reads, tuple[int, int]] = {
    "latent": (4, 1),
    "output": (8, 2),
}  # units a filter of the convolutions


@dataclass(frozen=True)
class CoderLayout:
    """What is compiled of a coder.

    Attributes:
        shape: Channels, timesteps (a multiple of the product of `pools`) and one.
        pools: Pooling over time after each convolution of the encoder; the decoder takes it back in reverse.
        kernel: Height (channels) and width (samples) of every convolution.
        activation: Of every convolution but the last of each half.
        filters: Of every convolution but the last of each half, which has one.
    """

    shape: tuple[int, int, int]
    pools: tuple[int, ...]
    kernel: tuple[int, int]
    activation: str
    filters: int


@dataclass(frozen=True)
class RegulariserLayout:
    """What is compiled of a regulariser.

    Attributes:
        reads: Whether it is shown the coder's code or its output.
        task: What it names: an identity, which the coder hides, or an activity, which it keeps.
        words: What it names, for figures and progress.
        n_classes: Classes to tell apart.
        filters: Of each of its convolutions.
    """

    reads: Reads
    task: Task
    words: str
    n_classes: int
    filters: int

    @property
    def name(self) -> str:
        return f"{self.words} from the {'code' if self.reads == 'latent' else 'output'}"


@dataclass(frozen=True)
class GameLayout:
    """What is compiled of a game; how much each regulariser weighs is not."""

    coder: CoderLayout
    regularisers: tuple[RegulariserLayout, ...]
    identity_loss: IdentityLoss
    learning_rate: float


@dataclass(frozen=True, eq=False)
class Examples:
    """Windows with what the regularisers name.

    Attributes:
        images: `(n, channels, timesteps, 1)` float32, standardised.
        codes: `(n,)` int32 by task, the class of each window.
    """

    images: np.ndarray
    codes: Mapping[Task, np.ndarray]


class Coder:
    """A convolutional autoencoder whose code has one number for each channel and some samples."""

    def __init__(self, layout: CoderLayout) -> None:
        kernel = (min(layout.kernel[0], layout.shape[0]), layout.kernel[1])
        options = {"padding": "same", "activation": layout.activation}
        x = inputs = keras.Input(layout.shape)
        for pool in layout.pools:
            x = FusedNormalization()(layers.Conv2D(layout.filters, kernel, **options)(x))
            x = layers.MaxPooling2D((1, pool))(x) if pool > 1 else x
        x = FusedNormalization()(layers.Conv2D(1, kernel, padding="same")(x))
        self.encoder = keras.Model(inputs, x)
        x = inputs = keras.Input(x.shape[1:])
        for i, pool in enumerate(reversed(layout.pools), start=1):
            x = layers.Conv2DTranspose(layout.filters, kernel, strides=(1, pool), **options)(x)
            x = FusedNormalization()(x) if i < len(layout.pools) else x
        self.decoder = keras.Model(inputs, layers.Conv2D(1, kernel, padding="same")(x))
        self._forward = tf.function(self._with_weights, autograph=False, reduce_retracing=True)

    @property
    def variables(self) -> list[keras.Variable]:
        """What is stored: weights and the running moments of batch normalisation, of one half after the other."""
        return [
            variable
            for model in (self.encoder, self.decoder)
            for variable in (*model.trainable_variables, *model.non_trainable_variables)
        ]

    @property
    def trainable(self) -> list[keras.Variable]:
        return [variable for variable in self.variables if variable.trainable]

    def restart(self, seed: int) -> None:
        """Forget everything that was learnt."""
        for model, own in zip((self.encoder, self.decoder), _seeds(seed, 2), strict=True):
            draw_weights(model, own)

    def code_and_output(self, images: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Transform images as while learning: normalised by their own moments."""
        code = self.encoder(images, training=True)
        return code, self.decoder(code, training=True)

    def penalty(self) -> tf.Tensor:
        return kernel_penalty(self.trainable)

    def transform(self, images: np.ndarray, weights: Sequence[Any]) -> dict[Reads, np.ndarray]:
        """Return the codes and the transformed images of any number of images.

        Args:
            images: `(n, *shape)` float32.
            weights: Values for `variables`, which are neither read nor changed.
        """
        weights = [tf.convert_to_tensor(weight) for weight in weights]
        made = [self._forward(weights, tf.constant(part)) for part in _chunks(images, N_A_CALL)]
        code, output = (np.concatenate([part.numpy() for part in parts]) for parts in zip(*made, strict=True))
        return {"latent": code, "output": output}

    def _with_weights(self, weights: list[tf.Tensor], images: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        n_encoder = len(self.encoder.variables)
        code = _stateless(self.encoder, weights[:n_encoder], images)
        return code, _stateless(self.decoder, weights[n_encoder:], code)


class Regulariser:
    """Five convolutions and two dense layers that name the class of a code or of a transformed window.

    Args:
        layout: What it reads and names.
        shape: Of what it is shown.
        learning_rate: Of Adam.
    """

    def __init__(self, layout: RegulariserLayout, shape: tuple[int, int, int], learning_rate: float) -> None:
        self.layout = layout
        self.model = _regulariser_network(layout, shape)
        self._adam = Adam(self.model.trainable_variables, learning_rate)
        self._update = tf.function(self._one_step, autograph=False, reduce_retracing=True)
        self._forward = tf.function(self._logits, autograph=False, reduce_retracing=True)

    def restart(self, seed: int) -> None:
        """Forget everything that was learnt."""
        draw_weights(self.model, seed)
        self._adam.restart()

    def step(self, batch: tuple[np.ndarray, np.ndarray, np.ndarray]) -> tf.Tensor:
        """Learn from what is shown, classes and importances `(n,)` of one batch; return the entropy."""
        return self._update(*map(tf.constant, batch))

    def logits(self, shown: np.ndarray) -> np.ndarray:
        """Return the belief in each class before the softmax, `(n, n_classes)`."""
        return np.concatenate([self._forward(tf.constant(part)).numpy() for part in _chunks(shown, N_A_CALL)])

    def price(self, logits: tf.Tensor, codes: tf.Tensor, form: IdentityLoss) -> tf.Tensor:
        """Return what the coder pays: for an activity that is lost, or an identity that is not."""
        hides = self.layout.task == "identity"
        return tf.reduce_mean(identity_loss(logits, codes, form) if hides else _entropy(logits, codes))

    def _one_step(self, shown: tf.Tensor, codes: tf.Tensor, importance: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            entropy = tf.reduce_mean(importance * _entropy(self.model(shown, training=True), codes))
            loss = entropy + kernel_penalty(self.model.trainable_variables)
        self._adam.descend(tape, loss)
        return entropy

    def _logits(self, shown: tf.Tensor) -> tf.Tensor:
        return self.model(shown, training=False)


class Game:
    """A coder and its regularisers with their train steps.

    While the coder evades them, the regularisers' dropout stays on: freezing did not stop it in the Keras of the
    authors' code.
    """

    def __init__(self, layout: GameLayout) -> None:
        self.coder = Coder(layout.coder)
        shapes = {"latent": self.coder.encoder.output_shape[1:], "output": layout.coder.shape}
        self.regularisers = [
            Regulariser(own, shapes[own.reads], layout.learning_rate) for own in layout.regularisers
        ]
        self._form = layout.identity_loss
        self._adams = [Adam(self.coder.trainable, layout.learning_rate) for _ in range(2)]
        self.copy = tf.function(self._copy, autograph=False, reduce_retracing=True)
        self.evade = tf.function(self._evade, autograph=False, reduce_retracing=True)

    def restart(self, seed: int) -> None:
        """Forget everything that was learnt."""
        for player, own in zip(
            (self.coder, *self.regularisers), _seeds(seed, 1 + len(self.regularisers)), strict=True
        ):
            player.restart(own)
        for adam in self._adams:
            adam.restart()

    def transform(self, images: np.ndarray) -> dict[Reads, np.ndarray]:
        """Return codes and outputs as the coder makes them now."""
        return self.coder.transform(images, self.coder.variables)

    def objective(self, examples: Examples, weights: Sequence[float]) -> float:
        """Return what the coder makes smaller, for recordings as they are.

        Args:
            examples: Any number of windows.
            weights: Of the difference, and of each regulariser.
        """
        made = self.transform(examples.images)
        prices = [
            r.price(r.logits(made[r.layout.reads]), examples.codes[r.layout.task], self._form)
            for r in self.regularisers
        ]
        return float(np.dot(weights, [_squares(examples.images, made["output"]), *prices]))

    def _copy(self, images: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            error = _squares(images, self.coder.code_and_output(images)[1])
            loss = error + self.coder.penalty()
        self._adams[0].descend(tape, loss)
        return error

    def _evade(
        self, seen: tf.Tensor, wanted: tf.Tensor, codes: Mapping[Task, tf.Tensor], weights: tf.Tensor
    ) -> dict[str, tf.Tensor]:
        with tf.GradientTape() as tape:
            code, output = self.coder.code_and_output(seen)
            shown = {"latent": code, "output": output}
            terms = {"difference": _squares(wanted, output)}
            for r in self.regularisers:
                logits = r.model(shown[r.layout.reads], training=True)
                terms[r.layout.name] = r.price(logits, codes[r.layout.task], self._form)
            loss = tf.tensordot(weights, tf.stack(list(terms.values())), 1) + self.coder.penalty()
        self._adams[1].descend(tape, loss)
        return terms


class Adam:
    """Adam for a fixed list of variables, which can begin again."""

    def __init__(self, variables: list[keras.Variable], learning_rate: float) -> None:
        self._variables, self._optimizer = variables, keras.optimizers.Adam(learning_rate)
        self._optimizer.build(variables)
        self._beginning = [variable.numpy().copy() for variable in self._optimizer.variables]

    def restart(self) -> None:
        for variable, value in zip(self._optimizer.variables, self._beginning, strict=True):
            variable.assign(value)

    def descend(self, tape: tf.GradientTape, loss: tf.Tensor) -> None:
        self._optimizer.apply(tape.gradient(loss, self._variables), self._variables)


class FusedNormalization(layers.BatchNormalization):
    """Batch normalisation in one kernel of TensorFlow, which takes a third of the time of Keras' own."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"momentum": BATCHNORM_MOMENTUM, **kwargs})

    def call(self, inputs: tf.Tensor, training: bool = False) -> tf.Tensor:
        moving = (self.moving_mean, self.moving_variance)
        given = (self.gamma, self.beta, *moving)
        outputs, *moments = tf.raw_ops.FusedBatchNormV3(
            x=inputs,
            **dict(
                zip(("scale", "offset", "mean", "variance"), map(tf.convert_to_tensor, given), strict=True)
            ),
            epsilon=self.epsilon,
            is_training=training,
        )[:3]
        if training:
            for variable, moment in zip(moving, moments, strict=True):
                variable.assign(self.momentum * variable + (1 - self.momentum) * moment)
        return outputs


_free: dict[GameLayout, Game] = {}  # compiled, not being played


@contextmanager
def lent(layout: GameLayout, *, seed: int) -> Iterator[Game]:
    """Lend a game at its beginning to one fit; compiling it takes longer than a small fit, so a few are kept."""
    game = _free.pop(layout, None) or Game(layout)
    game.restart(seed)
    yield game
    _free[layout] = game
    while len(_free) > N_KEPT:
        _free.pop(next(iter(_free)), None)


@lru_cache(N_KEPT)
def compiled_coder(layout: CoderLayout) -> Coder:
    """Return a coder to transform with; its own weights are never used, so everybody may share it."""
    return Coder(layout)


def identity_loss(logits: tf.Tensor, codes: tf.Tensor, form: IdentityLoss) -> tf.Tensor:
    """Return how much of the identity a regulariser still names.

    Args:
        logits: `(n, k)`, the regulariser's belief before its softmax, `k >= 2`.
        codes: `(n,)` int, who it is.
        form: `"as printed"`: `-sum_j s_j log(1 - s^_j) - log(1 - max_j s^_j)`, the paper's formula and its
            code, smallest where the right person is ruled out. `"as in the slides"`:
            `-sum_j log(1 - s^_j)`, to which the worked numbers of the authors' slides belong, smallest where
            everybody is equally likely. `"uniform"`: `KL(uniform || s^)`, likewise, and steeper.

    Returns:
        `(n,)`, in nats. Taken from logits, so that a regulariser that is sure still has a gradient; the
        authors clip probabilities at 1e-7 instead.

    References:
        Malekzadeh et al., Mobile sensor data anonymization, IoTDI 2019, equation 8.
    """
    n_classes = logits.shape[1]
    if form == "uniform":
        return -math.log(n_classes) - tf.reduce_mean(tf.nn.log_softmax(logits), axis=1)
    without = logits[:, None, :] + tf.constant(np.where(np.eye(n_classes), -np.inf, 0), logits.dtype)
    log_rest = tf.reduce_logsumexp(without, axis=2) - tf.reduce_logsumexp(logits, axis=1, keepdims=True)
    if form == "as in the slides":
        return -tf.reduce_sum(log_rest, axis=1)
    return -tf.gather(log_rest, codes, batch_dims=1) - tf.reduce_min(log_rest, axis=1)


class Loop:
    """First the coder learns to copy; then, round by round, the regularisers learn and the coder evades them.

    Args:
        settings: Weights, and how long each part takes.
        game: At its beginning.
        learnt: What everything is learnt from.
        measured: What is only measured: it ends the learning of the copy and of the regularisers early.
        seed: Draws batches and, where they start anew, regularisers.
        on_progress: Told after every pass over the windows.
        should_stop: Asked before every batch.
    """

    def __init__(
        self,
        settings: "AnonymisingAutoencoder",
        game: Game,
        learnt: Examples,
        measured: Examples,
        *,
        seed: int,
        on_progress: OnProgress,
        should_stop: ShouldStop,
    ) -> None:
        self._settings, self._game = settings, game
        self._learnt, self._measured = learnt, measured
        self._on_progress, self._should_stop = on_progress, should_stop
        self._batch_seeds, self._restart_seeds = (np.random.default_rng([seed, i]) for i in range(2))
        self._began, self._done, self._history = time.perf_counter(), 0, []

    def run(self) -> list[dict[str, float]]:
        """Return one mapping a pass over the windows: what was learnt in it."""
        settings, game = self._settings, self._game
        self._learn_to_copy()
        seen = self._learnt.images
        for number in range(1, settings.rounds + 1):
            text = f"Round {number} of {settings.rounds}"
            made, tested = (game.transform(part.images) for part in (self._learnt, self._measured))
            if settings.feed_back and number > 1:
                seen = made["output"]
            for regulariser in game.regularisers:
                if settings.restart_regularisers and number > 1:
                    regulariser.restart(int(self._restart_seeds.integers(2**31)))
                reads = regulariser.layout.reads
                self._teach(regulariser, made[reads], tested[reads], text)
            self._evade(seen, text)
        return self._history

    def _learn_to_copy(self) -> None:
        game, held_out = self._game, self._measured.images
        self._stage(
            "Learning to copy",
            lambda batch: {"copying": game.copy(tf.constant(batch[0]))},
            (self._learnt.images,),
            n_epochs=self._settings.pretraining,
            validate=lambda: float(_squares(held_out, game.transform(held_out)["output"])),
            called="copying, held out",
            weights=game.coder.variables,
            patience=PATIENCE_OF_COPYING,
        )

    def _teach(self, regulariser: Regulariser, made: np.ndarray, tested: np.ndarray, text: str) -> None:
        name, task = regulariser.layout.name, regulariser.layout.task
        codes, truth = self._learnt.codes[task], self._measured.codes[task]
        self._stage(
            f"{text}: recognising {name}",
            lambda batch: {f"{name}, entropy": regulariser.step(batch)},
            (made, codes, balanced(codes)),
            n_epochs=self._settings.epochs,
            validate=lambda: float((regulariser.logits(tested).argmax(axis=1) != truth).mean()),
            called=f"{name}, held out, share wrong",
            weights=regulariser.model.trainable_variables,
            patience=self._settings.patience,
        )

    def _evade(self, seen: np.ndarray, text: str) -> None:
        tasks, codes = zip(*self._learnt.codes.items(), strict=True)
        weights = self._settings.weights_of([r.layout.task for r in self._game.regularisers])

        def step(batch: Sequence[np.ndarray]) -> Mapping[str, tf.Tensor]:
            seen, wanted, *named = map(tf.constant, batch)
            named = dict(zip(tasks, named, strict=True))
            return self._game.evade(seen, wanted, named, tf.constant(weights, tf.float32))

        self._stage(
            f"{text}: transforming",
            step,
            (seen, self._learnt.images, *codes),
            n_epochs=self._settings.epochs,
            validate=lambda: self._game.objective(self._measured, weights),
            called="objective, held out",
            weights=(),  # as published the last weights are kept: a low objective also comes of blind regularisers
            patience=self._settings.epochs,
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
        began_s = time.perf_counter() - self._began

        def named(figures: Mapping[str, float]) -> dict[str, float]:
            own = {called if name == "held-out loss" else name: value for name, value in figures.items()}
            return {name: value for name, value in own.items() if name != "seconds"}  # differ from run to run

        def report(progress: Progress) -> None:
            own = {
                "step": self._done + progress.step,
                "total": self._n_epochs,
                "figures": named(progress.figures),
            }
            self._on_progress(replace(progress, **own, elapsed_s=began_s + progress.elapsed_s))

        history = train(
            step,
            batches=lambda epoch: self._batches(parts),
            n_epochs=n_epochs,
            validate=validate,
            weights=weights,
            patience=patience,
            on_progress=report,
            should_stop=self._should_stop,
            text=text,
        )
        self._history += map(named, history)
        self._done += n_epochs

    @property
    def _n_epochs(self) -> int:
        a_round = (len(self._game.regularisers) + 1) * self._settings.epochs
        return self._settings.pretraining + self._settings.rounds * a_round

    def _batches(self, parts: Sequence[np.ndarray]) -> Iterator[tuple[np.ndarray, ...]]:
        """Yield batches of about the wanted size, none of them much smaller."""
        order = self._batch_seeds.permutation(len(parts[0]))
        for indices in np.array_split(order, max(1, round(len(order) / self._settings.batch_size))):
            yield tuple(part[indices] for part in parts)


def balanced(codes: np.ndarray) -> np.ndarray:
    """Return an importance for each window, `(n,)` float32 of mean 1: every class weighs the same."""
    present, codes, counts = np.unique(codes, return_inverse=True, return_counts=True)
    return (len(codes) / (len(present) * counts))[codes].astype(np.float32)


def draw_weights(model: keras.Model, seed: int) -> None:
    """Set a model to its beginning: kernels and dropout drawn by the seed, from nobody's global numbers."""
    for variable, own in zip(model.variables, _seeds(seed, len(model.variables)), strict=True):
        if variable.name == "kernel":
            variable.assign(keras.initializers.GlorotUniform(own)(variable.shape))
        elif variable.name == "seed_generator_state":
            variable.assign(np.array([own, 0], np.uint32))
        else:
            is_scale = variable.name in ("gamma", "moving_variance")
            variable.assign(np.full(variable.shape, float(is_scale), np.float32))


def kernel_penalty(variables: Sequence[keras.Variable]) -> tf.Tensor:
    """Return `KERNEL_PENALTY` times the sum of squares of all kernels among the variables."""
    return 2 * KERNEL_PENALTY * tf.add_n([tf.nn.l2_loss(v.value) for v in variables if v.name == "kernel"])


def _regulariser_network(layout: RegulariserLayout, shape: tuple[int, int, int]) -> keras.Model:
    x = inputs = keras.Input(shape)
    for pool in POOLS[layout.reads]:
        x = layers.Conv2D(layout.filters, (min(2, shape[0]), 5), padding="same", activation="relu")(x)
        x = layers.Dropout(0.25)(x)
        x = layers.MaxPooling2D((1, pool), padding="same")(x) if pool > 1 else x
    x = layers.Flatten()(x)
    for units in DENSE[layout.reads]:
        x = layers.Dropout(0.5)(layers.Dense(units * layout.filters, activation="relu")(x))
    return keras.Model(inputs, layers.Dense(layout.n_classes)(x))


def _stateless(model: keras.Model, weights: Sequence[tf.Tensor], inputs: tf.Tensor) -> tf.Tensor:
    n_trainable = len(model.trainable_variables)
    return model.stateless_call(weights[:n_trainable], weights[n_trainable:], inputs, training=False)[0]


def _seeds(seed: int, n: int) -> list[int]:
    return np.random.default_rng(seed).integers(2**31, size=n).tolist()


def _chunks(array: np.ndarray, size: int) -> list[np.ndarray]:
    return [array[i : i + size] for i in range(0, len(array), size)]


def _entropy(logits: tf.Tensor, codes: tf.Tensor) -> tf.Tensor:
    return tf.nn.sparse_softmax_cross_entropy_with_logits(codes, logits)


def _squares(wanted: tf.Tensor, made: tf.Tensor) -> tf.Tensor:
    return tf.reduce_mean((wanted - made) ** 2)
