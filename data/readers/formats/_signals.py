"""Shared by formats of measuring devices: unit names, the subject, and how much is read."""

import re

import numpy as np
import pandas as pd

from data.label_categories import label_categories
from data.recordings import Finding

MAX_SAMPLES = 10_000_000  # 27 hours at 100 Hz; a table of this size takes about 300 MB
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


def standard_unit(written: str) -> str:
    """Return a unit in the notation of `data.ingest.units`, `""` if no motion sensor has it."""
    text = written.strip().lower().replace("²", "2").replace("^", "").replace("*", "")
    return UNITS.get(re.sub(r"[µμ]", "u", text), "")


def with_subject(frame: pd.DataFrame, subject: str) -> pd.DataFrame:
    """Insert the wearer as the first column, if the device recorded one."""
    if subject:
        frame.insert(0, "subject", pd.Series(label_categories(np.zeros(len(frame), np.int8), [subject])))
    return frame


def truncation_finding(name: str, n_samples: int, rate_hz: float) -> Finding:
    """Report that a recording was longer than what is read at once."""
    found = f"More than {n_samples:,} samples, the most that is read at once"
    return Finding("warning", name, found, f"The first {n_samples / rate_hz / 3600:,.1f} hours were read.")
