"""How strong and how high: amplitude, offset, the limit of a sensor."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synth.core.learner import setting
from synth.editing.transforms.base import Group, Measure, Transform, known

MEASURE_HELP = (
    "Usual movement: in multiples of how much each channel moves in a window of this version (its standard "
    "deviation). Sensor units: as it is, for example in g."
)


@dataclass(frozen=True)
class Amplitude(Transform):
    """Multiply the movement about each window's mean; posture stays."""

    kind: ClassVar[str] = "amplitude"
    title: ClassVar[str] = "Stronger or weaker"
    summary: ClassVar[str] = "Makes the movement larger or smaller; the posture stays (amplitude)."

    factor: float = setting(
        1.5,
        "How strong",
        "1 changes nothing, 2 doubles the movement, 0.5 halves it.",
        low=0.0,
        high=10.0,
        advanced=False,
    )

    def change(self, group: Group) -> tuple[np.ndarray, np.ndarray]:
        return known(group.middles + self.factor * (group.values - group.middles))

    def sentence(self) -> str:
        return f"movement × {self.factor:g}"


@dataclass(frozen=True)
class Offset(Transform):
    """Add the same to all samples."""

    kind: ClassVar[str] = "offset"
    title: ClassVar[str] = "Higher or lower"
    summary: ClassVar[str] = "Moves the whole trace up or down (offset)."

    by: float = setting(0.5, "By how much", "Below zero moves it down.", low=-1e6, high=1e6, advanced=False)
    measure: Measure = setting("usual movement", "Measured in", MEASURE_HELP, advanced=False)

    def change(self, group: Group) -> tuple[np.ndarray, np.ndarray]:
        return known(group.values + group.in_units(self.by, self.measure))

    def sentence(self) -> str:
        return f"moved by {self.by:+g} {in_words(self.measure)}"


@dataclass(frozen=True)
class Clip(Transform):
    """Cut off what goes beyond a limit, as a sensor at the end of its range does."""

    kind: ClassVar[str] = "clip"
    title: ClassVar[str] = "Limit of the sensor"
    summary: ClassVar[str] = "Cuts off peaks, as a sensor at the end of its range does (clipping)."

    limit: float = setting(
        2.0,
        "Limit",
        "In usual movement it is counted from each window's mean; in sensor units from zero.",
        low=0.0,
        high=1e6,
        advanced=False,
    )
    measure: Measure = setting("usual movement", "Measured in", MEASURE_HELP, advanced=False)

    def change(self, group: Group) -> tuple[np.ndarray, np.ndarray]:
        limit = group.in_units(self.limit, self.measure)
        middle = group.middles if self.measure == "usual movement" else 0.0
        return known(np.clip(group.values, middle - limit, middle + limit))

    def sentence(self) -> str:
        return f"peaks cut off at {self.limit:g} {in_words(self.measure)}"


def in_words(measure: Measure) -> str:
    """Return how a size is counted."""
    return "× the usual movement" if measure == "usual movement" else "in the sensor's unit"
