"""GENEActiv's .bin: text in which each page has its samples as 3,600 hexadecimal digits.

References:
    Activinsights, "GENEActiv Instructions", appendix on the .bin format: 12 bits each for x, y and z, 10 for
    light, one for the button; acceleration is (value * 100 - offset) / gain in g. Checked against
    scikit-digital-health's reader, https://github.com/pfizer-opensource/scikit-digital-health
"""

import re
from datetime import UTC, datetime

import numpy as np
import pandas as pd

from data.errors import RecordingError
from data.ingest.table import Part, Table
from data.readers.files import File
from data.readers.formats._errors import user_errors
from data.readers.formats._signals import MAX_SAMPLES, truncation_finding, with_subject
from data.recordings import Finding

TITLE = "GENEActiv"
EXTENSIONS = ("bin",)
START = b"Device Identity"
PAGE = re.compile(
    rb"Recorded Data\s.*?Page Time:([^\r\n]*).*?Measurement Frequency:([\d.,]+)[^\r\n]*[\r\n]+([0-9A-Fa-f]*)",
    re.DOTALL,
)
SAMPLES_A_PAGE, BYTES_A_SAMPLE = 300, 6
MAX_PAGE_BYTES = 5_000
MAX_DAMAGED = 10_000


def recognises(file: File) -> bool:
    """Return whether this starts like a GENEActiv recording."""
    return file.head.lstrip(b"\xef\xbb\xbf").startswith(START) and b"GENEActiv" in file.head


@user_errors("a GENEActiv file", "Extract it from the device again, or export it as CSV.")
def read(file: File) -> Table:
    """Read acceleration in g; incomplete pages are left out.

    Raises:
        RecordingError: If it has no calibration or no complete page.
    """
    content = file.read()
    entries = _entries(content[: max(content.find(b"Recorded Data"), 0)])
    starts, rates, digits, findings = _pages(content, file.path)
    values = _unpacked(digits)
    gain = np.array([float(entries[f"{axis} gain"]) for axis in "xyz"])
    offset = np.array([float(entries[f"{axis} offset"]) for axis in "xyz"])
    if not gain.all():
        raise RecordingError(
            f"{file.path} has a gain of 0 in its calibration. Extract it from the device again."
        )
    acceleration = ((values * 100.0 - offset) / gain).astype(np.float32)  # exceeds 16 bits
    t = (np.array(starts)[:, None] + np.arange(SAMPLES_A_PAGE) / np.array(rates)[:, None]).reshape(-1)
    frame = pd.DataFrame(
        {"t": t - t[0], **{f"acc_{axis}": acceleration[:, i] for i, axis in enumerate("xyz")}}
    )
    return Table(
        file.path,
        with_subject(frame, entries.get("Subject Code", "")),
        (Part(file.path, word="sample"),),
        roles={"time": "t"},
        channels=("acc_x", "acc_y", "acc_z"),
        units=dict.fromkeys(("acc_x", "acc_y", "acc_z"), "g"),
        rate_hz=rates[0],
        findings=tuple(findings),
    )


def _entries(header: bytes) -> dict[str, str]:
    lines = header.decode("utf-8", "replace").splitlines()
    return {key.strip(): value.strip(" \0") for key, _, value in (line.partition(":") for line in lines)}


def _pages(content: bytes, name: str) -> tuple[list[float], list[float], bytes, list[Finding]]:
    """Return start, rate and samples of each valid page, and findings."""
    starts: list[float] = []
    rates: list[float] = []
    pages: list[bytes] = []
    n_damaged, findings = 0, []
    for found in re.finditer(rb"Recorded Data\s", content):
        if len(pages) * SAMPLES_A_PAGE >= MAX_SAMPLES:
            findings.append(truncation_finding(name, len(pages) * SAMPLES_A_PAGE, rates[0]))
            break
        page = PAGE.match(content, found.start(), found.start() + MAX_PAGE_BYTES)
        begin = _begin(page[1]) if page else None
        if (
            page is None
            or begin is None
            or len(page[3]) != 2 * BYTES_A_SAMPLE * SAMPLES_A_PAGE
            or not _rate(page[2])
        ):
            n_damaged += 1
            if n_damaged > MAX_DAMAGED:
                raise RecordingError(f"{name} has too many damaged pages. Extract it from the device again.")
            continue
        starts.append(begin)
        rates.append(_rate(page[2]))
        pages.append(bytes.fromhex(page[3].decode("ascii")))
    if not pages:
        raise RecordingError(
            f"{name} contains no complete page of samples. Extract it from the device again."
        )
    if n_damaged:
        findings.append(
            Finding("warning", name, f"{n_damaged:,} damaged pages of samples", "They were left out.")
        )
    return starts, rates, b"".join(pages), findings


def _begin(written: bytes) -> float | None:
    """Return the seconds since 1970 of a time such as `2012-05-23 16:47:50:500`."""
    try:
        return (
            datetime.strptime(written.decode().strip(), "%Y-%m-%d %H:%M:%S:%f")
            .replace(tzinfo=UTC)
            .timestamp()
        )
    except ValueError:
        return None


def _rate(written: bytes) -> float:
    rate = float(written.replace(b",", b"."))
    return rate if 0 < rate <= 1000 else 0.0


def _unpacked(packed: bytes) -> np.ndarray:
    """Unpack `(n, 3)` signed 12-bit numbers."""
    raw = np.frombuffer(packed, np.uint8).reshape(-1, BYTES_A_SAMPLE).astype(np.int16)
    x = raw[:, 0] << 4 | raw[:, 1] >> 4
    y = (raw[:, 1] & 0xF) << 8 | raw[:, 2]
    z = raw[:, 3] << 4 | raw[:, 4] >> 4
    return (np.stack([x, y, z], axis=1) ^ 0x800) - 0x800
