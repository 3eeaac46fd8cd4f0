"""In which order windows are shared: what was recorded when, beside what, is nobody's business."""

import json

import numpy as np

from data.release import Release
from data.secret_rng import hidden_generator
from data.windows import Windows


def order_to_share(release: Release) -> np.ndarray:
    """Return in which order to share a release's windows: `(n,)` indices.

    In the order of the recordings, windows that were replaced or left out stand in blocks, between the same activities
    for everybody who followed one protocol. So windows are listed by person and activity, and under these the
    uninterrupted stretches of recordings in an order that was drawn by lot. Within a stretch windows keep the order of
    time: an audit that cuts by time (`release_from_table.unknown_times`) must not part windows that overlap.

    The lot follows from the release's card, which names the private windows by a digest, so that the same release gives
    the same file. Who has not got the private windows cannot draw it again: the digest is not shared.
    """
    windows = release.windows
    by_time = np.lexsort((windows.start, windows.series, windows.activity, windows.subject))
    stretch = np.empty(len(windows), int)
    stretch[by_time] = _stretches(windows.take(by_time))
    lots = _secret(release).permutation(stretch.max(initial=0) + 1)
    return np.lexsort((windows.start, lots[stretch], windows.activity, windows.subject))


def _stretches(windows: Windows) -> np.ndarray:
    """Number the uninterrupted stretches of windows that are sorted by series and time: `(n,)` int."""
    begins = np.zeros(len(windows), bool)
    for label in (windows.subject, windows.activity, windows.series):
        begins[1:] |= label[1:] != label[:-1]
    begins[1:] |= np.diff(windows.start) > windows.n_timesteps
    return np.cumsum(begins)


def _secret(release: Release) -> np.random.Generator:
    card = dict(release.card)
    if "promise" in card:
        card.pop(
            "data", None
        )  # a formal promise covers the order, too: it must not follow from the recordings
    origin = [card, release.windows.series.tolist(), release.windows.start.tolist()]
    return hidden_generator("order", json.dumps(origin, sort_keys=True).encode())
