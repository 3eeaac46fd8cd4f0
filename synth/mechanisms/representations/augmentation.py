"""Windows cut anew out of recordings, and varied: more to learn from than few people's own windows."""

from typing import Protocol

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.spatial.transform import Rotation

from data.sensors import sensors
from data.windows import Windows
from synth.core.learner import setting
from synth.mechanisms.representations.wavelets import join, split

MAX_WINDOWS_PER_EPOCH = 1500  # windows: large data take more rounds, not longer ones
DETAIL_LEVELS = 2  # of wavelets whose pace is not changed, where the learner has none of its own


def strength_setting(default: float) -> float:
    """Return the field of a learner that says how much strength varies."""
    return setting(
        default,
        "Change of strength while learning",
        "By how much (standard deviation of the logarithm) windows are made stronger or weaker while it learns, so "
        "that nobody's window is learnt by heart (augmentation).",
        low=0.0,
        high=1.0,
    )


def pace_setting(default: float) -> float:
    """Return the field of a learner that says how much pace varies."""
    return setting(
        default,
        "Change of pace while learning",
        "The same for how fast movements are.",
        low=0.0,
        high=0.5,
    )


def turn_setting(default: float) -> float:
    """Return the field of a learner that says how far sensors are turned."""
    return setting(
        default,
        "Turning while learning",
        "By how many degrees (standard deviation around each axis) sensors are turned while it learns, as if they "
        "had been worn a little differently.",
        low=0.0,
        high=90.0,
    )


class AugmentationSettings(Protocol):
    """A learner with the three settings of how recordings vary while it learns."""

    @property
    def strength_change(self) -> float: ...
    @property
    def pace_change(self) -> float: ...
    @property
    def turn_deg(self) -> float: ...


class AugmentedCutter:
    """Cuts windows at random places of what recordings are left when windows that follow each other are joined.

    Args:
        windows: What is joined.
        levels: At most, of wavelets that hold fine detail, which keeps its pace: it would lose its highest
            frequencies.
        strength: Standard deviation of the logarithm of how much stronger or weaker a window becomes.
        pace: The same of how much faster or slower.
        turn_deg: Standard deviation of the angle by which sensors are turned around each axis.
        balanced: Whether rare activities are cut more often: in proportion to the square root of how much there is of
            them. Only for who is told the activity.
    """

    def __init__(
        self,
        windows: Windows,
        *,
        levels: int,
        strength: float,
        pace: float,
        turn_deg: float,
        balanced: bool = True,
    ) -> None:
        self._length = windows.n_timesteps
        self._levels = min(levels, int(np.log2(self._length)))
        self._strength, self._pace, self._turn = strength, pace, np.deg2rad(turn_deg)
        self._axes = [sensor.axes for sensor in sensors(windows.channels)]
        self._balanced = balanced
        pieces = contiguous_recordings(windows)
        self._pieces = [values for values, _ in pieces]
        self._courses = [CubicSpline(np.arange(len(values)), values) for values in self._pieces]
        self._activities = np.array([activity for _, activity in pieces])

    @classmethod
    def of(
        cls,
        learner: AugmentationSettings,
        windows: Windows,
        *,
        levels: int = DETAIL_LEVELS,
        balanced: bool = True,
    ) -> "AugmentedCutter":
        """Return one that varies windows as the settings of a learner say."""
        return cls(
            windows,
            levels=levels,
            strength=learner.strength_change,
            pace=learner.pace_change,
            turn_deg=learner.turn_deg,
            balanced=balanced,
        )

    def cut(self, n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Return windows `(n, timesteps, channels)` float32 and their activities `(n,)`.

        Args:
            n: How many; from as many on as there are pieces every one is cut, so that no activity is missed.
            rng: Draws the places, and how windows vary.
        """
        places = np.array([len(values) - self._length + 1 for values in self._pieces])
        all_of_them = np.arange(len(places) if n >= len(places) else 0)
        more = rng.choice(len(places), n - len(all_of_them), p=self._chances(places))
        chosen = np.concatenate([all_of_them, more])
        begins = (rng.random(len(chosen)) * places[chosen]).astype(int)
        values = np.stack(
            [self._pieces[i][b : b + self._length] for i, b in zip(chosen, begins, strict=True)]
        )
        if self._pace > 0:
            values = self._at_another_pace(values, chosen, begins, rng)
        level = values.mean(axis=1, keepdims=True)
        factors = np.exp(rng.normal(0, self._strength, (len(chosen), 1, 1)))
        values = self._turned(level + (values - level) * factors, rng)
        return values.astype(np.float32), self._activities[chosen]

    def _chances(self, places: np.ndarray) -> np.ndarray:
        _, codes = np.unique(self._activities, return_inverse=True)
        chances = places / np.sqrt(np.bincount(codes, weights=places)[codes]) if self._balanced else places
        return chances / chances.sum()

    def _at_another_pace(
        self, values: np.ndarray, chosen: np.ndarray, begins: np.ndarray, rng: np.random.Generator
    ) -> np.ndarray:
        samples, last = np.arange(self._length), self._length - 1
        factors = np.exp(rng.normal(0, self._pace, len(chosen)))
        ends = np.array([len(self._pieces[i]) for i in chosen]) - 1
        factors = np.minimum(factors, ends / last)
        begins = np.minimum(begins, ends - factors * last)
        courses = np.stack(
            [self._courses[i](b + f * samples) for i, b, f in zip(chosen, begins, factors, strict=True)]
        )
        details, _ = split(values, self._levels)
        return join(details, split(courses, self._levels)[1], self._length)

    def _turned(self, values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        if not self._axes or self._turn == 0:
            return values
        turns = Rotation.from_rotvec(rng.normal(0, self._turn, (len(values), 3))).as_matrix()
        values = values.copy()
        for axes in self._axes:
            values[..., axes] = np.matmul(values[..., axes], turns)
        return values


def contiguous_recordings(windows: Windows) -> list[tuple[np.ndarray, str]]:
    """Join windows that follow each other without a gap, and agree where they overlap.

    A window could have begun anywhere in its recording; from the joined pieces it can be cut anywhere.

    Returns:
        Pieces `(samples, channels)`, at least a window long, with their activity.
    """
    order = np.lexsort((windows.start, windows.activity, windows.series))
    pieces: list[tuple[list[np.ndarray], str]] = []
    for before, i in zip([None, *order[:-1]], order, strict=True):
        n_shared = None if before is None else _shared(windows, before, i)
        if n_shared is None:
            pieces.append(([windows.values[i]], str(windows.activity[i])))
        else:
            pieces[-1][0].append(windows.values[i, n_shared:])
    return [(np.concatenate(parts), activity) for parts, activity in pieces]


def _shared(windows: Windows, first: int, second: int) -> int | None:
    """Return how many samples two windows share at the seam; `None` where the second does not go on from the first."""
    same = (windows.series[first], windows.activity[first]) == (
        windows.series[second],
        windows.activity[second],
    )
    n_shared = windows.n_timesteps - int(windows.start[second] - windows.start[first])
    if not same or n_shared < 0:
        return None
    end = windows.values[first, windows.n_timesteps - n_shared :]
    return n_shared if np.array_equal(end, windows.values[second, :n_shared]) else None
