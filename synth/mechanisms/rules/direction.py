"""Direction removal: only the magnitude of each reading is kept, not its direction."""

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

_MOST_READINGS = 20_000  # of one sensor, evenly spaced, that directions are learnt from
_READINGS_AT_ONCE = 100_000  # compared with all directions in one step: at most 50 MB
_ROUNDS = 25


@dataclass(frozen=True)
class Direction(Mechanism):
    """Replace the direction of each three-axis reading by the nearest of a few directions that everybody shares.

    A reading x(t) becomes |x(t)| u, where u is one of `directions` unit vectors learnt from all people (spherical
    k-means, weighted by magnitude: the direction of a reading near zero is noise). With a single direction, that of
    the mean reading, only the magnitude remains; length, channels and units stay the same.

    Directions are quantised rather than blended with a common one: blending is invertible, and an attacker who
    learns from the release inverts it.

    References:
        Malekzadeh et al., Mobile Sensor Data Anonymization, IoTDI 2019, whose windows are magnitudes. Dhillon and
        Modha, Concept Decompositions for Large Sparse Text Data Using Clustering, 2001 (spherical k-means).
    """

    kind: ClassVar[str] = "direction"
    title: ClassVar[str] = "Magnitude without direction"
    summary: ClassVar[str] = (
        "Keeps how strong each movement is, but not where it points: every three-axis sensor keeps its "
        "magnitude. Posture and how the device was worn are removed; rhythm and vigour remain. Takes "
        "seconds."
    )
    makes: ClassVar = "transformed"
    dial: ClassVar = Dial("directions", (32, 16, 8, 4, 2, 1))

    directions: int = setting(
        1,
        "Number of directions",
        "How many directions are left; each reading is turned to the nearest one. 1 keeps the magnitude "
        "only. They are learnt from all people together (spherical k-means).",
        low=1,
        high=64,
        advanced=False,
    )

    def fit(self, train: Windows, context: RunContext) -> "FittedDirection":
        found = sensors(train.channels)
        if not found:
            raise TrainingError(
                "No three channels are the x, y and z axes of one sensor, so there is no direction to remove. "
                f"The channels are {', '.join(train.channels)}; name them like acc_x, acc_y and acc_z on the Data page."
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
    """The shared directions of each sensor.

    Args:
        learner: The settings.
        windows: The kind of windows it accepts.
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
    """Return the unit vectors around which readings cluster.

    Args:
        readings: `(n, 3)`, weighted by their length.
        n_directions: At least 1; with 1, the direction of the mean reading.
        rng: Draws the readings to start from.

    Returns:
        `(n_directions, 3)` float64. Some may be equal if the readings point in fewer directions.
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
    """Return the index `(n,)` of the direction at the smallest angle to each of `(n, 3)` readings."""
    parts = range(0, len(readings), _READINGS_AT_ONCE)
    return np.concatenate(
        [(readings[i : i + _READINGS_AT_ONCE] @ directions.T).argmax(axis=1) for i in parts]
    )


def _unit(vectors: np.ndarray) -> np.ndarray:
    """Normalise vectors to length one; vectors of length zero stay zero."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.where(length > 0, length, 1.0)
