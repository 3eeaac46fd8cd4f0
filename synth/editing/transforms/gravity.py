"""Direction of gravity: rotating a sensor on the body, all its axes together."""

import re
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from data.ingest.motion import accelerations_with_gravity
from data.sensors import MEASURED, PARTING, Sensor, sensors
from synth.core.learner import setting
from synth.editing.strokes import EditError
from synth.editing.transforms.base import Group, Transform, known

TURNING = (
    "acceleration",
    "angular velocity",
    "gravity",
    "magnetic field",
)  # vectors in the sensor's own axes


@dataclass(frozen=True)
class Gravity(Transform):
    """Rotate the sensor so that gravity points in a given direction; other sensors on the same device rotate with it.

    Gravity is estimated as the mean of the accelerometer. The shortest rotation (Rodrigues' formula) takes it to the
    target, so lengths and angles between vectors are preserved.

    Attributes:
        x: Target direction along the first axis, in [-1, 1].
        y: Along the second axis, in [-1, 1].
        z: Along the third axis, in [-1, 1].
        turn: Whether each window gets its own rotation, or all windows the one of their mean.
    """

    kind: ClassVar[str] = "gravity"
    title: ClassVar[str] = "Direction of gravity"
    summary: ClassVar[str] = "Rotates the sensor on the body, so that gravity points another way."

    x: float = setting(0.0, "Gravity along x", "-1 to 1.", low=-1.0, high=1.0, advanced=False)
    y: float = setting(0.0, "Gravity along y", "-1 to 1.", low=-1.0, high=1.0, advanced=False)
    z: float = setting(1.0, "Gravity along z", "-1 to 1.", low=-1.0, high=1.0, advanced=False)
    turn: Literal["each window by itself", "all by the same turn"] = setting(
        "all by the same turn",
        "Turn",
        "Each window by itself: all end up in the same posture. All by the same turn: differences in posture remain.",
        advanced=False,
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.x == self.y == self.z == 0:
            raise ValueError("gravity: a direction needs one of x, y and z other than 0")

    def change(self, group: Group) -> tuple[np.ndarray, np.ndarray]:
        """Rotate every sensor on a device whose accelerometer measures gravity; see `Transform.change`."""
        flat = group.everyone.reshape(-1, len(group.positions))
        with_gravity = accelerations_with_gravity(flat, group.channels, group.units)
        if not with_gravity:
            raise EditError(
                f"{self.title} needs all three axes of an accelerometer that measures gravity, in g. Selected: "
                f"{', '.join(group.channels)}."
            )
        target = np.array([self.x, self.y, self.z]) / np.linalg.norm([self.x, self.y, self.z])
        values = group.values
        for accelerometer in with_gravity:
            means = group.values[:, :, accelerometer.axes].mean(axis=1)
            if self.turn == "all by the same turn":
                means = np.broadcast_to(means.mean(axis=0), means.shape)
            turns = np.stack([rotation(mean, target) for mean in means])
            for sensor in _on_the_same_device(accelerometer, group.channels):
                turned = np.einsum("nij,ntj->nti", turns, group.values[:, :, sensor.axes])
                values = _with(values, sensor.axes, turned)
        return known(values)

    def sentence(self) -> str:
        """Describe the transform; see `Transform.sentence`."""
        return f"gravity along ({self.x:g}, {self.y:g}, {self.z:g}), {self.turn},"


def rotation(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the shortest rotation from the direction of one vector to that of another (Rodrigues' formula).

    Args:
        a: `(3,)`.
        b: `(3,)`.

    Returns:
        `(3, 3)` rotation matrix; the identity where a vector has length 0, and so no direction.
    """
    length = np.linalg.norm(a) * np.linalg.norm(b)
    if length == 0:
        return np.eye(3)
    axis, cosine = np.cross(a, b) / length, float(a @ b / length)
    if cosine < -1 + 1e-12:  # half a turn, about any perpendicular axis
        across = np.cross(a, np.eye(3)[np.argmin(np.abs(a))])
        across /= np.linalg.norm(across)
        return 2 * np.outer(across, across) - np.eye(3)
    skew = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    return np.eye(3) + skew + skew @ skew / (1 + cosine)


def _on_the_same_device(accelerometer: Sensor, channels: tuple[str, ...]) -> list[Sensor]:
    where = _place(accelerometer.name)
    return [s for s in sensors(channels) if s.quantity in TURNING and _place(s.name) == where]


def _place(name: str) -> str:
    """Return a sensor's name without what it measures: `acc_chest` and `gyro_chest` are both at `chest`."""
    words = [
        re.sub(rf"^(?:{MEASURED})(?=\d*$)", "", word) for word in re.split(f"[{PARTING}]+", name.lower())
    ]
    return " ".join(word for word in words if word)


def _with(values: np.ndarray, axes: tuple[int, int, int], turned: np.ndarray) -> np.ndarray:
    changed = values.copy()
    changed[:, :, axes] = turned
    return changed
