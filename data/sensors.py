"""Sensors: which three channels form a vector, and what it measures."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from data.column_words import normalised

Quantity = Literal["acceleration", "angular velocity", "gravity", "attitude", "magnetic field", ""]
QUANTITIES: tuple[tuple[str, Quantity], ...] = (
    (r"grav", "gravity"),
    (r"attitude|roll|pitch|yaw|azimuth|orientation|quat", "attitude"),
    (r"gyr|rot|w$|angularv|drehrate", "angular velocity"),
    (r"acc|^a$|^gf|beschl|body$|total$", "acceleration"),
    (r"mag(?!ni)", "magnetic field"),
    (r"", ""),  # whatever else
)
# Typical norm of the acceleration vector, in g, with gravity; and its upper limit without gravity.
WITH_GRAVITY_G = (0.7, 1.35)
WITHOUT_GRAVITY_G = 0.5
# Gravity keeps its direction for a while, what moves does not: length of the mean vector, relative to the usual length.
STRETCH = 200
KEEPS_DIRECTION = 0.5
PARTING = " _.-"
MEASURED = (
    r"gf|gforce|acc|accel|accelero|acceleration|accelerometer|gyr|gyro|gyroscope|mag|magneto|magnetometer|magnetic|grav|gravity"
    r"|rot|rotation|rotationrate|angularvelocity|attitude|quat|field|beschl|beschleunigung|drehrate|body|total"
)
AXES = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?<![^ _.\-])(?P<axis>[xyzXYZ])(?![^ _.\-])",
        r"(?<=[a-z0-9])(?P<axis>[XYZ])(?![a-z0-9])",
        r"(?<![^ _.\-])(?P<axis>[xyz])(?=[A-Z][a-z])",
        rf"(?i)(?:{MEASURED}|(?<![^ _.\-])[a-z]|\d)(?P<axis>[xyz])(?![^ _.\-])",
    )
)
# In brackets after a name: an axis or the position of a sensor, rather than a unit.
BRACKETED_WORD = re.compile(
    r"[xyzXYZ]|(?!deg|rad|gauss|tesla|unit|none|raw|counts?|hertz)[A-Za-z]{4,}(?: [A-Za-z]+)*"
)


@dataclass(frozen=True)
class Sensor:
    """Three channels that form one vector.

    Attributes:
        name: The channels' names without the axis, for example `acc`.
        quantity: What it measures, `""` if the name does not show it.
        axes: Positions of x, y and z among the channels.
    """

    name: str
    quantity: Quantity
    axes: tuple[int, int, int]


def sensors(channels: Sequence[str]) -> list[Sensor]:
    """Find the sensors that have all of x, y and z among the channels."""
    found: dict[str, dict[str, int]] = {}
    for position, channel in enumerate(channels):
        name, axis = split_axis(channel)
        if axis:
            found.setdefault(name, {})[axis] = position
    return [
        Sensor(name, quantity_of(name), (axes["x"], axes["y"], axes["z"]))
        for name, axes in found.items()
        if len(axes) == 3
    ]


def quantity_of(channel: str) -> Quantity:
    """Return what a channel measures, judging by its name."""
    name = normalised(without_unit(channel))
    return next(quantity for words, quantity in QUANTITIES if re.search(words, name))


def split_axis(channel: str) -> tuple[str, str]:
    """Split `acc_x` into `acc` and `x`, `acc_x_chest` into `acc_chest` and `x`; the axis is `""` if there is none.

    An axis is a separate word (`x_acc`, `chest acc X`), a capital after a lower-case letter (`accX`), or the end of a
    word for a measured quantity (`accx`, `gx`). Words that merely end in x, y or z have none.
    """
    bare = re.sub(r"\s+", " ", without_unit(channel)).strip()
    for pattern in AXES:
        matches = list(pattern.finditer(bare))
        if matches:
            found = matches[-1]
            before, after = bare[: found.start("axis")], bare[found.end("axis") :]
            return _joined(before, after), found["axis"].lower()
    return bare, ""


def _joined(before: str, after: str) -> str:
    """Join the parts of a name around its axis, keeping one of the separators."""
    if not before.strip(PARTING) or not after.strip(PARTING):
        return before.strip(PARTING) + after.strip(PARTING)
    gap = before[len(before.rstrip(PARTING)) :] or after[: len(after) - len(after.lstrip(PARTING))]
    return before.rstrip(PARTING) + gap[:1] + after.lstrip(PARTING)


def without_unit(channel: str) -> str:
    """Return a channel name without a unit in brackets; other words in brackets are kept."""
    return re.sub(r"[\[(]([^\])]*)[\])]?", _unless_unit, channel)


def _unless_unit(bracket: re.Match[str]) -> str:
    return f" {bracket[1]} " if BRACKETED_WORD.fullmatch(bracket[1].strip()) else ""


def includes_gravity(values: np.ndarray) -> bool | None:
    """Return whether accelerations contain gravity, `None` if undecided.

    Args:
        values: `(n, 3)` in g, NaN where missing.
    """
    length = np.linalg.norm(values, axis=1)
    length = length[np.isfinite(length)]
    if len(length) == 0:
        return None
    typical = float(np.median(length))
    if WITH_GRAVITY_G[0] <= typical <= WITH_GRAVITY_G[1]:
        return True
    return False if typical < WITHOUT_GRAVITY_G else None


def keeps_direction(values: np.ndarray) -> bool:
    """Return whether vectors have about the same direction for a while, as gravity makes those of an accelerometer.

    Linear acceleration may be as long as 1 g, but over some seconds it points everywhere.

    Args:
        values: `(n, 3)` in any unit, NaN where missing; consecutive rows follow each other in time.
    """
    values = values[np.isfinite(values).all(axis=1)]
    n = max(1, len(values) // STRETCH)
    stretches = values[: len(values) // n * n].reshape(n, -1, 3) if len(values) else np.zeros((1, 1, 3))
    mean = np.linalg.norm(stretches.mean(axis=1), axis=1)
    usual = np.linalg.norm(stretches, axis=2).mean(axis=1)
    return bool(np.median(mean) >= KEEPS_DIRECTION * np.median(usual))
