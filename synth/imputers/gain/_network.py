"""The dense GAIN: generator, discriminator, losses and train step. Imported only through `synth.imputers.gain.gain`."""

from collections.abc import Callable
from typing import Any, Literal

import keras
import tensorflow as tf

from synth.keras_support.layers import static_size

_TINY = 1e-8
ErrorOn = Literal["known", "all", "hidden"]
Hint = Literal["paper", "code"]


def dense_network(
    n_columns: int, hidden: int, last: Literal["sigmoid", "linear"], *, seed: int
) -> keras.Model:
    """Build the published network: two hidden layers with ReLU, then a sigmoid or linear output.

    Args:
        n_columns: Columns of a row, d; the input is `(batch, 2 d)` and the output `(batch, d)`.
        hidden: Units of both hidden layers; d as published.
        last: Activation of the output; `"linear"` for the discriminator, whose sigmoid is part of its loss for
            numerical stability.
        seed: Draws the initial weights from a normal distribution with standard deviation `1 / sqrt(inputs / 2)`.
    """
    inputs = keras.Input((2 * n_columns,))
    x: Any = inputs
    for i, (units, activation) in enumerate(((hidden, "relu"), (hidden, "relu"), (n_columns, last))):
        stddev = (static_size(x, -1) / 2) ** -0.5
        initializer: Any = keras.initializers.RandomNormal(stddev=stddev, seed=seed + i)
        x = keras.layers.Dense(units, activation, kernel_initializer=initializer)(x)
    return keras.Model(inputs, x)


def discriminator_loss(logits: Any, mask: Any, b: Any, variant: Hint) -> Any:
    """Return the cross-entropy of classifying samples as known or filled in.

    Args:
        logits: `(batch, d)`, the discriminator's logits that a sample is known.
        mask: `(batch, d)`, 1 where known.
        b: `(batch, d)`, 1 where the hint revealed the mask.
        variant: `"code"`: mean over all entries; `"paper"`: mean over the entries without a hint.
    """
    entropy = tf.nn.sigmoid_cross_entropy_with_logits(labels=mask, logits=logits)
    return _mean_where_judged(entropy, b, variant)


def adversarial_loss(logits: Any, mask: Any, b: Any, variant: Hint) -> Any:
    """Return the generator's adversarial loss: -log of the discriminator's probability, on missing samples.

    Args:
        logits: `(batch, d)`, the discriminator's logits that a sample is known.
        mask: `(batch, d)`, 1 where known.
        b: `(batch, d)`, 1 where the hint revealed the mask.
        variant: See `discriminator_loss`.
    """
    return _mean_where_judged((1 - mask) * tf.nn.softplus(-logits), b, variant)


def reconstruction_loss(truth: Any, generated: Any, mask: Any, error_on: ErrorOn) -> Any:
    """Return the mean squared error of the generator.

    Args:
        truth: `(batch, d)` in min-max space.
        generated: Same shape.
        mask: Same shape, 1 where known.
        error_on: Over known samples, as published, over samples hidden for training, or the sum of both.
    """
    squares = (truth - generated) ** 2
    known = tf.reduce_sum(mask * squares) / (tf.reduce_sum(mask) + _TINY)
    hidden = tf.reduce_sum((1 - mask) * squares) / (tf.reduce_sum(1 - mask) + _TINY)
    return {"known": known, "hidden": hidden, "all": known + hidden}[error_on]


def make_train_step(
    generator: keras.Model,
    discriminator: keras.Model,
    *,
    alpha: float,
    hint: Hint,
    error_on: ErrorOn,
    learning_rate: float,
) -> tuple[Callable[[Any], dict[str, Any]], list[Any]]:
    """Compile one iteration: first the discriminator is updated, then the generator.

    Args:
        generator: `(batch, 2 d)` -> `(batch, d)`.
        discriminator: `(batch, 2 d)` -> logits `(batch, d)`.
        alpha: Weight of the reconstruction error, >= 0.
        hint: Variant of the hints and losses.
        error_on: Samples over which the reconstruction error is computed.
        learning_rate: Of Adam, for both networks.

    Returns:
        A function of `(truth, mask, noise, b, hints)`, all `(batch, d)` float32, to the losses; and all variables
        that it changes.
    """
    optimisers = [keras.optimizers.Adam(learning_rate) for _ in range(2)]
    for optimiser, model in zip(optimisers, (discriminator, generator), strict=True):
        optimiser.build(model.trainable_variables)

    def completed(truth: Any, mask: Any, noise: Any) -> tuple[Any, Any]:
        shown = mask * truth + (1 - mask) * noise
        generated = generator(tf.concat([shown, mask], axis=1), training=True)
        return generated, mask * truth + (1 - mask) * generated

    @tf.function
    def step(batch: Any) -> dict[str, Any]:
        truth, mask, noise, b, hints = batch
        _, filled = completed(truth, mask, noise)
        with tf.GradientTape() as tape:
            logits = discriminator(tf.concat([filled, hints], axis=1), training=True)
            d_loss = discriminator_loss(logits, mask, b, hint)
        _descend(optimisers[0], tape, d_loss, discriminator.trainable_variables)
        with tf.GradientTape() as tape:
            generated, filled = completed(truth, mask, noise)
            logits = discriminator(tf.concat([filled, hints], axis=1), training=True)
            error = reconstruction_loss(truth, generated, mask, error_on)
            g_loss = adversarial_loss(logits, mask, b, hint) + alpha * error
        _descend(optimisers[1], tape, g_loss, generator.trainable_variables)
        return {"discriminator loss": d_loss, "generator loss": g_loss}

    return step, [v for owner in (discriminator, generator, *optimisers) for v in owner.variables]


def make_generate(generator: keras.Model, n_columns: int) -> Callable[[Any, Any], Any]:
    """Compile the generator for any number of rows: `(shown, mask) -> generated`, `(rows, d)` float32."""
    rows = tf.TensorSpec((None, n_columns), tf.float32)

    @tf.function(input_signature=(rows, rows))
    def generate(shown: Any, mask: Any) -> Any:
        return generator(tf.concat([shown, mask], axis=1), training=False)

    return generate


def _mean_where_judged(loss: Any, b: Any, variant: Hint) -> Any:
    if variant == "code":
        return tf.reduce_mean(loss)
    return tf.reduce_sum((1 - b) * loss) / tf.maximum(tf.reduce_sum(1 - b), 1.0)


def _descend(optimiser: keras.optimizers.Optimizer, tape: Any, loss: Any, variables: list[Any]) -> None:
    optimiser.apply(tape.gradient(loss, variables), variables)
