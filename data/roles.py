"""Roles: what a release has to keep, and what it has to hide."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

from data.column_words import tokens
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
    """What a release has to keep, and what it has to hide.

    Malekzadeh et al. (Replacement AutoEncoder, IoTDI 2018) tell three kinds of activities apart: a step
    counter *requires* walking, must not learn of smoking (*sensitive*), and standing gives nothing away
    (*neutral*).

    Attributes:
        activities: Role by activity.
        attributes: Whether an attribute of people, for example gender, is sensitive, by its name.
    """

    activities: Mapping[str, ActivityRole] = field(default_factory=dict)
    attributes: Mapping[str, bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        odd = next((role for role in self.activities.values() if role not in ACTIVITY_ROLES), None)
        if odd is not None:
            raise ValueError(f"an activity is one of {ACTIVITY_ROLES}. Received: {odd!r}")

    def of(self, activity: str) -> ActivityRole:
        """Return an activity's role; one that nobody chose for is required."""
        return self.activities.get(activity, "required")

    def named(self, role: ActivityRole) -> list[str]:
        """Return the activities with a role, in their order."""
        return [activity for activity, given in self.activities.items() if given == role]

    def checked(self) -> "Roles":
        """Return these roles.

        Raises:
            RecordingError: If nothing is left that a release would be good for.
        """
        if self.activities and not self.named("required"):
            raise RecordingError(
                "No activity is required, so there is nothing that a release would be good for. Choose at least "
                "one activity that has to stay recognisable."
            )
        return self


def default_roles(activities: Sequence[str], attributes: Sequence[str]) -> Roles:
    """Return the roles to start from: activities are required unless their name says otherwise.

    Every attribute is sensitive until somebody says that it is not.
    """
    roles = Roles({activity: _default(activity) for activity in activities}, dict.fromkeys(attributes, True))
    if roles.activities and not roles.named("required"):
        return Roles(dict.fromkeys(activities, "required"), roles.attributes)
    return roles


def _default(activity: str) -> ActivityRole:
    words = set(tokens(activity))
    if words & SENSITIVE_WORDS:
        return "sensitive"
    return "neutral" if words & NEUTRAL_WORDS else "required"
