"""What mechanisms for data distillation share: a teacher network, and the windows that transfer its knowledge."""

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

MAX_ABS = 8.0  # standard deviations; values are clipped to it
BATCH = 1024  # windows optimised at once, in groups of one activity


@dataclass(frozen=True)
class ChannelScaling:
    """The standardisation of channels, from sensor units and back.

    Attributes:
        mean: `(n_channels,)`, sensor units.
        scale: `(n_channels,)`, sensor units; 0 for a constant channel, which stays constant.
    """

    mean: np.ndarray
    scale: np.ndarray

    @classmethod
    def of(cls, values: np.ndarray) -> Self:
        """Fit it to windows `(n, timesteps, channels)`.

        Raises:
            TrainingError: If all channels are constant.
        """
        mean, scale = values.mean(axis=(0, 1), dtype=np.float64), values.std(axis=(0, 1), dtype=np.float64)
        moves = scale > 1e-6 * (1 + np.abs(mean))
        if not moves.any():
            raise TrainingError(
                "All channels are constant, so there is no movement to learn. Load other recordings."
            )
        return cls(mean, np.where(moves, scale, 0.0))

    def standardise(self, values: np.ndarray) -> np.ndarray:
        """Scale windows `(n, timesteps, channels)` to mean 0 and variance 1, float32."""
        return ((values - self.mean) / np.where(self.scale > 0, self.scale, 1.0)).astype(np.float32)

    def restore(self, values: np.ndarray) -> np.ndarray:
        """Undo `standardise`, after clipping to `MAX_ABS`; float32 in sensor units."""
        return (np.clip(values, -MAX_ABS, MAX_ABS) * self.scale + self.mean).astype(np.float32)

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return the arrays to store, by name."""
        return {f"scaling/{f.name}": getattr(self, f.name) for f in fields(self)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> Self:
        """Restore it from `to_arrays`."""
        return cls(*(arrays[f"scaling/{f.name}"] for f in fields(cls)))


@dataclass(frozen=True)
class TeachingSet(Mechanism):
    """Windows that transfer what a teacher network learnt from private windows."""

    makes: ClassVar = "generated"
    learns: ClassVar = True

    filters: int = setting(
        32,
        "Size of the teacher",
        "Filters of the first convolution; the others have twice as many. More can learn finer differences, "
        "and takes longer.",
        low=1,
        high=512,
    )
    epochs: int = setting(
        24,
        "Training rounds of the teacher",
        "How often the teacher is trained on all windows (epochs); the best round on the validation split "
        "is kept.",
        low=1,
        high=1000,
    )
    batch_size: int = setting(
        64,
        "Batch size",
        "Number of windows in each training step of the teacher.",
        low=2,
        high=1024,
    )
    learning_rate: float = setting(
        0.005,
        "Learning rate of the teacher",
        "Initial step size of the teacher's optimiser; it decays to zero along a cosine.",
        low=1e-5,
        high=0.1,
    )
    side_by_side: int = setting(
        128,
        "Windows per group",
        "How many windows of one activity are optimised together. The statistics of an activity are "
        "compared with those of the whole group; with fewer than 128 the comparison is unreliable.",
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
        """Return a teacher that classifies activities or people, and its training history.

        Args:
            train: The training windows.
            named: What the teacher classifies.
            scaling: Standardisation of channels.
            context: Of the fit.
            text: For the progress line.
        """
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
            state=lessons.state,
        )
        return teacher, history

    def class_statistics(
        self, train: Windows, teacher: "Teacher", scaling: ChannelScaling
    ) -> "ClassStatistics":
        """Return the statistics of each activity at the teacher's normalisation layers."""
        from synth.mechanisms.distillation._teacher_network import ClassStatistics

        codes = np.searchsorted(train.activities, train.activity)
        return ClassStatistics.of(teacher, scaling.standardise(train.values), codes, len(train.activities))

    def restored_parts(
        self, card: Mapping[str, Any], arrays: Mapping[str, np.ndarray]
    ) -> tuple[WindowKind, list[str], ChannelScaling, "Teacher", "ClassStatistics"]:
        """Restore what `FittedTeachingSet` stored, in the order of its arguments."""
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
        """Restore the teacher stored as `name`, which has so many classes."""
        tensorflow(seed=card["seed"])
        from synth.mechanisms.distillation._teacher_network import Teacher

        windows = WindowKind.from_card(card["windows"])
        shape = (windows.n_timesteps, len(windows.channels))
        teacher = Teacher(shape, n_classes, self.filters, seed=card["seed"])
        assign_values(teacher.variables, arrays, name)
        return teacher


class FittedTeachingSet(FittedGenerator):
    """A teacher and its statistics of each activity; windows are generated on request.

    Args:
        learner: The settings.
        windows: The kind of windows it was trained on.
        activities: The activities it was trained on, in the order of their codes.
        scaling: Standardisation of channels.
        teacher: Classifies activities.
        memory: Statistics of each activity, from whose spectrum the initial noise is drawn.
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
        """Generate `per_group` standardised windows for each group, `(n_groups, per_group, timesteps, channels)`.

        Args:
            groups: `(n_groups,)` int32, activity codes.
            per_group: Windows per group.
            rng: The only source of randomness.
        """

    def draw(self, codes: np.ndarray, *, seed: int) -> np.ndarray:
        """Generate one standardised window for each activity code, `(n, timesteps, channels)`.

        They are optimised in groups of one activity with at least `side_by_side` windows each, in as many groups as
        needed.
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
                f"This model only generates windows of {self.windows.n_timesteps} samples, the input size of its "
                "teacher. Choose that length, or another method for longer recordings."
            )
        return self.generated(
            activities, self.scaling.restore(self.draw(self.activity_codes(activities), seed=seed))
        )

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the arrays to store, by name."""
        parts = (
            self.scaling.to_arrays(),
            values_of(self.teacher.variables, "teacher"),
            self.memory.to_arrays(),
        )
        return {name: array for part in parts for name, array in part.items()}
