"""Realistic patterns from unrealistic stimuli: windows that convince a teacher, and so teach what it knows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from data.windows import Windows
from synth.backend import tensorflow
from synth.learner import OnProgress, ShouldStop, ignore, never, setting
from synth.mechanisms._teaching import (
    AT_ONCE,
    REACH,
    FittedTeachingSet,
    Scaling,
    TeachingSet,
    part_of,
    scaling_from,
    without_times,
)
from synth.mechanisms.base import Dial, WindowKind
from synth.training import train as train_network
from synth.weights import assign_values, pack, unpack, values_of

if TYPE_CHECKING:
    from synth.mechanisms._stimuli_network import Drive, Generator
    from synth.mechanisms._teacher_network import Memory, Teacher

AT_MOST = 50  # steps in which the last stimuli are driven over their thresholds, as published


@dataclass(frozen=True)
class Stimuli(TeachingSet):
    """A generator that is driven until a teacher is sure of the wanted activity (activation maximisation).

    Each stimulus draws a threshold of its own; one is driven no further, and accepted, when the teacher's softmax
    of the wanted activity exceeds it. With `likeness=0, hide_identity=0` nothing else drives it, as published.

    References:
        Nikolaidis, Plagemann, Kristiansen, Goebel, Kankanhalli, Learning Realistic Patterns from (Visually)
        Unrealistic Stimuli, JAIR 72 (2021), arXiv:2009.10007. Differs on purpose: one generator conditional on
        the activity is driven by many stimuli at once, where theirs went through one generator one after the
        other; releases carry the wanted activity and not the teacher's whole softmax (soft labels), because a
        release has one activity a window and soft labels tell more about who was learnt from.
        Yin et al., Dreaming to Distill, CVPR 2020, arXiv:1912.08795 (likeness; here by activity).
    """

    kind: ClassVar[str] = "stimuli"
    title: ClassVar[str] = "Stimuli"
    summary: ClassVar[str] = (
        "Windows made to teach, not to look real: they show whatever convinces a teacher, who learnt from your "
        "recordings, of an activity. They belong to nobody, and can be driven away from what tells people apart."
    )
    dial: ClassVar[Dial] = Dial("hide_identity", (0.1, 0.3, 1.0, 3.0))
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "quick": {"epochs": 16, "steps": 40, "corrections": 40},
        "balanced": {},
        "thorough": {"epochs": 40, "steps": 400, "corrections": 200},
    }

    hide_identity: float = setting(
        0.3,
        "Hide who it is",
        "How strongly stimuli are driven to what a recogniser of people, who learnt from the same windows, cannot "
        "tell apart (inhibition of identities). 0 leaves it out.",
        low=0.0,
        high=100.0,
        advanced=False,
    )
    likeness: float = setting(
        1.0,
        "Stay near what is remembered",
        "How strongly the stimuli of an activity are kept near what the teacher's normalisation layers see of its "
        "real windows, as a whole. 0 as published: then few others than the teacher learn from them.",
        low=0.0,
        high=100.0,
    )
    least_sure: float = setting(
        0.75,
        "Least certainty",
        "Each stimulus draws how sure the teacher must be of it: at least this (belief threshold).",
        low=0.0,
        high=0.9999,
    )
    most_sure: float = setting(
        0.9999,
        "Most certainty",
        "Each stimulus draws how sure the teacher must be of it: at most this (belief threshold).",
        low=0.0,
        high=0.9999,
    )
    corrections: int = setting(
        80,
        "Corrections of each stimulus",
        "How often stimuli that the generator made are themselves corrected, with the same aims. 0 as published: "
        "faster, and fewer learn from them.",
        low=0,
        high=20_000,
    )
    correction_size: float = setting(
        0.05,
        "Size of a correction",
        "How far a sample of a stimulus moves in one correction, in standard deviations (learning rate of Adam).",
        low=1e-4,
        high=1.0,
    )
    steps: int = setting(
        100,
        "Rounds of the generator",
        "How often the generator is corrected, with stimuli of every activity.",
        low=1,
        high=20_000,
    )
    generator_rate: float = setting(
        0.002,
        "Learning rate of the generator",
        "How large the generator's steps of learning are.",
        low=1e-5,
        high=0.1,
    )
    units: int = setting(
        16,
        "Size of the generator",
        "Filters of its first and last convolutions; those between have twice as many.",
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

    def fit(
        self, train: Windows, *, seed: int, on_progress: OnProgress = ignore, should_stop: ShouldStop = never
    ) -> "FittedStimuli":
        tensorflow(seed=seed)
        from synth.mechanisms._teacher_network import Memory

        scaling = Scaling.of(train.values)
        common = {"scaling": scaling, "seed": seed, "should_stop": should_stop}
        teacher, history = self.taught(
            train,
            train.activity,
            on_progress=part_of(on_progress, 0, 25),
            text="A teacher learns the activities",
            **common,
        )
        identifier = None
        if self.hide_identity:
            identifier, more = self.taught(
                train,
                train.subject,
                on_progress=part_of(on_progress, 25, 50),
                text="A recogniser learns the people",
                **common,
            )
            history = history + more
        inputs, codes = scaling.standardise(train.values), np.searchsorted(train.activities, train.activity)
        memory = Memory.of(teacher, inputs, codes, len(train.activities))
        kind = WindowKind.of(train)
        fitted = FittedStimuli(self, kind, train.activities, scaling, teacher, memory, identifier, seed=seed)
        drive = self._drive(fitted, seed)
        latest: dict[str, float] = {}

        def step(batch: Any) -> dict[str, Any]:
            losses = drive.step(batch)
            latest["loss"] = float(losses["training loss"])
            return losses

        driven = train_network(
            step,
            batches=drive.batches,
            n_epochs=self.steps,
            validate=lambda: latest["loss"],  # stimuli are new in every round: nothing is learnt by heart
            weights=fitted.generator.variables,
            patience=self.steps,
            on_progress=part_of(on_progress, 50, 100),
            should_stop=should_stop,
            text="Stimuli are driven",
        )
        fitted.history = history + without_times(driven)
        return fitted

    def _drive(self, fitted: "FittedStimuli", seed: int) -> "Drive":
        from synth.mechanisms._stimuli_network import Drive

        return Drive(
            fitted.generator,
            fitted.teacher,
            fitted.memory,
            fitted.identifier,
            thresholds=(self.least_sure, self.most_sure),
            likeness=self.likeness,
            inhibition=self.hide_identity,
            learning_rate=self.generator_rate,
            groups=min(len(fitted.activities), max(1, AT_ONCE // self.side_by_side)),
            side_by_side=self.side_by_side,
            seed=seed,
        )

    def load(self, payload: bytes) -> "FittedStimuli":
        from synth.mechanisms._teacher_network import Memory, Teacher

        card, arrays = unpack(payload)
        tensorflow(seed=card["seed"])
        windows, activities = WindowKind.from_card(card["windows"]), card["activities"]
        shape = (windows.n_timesteps, len(windows.channels))
        teacher = Teacher(shape, len(activities), self.filters, seed=card["seed"])
        scaling, memory, identifier = scaling_from(arrays), Memory.from_arrays(arrays), None
        if self.hide_identity:
            identifier = Teacher(shape, card["n_people"], self.filters, seed=card["seed"])
            assign_values(identifier.variables, arrays, "identifier")
        fitted = FittedStimuli(
            self, windows, activities, scaling, teacher, memory, identifier, seed=card["seed"]
        )
        assign_values(teacher.variables, arrays, "teacher")
        assign_values(fitted.generator.variables, arrays, "generator")
        fitted.history = card["history"]
        return fitted


class FittedStimuli(FittedTeachingSet):
    """A driven generator, and the teacher who accepts what it draws.

    Args:
        learner: The settings.
        windows: Kind of windows it learnt from.
        activities: Activities it learnt, in the order of their codes.
        scaling: To and from sensor units.
        teacher: Names activities.
        memory: Statistics of each activity; noise begins with its spectrum.
        identifier: Names people, where stimuli are to hide them.
        seed: Of the fit; draws the initial weights.
    """

    learner: Stimuli
    generator: "Generator"

    def __init__(
        self,
        learner: Stimuli,
        windows: WindowKind,
        activities: list[str],
        scaling: Scaling,
        teacher: "Teacher",
        memory: "Memory",
        identifier: "Teacher | None",
        *,
        seed: int,
    ) -> None:
        from synth.mechanisms._matching_network import Matching, Weights
        from synth.mechanisms._stimuli_network import SPECTRUM, Generator

        super().__init__(learner, windows, activities, scaling, seed=seed)
        self.teacher, self.memory, self.identifier = teacher, memory, identifier
        shape = (windows.n_timesteps, len(windows.channels))
        self.generator = Generator(shape, len(activities), learner.units, seed=seed)
        weights = Weights(learner.likeness, 1.0, SPECTRUM * learner.likeness, learner.hide_identity)
        size = learner.correction_size
        self._correct = Matching(teacher, memory, weights, size, identifier)
        self._convince = Matching(teacher, memory, Weights(0.0, 1.0, 0.0), size)

    def begin(self, groups: np.ndarray, per_group: int, rng: np.random.Generator) -> np.ndarray:
        """Let the generator make groups of stimuli."""
        noise = self.memory.noise(groups, per_group, self._windows.n_timesteps, rng)
        made = self.generator.draw(noise.reshape(-1, *noise.shape[2:]), np.repeat(groups, per_group))
        return made.reshape(noise.shape)

    def optimised(self, groups: np.ndarray, per_group: int, rng: np.random.Generator) -> np.ndarray:
        """Let the generator make stimuli, correct them, and drive those that do not convince yet until they do."""
        learner = self.learner
        until = rng.uniform(learner.least_sure, learner.most_sure, (len(groups), per_group))
        options = {"largest_shift": 0, "rng": rng}
        stimuli = np.clip(self.begin(groups, per_group, rng), -REACH, REACH)
        if learner.corrections:
            stimuli, _ = self._correct.run(
                stimuli, groups, n_steps=learner.corrections, until=until, **options
            )
        codes = np.repeat(groups, per_group)
        flat, thresholds = stimuli.reshape(-1, 1, *stimuli.shape[2:]), until.reshape(-1, 1)
        belief = self.teacher.belief(flat[:, 0])[np.arange(len(codes)), codes]
        waiting = np.flatnonzero(belief <= thresholds[:, 0])
        if len(waiting):
            flat[waiting], _ = self._convince.run(
                flat[waiting], codes[waiting], n_steps=AT_MOST, until=thresholds[waiting], **options
            )
        return flat.reshape(stimuli.shape)

    def to_bytes(self) -> bytes:
        arrays = {**values_of(self.teacher.variables, "teacher"), **self.memory.to_arrays()}
        arrays |= {**values_of(self.generator.variables, "generator"), **self.scaling_arrays()}
        card = self.card()
        if self.identifier is not None:
            arrays |= values_of(self.identifier.variables, "identifier")
            card["n_people"] = self.identifier.model.output_shape[0][-1]
        return pack(card, arrays)
