"""Study: one data set as it is being looked at, and what it asks for."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any

from data.fingerprints import subject_fingerprints
from data.recordings import Recordings
from data.splits import Split, SplitSettings, split_by_holdout, split_windows
from data.windows import Windows, WindowSettings, cut_windows
from synth.runs.keys import Keys, earlier_keys, keys_of


@dataclass(frozen=True, eq=False)
class Study:
    """Windows, their split, and the seed of everything that follows.

    Attributes:
        name: What the person calls the data.
        windows: All private windows.
        split: What may be learnt from, and what is kept for the audit.
        seed: Used for the split, every fit, every release and every audit.
        asked: Which recordings, and how they are cut and split, as plain JSON values: another version of the program
            may come to other windows, and still knows what was made from these.
        people: Everybody in the recordings, including those who are in no window.
    """

    name: str
    windows: Windows
    split: Split
    seed: int
    asked: Mapping[str, Any] = field(default_factory=dict)
    people: tuple[str, ...] = ()

    @cached_property
    def keys(self) -> Keys:
        """Addresses of everything made from this study."""
        return keys_of(self.asked, self.seed)

    @cached_property
    def earlier_keys(self) -> Keys:
        """Where revision 84e5e5b, which had no versions, kept the same."""
        parts = (self.split.fit, self.split.fresh, self.split.unseen)
        return earlier_keys([part.fingerprint for part in parts], self.seed)

    @property
    def key(self) -> str:
        return self.keys.study

    def owns(self, card: Mapping[str, Any]) -> bool:
        """Return whether something was made from this study, by whatever version."""
        return card["study"] in (self.keys.study, self.earlier_keys.study)

    @cached_property
    def learnt_from(self) -> frozenset[str]:
        """Marks of the recordings of the people whom a model of this study knows."""
        marks = subject_fingerprints(self.windows)
        return frozenset().union(*(marks[person] for person in self.split.fit.subjects))

    @cached_property
    def kept_aside(self) -> Mapping[str, frozenset[str]]:
        """Marks of the people of whom something is kept for the audit, which a model must not know."""
        if self.split.at_random:
            return subject_fingerprints(self.windows)
        return subject_fingerprints(self.split.fresh) | subject_fingerprints(self.split.unseen)

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
    asked = {
        "recordings": recordings.fingerprint,
        "windows": asdict(settings),
        "holdout": holdout and holdout.fingerprint,
    }
    people = {*recordings.subjects, *([] if holdout is None else holdout.subjects)}
    split = split_by_holdout(windows, others, seed=seed)
    return Study(recordings.name, windows, split, seed, asked, tuple(sorted(people)))


def study(
    recordings: Recordings, settings: WindowSettings, *, seed: int, shares: SplitSettings = SplitSettings()
) -> Study:
    """Cut and split recordings.

    Raises:
        RecordingError: If they are too short, or show one person only.
    """
    windows = cut_windows(recordings, settings)
    asked = {"recordings": recordings.fingerprint, "windows": asdict(settings), "shares": asdict(shares)}
    split = split_windows(windows, seed=seed, settings=shares)
    return Study(recordings.name, windows, split, seed, asked, tuple(recordings.subjects))
