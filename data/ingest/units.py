"""Guess the unit of a channel from its name or from the magnitude of its values."""

import re

import numpy as np
import pandas as pd

from data.column_words import normalised
from data.ingest.table import Table
from data.sensors import keeps_direction, sensors

WRITTEN = (
    (r"m/s\^?[2²]|m\.?s-2|ms\^?-2|mps2", "m/s²"),
    (r"deg(?:ree)?s?(?:/s|ps|persec)|°/s|\bdps\b", "deg/s"),
    (r"rad(?:ian)?s?(?:/s|ps|persec)", "rad/s"),
    (r"[\[(_ ]mg[\])]?$", "mg"),
    (r"[\[(_ ]g[\])]?$", "g"),
    (r"[µu]t\b", "µT"),
)
# Typical range of the median acceleration magnitude with gravity, which also keeps its direction.
GRAVITY = {"g": (0.8, 1.25), "m/s²": (7.8, 12.3), "mg": (800.0, 1250.0)}
WITHOUT_GRAVITY = re.compile(
    r"user|linear|body|free|dynamic"
)  # without gravity, the magnitude does not determine the unit
# Names that say nothing of what is measured: x, y, z alone, or of a device.
BARE = ("", "axis", "imu", "sensor", "data", "value", "values", "raw", "device")
N_ROWS_SAMPLED = 100_000
STANDARD_GRAVITY = 9.80665  # m/s² in 1 g, by definition
STANDARD = {
    "m/s²": (1 / STANDARD_GRAVITY, "g"),
    "mg": (1e-3, "g"),
    "mm/s²": (1e-3 / STANDARD_GRAVITY, "g"),
    "deg/s": (np.pi / 180, "rad/s"),
}


def guess_units(table: Table, channels: tuple[str, ...]) -> tuple[str, ...]:
    """Guess the unit of each channel; `""` if neither name nor values determine it.

    Args:
        table: The table as read.
        channels: Its channel columns.

    Returns:
        One unit per channel: `"g"`, `"m/s²"`, `"mg"`, `"rad/s"`, `"deg/s"`, `"µT"` or `""`.
    """
    step = max(1, len(table) // N_ROWS_SAMPLED)
    values = table.frame[list(channels)].iloc[::step].apply(pd.to_numeric, errors="coerce")
    return tuple(table.units.get(c) or _written(c) or _from_values(values, c, channels) for c in channels)


def inferred_from_values(table: Table, channels: tuple[str, ...], units: tuple[str, ...]) -> list[str]:
    """Return the channels whose unit was inferred from their values alone."""
    named = zip(channels, units, strict=True)
    return [
        channel for channel, unit in named if unit and not table.units.get(channel) and not _written(channel)
    ]


def standard_units(units: tuple[str, ...]) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return the factors that convert values to g and rad/s, and the resulting units.

    Args:
        units: Unit of each channel; units of other quantities are left unchanged.

    Returns:
        `(channels,)` float64 factors, and one unit per channel.
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
    is_bare = normalised(sensor.name) in BARE
    if sensor.quantity not in ("acceleration", "gravity") and not is_bare:
        return ""
    if not WITHOUT_GRAVITY.search(normalised(sensor.name)) and keeps_direction(block):
        length = float(np.median(np.linalg.norm(block, axis=1)))
        return next((unit for unit, (low, high) in GRAVITY.items() if low <= length <= high), "")
    return ""


def _rotation_unit(block: np.ndarray) -> str:
    """Tell deg/s from rad/s: limbs rotate at up to about 20 rad/s, and even slow movements exceed 40 deg/s."""
    fast = float(np.quantile(np.abs(block), 0.999))
    return "deg/s" if fast > 40 else "rad/s" if 0.3 < fast <= 25 else ""
