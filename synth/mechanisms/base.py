"""The contract of everything that makes releases."""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from data.release import Release
from data.windows import Windows
from synth.learner import Fitted, Learner, OnProgress, ShouldStop, ignore, never


class FittedMechanism(Fitted):
    """A mechanism that can make releases."""

    learner: "Mechanism"

    @abstractmethod
    def release(self, private: Windows, *, seed: int) -> Release:
        """Make a shareable version of `private`.

        A transformation keeps person, activity and time of each window; a generator makes as many
        windows of each activity as `private` has, claiming nobody.

        Args:
            private: Windows of the same length, rate and channels as the mechanism was fitted on.
            seed: The only source of randomness.

        Returns:
            As many windows as `private` has, float32, finite, in sensor units.
        """


class FittedGenerator(FittedMechanism):
    """A mechanism that makes windows out of nothing but an activity."""

    @abstractmethod
    def sample(self, activities: np.ndarray, *, seed: int, n_timesteps: int | None = None) -> Windows:
        """Generate one window for each entry of `activities`.

        Args:
            activities: `(n,)` str, activities that the mechanism was fitted on.
            seed: The only source of randomness.
            n_timesteps: Length in samples; by default the training windows' length. May be longer.

        Raises:
            TrainingError: If an activity was not in the training windows.
        """


@dataclass(frozen=True)
class Mechanism(Learner):
    """Hyperparameters of a way to make releases."""

    makes: ClassVar[Literal["generated", "transformed"]]

    @abstractmethod
    def fit(
        self, train: Windows, *, seed: int, on_progress: OnProgress = ignore, should_stop: ShouldStop = never
    ) -> FittedMechanism: ...

    @abstractmethod
    def load(self, payload: bytes) -> FittedMechanism: ...


def mechanisms() -> Mapping[str, type[Mechanism]]:
    """Return every mechanism by kind."""
    import synth.mechanisms
    from synth.catalogue import learners_in

    return {k: v for k, v in learners_in(synth.mechanisms).items() if issubclass(v, Mechanism)}
