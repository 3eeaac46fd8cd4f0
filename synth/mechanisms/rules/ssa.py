"""Singular spectrum analysis: keep the strongest components of each window's movement."""

import dataclasses
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from data.release import Release
from data.windows import Windows
from synth.core.errors import TrainingError
from synth.core.learner import setting
from synth.core.run_context import RunContext
from synth.keras_support.weights import pack, unpack
from synth.mechanisms.base import Dial, FittedMechanism, Mechanism, WindowKind, transformed

_NUMBERS_AT_ONCE = 500_000  # in trajectory matrices: 4 MB, however many windows there are


@dataclass(frozen=True)
class SingularSpectrum(Mechanism):
    """Basic singular spectrum analysis of each window and channel.

    A window of N samples becomes the matrix of its N - L + 1 subsequences of L samples. The first n components of
    its singular value decomposition are kept, and averaged over the anti-diagonals. Channels are first centred on
    their training mean, as in the published comparison: otherwise gravity would be the first component of every
    window that contains it.

    References:
        Golyandina, Nekrutkin and Zhigljavsky, Analysis of Time Series Structure: SSA and Related Techniques, 2001.
            Malekzadeh et al., Mobile Sensor Data Anonymization, IoTDI 2019, where it is a baseline with L = 10 and
            n = 1 or 2.
    """

    kind: ClassVar[str] = "ssa"
    title: ClassVar[str] = "Smoothing (singular spectrum)"
    summary: ClassVar[str] = (
        "Keeps the dominant oscillation of each window and drops the rest, which is fine detail (singular "
        "spectrum analysis). Posture and strength of movement remain. Takes seconds."
    )
    makes: ClassVar = "transformed"
    dial: ClassVar = Dial("components", (8, 5, 3, 2, 1))

    components: int = setting(
        1,
        "Components kept",
        "How many components of the movement are kept, strongest first. 1 keeps the dominant oscillation "
        "only; as many as the embedding has samples change nothing.",
        low=1,
        high=200,
        advanced=False,
    )
    stretch: int = setting(
        10,
        "Embedding length (samples)",
        "How many consecutive samples are analysed together (the window length L of singular spectrum "
        "analysis). A longer embedding separates slower movement. Embedding length and components together "
        "must not exceed the samples of a window.",
        low=2,
        high=200,
    )

    def fit(self, train: Windows, context: RunContext) -> "FittedSingularSpectrum":
        self._check(train.n_timesteps)
        return FittedSingularSpectrum(
            self, WindowKind.of(train), train.values.mean(axis=(0, 1), dtype=np.float64)
        )

    def load(self, payload: bytes) -> "FittedSingularSpectrum":
        card, arrays = unpack(payload)
        return FittedSingularSpectrum(self, WindowKind.from_card(card["windows"]), arrays["centre"])

    def _check(self, n_timesteps: int) -> None:
        if self.components > self.stretch:
            raise TrainingError(
                f"An embedding of {self.stretch} samples has only {self.stretch} components, not {self.components}. "
                "Keep fewer components, or choose a longer embedding under Advanced."
            )
        if self.stretch + self.components > n_timesteps:
            raise TrainingError(
                f"A window of {n_timesteps} samples is too short for an embedding of {self.stretch} samples with "
                f"{self.components} components: together they must not exceed {n_timesteps}. Choose a shorter "
                "embedding under Advanced, or longer windows on the Data page."
            )


class FittedSingularSpectrum(FittedMechanism):
    """The mean of each channel, around which its movement is analysed.

    Args:
        learner: The settings.
        windows: The kind of windows it accepts.
        centre: `(channels,)` float64, mean of each channel in sensor units.
    """

    learner: SingularSpectrum

    def __init__(self, learner: SingularSpectrum, windows: WindowKind, centre: np.ndarray) -> None:
        self.learner, self.history = learner, []
        self._windows, self._centre = windows, centre

    def release(self, private: Windows, *, seed: int) -> Release:
        self._windows.refuse_other_windows(private)
        stretch, components = self.learner.stretch, self.learner.components
        signals = np.moveaxis(private.values - self._centre, 1, 2)
        flat = np.ascontiguousarray(signals.reshape(-1, private.n_timesteps))
        n_at_once = max(1, _NUMBERS_AT_ONCE // (stretch * private.n_timesteps))
        kept = [
            main_components(flat[i : i + n_at_once], stretch, components)
            for i in range(0, len(flat), n_at_once)
        ]
        values = np.moveaxis(np.concatenate(kept).reshape(signals.shape), 2, 1) + self._centre
        return transformed(self.learner, private, values, seed=seed)

    def to_bytes(self) -> bytes:
        card = {"learner": self.learner.card(), "windows": dataclasses.asdict(self._windows)}
        return pack(card, {"centre": self._centre})


def main_components(signals: np.ndarray, stretch: int, n_components: int) -> np.ndarray:
    """Return the sum of the first components of each signal's singular spectrum.

    The left singular vectors of a trajectory matrix are the eigenvectors of its small lag-covariance matrix; the
    result is the projection onto the leading ones.

    Args:
        signals: `(n, timesteps)` float64.
        stretch: Rows L of the trajectory matrix, in [1, timesteps].
        n_components: In [1, L].

    Returns:
        `(n, timesteps)` float64.
    """
    n_timesteps = signals.shape[1]
    n_stretches = n_timesteps - stretch + 1
    trajectory = sliding_window_view(signals, n_stretches, axis=1)  # (n, L, stretches)
    _, directions = np.linalg.eigh(trajectory @ trajectory.transpose(0, 2, 1))
    main = directions[:, :, -n_components:]
    kept = main @ (main.transpose(0, 2, 1) @ trajectory)
    total, count = np.zeros_like(signals), np.zeros(n_timesteps)
    for lag in range(stretch):
        total[:, lag : lag + n_stretches] += kept[:, lag]
        count[lag : lag + n_stretches] += 1
    return total / count
