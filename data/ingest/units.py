"""Guess the unit of a channel from its name, or from how large its values are."""

import re

import numpy as np
import pandas as pd

from data.column_words import plain
from data.ingest.table import Table
from data.sensors import sensors

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
WITHOUT_GRAVITY = re.compile(
    r"user|linear|body|free|dynamic"
)  # such an acceleration says nothing of its unit
N_ROWS_LOOKED_AT = 100_000
STANDARD_GRAVITY = 9.80665  # m/s² in 1 g, by definition
STANDARD = {
    "m/s²": (1 / STANDARD_GRAVITY, "g"),
    "mg": (1e-3, "g"),
    "deg/s": (np.pi / 180, "rad/s"),
}


def guess_units(table: Table, channels: tuple[str, ...]) -> tuple[str, ...]:
    """Guess each channel's unit; `""` where neither name nor values tell.

    Args:
        table: The table as read.
        channels: Its channel columns.

    Returns:
        One unit a channel: `"g"`, `"m/s²"`, `"mg"`, `"rad/s"`, `"deg/s"`, `"µT"` or `""`.
    """
    step = max(1, len(table) // N_ROWS_LOOKED_AT)
    values = table.frame[list(channels)].iloc[::step].apply(pd.to_numeric, errors="coerce")
    return tuple(table.units.get(c) or _written(c) or _from_values(values, c, channels) for c in channels)


def told_by_values(table: Table, channels: tuple[str, ...], units: tuple[str, ...]) -> list[str]:
    """Return the channels whose unit nothing but the size of their values tells."""
    named = zip(channels, units, strict=True)
    return [
        channel for channel, unit in named if unit and not table.units.get(channel) and not _written(channel)
    ]


def standard_units(units: tuple[str, ...]) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return the factors that turn values into g and rad/s, and the units they then have.

    Args:
        units: Unit of each channel; others than accelerations and angular velocities stay as they are.

    Returns:
        `(channels,)` float64 factors, and one unit a channel.
    """
    known = [STANDARD.get(unit, (1.0, unit)) for unit in units]
    return np.array([factor for factor, _ in known]), tuple(unit for _, unit in known)


def _written(name: str) -> str:
    return next((unit for pattern, unit in WRITTEN if re.search(pattern, name.lower())), "")


def _from_values(values: pd.DataFrame, channel: str, channels: tuple[str, ...]) -> str:
    sensor = next((s for s in sensors(channels) if channel in [channels[i] for i in s.axes]), None)
    if sensor is None:
        return ""
    block = values[[channels[i] for i in sensor.axes]].dropna().to_numpy(np.float64)
    if len(block) == 0:
        return ""
    if sensor.quantity == "angular velocity":
        return _rotation_unit(block)
    if sensor.quantity in ("acceleration", "gravity") and not WITHOUT_GRAVITY.search(plain(sensor.name)):
        length = float(np.median(np.linalg.norm(block, axis=1)))
        return next((unit for unit, (low, high) in GRAVITY.items() if low <= length <= high), "")
    return ""


def _rotation_unit(block: np.ndarray) -> str:
    """People turn a limb by up to about 20 rad/s; in degrees even slow movements exceed 40."""
    fast = float(np.quantile(np.abs(block), 0.999))
    return "deg/s" if fast > 40 else "rad/s" if 0.3 < fast <= 25 else ""
