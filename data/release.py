"""Release: windows meant to be shared, whichever mechanism made them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from data.windows import Windows


@dataclass(frozen=True, eq=False)
class Release:
    """Windows meant to be shared, and the source of each.

    A transformed window keeps the `subject`, `series` and `start` of the private window it was made from. A
    generated window has subject `""`, start 0 and its generation batch as series.

    Attributes:
        name: Display name, the same on every chart of every page.
        windows: The released windows.
        source: `(n,)` int64, index of the private window each was made from; `None` if generated.
        card: How it was made, as plain JSON values (mechanism, settings, seed, data fingerprint, edits).
        average: The mean of several releases of the same windows with different random seeds, used to audit what
            repeated releases give away; `None` if not applicable. Never shared.
        made_for_attackers: What the same method makes of recordings that an attacker has, with the true names of the
            people; `None` where the method is not at hand. It shares no sample with what was released. Never shared.
    """

    name: str
    windows: Windows
    source: np.ndarray | None = None
    card: Mapping[str, Any] = field(default_factory=dict)
    average: Windows | None = None
    made_for_attackers: "Release | None" = None

    def __post_init__(self) -> None:
        if self.source is not None and len(self.source) != len(self.windows):
            raise ValueError(f"source must have {len(self.windows)} entries. Received: {len(self.source)}")

    @property
    def claims_people(self) -> bool:
        """Whether windows name the subject they show."""
        return len(self.windows.subjects) > 0

    def renamed(self, name: str) -> "Release":
        """Return the same release under another name."""
        return replace(self, name=name)

    def from_outside(self) -> "Release":
        """Return the release as an uploaded one: its differential privacy guarantee is an unchecked claim."""
        promise = self.card.get("promise")
        if not isinstance(promise, Mapping):
            return replace(self, card={k: v for k, v in self.card.items() if k != "promise"})
        return replace(self, card={**self.card, "promise": {**promise, "unchecked": True}})
