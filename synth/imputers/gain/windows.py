"""GAIN for windows: training and imputation with convolutional networks."""

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property

import numpy as np

from data.windows import Windows
from synth.core.errors import TrainingError
from synth.core.pooled_limits import PooledLimits
from synth.core.run_context import RunContext
from synth.imputers.base import FittedImputer
from synth.imputers.gain.inputs import GappedWindows, Space
from synth.imputers.gain.sampling import KNOTS, GapSampler
from synth.imputers.gain.scaling import MinMax
from synth.imputers.gain.settings import GainSettings
from synth.imputers.gain.training import ITERATIONS_A_ROUND, draw_hints
from synth.imputers.input_checks import check_inputs, with_known
from synth.imputers.masks import draw_masks
from synth.keras_support.tensorflow_backend import tensorflow
from synth.keras_support.training import train as run_training
from synth.keras_support.weights import assign_values, pack, unpack, values_of

AUTO_WIDTH = 64
BAND = 0.9  # share of held-out truth that should lie between the 5th and 95th percentile of draws (coverage)
DRAWN_ONE_IN = 8  # one window in so many is used to train the deviations of draws
MAX_REFERENCE = 1_000  # real windows whose residuals are used
_BETWEEN_KNOTS = (0.4, 0.999)
_FEWEST_CALIBRATED = 100
_N_CALIBRATED, _N_DRAWS = 200, 40
_WIDTHS, _N_HALVINGS = (0.1, 10.0), 10
_AT_ONCE = 512  # windows
_SMALLEST_STEP = np.float32(0.01)  # in standard deviations of a channel


def learn(
    settings: GainSettings,
    train: Windows,
    practice: np.ndarray,
    held_out: np.ndarray,
    rng: np.random.Generator,
    context: RunContext,
) -> "FittedConvolutional":
    """Train the networks, and calibrate the spread of their draws.

    Args:
        settings: Hyperparameters.
        train: All windows.
        practice: Indices of the training windows.
        held_out: Indices of the validation windows, for early stopping and calibration.
        rng: Draws initial weights, batches and masks.
        context: Told after every round; asked to stop between batches.

    Raises:
        Stopped: If it was asked to stop.
        TrainingError: If nothing is hidden in the validation windows, or a loss is no longer a number.
    """
    tensorflow(seed=0)
    from synth.imputers.gain import _conv_network as network

    space = Space.of(train.values)
    inner = space.enter(train.values)
    shape = train.values.shape[1:]
    seeds = (1_000 * rng.integers(2**20, size=3)).tolist()
    width = settings.hidden or AUTO_WIDTH
    networks = network.Networks.build(shape[0], shape[1], width, seeds=seeds)
    step, state = network.make_train_step(
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
    reference = inner[np.sort(rng.permutation(practice)[:MAX_REFERENCE])]
    sampler = GapSampler.of(networks, reference)
    history = run_training(
        step,
        context,
        batches=lambda round_: _batches(settings, sampler, inner[practice], round_, rng),
        n_epochs=-(-settings.iterations // ITERATIONS_A_ROUND),
        validate=_held_out_error(sampler, inner[held_out], shown, space.unit),
        weights=networks.generator_weights,
        patience=settings.patience,
        text="GAIN is learning",
        state=state,
        drawn_from=[rng],
    )
    widths = _calibrated(sampler, inner[held_out], shown, rng)
    weights = values_of(networks.generator_weights, "generator")
    limits = PooledLimits.of(train.values, train.subject).as_float32()
    return FittedConvolutional(settings, shape, space, limits, reference, widths, weights, history)


class FittedConvolutional(FittedImputer):
    """A trained generator (trunk and strength) with its scaling, and real windows.

    Attributes:
        shape: `(timesteps, channels)` it was fitted on.
        space: The space it learnt in.
        limits: Of each channel, in sensor units; imputed values hardly exceed them.
        reference: `(m, timesteps, channels)` float32, real windows in `space` whose residuals are used.
        widths: `(3,)` float32, factors of the deviations at the values `KNOTS` of freedom, chosen so that 90 % of
            held-out samples lie within the central 90 % interval of draws.
        weights: The generator's weights.
    """

    learner: GainSettings

    def __init__(
        self,
        learner: GainSettings,
        shape: tuple[int, int],
        space: Space,
        limits: PooledLimits,
        reference: np.ndarray,
        widths: np.ndarray,
        weights: Mapping[str, np.ndarray],
        history: list[dict[str, float]],
    ) -> None:
        self.learner = learner
        self.shape = shape
        self.space = space
        self.limits = limits
        self.reference = reference
        self.widths = widths
        self.weights = weights
        self.history = history

    def impute(self, values: np.ndarray, mask: np.ndarray, *, n_draws: int = 1, seed: int) -> np.ndarray:
        """Draw imputed values; see `FittedImputer.impute`."""
        check_inputs(values, mask, self.shape, n_draws)
        rng = np.random.default_rng(seed)
        drawn = np.empty((n_draws, *values.shape), np.float32)
        for i in range(0, len(values), _AT_ONCE):
            part = slice(i, i + _AT_ONCE)
            drawn[:, part] = self._fill(values[part], mask[part], n_draws, rng)
        return with_known(values, mask, self._within(drawn, values, mask))

    def expect(self, values: np.ndarray, mask: np.ndarray, *, seed: int) -> np.ndarray:
        """Fill in the expectation, which involves no noise, so that `seed` changes nothing."""
        check_inputs(values, mask, self.shape, 1)
        likely = np.empty_like(values, dtype=np.float32)
        for i in range(0, len(values), _AT_ONCE):
            part = slice(i, i + _AT_ONCE)
            likely[part] = self.space.leave(self._sampler.expected(self._gapped(values[part], mask[part]))[0])
        return with_known(values, mask, self._within(likely, values, mask))

    def to_bytes(self) -> bytes:
        """Return settings, weights, scaling and real windows; see `Fitted.to_bytes`."""
        card = {"learner": self.learner.card(), "shape": list(self.shape), "history": self.history}
        space = {
            "scale/low": self.space.scale.low,
            "scale/span": self.space.scale.span,
            "centre": self.space.centre,
            "unit": self.space.unit,
            "kept": self.reference,
            "widths": self.widths,
            "limits/low": self.limits.low,
            "limits/high": self.limits.high,
        }
        return pack(card, {**self.weights, **space})

    @classmethod
    def from_bytes(cls, learner: GainSettings, payload: bytes) -> "FittedConvolutional":
        """Restore what `to_bytes` wrote."""
        card, arrays = unpack(payload)
        scale = MinMax(arrays.pop("scale/low"), arrays.pop("scale/span"))
        space = Space(scale, arrays.pop("centre"), arrays.pop("unit"))
        limits = PooledLimits(arrays.pop("limits/low"), arrays.pop("limits/high"))
        reference, widths = arrays.pop("kept"), arrays.pop("widths")
        return cls(learner, tuple(card["shape"]), space, limits, reference, widths, arrays, card["history"])

    def _fill(
        self, values: np.ndarray, mask: np.ndarray, n_draws: int, rng: np.random.Generator
    ) -> np.ndarray:
        gapped = self._gapped(values, mask)
        draws = self._sampler.drawn(gapped, n_draws, rng)
        return self.space.leave(draws.expected + draws.deviations(self.widths))

    def _gapped(self, values: np.ndarray, mask: np.ndarray) -> GappedWindows:
        return GappedWindows.of(self.space.enter(np.where(mask, values, 0)), mask)

    def _within(self, drawn: np.ndarray, values: np.ndarray, mask: np.ndarray) -> np.ndarray:
        """Pull imputed values back towards the limits, widened by the known samples of each window."""
        low = np.minimum(self.limits.low, np.where(mask, values, np.inf).min(axis=1, keepdims=True))
        high = np.maximum(self.limits.high, np.where(mask, values, -np.inf).max(axis=1, keepdims=True))
        return PooledLimits(low, high).soften(drawn)

    @cached_property
    def _sampler(self) -> GapSampler:
        """The sampler, compiled when the first gap is filled in."""
        tensorflow(seed=0)
        from synth.imputers.gain import _conv_network as network

        width = self.learner.hidden or AUTO_WIDTH
        networks = network.Networks.build(*self.shape, width, seeds=(0, 0, 0))
        assign_values(networks.generator_weights, self.weights, "generator")
        return GapSampler.of(networks, self.reference)


def _masks(settings: GainSettings, shape: tuple[int, int, int], rng: np.random.Generator) -> np.ndarray:
    return draw_masks(shape, kind=settings.masks, miss_rate=settings.miss_rate, rng=rng)


def _batches(
    settings: GainSettings, sampler: GapSampler, inner: np.ndarray, round_: int, rng: np.random.Generator
) -> Iterator[tuple[np.ndarray, ...]]:
    n_left = settings.iterations - round_ * ITERATIONS_A_ROUND
    for _ in range(min(ITERATIONS_A_ROUND, n_left)):
        truth = inner[rng.permutation(len(inner))[: settings.batch_size]]
        mask = _masks(settings, truth.shape, rng)
        gapped, some = GappedWindows.of(truth, mask), slice(-(-len(mask) // DRAWN_ONE_IN))
        others = sampler.similar(gapped.part(some), 2)
        b, hints = draw_hints(mask[some], variant=settings.hint, rate=settings.hint_rate, rng=rng)
        yield (truth, *gapped.arrays(), others, b, hints)


def _held_out_error(
    sampler: GapSampler, truth: np.ndarray, shown: np.ndarray, unit: np.ndarray
) -> Callable[[], float]:
    """Return a function that computes the RMSE, in min-max space, over hidden samples, averaged over windows.

    It is averaged over windows because the squared error is dominated by few of them: in the sample recordings, ten of
    150 windows account for half of it.
    """
    if shown.all():
        raise TrainingError(
            "Too little is hidden to measure progress. Choose a larger share under How much is missing."
        )
    gapped = GappedWindows.of(truth, shown)
    n_hidden = np.maximum((~shown).sum(axis=(1, 2)), 1)

    def validate() -> float:
        off = (sampler.expected(gapped)[0] - truth) * unit
        squares = np.where(shown, 0, off**2).sum(axis=(1, 2), dtype=np.float64)
        return float(np.sqrt(squares / n_hidden).mean())

    return validate


def _calibrated(
    sampler: GapSampler, truth: np.ndarray, shown: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Find the factors of deviations with which the central interval of draws covers `BAND` of hidden samples.

    Returns:
        `(3,)` float32, factors at the values `KNOTS` of freedom.
    """
    truth, shown = truth[:_N_CALIBRATED], shown[:_N_CALIBRATED]
    draws = sampler.drawn(GappedWindows.of(truth, shown), _N_DRAWS, rng)
    off = (truth - draws.expected)[~shown]
    nearest = np.digitize(draws.gapped.where.freedom.transpose(0, 2, 1)[~shown], _BETWEEN_KNOTS)
    groups = [nearest == i for i in range(len(KNOTS))]
    groups = [group if group.sum() >= _FEWEST_CALIBRATED else np.ones_like(group) for group in groups]
    low, high = (np.full(len(KNOTS), bound) for bound in _WIDTHS)
    for _ in range(_N_HALVINGS):
        widths = np.sqrt(low * high)
        inside = _inside(draws.deviations(widths)[:, ~shown], off)
        enough = np.array([inside[group].mean() >= BAND for group in groups])
        low, high = np.where(enough, low, widths), np.where(enough, widths, high)
    return high.astype(np.float32)


def _inside(deviations: np.ndarray, off: np.ndarray) -> np.ndarray:
    low, high = np.quantile(deviations, [(1 - BAND) / 2, (1 + BAND) / 2], axis=0)
    return (off >= low) & (off <= high)
