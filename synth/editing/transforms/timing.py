"""Tempo about the middle of the window, and shifts in time."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synth.core.learner import setting
from synth.editing.strokes import EditError
from synth.editing.transforms.base import Group, Transform, known
from synth.editing.transforms.spectral import slow_part


@dataclass(frozen=True)
class Tempo(Transform):
    """Play the movement faster or slower about the middle of the window, where the phase stays.

    A faster movement takes more than the window holds, so both ends become missing. Frequencies that would exceed half
    the sampling rate are removed first (anti-aliasing).

    Attributes:
        factor: In [0.25, 4]; 1 changes nothing, above 1 is faster.
    """

    kind: ClassVar[str] = "tempo"
    title: ClassVar[str] = "Faster or slower"
    summary: ClassVar[str] = "Plays the movement faster or slower about the middle of the window (tempo)."

    factor: float = setting(
        1.2,
        "How fast",
        "1 changes nothing, 2 is twice as fast, 0.5 half as fast. Faster leaves both ends to be filled in.",
        low=0.25,
        high=4.0,
        advanced=False,
    )

    def change(self, group: Group) -> tuple[np.ndarray, np.ndarray]:
        """Resample the movement about the middle of the window; see `Transform.change`."""
        from scipy.interpolate import make_interp_spline

        n_timesteps = group.values.shape[1]
        t = np.arange(n_timesteps)
        middle = (n_timesteps - 1) / 2
        source = middle + (t - middle) * self.factor
        inside = (source >= 0) & (source <= n_timesteps - 1)
        limit_hz = group.rate_hz / 2 / self.factor
        values = slow_part(group.values, 0.9 * limit_hz, group.rate_hz) if self.factor > 1 else group.values
        spline = make_interp_spline(t, values, k=min(3, n_timesteps - 1), axis=1)
        changed = spline(np.clip(source, 0, n_timesteps - 1))
        return changed, np.broadcast_to(inside[:, None], changed.shape)

    def sentence(self) -> str:
        """Describe the transform; see `Transform.sentence`."""
        return f"tempo × {self.factor:g}"


@dataclass(frozen=True)
class Shift(Transform):
    """Move the signal in time by whole samples; the end it leaves becomes missing.

    Attributes:
        seconds: In [-3600, 3600], rounded to whole samples; later if positive.
    """

    kind: ClassVar[str] = "shift"
    title: ClassVar[str] = "Earlier or later"
    summary: ClassVar[str] = "Moves the trace in time; the end it leaves is filled in (shift)."

    seconds: float = setting(
        0.2,
        "Seconds later",
        "Negative values move it earlier. Rounded to whole samples.",
        low=-3600.0,
        high=3600.0,
        advanced=False,
    )

    def change(self, group: Group) -> tuple[np.ndarray, np.ndarray]:
        """Shift the signal in time; see `Transform.change`."""
        n_timesteps = group.values.shape[1]
        by = round(self.seconds * group.rate_hz)
        if abs(by) >= n_timesteps:
            raise EditError(
                f"{self.title}: a shift by {self.seconds:g} s leaves nothing of windows of "
                f"{n_timesteps / group.rate_hz:g} s. Choose less."
            )
        changed, mask = known(np.roll(group.values, by, axis=1))
        mask[:, slice(0, by) if by >= 0 else slice(by, None)] = False
        return changed, mask

    def sentence(self) -> str:
        """Describe the transform; see `Transform.sentence`."""
        return f"{abs(self.seconds):g} s {'later' if self.seconds >= 0 else 'earlier'}"
