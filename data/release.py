"""Release: windows that are meant to be shared, whatever made them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from data.windows import Windows


@dataclass(frozen=True, eq=False)
class Release:
    """What leaves the house, and where each window came from.

    A transformed window keeps the `subject`, `series` and `start` of the private window it came from. A
    generated one has subject `""`, start 0 and its generation batch as series.

    Attributes:
        name: What the person calls it; the same on every chart of every page.
        windows: The released windows.
        source: `(n,)` int64, index of the private window each was made from; `None` when generated.
        card: How it was made, as plain JSON values (mechanism, settings, seed, data fingerprint, edits).
        average: The mean of several releases of the same windows, made with other random numbers, for an audit of
            what repeating a release gives away; `None` where there is no such thing. It is never shared.
    """

    name: str
    windows: Windows
    source: np.ndarray | None = None
    card: Mapping[str, Any] = field(default_factory=dict)
    average: Windows | None = None

    def __post_init__(self) -> None:
        if self.source is not None and len(self.source) != len(self.windows):
            raise ValueError(f"source must have {len(self.windows)} entries. Received: {len(self.source)}")

    @property
    def claims_people(self) -> bool:
        """Whether windows say whom they show."""
        return len(self.windows.subjects) > 0

    def renamed(self, name: str) -> "Release":
        return replace(self, name=name)

    def from_outside(self) -> "Release":
        """Return it as what somebody brought: a formal promise is then only what the file says of itself."""
        promise = self.card.get("promise")
        if not isinstance(promise, Mapping):
            return replace(self, card={k: v for k, v in self.card.items() if k != "promise"})
        return replace(self, card={**self.card, "promise": {**promise, "unchecked": True}})
