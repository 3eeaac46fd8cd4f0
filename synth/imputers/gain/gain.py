"""GAIN: a generator fills in missing samples, and a discriminator guesses which samples were filled in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from data.splits import cut_by_time
from data.windows import Windows
from synth.core.errors import TrainingError
from synth.core.pooled_limits import PooledLimits
from synth.core.run_context import RunContext
from synth.imputers.base import FittedImputer
from synth.imputers.gain import windows as window_gain
from synth.imputers.gain.scaling import MinMax
from synth.imputers.gain.settings import GainSettings
from synth.imputers.gain.training import NOISE, Problem, learn, network_width
from synth.imputers.input_checks import check_inputs, with_known
from synth.imputers.masks import draw_masks
from synth.keras_support.tensorflow_backend import tensorflow
from synth.keras_support.weights import assign_values, pack, unpack

HELD_OUT = 0.15  # share of a table's rows in the validation split
HELD_OUT_SERIES = 0.1  # share of series in the validation split, for windows
_ROWS_AT_ONCE = 4096


@dataclass(frozen=True)
class GAIN(GainSettings):
    """Generative adversarial imputation nets: convolutional for windows, or the published dense network.

    The generator is given a window with gaps and its mask, and proposes a value for every sample. The discriminator is
    given the completed window and a hint about the mask, and classifies each sample as known or filled in. Windows for
    training are complete, so new masks are drawn for every batch.

    The convolutional network proposes an expected window, which is shifted and tilted to meet the known samples around
    a gap; a proposal of zeros becomes a straight line. Draws deviate from the expectation as similar training windows
    deviate from theirs under the same mask (`sampling`), and their spread is calibrated on held-out windows. The
    network learns the expectation, and each draw adds a mix of the residuals of four real windows. The network is given
    no activity labels, neither in training nor in imputation.

    The dense network is the published one on flattened windows, and is used for tables (`fit_table`). Its output is a
    sigmoid in min-max space, which for windows is that of limits pooled over people: the published range of the
    training data would be exact values of single windows. Its noise is so small that draws hardly differ, so their
    spread says nothing about uncertainty.

    References:
        Yoon, Jordon and van der Schaar, GAIN: Missing Data Imputation using Generative Adversarial Nets,
        ICML 2018, and the authors' code. On purpose, we stop early on the held-out error, can include hidden samples
        in the reconstruction error (`error_on`), and draw hints from Bernoulli(`hint_rate`) instead of setting a single
        entry per row to zero. `_conv_network.make_train_step` describes the losses of the convolutional networks.
    """

    kind: ClassVar[str] = "gain"
    version: ClassVar[int] = 2
    title: ClassVar[str] = "GAIN"
    summary: ClassVar[str] = (
        "Learns from the recordings what usually stands in a gap (generative adversarial imputation)."
    )
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "quick": {"iterations": 900, "patience": 10, "batch_size": 64, "learning_rate": 0.002},
        "balanced": {"iterations": 3_000, "patience": 20, "batch_size": 64, "learning_rate": 0.002},
        "thorough": {"iterations": 10_000, "patience": 40, "batch_size": 64, "learning_rate": 0.002},
    }

    varies: ClassVar[bool] = True

    def fit(self, train: Windows, context: RunContext) -> FittedImputer:
        """Train the convolutional or the dense network; see `Imputer.fit`."""
        rng = np.random.default_rng(context.seed)
        practice, held_out = _hold_out_series(train, rng)
        if self.network == "convolutional":
            return window_gain.learn(self, train, practice, held_out, rng, context)
        shape = train.values.shape[1:]
        scale = MinMax.within(PooledLimits.of(train.values, train.subject))
        rows = scale.to_unit(train.values).reshape(len(train), -1)

        def draw(indices: np.ndarray, rng: np.random.Generator) -> np.ndarray:
            wanted = (len(indices), *shape)
            masks = draw_masks(wanted, kind=self.masks, miss_rate=self.miss_rate, rng=rng)
            return masks.reshape(len(indices), -1)

        problem = Problem(rows, draw, practice, held_out, draw(held_out, rng), np.ones_like(rows, dtype=bool))
        weights, history = learn(self, problem, rng, context)
        return FittedGAIN(self, shape, scale, weights, history)

    def fit_table(self, table: np.ndarray, context: RunContext) -> "FittedGAIN":
        """Learn from a table `(rows, columns)`, NaN where missing; see `synth.imputers.tables`."""
        rng = np.random.default_rng(context.seed)
        known = np.isfinite(table)
        scale = MinMax.of(table)
        rows = np.where(known, scale.to_unit(table), 0).astype(np.float32)
        order = rng.permutation(len(table))
        n_held_out = round(HELD_OUT * len(table))
        if not 0 < n_held_out < len(table):
            raise TrainingError(
                f"A table of {len(table)} rows is too short to learn from. Provide at least 10 rows."
            )
        held_out = order[:n_held_out]
        shown = _hide_some(known[held_out], self.miss_rate, rng)
        problem = Problem(
            rows, lambda indices, rng: known[indices], order[n_held_out:], held_out, shown, known
        )
        weights, history = learn(self, problem, rng, context)
        return FittedGAIN(self, (1, table.shape[1]), scale, weights, history)

    def load(self, payload: bytes) -> FittedImputer:
        """Restore what `to_bytes` of either network wrote."""
        card, arrays = unpack(payload)
        if "centre" in arrays:
            return window_gain.FittedConvolutional.from_bytes(self, payload)
        scale = MinMax(arrays.pop("scale/low"), arrays.pop("scale/span"))
        return FittedGAIN(self, tuple(card["shape"]), scale, arrays, card["history"])


class FittedGAIN(FittedImputer):
    """A trained dense generator with its scaling.

    Attributes:
        shape: `(timesteps, channels)` it was fitted on; a table has one timestep.
        scale: Min-max scaling of the channels.
        weights: The generator's weights.
    """

    learner: GAIN

    def __init__(
        self,
        learner: GAIN,
        shape: tuple[int, int],
        scale: MinMax,
        weights: Mapping[str, np.ndarray],
        history: list[dict[str, float]],
    ) -> None:
        self.learner = learner
        self.shape = shape
        self.scale = scale
        self.weights = weights
        self.history = history

    def impute(self, values: np.ndarray, mask: np.ndarray, *, n_draws: int = 1, seed: int) -> np.ndarray:
        """Generate imputed values from noise; see `FittedImputer.impute`."""
        check_inputs(values, mask, self.shape, n_draws)
        rng = np.random.default_rng(seed)
        known = np.where(mask, self.scale.to_unit(values), 0)
        repeated = np.repeat(mask[None], n_draws, axis=0)
        shown = np.where(repeated, known, rng.random(repeated.shape, dtype=np.float32) * NOISE)
        flat = (-1, self.shape[0] * self.shape[1])
        generated = self._generate(shown.reshape(flat), repeated.reshape(flat).astype(np.float32))
        return with_known(values, mask, self.scale.to_units(generated.reshape(shown.shape)))

    def to_bytes(self) -> bytes:
        """Return settings, weights and scaling; see `Fitted.to_bytes`."""
        card = {"learner": self.learner.card(), "shape": list(self.shape), "history": self.history}
        scale = {"scale/low": self.scale.low, "scale/span": self.scale.span}
        return pack(card, {**self.weights, **scale})

    @cached_property
    def _generate(self) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
        """The generator, compiled when the first gap is filled in."""
        tensorflow(seed=0)
        from synth.imputers.gain import _network as network

        n_columns = self.shape[0] * self.shape[1]
        generator = network.dense_network(
            n_columns, network_width(self.learner, n_columns), "sigmoid", seed=0
        )
        assign_values(generator.weights, self.weights, "generator")
        compiled = network.make_generate(generator, n_columns)

        def generate(shown: np.ndarray, mask: np.ndarray) -> np.ndarray:
            parts = range(0, len(shown), _ROWS_AT_ONCE)
            made = [
                np.array(compiled(shown[i : i + _ROWS_AT_ONCE], mask[i : i + _ROWS_AT_ONCE])) for i in parts
            ]
            return np.concatenate(made) if made else shown

        return generate


def _hide_some(known: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """Set a random `share` of the true entries of `known` to `False`, at least one."""
    shown = known.copy().reshape(-1)
    entries = rng.permutation(np.flatnonzero(shown))
    shown[entries[: max(1, round(share * len(entries)))]] = False
    return shown.reshape(known.shape)


def _hold_out_series(train: Windows, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Split whole series into training and validation parts; a single series is cut in time, with a gap between.

    Every tenth series in order of activity is held out (a stratified split): at random, the most vigorous activity,
    which dominates the error, could be missing.
    """
    names, first = np.unique(train.series, return_index=True)
    shuffled = rng.permutation(len(names))
    names = names[shuffled[np.argsort(train.activity[first[shuffled]], kind="stable")]]
    if len(names) > 1:
        every = min(round(1 / HELD_OUT_SERIES), len(names))
        is_held_out = np.isin(train.series, names[rng.integers(every) :: every])
        practice, held_out = np.flatnonzero(~is_held_out), np.flatnonzero(is_held_out)
    else:
        practice, held_out = cut_by_time(train, share=0.7)
    if len(practice) == 0 or len(held_out) == 0:
        raise TrainingError(
            f"{len(train)} windows are too few for training and validation. Load longer "
            "recordings, or choose a shorter window on the Data page."
        )
    return practice, held_out
