"""What measuring devices' files have in common: units as they write them, and how much is read."""

import re

import numpy as np
import pandas as pd

from data.label_categories import label_categories
from data.recordings import Finding

MAX_SAMPLES = 10_000_000  # 27 hours at 100 Hz; a table of them takes about 300 MB
UNITS = {
    "g": "g",
    "mg": "mg",
    "m/s2": "m/s²",
    "m/s/s": "m/s²",
    "ms-2": "m/s²",
    "m.s-2": "m/s²",
    "deg/s": "deg/s",
    "dps": "deg/s",
    "degrees/s": "deg/s",
    "°/s": "deg/s",
    "rad/s": "rad/s",
    "ut": "µT",
}


def unit(written: str) -> str:
    """Return a unit as `data.ingest.units` has it, `""` for one that no motion sensor has."""
    text = written.strip().lower().replace("²", "2").replace("^", "").replace("*", "")
    return UNITS.get(re.sub(r"[µμ]", "u", text), "")


def with_subject(frame: pd.DataFrame, subject: str) -> pd.DataFrame:
    """Put the person who the device says it was worn by in the first column, where it says so."""
    if subject:
        frame.insert(0, "subject", pd.Series(label_categories(np.zeros(len(frame), np.int8), [subject])))
    return frame


def first_part(name: str, n_samples: int, rate_hz: float) -> Finding:
    """Tell that a recording was longer than what is read at once."""
    found = f"More than {n_samples:,} samples, which is as much as is read at once"
    return Finding("warning", name, found, f"The first {n_samples / rate_hz / 3600:,.1f} hours were read.")
