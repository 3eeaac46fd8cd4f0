"""What planted cases are made of: people set aside, a split, and the input of an audit."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from data.release import Release
from data.splits import Split, SplitSettings, split_windows
from data.windows import Windows

AT_RISK = ("at risk",)
NOT_AT_RISK = ("safe", "cannot tell")
STRANGERS = 0.25  # share of people kept out of the split, whose windows are released as harmless ones
SHARES = SplitSettings()


@dataclass(frozen=True, eq=False)
class World:
    """Recordings, divided for planted cases.

    Attributes:
        split: What releases are made from, and audited against.
        strangers: Windows of people who are in no part of the split.
        seed: Draws what is planted.
    """

    split: Split
    strangers: Windows
    seed: int

    @property
    def fit(self) -> Windows:
        """Windows that releases are made from."""
        return self.split.fit

    def rng(self, what: str) -> np.random.Generator:
        """Return a generator for one purpose, so that cases do not share random numbers."""
        return np.random.default_rng([self.seed, *what.encode()])


@dataclass(frozen=True, eq=False)
class Trial:
    """The input of an audit.

    Attributes:
        split: The real windows.
        release: The release to be audited.
    """

    split: Split
    release: Release


@dataclass(frozen=True)
class PlantedCase:
    """One planted case.

    Attributes:
        name: What is planted, in words.
        expected: Question -> the verdicts that are right. Other questions are not asked.
        make: Makes the input of an audit from a world.
        needs_strangers: Whether it releases windows of people who are in no part of the split.
    """

    name: str
    expected: Mapping[str, tuple[str, ...]]
    make: Callable[[World], Trial]
    needs_strangers: bool = False


def world_of(windows: Windows, *, seed: int) -> World:
    """Set strangers aside at random, and split the windows of all other people.

    Args:
        windows: All windows of a data set.
        seed: Draws the strangers and the split.

    Raises:
        RecordingError: If there are too few people.
    """
    people = np.array(windows.subjects)
    n_strangers = max(2, round(STRANGERS * len(people))) if len(people) >= 7 else min(1, len(people) - 2)
    drawn = np.random.default_rng(seed).choice(people, max(0, n_strangers), replace=False)
    strange = np.isin(windows.subject, drawn)
    return World(
        split_windows(windows.take(~strange), seed=seed, settings=SHARES), windows.take(strange), seed
    )


def nobody(world: World, windows: Windows, name: str) -> Trial:
    """Release windows as a generator does, without names of people."""
    nobody = np.full(len(windows), "")
    return Trial(
        world.split,
        Release(
            name,
            replace(
                windows,
                subject=nobody,
                trial=nobody,
                series=np.array([f"window {i + 1}" for i in range(len(windows))]),
                start=np.zeros(len(windows), np.int64),
            ),
        ),
    )


def spread(values: np.ndarray) -> np.ndarray:
    """Return the standard deviation of each channel of `(n, timesteps, channels)`."""
    return values.std(axis=(0, 1), dtype=np.float64)
