"""The contract of everything that makes releases."""

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, ClassVar, Literal, Self

import numpy as np
import pandas as pd

from data.release import Release
from data.secret_rng import hidden_generator
from data.windows import Windows
from synth.core.errors import TrainingError
from synth.core.learner import Fitted, Learner
from synth.core.run_context import RunContext

BATCH_WINDOWS = 20  # generated windows that share one series name


@dataclass(frozen=True)
class WindowKind:
    """What windows must have in common to go through the same fitted mechanism."""

    n_timesteps: int
    rate_hz: float
    channels: tuple[str, ...]
    units: tuple[str, ...]

    @classmethod
    def of(cls, windows: Windows) -> "WindowKind":
        return cls(windows.n_timesteps, windows.rate_hz, windows.channels, windows.units)

    @classmethod
    def from_card(cls, card: Mapping[str, Any]) -> "WindowKind":
        """Read back what `dataclasses.asdict` and JSON made of one."""
        return cls(card["n_timesteps"], card["rate_hz"], tuple(card["channels"]), tuple(card["units"]))

    def refuse_other_windows(self, windows: Windows) -> None:
        """Check windows before they go through a mechanism.

        Raises:
            TrainingError: If there are none, or their length, rate, channels or units are others.
        """
        if len(windows) == 0:
            raise TrainingError("There are no windows to make a release from. Cut some on the Data page.")
        other = WindowKind.of(windows)
        for field, (name, words) in _KIND_IN_WORDS.items():
            if getattr(self, field) != getattr(other, field):
                raise TrainingError(
                    f"These windows do not fit this model: it learnt from {name} {words(self)}, and they have "
                    f"{words(other)}. {self._mend(field)}, or train on these windows."
                )

    def _mend(self, field: str) -> str:
        if field == "n_timesteps":
            return f"Set the length of windows on the Data page to {self.n_timesteps / self.rate_hz:g} s"
        return "Load recordings of the same kind"


_KIND_IN_WORDS: Mapping[str, tuple[str, Callable[[WindowKind], str]]] = {
    "channels": ("the channels", lambda kind: ", ".join(kind.channels)),
    "units": ("the units", lambda kind: ", ".join(kind.units)),
    # Another rate is mostly another number of samples, too, and explains it.
    "rate_hz": ("a sampling rate of", lambda kind: f"{kind.rate_hz:.10g} Hz"),
    "n_timesteps": (
        "a window length of",
        lambda kind: f"{kind.n_timesteps} samples ({kind.n_timesteps / kind.rate_hz:g} s)",
    ),
}


class FittedMechanism(Fitted):
    """A mechanism that can make releases."""

    learner: "Mechanism"

    @abstractmethod
    def release(self, private: Windows, *, seed: int) -> Release:
        """Make a shareable version of `private`.

        A transformation keeps person, activity and time of each window, and may withhold some; where it puts
        another activity in the place of a sensitive one, the window carries that activity's label. A generator
        makes as many windows of each activity as `private` has, claiming nobody. The people of `private` need
        not be those it was fitted on.

        Args:
            private: Windows of the same length, rate and channels as the mechanism was fitted on.
            seed: The only source of randomness.

        Returns:
            Windows of the same length, rate, channels and units, float32, finite. Where some were withheld,
            `source` says which are left.
        """


class FittedGenerator(FittedMechanism):
    """A mechanism that makes windows out of nothing but an activity.

    Args:
        learner: The settings.
        windows: Kind of windows it learnt from.
        activities: Activities it learnt, sorted.
        seed: Of the fit; draws the initial weights.
    """

    def __init__(
        self, learner: "Mechanism", windows: WindowKind, activities: list[str], *, seed: int
    ) -> None:
        self.learner, self.history = learner, []
        self.windows, self.activities, self.seed = windows, activities, seed

    @abstractmethod
    def sample(self, activities: np.ndarray, *, seed: int, n_timesteps: int | None = None) -> Windows:
        """Generate one window for each entry of `activities`.

        Args:
            activities: `(n,)` str, activities that the mechanism was fitted on.
            seed: The only source of randomness.
            n_timesteps: Length in samples; by default the training windows' length. May be longer.

        Raises:
            TrainingError: If none is asked for, or one that was not in the training windows.
        """

    def release(self, private: Windows, *, seed: int) -> Release:
        self.windows.refuse_other_windows(private)
        card = {"mechanism": self.learner.card(), "seed": seed, "data": private.fingerprint}
        activities = private.activity
        if self.guarantee is not None:
            card["promise"] = self.guarantee.card()
            activities = np.sort(
                activities
            )  # how many of each is admitted, not in which order they were recorded
        return Release(self.learner.title, self.sample(activities, seed=seed), None, card)

    def card(self) -> dict[str, Any]:
        """Return what is stored beside the arrays, plain JSON values."""
        return {
            "learner": self.learner.card(),
            "windows": asdict(self.windows),
            "activities": self.activities,
            "seed": self.seed,
            "history": self.history,
            "guarantee": asdict(self.guarantee) if self.guarantee else None,
        }

    def checked_activities(self, activities: np.ndarray) -> np.ndarray:
        """Return the activities that are to be generated, `(n,)` str.

        Raises:
            TrainingError: If there are none, or one that it has not learnt.
        """
        activities = np.asarray(activities, dtype=str)
        if len(activities) == 0:
            raise TrainingError("No windows were asked for. Choose at least one activity to generate.")
        unknown = sorted(set(activities.tolist()) - set(self.activities))
        if unknown:
            raise TrainingError(
                f"This model has not learnt the activity {', '.join(unknown)}. "
                f"It knows {', '.join(self.activities)}."
            )
        return activities

    def activity_codes(self, activities: np.ndarray) -> np.ndarray:
        """Return which of the learnt activities each is, `(n,)` int32 from 0."""
        return np.searchsorted(self.activities, activities).astype(np.int32)

    def generated(self, activities: np.ndarray, values: np.ndarray) -> Windows:
        """Return windows of nobody, in batches of series names.

        Args:
            activities: `(n,)` str.
            values: `(n, timesteps, channels)`; may be longer than what it learnt from.
        """
        nobody = np.full(len(values), "")
        return Windows(
            values=np.ascontiguousarray(values, dtype=np.float32),
            activity=activities,
            subject=nobody,
            series=np.array([f"batch-{i // BATCH_WINDOWS + 1:03d}" for i in range(len(values))], dtype=str),
            trial=nobody,
            start=np.zeros(len(values), np.int64),
            rate_hz=self.windows.rate_hz,
            channels=self.windows.channels,
            units=self.windows.units,
            attributes=pd.DataFrame(),
        )


@dataclass(frozen=True)
class Dial:
    """The one setting that says how strongly a mechanism protects.

    Attributes:
        field: Name of the setting.
        steps: What a slider offers and a sweep tries, from mild to strong.
    """

    field: str
    steps: tuple[float, ...]


@dataclass(frozen=True)
class Mechanism(Learner):
    """Hyperparameters of a way to make releases.

    Attributes:
        makes: Whether its windows were somebody's.
        dial: Its strength; `None` where there is nothing to turn.
        learns: Whether it learns how people move; otherwise it changes windows by a rule.
    """

    makes: ClassVar[Literal["generated", "transformed"]]
    dial: ClassVar[Dial | None] = None
    learns: ClassVar[bool] = False

    def at(self, strength: float) -> Self:
        """Return it with its dial at `strength`."""
        return replace(self, **{self._own_dial().field: strength})

    def dial_label(self) -> str:
        """Return what its dial is called."""
        return self.__dataclass_fields__[self._own_dial().field].metadata["label"]

    def _own_dial(self) -> Dial:
        if self.dial is None:
            raise ValueError(f"{self.kind} has no dial: its strength cannot be chosen.")
        return self.dial

    def missing_roles(self) -> list[str]:
        """Return the labels of what follows from the roles, and for which no role was given."""
        from_roles = [f for f in fields(self) if f.metadata["from_roles"]]
        return [f.metadata["label"] for f in from_roles if getattr(self, f.name) == ()]

    @abstractmethod
    def fit(self, train: Windows, context: RunContext) -> FittedMechanism: ...

    @abstractmethod
    def load(self, payload: bytes) -> FittedMechanism: ...


def mechanisms() -> Mapping[str, type[Mechanism]]:
    """Return every mechanism by kind."""
    import synth.mechanisms
    from synth.core.discovery import learners_in

    return {k: v for k, v in learners_in(synth.mechanisms).items() if issubclass(v, Mechanism)}


def validate_activities(private: Windows, known: Sequence[str]) -> None:
    """Check that a mechanism that goes by activities knows all of them: another spelling would pass by unnoticed.

    Raises:
        TrainingError: If it does not.
    """
    unknown = sorted(set(private.activities) - set(known))
    if unknown:
        raise TrainingError(
            f"This model has not learnt the activity {', '.join(unknown)}. It knows {', '.join(known)}. "
            "Name activities as where it learnt, or fit it to recordings that show all of them."
        )


def transformed(
    mechanism: Mechanism,
    private: Windows,
    values: np.ndarray,
    *,
    seed: int,
    kept: np.ndarray | None = None,
    activity: np.ndarray | None = None,
) -> Release:
    """Return the release of a transformation: other values, the same labels, each window's own source.

    Args:
        mechanism: What made it, for its name and card.
        private: The windows that were transformed.
        values: `(n, timesteps, channels)`, one for each kept window in the same order.
        seed: Of the release, for the card.
        kept: Indices of the private windows that are released, rising; all by default.
        activity: `(n,)` str, what each kept window is released as; by default what it was.
    """
    card = {"mechanism": mechanism.card(), "seed": seed, "data": private.fingerprint}
    kept = np.arange(len(private)) if kept is None else kept
    windows = private.take(kept).with_values(values)
    if activity is not None:
        windows = replace(windows, activity=activity)
    return Release(mechanism.title, windows, kept, card)


def secret_generator(private: Windows, *, seed: int) -> np.random.Generator:
    """Return a generator that is the same for the same windows and seed, and unknown without the windows."""
    return hidden_generator("noise", np.ascontiguousarray(private.values).tobytes(), seed)
