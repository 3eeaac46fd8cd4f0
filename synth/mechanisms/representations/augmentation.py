"""Data augmentation: windows cut anew from recordings, and varied in pace, strength and orientation."""

from typing import Protocol

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.spatial.transform import Rotation

from data.sensors import sensors
from data.windows import Windows
from synth.core.learner import setting
from synth.mechanisms.representations.wavelets import join, split

MAX_WINDOWS_PER_EPOCH = 1500  # larger data sets take more rounds, not longer ones
DETAIL_LEVELS = 2  # wavelet levels whose pace is not changed, unless the learner has its own


def strength_setting(default: float) -> float:
    """Return the setting of a learner for the augmentation of strength."""
    return setting(
        default,
        "Augmentation of strength",
        "By how much windows are amplified or attenuated during training (standard deviation of the "
        "logarithm), so that windows are harder to memorise.",
        low=0.0,
        high=1.0,
    )


def pace_setting(default: float) -> float:
    """Return the setting of a learner for the augmentation of pace."""
    return setting(
        default,
        "Augmentation of pace",
        "By how much movements are sped up or slowed down during training (standard deviation of the "
        "logarithm).",
        low=0.0,
        high=0.5,
    )


def turn_setting(default: float) -> float:
    """Return the setting of a learner for the augmentation of sensor orientation."""
    return setting(
        default,
        "Augmentation of orientation (degrees)",
        "By how much sensors are rotated during training (standard deviation around each axis), as if they "
        "had been worn slightly differently.",
        low=0.0,
        high=90.0,
    )


class AugmentationSettings(Protocol):
    """A learner with the three settings of the augmentation.

    Attributes:
        strength_change: Standard deviation of the log strength.
        pace_change: Standard deviation of the log pace.
        turn_deg: Standard deviation of the rotation around each axis, in degrees.
    """

    @property
    def strength_change(self) -> float: ...
    @property
    def pace_change(self) -> float: ...
    @property
    def turn_deg(self) -> float: ...


class AugmentedCutter:
    """Cut windows at random positions from contiguous recordings, and vary them.

    Args:
        windows: The training windows, which are joined into recordings.
        levels: Most wavelet levels of fine detail, which keeps its pace: resampling would remove its highest
            frequencies.
        strength: Standard deviation of the logarithm of the amplification.
        pace: Standard deviation of the logarithm of the change of pace.
        turn_deg: Standard deviation of the rotation around each axis, in degrees.
        balanced: Whether rare activities are cut more often: in proportion to the square root of their duration.
            Only for models conditioned on the activity.
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
        """Return a cutter with the settings of a learner."""
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
            n: Number of windows; if there are at least as many as recordings, each recording is cut, so that no
                activity is missed.
            rng: Draws the positions and the variations.
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
    """Join windows that follow each other without a gap and agree where they overlap.

    A window could have begun anywhere in its recording; from the joined recordings it can be cut anywhere.

    Returns:
        Recordings `(samples, channels)`, at least one window long, with their activity.
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
    """Return the number of samples two windows share; `None` if the second does not continue the first."""
    same = (windows.series[first], windows.activity[first]) == (
        windows.series[second],
        windows.activity[second],
    )
    n_shared = windows.n_timesteps - int(windows.start[second] - windows.start[first])
    if not same or n_shared < 0:
        return None
    end = windows.values[first, windows.n_timesteps - n_shared :]
    return n_shared if np.array_equal(end, windows.values[second, :n_shared]) else None
