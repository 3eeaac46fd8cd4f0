"""FFT resampling: the published baseline of slowing a sensor down."""

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
    """Resample each window by its Fourier series, down and back to its length.

    Given beside `Granularity`, which is the better way to slow a sensor down, because this is what was
    published and compared with. It takes each window for one turn of something periodic: where a window does
    not end as it began, the ends ring and are pulled towards each other.

    References:
        Malekzadeh et al., Mobile Sensor Data Anonymization, IoTDI 2019: `scipy.signal.resample` of 128
        samples to 25 (10 Hz) or 12 (5 Hz), the number rounded down, and back to 128. For the utility they
        use the short windows; here one release serves both.
    """

    kind: ClassVar[str] = "fft_resampling"
    title: ClassVar[str] = "Resampling by FFT"
    summary: ClassVar[str] = (
        "Keeps only the slow waves of each window, in the way published studies did (Fourier resampling). Much "
        "like coarser time, but the ends of windows are distorted. Ready in seconds."
    )
    makes: ClassVar = "transformed"
    dial: ClassVar = Dial("target_hz", (20.0, 10.0, 5.0, 2.0, 1.0))

    target_hz: float = setting(
        5.0,
        "Samples a second that are kept",
        "The sampling rate to go down to, in Hz; studies used 10 and 5. Waves faster than half of it are "
        "removed. Must be below the recordings' own rate.",
        low=0.1,
        high=1000.0,
        advanced=False,
    )

    def fit(self, train: Windows, context: RunContext) -> "FittedFftResampling":
        if self.target_hz >= train.rate_hz:
            raise TrainingError(
                f"These recordings have {train.rate_hz:g} samples a second. At {self.target_hz:g} nothing "
                f"would change: choose a number below {train.rate_hz:g}."
            )
        return FittedFftResampling(self, WindowKind.of(train))

    def load(self, payload: bytes) -> "FittedFftResampling":
        card, _ = unpack(payload)
        return FittedFftResampling(self, WindowKind.from_card(card["windows"]))


class FittedFftResampling(FittedMechanism):
    """Knows which windows it can be used on; there is nothing else to learn."""

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
