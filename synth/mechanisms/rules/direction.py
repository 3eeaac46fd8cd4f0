"""Direction: only how strong a reading is, not where it points."""

import dataclasses
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from data.release import Release
from data.sensors import sensors
from data.windows import Windows
from synth.core.errors import TrainingError
from synth.core.learner import setting
from synth.core.run_context import RunContext
from synth.keras_support.weights import pack, unpack
from synth.mechanisms.base import Dial, FittedMechanism, Mechanism, WindowKind, transformed

_MOST_READINGS = 20_000  # of one sensor, evenly taken, that directions are learnt from
_READINGS_AT_ONCE = 100_000  # compared with all directions: 50 MB at most
_ROUNDS = 25


@dataclass(frozen=True)
class Direction(Mechanism):
    """Replace the direction of each three-axis reading by the nearest of a few that everybody shares.

    A reading x(t) becomes |x(t)| u, where u is one of `directions` unit vectors learnt from all people
    (spherical k-means, longer readings counting more: that of a reading near zero is chance). With one,
    the direction of the mean reading, only the magnitude is told, and length, channels and units still stay.

    Fewer directions rather than a blend between a reading's own and the common one: turning every reading part
    of the way loses nothing, and an attacker who learns from the release turns it back.

    References:
        Malekzadeh et al., Mobile Sensor Data Anonymization, IoTDI 2019, whose windows are magnitudes. Dhillon
        and Modha, Concept Decompositions for Large Sparse Text Data Using Clustering, 2001 (spherical k-means).
    """

    kind: ClassVar[str] = "direction"
    title: ClassVar[str] = "Strength without direction"
    summary: ClassVar[str] = (
        "Tells how strong each movement is but not where it points: every three-axis sensor keeps its magnitude. "
        "How a device was worn and a person's posture go, rhythm and vigour remain. Ready in seconds."
    )
    makes: ClassVar = "transformed"
    dial: ClassVar = Dial("directions", (32, 16, 8, 4, 2, 1))

    directions: int = setting(
        1,
        "Directions told apart",
        "How many directions are left; each reading points along the nearest. 1 tells the magnitude only. "
        "They are learnt from all people together (spherical k-means).",
        low=1,
        high=64,
        advanced=False,
    )

    def fit(self, train: Windows, context: RunContext) -> "FittedDirection":
        found = sensors(train.channels)
        if not found:
            raise TrainingError(
                "No three channels are the x, y and z of one sensor, so there is no direction to remove. Name them "
                f"like acc_x, acc_y and acc_z on the Data page; they are {', '.join(train.channels)}."
            )
        axes = np.array([sensor.axes for sensor in found])
        rng = np.random.default_rng(context.seed)
        shared = [
            common_directions(train.values[..., a].reshape(-1, 3), self.directions, rng=rng) for a in axes
        ]
        return FittedDirection(self, WindowKind.of(train), axes, np.stack(shared))

    def load(self, payload: bytes) -> "FittedDirection":
        card, arrays = unpack(payload)
        return FittedDirection(self, WindowKind.from_card(card["windows"]), arrays["axes"], arrays["shared"])


class FittedDirection(FittedMechanism):
    """Knows the shared directions.

    Args:
        learner: The settings.
        windows: What windows it can be used on.
        axes: `(sensors, 3)` int, positions of x, y and z among the channels.
        shared: `(sensors, directions, 3)` float64, unit vectors.
    """

    learner: Direction

    def __init__(self, learner: Direction, windows: WindowKind, axes: np.ndarray, shared: np.ndarray) -> None:
        self.learner, self.history = learner, []
        self._windows, self._axes, self._shared = windows, axes, shared

    def release(self, private: Windows, *, seed: int) -> Release:
        self._windows.refuse_other_windows(private)
        values = private.values.copy()
        for axes, shared in zip(self._axes, self._shared, strict=True):
            readings = private.values[..., axes].reshape(-1, 3).astype(np.float64)
            length = np.linalg.norm(readings, axis=1, keepdims=True)
            turned = length * shared[_nearest(readings, shared)]
            values[..., axes] = turned.reshape(*values.shape[:2], 3)
        return transformed(self.learner, private, values, seed=seed)

    def to_bytes(self) -> bytes:
        card = {"learner": self.learner.card(), "windows": dataclasses.asdict(self._windows)}
        return pack(card, {"axes": self._axes, "shared": self._shared})


def common_directions(readings: np.ndarray, n_directions: int, *, rng: np.random.Generator) -> np.ndarray:
    """Return the unit vectors around which readings gather.

    Args:
        readings: `(n, 3)`; directions of long ones count more.
        n_directions: At least 1; that of the mean reading where it is 1.
        rng: Draws the readings to start from.

    Returns:
        `(n_directions, 3)` float64. Some may be equal where readings point to fewer places.
    """
    readings = readings[:: -(-len(readings) // _MOST_READINGS)].astype(np.float64)
    length = np.linalg.norm(readings, axis=1)
    if not length.any():
        return np.tile([1.0, 0.0, 0.0], (n_directions, 1))
    found = _unit(readings[rng.choice(len(readings), n_directions, p=length / length.sum())])
    for _ in range(_ROUNDS):
        nearest = _nearest(readings, found)
        sums = [np.bincount(nearest, readings[:, axis], n_directions) for axis in range(3)]
        found = np.where(np.any(sums, axis=0)[:, None], _unit(np.stack(sums, axis=1)), found)
    return found


def _nearest(readings: np.ndarray, directions: np.ndarray) -> np.ndarray:
    """Return `(n,)` the number of the direction at the smallest angle to each of `(n, 3)` readings."""
    parts = range(0, len(readings), _READINGS_AT_ONCE)
    return np.concatenate(
        [(readings[i : i + _READINGS_AT_ONCE] @ directions.T).argmax(axis=1) for i in parts]
    )


def _unit(vectors: np.ndarray) -> np.ndarray:
    """Return vectors of length one; those of length zero stay zero."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.where(length > 0, length, 1.0)
