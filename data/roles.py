"""Roles: what a release has to preserve and what it has to hide."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

from data.column_words import name_words
from data.errors import RecordingError

ActivityRole = Literal["required", "neutral", "sensitive"]
ACTIVITY_ROLES: tuple[ActivityRole, ...] = get_args(ActivityRole)
NEUTRAL_WORDS = {
    *(
        "other",
        "others",
        "null",
        "none",
        "unknown",
        "undefined",
        "transition",
        "transitions",
        "transient",
        "rest",
    ),
    *("resting", "idle", "nothing", "misc", "miscellaneous", "sonstiges", "ruhe", "pause", "to"),
}
SENSITIVE_WORDS = {
    *("smoking", "smoke", "drinking", "alcohol", "toilet", "fall", "falling", "tremor", "seizure", "limping"),
    *("freezing", "sturz", "rauchen", "trinken"),
}


@dataclass(frozen=True)
class Roles:
    """What a release has to preserve and what it has to hide.

    Malekzadeh et al. (Replacement AutoEncoder, IoTDI 2018) distinguish three kinds of activities: a step
    counter *requires* walking, must not reveal smoking (*sensitive*), and standing gives nothing away
    (*neutral*).

    Attributes:
        activities: The role of each activity.
        attributes: Whether each attribute, for example gender, is sensitive.
    """

    activities: Mapping[str, ActivityRole] = field(default_factory=dict)
    attributes: Mapping[str, bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        odd = next((role for role in self.activities.values() if role not in ACTIVITY_ROLES), None)
        if odd is not None:
            raise ValueError(f"an activity is one of {ACTIVITY_ROLES}. Received: {odd!r}")

    def of(self, activity: str) -> ActivityRole:
        """Return the role of an activity; `"required"` if none was chosen."""
        return self.activities.get(activity, "required")

    def named(self, role: ActivityRole) -> list[str]:
        """Return the activities with the given role, in order."""
        return [activity for activity, given in self.activities.items() if given == role]

    def checked(self) -> "Roles":
        """Return these roles after checking that an activity is required.

        Raises:
            RecordingError: If no activity is required.
        """
        if self.activities and not self.named("required"):
            raise RecordingError(
                "No activity is required, so a release would serve no purpose. Choose at least "
                "one activity that has to stay recognisable."
            )
        return self


def default_roles(activities: Sequence[str], attributes: Sequence[str]) -> Roles:
    """Return the default roles: activities are required unless their name suggests otherwise.

    Every attribute is sensitive by default.
    """
    roles = Roles({activity: _default(activity) for activity in activities}, dict.fromkeys(attributes, True))
    if roles.activities and not roles.named("required"):
        return Roles(dict.fromkeys(activities, "required"), roles.attributes)
    return roles


def _default(activity: str) -> ActivityRole:
    words = set(name_words(activity))
    if words & SENSITIVE_WORDS:
        return "sensitive"
    return "neutral" if words & NEUTRAL_WORDS else "required"
