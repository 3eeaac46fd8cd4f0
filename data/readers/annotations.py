"""Annotations: what was done from when on, as devices and phones note it beside the samples."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from data.label_categories import label_categories


def running(
    t: np.ndarray, onsets: Sequence[float], durations: Sequence[float | None], texts: Sequence[str]
) -> pd.Categorical:
    """Return the annotation that runs at each time; missing where none does.

    Args:
        t: `(n,)` seconds.
        onsets: When each annotation begins, seconds.
        durations: How long it lasts in seconds; one without a duration (`None`, 0) lasts until the next begins.
        texts: What it says.

    Returns:
        `(n,)` texts. Where several run, the one that began last counts.
    """
    order = np.argsort(np.asarray(onsets, dtype=np.float64), kind="stable")
    begins = np.asarray(onsets, dtype=np.float64)[order]
    lasting = np.array([durations[i] or np.nan for i in order], dtype=np.float64)
    names = pd.unique(np.array([texts[i] for i in order], dtype=object))
    code_of = {name: code for code, name in enumerate(names)}
    codes = np.full(len(t), -1, dtype=np.int32)
    for i, begin in enumerate(begins):
        following = begins[i + 1] if i + 1 < len(begins) else np.inf
        end = following if np.isnan(lasting[i]) else begin + lasting[i]
        codes[(t >= begin) & (t < end)] = code_of[texts[order[i]]]
    return label_categories(codes, names)
