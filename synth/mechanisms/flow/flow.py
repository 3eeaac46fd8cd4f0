"""Flow: a small network that turns noise into the movements of an activity."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from data.windows import Windows
from synth.core.guarantee import Guarantee
from synth.core.run_context import RunContext
from synth.keras_support.weights import pack, unpack
from synth.mechanisms.base import FittedGenerator, WindowKind
from synth.mechanisms.dp.public_calibration import calibration_windows
from synth.mechanisms.dp.training import DpTraining, epsilon_setting, validate_epsilon
from synth.mechanisms.flow.matching import FlowMatching, FlowModel, refuse_short
from synth.mechanisms.flow.window_code import WindowCode

MORE_CONTINUATIONS = 64  # candidates, in addition to two per series, for continuing longer series


@dataclass(frozen=True)
class Flow(FlowMatching):
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

    epsilon: float = epsilon_setting()

    def __post_init__(self) -> None:
        super().__post_init__()
        validate_epsilon(self.kind, self.epsilon)

    def fit(self, train: Windows, context: RunContext) -> "FittedFlow":
        if self.epsilon > 0:
            return self._fit_privately(train, context)
        return FittedFlow(self, FlowModel.learn(self, train, context))

    def _fit_privately(self, train: Windows, context: RunContext) -> "FittedFlow":
        """Train with differential privacy: an encoding from public knowledge, noisy gradients only."""
        refuse_short(train)
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
        model = FlowModel(self, kind, train.activities, code, seed=context.seed)
        fitted = FittedFlow(self, model, guarantee=promise.guarantee)
        from synth.mechanisms.flow._network import CLIP_NORM, drop_labels, noised_batch

        def look(some: Windows, rng: np.random.Generator) -> Any:
            codes = fitted.activity_codes(some.activity)
            return noised_batch(code.encode(some.values, codes), drop_labels(codes, rng), rng)

        promise.teach(
            model.network.variables,
            model.network.loss,
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
        guarantee = Guarantee(**card["guarantee"]) if card["guarantee"] else None
        return FittedFlow(self, FlowModel.restored(self, card, arrays), guarantee=guarantee)


class FittedFlow(FittedGenerator):
    """A trained network that generates windows.

    Args:
        learner: The settings.
        model: The network, and the encoding of windows.
        guarantee: Differential privacy guarantee for the people it was trained on.
    """

    learner: Flow

    def __init__(self, learner: Flow, model: FlowModel, *, guarantee: Guarantee | None = None) -> None:
        super().__init__(learner, model.windows, model.activities, seed=model.seed)
        self.history, self.guarantee = model.history, guarantee
        self._model = model

    def sample(self, activities: np.ndarray, *, seed: int, n_timesteps: int | None = None) -> Windows:
        activities = self.checked_activities(activities)
        codes = self.activity_codes(activities)
        rng = np.random.default_rng(seed)
        values = self._model.draw(codes, rng)
        if n_timesteps is not None:
            values = self._as_long(values, codes, n_timesteps, rng)
        return self.generated(activities, values)

    def to_bytes(self) -> bytes:
        return pack(self.card(), self._model.to_arrays())

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
            offered = self._model.draw(np.full(2 * len(of_it) + MORE_CONTINUATIONS, code), rng)
            spread = np.where((scale := offered.std(axis=(0, 1))) > 0, scale, 1.0)
            wanted, begins = (
                (part / spread).reshape(len(part), -1) for part in (ends[of_it], offered[:, : ends.shape[1]])
            )
            rows, best = linear_sum_assignment(cdist(wanted, begins, "sqeuclidean"))
            chosen[of_it[rows]] = offered[best]
        return chosen
