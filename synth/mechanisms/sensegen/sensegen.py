"""SenseGen: a recurrent network that generates movement patch by patch."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from data.windows import Windows
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
from synth.mechanisms.representations.augmentation import (
    MAX_WINDOWS_PER_EPOCH,
    AugmentedCutter,
    pace_setting,
    strength_setting,
    turn_setting,
)
from synth.mechanisms.representations.patches import PatchCode, shifted
from synth.mechanisms.representations.window_style import StyleCode

if TYPE_CHECKING:
    from synth.mechanisms.sensegen._network import SenseGenNetwork


@dataclass(frozen=True)
class SenseGen(Mechanism):
    """Stacked LSTM and mixture density network, trained by maximum likelihood.

    The published generator is `conditional=False, channels_jointly=False, samples_per_step=1, style_first=False,
    temperature=1, strength_change=0, pace_change=0, turn_deg=0`: one axis, no activity, one sample at a time, no
    augmentation.

    References:
        Alzantot, Chakraborty, Srivastava, SenseGen, PerCom Workshops 2017, arXiv:1701.08886. Differs on purpose:
        all channels and the activity at once, several samples per step, log-sum-exp with bounded scales, a style
        that holds for the whole window, early stopping on a validation split, augmentation. Scheduled sampling
        (Bengio et al., NeurIPS 2015) against exposure bias was tried and made it worse.
    """

    kind: ClassVar[str] = "sensegen"
    version: ClassVar[int] = 2
    title: ClassVar[str] = "SenseGen"
    summary: ClassVar[str] = (
        "Learns typical postures and strengths, and how movement continues from moment to moment; then "
        "generates new recordings of any length that belong to no real person. Movement looks real to the "
        "eye, not to strong classifiers; sitting and lying still look artificial."
    )
    makes: ClassVar = "generated"
    learns: ClassVar = True
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "quick": {"epochs": 100, "patience": 25},
        "balanced": {"epochs": 250, "patience": 40},
        "thorough": {"units": 256, "epochs": 500, "patience": 60, "learning_rate": 0.005},
    }

    units: int = setting(
        128,
        "Network size",
        "Cells of each LSTM layer. More can remember more, and take longer.",
        low=2,
        high=1024,
    )
    layers: int = setting(2, "Layers", "How many LSTM layers are stacked.", low=1, high=4)
    mixtures: int = setting(
        16,
        "Mixture components",
        "How many Gaussian components the model mixes to predict each step.",
        low=1,
        high=64,
    )
    samples_per_step: int = setting(
        4,
        "Samples per step",
        "How many samples are generated at once. More is faster and smoother; 1 is as published.",
        low=1,
        high=64,
    )
    conditional: bool = setting(
        True,
        "Condition on the activity",
        "Whether the model is told which activity to generate. Without it, as published, windows carry the "
        "label of the requested activity but do not follow it.",
    )
    channels_jointly: bool = setting(
        True,
        "Model channels jointly",
        "Whether all channels are generated together, so that they match each other. Otherwise one model of "
        "a single channel generates each channel separately, as published.",
    )
    style_first: bool = setting(
        True,
        "Draw posture and strength first",
        "Whether the mean and the strength of each channel are drawn first and given to the network at "
        "every step. Without it, as published, movement drifts.",
    )
    learning_rate: float = setting(
        0.01,
        "Learning rate",
        "Initial step size of the optimiser; it decays to a twentieth along a cosine.",
        low=1e-5,
        high=0.1,
    )
    batch_size: int = setting(
        32,
        "Batch size",
        "Number of windows in each training step.",
        low=1,
        high=1024,
    )
    epochs: int = setting(
        40,
        "Maximum rounds",
        "Largest number of training rounds (epochs). Each round uses all windows, or 1,500 of them if there "
        "are more.",
        low=1,
        high=2000,
        advanced=False,
    )
    patience: int = setting(
        8,
        "Patience",
        "Rounds without improvement on the validation split before training stops (early stopping). With "
        "differential privacy there is no validation split, and all rounds are run.",
        low=1,
        high=2000,
    )
    clip_norm: float = setting(
        1.0,
        "Gradient clipping norm",
        "Larger gradients are scaled down to this norm, so that one unusual window cannot spoil the model. "
        "With differential privacy each person's gradient is.",
        low=1e-3,
        high=100.0,
    )
    strength_change: float = strength_setting(0.1)
    pace_change: float = pace_setting(0.1)
    turn_deg: float = turn_setting(8.0)
    temperature: float = setting(
        0.8,
        "Temperature",
        "Below 1 it favours what is likely over what is rare: cleaner, but less varied. Above 1 the "
        "opposite.",
        low=0.1,
        high=2.0,
    )
    epsilon: float = epsilon_setting()

    def __post_init__(self) -> None:
        super().__post_init__()
        validate_epsilon(self.kind, self.epsilon)

    def fit(self, train: Windows, context: RunContext) -> "FittedSenseGen":
        if self.epsilon > 0:
            return self._fit_privately(train, context)
        learnt, validation = train_validation_split(train, seed=context.seed, whole_series=False)
        numbers = np.searchsorted(train.activities, learnt.activity) * self.conditional
        code, style = self._codes(learnt.values, numbers, learnt.subject)
        fitted = FittedSenseGen(self, WindowKind.of(train), train.activities, code, style, seed=context.seed)
        training = self._training(fitted, learnt, validation, context.seed)
        fitted.history = train_network(
            training.step,
            context,
            batches=training.batches,
            n_epochs=self.epochs,
            validate=training.validation_loss,
            weights=fitted.network.variables,
            patience=self.patience,
            text="Training SenseGen",
            state=training.state,
        )
        return fitted

    def _codes(
        self, values: np.ndarray, numbers: np.ndarray, people: np.ndarray
    ) -> tuple[PatchCode, StyleCode]:
        """Learn the encodings of windows `(n, timesteps, channels)` of activities `(n,)` and people `(n,)`."""
        patch_length = min(self.samples_per_step, values.shape[1])
        style = StyleCode.learn(values, numbers, people=people, jointly=self.channels_jointly)
        moved = style.apart(values, numbers)[0] if self.style_first else values
        return PatchCode.learn(moved, patch_length, people=people, jointly=self.channels_jointly), style

    def _training(self, fitted: "FittedSenseGen", learnt: Windows, validation: Windows, seed: int) -> Any:
        from synth.mechanisms.sensegen._network import SenseGenTraining

        cutter = AugmentedCutter.of(self, learnt, balanced=self.conditional)
        n_cut = min(len(learnt), MAX_WINDOWS_PER_EPOCH)
        return SenseGenTraining(
            fitted.network,
            learnt=lambda epoch: fitted.sequences(*cutter.cut(n_cut, np.random.default_rng([seed, epoch]))),
            validation=fitted.sequences(validation.values, validation.activity),
            batch_size=self.batch_size,
            n_epochs=self.epochs,
            learning_rate=self.learning_rate,
            clip_norm=self.clip_norm,
            seed=seed,
        )

    def _fit_privately(self, train: Windows, context: RunContext) -> "FittedSenseGen":
        """Train with differential privacy: encodings from public knowledge, noisy gradients only."""
        promise = DpTraining.plan(
            train, epsilon=self.epsilon, n_rounds=self.epochs, batch_size=self.batch_size
        )
        kind = WindowKind.of(train)
        nobody = calibration_windows(kind)
        code, style = self._codes(nobody, *np.zeros((2, len(nobody)), int))
        fitted = FittedSenseGen(
            self, kind, train.activities, code, style, seed=context.seed, guarantee=promise.guarantee
        )

        def look(some: Windows, rng: np.random.Generator) -> Any:
            some = shifted(some, code.patch_length, rng)
            return fitted.sequences(some.values, some.activity)

        promise.teach(
            fitted.network.variables,
            fitted.network.loss,
            look,
            context,
            card=fitted.card(),
            learning_rate=self.learning_rate,
            clip_norm=self.clip_norm,
            text="Training SenseGen",
        )
        return fitted

    def load(self, payload: bytes) -> "FittedSenseGen":
        card, arrays = unpack(payload)
        windows, code = WindowKind.from_card(card["windows"]), PatchCode.from_arrays(arrays)
        guarantee = Guarantee(**card["guarantee"]) if card["guarantee"] else None
        fitted = FittedSenseGen(
            self,
            windows,
            card["activities"],
            code,
            StyleCode.from_arrays(arrays),
            seed=card["seed"],
            guarantee=guarantee,
        )
        assign_values(fitted.network.variables, arrays, "network")
        fitted.history = card["history"]
        return fitted


class FittedSenseGen(FittedGenerator):
    """A trained network, and the encodings that turn its output into sensor units.

    Args:
        learner: The settings.
        windows: The kind of windows it was trained on.
        activities: The activities it was trained on, in the order of the condition vector.
        code: Encoding of patches.
        style: Encoding of the properties of a whole window.
        seed: Of the fit; draws the initial weights.
        guarantee: Differential privacy guarantee for the people it was trained on.
    """

    learner: SenseGen
    network: "SenseGenNetwork"

    def __init__(
        self,
        learner: SenseGen,
        windows: WindowKind,
        activities: list[str],
        code: PatchCode,
        style: StyleCode,
        *,
        seed: int,
        guarantee: Guarantee | None = None,
    ) -> None:
        tensorflow(seed=seed)
        from synth.mechanisms.sensegen._network import SenseGenNetwork

        super().__init__(learner, windows, activities, seed=seed)
        self.code, self.style = code, style
        self.guarantee = guarantee
        self.network = SenseGenNetwork(
            n_features=code.n_features,
            n_conditions=self.conditions(np.array(activities[:1])).shape[1],
            n_style=style.size if learner.style_first else 0,
            n_units=learner.units,
            n_layers=learner.layers,
            n_mixtures=learner.mixtures,
            extrapolation=code.extrapolation,
            mixing=code.mixing,
            limit=code.limit,
            temperature=learner.temperature,
            seed=seed,
        )

    def sequences(
        self, values: np.ndarray, activities: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Return the network's inputs for windows: codes, innovations, conditions and styles.

        Args:
            values: `(n, timesteps, channels)` in sensor units.
            activities: `(n,)` str.

        Returns:
            Codes and innovations `(n * n_streams, patches, n_features)`, conditions `(n * n_streams,
            n_conditions)`, styles `(n * n_streams, n_style)`, float32.
        """
        styles = np.empty((len(values) * self.code.n_streams, 0), np.float32)
        if self.learner.style_first:
            values, styles = self.style.apart(values, self.activity_codes(activities))
        codes = self.code.encode(values)
        return codes, self.code.innovations(codes), self.conditions(activities), styles

    def conditions(self, activities: np.ndarray) -> np.ndarray:
        """Return the network's condition at every step: the activity, and the channel if channels are modelled
        separately.

        Args:
            activities: `(n,)` str.

        Returns:
            `(n * n_streams, n_conditions)` float32, concatenated one-hot vectors.
        """
        n_streams = self.code.n_streams
        parts: list[np.ndarray] = [np.empty((len(activities) * n_streams, 0), np.float32)]
        if self.learner.conditional:
            one_hot = np.asarray(activities)[:, None] == np.array(self.activities)
            parts.append(np.repeat(one_hot, n_streams, axis=0))
        if n_streams > 1:
            parts.append(np.tile(np.eye(n_streams), (len(activities), 1)))
        return np.concatenate(parts, axis=1).astype(np.float32)

    def sample(self, activities: np.ndarray, *, seed: int, n_timesteps: int | None = None) -> Windows:
        activities = self.checked_activities(activities)
        n_timesteps = n_timesteps or self.windows.n_timesteps
        n_patches = -(-n_timesteps // self.code.patch_length)
        codes, styles = self.network.draw(self.conditions(activities), n_patches=n_patches, seed=seed)
        values = self.code.decode(codes)[:, :n_timesteps]
        if self.learner.style_first:
            numbers = self.activity_codes(activities)
            values = self.style.together(values, styles, numbers, self.windows.n_timesteps)
        return self.generated(activities, values)

    def to_bytes(self) -> bytes:
        codes = {**self.code.to_arrays(), **self.style.to_arrays()}
        return pack(self.card(), {**codes, **values_of(self.network.variables, "network")})
