"""GAIN for windows: what its convolutional networks are shown, how they learn, and how they fill in."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from data.windows import Windows
from synth.backend import tensorflow
from synth.errors import TrainingError
from synth.imputers.base import FittedImputer
from synth.imputers.gain_training import ITERATIONS_A_ROUND, draw_hints
from synth.imputers.masks import draw_masks
from synth.imputers.query import check_query, with_known
from synth.imputers.scaling import MinMax
from synth.imputers.seams import Brackets
from synth.learner import OnProgress, ShouldStop
from synth.training import train as run_training
from synth.weights import assign_values, pack, unpack, values_of

if TYPE_CHECKING:
    from synth.imputers._gain_conv_network import Networks
    from synth.imputers.gain import GAIN

AUTO_WIDTH = 64
BAND = 0.9  # the share of held-out truth that draws are to have between their 5th and 95th percentile
DRAWN_OF_BATCH = 4  # draws are learnt from every fourth window: two networks more for each, at full rate
KNOTS = (
    0.1,
    0.7,
    1.0,
)  # freedom of samples beside known ones, in gaps, and of channels without known samples
_BETWEEN_KNOTS = (0.4, 0.999)
_FEWEST_CALIBRATED = 100
_N_CALIBRATED, _N_DRAWS = 200, 40
_AT_ONCE = 512  # windows
_TINY = 1e-6
_SMALLEST_STEP = np.float32(0.01)  # of a channel's spread


@dataclass(frozen=True, eq=False)
class Space:
    """Where the networks learn: each channel around its mean, in units of its spread.

    Attributes:
        scale: Min-max scaling, the space in which errors count.
        centre: `(channels,)` float32, the means in min-max space.
        unit: `(channels,)` float32, the standard deviations there.
    """

    scale: MinMax
    centre: np.ndarray
    unit: np.ndarray

    @classmethod
    def of(cls, values: np.ndarray) -> "Space":
        """Measure `(n, timesteps, channels)`."""
        scale = MinMax.of(values)
        scaled = scale.to_unit(values).astype(np.float64)
        centre, unit = scaled.mean(axis=(0, 1)), scaled.std(axis=(0, 1)) + _TINY
        return cls(scale, centre.astype(np.float32), unit.astype(np.float32))

    @property
    def size(self) -> float:
        """Root mean square of the channels' spreads in min-max space."""
        return float(np.sqrt(np.mean(self.unit.astype(np.float64) ** 2)))

    def enter(self, values: np.ndarray) -> np.ndarray:
        return (self.scale.to_unit(values) - self.centre) / self.unit

    def leave(self, inner: np.ndarray) -> np.ndarray:
        return self.scale.to_units(inner * self.unit + self.centre)


@dataclass(frozen=True, eq=False)
class Question:
    """Windows with gaps, as the networks see them.

    Attributes:
        shown: `(n, timesteps, channels)` float32 in `Space`, known samples joined by straight lines.
        mask: Same shape, float32, 1 where known.
        where: Their `Brackets`.
    """

    shown: np.ndarray
    mask: np.ndarray
    where: Brackets

    @classmethod
    def of(cls, inner: np.ndarray, mask: np.ndarray) -> "Question":
        """Ask about `inner` (ignored where `mask` is `False`)."""
        where = Brackets.of(mask)
        return cls(where.interpolate(inner), mask.astype(np.float32), where)

    def arrays(self) -> tuple[np.ndarray, ...]:
        where = self.where
        return (self.shown, self.mask, where.left, where.right, where.weight, where.freedom, where.has)


def learn(
    settings: "GAIN",
    train: Windows,
    practice: np.ndarray,
    held_out: np.ndarray,
    rng: np.random.Generator,
    on_progress: OnProgress,
    should_stop: ShouldStop,
) -> "FittedConvolutional":
    """Train the networks on windows `practice`, stop by the gaps of `held_out`, and calibrate the draws on them."""
    tensorflow(seed=0)
    from synth.imputers import _gain_conv_network as network

    space = Space.of(train.values)
    inner = space.enter(train.values)
    shape = train.values.shape[1:]
    seeds = (1_000 * rng.integers(2**20, size=3)).tolist()
    networks = network.Networks.build(*shape, settings.hidden or AUTO_WIDTH, seeds=seeds)
    step = network.make_train_step(
        networks,
        alpha=settings.alpha * space.size,
        emphasis=space.unit / space.size,
        step_size=np.sqrt(np.mean(np.diff(inner, axis=1) ** 2, axis=(0, 1))) + _SMALLEST_STEP,
        hint=settings.hint,
        error_on=settings.error_on,
        learning_rate=settings.learning_rate,
        n_steps=settings.iterations,
    )
    shown = _masks(settings, (len(held_out), *shape), rng)
    filler = Filler(networks)
    history = run_training(
        step,
        batches=lambda round_: _batches(settings, inner[practice], round_, rng),
        n_epochs=-(-settings.iterations // ITERATIONS_A_ROUND),
        validate=_held_out_error(filler, inner[held_out], shown, space.unit),
        weights=networks.generator_weights,
        patience=settings.patience,
        on_progress=on_progress,
        should_stop=should_stop,
        text="GAIN is learning",
    )
    # Clock times differ from run to run, and the same fit has to give the same bytes.
    without_clock = [{name: v for name, v in entry.items() if name != "seconds"} for entry in history]
    widths = _calibrated(filler, inner[held_out], shown, rng)
    weights = values_of(networks.generator_weights, "generator")
    return FittedConvolutional(settings, shape, space, widths, weights, without_clock)


class Filler:
    """Fills in, in `Space`, with compiled networks."""

    def __init__(self, networks: "Networks") -> None:
        from synth.imputers import _gain_conv_network as network

        self._expect = network.make_expect(networks)
        self._deviate = network.make_deviate(networks)

    def expected(self, question: Question) -> tuple[np.ndarray, Any]:
        """Return the expected windows, meeting what is known, and the networks' features of them."""
        proposal, features = self._expect(question.shown, question.mask, question.where.has)
        return _met(question, np.asarray(proposal)), features

    def deviations(self, question: Question, features: Any, noise: np.ndarray) -> np.ndarray:
        """Return one draw's deviation from the expected windows; nothing at known samples."""
        return _met_deviation(question.where, np.asarray(self._deviate(features, noise)))


class FittedConvolutional(FittedImputer):
    """Trained trunk and spread with their scaling.

    Attributes:
        shape: `(timesteps, channels)` it was fitted on.
        space: Where it learnt.
        widths: `(3,)` float32, what deviations are multiplied by at the degrees of freedom `KNOTS`, so that nine in
            ten held-out samples lie within the middle nine tenths of the draws.
        weights: The generator's weights.
    """

    def __init__(
        self,
        learner: "GAIN",
        shape: tuple[int, int],
        space: Space,
        widths: np.ndarray,
        weights: Mapping[str, np.ndarray],
        history: list[dict[str, float]],
    ) -> None:
        self.learner = learner
        self.shape = shape
        self.space = space
        self.widths = widths
        self.weights = weights
        self.history = history

    def impute(self, values: np.ndarray, mask: np.ndarray, *, n_draws: int = 1, seed: int) -> np.ndarray:
        check_query(values, mask, self.shape, n_draws)
        rng = np.random.default_rng(seed)
        drawn = np.empty((n_draws, *values.shape), np.float32)
        for i in range(0, len(values), _AT_ONCE):
            part = slice(i, i + _AT_ONCE)
            drawn[:, part] = self._fill(values[part], mask[part], n_draws, rng)
        return with_known(values, mask, self._within(drawn, values, mask))

    def expect(self, values: np.ndarray, mask: np.ndarray, *, seed: int) -> np.ndarray:
        """Fill in what is expected: no noise, so that no `seed` changes it."""
        check_query(values, mask, self.shape, 1)
        likely = np.empty_like(values, dtype=np.float32)
        for i in range(0, len(values), _AT_ONCE):
            part = slice(i, i + _AT_ONCE)
            likely[part] = self.space.leave(self._filler.expected(self._ask(values[part], mask[part]))[0])
        return with_known(values, mask, self._within(likely, values, mask))

    def to_bytes(self) -> bytes:
        card = {"learner": self.learner.card(), "shape": list(self.shape), "history": self.history}
        space = {
            "scale/low": self.space.scale.low,
            "scale/span": self.space.scale.span,
            "centre": self.space.centre,
            "unit": self.space.unit,
            "widths": self.widths,
        }
        return pack(card, {**self.weights, **space})

    @classmethod
    def from_bytes(cls, learner: "GAIN", payload: bytes) -> "FittedConvolutional":
        """Restore what `to_bytes` wrote."""
        card, arrays = unpack(payload)
        scale = MinMax(arrays.pop("scale/low"), arrays.pop("scale/span"))
        space = Space(scale, arrays.pop("centre"), arrays.pop("unit"))
        return cls(learner, tuple(card["shape"]), space, arrays.pop("widths"), arrays, card["history"])

    def _fill(
        self, values: np.ndarray, mask: np.ndarray, n_draws: int, rng: np.random.Generator
    ) -> np.ndarray:
        question = self._ask(values, mask)
        expected, features = self._filler.expected(question)
        widths = _widths(question.where, self.widths)
        noise = draw_noise(n_draws, values.shape, rng)
        deviations = (self._filler.deviations(question, features, one) for one in noise)
        return np.stack([self.space.leave(expected + widths * one) for one in deviations])

    def _ask(self, values: np.ndarray, mask: np.ndarray) -> Question:
        return Question.of(self.space.enter(np.where(mask, values, 0)), mask)

    def _within(self, drawn: np.ndarray, values: np.ndarray, mask: np.ndarray) -> np.ndarray:
        """Keep fillings within the range of the training data, widened by what is known of each window."""
        low, high = self.space.scale.low, self.space.scale.low + self.space.scale.span
        low = np.minimum(low, np.where(mask, values, np.inf).min(axis=1, keepdims=True))
        high = np.maximum(high, np.where(mask, values, -np.inf).max(axis=1, keepdims=True))
        return np.clip(drawn, low, high)

    @cached_property
    def _filler(self) -> Filler:
        """Compiled when the first gap is filled, and warm from then on."""
        tensorflow(seed=0)
        from synth.imputers import _gain_conv_network as network

        width = self.learner.hidden or AUTO_WIDTH
        networks = network.Networks.build(*self.shape, width, seeds=(0, 0, 0))
        assign_values(networks.generator_weights, self.weights, "generator")
        return Filler(networks)


def draw_noise(n_draws: int, shape: tuple[int, int, int], rng: np.random.Generator) -> np.ndarray:
    """Draw `(n_draws, n, timesteps, channels)` standard normal noise; every second draw mirrors the one before.

    Mirrored draws deviate to opposite sides, so that their mean settles with fewer of them.
    """
    n, *rest = shape
    halves = rng.standard_normal((n, -(-n_draws // 2), *rest), dtype=np.float32)
    return np.stack([halves, -halves], axis=2).reshape(n, -1, *rest)[:, :n_draws].swapaxes(0, 1)


def _masks(settings: "GAIN", shape: tuple[int, int, int], rng: np.random.Generator) -> np.ndarray:
    return draw_masks(shape, kind=settings.masks, miss_rate=settings.miss_rate, rng=rng)


def _batches(
    settings: "GAIN", inner: np.ndarray, round_: int, rng: np.random.Generator
) -> Iterator[tuple[np.ndarray, ...]]:
    n_left = settings.iterations - round_ * ITERATIONS_A_ROUND
    for _ in range(min(ITERATIONS_A_ROUND, n_left)):
        truth = inner[rng.permutation(len(inner))[: settings.batch_size]]
        mask = _masks(settings, truth.shape, rng)
        some = mask[: -(-len(mask) // DRAWN_OF_BATCH)]
        noise = rng.standard_normal((2, *some.shape), dtype=np.float32)
        b, hints = draw_hints(some, variant=settings.hint, rate=settings.hint_rate, rng=rng)
        yield (truth, *Question.of(truth, mask).arrays(), noise, b, hints)


def _held_out_error(filler: Filler, truth: np.ndarray, shown: np.ndarray, unit: float) -> Callable[[], float]:
    """Return a function that gives the mean over held-out windows of the RMSE, in min-max space, over their gaps.

    The mean over windows: of the squared error, ten of 150 windows of the sample hold half, and would decide.
    """
    if shown.all():
        raise TrainingError(
            "Too little is hidden to see progress. Choose a larger share under How much is missing."
        )
    question = Question.of(truth, shown)
    n_hidden = np.maximum((~shown).sum(axis=(1, 2)), 1)

    def validate() -> float:
        off = (filler.expected(question)[0] - truth) * unit
        squares = np.where(shown, 0, off**2).sum(axis=(1, 2), dtype=np.float64)
        return float(np.sqrt(squares / n_hidden).mean())

    return validate


def _calibrated(filler: Filler, truth: np.ndarray, shown: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return what deviations are to be multiplied by, so that `BAND` of what was hidden lies within their band.

    Returns:
        `(3,)` float32, at the degrees of freedom `KNOTS`.
    """
    truth, shown = truth[:_N_CALIBRATED], shown[:_N_CALIBRATED]
    question = Question.of(truth, shown)
    expected, features = filler.expected(question)
    noise = draw_noise(_N_DRAWS, truth.shape, rng)
    drawn = np.stack([filler.deviations(question, features, one)[~shown] for one in noise])
    low, high = np.quantile(drawn, [(1 - BAND) / 2, (1 + BAND) / 2], axis=0)
    off = (truth - expected)[~shown]
    needed = np.maximum(off / np.maximum(high, _TINY), off / np.minimum(low, -_TINY))
    nearest = np.digitize(question.where.freedom.transpose(0, 2, 1)[~shown], _BETWEEN_KNOTS)
    groups = [needed[nearest == i] for i in range(len(KNOTS))]
    widths = [np.quantile(g if len(g) >= _FEWEST_CALIBRATED else needed, BAND) for g in groups]
    return np.clip(widths, 0.1, 10.0).astype(np.float32)


def _widths(where: Brackets, widths: np.ndarray) -> np.ndarray:
    """Return `(n, timesteps, channels)`, the calibrated widths at each sample's freedom."""
    return np.interp(where.freedom.transpose(0, 2, 1), KNOTS, widths).astype(np.float32)


def _met(question: Question, proposal: np.ndarray) -> np.ndarray:
    return question.shown + _met_deviation(question.where, proposal)


def _met_deviation(where: Brackets, proposal: np.ndarray) -> np.ndarray:
    """Return how a proposal deviates from the straight lines; nothing at known samples."""
    freedom = where.freedom.transpose(0, 2, 1)
    return freedom * (proposal - where.interpolate(proposal))
