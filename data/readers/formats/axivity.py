"""Axivity's .cwa (AX3, AX6): a header of 1,024 bytes and blocks of 512 bytes, each with a timestamp and a checksum.

References:
    Open Movement, "AX Device - Technical Documentation" (header, data blocks, packed values, time stamps),
    https://github.com/openmovementproject/openmovement/blob/master/Docs/ax3/ax3-technical.md;
    the names of the header's entries (`_sc` is the subject's code) and the fraction of the time stamp as in
    Open Movement's own reader, https://github.com/openmovementproject/openmovement-python
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from urllib.parse import parse_qs

import numpy as np

from data.errors import RecordingError
from data.ingest.table import Table
from data.readers.device_table import DeviceRecording, OnShare, device_table
from data.readers.files import File
from data.readers.formats._errors import user_errors
from data.recordings import Finding
from data.weeks.stream import Chunk

TITLE = "Axivity CWA"
EXTENSIONS = ("cwa",)
HEADER_BYTES, BLOCK_BYTES = 1024, 512
PIECE_BYTES = 2**12 * BLOCK_BYTES  # an hour or more of 100 Hz
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
    first = next((blocks[:1] for blocks, _ in _sound_blocks(file, lambda share: None) if len(blocks)), None)
    if first is None:
        raise RecordingError(
            f"{file.path} contains no valid block of samples. Download it from the device again."
        )
    settings = _settings(first)
    return device_table(
        file,
        DeviceRecording(
            lambda on_share: _chunks(file, first, settings, on_share),
            {f"{sensor}_{axis}": UNITS[sensor] for sensor in settings.sensors for axis in "xyz"},
            settings.rate_hz,
            _subject(file.head[ENTRIES]),
            lambda counts: _noticed(counts, file.path),
        ),
    )


@dataclass(frozen=True)
class _Settings:
    """How a device was set: rate in Hz, sensors, and the raw values of their units."""

    rate_hz: float
    sensors: tuple[str, ...]
    scales: dict[str, float]


def _settings(block: np.ndarray) -> _Settings:
    sensors = SENSORS[int(block["layout"][0]) >> 4]
    rate_hz = 3200 / (1 << (15 - (int(block["rate"][0]) & 0x0F)))
    return _Settings(rate_hz, sensors, _scales(block, sensors))


def _chunks(file: File, first: np.ndarray, settings: _Settings, on_share: OnShare) -> Iterator[Chunk]:
    """Yield the samples of the blocks with the settings of the first; a block's clock needs the one after it."""
    waiting = first[:0]
    per_unit = np.repeat([np.float32(settings.scales[sensor]) for sensor in settings.sensors], 3)
    for sound, n_blocks in chain(_sound_blocks(file, on_share), [(None, 0)]):
        alike = first[:0]
        if sound is not None:
            alike = sound[(sound["layout"] == first["layout"][0]) & (sound["rate"] == first["rate"][0])]
        blocks = np.concatenate([waiting, alike])
        n_ready = len(blocks) if sound is None else max(len(blocks) - 1, 0)
        ready, waiting = blocks[:n_ready], blocks[n_ready:]
        counts = {"left out": n_blocks - len(alike), "blocks": n_blocks}
        if n_ready == 0:
            yield Chunk(np.empty(0), np.empty((0, len(per_unit)), np.float32), counts)
            continue
        t = _times(blocks, settings.rate_hz)[: int(ready["count"].sum())]
        yield Chunk(t, (_values(ready, len(per_unit)) / per_unit).astype(np.float32), counts)


def _sound_blocks(file: File, on_share: OnShare) -> Iterator[tuple[np.ndarray, int]]:
    """Yield the valid blocks of each piece of the file, and how many blocks there are."""
    begin = HEADER_BYTES
    for content in file.pieces(PIECE_BYTES, on_share):
        n_blocks = max(len(content) - begin, 0) // BLOCK_BYTES
        words = np.frombuffer(content, "<u2", n_blocks * BLOCK_BYTES // 2, begin).reshape(
            n_blocks, BLOCK_BYTES // 2
        )
        blocks = np.frombuffer(content, BLOCK, n_blocks, begin)
        yield blocks[_are_sound(blocks, words)], n_blocks
        begin = 0


def _are_sound(blocks: np.ndarray, words: np.ndarray) -> np.ndarray:
    n_axes, packing = blocks["layout"] >> 4, blocks["layout"] & 0x0F
    sample_bytes = np.where(packing == 0, 4, 2 * n_axes)
    sound = (blocks["magic"] == b"AX") & (blocks["length"] == BLOCK_BYTES - 4) & (blocks["count"] > 0)
    sound &= (words.sum(axis=1, dtype=np.uint64) & 0xFFFF) == 0
    sound &= np.isin(n_axes, list(SENSORS)) & np.isin(packing, (0, 2)) & ((packing == 2) | (n_axes == 3))
    return sound & (blocks["count"] * sample_bytes.astype(np.int64) <= BLOCK["raw"].itemsize)


def _noticed(counts: Mapping[str, int], name: str) -> list[Finding]:
    if not counts["left out"]:
        return []
    found = f"{counts['left out']:,} of {counts['blocks']:,} blocks are damaged or have other settings"
    return [Finding("warning", name, found, "They were left out.")]


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
