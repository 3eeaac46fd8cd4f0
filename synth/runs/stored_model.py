"""Stored models: fitted mechanisms in the repository, and on which recordings besides their own they can be used."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from data.roles import Roles
from synth.core.errors import TrainingError
from synth.mechanisms.base import Mechanism, WindowKind
from synth.runs.learner_cards import mechanism_from_card
from synth.runs.study import Study


def learned_on(study: Study) -> dict[str, Any]:
    """Return what a model's card says of the windows it learnt from, as plain JSON values."""
    return {"windows": asdict(WindowKind.of(study.split.fit)), "people": sorted(study.learnt_from)}


@dataclass(frozen=True)
class StoredModel:
    """A fitted mechanism as its card describes it, without its weights.

    Attributes:
        key: Where it is in the repository.
        label: Its method and settings, in words.
        data: Name of the recordings it learnt from.
        study: Address of the study it learnt from.
        learner: The settings it learnt with, as JSON values.
        windows: Kind of windows it learnt from.
        people: Marks of the recordings of the people it learnt from (`Study.learnt_from`).
    """

    key: str
    label: str
    data: str
    study: str
    learner: Mapping[str, Any]
    windows: WindowKind
    people: frozenset[str]

    @classmethod
    def from_card(cls, key: str, card: Mapping[str, Any]) -> "StoredModel":
        """Read the card of a model in the repository."""
        return cls(
            key,
            str(card["label"]),
            str(card["data"]),
            str(card["study"]),
            card["learner"],
            WindowKind.from_card(card["windows"]),
            frozenset(card["people"]),
        )

    @property
    def name(self) -> str:
        """What a version that it made from other recordings is called."""
        return f"{self.label}, learnt on {self.data}"

    @property
    def mechanism(self) -> Mechanism:
        return mechanism_from_card(self.learner)

    @property
    def roles(self) -> list[str]:
        """The roles it learnt with, in words; none where what it does follows from no role."""
        own = self.mechanism
        chosen = [f for f in fields(own) if f.metadata["from_roles"]]
        texts = {f.metadata["label"]: ", ".join(sorted(_names(getattr(own, f.name)))) for f in chosen}
        return [f"{label.lower()}: {text or 'none'}" for label, text in texts.items()]

    def refuse_other(self, study: Study) -> None:
        """Check a study before the model is used on it.

        Raises:
            TrainingError: If its windows are of another kind, or the model knows what is kept aside there.
        """
        self.windows.refuse_other_windows(study.split.fit)
        n_known = sum(not self.people.isdisjoint(marks) for marks in study.kept_aside.values())
        if n_known:
            raise TrainingError(
                f"This model learnt from recordings of {n_known} of these people: it may know what is kept aside "
                "here for the audit, and no report on it could be trusted. Train on these windows."
            )

    def why_not(self, study: Study) -> str:
        """Return why it cannot be used on a study and what to do, in one sentence; `""` where it can."""
        try:
            self.refuse_other(study)
        except TrainingError as error:
            return str(error)
        return ""

    def other_roles(self, roles: Roles) -> list[str]:
        """Return the activities and attributes, of those in `roles`, that had another role where it learnt."""
        own, now = self.mechanism, self.mechanism.for_roles(roles)
        from_roles = [f.name for f in fields(own) if f.metadata["from_roles"]]
        changed = set().union(*(_names(getattr(own, f)) ^ _names(getattr(now, f)) for f in from_roles))
        return sorted(changed & {*roles.activities, *roles.attributes})


def _names(setting: str | tuple[str, ...]) -> set[str]:
    return {setting} - {""} if isinstance(setting, str) else set(setting)
