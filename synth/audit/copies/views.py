"""What is compared when windows are laid over recordings: each view sees through other disguises.

A view changes samples locally, so that it can be worked out on whole recordings and on windows alike: the first sample
of what it returns belongs to the first sample of what it was given.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from data.sensors import sensors

SLOW_HZ = 3.0  # what a low-pass filter leaves of most movements
PACES = tuple(float(pace) for pace in np.round(np.arange(0.8, 1.21, 0.04), 2) if pace != 1)

Change = Callable[[np.ndarray, "Measured"], np.ndarray]
Tries = Callable[[np.ndarray], Sequence["Try"]]


@dataclass(frozen=True, eq=False)
class Try:
    """Windows with a disguise undone.

    Attributes:
        guide: `(n, timesteps, channels)`, by which places are found that could match.
        laid_over: What is laid over these places: each `(n, timesteps, channels)`, of any length.
    """

    guide: np.ndarray
    laid_over: Sequence[np.ndarray]


@dataclass(frozen=True)
class Measured:
    """What a view has to know of windows.

    Attributes:
        rate_hz: Sampling rate in Hz.
        n_timesteps: Samples of a window.
        channels: Channel names.
    """

    rate_hz: float
    n_timesteps: int
    channels: tuple[str, ...]


def _plainly(values: np.ndarray) -> Sequence[Try]:
    return [Try(values, [values])]


@dataclass(frozen=True)
class View:
    """One way of looking at windows and recordings.

    Attributes:
        name: Its name in tiers of results.
        change: Changes `(..., timesteps, channels)` values, of windows and of recordings.
        tries: Undoes disguises of `(n, timesteps, channels)` windows, before `change`.
        exchanging: Whether each channel is compared with the most similar one, rather than with its own.
        n_candidates: Places that a window is laid over, at every shift.
    """

    name: str
    change: Change
    tries: Tries = _plainly
    exchanging: bool = False
    n_candidates: int = 24

    def applies_to(self, measured: Measured) -> bool:
        """Whether it shows anything that others do not."""
        if self.change is _whichever_direction:
            return bool(sensors(measured.channels))
        return not self.exchanging or len(measured.channels) > 1


def _as_it_is(values: np.ndarray, measured: Measured) -> np.ndarray:
    return values


def _fine_detail(values: np.ndarray, measured: Measured) -> np.ndarray:
    """Take second differences: repetitions of a movement agree in its overall shape, copies in fine detail."""
    return np.diff(values, n=2, axis=-2) if values.shape[-2] > 8 else values


def _slow_movement(values: np.ndarray, measured: Measured) -> np.ndarray:
    """Smooth by a Hann window: what is left of a movement that was filtered is compared with what is left here."""
    from scipy import signal

    length = max(1, min(round(1.2 * measured.rate_hz / SLOW_HZ), measured.n_timesteps // 3))
    weights = np.hanning(length + 2)[1:-1].astype(np.float32)
    weights = (weights / weights.sum()).reshape((1,) * (values.ndim - 2) + (length, 1))
    return np.asarray(signal.oaconvolve(values, weights, mode="valid", axes=-2), np.float32)


def _whichever_direction(values: np.ndarray, measured: Measured) -> np.ndarray:
    """Take the norm of each sensor and of its steps: no rotation, reflection or exchange of its axes changes them."""
    changed, of_sensors = [], set()
    for sensor in sensors(measured.channels):
        vector = values[..., list(sensor.axes)]
        of_sensors |= set(sensor.axes)
        changed.append(np.linalg.norm(vector, axis=-1)[..., :-1])
        changed.append(np.linalg.norm(np.diff(vector, axis=-2), axis=-1))
    others = [k for k in range(values.shape[-1]) if k not in of_sensors]
    return np.stack([*changed, *(values[..., :-1, k] for k in others)], axis=-1)


def _both_ways(values: np.ndarray) -> Sequence[Try]:
    return [*_plainly(values), *_plainly(values[:, ::-1])]


def _halves(values: np.ndarray) -> Sequence[Try]:
    half = values.shape[1] // 2
    return [*_plainly(values[:, :half]), *_plainly(values[:, -half:])]


def _other_paces(values: np.ndarray) -> Sequence[Try]:
    return [Try(values, [replayed(values, pace) for pace in PACES])]


def replayed(values: np.ndarray, pace: float) -> np.ndarray:
    """Stretch `(n, timesteps, channels)` windows to `pace` times as many samples, by linear interpolation."""
    last = values.shape[1] - 1
    at = np.linspace(0, last, max(2, round(last * pace) + 1))
    before = np.minimum(at.astype(int), last - 1)
    share = (at - before).astype(np.float32)[:, None]
    return values[:, before] * (1 - share) + values[:, before + 1] * share


VIEWS = (
    View("as a whole", _as_it_is, _both_ways),
    View("in fine detail", _fine_detail),
    View("slow movement", _slow_movement),
    View("whichever direction", _whichever_direction),
    View("channels exchanged", _as_it_is, exchanging=True, n_candidates=16),
    View("at another pace", _as_it_is, _other_paces, n_candidates=12),
    View("by halves", _as_it_is, _halves),
)
