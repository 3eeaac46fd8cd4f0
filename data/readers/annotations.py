"""Annotations: onset and duration of activities, as devices and phones store them along with the samples."""

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from data.label_categories import label_categories

# Remarks of recording software, in between what people annotate.
TECHNICAL = re.compile(
    r"(?:recording|acquisition|study|file|data|video)\W*(?:start|begin|end|stop|pause|resum)"
    r"|(?:start|begin|end|stop|pause|resum)\w*\W+(?:of\W+)?(?:the\W+)?(?:recording|acquisition|study|file|video)"
    r"|\b(?:montage|impedance|electrodes?|battery|amplifier|headbox|filter|gain|(?:dis)?connected|sync(?:hroni[sz]ation)?"
    r"|reference change|signal (?:loss|lost)|lights? (?:on|off)|bio-?cal\w*|a[12]\+a[12])\b"
    r"|^\W*calibrat\w*\W*$",
    re.IGNORECASE,
)


def is_technical(text: str) -> bool:
    """Return whether an annotation is a remark of the recording software rather than an activity."""
    return TECHNICAL.search(text) is not None


def annotation_at(
    t: np.ndarray, onsets: Sequence[float], durations: Sequence[float | None], texts: Sequence[str]
) -> pd.Categorical:
    """Return the annotation active at each time; missing where there is none.

    Args:
        t: `(n,)` seconds.
        onsets: Onset of each annotation in seconds.
        durations: Duration in seconds; an annotation without one (`None`, 0) lasts until the next onset.
        texts: Text of each annotation.

    Returns:
        `(n,)` texts. If several are active, the one with the latest onset is used.
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
