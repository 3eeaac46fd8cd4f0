"""Guess the unit of a channel from its name, or from how large its values are."""

import re

import numpy as np
import pandas as pd

from data.vocabulary import plain

WRITTEN = (
    (r"m/s\^?[2²]|m\.?s-2|ms\^?-2|mps2", "m/s²"),
    (r"deg(?:ree)?s?(?:/s|ps|persec)|°/s|\bdps\b", "deg/s"),
    (r"rad(?:ian)?s?(?:/s|ps|persec)", "rad/s"),
    (r"[\[(_ ]mg[\])]?$", "mg"),
    (r"[\[(_ ]g[\])]?$", "g"),
    (r"[µu]t\b", "µT"),
)
# Median length of the acceleration vector of a person who mostly stands under gravity.
GRAVITY = {"g": (0.8, 1.25), "m/s²": (7.8, 12.3), "mg": (800.0, 1250.0)}
N_ROWS_LOOKED_AT = 100_000


def guess_units(table: pd.DataFrame, channels: tuple[str, ...]) -> tuple[str, ...]:
    """Guess each channel's unit; `""` where neither name nor values tell.

    Args:
        table: The table as read.
        channels: Its channel columns.

    Returns:
        One unit a channel: `"g"`, `"m/s²"`, `"mg"`, `"rad/s"`, `"deg/s"`, `"µT"` or `""`.
    """
    known = table.attrs.get("units", {})
    step = max(1, len(table) // N_ROWS_LOOKED_AT)
    values = table[list(channels)].iloc[::step].apply(pd.to_numeric, errors="coerce")
    return tuple(known.get(c) or _written(c) or _from_values(values, c, channels) for c in channels)


def _written(name: str) -> str:
    return next((unit for pattern, unit in WRITTEN if re.search(pattern, name.lower())), "")


def _from_values(values: pd.DataFrame, channel: str, channels: tuple[str, ...]) -> str:
    sensor = _sensor(channel)
    axes = [c for c in channels if _sensor(c) == sensor]
    block = values[axes].dropna().to_numpy(np.float64)
    if len(block) == 0 or len(axes) != 3:
        return ""
    if re.match(r"gyr|rot|w$|angularv|drehrate", sensor):
        return _rotation_unit(block)
    if re.match(r"(?:\w+)?acc|a$|beschl", sensor):
        length = float(np.median(np.linalg.norm(block, axis=1)))
        return next((unit for unit, (low, high) in GRAVITY.items() if low <= length <= high), "")
    return ""


def _rotation_unit(block: np.ndarray) -> str:
    """People turn a limb by up to about 20 rad/s; in degrees even slow movements exceed 40."""
    fast = float(np.quantile(np.abs(block), 0.999))
    return "deg/s" if fast > 40 else "rad/s" if 0.3 < fast <= 25 else ""


def _sensor(channel: str) -> str:
    """Return a channel's name without its axis: `acc_x` and `acc_y` belong to one sensor."""
    return re.sub(r"[xyz]$", "", plain(re.sub(r"[\[(].*", "", channel)))
