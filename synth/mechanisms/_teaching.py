"""What mechanisms share that make windows to teach with: a teacher, and windows of nobody."""

import dataclasses
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from data.release import Release
from data.windows import Windows
from synth.errors import TrainingError
from synth.holdout import keep_some_apart
from synth.learner import OnProgress, ShouldStop, setting
from synth.mechanisms.base import FittedGenerator, Mechanism, WindowKind, generated, refuse_unknown_request
from synth.training import train as train_network

if TYPE_CHECKING:
    from synth.mechanisms._teacher_network import Teacher

REACH = 8.0  # standard deviations; nothing goes further
AT_ONCE = 1024  # windows that are worked on together, in groups of one activity


@dataclass(frozen=True)
class Scaling:
    """From sensor units to a mean of 0 and a spread of 1, and back.

    Attributes:
        mean: `(n_channels,)`.
        scale: `(n_channels,)`; 0 where a channel never changes, and never will.
    """

    mean: np.ndarray
    scale: np.ndarray

    @classmethod
    def of(cls, values: np.ndarray) -> Self:
        """Raises `TrainingError` if nothing moves."""
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
        return (np.clip(values, -REACH, REACH) * self.scale + self.mean).astype(np.float32)


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

    def taught(
        self,
        train: Windows,
        labels: np.ndarray,
        scaling: Scaling,
        *,
        seed: int,
        on_progress: OnProgress,
        should_stop: ShouldStop,
        text: str,
    ) -> tuple["Teacher", list[dict[str, float]]]:
        """Return a teacher who names `labels`, `(n,)` str, and how it learnt."""
        from synth.mechanisms._teacher_network import Lessons, Teacher, error_on

        names = sorted(set(labels.tolist()))
        codes = np.searchsorted(names, labels).astype(np.int32)
        numbered = dataclasses.replace(train, trial=np.arange(len(train)).astype(str))
        parts = keep_some_apart(numbered, seed=seed)
        learnt, measured = (part.trial.astype(int) for part in parts)
        measured = measured[np.isin(codes[measured], codes[learnt])]
        measured = measured if len(measured) else learnt
        inputs = scaling.standardise(train.values)
        teacher = Teacher(inputs.shape[1:], len(names), self.filters, seed=seed)
        lessons = Lessons(
            teacher,
            inputs[learnt],
            codes[learnt],
            batch_size=self.batch_size,
            n_epochs=self.epochs,
            learning_rate=self.learning_rate,
            seed=seed,
        )
        history = train_network(
            lessons.step,
            batches=lessons.batches,
            n_epochs=self.epochs,
            validate=lambda: error_on(teacher, inputs[measured], codes[measured]),
            weights=teacher.variables,
            patience=self.epochs,
            on_progress=on_progress,
            should_stop=should_stop,
            text=text,
        )
        return teacher, without_times(history)


class FittedTeachingSet(FittedGenerator):
    """A teacher, and what is needed to make windows that teach what it knows.

    Args:
        learner: The settings.
        windows: Kind of windows it learnt from.
        activities: Activities it learnt, in the order of their codes.
        scaling: To and from sensor units.
        seed: Of the fit.
    """

    learner: TeachingSet

    def __init__(
        self, learner: TeachingSet, windows: WindowKind, activities: list[str], scaling: Scaling, *, seed: int
    ) -> None:
        self.learner, self.history, self.scaling = learner, [], scaling
        self._windows, self.activities, self._seed = windows, activities, seed

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
        at_once = max(1, AT_ONCE // per_group)
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
        activities = np.asarray(activities, dtype=str)
        self._refuse(activities, n_timesteps)
        values = self.scaling.restore(self.draw(np.searchsorted(self.activities, activities), seed=seed))
        return generated(self._windows, activities, values)

    def release(self, private: Windows, *, seed: int) -> Release:
        self._windows.refuse_other_windows(private)
        card = {"mechanism": self.learner.card(), "seed": seed, "data": private.fingerprint}
        return Release(self.learner.title, self.sample(private.activity, seed=seed), None, card)

    def card(self) -> dict[str, Any]:
        return {
            "learner": self.learner.card(),
            "windows": dataclasses.asdict(self._windows),
            "activities": self.activities,
            "seed": self._seed,
            "history": self.history,
        }

    def scaling_arrays(self) -> dict[str, np.ndarray]:
        return {f"scaling/{name}": array for name, array in vars(self.scaling).items()}

    def _refuse(self, activities: np.ndarray, n_timesteps: int | None) -> None:
        refuse_unknown_request(activities, self.activities)
        if n_timesteps not in (None, self._windows.n_timesteps):
            raise TrainingError(
                f"This model makes windows of {self._windows.n_timesteps} samples only, as its teacher reads them. "
                "Choose that length, or another method for longer recordings."
            )


def scaling_from(arrays: Mapping[str, np.ndarray]) -> Scaling:
    """Read back what `FittedTeachingSet.scaling_arrays` wrote."""
    return Scaling(**{field.name: arrays[f"scaling/{field.name}"] for field in dataclasses.fields(Scaling)})


def without_times(history: list[dict[str, float]]) -> list[dict[str, float]]:
    """Leave wall-clock times out, which differ between runs: the same fit must give the same bytes."""
    return [{name: value for name, value in epoch.items() if name != "seconds"} for epoch in history]


def part_of(on_progress: OnProgress, begin: int, end: int) -> OnProgress:
    """Return what tells the progress of one part of a fit that reaches from `begin` to `end` of 100 steps."""

    def report(progress: Any) -> None:
        step = begin + round((end - begin) * progress.step / progress.total)
        on_progress(dataclasses.replace(progress, step=step, total=100))

    return report
