"""Added noise: the simplest transformation, and the baseline for all others."""

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
    """Add Gaussian noise of a given strength: white, or correlated over time and across channels.

    White noise has the same power at every frequency, so that smoothing removes most of it from slow movement.
    Noise that is correlated over time (a first-order autoregressive process) or across channels, as movement is, is
    harder to separate from movement.

    This is not a differentially private mechanism: the noise is scaled by the data's standard deviation, not by how
    much one person can change the data, so no epsilon follows from it.
    """

    kind: ClassVar[str] = "noise"
    title: ClassVar[str] = "Added noise"
    summary: ClassVar[str] = (
        "Adds random noise to every sample. Small movements disappear first; slow movements and a person's "
        "habits often remain. Takes seconds, so it is a good first comparison."
    )
    makes: ClassVar = "transformed"
    dial: ClassVar = Dial("strength", (0.1, 0.25, 0.5, 1.0, 2.0, 4.0))

    strength: float = setting(
        0.5,
        "Strength of the noise",
        "Standard deviation of the noise, as a multiple of each channel's standard deviation. 0.1 is barely "
        "visible; 1 is as large as the movement itself.",
        low=0.0,
        high=10.0,
        advanced=False,
    )
    lasting_s: float = setting(
        0.0,
        "Correlation time of the noise (s)",
        "Seconds after which 37 % of the noise is still present. With 0 every sample gets independent noise "
        "(white noise), which is the easiest to remove by smoothing.",
        low=0.0,
        high=60.0,
    )
    across: Literal["independent", "together"] = setting(
        "independent",
        "Noise across channels",
        "Whether each channel gets its own noise (independent), or the noise has the same correlations "
        "between channels as the recordings (together).",
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
    """Added noise, with the scale of each channel.

    Args:
        learner: The settings.
        windows: The kind of windows it accepts.
        spread: `(channels,)` float64, standard deviation of each channel in sensor units.
        mixing: `(channels, channels)` float64, turns independent unit-variance noise into correlated unit-variance
            noise.
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
    """Correlate white noise `(n, timesteps, channels)` over `n_samples`, with unit variance from the start."""
    if n_samples == 0:
        return white
    kept = np.exp(-1 / n_samples)
    news = white * np.float32(np.sqrt(1 - kept**2))
    news[:, 0] = white[:, 0]
    return np.asarray(lfilter([1.0], [1.0, -kept], news, axis=1), np.float32)


def _correlation_root(values: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """Return the symmetric square root of the channels' correlation matrix; constant channels are uncorrelated."""
    flat = values.reshape(-1, len(spread)).astype(np.float64)
    scaled = (flat - flat.mean(axis=0)) / np.where(spread > 0, spread, np.inf)
    correlation = scaled.T @ scaled / len(scaled)
    np.fill_diagonal(correlation, 1.0)
    variances, directions = np.linalg.eigh(correlation)
    return (directions * np.sqrt(np.maximum(variances, 0))) @ directions.T
