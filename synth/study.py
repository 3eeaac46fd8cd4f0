"""Study: one data set as it is being looked at, and the addresses of everything made from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from data.marks import marks_of_people
from data.recordings import Recordings
from data.splits import Split, SplitSettings, split_by_holdout, split_windows
from data.windows import Windows, WindowSettings, cut_windows
from synth.audit.report import Effort
from synth.learner import Learner
from synth.orders import Order
from synth.store import key_of
from synth.sweep import ASKED, EFFORT


def model_key(study_key: str, learner_card: Mapping[str, Any]) -> str:
    """Return the address of what a learner learnt from a study."""
    return key_of("model", study_key, learner_card)


@dataclass(frozen=True, eq=False)
class Study:
    """Windows, their split, and the seed of everything that follows.

    Attributes:
        name: What the person calls the data.
        windows: All private windows.
        split: What may be learnt from, and what is kept for the audit.
        seed: Used for the split, every fit, every release and every audit.
    """

    name: str
    windows: Windows
    split: Split
    seed: int

    @cached_property
    def key(self) -> str:
        """Address of the data, cut and split as they are: everything made from it names this key."""
        parts = (self.split.fit, self.split.fresh, self.split.unseen)
        return key_of("study", [part.fingerprint for part in parts], self.seed)

    def model_key(self, learner: Learner) -> str:
        return model_key(self.key, learner.card())

    def release_key(self, mechanism: Learner) -> str:
        return key_of("release", self.key, mechanism.card())

    def applied_key(self, model_key: str) -> str:
        """Address of what a model that learnt from other recordings makes of these, with this study's seed."""
        return key_of("applied", self.key, model_key)

    def ordered_key(self, model_key: str, order: Order) -> str:
        """Address of what a generator of this study makes of an order."""
        return key_of("ordered", self.key, model_key, order.card())

    @cached_property
    def learnt_from(self) -> frozenset[str]:
        """Marks of the recordings of the people whom a model of this study knows."""
        marks = marks_of_people(self.windows)
        return frozenset().union(*(marks[person] for person in self.split.fit.subjects))

    @cached_property
    def kept_aside(self) -> Mapping[str, frozenset[str]]:
        """Marks of the people of whom something is kept for the audit, which a model must not know."""
        if self.split.at_random:
            return marks_of_people(self.windows)
        return marks_of_people(self.split.fresh) | marks_of_people(self.split.unseen)

    def reference_key(self, effort: Effort) -> str:
        return key_of("reference", self.key, effort)

    def point_key(self, mechanism: Learner, seed: int) -> str:
        """Address of one point of a strength sweep: a mechanism at its strength, made with a seed of its own."""
        return key_of("point", self.reference_key(EFFORT), ASKED, mechanism.card(), seed)

    def origin(self) -> dict[str, Any]:
        """What the card of everything made from this study says about where it came from."""
        return {"study": self.key, "data": self.name, "seed": self.seed}


def study_of_all(
    recordings: Recordings, holdout: Recordings | None, settings: WindowSettings, *, seed: int
) -> Study:
    """Cut recordings of which everything was released, and others that nothing was made from.

    Raises:
        RecordingError: As `study` and `data.splits.split_by_holdout`.
    """
    windows = cut_windows(recordings, settings)
    others = None if holdout is None else cut_windows(holdout, settings)
    return Study(recordings.name, windows, split_by_holdout(windows, others, seed=seed), seed)


def study(
    recordings: Recordings, settings: WindowSettings, *, seed: int, shares: SplitSettings = SplitSettings()
) -> Study:
    """Cut and split recordings.

    Raises:
        RecordingError: If they are too short, or show one person or one activity only.
    """
    windows = cut_windows(recordings, settings)
    return Study(recordings.name, windows, split_windows(windows, seed=seed, settings=shares), seed)
