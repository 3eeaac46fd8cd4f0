"""Flow: a small network that turns noise into the movements of an activity."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from data.windows import Windows
from synth.core.errors import TrainingError
from synth.core.guarantee import Guarantee
from synth.core.learner import setting
from synth.core.run_context import RunContext
from synth.keras_support.tensorflow_backend import tensorflow
from synth.keras_support.training import train as train_network
from synth.keras_support.validation_split import train_validation_split
from synth.keras_support.weights import assign_values, pack, unpack, values_of
from synth.mechanisms.base import FittedGenerator, Mechanism, WindowKind
from synth.mechanisms.dp.public_calibration import calibration_windows
from synth.mechanisms.dp.training import DpTraining, epsilon_setting, validate_epsilon
from synth.mechanisms.flow.window_code import WindowCode
from synth.mechanisms.representations.augmentation import (
    AugmentedCutter,
    pace_setting,
    strength_setting,
    turn_setting,
)

if TYPE_CHECKING:
    from synth.mechanisms.flow._network import FlowNetwork

MAX_CUTS = 32  # augmented copies of the training windows
MIN_CUTS = 2
MAX_CUT_NUMBERS = 100_000_000  # in all copies together: memory
MORE_CONTINUATIONS = 64  # candidates, in addition to two per series, for continuing longer series
BATCH = 512  # windows decoded at once: memory
MIN_TIMESTEPS = 8
CUTTING = 3  # random stream of the augmentation: the network uses streams 0 and 1


@dataclass(frozen=True)
class Flow(Mechanism):
    """Flow matching on the wavelet coefficients of windows: the coarse signal, and the loudness and shape of its
    detail.

    A network (`_network`) carries noise to the encoding of a window (`window_code`). It is trained on windows that
    are cut anew from the recordings and varied in pace, strength and direction (`augmentation`), as other people
    might have moved, and stops when the held-out ends of recordings show that it begins to overfit.

    References:
        Lipman, Chen, Ben-Hamu, Nickel and Le, Flow matching for generative modeling, ICLR 2023.
    """

    kind: ClassVar[str] = "flow"
    title: ClassVar[str] = "Flow"
    summary: ClassVar[str] = (
        "Learns to turn noise into the movements of each activity, and then generates new ones that belong "
        "to no real person. Movement and rest look real to the eye, not to strong classifiers; with few "
        "people the results resemble them slightly, and less so with stronger augmentation (advanced "
        "settings). Takes minutes."
    )
    makes: ClassVar = "generated"
    learns: ClassVar = True
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "quick": {"epochs": 200},
        "balanced": {"epochs": 600},
        "thorough": {"units": 96, "epochs": 1500},
    }

    epochs: int = setting(
        600,
        "Maximum rounds",
        "Largest number of training rounds (epochs). Each round uses all windows, or 1,500 of them if there "
        "are more.",
        low=1,
        high=10_000,
        advanced=False,
    )
    units: int = setting(
        64,
        "Network size",
        "Width of its layers. More can learn finer differences, and takes longer.",
        low=2,
        high=1024,
    )
    layers: int = setting(2, "Blocks", "Number of residual blocks at the coarsest resolution.", low=1, high=8)
    coarse_samples: int = setting(
        32,
        "Time resolution",
        "Approximate number of positions at which the network represents a window, each with one sample of "
        "the coarse signal and the fine detail around it (wavelets). More is slower.",
        low=8,
        high=256,
    )
    steps: int = setting(
        12,
        "Sampling steps",
        "Number of steps from noise to a window. More is slightly more accurate, and slower.",
        low=1,
        high=200,
    )
    guidance: float = setting(
        0.5,
        "Guidance",
        "How much the differences between activities are exaggerated (classifier-free guidance). More makes "
        "activities easier to recognise, but less varied; above 0 sampling takes twice as long.",
        low=0.0,
        high=5.0,
    )
    strength_change: float = strength_setting(0.1)
    pace_change: float = pace_setting(0.1)
    turn_deg: float = turn_setting(8.0)
    learning_rate: float = setting(
        0.002,
        "Learning rate",
        "Highest step size of the optimiser; it decays to almost zero along a cosine.",
        low=1e-5,
        high=0.1,
    )
    batch_size: int = setting(
        128,
        "Batch size",
        "Number of windows in each training step.",
        low=1,
        high=4096,
    )
    patience: int = setting(
        100,
        "Patience",
        "Rounds without improvement on the validation split before training stops (early stopping). With "
        "differential privacy there is no validation split, and all rounds are run.",
        low=1,
        high=10_000,
    )
    epsilon: float = epsilon_setting()

    def __post_init__(self) -> None:
        super().__post_init__()
        validate_epsilon(self.kind, self.epsilon)

    def fit(self, train: Windows, context: RunContext) -> "FittedFlow":
        if train.n_timesteps < MIN_TIMESTEPS:
            raise TrainingError(
                f"These windows have {train.n_timesteps} samples; at least {MIN_TIMESTEPS} are needed. Choose "
                "longer windows on the Data page."
            )
        if self.epsilon > 0:
            return self._fit_privately(train, context)
        learnt, validation = train_validation_split(train, seed=context.seed, whole_series=False)
        activities = train.activities
        codes = np.searchsorted(activities, learnt.activity)
        code = WindowCode.learn(learnt.values, codes, coarse_samples=self.coarse_samples)
        cuts = self._cuts(learnt, activities, code, context.seed)
        fitted = FittedFlow(self, WindowKind.of(train), activities, code, seed=context.seed)
        fitted.learn(cuts, validation, context)
        return fitted

    def _fit_privately(self, train: Windows, context: RunContext) -> "FittedFlow":
        """Train with differential privacy: an encoding from public knowledge, noisy gradients only."""
        promise = DpTraining.plan(
            train, epsilon=self.epsilon, n_rounds=self.epochs, batch_size=self.batch_size
        )
        kind, n_activities = WindowKind.of(train), len(train.activities)
        nobody = calibration_windows(kind)
        code = WindowCode.learn(
            np.tile(nobody, (n_activities, 1, 1)),
            np.repeat(np.arange(n_activities), len(nobody)),
            coarse_samples=self.coarse_samples,
        )
        fitted = FittedFlow(
            self, kind, train.activities, code, seed=context.seed, guarantee=promise.guarantee
        )
        from synth.mechanisms.flow._network import CLIP_NORM, drop_labels, noised_batch

        def look(some: Windows, rng: np.random.Generator) -> Any:
            codes = fitted.activity_codes(some.activity)
            return noised_batch(code.encode(some.values, codes), drop_labels(codes, rng), rng)

        promise.teach(
            fitted.network.variables,
            fitted.network.loss,
            look,
            context,
            card=fitted.card(),
            learning_rate=self.learning_rate,
            clip_norm=CLIP_NORM,
            text="Training Flow",
        )
        return fitted

    def load(self, payload: bytes) -> "FittedFlow":
        card, arrays = unpack(payload)
        fitted = FittedFlow(
            self,
            WindowKind.from_card(card["windows"]),
            card["activities"],
            WindowCode.from_arrays(arrays),
            seed=card["seed"],
            guarantee=Guarantee(**card["guarantee"]) if card["guarantee"] else None,
        )
        assign_values(fitted.network.variables, arrays, "network")
        fitted.history = card["history"]
        return fitted

    def _cuts(
        self, learnt: Windows, activities: list[str], code: WindowCode, seed: int
    ) -> list[tuple[np.ndarray, np.ndarray]]:
        """Return augmented copies of the training windows, each as large as the original: encodings and activity
        codes.
        """
        rng = np.random.default_rng([seed, CUTTING])
        cutter = AugmentedCutter.of(self, learnt, levels=code.levels)
        n_cuts = int(np.clip(MAX_CUT_NUMBERS // (len(learnt) * sum(code.layout.sizes)), MIN_CUTS, MAX_CUTS))
        cuts = []
        for _ in range(n_cuts):
            values, names = cutter.cut(len(learnt), rng)
            codes = np.searchsorted(activities, names)
            cuts.append((code.encode(values, codes), codes))
        return cuts


class FittedFlow(FittedGenerator):
    """A trained network, and the encoding that turns its output into windows.

    Args:
        learner: The settings.
        windows: The kind of windows it was trained on.
        activities: The activities it was trained on, sorted.
        code: Encoding of windows.
        seed: Of the fit; draws the initial weights.
        guarantee: Differential privacy guarantee for the people it was trained on.
    """

    learner: Flow
    network: "FlowNetwork"

    def __init__(
        self,
        learner: Flow,
        windows: WindowKind,
        activities: list[str],
        code: WindowCode,
        *,
        seed: int,
        guarantee: Guarantee | None = None,
    ) -> None:
        super().__init__(learner, windows, activities, seed=seed)
        self.guarantee = guarantee
        self._code = code
        self.network = self._new_network()

    def learn(
        self, cuts: list[tuple[np.ndarray, np.ndarray]], validation: Windows, context: RunContext
    ) -> None:
        """Train the network on augmented copies (encodings and activity codes); `validation` windows determine when to
        stop.
        """
        from synth.mechanisms.flow._network import FlowTraining

        learner = self.learner
        of_measured = self.activity_codes(validation.activity)
        training = FlowTraining(
            self._new_network(),
            self.network,
            learnt=[numbers for numbers, _ in cuts],
            codes=[codes for _, codes in cuts],
            validation=(self._code.encode(validation.values, of_measured), of_measured),
            batch_size=learner.batch_size,
            n_epochs=learner.epochs,
            learning_rate=learner.learning_rate,
            seed=self.seed,
        )
        self.history = train_network(
            training.step,
            context,
            batches=training.batches,
            n_epochs=learner.epochs,
            validate=training.validation_loss,
            weights=self.network.variables,
            patience=learner.patience,
            text="Training Flow",
        )

    def sample(self, activities: np.ndarray, *, seed: int, n_timesteps: int | None = None) -> Windows:
        activities = self.checked_activities(activities)
        codes = self.activity_codes(activities)
        rng = np.random.default_rng(seed)
        values = self._draw(codes, rng)
        if n_timesteps is not None:
            values = self._as_long(values, codes, n_timesteps, rng)
        return self.generated(activities, values)

    def to_bytes(self) -> bytes:
        return pack(self.card(), self._code.to_arrays() | values_of(self.network.variables, "network"))

    def _new_network(self) -> "FlowNetwork":
        tensorflow(seed=self.seed)
        from synth.mechanisms.flow._network import FlowNetwork

        return FlowNetwork(
            layout=self._code.layout,
            n_activities=len(self.activities),
            n_units=self.learner.units,
            n_blocks=self.learner.layers,
            seed=self.seed,
        )

    def _draw(self, codes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return a window for each activity code, `(n, timesteps, channels)`."""
        numbers = self.network.draw(
            codes, n_steps=self.learner.steps, guidance=self.learner.guidance, rng=rng
        )
        parts = [slice(i, i + BATCH) for i in range(0, len(codes), BATCH)]
        return np.concatenate([self._code.decode(numbers[part], codes[part]) for part in parts])

    def _as_long(
        self, values: np.ndarray, codes: np.ndarray, n_timesteps: int, rng: np.random.Generator
    ) -> np.ndarray:
        """Cut series to a length, or continue them by cross-fading into windows that begin as the series end."""
        shared = values.shape[1] // 2
        fade = np.linspace(0, 1, shared, dtype=np.float32)[:, None]
        while values.shape[1] < n_timesteps:
            end = values[:, -shared:]
            following = self._continuations(end, codes, rng)
            joined = (1 - fade) * end + fade * following[:, :shared]
            values = np.concatenate([values[:, :-shared], joined, following[:, shared:]], axis=1)
        return values[:, :n_timesteps]

    def _continuations(self, ends: np.ndarray, codes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Draw more candidates than there are ends, and assign a different one to each end so that all fit as well as
        possible.
        """
        chosen = np.empty((len(ends), self.windows.n_timesteps, ends.shape[2]), np.float32)
        for code in np.unique(codes):
            of_it = np.flatnonzero(codes == code)
            offered = self._draw(np.full(2 * len(of_it) + MORE_CONTINUATIONS, code), rng)
            spread = np.where((scale := offered.std(axis=(0, 1))) > 0, scale, 1.0)
            wanted, begins = (
                (part / spread).reshape(len(part), -1) for part in (ends[of_it], offered[:, : ends.shape[1]])
            )
            rows, best = linear_sum_assignment(cdist(wanted, begins, "sqeuclidean"))
            chosen[of_it[rows]] = offered[best]
        return chosen
