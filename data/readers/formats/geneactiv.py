"""GENEActiv's .bin: text in which each page has its samples as 3,600 hexadecimal digits.

References:
    Activinsights, "GENEActiv Instructions", appendix on the .bin format: 12 bits each for x, y and z, 10 for
    light, one for the button; acceleration is (value * 100 - offset) / gain in g. Checked against
    scikit-digital-health's reader, https://github.com/pfizer-opensource/scikit-digital-health
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain

import numpy as np

from data.errors import RecordingError
from data.ingest.table import Table
from data.readers.device_table import DeviceRecording, OnShare, device_table
from data.readers.files import File
from data.readers.formats._errors import user_errors
from data.recordings import Finding
from data.weeks.stream import Chunk

TITLE = "GENEActiv"
EXTENSIONS = ("bin",)
START = b"Device Identity"
MARK = re.compile(rb"Recorded Data\s")
PAGE = re.compile(
    rb"Recorded Data\s.*?Page Time:([^\r\n]*).*?Measurement Frequency:([\d.,]+)[^\r\n]*[\r\n]+([0-9A-Fa-f]*)",
    re.DOTALL,
)
SAMPLES_A_PAGE, BYTES_A_SAMPLE = 300, 6
MAX_PAGE_BYTES = 5_000
MAX_DAMAGED = 10_000
PIECE_BYTES = 2 * 2**20  # half an hour of 100 Hz


def recognises(file: File) -> bool:
    """Return whether this starts like a GENEActiv recording."""
    return file.head.lstrip(b"\xef\xbb\xbf").startswith(START) and b"GENEActiv" in file.head


@user_errors("a GENEActiv file", "Extract it from the device again, or export it as CSV.")
def read(file: File) -> Table:
    """Read acceleration in g; incomplete pages are left out.

    Raises:
        RecordingError: If it has no calibration or no complete page.
    """
    content = next(file.pieces(PIECE_BYTES))
    entries = _entries(content[: max(content.find(b"Recorded Data"), 0)])
    rate_hz = next((pages[0].rate_hz for pages, _ in _pages(file, lambda share: None) if pages), None)
    if rate_hz is None:
        raise RecordingError(
            f"{file.path} contains no complete page of samples. Extract it from the device again."
        )
    calibration = _calibration(entries, file.path)
    return device_table(
        file,
        DeviceRecording(
            lambda on_share: _chunks(file, *calibration, on_share),
            dict.fromkeys(("acc_x", "acc_y", "acc_z"), "g"),
            rate_hz,
            entries.get("Subject Code", ""),
            lambda counts: _noticed(counts, file.path),
        ),
    )


def _entries(header: bytes) -> dict[str, str]:
    lines = header.decode("utf-8", "replace").splitlines()
    return {key.strip(): value.strip(" \0") for key, _, value in (line.partition(":") for line in lines)}


def _calibration(entries: dict[str, str], name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return `(3,)` gain and offset."""
    gain = np.array([float(entries[f"{axis} gain"]) for axis in "xyz"])
    offset = np.array([float(entries[f"{axis} offset"]) for axis in "xyz"])
    if not gain.all():
        raise RecordingError(f"{name} has a gain of 0 in its calibration. Extract it from the device again.")
    return gain, offset


@dataclass(frozen=True)
class _Page:
    """Seconds since 1970, rate in Hz and packed samples."""

    begin: float
    rate_hz: float
    packed: bytes


def _chunks(file: File, gain: np.ndarray, offset: np.ndarray, on_share: OnShare) -> Iterator[Chunk]:
    """Yield the samples of the pages in each piece of the file, in g."""
    for pages, n_damaged in _pages(file, on_share):
        values = _unpacked(b"".join(page.packed for page in pages))
        begins, rates = np.array([(page.begin, page.rate_hz) for page in pages]).reshape(-1, 2).T
        t = (begins[:, None] + np.arange(SAMPLES_A_PAGE) / rates[:, None]).reshape(-1)
        acceleration = ((values * 100.0 - offset) / gain).astype(np.float32)  # exceeds 16 bits
        yield Chunk(t, acceleration, {"damaged": n_damaged})


def _pages(file: File, on_share: OnShare) -> Iterator[tuple[list[_Page], int]]:
    """Yield the valid pages that end in each piece of the file, and the number of others."""
    n_damaged, rest = 0, b""
    for piece in chain(file.pieces(PIECE_BYTES, on_share), [b""]):  # the last is for what is left
        content = rest + piece
        # A page that begins closer to the end may not be complete yet.
        end = len(content) - MAX_PAGE_BYTES if piece else len(content)
        found = [_page(content, start.start()) for start in MARK.finditer(content) if start.start() < end]
        pages = [page for page in found if page is not None]
        rest = content[max(end, 0) :]
        n_damaged += len(found) - len(pages)
        if n_damaged > MAX_DAMAGED:
            raise RecordingError(f"{file.path} has too many damaged pages. Extract it from the device again.")
        yield pages, len(found) - len(pages)


def _page(content: bytes, start: int) -> _Page | None:
    """Return the page that begins at a position, `None` if it is incomplete or damaged."""
    found = PAGE.match(content, start, start + MAX_PAGE_BYTES)
    begin = _begin(found[1]) if found else None
    if found is None or begin is None or len(found[3]) != 2 * BYTES_A_SAMPLE * SAMPLES_A_PAGE:
        return None
    rate_hz = _rate(found[2])
    return _Page(begin, rate_hz, bytes.fromhex(found[3].decode("ascii"))) if rate_hz else None


def _noticed(counts: Mapping[str, int], name: str) -> list[Finding]:
    if not counts["damaged"]:
        return []
    return [
        Finding("warning", name, f"{counts['damaged']:,} damaged pages of samples", "They were left out.")
    ]


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
