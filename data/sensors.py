"""What the channels are: which three belong to one sensor, and what it measures."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from data.vocabulary import plain

Quantity = Literal["acceleration", "angular velocity", "gravity", "attitude", "magnetic field", ""]
QUANTITIES: tuple[tuple[str, Quantity], ...] = (
    (r"grav", "gravity"),
    (r"attitude|roll|pitch|yaw|azimuth|orientation|quat", "attitude"),
    (r"gyr|rot|w$|angularv|drehrate", "angular velocity"),
    (r"acc|^a$|beschl|body$|total$", "acceleration"),
    (r"mag(?!ni)", "magnetic field"),
)
# Length of the acceleration vector, in g, of a person who mostly stands under gravity; and without it.
WITH_GRAVITY_G = (0.7, 1.35)
WITHOUT_GRAVITY_G = 0.5


@dataclass(frozen=True)
class Sensor:
    """Three channels that are the axes of one vector.

    Attributes:
        name: The channels' names without the axis, for example `acc`.
        quantity: What it measures, `""` where the name does not tell.
        axes: Positions of x, y and z among the channels.
    """

    name: str
    quantity: Quantity
    axes: tuple[int, int, int]


def sensors(channels: Sequence[str]) -> list[Sensor]:
    """Find the sensors with all of x, y and z among the channels."""
    found: dict[str, dict[str, int]] = {}
    for position, channel in enumerate(channels):
        name, axis = without_axis(channel)
        if axis:
            found.setdefault(name, {})[axis] = position
    return [
        Sensor(name, quantity_of(name), (axes["x"], axes["y"], axes["z"]))
        for name, axes in found.items()
        if len(axes) == 3
    ]


def quantity_of(channel: str) -> Quantity:
    """Return what a channel measures, told by its name."""
    name = plain(without_unit(channel))
    return next((quantity for words, quantity in QUANTITIES if re.search(words, name)), "")


def without_axis(channel: str) -> tuple[str, str]:
    """Split `acc_x` into `acc` and `x`; the axis is `""` where the name has none."""
    bare = without_unit(channel).strip()
    match = re.search(r"^(.*?)[ _.\-]*([xyzXYZ])$", bare)
    return (match[1], match[2].lower()) if match else (bare, "")


def without_unit(channel: str) -> str:
    """Return a channel's name without a unit in brackets."""
    return re.sub(r"[\[(].*", "", channel)


def holds_gravity(values: np.ndarray) -> bool | None:
    """Return whether accelerations hold gravity, `None` where they do not tell.

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
