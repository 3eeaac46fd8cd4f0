"""Shared by formats of measuring devices: unit names, and how much is read."""

import re

from data.recordings import Finding

MAX_SAMPLES = 10_000_000  # 27 hours at 100 Hz; a table of this size takes about 300 MB
UNITS = {
    "g": "g",
    "mg": "mg",
    "m/s2": "m/s²",
    "m/s/s": "m/s²",
    "m/sec2": "m/s²",
    "ms-2": "m/s²",
    "m.s-2": "m/s²",
    "mm/s2": "mm/s²",
    "deg/s": "deg/s",
    "deg/sec": "deg/s",
    "dps": "deg/s",
    "degrees/s": "deg/s",
    "degree/s": "deg/s",
    "°/s": "deg/s",
    "°/sec": "deg/s",
    "rad/s": "rad/s",
    "rad/sec": "rad/s",
    "ut": "µT",
}
# Units of other quantities and of times, as programs write them in a line below the names.
OTHER_UNITS = {
    text: text for text in ("s", "ms", "ns", "mm", "cm", "m", "mm/s", "m/s", "deg", "rad", "kg", "bpm")
} | {
    "sec": "s",
    "seconds": "s",
    "milliseconds": "ms",
    "msec": "ms",
    "msecs": "ms",
    "us": "µs",
    "microseconds": "µs",
    "nanoseconds": "ns",
    "degrees": "deg",
    "°": "deg",
    "n": "N",
    "n.mm": "N·mm",
    "v": "V",
    "mv": "mV",
    "uv": "µV",
    "hz": "Hz",
    "%": "%",
    "counts": "counts",
    "t": "T",
    "mt": "mT",
    "gauss": "gauss",
    "mgauss": "mgauss",
    "local_flux": "local_flux",
    "lux": "lx",
    "c": "°C",
    "°c": "°C",
    "degc": "°C",
    "celsius": "°C",
    "degreescelsius": "°C",
    "kohms": "kOhm",
}


def standard_unit(written: str) -> str:
    """Return a unit in the notation of `data.ingest.units`, `""` if no motion sensor has it."""
    return UNITS.get(_plain(written), "")


def written_unit(written: str) -> str:
    """Return a unit of any quantity in one notation, `""` if the text is not a unit."""
    return standard_unit(written) or OTHER_UNITS.get(_plain(written), "")


def _plain(written: str) -> str:
    text = re.sub(r"[\s()\[\]^*{}]", "", written.lower().replace("²", "2"))
    return re.sub(r"[µμ]", "u", text)


def truncation_finding(name: str, n_samples: int, rate_hz: float) -> Finding:
    """Report that a recording was longer than what is read at once."""
    found = f"More than {n_samples:,} samples, the most that is read at once"
    return Finding("warning", name, found, f"The first {n_samples / rate_hz / 3600:,.1f} hours were read.")
