"""What mechanisms share that make windows to teach with: a teacher, and windows of nobody."""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np

from data.windows import Windows
from synth.core.errors import TrainingError
from synth.core.learner import setting
from synth.core.run_context import RunContext
from synth.keras_support.tensorflow_backend import tensorflow
from synth.keras_support.training import train as train_network
from synth.keras_support.validation_split import train_validation_split
from synth.keras_support.weights import assign_values, values_of
from synth.mechanisms.base import FittedGenerator, Mechanism, WindowKind

if TYPE_CHECKING:
    from synth.mechanisms.distillation._teacher_network import ClassStatistics, Teacher

MAX_ABS = 8.0  # standard deviations; nothing goes further
BATCH = 1024  # windows that are worked on together, in groups of one activity


@dataclass(frozen=True)
class ChannelScaling:
    """From sensor units to a mean of 0 and a spread of 1, and back.

    Attributes:
        mean: `(n_channels,)`.
        scale: `(n_channels,)`; 0 where a channel never changes, and never will.
    """

    mean: np.ndarray
    scale: np.ndarray

    @classmethod
    def of(cls, values: np.ndarray) -> Self:
        """Learn it from windows `(n, timesteps, channels)`.

        Raises:
            TrainingError: If no channel moves.
        """
        mean, scale = values.mean(axis=(0, 1), dtype=np.float64), values.std(axis=(0, 1), dtype=np.float64)
        moves = scale > 1e-6 * (1 + np.abs(mean))
        if not moves.any():
            raise TrainingError(
                "All channels are constant: there is no movement to learn. Load other recordings."
            )
        return cls(mean, np.where(moves, scale, 0.0))

    def standardise(self, values: np.ndarray) -> np.ndarray:
        return ((values - self.mean) / np.where(self.scale > 0, self.scale, 1.0)).astype(np.float32)

    def restore(self, values: np.ndarray) -> np.ndarray:
        return (np.clip(values, -MAX_ABS, MAX_ABS) * self.scale + self.mean).astype(np.float32)

    def to_arrays(self) -> dict[str, np.ndarray]:
        return {f"scaling/{f.name}": getattr(self, f.name) for f in fields(self)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> Self:
        return cls(*(arrays[f"scaling/{f.name}"] for f in fields(cls)))


@dataclass(frozen=True)
class TeachingSet(Mechanism):
    """Windows made so that who learns from them knows what a teacher knows, who learnt from private windows."""

    makes: ClassVar = "generated"
    learns: ClassVar = True

    filters: int = setting(
        32,
        "Size of the teacher",
        "Filters of the first convolution; the others have twice as many. More notices more, and takes longer.",
        low=1,
        high=512,
    )
    epochs: int = setting(
        24,
        "Rounds of the teacher",
        "How often the teacher looks at all windows (epochs); the best round on recordings kept apart counts.",
        low=1,
        high=1000,
    )
    batch_size: int = setting(
        64,
        "Batch size",
        "How many windows the teacher looks at before each step of learning.",
        low=2,
        high=1024,
    )
    learning_rate: float = setting(
        0.005,
        "Learning rate of the teacher",
        "How large its steps of learning are at the beginning; they shrink to nothing (cosine decay).",
        low=1e-5,
        high=0.1,
    )
    side_by_side: int = setting(
        128,
        "Windows side by side",
        "How many windows of one activity are made together. What is remembered of an activity is compared with "
        "all of them as a whole; fewer than 128 are too few to be compared fairly.",
        low=2,
        high=1024,
    )

    def train_teacher(
        self,
        train: Windows,
        named: Literal["activity", "subject"],
        scaling: ChannelScaling,
        context: RunContext,
        *,
        text: str,
    ) -> tuple["Teacher", list[dict[str, float]]]:
        """Return a teacher who names activities or people, and how it learnt."""
        from synth.mechanisms.distillation._teacher_network import Teacher, TeacherTraining, error_on

        learnt, validation = train_validation_split(train, seed=context.seed)
        validation = validation.take(np.isin(getattr(validation, named), getattr(learnt, named)))
        names = sorted(set(getattr(train, named).tolist()))

        def examples(windows: Windows) -> tuple[np.ndarray, np.ndarray]:
            codes = np.searchsorted(names, getattr(windows, named)).astype(np.int32)
            return scaling.standardise(windows.values), codes

        exam = examples(validation if len(validation) else learnt)
        teacher = Teacher(exam[0].shape[1:], len(names), self.filters, seed=context.seed)
        lessons = TeacherTraining(
            teacher,
            *examples(learnt),
            batch_size=self.batch_size,
            n_epochs=self.epochs,
            learning_rate=self.learning_rate,
            seed=context.seed,
        )
        history = train_network(
            lessons.step,
            context,
            batches=lessons.batches,
            n_epochs=self.epochs,
            validate=lambda: error_on(teacher, *exam),
            weights=teacher.variables,
            patience=self.epochs,
            text=text,
        )
        return teacher, history

    def class_statistics(
        self, train: Windows, teacher: "Teacher", scaling: ChannelScaling
    ) -> "ClassStatistics":
        """Return what the teacher sees of each activity."""
        from synth.mechanisms.distillation._teacher_network import ClassStatistics

        codes = np.searchsorted(train.activities, train.activity)
        return ClassStatistics.of(teacher, scaling.standardise(train.values), codes, len(train.activities))

    def restored_parts(
        self, card: Mapping[str, Any], arrays: Mapping[str, np.ndarray]
    ) -> tuple[WindowKind, list[str], ChannelScaling, "Teacher", "ClassStatistics"]:
        """Read back what `FittedTeachingSet` stored, in the order of its arguments."""
        from synth.mechanisms.distillation._teacher_network import ClassStatistics

        windows, activities = WindowKind.from_card(card["windows"]), card["activities"]
        teacher = self.restored_teacher(card, len(activities), arrays, "teacher")
        return (
            windows,
            activities,
            ChannelScaling.from_arrays(arrays),
            teacher,
            ClassStatistics.from_arrays(arrays),
        )

    def restored_teacher(
        self, card: Mapping[str, Any], n_classes: int, arrays: Mapping[str, np.ndarray], name: str
    ) -> "Teacher":
        """Read back the teacher stored as `name`, who names so many classes."""
        tensorflow(seed=card["seed"])
        from synth.mechanisms.distillation._teacher_network import Teacher

        windows = WindowKind.from_card(card["windows"])
        shape = (windows.n_timesteps, len(windows.channels))
        teacher = Teacher(shape, n_classes, self.filters, seed=card["seed"])
        assign_values(teacher.variables, arrays, name)
        return teacher


class FittedTeachingSet(FittedGenerator):
    """A teacher and what it remembers; windows that teach what it knows are made when they are asked for.

    Args:
        learner: The settings.
        windows: Kind of windows it learnt from.
        activities: Activities it learnt, in the order of their codes.
        scaling: To and from sensor units.
        teacher: Names activities.
        memory: Statistics of each activity; noise begins with its spectrum.
        seed: Of the fit; draws the initial weights.
    """

    learner: TeachingSet

    def __init__(
        self,
        learner: TeachingSet,
        windows: WindowKind,
        activities: list[str],
        scaling: ChannelScaling,
        teacher: "Teacher",
        memory: "ClassStatistics",
        *,
        seed: int,
    ) -> None:
        super().__init__(learner, windows, activities, seed=seed)
        self.scaling, self.teacher, self.memory = scaling, teacher, memory

    @abstractmethod
    def optimised(self, groups: np.ndarray, per_group: int, rng: np.random.Generator) -> np.ndarray:
        """Make `per_group` standardised windows of each group's activity, `(n_groups, per_group, timesteps, channels)`.

        Args:
            groups: `(n_groups,)` int32, codes of activities.
            per_group: Windows of each.
            rng: The only source of randomness.
        """

    def draw(self, codes: np.ndarray, *, seed: int) -> np.ndarray:
        """Make one standardised window for each activity's code, `(n, timesteps, channels)`.

        In groups of one activity, of at least `side_by_side` windows each: as many groups as it takes.
        """
        rng = np.random.default_rng(seed)
        counts = np.bincount(codes, minlength=len(self.activities))
        n_groups = np.where(counts > 0, np.maximum(counts // self.learner.side_by_side, 1), 0)
        per_group = int(max(self.learner.side_by_side, *-(-counts // np.maximum(n_groups, 1))))
        groups = np.repeat(np.arange(len(counts)), n_groups).astype(np.int32)
        at_once = max(1, BATCH // per_group)
        parts = [
            self.optimised(groups[i : i + at_once], per_group, rng) for i in range(0, len(groups), at_once)
        ]
        made = np.concatenate(parts)
        drawn = np.empty((len(codes), *made.shape[2:]), np.float32)
        for code in np.unique(codes):
            wanted = np.flatnonzero(codes == code)
            drawn[wanted] = made[groups == code].reshape(-1, *made.shape[2:])[: len(wanted)]
        return drawn

    def sample(self, activities: np.ndarray, *, seed: int, n_timesteps: int | None = None) -> Windows:
        activities = self.checked_activities(activities)
        if n_timesteps not in (None, self.windows.n_timesteps):
            raise TrainingError(
                f"This model makes windows of {self.windows.n_timesteps} samples only, as its teacher reads them. "
                "Choose that length, or another method for longer recordings."
            )
        return self.generated(
            activities, self.scaling.restore(self.draw(self.activity_codes(activities), seed=seed))
        )

    def arrays(self) -> dict[str, np.ndarray]:
        """Return what is stored beside the card."""
        parts = (
            self.scaling.to_arrays(),
            values_of(self.teacher.variables, "teacher"),
            self.memory.to_arrays(),
        )
        return {name: array for part in parts for name, array in part.items()}
