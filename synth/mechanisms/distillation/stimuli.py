"""Realistic patterns from unrealistic stimuli: windows that a teacher classifies with certainty."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from data.windows import Windows
from synth.core.learner import setting
from synth.core.run_context import RunContext
from synth.keras_support.tensorflow_backend import tensorflow
from synth.keras_support.training import train as train_network
from synth.keras_support.weights import assign_values, pack, unpack, values_of
from synth.mechanisms.base import Dial, WindowKind
from synth.mechanisms.distillation.teaching import (
    BATCH,
    MAX_ABS,
    ChannelScaling,
    FittedTeachingSet,
    TeachingSet,
)

if TYPE_CHECKING:
    from synth.mechanisms.distillation._stimuli_network import GeneratorTraining, StimulusGenerator
    from synth.mechanisms.distillation._teacher_network import ClassStatistics, Teacher

AT_MOST = 50  # steps to bring the last stimuli above their thresholds, as published
SPECTRUM = 0.3  # weight of the spectrum relative to the statistics of the layers


@dataclass(frozen=True)
class Stimuli(TeachingSet):
    """A generator trained until a teacher is certain of the desired activity (activation maximisation).

    Each stimulus draws its own threshold; it is accepted, and optimised no further, once the teacher's probability
    of the desired activity exceeds it. With `likeness=0, hide_identity=0` this is the only objective, as published.

    References:
        Nikolaidis, Plagemann, Kristiansen, Goebel, Kankanhalli, Learning Realistic Patterns from (Visually)
        Unrealistic Stimuli, JAIR 72 (2021), arXiv:2009.10007. Differs on purpose: one generator conditional on the
        activity is trained with many stimuli at once, where theirs are optimised one after the other; releases
        carry the desired activity and not the teacher's probabilities (soft labels), because a release has one
        activity per window and soft labels reveal more about the training data.
        Yin et al., Dreaming to Distill, CVPR 2020, arXiv:1912.08795 (likeness; here by activity).
    """

    kind: ClassVar[str] = "stimuli"
    title: ClassVar[str] = "Stimuli"
    summary: ClassVar[str] = (
        "Windows made for training models, not for looking real: they show whatever convinces a teacher "
        "network, trained on your recordings, of an activity. They belong to no real person, and can be "
        "kept from showing what distinguishes people."
    )
    dial: ClassVar[Dial] = Dial("hide_identity", (0.1, 0.3, 1.0, 3.0))
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "quick": {"epochs": 16, "steps": 40, "corrections": 40},
        "balanced": {},
        "thorough": {"epochs": 40, "steps": 400, "corrections": 200},
    }

    hide_identity: float = setting(
        0.3,
        "Weight of hiding the person",
        "How strongly stimuli are optimised so that a classifier of people, trained on the same windows, "
        "cannot distinguish people (inhibition of identities). 0 disables it.",
        low=0.0,
        high=100.0,
        advanced=False,
    )
    likeness: float = setting(
        1.0,
        "Weight of the statistics",
        "How strongly the stimuli of an activity, as a group, are kept near the statistics of its real "
        "windows at the teacher's normalisation layers. With 0, as published, hardly any model but the "
        "teacher learns from them.",
        low=0.0,
        high=100.0,
    )
    least_sure: float = setting(
        0.75,
        "Lowest threshold",
        "Each stimulus draws the probability that the teacher must give to its activity: at least this "
        "(belief threshold).",
        low=0.0,
        high=0.9999,
    )
    most_sure: float = setting(
        0.9999,
        "Highest threshold",
        "Each stimulus draws the probability that the teacher must give to its activity: at most this "
        "(belief threshold).",
        low=0.0,
        high=0.9999,
    )
    corrections: int = setting(
        80,
        "Optimisation steps per stimulus",
        "How many steps stimuli are optimised after the generator made them, with the same objective. With "
        "0, as published, it is faster, and fewer models learn from them.",
        low=0,
        high=20_000,
    )
    correction_size: float = setting(
        0.05,
        "Step size",
        "How far a sample of a stimulus moves in one step, in standard deviations (learning rate of Adam).",
        low=1e-4,
        high=1.0,
    )
    steps: int = setting(
        100,
        "Training rounds of the generator",
        "How often the generator is trained with stimuli of every activity.",
        low=1,
        high=20_000,
    )
    generator_rate: float = setting(
        0.002,
        "Learning rate of the generator",
        "Step size of the generator's optimiser.",
        low=1e-5,
        high=0.1,
    )
    units: int = setting(
        16,
        "Size of the generator",
        "Filters of its first and last convolutions; those in between have twice as many.",
        low=1,
        high=512,
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.least_sure > self.most_sure:
            raise ValueError(
                f"{self.kind}: least_sure must not exceed most_sure. "
                f"Received: {self.least_sure!r} and {self.most_sure!r}"
            )

    def fit(self, train: Windows, context: RunContext) -> "FittedStimuli":
        began = time.perf_counter()
        tensorflow(seed=context.seed)
        scaling = ChannelScaling.of(train.values)
        teacher, history = self.train_teacher(
            train,
            "activity",
            scaling,
            context.part(0, 25, began=began),
            text="Training a classifier of activities",
        )
        identifier = None
        if self.hide_identity:
            identifier, more = self.train_teacher(
                train,
                "subject",
                scaling,
                context.part(25, 50, began=began),
                text="Training a classifier of people",
            )
            history = history + more
        memory = self.class_statistics(train, teacher, scaling)
        parts = (WindowKind.of(train), train.activities, scaling, teacher, memory)
        fitted = FittedStimuli(self, *parts, identifier, seed=context.seed)
        drive = self._generator_training(fitted, context.seed)
        fitted.history = history + train_network(
            drive.step,
            context.part(50, 100, began=began),
            batches=drive.batches,
            n_epochs=self.steps,
            validate=lambda: drive.loss,
            weights=(),  # the last are kept: stimuli are new in every round, so that it cannot overfit
            patience=self.steps,
            text="Training the generator of stimuli",
            state=drive.state,
        )
        return fitted

    def _generator_training(self, fitted: "FittedStimuli", seed: int) -> "GeneratorTraining":
        from synth.mechanisms.distillation._stimuli_network import GeneratorTraining

        return GeneratorTraining(
            fitted.generator,
            fitted.matching,
            fitted.memory,
            thresholds=(self.least_sure, self.most_sure),
            learning_rate=self.generator_rate,
            groups=min(len(fitted.activities), max(1, BATCH // self.side_by_side)),
            side_by_side=self.side_by_side,
            seed=seed,
        )

    def load(self, payload: bytes) -> "FittedStimuli":
        card, arrays = unpack(payload)
        parts, identifier = self.restored_parts(card, arrays), None
        if self.hide_identity:
            identifier = self.restored_teacher(card, card["n_people"], arrays, "identifier")
        fitted = FittedStimuli(self, *parts, identifier, seed=card["seed"])
        assign_values(fitted.generator.variables, arrays, "generator")
        fitted.history = card["history"]
        return fitted


class FittedStimuli(FittedTeachingSet):
    """A trained generator, and the teacher that accepts its stimuli.

    Args:
        learner: The settings.
        windows: The kind of windows it was trained on.
        activities: The activities it was trained on, in the order of their codes.
        scaling: Standardisation of channels.
        teacher: Classifies activities.
        memory: Statistics of each activity, from whose spectrum the initial noise is drawn.
        identifier: Classifies people; needed to hide them.
        seed: Of the fit; draws the initial weights.
    """

    learner: Stimuli
    generator: "StimulusGenerator"

    def __init__(
        self,
        learner: Stimuli,
        windows: WindowKind,
        activities: list[str],
        scaling: ChannelScaling,
        teacher: "Teacher",
        memory: "ClassStatistics",
        identifier: "Teacher | None",
        *,
        seed: int,
    ) -> None:
        from synth.mechanisms.distillation._matching_network import InputOptimiser, LossWeights
        from synth.mechanisms.distillation._stimuli_network import StimulusGenerator

        super().__init__(learner, windows, activities, scaling, teacher, memory, seed=seed)
        self.identifier = identifier
        shape = (windows.n_timesteps, len(windows.channels))
        self.generator = StimulusGenerator(shape, len(activities), learner.units, seed=seed)
        weights = LossWeights(learner.likeness, 1.0, SPECTRUM * learner.likeness, learner.hide_identity)
        size = learner.correction_size
        self.matching = InputOptimiser(teacher, memory, weights, size, identifier)
        self._convincing = InputOptimiser(teacher, memory, LossWeights(0.0, 1.0, 0.0), size)

    def optimised(self, groups: np.ndarray, per_group: int, rng: np.random.Generator) -> np.ndarray:
        """Generate stimuli, optimise them, and continue with those that do not reach their thresholds yet."""
        learner = self.learner
        until = rng.uniform(learner.least_sure, learner.most_sure, (len(groups), per_group))
        noise = self.memory.noise(groups, per_group, self.windows.n_timesteps, rng)
        codes = np.repeat(groups, per_group)
        made = self.generator.draw(noise.reshape(-1, *noise.shape[2:]), codes)
        stimuli = np.clip(made, -MAX_ABS, MAX_ABS).reshape(noise.shape)
        if learner.corrections:
            stimuli, _ = self.matching.run(stimuli, groups, n_steps=learner.corrections, until=until, rng=rng)
        return self._convinced(stimuli.reshape(made.shape), codes, until.ravel(), rng).reshape(noise.shape)

    def _convinced(
        self, stimuli: np.ndarray, codes: np.ndarray, until: np.ndarray, rng: np.random.Generator
    ) -> np.ndarray:
        """Continue to optimise those `(n, timesteps, channels)` whose probability is still below `until`, `(n,)`."""
        belief = self.teacher.belief(stimuli)[np.arange(len(codes)), codes]
        waiting = np.flatnonzero(belief <= until)
        if len(waiting):
            alone, enough = stimuli[waiting, None], until[waiting, None]
            driven, _ = self._convincing.run(alone, codes[waiting], n_steps=AT_MOST, until=enough, rng=rng)
            stimuli = stimuli.copy()
            stimuli[waiting] = driven[:, 0]
        return stimuli

    def to_bytes(self) -> bytes:
        card, arrays = self.card(), self.arrays() | values_of(self.generator.variables, "generator")
        if self.identifier is not None:
            arrays |= values_of(self.identifier.variables, "identifier")
            card["n_people"] = self.identifier.model.output_shape[0][-1]
        return pack(card, arrays)
