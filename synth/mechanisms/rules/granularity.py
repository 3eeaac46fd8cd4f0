"""Granularity: reduce the sampling rate, so that only slow movement remains."""

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

_LARGEST_FACTOR = 1000  # the filters of resample_poly grow with the factors; a thousandth is accurate enough


@dataclass(frozen=True)
class Granularity(Mechanism):
    """Downsample with an anti-aliasing filter, then resample to the original time grid.

    Resampling back keeps the length and the rate, so that the same attackers and classifiers can read the release.
    It does not restore what was lost.

    References:
        Malekzadeh et al., Mobile Sensor Data Anonymization, IoTDI 2019, where resampling is a baseline.
    """

    kind: ClassVar[str] = "granularity"
    title: ClassVar[str] = "Lower sampling rate"
    summary: ClassVar[str] = (
        "Keeps only slow movement, as a sensor with a lower sampling rate would record it. Tremor and fine "
        "detail are lost; posture and slow habits remain. Takes seconds."
    )
    makes: ClassVar = "transformed"
    dial: ClassVar = Dial("target_hz", (20.0, 10.0, 5.0, 2.0, 1.0, 0.5))

    target_hz: float = setting(
        5.0,
        "Samples per second",
        "The sampling rate after the reduction, in Hz. Movement faster than half of it is removed "
        "(anti-aliasing). Must be below the sampling rate of the recordings.",
        low=0.1,
        high=1000.0,
        advanced=False,
    )

    def fit(self, train: Windows, context: RunContext) -> "FittedGranularity":
        if self.target_hz > train.rate_hz:
            raise TrainingError(
                f"These recordings have {train.rate_hz:g} samples per second, so {self.target_hz:g} would change "
                f"nothing. Choose a number below {train.rate_hz:g}."
            )
        return FittedGranularity(self, WindowKind.of(train))

    def load(self, payload: bytes) -> "FittedGranularity":
        card, _ = unpack(payload)
        return FittedGranularity(self, WindowKind.from_card(card["windows"]))


class FittedGranularity(FittedMechanism):
    """A lower sampling rate for one kind of windows; nothing else is learnt.

    Args:
        learner: The settings.
        windows: The kind of windows it accepts.
    """

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

    The ends are padded by reflection for one filter length: padding with zeros, or a straight line between the
    ends, would distort gravity there.
    """
    ratio = max(ratio, Fraction(1, _LARGEST_FACTOR))
    n_timesteps = values.shape[1]
    n_around = min(n_timesteps - 1, round(10 / ratio))
    around = ((0, 0), (n_around, n_around), (0, 0))
    mirrored = np.pad(values.astype(np.float64), around, mode="reflect")
    coarse = resample_poly(mirrored, ratio.numerator, ratio.denominator, axis=1, padtype="mean")
    fine = resample_poly(coarse, ratio.denominator, ratio.numerator, axis=1, padtype="mean")
    return fine[:, n_around : n_around + n_timesteps]
