"""What a network's gradients and statistics give away: windows reconstructed from them. Prints a table.

python -m bench.gradient_inversion --data sample|FILE [--windows 8] [--steps 1000]

Someone trains a network to recognise activities and shares, beside its weights, what training or matching needs: the
gradient of the loss (federated learning), the mean and variance of every layer (matched statistics), or nothing else
(stimuli). The attacker knows the weights and the activities, begins with noise, and changes it until it gives the same
gradient, the same statistics, or certainty about the activity. Each is taken of one window, and of the mean of more.

Found again: of all recorded windows of the activity, the one most like the reconstruction is one of those that the
attacker was given something of. Guessing is their share of these windows. Windows are alike by their correlation,
channels centred, at the best circular shift: statistics over time cannot tell where a movement begins.

References:
    Zhu, Liu and Han, Deep leakage from gradients, NeurIPS 2019.
    Geiping et al., Inverting gradients: how easy is it to break privacy in federated learning?, NeurIPS 2020 (cosine
    similarity and total variation).
    Yin et al., Dreaming to distill: data-free knowledge transfer via DeepInversion, CVPR 2020 (statistics).
"""

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from bench.provenance import this_run
from data.load import load
from data.splits import split_windows
from data.windows import Windows, WindowSettings, cut_windows
from synth.audit.models.convnet import moments, scaled
from synth.core.figures import percent
from synth.keras_support.tensorflow_backend import tensorflow

N_UPDATES = 400  # of the network
BATCH_SIZE = 64
LEARNING_RATE = 0.05  # of the attacker, in standard deviations of the recordings
SMOOTHNESS = 1e-3  # weight of the total variation
SIZES = (1, 4, 16, 64)  # windows whose gradients or statistics are averaged
FLOOR = 1e-12


@dataclass(frozen=True)
class Found:
    """How well windows were reconstructed.

    Attributes:
        given: Correlation of each reconstruction with the most similar window that the attacker was given.
        other: The same with the most similar other window of that activity.
        chance: The share of windows of that activity that the attacker was given.
    """

    given: np.ndarray
    other: np.ndarray
    chance: np.ndarray

    def row(self) -> list[str]:
        """Return the cells of a table."""
        return [
            str(len(self.given)),
            f"{self.given.mean():.2f}",
            f"{self.other.mean():.2f}",
            percent(float((self.given > self.other).mean())),
            percent(float(self.chance.mean())),
        ]


class Victim:
    """A small network that recognises activities, and what it gives away about windows.

    Args:
        inputs: `(n, timesteps, channels)` float32, standardised.
        codes: `(n,)` int, activities.
        seed: Draws weights and batches.
        n_updates: Training steps; 0 leaves the network as it was drawn.
    """

    def __init__(self, inputs: np.ndarray, codes: np.ndarray, *, seed: int, n_updates: int) -> None:
        self.tf = tensorflow(seed=seed)
        import keras
        from keras import layers

        shown = keras.Input(inputs.shape[1:])
        first = layers.Conv1D(32, 7, strides=2, padding="same", activation="elu")(shown)
        second = layers.Conv1D(64, 5, strides=2, padding="same", activation="elu")(first)
        third = layers.Conv1D(64, 3, strides=2, padding="same", activation="elu")(second)
        logits = layers.Dense(int(codes.max()) + 1)(layers.Flatten()(third))
        self.model = keras.Model(shown, logits)
        self._layers = keras.Model(shown, [shown, first, second, third])
        self.model.compile(keras.optimizers.Adam(1e-3), keras.losses.SparseCategoricalCrossentropy(True))
        rng = np.random.default_rng(seed)
        for _ in range(n_updates):
            batch = rng.choice(len(inputs), min(BATCH_SIZE, len(inputs)), replace=False)
            self.model.train_on_batch(inputs[batch], codes[batch])

    def loss(self, shown, codes):
        """Return the mean cross-entropy of windows."""
        tf = self.tf
        logits = self.model(shown, training=False)
        return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(codes, logits))

    def gradients(self, shown, codes) -> list:
        """Return the gradient of the mean loss for each weight."""
        with self.tf.GradientTape() as tape:
            loss = self.loss(shown, codes)
        return tape.gradient(loss, self.model.trainable_variables)

    def statistics(self, shown) -> list:
        """Return mean and variance of each channel of each layer, over windows and time."""
        found = []
        for layer in self._layers(shown, training=False):
            found += self.tf.nn.moments(layer, axes=[0, 1])
        return found


def objective(victim: Victim, known: str, given, codes) -> Callable:
    """Return what the attacker minimises: windows -> how far they are from giving what is known of `given`."""
    tf = victim.tf
    if known == "weights":
        return lambda guess: victim.loss(guess, codes)
    if known == "statistics":
        wanted = victim.statistics(given)
        return lambda guess: tf.add_n(
            [tf.norm(a - b + FLOOR) for a, b in zip(victim.statistics(guess), wanted, strict=True)]
        )
    target = _flat(tf, victim.gradients(given, codes))

    def apart(guess):
        own = _flat(tf, victim.gradients(guess, codes))
        return 1 - tf.reduce_sum(own * target) / (tf.norm(own) * tf.norm(target) + FLOOR)

    return apart


def reconstructed(
    victim: Victim, known: str, given: np.ndarray, codes: np.ndarray, *, n_steps: int, seed: int
) -> np.ndarray:
    """Return windows that give what is known of others, `(n, timesteps, channels)`; the order is lost.

    Args:
        known: `"gradients"`, `"statistics"` or `"weights"`.
        given: `(n, timesteps, channels)`; only what is known of them reaches the attacker.
        codes: `(n,)` int, their activities, which the attacker knows.
    """
    import keras

    tf = victim.tf
    labels = tf.constant(codes)
    apart = objective(victim, known, tf.constant(given), labels)
    begun = np.random.default_rng(seed).normal(size=given.shape).astype(np.float32)
    guess = keras.Variable(begun)
    rate = keras.optimizers.schedules.CosineDecay(LEARNING_RATE, n_steps)
    optimizer = keras.optimizers.Adam(rate)  # pyright: ignore[reportArgumentType]  # or schedule
    optimizer.build([guess])

    @tf.function
    def step() -> None:
        with tf.GradientTape() as tape:
            value = guess.value
            rough = tf.reduce_mean(tf.abs(value[:, 1:] - value[:, :-1]))
            loss = apart(tf.convert_to_tensor(value)) + SMOOTHNESS * rough
        (gradient,) = tape.gradient(loss, [guess.value])
        optimizer.apply([gradient], [guess])

    for _ in range(n_steps):
        step()
    return guess.numpy()


def judged(guesses: np.ndarray, given: np.ndarray, pool: np.ndarray, codes: np.ndarray) -> Found:
    """Compare reconstructions with the windows behind them and with all others of the same activity.

    Args:
        guesses: `(n, timesteps, channels)`.
        given: `(n,)` int, the windows in the pool that the attacker was given something of.
        pool: `(n_pool, timesteps, channels)`.
        codes: `(n_pool,)` int, activities.
    """
    alike = correlations(guesses, pool)
    is_given = np.isin(np.arange(len(pool)), given)
    same = codes[given][:, None] == codes
    best = [np.where(same & side, alike, -1.0).max(axis=1) for side in (is_given, ~is_given)]
    return Found(*best, chance=(same & is_given).sum(axis=1) / same.sum(axis=1))


def cases(n_windows: int) -> Iterator[tuple[str, str, int, int]]:
    """Yield what is shared, the network, how many windows are averaged, and how often."""
    for size in SIZES:
        yield "gradients", "untrained", size, max(1, n_windows // size)
    for size in SIZES:
        yield "gradients", "trained", size, max(1, n_windows // size)
    for size in SIZES:
        yield "statistics", "trained", size, max(1, n_windows // size)
    yield "weights", "trained", 1, n_windows


def measured(
    victim: Victim, known: str, size: int, n_times: int, pool: np.ndarray, codes: np.ndarray, **how: int
) -> Found:
    """Reconstruct windows from what is known of some, several times."""
    rng = np.random.default_rng(how["seed"])
    found = []
    for _ in range(n_times):
        given = rng.choice(len(pool), size, replace=False)
        guesses = reconstructed(victim, known, pool[given], codes[given], **how)
        found.append(judged(guesses, given, pool, codes))
    return Found(
        *(np.concatenate([getattr(f, name) for f in found]) for name in ("given", "other", "chance"))
    )


def _flat(tf, parts: Sequence):
    return tf.concat([tf.reshape(part, [-1]) for part in parts], axis=0)


def correlations(guesses: np.ndarray, pool: np.ndarray) -> np.ndarray:
    """Return the correlation of each guess with each window at the best circular shift, `(n, n_pool)`."""
    theirs = np.fft.rfft(_directions(pool), axis=1)
    best = np.empty((len(guesses), len(pool)))
    for row, ours in zip(best, np.fft.rfft(_directions(guesses), axis=1), strict=True):
        shifted = np.fft.irfft((ours.conj() * theirs).sum(axis=2), n=pool.shape[1], axis=1)
        row[:] = shifted.max(axis=1)
    return best


def _directions(values: np.ndarray) -> np.ndarray:
    """Centre the channels of each window, and scale it to length 1: `(n, timesteps, channels)`."""
    centred = values - values.mean(axis=1, keepdims=True)
    length = np.sqrt((centred**2).sum(axis=(1, 2), keepdims=True))
    return centred / np.maximum(length, FLOOR)


def standardised(windows: Windows) -> tuple[np.ndarray, np.ndarray]:
    """Return standardised values and the codes of activities."""
    return scaled(windows.values, *moments(windows.values)), np.unique(windows.activity, return_inverse=True)[
        1
    ]


def main() -> None:
    options = _options()
    split = split_windows(cut_windows(load(options.data), WindowSettings()), seed=options.seed)
    pool, codes = standardised(split.fit)
    with threadpool_limits(1, user_api="blas"):
        victims = {
            name: Victim(pool, codes, seed=options.seed, n_updates=n)
            for name, n in (("untrained", 0), ("trained", N_UPDATES))
        }
        print(f"{this_run('bench.gradient_inversion', options.seed)}\n", flush=True)
        print(
            "| shared | network | windows averaged | reconstructed | correlation with a window behind it |",
            end="",
        )
        print(" with the most similar other window | found again | guessing |")
        print("| ---" * 8, "|")
        for known, name, size, n_times in cases(options.windows):
            found = measured(
                victims[name], known, size, n_times, pool, codes, n_steps=options.steps, seed=options.seed
            )
            print("|", " | ".join([known, name, str(size), *found.row()]), "|", flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", default="sample", help="sample, or a file")
    parser.add_argument("--windows", type=int, default=8, help="to reconstruct in each case, at least")
    parser.add_argument("--steps", type=int, default=1000, help="of the attacker")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


if __name__ == "__main__":
    main()
