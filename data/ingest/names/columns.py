"""The parts of all names of one build, side by side, and what their words say for a role.

Points are the sum of what the kind of a word says (`KIND_POINTS`) and, for codes such as `P01` and values after a word
such as `sub-`, of what that word says (`words.MARKERS`).
"""

import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from data.column_words import normalised
from data.ingest.filename_pattern import FILE_NAME_ROLES
from data.ingest.names.parts import CODE, Kind, NamePart
from data.ingest.names.words import NOISE, marker_points

KIND_POINTS: dict[str, dict[Kind, float]] = {
    "subject": {
        "code": 1.5, "word": 1.5, "number": 1.0, "perhaps date": -0.75, "mixed": -2, "noise": -5, "group": -6,
        "visit": -6, "side": -8, "date": -8, "activity": -8,
    },
    "activity": {
        "activity": 5, "word": 1, "mixed": 0.5, "code": -1, "number": -4, "noise": -4, "perhaps date": -5,
        "group": -5, "visit": -5, "side": -6, "date": -8,
    },
    "trial": {
        "number": 1.5, "perhaps date": -0.5, "date": -1, "code": -1, "word": -2, "noise": -3, "visit": -3, "side": -3,
        "group": -4, "mixed": -4, "activity": -8,
    },
}  # fmt: skip
SAID_OF_ALL: tuple[Kind, ...] = ("side", "visit", "group", "noise")


@dataclass(frozen=True, eq=False)
class Column:
    """The same part of all names of one build."""

    parts: tuple[NamePart, ...]
    level: int  # of the folder, from the outside
    marker: str = ""  # a constant word before it, such as `sub-`

    @cached_property
    def texts(self) -> list[str]:
        return [part.text for part in self.parts]

    @cached_property
    def distinct(self) -> dict[str, Kind]:
        """The kind of each text; what is said of few is a name: Li is not a left sensor among people."""
        kinds: dict[str, Kind] = {part.text: part.kind for part in self.parts}
        n_said = sum(kind in SAID_OF_ALL for kind in kinds.values())
        if 2 * n_said < len(kinds):
            kinds |= dict.fromkeys((text for text, kind in kinds.items() if kind in SAID_OF_ALL), "word")
        return kinds

    @cached_property
    def varies(self) -> bool:
        return len(self.distinct) > 1

    @property
    def alone(self) -> bool:
        """Whether nothing shows if the part differs between files, and it is a kind that usually does."""
        return len(self.parts) == 1 and self.usual_kind in (
            "number",
            "date",
            "perhaps date",
            "visit",
            "side",
            "group",
        )

    @cached_property
    def names(self) -> list[str]:
        return [normalised(text) or text for text in self.texts]

    @cached_property
    def codes(self) -> np.ndarray:
        return pd.factorize(np.array(self.names, dtype=object))[0]

    @cached_property
    def numbers(self) -> np.ndarray:
        """The number at the end of each text, -1 where there is none."""
        ends = [re.search(r"\d{1,15}$", text) for text in self.texts]
        return np.array([int(end[0]) if end else -1 for end in ends])

    @cached_property
    def kinds(self) -> dict[Kind, float]:
        counts = Counter(self.distinct.values())
        return {kind: count / len(self.distinct) for kind, count in counts.items()}

    @cached_property
    def usual_kind(self) -> Kind:
        return max(self.kinds, key=lambda kind: self.kinds[kind])

    @property
    def before(self) -> str:
        return self.parts[0].before

    def points(self, role: str) -> float:
        """Return how well its words fit a role."""
        return self._all_points[role]

    @cached_property
    def _all_points(self) -> dict[str, float]:
        return {role: self._points(role) for role in FILE_NAME_ROLES}

    def _points(self, role: str) -> float:
        if self.usual_kind in ("number", "perhaps date") or (
            self.usual_kind in ("word", "mixed") and self.marker not in NOISE
        ):
            said = _marked_points(self.marker, role)
            if said is not None:
                return said
        points = sum(kind_points(text, kind, role) for text, kind in self.distinct.items()) / len(
            self.distinct
        )
        # One person called walk is one too many, even if the other names are unknown.
        return points - 2.0 if role == "subject" and "activity" in self.kinds else points


def kind_points(text: str, kind: Kind, role: str) -> float:
    """Return what one word says for a role."""
    if kind != "code":
        return KIND_POINTS[role][kind]
    match = CODE.match(text)
    said = _marked_points(match[1] if match else "", role)
    return KIND_POINTS[role]["code"] if said is None else said


def _marked_points(word: str, role: str) -> float | None:
    """Return what a prefix or preceding word says for or, if it speaks for other roles, against a role."""
    said = {other: marker_points(other, word) or 0.0 for other in FILE_NAME_ROLES}
    strongest = max(said.values())
    if strongest == 0:
        return None
    return said[role] or (-5.0 if strongest >= 3 else -2.0)


@dataclass(frozen=True)
class Roles:
    """Which column has which role; `subject_is` names a person whom no column names."""

    subject: int | None
    activity: int | None
    trial: int | None
    subject_is: str = ""

    @property
    def used(self) -> dict[int, str]:
        return {i: role for role in FILE_NAME_ROLES if (i := getattr(self, role)) is not None}
