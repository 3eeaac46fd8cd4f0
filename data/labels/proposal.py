"""Kinds of movement found in the signals without any labels, for a person to name.

Recordings are cut into short blocks; what each block is like (level, strength and pace of every channel) is grouped
by a Gaussian mixture whose number of components has the lowest Bayesian information criterion. Blocks of the same
kind that touch become one span.
"""

import numpy as np
import pandas as pd

from data.errors import RecordingError
from data.labels.spans import COLUMNS, LabelSpans
from data.recordings import Recordings

BLOCK_S = 5.0
MOST_KINDS = 8
MOST_FEATURES = 6  # principal components
MOST_FITTED = 20_000  # blocks that the mixture is fitted to, evenly spread; all are then assigned
NAME = "the proposal"


def propose(recordings: Recordings, n_kinds: int | None = None, *, seed: int = 0) -> LabelSpans:
    """Return spans of kinds of movement, `kind 1` the quietest.

    Args:
        recordings: What was loaded; activities in it are not looked at.
        n_kinds: How many kinds, in [2, 8]; by default as many as the data support.
        seed: Of the mixture's initial values.

    Returns:
        Spans by series. Blocks with missing values belong to none.

    Raises:
        RecordingError: If there are fewer than 20 complete blocks of five seconds.
    """
    if n_kinds is not None and not 2 <= n_kinds <= MOST_KINDS:
        raise ValueError(f"n_kinds must be in [2, {MOST_KINDS}]. Received: {n_kinds}")
    where, features = _blocks(recordings)
    if len(features) < 20:
        raise RecordingError(
            f"There are only {len(features)} complete stretches of {BLOCK_S:g} s: too few to find kinds of movement. "
            "Mark the activities on the trace instead."
        )
    kinds = _by_strength(_grouped(features, n_kinds, seed), features[:, 0])
    return LabelSpans(NAME, _spans(where, kinds))


def _blocks(recordings: Recordings) -> tuple[pd.DataFrame, np.ndarray]:
    """Return series, begin and end of each complete block, and what it is like, `(blocks, features)` float64."""
    values = recordings.samples[list(recordings.channels)].to_numpy(np.float32)
    n = max(4, round(BLOCK_S * recordings.rate_hz))
    places, features = [], []
    index = recordings.index
    columns = ("subject", "series", "begin", "n")
    for subject, series, begin, length in zip(*(index[name].tolist() for name in columns), strict=True):
        n_blocks = length // n
        blocks = values[begin : begin + n_blocks * n].reshape(n_blocks, n, -1).astype(np.float64)
        whole = np.isfinite(blocks).all(axis=(1, 2))
        begin_s = np.flatnonzero(whole) * n / recordings.rate_hz
        places.append(pd.DataFrame({"subject": subject, "series": series, "begin_s": begin_s}))
        features.append(_features(blocks[whole], recordings.rate_hz))
    where = pd.concat(places, ignore_index=True)
    return where.assign(end_s=where["begin_s"] + n / recordings.rate_hz), np.concatenate(features)


def _features(blocks: np.ndarray, rate_hz: float) -> np.ndarray:
    """Return the strength of all movement, then level, strength and pace of each channel.

    Args:
        blocks: `(n, samples, channels)`.
        rate_hz: Sampling rate in Hz.
    """
    level, strength = blocks.mean(axis=1), blocks.std(axis=1)
    moved = blocks - level[:, None]
    power = np.abs(np.fft.rfft(moved, axis=1)) ** 2
    hz = np.fft.rfftfreq(blocks.shape[1], 1 / rate_hz)
    pace = (power * hz[None, :, None]).sum(axis=1) / np.maximum(power.sum(axis=1), 1e-12)
    tiny = 1e-3 * np.maximum(np.median(strength, axis=0), 1e-6) if len(blocks) else 0
    usual = np.log(strength + tiny)
    return np.concatenate([usual.mean(axis=1, keepdims=True), level, usual, pace], axis=1)


def _grouped(features: np.ndarray, n_kinds: int | None, seed: int) -> np.ndarray:
    from sklearn.decomposition import PCA  # takes a second: pages appear without it
    from sklearn.mixture import GaussianMixture

    scaled = (features - features.mean(axis=0)) / np.maximum(features.std(axis=0), 1e-9)
    scaled = PCA(min(MOST_FEATURES, *scaled.shape), random_state=seed).fit_transform(scaled)
    some = scaled[np.unique(np.linspace(0, len(scaled) - 1, MOST_FITTED).astype(np.int64))]
    counts = [n_kinds] if n_kinds else range(2, min(MOST_KINDS, len(some) // 10) + 1)
    fits = [
        GaussianMixture(k, covariance_type="diag", n_init=3, reg_covar=1e-3, random_state=seed).fit(some)
        for k in counts
    ]
    return min(fits, key=lambda fit: fit.bic(some)).predict(scaled)


def _by_strength(kinds: np.ndarray, strength: np.ndarray) -> np.ndarray:
    """Number kinds from 1 by how strong their movement is."""
    means = pd.Series(strength).groupby(kinds).mean().sort_values()
    return pd.Series(np.arange(1, len(means) + 1), index=means.index)[kinds].to_numpy()


def _spans(where: pd.DataFrame, kinds: np.ndarray) -> pd.DataFrame:
    """Join blocks of one kind that touch."""
    touches = (where["series"] == where["series"].shift()) & np.isclose(
        where["begin_s"], where["end_s"].shift()
    )
    new = ~touches.to_numpy() | np.concatenate([[True], np.diff(kinds) != 0])
    first = np.flatnonzero(new)
    last = np.append(first[1:], len(where)) - 1
    spans = where.iloc[first].assign(
        end_s=where["end_s"].to_numpy()[last], activity=[f"kind {kind}" for kind in kinds[first]]
    )
    return spans[list(COLUMNS)].reset_index(drop=True)
