"""The contract of everything that can be fitted: mechanisms and imputers.

Learner (frozen hyperparameters = cache key = JSON card = form)  --fit-->  Fitted  --to_bytes--> store
"""

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Literal, Self, TypeVar, get_type_hints

from data.roles import Roles
from data.windows import Windows
from synth.core.guarantee import Guarantee
from synth.core.run_context import RunContext


def setting(
    default: Any,
    label: str,
    help: str,
    *,
    low: float | None = None,
    high: float | None = None,
    advanced: bool = True,
    from_roles: bool = False,
) -> Any:
    """Declare one hyperparameter: a dataclass field with what forms and checks need to know.

    Args:
        default: Its value unless a preset or the user chooses another.
        label: Plain label in the form.
        help: What it changes, with the field's term.
        low: Smallest allowed value (inclusive), for numbers.
        high: Largest allowed value (inclusive), for numbers.
        advanced: Whether it is hidden under "advanced".
        from_roles: Whether it follows from the roles (`Learner.for_roles`) instead of being chosen in the form.
    """
    metadata = {
        "label": label,
        "help": help,
        "low": low,
        "high": high,
        "advanced": advanced,
        "from_roles": from_roles,
    }
    return dataclasses.field(default=default, metadata=metadata)


@dataclass(frozen=True)
class Learner(ABC):
    """Hyperparameters of a model that can be fitted to windows.

    Subclasses are frozen dataclasses whose fields are made with `setting`. A field with choices is annotated
    `Literal[...]`. They do not import Keras: networks are imported inside `fit` and `load`.

    Attributes:
        kind: Its name in files, on the command line and in keys; never changed.
        version: Raise it when the same windows, settings and seed give another result, or when `load` can no longer
            read what an earlier version wrote. Artefacts of that version are kept, and marked as such.
        title: Its name on pages.
        summary: What it does and when to use it, in a few sentences.
        presets: Name of a preset -> settings that differ from the defaults.

    Raises:
        ValueError: If a setting has the wrong type or is out of range.
    """

    kind: ClassVar[str]
    version: ClassVar[int] = 1
    title: ClassVar[str]
    summary: ClassVar[str]
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {}

    def __post_init__(self) -> None:
        hints = get_type_hints(type(self))
        for f in fields(self):
            if isinstance(getattr(self, f.name), list):  # JSON, which cards are read from, has no tuples
                object.__setattr__(self, f.name, tuple(getattr(self, f.name)))
            check_field(self.kind, f, hints[f.name], getattr(self, f.name))

    def for_roles(self, roles: Roles) -> Self:
        """Return this learner with the settings that follow from the roles of activities and attributes."""
        return self

    def card(self) -> dict[str, Any]:
        """Return the kind and all hyperparameters as plain JSON values."""
        return {"kind": self.kind, **dataclasses.asdict(self)}

    def label(self) -> str:
        """Return its name on pages: the title, with the preset or the settings that differ from the defaults."""
        for name, values in self.presets.items():
            if self == dataclasses.replace(self, **{**_defaults(self), **values}):
                return f"{self.title} ({name})"
        chosen = [f for f in fields(self) if not f.metadata["from_roles"]]
        changed = [f for f in chosen if getattr(self, f.name) != f.default]
        text = ", ".join(f"{f.metadata['label'].lower()} {getattr(self, f.name)}" for f in changed)
        return f"{self.title} ({text})" if text else self.title

    @abstractmethod
    def fit(self, train: Windows, context: RunContext) -> "Fitted":
        """Fit a model to windows. The same windows, settings and seed give the same bytes.

        Args:
            train: The training windows; not modified.
            context: Its seed is the only source of randomness. Told after every step; asked to stop between batches.

        Raises:
            TrainingError: If no model can be fitted to these windows with these settings.
            Stopped: If it was asked to stop.
        """

    @abstractmethod
    def load(self, payload: bytes) -> "Fitted":
        """Restore what `Fitted.to_bytes` wrote."""


L = TypeVar("L", bound=Learner)


class Fitted(ABC):
    """A fitted model. Only `Learner.fit` and `Learner.load` make one.

    Attributes:
        learner: The hyperparameters it was fitted with.
        history: Losses by name, one dict per epoch; empty where nothing is iterated.
        guarantee: The differential privacy of the people it learnt from; `None` without a guarantee.
    """

    learner: Learner
    history: list[dict[str, float]]
    guarantee: Guarantee | None = None

    @abstractmethod
    def to_bytes(self) -> bytes:
        """Return everything `Learner.load` needs to restore it. Never a pickle, which could run code when loaded."""


def preset(learner: type[L], name: str) -> L:
    """Return a learner with the hyperparameters of a preset.

    Args:
        learner: Its class. One without presets returns its defaults for every name.
        name: `"quick"`, `"balanced"` or `"thorough"`.

    Raises:
        ValueError: If there is no such preset.
    """
    if name not in PRESETS:
        raise ValueError(f"preset must be one of {list(PRESETS)}. Received: {name!r}")
    return learner(**learner.presets.get(name, {}))


PRESETS: Mapping[Literal["quick", "balanced", "thorough"], str] = {
    "quick": "A first look in two or three minutes",
    "balanced": "Better quality; a coffee break",
    "thorough": "As good as this method gets here; lunch",
}


def _defaults(learner: Learner) -> dict[str, Any]:
    return {f.name: f.default for f in fields(learner) if not f.metadata["from_roles"]}


def check_field(kind: str, f: dataclasses.Field, hint: Any, value: Any) -> None:
    """Check the value of a field made with `setting`.

    Args:
        kind: Kind of the learner or transform, for the message.
        f: The field.
        hint: Its type.
        value: Its value.

    Raises:
        ValueError: If the value has another type, or is out of range.
    """
    choices = getattr(hint, "__args__", None) if getattr(hint, "__origin__", None) is Literal else None
    if choices is not None:
        if value not in choices:
            raise ValueError(f"{kind}: {f.name} must be one of {list(choices)}. Received: {value!r}")
        return
    if hint in (int, float) and (isinstance(value, bool) or not isinstance(value, (int, float))):
        raise ValueError(f"{kind}: {f.name} must be a number. Received: {value!r}")
    if hint is int and not isinstance(value, int):
        raise ValueError(f"{kind}: {f.name} must be a whole number. Received: {value!r}")
    low, high = f.metadata.get("low"), f.metadata.get("high")
    if (low is not None and not value >= low) or (high is not None and not value <= high):
        raise ValueError(f"{kind}: {f.name} must be in [{low}, {high}]. Received: {value!r}")
