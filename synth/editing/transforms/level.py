"""Amplitude, offset, and clipping at the end of a sensor's range."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synth.core.learner import setting
from synth.editing.transforms.base import Group, Measure, Transform, known

MEASURE_HELP = (
    "Usual movement: in multiples of each channel's standard deviation within the windows of this version. Sensor "
    "units: as measured, for example in g."
)


@dataclass(frozen=True)
class Amplitude(Transform):
    """Scale the movement about each window's mean; the posture stays.

    Attributes:
        factor: In [0, 10]; 1 changes nothing.
    """

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
        """Scale the movement about each window's mean; see `Transform.change`."""
        return known(group.middles + self.factor * (group.values - group.middles))

    def sentence(self) -> str:
        """Describe the transform; see `Transform.sentence`."""
        return f"movement × {self.factor:g}"


@dataclass(frozen=True)
class Offset(Transform):
    """Add a constant to all samples.

    Attributes:
        by: What is added, in [-1e6, 1e6].
        measure: The unit of `by`.
    """

    kind: ClassVar[str] = "offset"
    title: ClassVar[str] = "Higher or lower"
    summary: ClassVar[str] = "Moves the whole trace up or down (offset)."

    by: float = setting(
        0.5, "By how much", "Negative values move it down.", low=-1e6, high=1e6, advanced=False
    )
    measure: Measure = setting("usual movement", "Measured in", MEASURE_HELP, advanced=False)

    def change(self, group: Group) -> tuple[np.ndarray, np.ndarray]:
        """Add a constant; see `Transform.change`."""
        return known(group.values + group.in_units(self.by, self.measure))

    def sentence(self) -> str:
        """Describe the transform; see `Transform.sentence`."""
        return f"moved by {self.by:+g} {in_words(self.measure)}"


@dataclass(frozen=True)
class Clip(Transform):
    """Clip values beyond a limit, as a sensor does at the end of its range.

    Attributes:
        limit: In [0, 1e6], above and below the window's mean (usual movement) or zero (sensor units).
        measure: The unit of `limit`.
    """

    kind: ClassVar[str] = "clip"
    title: ClassVar[str] = "Limit of the sensor"
    summary: ClassVar[str] = "Cuts off peaks, as a sensor does at the end of its range (clipping)."

    limit: float = setting(
        2.0,
        "Limit",
        "Counted from each window's mean in usual movement, and from zero in sensor units.",
        low=0.0,
        high=1e6,
        advanced=False,
    )
    measure: Measure = setting("usual movement", "Measured in", MEASURE_HELP, advanced=False)

    def change(self, group: Group) -> tuple[np.ndarray, np.ndarray]:
        """Clip values beyond the limit; see `Transform.change`."""
        limit = group.in_units(self.limit, self.measure)
        middle = group.middles if self.measure == "usual movement" else 0.0
        return known(np.clip(group.values, middle - limit, middle + limit))

    def sentence(self) -> str:
        """Describe the transform; see `Transform.sentence`."""
        return f"peaks cut off at {self.limit:g} {in_words(self.measure)}"


def in_words(measure: Measure) -> str:
    """Name the unit of a size."""
    return "× the usual movement" if measure == "usual movement" else "in the sensor's unit"
