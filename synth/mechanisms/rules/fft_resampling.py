"""FFT resampling: the published baseline for reducing the sampling rate."""

import dataclasses
import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy.signal import resample

from data.release import Release
from data.windows import Windows
from synth.core.errors import TrainingError
from synth.core.learner import setting
from synth.core.run_context import RunContext
from synth.keras_support.weights import pack, unpack
from synth.mechanisms.base import Dial, FittedMechanism, Mechanism, WindowKind, transformed


@dataclass(frozen=True)
class FftResampling(Mechanism):
    """Resample each window in the Fourier domain, down and back to its original length.

    `Granularity` is the better way to reduce the sampling rate; this one is here because published studies used it
    as their baseline. It treats each window as one period of a periodic signal: where a window does not end as it
    began, its ends ring and are pulled towards each other.

    References:
        Malekzadeh et al., Mobile Sensor Data Anonymization, IoTDI 2019: `scipy.signal.resample` from 128 samples to
        25 (10 Hz) or 12 (5 Hz), rounded down, and back to 128. They measure utility on the short windows; here one
        release serves both purposes.
    """

    kind: ClassVar[str] = "fft_resampling"
    title: ClassVar[str] = "Lower sampling rate (Fourier)"
    summary: ClassVar[str] = (
        "Keeps only the low frequencies of each window, as published studies did (Fourier resampling). "
        "Similar to a lower sampling rate, but the ends of windows are distorted. Takes seconds."
    )
    makes: ClassVar = "transformed"
    dial: ClassVar = Dial("target_hz", (20.0, 10.0, 5.0, 2.0, 1.0))

    target_hz: float = setting(
        5.0,
        "Samples per second",
        "The sampling rate after the reduction, in Hz; studies used 10 and 5. Frequencies above half of it "
        "are removed. Must be below the sampling rate of the recordings.",
        low=0.1,
        high=1000.0,
        advanced=False,
    )

    def fit(self, train: Windows, context: RunContext) -> "FittedFftResampling":
        if self.target_hz >= train.rate_hz:
            raise TrainingError(
                f"These recordings have {train.rate_hz:g} samples per second, so {self.target_hz:g} would change "
                f"nothing. Choose a number below {train.rate_hz:g}."
            )
        return FittedFftResampling(self, WindowKind.of(train))

    def load(self, payload: bytes) -> "FittedFftResampling":
        card, _ = unpack(payload)
        return FittedFftResampling(self, WindowKind.from_card(card["windows"]))


class FittedFftResampling(FittedMechanism):
    """A lower sampling rate for one kind of windows; nothing else is learnt.

    Args:
        learner: The settings.
        windows: The kind of windows it accepts.
    """

    learner: FftResampling

    def __init__(self, learner: FftResampling, windows: WindowKind) -> None:
        self.learner, self.history, self._windows = learner, [], windows

    def release(self, private: Windows, *, seed: int) -> Release:
        self._windows.refuse_other_windows(private)
        n_timesteps = private.n_timesteps
        n_kept = n_timesteps * self.learner.target_hz / private.rate_hz
        n_kept = max(1, math.floor(n_kept + 1e-9))  # 20 samples stay 20 when the division gives 19.999...
        coarse = resample(private.values.astype(np.float64), n_kept, axis=1)
        values = np.asarray(resample(coarse, n_timesteps, axis=1))
        return transformed(self.learner, private, values, seed=seed)

    def to_bytes(self) -> bytes:
        return pack({"learner": self.learner.card(), "windows": dataclasses.asdict(self._windows)}, {})
