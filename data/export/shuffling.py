"""The order in which windows are shared, which must not reveal the order of recording."""

import json

import numpy as np

from data.release import Release
from data.secret_rng import hidden_generator
from data.windows import Windows


def sharing_order(release: Release) -> np.ndarray:
    """Return the order in which to share the windows of a release: `(n,)` indices.

    In the order of recording, replaced or omitted windows would form blocks between the same activities for everyone
    who followed the same protocol. Windows are therefore sorted by subject and activity, and within these the
    uninterrupted stretches of recording are shuffled. Within a stretch windows stay in time order, because an audit
    that splits by time (`release_from_table.placeholder_times`) must not separate overlapping windows.

    The permutation is seeded with the release's card, which contains a digest of the private windows, so that the same
    release yields the same file. Without the private windows it cannot be reproduced: the digest is not shared.
    """
    windows = release.windows
    by_time = np.lexsort((windows.start, windows.series, windows.activity, windows.subject))
    stretch = np.empty(len(windows), int)
    stretch[by_time] = _stretches(windows.take(by_time))
    lots = _secret(release).permutation(stretch.max(initial=0) + 1)
    return np.lexsort((windows.start, lots[stretch], windows.activity, windows.subject))


def _stretches(windows: Windows) -> np.ndarray:
    """Number the uninterrupted stretches of windows sorted by series and time: `(n,)` int."""
    begins = np.zeros(len(windows), bool)
    for label in (windows.subject, windows.activity, windows.series):
        begins[1:] |= label[1:] != label[:-1]
    begins[1:] |= np.diff(windows.start) > windows.n_timesteps
    return np.cumsum(begins)


def _secret(release: Release) -> np.random.Generator:
    card = dict(release.card)
    if "promise" in card:
        # A differential privacy guarantee covers the order, too: it must not depend on the recordings.
        card.pop("data", None)
    origin = [card, release.windows.series.tolist(), release.windows.start.tolist()]
    return hidden_generator("order", json.dumps(origin, sort_keys=True).encode())
