"""Releases with a known answer, made from any windows."""

from dataclasses import replace

import numpy as np

from data.release import Release
from data.windows import Windows


def copy(windows: Windows) -> Release:
    """The private windows themselves."""
    return Release("copy", windows, np.arange(len(windows)))


def noise(windows: Windows, seed: int = 0) -> Release:
    """Noise of the recordings' mean and spread, the same for everybody and every activity."""
    rng = np.random.default_rng(seed)
    values = windows.values
    drawn = rng.normal(values.mean(axis=(0, 1)), values.std(axis=(0, 1)), values.shape)
    return Release("noise", windows.with_values(drawn), np.arange(len(windows)))


def recoded(windows: Windows) -> Release:
    """Every channel turned upside down and stretched: one who knows raw recordings sees strangers."""
    return Release("recoded", windows.with_values(30 - 4 * windows.values), np.arange(len(windows)))


def labels_shuffled(windows: Windows, seed: int = 0) -> Release:
    """Real windows under other windows' activities."""
    shuffled = np.random.default_rng(seed).permutation(windows.activity)
    return Release("labels shuffled", replace(windows, activity=shuffled), np.arange(len(windows)))


def claiming_nobody(windows: Windows, n_batches: int = 10) -> Release:
    """The same windows as a generator would hand them over."""
    n = len(windows)
    batch = np.array([f"batch {i % n_batches}" for i in range(n)])
    nobody = np.full(n, "")
    return Release(
        "nobody", replace(windows, subject=nobody, trial=nobody, series=batch, start=np.zeros(n, np.int64))
    )
