"""What all methods share that are built on Flow's network: its settings, its training, and its weights."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from data.windows import Windows
from synth.core.errors import TrainingError
from synth.core.learner import setting
from synth.core.run_context import RunContext
from synth.keras_support.tensorflow_backend import tensorflow
from synth.keras_support.training import train as train_network
from synth.keras_support.validation_split import train_validation_split
from synth.keras_support.weights import assign_values, values_of
from synth.mechanisms.base import Mechanism, WindowKind
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
BATCH = 512  # windows encoded or decoded at once: memory
MIN_TIMESTEPS = 8
STYLE_STEPS = 4  # from noise to a window of which only posture and strength are used
# Share of the noise of rewriting (its variance) that is the same in every release of the same windows: what the mean of
# many releases shows is then hardly more than what one of them shows.
STANDING = 0.8
CUTTING = 3  # random stream of the augmentation: the network uses streams 0 and 1


@dataclass(frozen=True)
class FlowMatching(Mechanism):
    """Settings of a network that carries noise to the encoding of a window (`_network`, `window_code`)."""

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


class FlowModel:
    """A network, trained or not, and the encoding that turns its output into windows.

    Args:
        settings: The settings.
        windows: The kind of windows it is trained on.
        activities: The activities it is trained on, sorted.
        code: Encoding of windows.
        seed: Of the fit; draws the initial weights.

    Attributes:
        network: The network.
        history: Losses by name, one dict per epoch.
    """

    network: "FlowNetwork"

    def __init__(
        self,
        settings: FlowMatching,
        windows: WindowKind,
        activities: list[str],
        code: WindowCode,
        *,
        seed: int,
    ) -> None:
        self._settings, self.windows, self.activities = settings, windows, activities
        self._code, self.seed = code, seed
        self.network = self._new_network()
        self.history: list[dict[str, float]] = []

    @classmethod
    def learn(cls, settings: FlowMatching, train: Windows, context: RunContext) -> Self:
        """Train a network on windows; its held-out part determines when to stop.

        Raises:
            TrainingError: If the windows are too short.
            Stopped: If it was asked to stop.
        """
        refuse_short(train)
        learnt, validation = train_validation_split(train, seed=context.seed, whole_series=False)
        codes = np.searchsorted(train.activities, learnt.activity)
        code = WindowCode.learn(learnt.values, codes, coarse_samples=settings.coarse_samples)
        model = cls(settings, WindowKind.of(train), train.activities, code, seed=context.seed)
        model._train(model._cuts(learnt), validation, context)
        return model

    @classmethod
    def restored(
        cls, settings: FlowMatching, card: Mapping[str, Any], arrays: Mapping[str, np.ndarray]
    ) -> Self:
        """Restore it from a stored card and arrays (`to_arrays`)."""
        windows, code = WindowKind.from_card(card["windows"]), WindowCode.from_arrays(arrays)
        model = cls(settings, windows, card["activities"], code, seed=card["seed"])
        assign_values(model.network.variables, arrays, "network")
        model.history = card["history"]
        return model

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return the arrays to store, by name."""
        return self._code.to_arrays() | values_of(self.network.variables, "network")

    def draw(self, codes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return a window for each activity code, `(n, timesteps, channels)`."""
        settings = self._settings
        numbers = self.network.draw(codes, n_steps=settings.steps, guidance=settings.guidance, rng=rng)
        return self._decoded(numbers, codes)

    def rewrite(
        self,
        values: np.ndarray,
        codes: np.ndarray,
        *,
        kept: float,
        restyled: float,
        standing: np.random.Generator,
        rng: np.random.Generator,
    ) -> np.ndarray:
        """Mix windows with noise, and carry the mixtures back to windows.

        Args:
            values: `(n, timesteps, channels)`.
            codes: `(n,)` int activity codes.
            kept: Amplitude of the encoded windows in the mixture, in [0, 1): the signal rate of diffusion models.
            restyled: Share of posture and strength that is replaced by that of generated windows, in [0, 1].
            standing: Draws the noise that is the same in every release.
            rng: Draws everything else.

        Returns:
            `(n, timesteps, channels)` float32.
        """
        numbers = np.concatenate(
            [self._code.encode(values[part], codes[part]) for part in _parts(len(codes))]
        )
        if restyled > 0:
            drawn = self.network.draw(codes, n_steps=STYLE_STEPS, guidance=0.0, rng=rng)
            numbers = self._code.restyle(numbers, drawn, restyled)
        both = (one.standard_normal(numbers.shape, np.float32) for one in (standing, rng))
        noise = sum(np.sqrt(share) * part for share, part in zip((STANDING, 1 - STANDING), both, strict=True))
        made = self.network.rewrite(
            numbers,
            np.asarray(noise),
            codes,
            kept=kept,
            n_steps=self._settings.steps,
            guidance=self._settings.guidance,
        )
        return self._decoded(made, codes)

    def _decoded(self, numbers: np.ndarray, codes: np.ndarray) -> np.ndarray:
        return np.concatenate([self._code.decode(numbers[part], codes[part]) for part in _parts(len(codes))])

    def _train(
        self, cuts: list[tuple[np.ndarray, np.ndarray]], validation: Windows, context: RunContext
    ) -> None:
        """Train the network on augmented copies (encodings and activity codes)."""
        from synth.mechanisms.flow._network import FlowTraining

        settings = self._settings
        of_measured = np.searchsorted(self.activities, validation.activity).astype(np.int32)
        training = FlowTraining(
            self._new_network(),
            self.network,
            learnt=[numbers for numbers, _ in cuts],
            codes=[codes for _, codes in cuts],
            validation=(self._code.encode(validation.values, of_measured), of_measured),
            batch_size=settings.batch_size,
            n_epochs=settings.epochs,
            learning_rate=settings.learning_rate,
            seed=self.seed,
        )
        self.history = train_network(
            training.step,
            context,
            batches=training.batches,
            n_epochs=settings.epochs,
            validate=training.validation_loss,
            weights=self.network.variables,
            patience=settings.patience,
            text="Training Flow",
            state=training.state,
        )

    def _cuts(self, learnt: Windows) -> list[tuple[np.ndarray, np.ndarray]]:
        """Return augmented copies of the training windows, each as large as the original: encodings and activity
        codes.
        """
        rng = np.random.default_rng([self.seed, CUTTING])
        cutter = AugmentedCutter.of(self._settings, learnt, levels=self._code.levels)
        n_numbers = len(learnt) * sum(self._code.layout.sizes)
        cuts = []
        for _ in range(int(np.clip(MAX_CUT_NUMBERS // n_numbers, MIN_CUTS, MAX_CUTS))):
            values, names = cutter.cut(len(learnt), rng)
            codes = np.searchsorted(self.activities, names)
            cuts.append((self._code.encode(values, codes), codes))
        return cuts

    def _new_network(self) -> "FlowNetwork":
        tensorflow(seed=self.seed)
        from synth.mechanisms.flow._network import FlowNetwork

        return FlowNetwork(
            layout=self._code.layout,
            n_activities=len(self.activities),
            n_units=self._settings.units,
            n_blocks=self._settings.layers,
            seed=self.seed,
        )


def refuse_short(train: Windows) -> None:
    """Check that windows are long enough to be encoded.

    Raises:
        TrainingError: If they are not.
    """
    if train.n_timesteps < MIN_TIMESTEPS:
        raise TrainingError(
            f"These windows have {train.n_timesteps} samples; at least {MIN_TIMESTEPS} are needed. Choose "
            "longer windows on the Data page."
        )


def _parts(n: int) -> list[slice]:
    return [slice(i, i + BATCH) for i in range(0, n, BATCH)]
