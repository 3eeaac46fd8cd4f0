"""Drop-outs: stretches for which a sensor sent nothing."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from synth.core.figures import percent
from synth.core.learner import setting
from synth.editing.transforms.base import Group, Transform


@dataclass(frozen=True)
class DropOut(Transform):
    """Remove random stretches from all selected channels at once.

    Attributes:
        share: Share of each window that drops out, in [0, 0.9].
        seconds: Length of one drop-out, rounded to whole samples.
        then: Whether drop-outs become missing, or hold the last value.
    """

    kind: ClassVar[str] = "dropout"
    title: ClassVar[str] = "Drop-outs"
    summary: ClassVar[str] = "Removes short stretches, as if the sensor had sent nothing."

    share: float = setting(
        0.2, "Share of each window", "How much of each window drops out.", low=0.0, high=0.9, advanced=False
    )
    seconds: float = setting(
        0.2,
        "Length of one (seconds)",
        "Rounded to whole samples.",
        low=0.001,
        high=3600.0,
        advanced=False,
    )
    then: Literal["filled in", "held"] = setting(
        "filled in",
        "Then they are",
        "Filled in: they become unknown. Held: the last value is repeated, as many devices do.",
        advanced=False,
    )

    def change(self, group: Group) -> tuple[np.ndarray, np.ndarray]:
        """Remove random stretches; see `Transform.change`."""
        n_timesteps = group.values.shape[1]
        length = min(max(1, round(self.seconds * group.rate_hz)), n_timesteps)
        n_gaps = min(round(self.share * n_timesteps / length), n_timesteps // length)
        gone = np.stack([_gaps(n_timesteps, length, n_gaps, rng) for rng in group.generators()])
        mask = np.broadcast_to(~gone[:, :, None], group.values.shape)
        if self.then == "filled in":
            return group.values, mask
        return _held(group.values, gone), np.ones(mask.shape, dtype=bool)

    def sentence(self) -> str:
        """Describe the transform; see `Transform.sentence`."""
        return f"drop-outs of {self.seconds:g} s in {percent(self.share)} of each window, {self.then}"


def _gaps(n_timesteps: int, length: int, n_gaps: int, rng: np.random.Generator) -> np.ndarray:
    """Draw `n_gaps` stretches that do not overlap, uniformly over all arrangements; `(timesteps,)` bool."""
    free = n_timesteps - n_gaps * length
    starts = np.sort(rng.integers(0, free + 1, n_gaps)) + np.arange(n_gaps) * length
    gone = np.zeros(n_timesteps, dtype=bool)
    gone[(starts[:, None] + np.arange(length)).ravel()] = True
    return gone


def _held(values: np.ndarray, gone: np.ndarray) -> np.ndarray:
    """Repeat the last known value of `(n, timesteps, k)` where `gone`; at the beginning, the first known one."""
    n_timesteps = gone.shape[1]
    last = np.maximum.accumulate(np.where(gone, -1, np.arange(n_timesteps)), axis=1)
    first = np.argmin(gone, axis=1)[:, None]
    return np.take_along_axis(values, np.where(last < 0, first, last)[:, :, None], axis=1)
