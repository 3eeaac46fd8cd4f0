"""Noise: the plainest transformation, and the yardstick that every other one has to beat."""

import dataclasses
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from scipy.signal import lfilter

from data.release import Release
from data.windows import Windows
from synth.core.learner import setting
from synth.core.run_context import RunContext
from synth.keras_support.weights import pack, unpack
from synth.mechanisms.base import Dial, FittedMechanism, Mechanism, WindowKind, secret_generator, transformed


@dataclass(frozen=True)
class Noise(Mechanism):
    """Gaussian noise: white, or correlated in time and across channels, always of the stated strength.

    White noise is as strong at every frequency, so that smoothing takes most of it out of slow movement.
    Noise that lasts (a first-order autoregression) or moves the channels together as the recordings do
    is harder to tell from movement.

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
    lasting_s: float = setting(
        0.0,
        "How long the noise lasts",
        "Correlation time of the noise in seconds: after this long, 37 % of it is still there. 0 draws every "
        "sample anew (white noise), which smoothing removes most easily.",
        low=0.0,
        high=60.0,
    )
    across: Literal["independent", "together"] = setting(
        "independent",
        "Channels",
        "Whether each channel has noise of its own (independent), or the noise moves them together as movement "
        "does (with the correlations between the recordings' channels).",
    )

    def fit(self, train: Windows, context: RunContext) -> "FittedNoise":
        moves = np.ptp(train.values, axis=(0, 1)) > 0
        spread = np.where(moves, train.values.std(axis=(0, 1), dtype=np.float64), 0.0)
        independent = self.across == "independent"
        mixing = np.eye(len(spread)) if independent else _correlation_root(train.values, spread)
        return FittedNoise(self, WindowKind.of(train), spread, mixing)

    def load(self, payload: bytes) -> "FittedNoise":
        card, arrays = unpack(payload)
        return FittedNoise(self, WindowKind.from_card(card["windows"]), arrays["spread"], arrays["mixing"])


class FittedNoise(FittedMechanism):
    """Knows each channel's spread.

    Args:
        learner: The settings.
        windows: What windows it can be used on.
        spread: `(channels,)` float64, standard deviation of each channel in sensor units.
        mixing: `(channels, channels)` float64, makes noise of spread one out of independent noise of spread one.
    """

    learner: Noise

    def __init__(self, learner: Noise, windows: WindowKind, spread: np.ndarray, mixing: np.ndarray) -> None:
        self.learner, self.history = learner, []
        self._windows, self._spread, self._mixing = windows, spread, mixing

    def release(self, private: Windows, *, seed: int) -> Release:
        self._windows.refuse_other_windows(private)
        rng = secret_generator(private, seed=seed)
        white = rng.standard_normal(private.values.shape, dtype=np.float32)
        noise = _lasting(white, self.learner.lasting_s * private.rate_hz) @ self._mixing.astype(np.float32)
        values = private.values + noise * (self.learner.strength * self._spread).astype(np.float32)
        return transformed(self.learner, private, values, seed=seed)

    def to_bytes(self) -> bytes:
        card = {"learner": self.learner.card(), "windows": dataclasses.asdict(self._windows)}
        return pack(card, {"spread": self._spread, "mixing": self._mixing})


def _lasting(white: np.ndarray, n_samples: float) -> np.ndarray:
    """Correlate `(n, timesteps, channels)` of spread one over `n_samples`; the spread stays one from the first."""
    if n_samples == 0:
        return white
    kept = np.exp(-1 / n_samples)
    news = white * np.float32(np.sqrt(1 - kept**2))
    news[:, 0] = white[:, 0]
    return np.asarray(lfilter([1.0], [1.0, -kept], news, axis=1), np.float32)


def _correlation_root(values: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """Return the symmetric square root of the channels' correlation matrix; a constant channel has none."""
    flat = values.reshape(-1, len(spread)).astype(np.float64)
    scaled = (flat - flat.mean(axis=0)) / np.where(spread > 0, spread, np.inf)
    correlation = scaled.T @ scaled / len(scaled)
    np.fill_diagonal(correlation, 1.0)
    variances, directions = np.linalg.eigh(correlation)
    return (directions * np.sqrt(np.maximum(variances, 0))) @ directions.T
