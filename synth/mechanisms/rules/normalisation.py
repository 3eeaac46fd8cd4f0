"""Normalisation: every window gets the same posture and the same strength of movement."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from data.release import Release
from data.sensors import sensors
from data.windows import Windows
from synth.core.learner import setting
from synth.core.run_context import RunContext
from synth.keras_support.weights import pack, unpack
from synth.mechanisms.base import Dial, FittedMechanism, Mechanism, WindowKind, transformed

_QUIETEST = 0.1  # of the usual spread: the least spread a window is taken to have, so that rest stays rest


@dataclass(frozen=True)
class Normalisation(Mechanism):
    """Move each window's mean and standard deviation towards those of all training windows.

    A sample x of a window with mean m and standard deviation s becomes m + strength (M - m) + (x - m) (S /
    s)^strength, where M and S are those of all training windows. The three axes of a sensor share one standard
    deviation, so that their ratio is preserved. With a strength below 1, means and standard deviations only move
    closer together and keep their order: an attacker who learns from the release may still distinguish them.
    """

    kind: ClassVar[str] = "normalisation"
    title: ClassVar[str] = "Same posture and strength"
    summary: ClassVar[str] = (
        "Gives every window the same posture (mean) and the same strength of movement (standard deviation). "
        "How a person wears the device and how vigorously they move are removed; rhythm and style of "
        "movement remain. Takes seconds."
    )
    makes: ClassVar = "transformed"
    dial: ClassVar = Dial("strength", (0.25, 0.5, 0.75, 0.9, 1.0))

    strength: float = setting(
        1.0,
        "Strength of the normalisation",
        "0 changes nothing; 1 makes posture or strength the same in every window; 0.5 goes halfway.",
        low=0.0,
        high=1.0,
        advanced=False,
    )
    removes: Literal["posture and strength", "posture", "strength"] = setting(
        "posture and strength",
        "What is made the same",
        "Posture is the mean of each channel, which includes the direction of gravity; strength is the "
        "standard deviation of each sensor around its mean (amplitude). Windows with almost no movement are "
        "not amplified.",
        advanced=False,
    )

    def fit(self, train: Windows, context: RunContext) -> "FittedNormalisation":
        values = train.values.astype(np.float64)
        usual = np.sqrt((_spreads(values, train.channels) ** 2).mean(axis=0))
        return FittedNormalisation(self, WindowKind.of(train), values.mean(axis=(0, 1)), usual)

    def load(self, payload: bytes) -> "FittedNormalisation":
        card, arrays = unpack(payload)
        windows = WindowKind.from_card(card["windows"])
        return FittedNormalisation(self, windows, arrays["mean"], arrays["spread"])


class FittedNormalisation(FittedMechanism):
    """The common posture and strength of movement.

    Args:
        learner: The settings.
        windows: The kind of windows it accepts.
        mean: `(channels,)` float64, in sensor units.
        spread: `(channels,)` float64, typical standard deviation within a window, the same for the axes of one
            sensor.
    """

    learner: Normalisation

    def __init__(
        self, learner: Normalisation, windows: WindowKind, mean: np.ndarray, spread: np.ndarray
    ) -> None:
        self.learner, self.history = learner, []
        self._windows, self._mean, self._spread = windows, mean, spread

    def release(self, private: Windows, *, seed: int) -> Release:
        self._windows.refuse_other_windows(private)
        values = private.values.astype(np.float64)
        mean = values.mean(axis=1, keepdims=True)
        moved = self._share("posture") * (self._mean - mean)
        scale = self._scale(_spreads(values, private.channels)) ** self._share("strength")
        return transformed(self.learner, private, mean + moved + (values - mean) * scale[:, None], seed=seed)

    def to_bytes(self) -> bytes:
        card = {"learner": self.learner.card(), "windows": dataclasses.asdict(self._windows)}
        return pack(card, {"mean": self._mean, "spread": self._spread})

    def _share(self, what: str) -> float:
        return self.learner.strength if what in self.learner.removes else 0.0

    def _scale(self, spreads: np.ndarray) -> np.ndarray:
        """Return the factors that bring each window's spread to the typical one, in [0, 1 / _QUIETEST]."""
        smallest = np.where(self._spread > 0, _QUIETEST * self._spread, 1.0)
        return self._spread / np.maximum(spreads, smallest)


def _spreads(values: np.ndarray, channels: Sequence[str]) -> np.ndarray:
    """Return the standard deviation within each window, `(n, channels)`; the axes of a sensor share one."""
    variance = values.var(axis=1)
    for sensor in sensors(channels):
        axes = list(sensor.axes)
        variance[:, axes] = variance[:, axes].mean(axis=1, keepdims=True)
    return np.sqrt(variance)
