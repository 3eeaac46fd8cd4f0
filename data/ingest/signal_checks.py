"""Defects of sensor values: constant, frozen, clipped or wrapped channels. Reported, never changed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from data.recordings import Finding
from data.sensors import split_axis

FROZEN_S = 1.0  # a sensor worn by a person never repeats a value exactly for this long
CLIPPED_RUN = 3  # consecutive samples at the end of the range
CLIPPED_SHARE = 0.001  # of the samples of a channel; fewer may be chance
COUNTER_BITS = (8, 10, 12, 14, 16)  # of the values of a sensor
WHOLE_RANGE = 0.97  # of a counter, that its values have to span
WRAPPED_JUMP = 0.75  # of the range of the counter; no movement changes a value so much from sample to sample


def check_channels(
    values: np.ndarray, series: np.ndarray, names: Sequence[str], channels: Sequence[str], rate_hz: float
) -> list[Finding]:
    """Find channels that are constant, frozen, clipped or wrapped.

    Args:
        values: `(n, channels)` float32 of all series, concatenated.
        series: `(n,)` int, the series number of each sample.
        names: The name of each series.
        channels: Channel names.
        rate_hz: Sampling rate in Hz.

    Returns:
        One finding per defect, covering all channels of a sensor with the same defect, with an example series.
    """
    found: dict[tuple[str, Defect], list[str]] = {}
    begins = np.diff(series) != 0
    lengths = np.bincount(series)
    for position, channel in enumerate(channels):
        column = np.ascontiguousarray(values[:, position])
        runs = _Runs(column, series, begins, lengths)
        for defect in (
            *_constant(runs, names),
            *_frozen(runs, names, rate_hz),
            *_clipped(runs, column, names),
            *_wrapped(column, series, begins, names),
        ):
            found.setdefault((split_axis(channel)[0], defect), []).append(channel)
    return [
        Finding("warning", f"{', '.join(where)}; {d.series}", f"{', '.join(where)}: {d.found}", d.done)
        for (_, d), where in found.items()
    ]


@dataclass(frozen=True)
class Defect:
    """A defect of a channel: an example series, what was found, and what it means."""

    series: str
    found: str
    done: str


class _Runs:
    """Stretches of two or more samples in which one channel does not change at all.

    Attributes:
        begins: `(k,)` index of the first sample.
        lengths: `(k,)` number of samples.
        series: `(k,)` series number.
        whole: `(k,)` bool, whether the stretch is its whole series.
        held: For how many samples a value is usually repeated: more than 1 if a slow sensor's value is written
            again with each sample of a faster one.
    """

    def __init__(
        self, column: np.ndarray, series: np.ndarray, new_series: np.ndarray, series_lengths: np.ndarray
    ) -> None:
        # Movement hardly ever repeats a value, so only the few repeats are processed.
        same = np.flatnonzero((column[1:] == column[:-1]) & ~new_series)
        first = np.concatenate([[True], np.diff(same) > 1])[: len(same)]
        self.begins = same[first]
        self.lengths = np.diff(np.append(np.flatnonzero(first), len(same))) + 1
        self.series = series[self.begins]
        self.whole = self.lengths == series_lengths[self.series]
        n_alone = len(column) - int(self.lengths.sum())
        inner = self.lengths[~self.whole]
        self.held = float(np.quantile(inner, 0.9)) if len(inner) > n_alone else 1.0


def _constant(runs: _Runs, names: Sequence[str]) -> Iterator[Defect]:
    constant = runs.series[runs.whole]
    if len(constant) > 0:
        yield Defect(
            f"first in {names[constant[0]]}",
            f"never changes in {len(constant):,} of {len(names):,} recordings",
            "Left unchanged. If the sensor was off, leave out the channel or these recordings.",
        )


def _frozen(runs: _Runs, names: Sequence[str], rate_hz: float) -> Iterator[Defect]:
    frozen = ~runs.whole & (runs.lengths > max(FROZEN_S * rate_hz, 10, CLIPPED_RUN * runs.held))
    if frozen.any():
        longest = int(np.argmax(np.where(frozen, runs.lengths, 0)))
        yield Defect(
            f"worst in {names[runs.series[longest]]}",
            f"freezes {frozen.sum():,} times for more than {FROZEN_S:g} s, "
            f"{runs.lengths[frozen].sum() / rate_hz:,.0f} s in total (longest {runs.lengths[longest] / rate_hz:.1f} s)",
            "Left unchanged. A frozen sensor looks like a person who does not move.",
        )


def _clipped(runs: _Runs, column: np.ndarray, names: Sequence[str]) -> Iterator[Defect]:
    low, high = np.fmin.reduce(column), np.fmax.reduce(column)  # ignores missing values
    value = column[runs.begins]
    at_end = ((value == low) | (value == high)) & (runs.lengths >= CLIPPED_RUN * runs.held) & ~runs.whole
    n_clipped = int(runs.lengths[at_end].sum())
    if low < high and n_clipped > CLIPPED_SHARE * len(column):
        worst = int(np.argmax(np.bincount(runs.series[at_end], weights=runs.lengths[at_end])))
        yield Defect(
            f"worst in {names[worst]}",
            f"clipped at {low:.4g} or {high:.4g} in {n_clipped:,} samples ({100 * n_clipped / len(column):.1f} %)",
            "Left unchanged. Movements exceeded the sensor's range.",
        )


def _wrapped(
    column: np.ndarray, series: np.ndarray, new_series: np.ndarray, names: Sequence[str]
) -> Iterator[Defect]:
    """Find whole numbers that jump from one end of a counter's range to the other: 127, -128, -127."""
    low, high = np.fmin.reduce(column), np.fmax.reduce(column)
    n_values = high - low + 1
    bits = next((bits for bits in COUNTER_BITS if WHOLE_RANGE * 2**bits < n_values <= 2**bits), None)
    if bits is None or (np.mod(column[np.isfinite(column)], 1) != 0).any():
        return
    jumps = np.flatnonzero((np.abs(np.diff(column)) > WRAPPED_JUMP * 2**bits) & ~new_series)
    if len(jumps) > 0:
        yield Defect(
            f"first in {names[int(series[jumps[0]])]}",
            f"jumps {len(jumps):,} times between {low:.0f} and {high:.0f}, the ends of a counter of {bits} bits",
            "Left unchanged. Values beyond the sensor's range began again at its other end: choose a larger range.",
        )
