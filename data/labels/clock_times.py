"""Times in tables of labels: seconds or `h:mm:ss`. For dates see `data.ingest.series_clock`."""

import re

DURATION = re.compile(r"^(?:(\d{1,6}):)?(\d{1,2}):(\d{1,2}(?:[.,]\d{1,12})?)$")
NUMBER = re.compile(r"^-?\d{1,15}(?:[.,]\d{1,12})?$")


def seconds_of(text: str, *, unit: float = 1.0) -> float | None:
    """Return `12.5`, `0:00:12.5` or `00:12,5` in seconds, `None` for anything else.

    Args:
        text: A cell.
        unit: Seconds that a plain number stands for.
    """
    text = text.strip()
    if NUMBER.match(text):
        return float(text.replace(",", ".")) * unit
    found = DURATION.match(text)
    if found is None:
        return None
    hours, minutes, seconds = found[1] or "0", found[2], found[3].replace(",", ".")
    return 3600.0 * int(hours) + 60.0 * int(minutes) + float(seconds)
