"""Granularity: slow the sensor down, so that only coarse movement is left."""

import dataclasses
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

import numpy as np
from scipy.signal import resample_poly

from data.release import Release
from data.windows import Windows
from synth.core.errors import TrainingError
from synth.core.learner import setting
from synth.core.run_context import RunContext
from synth.keras_support.weights import pack, unpack
from synth.mechanisms.base import Dial, FittedMechanism, Mechanism, WindowKind, transformed

_LARGEST_FACTOR = 1000  # resample_poly's filters grow with the factors; a thousandth is near enough


@dataclass(frozen=True)
class Granularity(Mechanism):
    """Resample down with an anti-aliasing filter, and back onto the original time grid.

    Going back keeps length and rate, so that the same attackers and classifiers can read the release;
    it brings nothing back that was lost.

    References:
        Malekzadeh et al., Mobile Sensor Data Anonymization, IoTDI 2019, where resampling is the baseline.
    """

    kind: ClassVar[str] = "granularity"
    title: ClassVar[str] = "Coarser time"
    summary: ClassVar[str] = (
        "Keeps only slow movement, as a sensor with fewer samples a second would record it. Tremor and "
        "fine detail go; posture and slow habits remain. Ready in seconds."
    )
    makes: ClassVar = "transformed"
    dial: ClassVar = Dial("target_hz", (20.0, 10.0, 5.0, 2.0, 1.0, 0.5))

    target_hz: float = setting(
        5.0,
        "Samples a second that are kept",
        "The sampling rate to go down to, in Hz. Movement faster than half of it is removed "
        "(anti-aliasing). Must be below the recordings' own rate.",
        low=0.1,
        high=1000.0,
        advanced=False,
    )

    def fit(self, train: Windows, context: RunContext) -> "FittedGranularity":
        if self.target_hz > train.rate_hz:
            raise TrainingError(
                f"These recordings have {train.rate_hz:g} samples a second. At {self.target_hz:g} nothing "
                f"would change: choose a number below {train.rate_hz:g}."
            )
        return FittedGranularity(self, WindowKind.of(train))

    def load(self, payload: bytes) -> "FittedGranularity":
        card, _ = unpack(payload)
        return FittedGranularity(self, WindowKind.from_card(card["windows"]))


class FittedGranularity(FittedMechanism):
    """Knows which windows it can be used on; there is nothing else to learn."""

    learner: Granularity

    def __init__(self, learner: Granularity, windows: WindowKind) -> None:
        self.learner, self.history, self._windows = learner, [], windows

    def release(self, private: Windows, *, seed: int) -> Release:
        self._windows.refuse_other_windows(private)
        ratio = Fraction(self.learner.target_hz / private.rate_hz).limit_denominator(_LARGEST_FACTOR)
        return transformed(self.learner, private, _coarsened(private.values, ratio), seed=seed)

    def to_bytes(self) -> bytes:
        return pack({"learner": self.learner.card(), "windows": dataclasses.asdict(self._windows)}, {})


def _coarsened(values: np.ndarray, ratio: Fraction) -> np.ndarray:
    """Resample axis 1 of `(n, timesteps, channels)` by `ratio` and back.

    Ends are continued by mirroring for one filter length: the usual zeros beyond the ends, or a straight
    line between them, would bend gravity there.
    """
    ratio = max(ratio, Fraction(1, _LARGEST_FACTOR))
    n_timesteps = values.shape[1]
    n_around = min(n_timesteps - 1, round(10 / ratio))
    around = ((0, 0), (n_around, n_around), (0, 0))
    mirrored = np.pad(values.astype(np.float64), around, mode="reflect")
    coarse = resample_poly(mirrored, ratio.numerator, ratio.denominator, axis=1, padtype="mean")
    fine = resample_poly(coarse, ratio.denominator, ratio.numerator, axis=1, padtype="mean")
    return fine[:, n_around : n_around + n_timesteps]
