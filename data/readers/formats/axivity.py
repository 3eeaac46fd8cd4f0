"""Axivity's .cwa (AX3, AX6): a header of 1,024 bytes and blocks of 512 bytes, each with a timestamp and a checksum.

References:
    Open Movement, "AX Device - Technical Documentation" (header, data blocks, packed values, time stamps),
    https://github.com/openmovementproject/openmovement/blob/master/Docs/ax3/ax3-technical.md;
    the names of the header's entries (`_sc` is the subject's code) and the fraction of the time stamp as in
    Open Movement's own reader, https://github.com/openmovementproject/openmovement-python
"""

from urllib.parse import parse_qs

import numpy as np
import pandas as pd

from data.errors import RecordingError
from data.ingest.table import Part, Table
from data.readers.files import File
from data.readers.formats._errors import user_errors
from data.readers.formats._signals import MAX_SAMPLES, truncation_finding, with_subject
from data.recordings import Finding

TITLE = "Axivity CWA"
EXTENSIONS = ("cwa",)
HEADER_BYTES, BLOCK_BYTES = 1024, 512
MAX_BLOCKS = MAX_SAMPLES // 40  # an AX6 has 40 samples per block, others more
ENTRIES = slice(64, 512)
FIELDS = {  # by name: type, offset
    "magic": ("S2", 0), "length": ("<u2", 2), "fraction": ("<u2", 4), "session": ("<u4", 6), "sequence": ("<u4", 10),
    "time": ("<u4", 14), "scales": ("<u2", 18), "rate": ("u1", 24), "layout": ("u1", 25), "at": ("<i2", 26),
    "count": ("<u2", 28), "raw": ("V480", 30),
}  # fmt: skip
KINDS, OFFSETS = zip(*FIELDS.values(), strict=True)
BLOCK = np.dtype({"names": list(FIELDS), "formats": KINDS, "offsets": OFFSETS, "itemsize": BLOCK_BYTES})
SENSORS = {3: ("acc",), 6: ("gyro", "acc"), 9: ("gyro", "acc", "mag")}
UNITS = {"acc": "g", "gyro": "deg/s", "mag": "µT"}
MAG_PER_UT = 16


def recognises(file: File) -> bool:
    """Return whether this begins with the header of a CWA file and a block."""
    return file.head.startswith(b"MD") and file.head[HEADER_BYTES : HEADER_BYTES + 2] == b"AX"


@user_errors("an Axivity file", "Download it from the device again, or export it from OMGUI as CSV.")
def read(file: File) -> Table:
    """Read acceleration in g, and for an AX6 angular velocity in deg/s; damaged blocks are left out.

    Raises:
        RecordingError: If no block is valid.
    """
    content = file.read()
    blocks, findings = _sound_blocks(content, file.path)
    n_axes, sensors = int(blocks["layout"][0]) >> 4, SENSORS[int(blocks["layout"][0]) >> 4]
    rate_hz = 3200 / (1 << (15 - (int(blocks["rate"][0]) & 0x0F)))
    fitting = np.cumsum(blocks["count"].astype(np.int64)) <= 3 * MAX_SAMPLES // n_axes
    if not fitting.all() or len(content) > HEADER_BYTES + MAX_BLOCKS * BLOCK_BYTES:
        blocks = blocks[fitting]
        findings.append(truncation_finding(file.path, int(blocks["count"].sum()), rate_hz))
    t = _times(blocks, rate_hz)
    values = _values(blocks, n_axes)
    scales = _scales(blocks, sensors)
    columns = {"t": t - t[0]}
    for i, sensor in enumerate(sensors):
        for j, axis in enumerate("xyz"):
            columns[f"{sensor}_{axis}"] = values[:, 3 * i + j] / np.float32(scales[sensor])
    channels = tuple(name for name in columns if name != "t")
    return Table(
        file.path,
        with_subject(pd.DataFrame(columns), _subject(content[ENTRIES])),
        (Part(file.path, word="sample"),),
        roles={"time": "t"},
        channels=channels,
        units={name: UNITS[name.split("_")[0]] for name in channels},
        rate_hz=rate_hz,
        findings=tuple(findings),
    )


def _sound_blocks(content: bytes, name: str) -> tuple[np.ndarray, list[Finding]]:
    n_blocks = min((len(content) - HEADER_BYTES) // BLOCK_BYTES, MAX_BLOCKS)
    words = np.frombuffer(content, "<u2", n_blocks * BLOCK_BYTES // 2, HEADER_BYTES).reshape(n_blocks, -1)
    blocks = np.frombuffer(content, BLOCK, n_blocks, HEADER_BYTES)
    n_axes, packing = blocks["layout"] >> 4, blocks["layout"] & 0x0F
    sample_bytes = np.where(packing == 0, 4, 2 * n_axes)
    sound = (blocks["magic"] == b"AX") & (blocks["length"] == BLOCK_BYTES - 4) & (blocks["count"] > 0)
    sound &= (words.sum(axis=1, dtype=np.uint64) & 0xFFFF) == 0
    sound &= np.isin(n_axes, list(SENSORS)) & np.isin(packing, (0, 2)) & ((packing == 2) | (n_axes == 3))
    sound &= blocks["count"] * sample_bytes.astype(np.int64) <= BLOCK["raw"].itemsize
    if not sound.any():
        raise RecordingError(f"{name} contains no valid block of samples. Download it from the device again.")
    kept = blocks[sound]
    alike = (kept["layout"] == kept["layout"][0]) & (kept["rate"] == kept["rate"][0])
    n_left_out = n_blocks - int(alike.sum())
    findings = []
    if n_left_out:
        found = f"{n_left_out:,} of {n_blocks:,} blocks are damaged or have other settings"
        findings.append(Finding("warning", name, found, "They were left out."))
    return kept if alike.all() else kept[alike], findings


def _times(blocks: np.ndarray, rate_hz: float) -> np.ndarray:
    """Return `(n,)` seconds; the timestamp of a block belongs to its sample at position `at`."""
    has_fraction = blocks["fraction"] >= 0x8000
    fraction = np.where(has_fraction, (blocks["fraction"].astype(np.int64) & 0x7FFF) << 1, 0)
    at = blocks["at"] + (fraction * int(rate_hz) >> 16)
    starts = _seconds(blocks["time"].astype(np.int64)) + fraction / 65536 - at / rate_hz
    counts = blocks["count"].astype(np.int64)
    steps = np.full(len(blocks), 1 / rate_hz)
    # The sensor clock runs slightly fast or slow: consecutive timestamps show how much.
    following = np.diff(blocks["sequence"].astype(np.int64)) == 1
    measured = np.diff(starts) / counts[:-1]
    usable = following & (np.abs(measured * rate_hz - 1) < 0.2)
    steps[:-1][usable] = measured[usable]
    within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    return np.repeat(starts, counts) + within * np.repeat(steps, counts)


def _seconds(stamps: np.ndarray) -> np.ndarray:
    """Return seconds since 1970 of timestamps packed as YYYYYYMM MMDDDDDh hhhhmmmm mmssssss."""
    months = ((stamps >> 26 & 0x3F) + 30) * 12 + (stamps >> 22 & 0x0F) - 1
    days = months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64) + (stamps >> 17 & 0x1F) - 1
    return ((days * 24 + (stamps >> 12 & 0x1F)) * 60 + (stamps >> 6 & 0x3F)) * 60 + (stamps & 0x3F)


def _values(blocks: np.ndarray, n_axes: int) -> np.ndarray:
    """Return `(n, axes)` raw values."""
    raw = np.ascontiguousarray(blocks["raw"]).view(np.uint8).reshape(len(blocks), -1)
    is_packed = blocks["layout"][0] & 0x0F == 0
    samples = _unpacked(raw.view("<u4")) if is_packed else _sixteen_bits(raw, n_axes)
    present = np.arange(samples.shape[1]) < blocks["count"][:, None]
    return samples[present]


def _sixteen_bits(raw: np.ndarray, n_axes: int) -> np.ndarray:
    per_block = raw.shape[1] // (2 * n_axes)
    return (
        np.ascontiguousarray(raw[:, : per_block * 2 * n_axes])
        .view("<i2")
        .reshape(len(raw), per_block, n_axes)
    )


def _unpacked(words: np.ndarray) -> np.ndarray:
    """Unpack three signed 10-bit numbers with a common exponent from each word."""
    shifts = np.array([0, 10, 20], np.uint32)
    numbers = (words[..., None] >> shifts & np.uint32(0x3FF)).astype(np.int16)
    return ((numbers ^ 0x200) - 0x200) << (words >> np.uint32(30)).astype(np.int16)[..., None]


def _scales(blocks: np.ndarray, sensors: tuple[str, ...]) -> dict[str, float]:
    """Return the raw values of 1 g, 1 deg/s and 1 µT."""
    scales = int(blocks["scales"][0])
    per_dps = 32768 / (8000 / 2 ** (scales >> 10 & 0x07))
    return {"acc": 2.0 ** (8 + (scales >> 13)), "gyro": per_dps, "mag": MAG_PER_UT}


def _subject(entries: bytes) -> str:
    text = entries.rstrip(b" \x00\xff").decode("ascii", "replace")
    return parse_qs(text).get("_sc", [""])[0].strip()
