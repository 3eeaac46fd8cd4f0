"""GAIN's convolutional networks for windows, and their train step. Imported only through `windows`.

trunk          known samples and mask       ->  the expected window, and features
strength       features                     ->  the predicted size of errors
discriminator  a filled-in window and hint  ->  logits that each sample is known
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from synth.imputers.gain._network import ErrorOn, Hint, adversarial_loss, discriminator_loss
from synth.keras_support.layers import glorot_uniform
from synth.keras_support.training import cosine_schedule

PATCH = 4  # samples per token: most layers work at a quarter of the sampling rate
N_BLOCKS = 4
_FINE = 16  # channels of the layers at full rate
_DEVIATIONS = 2.0  # deviations vary less than levels, and carry more information
_TINY = 1e-6
_LAST_RATE = 0.02  # final learning rate, as a share of the first


@dataclass(frozen=True, eq=False)
class Networks:
    """The three networks for windows of one shape.

    Attributes:
        trunk: `(n, timesteps, 3 channels)` -> `(n, timesteps, channels)` and `(n, tokens, width)`.
        strength: `(n, tokens, width)` -> `(n, timesteps, channels)`, > 0.
        discriminator: `(n, timesteps, 2 channels)` -> logits `(n, timesteps, channels)`.
    """

    trunk: keras.Model
    strength: keras.Model
    discriminator: keras.Model

    @classmethod
    def build(cls, n_timesteps: int, n_channels: int, width: int, *, seeds: Sequence[int]) -> "Networks":
        """Build the networks.

        Args:
            n_timesteps: Samples per window.
            n_channels: Channels.
            width: Channels of the hidden layers.
            seeds: Three, one per network, for initial weights.
        """
        shape = (n_timesteps, n_channels)
        trunk, strength, critic = seeds
        return cls(_trunk(*shape, width, trunk), _strength(*shape, width, strength), _critic(*shape, critic))

    @property
    def generator_weights(self) -> list[Any]:
        """All variables of trunk and strength."""
        return [*self.trunk.weights, *self.strength.weights]


def match_boundaries(shown: Any, proposal: Any, where: Sequence[Any]) -> Any:
    """Shift and tilt a proposal to meet the known samples: `boundary_matching.match_boundaries`, differentiable.

    Args:
        shown: `(n, timesteps, channels)`, gaps interpolated linearly.
        proposal: Same shape.
        where: The arrays of `Brackets`: left, right, weight, freedom, has.
    """
    left, right, weight, freedom, has = where
    across = tf.transpose(proposal, [0, 2, 1])
    lines = _lines(across, left, right, weight, has)
    return shown + tf.transpose(freedom * (across - lines), [0, 2, 1])


def join(values: Any, where: Sequence[Any]) -> Any:
    """Interpolate `(n, timesteps, channels)` linearly between known samples: `Brackets.interpolate`, differentiable."""
    left, right, weight, _, has = where
    return tf.transpose(_lines(tf.transpose(values, [0, 2, 1]), left, right, weight, has), [0, 2, 1])


def _lines(across: Any, left: Any, right: Any, weight: Any, has: Any) -> Any:
    before, after = (tf.gather(across, side, batch_dims=2) for side in (left, right))
    return (before + (after - before) * weight) * has


def trunk_inputs(shown: Any, mask: Any, has: Any) -> Any:
    """Return deviations from the mean of each channel's known samples, the mask, and the means.

    The level differs between people and sensors; movements differ in what remains once it is removed.

    Args:
        shown: `(n, timesteps, channels)`, gaps interpolated linearly.
        mask: Same shape, 1 where known.
        has: `(n, channels, 1)`, 1 where the channel has a known sample.

    Returns:
        `(n, timesteps, 3 channels)`.
    """
    known = tf.maximum(tf.reduce_sum(mask, axis=1, keepdims=True), 1.0)
    level = tf.reduce_sum(mask * shown, axis=1, keepdims=True) / known
    deviation = _DEVIATIONS * (shown - level) * tf.transpose(has, [0, 2, 1])
    return tf.concat([deviation, mask, tf.broadcast_to(level, tf.shape(shown))], axis=2)


def make_train_step(
    networks: Networks,
    *,
    alpha: float,
    emphasis: np.ndarray,
    step_size: np.ndarray,
    hint: Hint,
    error_on: ErrorOn,
    learning_rate: float,
    n_steps: int,
) -> tuple[Callable[[Any], dict[str, Any]], list[Any]]:
    """Compile one iteration of all three networks, each with its own optimiser.

    The trunk minimises the squared error only (`trunk_error`). A draw adds to the expectation the residual of another
    window under the same mask, rescaled by the ratio of the error sizes predicted for the two windows. The network that
    predicts these sizes (strength) minimises `alpha` times the energy score of two draws, |y - x| - |y - y'| / 2, whose
    expectation is smallest where draws are distributed like the truth, plus the adversarial loss of GAIN. The score is
    computed on samples and on their first differences, across gap boundaries too; on samples alone, the best draws may
    be jagged.

    Args:
        networks: The networks to be trained.
        alpha: Weight of the energy score, >= 0.
        emphasis: `(channels,)`, factors that make errors of each channel count as in min-max space.
        step_size: `(channels,)`, the typical size of first differences.
        hint: Variant of the hints and losses.
        error_on: Samples over which the trunk's error is computed.
        learning_rate: The initial rate; a cosine schedule lowers it to a fiftieth.
        n_steps: Steps of that schedule.

    Returns:
        A function of `(truth, shown, mask, *brackets, others, b, hints)` to the losses. `others` are two similar
        windows for each, `(2, some, timesteps, channels)`; they and the hints may cover the first windows only. And
        all variables that it changes.

    References:
        Gneiting and Raftery, Strictly proper scoring rules, JASA 102 (2007).
        Pacchiardi et al., Probabilistic forecasting with generative networks via scoring rule minimization,
        JMLR 25 (2024).
    """
    models = (networks.trunk, networks.strength, networks.discriminator)
    fall = cosine_schedule(learning_rate, n_steps, final_share=_LAST_RATE)
    optimisers = [keras.optimizers.Adam(fall, global_clipnorm=1.0) for _ in models]
    for optimiser, model in zip(optimisers, models, strict=True):
        optimiser.build(model.trainable_variables)

    def differences(values: Any) -> Any:
        return (values[:, 1:] - values[:, :-1]) / step_size

    @tf.function(autograph=False)
    def step(batch: Any) -> dict[str, Any]:
        truth, shown, mask, *where, others, b, hints = map(tf.convert_to_tensor, batch)
        some = tf.shape(others)[1]
        with tf.GradientTape() as trunk_tape:
            proposal, features = networks.trunk(trunk_inputs(shown, mask, where[-1]), training=True)
            expected = match_boundaries(shown, proposal, where)
            error = trunk_error(emphasis * (proposal - truth), emphasis * (expected - truth), mask, error_on)
        truth, mask = truth[:some], mask[:some]
        expected, features, masks, *where = [
            tf.concat([part[:some]] * 2, axis=0) for part in (expected, features, mask, *where)
        ]
        others = tf.concat([others[0], others[1]], axis=0)
        joined = join(others, where)
        guess, other_features = networks.trunk(trunk_inputs(joined, masks, where[-1]), training=True)
        errors = others - match_boundaries(joined, guess, where)
        with tf.GradientTape(persistent=True) as tape:
            here, there = (networks.strength(x, training=True) for x in (features, other_features))
            one, other = tf.split(here / there * errors, 2)
            first, second = expected[:some] + one, expected[:some] - other
            belief = networks.discriminator(tf.concat([first, hints], axis=2), training=True)
            d_loss = discriminator_loss(belief, mask, b, hint)
            score = energy_score(emphasis * truth, emphasis * first, emphasis * second, 1 - mask)
            score += energy_score(
                differences(truth), differences(first), differences(second), 1 - mask[:, 1:] * mask[:, :-1]
            )
            g_loss = adversarial_loss(belief, mask, b, hint) + alpha * score
        losses = ((trunk_tape, error), (tape, g_loss), (tape, d_loss))
        for optimiser, model, (own, loss) in zip(optimisers, models, losses, strict=True):
            optimiser.apply(own.gradient(loss, model.trainable_variables), model.trainable_variables)
        return {"error": error, "discriminator loss": d_loss, "generator loss": g_loss}

    return step, [v for owner in (*models, *optimisers) for v in owner.variables]


def trunk_error(off_proposed: Any, off_expected: Any, mask: Any, error_on: ErrorOn) -> Any:
    """Return the mean squared error of expected windows.

    As the expectation meets the known samples exactly, the error on these is that of the proposal before matching.

    Args:
        off_proposed: `(n, timesteps, channels)`, the proposal minus the truth.
        off_expected: Same shape, the expectation (the proposal matched to the known samples) minus the truth.
        mask: Same shape, 1 where known.
        error_on: Which samples count.
    """
    hidden = 1 - mask
    known = tf.reduce_sum(mask * off_proposed**2) / (tf.reduce_sum(mask) + _TINY)
    missed = tf.reduce_sum(hidden * off_expected**2) / (tf.reduce_sum(hidden) + _TINY)
    return {"known": known, "hidden": missed, "all": known + missed}[error_on]


def energy_score(truth: Any, first: Any, second: Any, hidden: Any) -> Any:
    """Return the energy score of two draws, averaged over hidden samples; see `make_train_step`.

    Args:
        truth: `(n, timesteps, channels)`.
        first: Same shape, one draw.
        second: Same shape, another draw.
        hidden: Same shape, 1 where hidden.
    """
    off = (tf.abs(first - truth) + tf.abs(second - truth)) / 2
    return tf.reduce_sum(hidden * (off - tf.abs(first - second) / 2)) / (tf.reduce_sum(hidden) + _TINY)


def make_expect(networks: Networks) -> Callable[..., tuple[Any, Any]]:
    """Compile `(shown, mask, has) -> (proposal, features)` for any number of windows."""

    @tf.function(autograph=False, reduce_retracing=True)
    def expect(shown: Any, mask: Any, has: Any) -> tuple[Any, Any]:
        return networks.trunk(trunk_inputs(shown, mask, has), training=False)

    return expect


def make_strength(networks: Networks) -> Callable[[Any], Any]:
    """Compile `features -> predicted size of errors` for any number of windows."""

    @tf.function(autograph=False, reduce_retracing=True)
    def strength(features: Any) -> Any:
        return networks.strength(features, training=False)

    return strength


def _trunk(n_timesteps: int, n_channels: int, width: int, seed: int) -> keras.Model:
    drawn = _initializers(seed)
    inputs = keras.Input((n_timesteps, 3 * n_channels))
    padded = _padded(inputs, n_timesteps)
    n_tokens = padded.shape[1] // PATCH
    x = layers.Conv1D(width, 2 * PATCH + 1, strides=PATCH, padding="same", kernel_initializer=drawn())(padded)
    for i in range(N_BLOCKS):
        dilation = 2**i if 2 * 2**i < n_tokens else 1
        y = layers.LayerNormalization()(x)
        y = layers.Conv1D(
            width, 3, dilation_rate=dilation, padding="same", activation="gelu", kernel_initializer=drawn()
        )(y)
        whole = layers.GlobalAveragePooling1D(keepdims=True)(y)
        y = y + layers.Dense(width, kernel_initializer=drawn())(whole)
        x = x + layers.Dense(width, kernel_initializer=drawn())(y)
    features = layers.LayerNormalization()(x)
    y = layers.Conv1D(width, 3, padding="same", activation="gelu", kernel_initializer=drawn())(features)
    proposal = _smooth(
        _at_full_rate(layers.Dense(PATCH * n_channels, kernel_initializer=drawn())(y), n_timesteps)
    )
    return keras.Model(inputs, [proposal, features])


def _strength(n_timesteps: int, n_channels: int, width: int, seed: int) -> keras.Model:
    """Build the network that predicts the size of errors from features; its output changes slowly."""
    drawn = _initializers(seed)
    features = keras.Input((-(-n_timesteps // PATCH), width))
    raw = layers.Dense(PATCH * n_channels, activation="softplus", kernel_initializer=drawn())(features)
    return keras.Model(features, _smooth(_at_full_rate(raw, n_timesteps)) + _TINY)


def _critic(n_timesteps: int, n_channels: int, seed: int) -> keras.Model:
    """Build the discriminator, with a receptive field of 29 samples: imputed values look wrong locally."""
    drawn = _initializers(seed)
    inputs = keras.Input((n_timesteps, 2 * n_channels))
    x = inputs
    for dilation in (1, 2, 4):
        x = layers.Conv1D(
            _FINE, 5, dilation_rate=dilation, padding="same", activation="relu", kernel_initializer=drawn()
        )(x)
    return keras.Model(inputs, layers.Dense(n_channels, kernel_initializer=drawn())(x))


def _smooth(x: Any) -> Any:
    """Average over one token, then over two, to avoid a visible pattern with the period of tokens."""
    for samples in (PATCH, 2 * PATCH):
        x = layers.AveragePooling1D(samples, strides=1, padding="same")(x)
    return x


def _initializers(seed: int) -> Callable[[], Any]:
    seeds = iter(range(seed, seed + 100))
    return lambda: glorot_uniform(next(seeds))


def _padded(x: Any, n_timesteps: int) -> Any:
    missing = -n_timesteps % PATCH
    if missing == 0:
        return x
    return layers.ZeroPadding1D((0, missing))(x)  # pyright: ignore[reportArgumentType]  # Keras takes pairs, too


def _at_full_rate(tokens: Any, n_timesteps: int) -> Any:
    n_tokens, n_values = tokens.shape[1:]
    samples = layers.Reshape((n_tokens * PATCH, n_values // PATCH))(tokens)
    missing = -n_timesteps % PATCH
    return layers.Cropping1D((0, missing))(samples) if missing else samples
