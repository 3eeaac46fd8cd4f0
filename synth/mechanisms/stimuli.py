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

TRIES = 20  # draws of a stimulus before the most convincing one is taken


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
        "quick": {"epochs": 16, "steps": 150},
        "balanced": {},
        "thorough": {"epochs": 40, "steps": 1500},
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
    steps: int = setting(
        500,
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
        32,
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
        fitted = FittedStimuli(self, kind, train.activities, scaling, teacher, memory, seed=seed)
        drive = self._drive(fitted, identifier, seed)
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

    def _drive(self, fitted: "FittedStimuli", identifier: "Teacher | None", seed: int) -> "Drive":
        from synth.mechanisms._stimuli_network import Drive

        return Drive(
            fitted.generator,
            fitted.teacher,
            fitted.memory,
            identifier,
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
        scaling, memory = scaling_from(arrays), Memory.from_arrays(arrays)
        fitted = FittedStimuli(self, windows, activities, scaling, teacher, memory, seed=card["seed"])
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
        *,
        seed: int,
    ) -> None:
        from synth.mechanisms._stimuli_network import Generator

        super().__init__(learner, windows, activities, scaling, seed=seed)
        self.teacher, self.memory = teacher, memory
        shape = (windows.n_timesteps, len(windows.channels))
        self.generator = Generator(shape, len(activities), learner.units, seed=seed)

    def draw(self, codes: np.ndarray, *, seed: int) -> np.ndarray:
        """Draw stimuli until the teacher's belief exceeds each one's threshold; after `TRIES`, the most convincing."""
        rng = np.random.default_rng(seed)
        thresholds = rng.uniform(self.learner.least_sure, self.learner.most_sure, len(codes))
        best = np.full(len(codes), -1.0)
        drawn = np.zeros((len(codes), self._windows.n_timesteps, len(self._windows.channels)), np.float32)
        for _ in range(TRIES):
            waiting = np.flatnonzero(best <= thresholds)
            if len(waiting) == 0:
                break
            noise = self.memory.noise(codes[waiting], 1, drawn.shape[1], rng)[:, 0]
            stimuli = self.generator.draw(noise, codes[waiting])
            belief = self.teacher.belief(stimuli)[np.arange(len(waiting)), codes[waiting]]
            better = belief > best[waiting]
            best[waiting[better]], drawn[waiting[better]] = belief[better], stimuli[better]
        return drawn

    def to_bytes(self) -> bytes:
        arrays = values_of(self.teacher.variables, "teacher")
        arrays |= {**values_of(self.generator.variables, "generator"), **self.memory.to_arrays()}
        return pack(self.card(), {**arrays, **self.scaling_arrays()})
