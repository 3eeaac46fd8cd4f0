"""The contract of all mechanisms: settings, fitted mechanisms, generators, and what they share."""

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

BATCH_WINDOWS = 20  # generated windows with the same series name


@dataclass(frozen=True)
class WindowKind:
    """The properties windows must share to be processed by the same fitted mechanism.

    Attributes:
        n_timesteps: Samples of a window.
        rate_hz: Sampling rate.
        channels: Names of the channels.
        units: Unit of each channel.
    """

    n_timesteps: int
    rate_hz: float
    channels: tuple[str, ...]
    units: tuple[str, ...]

    @classmethod
    def of(cls, windows: Windows) -> "WindowKind":
        """Return the kind of `windows`."""
        return cls(windows.n_timesteps, windows.rate_hz, windows.channels, windows.units)

    @classmethod
    def from_card(cls, card: Mapping[str, Any]) -> "WindowKind":
        """Restore it from its JSON card (`dataclasses.asdict`)."""
        return cls(card["n_timesteps"], card["rate_hz"], tuple(card["channels"]), tuple(card["units"]))

    def refuse_other_windows(self, windows: Windows) -> None:
        """Check that windows are of this kind.

        Raises:
            TrainingError: If there are none, or if length, rate, channels or units differ.
        """
        if len(windows) == 0:
            raise TrainingError("There are no windows to make a release from. Cut some on the Data page.")
        other = WindowKind.of(windows)
        for field, (name, words) in _KIND_IN_WORDS.items():
            if getattr(self, field) != getattr(other, field):
                raise TrainingError(
                    f"These windows do not fit this model: it was trained with {name} {words(self)}, and they have "
                    f"{words(other)}. {self._mend(field)}, or train a new model on these windows."
                )

    def _mend(self, field: str) -> str:
        if field == "n_timesteps":
            return f"Set the length of windows on the Data page to {self.n_timesteps / self.rate_hz:g} s"
        return "Load recordings of the same kind"


_KIND_IN_WORDS: Mapping[str, tuple[str, Callable[[WindowKind], str]]] = {
    "channels": ("the channels", lambda kind: ", ".join(kind.channels)),
    "units": ("the units", lambda kind: ", ".join(kind.units)),
    # A different rate usually explains a different number of samples.
    "rate_hz": ("a sampling rate of", lambda kind: f"{kind.rate_hz:.10g} Hz"),
    "n_timesteps": (
        "a window length of",
        lambda kind: f"{kind.n_timesteps} samples ({kind.n_timesteps / kind.rate_hz:g} s)",
    ),
}


class FittedMechanism(Fitted):
    """A fitted mechanism, which can make releases."""

    learner: "Mechanism"

    @abstractmethod
    def release(self, private: Windows, *, seed: int) -> Release:
        """Make a release: a shareable version of `private`.

        A transformation keeps the person, activity and time of each window, and may withhold some windows; a window
        whose sensitive activity was replaced carries the label of the replacement. A generator makes as many
        windows of each activity as `private` has, and attributes them to no person. The people of `private` need
        not be those it was fitted on.

        Args:
            private: Windows of the same length, rate, channels and units as those it was fitted on.
            seed: The only source of randomness.

        Returns:
            Windows of the same length, rate, channels and units, float32, finite. If some were withheld, `source`
            says which ones remain.

        Raises:
            TrainingError: If the windows are of another kind, or the mechanism cannot be applied to them.
        """


class FittedGenerator(FittedMechanism):
    """A mechanism that generates windows from nothing but an activity.

    Args:
        learner: The settings.
        windows: The kind of windows it was trained on.
        activities: The activities it was trained on, sorted.
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
            activities: `(n,)` str, activities the mechanism was fitted on.
            seed: The only source of randomness.
            n_timesteps: Length in samples, by default that of the training windows; may be longer.

        Raises:
            TrainingError: If no window is requested, or an activity that was not in the training windows.
        """

    def release(self, private: Windows, *, seed: int) -> Release:
        self.windows.refuse_other_windows(private)
        card = {"mechanism": self.learner.card(), "seed": seed, "data": private.fingerprint}
        activities = private.activity
        if self.guarantee is not None:
            card["promise"] = self.guarantee.card()
            # The number of windows of each activity is public, the order in which they were recorded is not.
            activities = np.sort(activities)
        return Release(self.learner.title, self.sample(activities, seed=seed), None, card)

    def card(self) -> dict[str, Any]:
        """Return what is stored along with the arrays, as plain JSON values."""
        return {
            "learner": self.learner.card(),
            "windows": asdict(self.windows),
            "activities": self.activities,
            "seed": self.seed,
            "history": self.history,
            "guarantee": asdict(self.guarantee) if self.guarantee else None,
        }

    def checked_activities(self, activities: np.ndarray) -> np.ndarray:
        """Return the activities to generate, `(n,)` str.

        Raises:
            TrainingError: If there are none, or one that it was not trained on.
        """
        activities = np.asarray(activities, dtype=str)
        if len(activities) == 0:
            raise TrainingError("No windows were requested. Choose at least one activity to generate.")
        unknown = sorted(set(activities.tolist()) - set(self.activities))
        if unknown:
            raise TrainingError(
                f"This model was not trained on the activity {', '.join(unknown)}. "
                f"It knows {', '.join(self.activities)}."
            )
        return activities

    def activity_codes(self, activities: np.ndarray) -> np.ndarray:
        """Return the index of each activity among `self.activities`, `(n,)` int32."""
        return np.searchsorted(self.activities, activities).astype(np.int32)

    def generated(self, activities: np.ndarray, values: np.ndarray) -> Windows:
        """Return generated windows, which belong to no real person; series names go by batch.

        Args:
            activities: `(n,)` str.
            values: `(n, timesteps, channels)`; may be longer than the training windows.
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
    """The setting that determines how strongly a mechanism protects.

    Attributes:
        field: Name of the setting.
        steps: The values a slider offers and a sweep tries, from weak to strong.
    """

    field: str
    steps: tuple[float, ...]

    def place(self, strength: float) -> float:
        """Return where a strength stands from mild to strong: its index among the steps, or a number in between.

        Args:
            strength: Any; beyond the first and the last step it stands where these do.
        """
        rising = 1 if self.steps[0] < self.steps[-1] else -1
        return float(np.interp(rising * strength, np.multiply(rising, self.steps), range(len(self.steps))))

    def grid(self, n_between: int) -> tuple[float, ...]:
        """Return the steps with strengths evenly in between, from weak to strong; whole ones where all steps are.

        Args:
            n_between: How many between two steps, >= 0.
        """
        places = np.linspace(0, len(self.steps) - 1, (len(self.steps) - 1) * (n_between + 1) + 1)
        between = np.interp(places, range(len(self.steps)), self.steps)
        whole = all(isinstance(step, int) for step in self.steps)
        return tuple(dict.fromkeys(round(x) if whole else float(f"{x:.3g}") for x in between.tolist()))


@dataclass(frozen=True)
class Mechanism(Learner):
    """Settings of a method that makes releases.

    Attributes:
        makes: Whether its windows are generated, or transformed from real ones.
        dial: The setting for its strength; `None` if there is none.
        learns: Whether it learns how people move; otherwise it changes windows by a rule.
    """

    makes: ClassVar[Literal["generated", "transformed"]]
    dial: ClassVar[Dial | None] = None
    learns: ClassVar[bool] = False

    def at(self, strength: float) -> Self:
        """Return a copy with its dial set to `strength`.

        Raises:
            ValueError: If it has no dial.
        """
        return replace(self, **{self._own_dial().field: strength})

    def dial_label(self) -> str:
        """Return the label of its dial.

        Raises:
            ValueError: If it has no dial.
        """
        return self.__dataclass_fields__[self._own_dial().field].metadata["label"]

    def _own_dial(self) -> Dial:
        if self.dial is None:
            raise ValueError(f"{self.kind} has no dial, so its strength cannot be set.")
        return self.dial

    def missing_roles(self) -> list[str]:
        """Return the labels of the settings that follow from roles, if no such role was assigned."""
        from_roles = [f for f in fields(self) if f.metadata["from_roles"]]
        return [f.metadata["label"] for f in from_roles if getattr(self, f.name) == ()]

    @abstractmethod
    def fit(self, train: Windows, context: RunContext) -> FittedMechanism:
        """Learn from windows; see `Learner.fit`."""

    @abstractmethod
    def load(self, payload: bytes) -> FittedMechanism:
        """Restore what `FittedMechanism.to_bytes` wrote."""


def mechanisms() -> Mapping[str, type[Mechanism]]:
    """Return every mechanism by kind."""
    import synth.mechanisms
    from synth.core.discovery import learners_in

    return {k: v for k, v in learners_in(synth.mechanisms).items() if issubclass(v, Mechanism)}


def validate_activities(private: Windows, known: Sequence[str]) -> None:
    """Check that a mechanism that uses activity labels knows all of them: a different spelling would otherwise go
    unnoticed.

    Raises:
        TrainingError: If it does not.
    """
    unknown = sorted(set(private.activities) - set(known))
    if unknown:
        raise TrainingError(
            f"This model was not trained on the activity {', '.join(unknown)}. It knows {', '.join(known)}. "
            "Use the same activity names as in its training data, or train it on recordings of all these activities."
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
    """Return the release of a transformation: new values, the same labels, each window's own source.

    Args:
        mechanism: The mechanism, for the title and the card.
        private: The windows that were transformed.
        values: `(n, timesteps, channels)`, one for each released window, in the same order.
        seed: Of the release, for the card.
        kept: Indices of the private windows that are released, ascending; all by default.
        activity: `(n,)` str, the label of each released window; by default the original one.
    """
    card = {"mechanism": mechanism.card(), "seed": seed, "data": private.fingerprint}
    kept = np.arange(len(private)) if kept is None else kept
    windows = private.take(kept).with_values(values)
    if activity is not None:
        windows = replace(windows, activity=activity)
    return Release(mechanism.title, windows, kept, card)


def secret_generator(private: Windows, *, seed: int) -> np.random.Generator:
    """Return a generator that is determined by the windows and the seed, and unpredictable without the windows."""
    return hidden_generator("noise", np.ascontiguousarray(private.values).tobytes(), seed)
