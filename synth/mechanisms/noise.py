"""Noise: the plainest transformation, and the yardstick that every other one has to beat."""

import dataclasses
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from data.release import Release
from data.windows import Windows
from synth.learner import OnProgress, ShouldStop, ignore, never, setting
from synth.mechanisms.base import Dial, FittedMechanism, Mechanism, WindowKind, secret_generator, transformed
from synth.weights import pack, unpack


@dataclass(frozen=True)
class Noise(Mechanism):
    """Gaussian noise, independent at every sample and channel.

    This is not a differentially private mechanism: the noise is scaled by what was measured, not by how
    much one person can change, so no epsilon follows from it.
    """

    kind: ClassVar[str] = "noise"
    title: ClassVar[str] = "Added noise"
    summary: ClassVar[str] = (
        "Adds random noise to every sample. Small movements disappear first; slow ones and a person's habits "
        "often remain. Ready in seconds, so a good first comparison."
    )
    makes: ClassVar = "transformed"
    dial: ClassVar = Dial("strength", (0.1, 0.25, 0.5, 1.0, 2.0, 4.0))

    strength: float = setting(
        0.5,
        "Strength of the noise",
        "Standard deviation of the noise, as a multiple of each channel's own standard deviation. "
        "0.1 is hardly visible, 1 is as large as the movement itself.",
        low=0.0,
        high=10.0,
        advanced=False,
    )

    def fit(
        self, train: Windows, *, seed: int, on_progress: OnProgress = ignore, should_stop: ShouldStop = never
    ) -> "FittedNoise":
        spread = train.values.std(axis=(0, 1), dtype=np.float64)
        return FittedNoise(self, WindowKind.of(train), spread)

    def load(self, payload: bytes) -> "FittedNoise":
        card, arrays = unpack(payload)
        return FittedNoise(self, WindowKind.from_card(card["windows"]), arrays["spread"])


class FittedNoise(FittedMechanism):
    """Knows each channel's spread.

    Args:
        learner: The settings.
        windows: What windows it can be used on.
        spread: `(channels,)` float64, standard deviation of each channel in sensor units.
    """

    def __init__(self, learner: Noise, windows: WindowKind, spread: np.ndarray) -> None:
        self.learner, self.history = learner, []
        self._windows, self._spread = windows, spread

    def release(self, private: Windows, *, seed: int) -> Release:
        self._windows.refuse_other_windows(private)
        rng = secret_generator(private, seed=seed)
        noise = rng.standard_normal(private.values.shape, dtype=np.float32)
        values = private.values + noise * (self.learner.strength * self._spread).astype(np.float32)
        return transformed(self.learner, private, values, seed=seed)

    def to_bytes(self) -> bytes:
        card = {"learner": self.learner.card(), "windows": dataclasses.asdict(self._windows)}
        return pack(card, {"spread": self._spread})
