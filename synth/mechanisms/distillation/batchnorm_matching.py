"""Class-wise matching of batch normalisation statistics: noise is optimised until a teacher's statistics match."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from data.windows import Windows
from synth.core.learner import setting
from synth.core.run_context import RunContext
from synth.keras_support.tensorflow_backend import tensorflow
from synth.keras_support.weights import pack, unpack
from synth.mechanisms.base import Dial, WindowKind, secret_generator
from synth.mechanisms.distillation.teaching import MAX_ABS, ChannelScaling, FittedTeachingSet, TeachingSet

if TYPE_CHECKING:
    from synth.mechanisms.distillation._teacher_network import ClassStatistics, Teacher


@dataclass(frozen=True)
class BatchnormMatching(TeachingSet):
    """Windows optimised from noise until their class-wise batch normalisation statistics are those of real windows.

    Of the private windows only the teacher and, for each activity (not each person), the mean and variance of the
    inputs of each normalisation layer and the mean spectrum are kept.

    References:
        Soufleri, Saha, Roy, Synthetic Dataset Generation for Privacy-Preserving Machine Learning, arXiv:2210.03205
        v2 (later withdrawn), and the code of its successor DP-ImgSyn, TMLR 2024. Differs on purpose: signals are
        shifted in time and never mirrored or reversed, the prior is the activity's spectrum and not total
        variation, differences are scaled by the spread of each feature, the initial noise has the spectrum of its
        activity, and the best iterate is really kept.
        Zhao and Zhang, Does Training with Synthetic Data Truly Protect Privacy?, ICLR 2025, arXiv:2502.12976: that
        such windows do not look real is no protection.
    """

    kind: ClassVar[str] = "batchnorm_matching"
    title: ClassVar[str] = "Matched statistics"
    summary: ClassVar[str] = (
        "Windows made for training models, not for looking real: noise is optimised until a teacher "
        "network, trained on your recordings, sees the same averages as in the real windows of each "
        "activity. They belong to no real person."
    )
    dial: ClassVar[Dial] = Dial("blur", (0.05, 0.1, 0.2, 0.4))
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "quick": {"epochs": 16, "steps": 50},
        "balanced": {},
        "thorough": {"epochs": 40, "steps": 500},
    }

    blur: float = setting(
        0.0,
        "Noise on the statistics",
        "Noise on the stored statistics, relative to the spread of each feature. Activities with few "
        "windows need it most: their averages nearly are their windows. This is no mathematical guarantee.",
        low=0.0,
        high=10.0,
        advanced=False,
    )
    steps: int = setting(
        150,
        "Optimisation steps",
        "How many steps the optimisation of a window takes. More fit better, and take longer.",
        low=1,
        high=20_000,
    )
    step_size: float = setting(
        0.05,
        "Step size",
        "How far a sample moves in one step, in standard deviations (learning rate of Adam).",
        low=1e-4,
        high=1.0,
    )
    statistics: float = setting(
        1.0,
        "Weight of the statistics",
        "How much it matters that the normalisation layers see the same means and variances.",
        low=0.0,
        high=100.0,
    )
    certainty: float = setting(
        0.1,
        "Weight of the classification",
        "How much it matters that the teacher recognises the activity (cross-entropy).",
        low=0.0,
        high=100.0,
    )
    spectrum: float = setting(
        0.3,
        "Weight of the spectrum",
        "How much it matters that the windows of an activity have the same mean spectrum as the real ones.",
        low=0.0,
        high=100.0,
    )
    jitter: float = setting(
        0.125,
        "Largest time shift",
        "Before each step windows are shifted in time by up to this share of their length (jitter).",
        low=0.0,
        high=0.5,
    )

    def fit(self, train: Windows, context: RunContext) -> "FittedBatchnormMatching":
        tensorflow(seed=context.seed)
        scaling = ChannelScaling.of(train.values)
        teacher, history = self.train_teacher(
            train, "activity", scaling, context, text="Training a classifier of activities"
        )
        memory = self.class_statistics(train, teacher, scaling)
        memory = memory.blurred(self.blur, secret_generator(train, seed=context.seed))
        parts = (WindowKind.of(train), train.activities, scaling, teacher, memory)
        fitted = FittedBatchnormMatching(self, *parts, seed=context.seed)
        fitted.history = history
        return fitted

    def load(self, payload: bytes) -> "FittedBatchnormMatching":
        card, arrays = unpack(payload)
        fitted = FittedBatchnormMatching(self, *self.restored_parts(card, arrays), seed=card["seed"])
        fitted.history = card["history"]
        return fitted


class FittedBatchnormMatching(FittedTeachingSet):
    """A teacher and its statistics of each activity; arguments as for every `FittedTeachingSet`."""

    learner: BatchnormMatching

    def __init__(
        self,
        learner: BatchnormMatching,
        windows: WindowKind,
        activities: list[str],
        scaling: ChannelScaling,
        teacher: "Teacher",
        memory: "ClassStatistics",
        *,
        seed: int,
    ) -> None:
        from synth.mechanisms.distillation._matching_network import InputOptimiser, LossWeights

        super().__init__(learner, windows, activities, scaling, teacher, memory, seed=seed)
        weights = LossWeights(learner.statistics, learner.certainty, learner.spectrum)
        self.matching = InputOptimiser(teacher, memory, weights, learner.step_size)

    def optimised(self, groups: np.ndarray, per_group: int, rng: np.random.Generator) -> np.ndarray:
        n_timesteps = self.windows.n_timesteps
        begin = self.memory.noise(groups, per_group, n_timesteps, rng)
        windows, _ = self.matching.run(
            np.clip(begin, -MAX_ABS, MAX_ABS),
            groups,
            n_steps=self.learner.steps,
            largest_shift=int(self.learner.jitter * n_timesteps),
            rng=rng,
        )
        return windows

    def to_bytes(self) -> bytes:
        return pack(self.card(), self.arrays())
