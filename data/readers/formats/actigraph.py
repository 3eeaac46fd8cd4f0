"""ActiGraph's .gt3x: a ZIP archive of `info.txt` and a log of records, one per second of acceleration.

References:
    ActiGraph, "ActiGraph .gt3x File Format", https://github.com/actigraph/GT3X-File-Format: record headers and
    checksums (README), ACTIVITY (12 bits, y x z), ACTIVITY2 (16 bits, x y z), PARAMETERS (ACCEL_SCALE), `info.txt`.
"""

import re
import struct
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, groupby

import numpy as np

from data.errors import RecordingError
from data.ingest.table import Table
from data.readers import files as _files
from data.readers.device_table import DeviceRecording, OnShare, device_table
from data.readers.files import File
from data.readers.formats._errors import user_errors
from data.recordings import Finding
from data.weeks.stream import Chunk

TITLE = "ActiGraph GT3X"
EXTENSIONS = ("gt3x",)
INFO, LOG, OLD_LOG = "info.txt", "log.bin", "activity.bin"
SEPARATOR = 0x1E
PARAMETERS, ACTIVITY, ACTIVITY2, SENSOR_DATA = 21, 0, 26, 25
ACCEL_SCALE = 55  # in address space 0 of PARAMETERS
SCALE_BY_SERIAL = {"NEO": 341.0, "CLE": 341.0}
SCALE_ELSE = 256.0
HEADER_BYTES = 8
MAX_DAMAGED = 100_000
PIECE_BYTES = 2 * 2**20  # an hour of 100 Hz
Record = tuple[int, int, bytes]


def recognises(file: File) -> bool:
    """Return whether this is an archive with a device description and a log."""
    names = {info.filename for info in file.members()[:100]}
    return INFO in names and bool(names & {LOG, OLD_LOG})


@user_errors("an ActiGraph file", "Download it from the device again, or export it from ActiLife as CSV.")
def read(file: File) -> Table:
    """Read acceleration in g with its timestamps; records with a wrong checksum are left out.

    Raises:
        RecordingError: If it was written by firmware before version 3, or is damaged.
    """
    most_mb = (
        _files.MAX_STREAMED_MB if file.on_disk else None
    )  # what is in memory already stays bounded as it was
    members = {member.path: member for member in _files.archive(file, most_mb)}
    if LOG not in members:
        raise RecordingError(
            f"{file.path} comes from an ActiGraph with old firmware (no {LOG}). Export it from ActiLife as CSV."
        )
    info, log = _info(members[INFO].read()), members[LOG]
    rate_hz = float(info["Sample Rate"])
    return device_table(
        file,
        DeviceRecording(
            lambda on_share: _chunks(log, file.path, info, rate_hz, on_share),
            dict.fromkeys(("acc_x", "acc_y", "acc_z"), "g"),
            rate_hz,
            info.get("Subject Name", ""),
            lambda counts: _noticed(counts, file.path),
            "ActiGraph's idle sleep mode, or the device was off",
        ),
    )


def _info(content: bytes) -> dict[str, str]:
    lines = content.decode("utf-8", "replace").splitlines()
    return {key.strip("\ufeff "): value.strip() for key, _, value in (line.partition(":") for line in lines)}


def _chunks(log: File, name: str, info: dict[str, str], rate_hz: float, on_share: OnShare) -> Iterator[Chunk]:
    """Yield the samples of each piece of the log, in g."""
    scale = None
    for records, counts in _records(log.pieces(PIECE_BYTES, on_share), name):
        # The parameters are at the beginning of the log.
        scale = _scale(records, info) if scale is None else scale
        t, samples = _samples(records, rate_hz)
        yield Chunk(t, (samples / np.float32(scale)).astype(np.float32), counts)


def _records(pieces: Iterable[bytes], name: str) -> Iterator[tuple[list[Record], Counter[str]]]:
    """Yield type, time in seconds and payload of each valid record of a piece; bytes between records are skipped."""
    n_damaged, rest = 0, b""
    for piece in chain(pieces, [b""]):  # the last is for what is left
        content = rest + piece
        records, counts, read_up_to = _records_of(content, is_end=not piece)
        rest = content[read_up_to:]
        n_damaged += counts["damaged"]
        if n_damaged > MAX_DAMAGED:
            raise RecordingError(f"{name} is damaged in too many places. Download it from the device again.")
        yield records, counts


def _records_of(content: bytes, *, is_end: bool) -> tuple[list[Record], Counter[str], int]:
    """Return the records, what was noticed, and the position at which reading continues with more bytes."""
    records: list[Record] = []
    counts: Counter[str] = Counter()
    position = content.find(SEPARATOR)
    while 0 <= position <= len(content) - HEADER_BYTES - 1:
        kind, time, size = struct.unpack_from("<BIH", content, position + 1)
        end = position + HEADER_BYTES + size
        if end >= len(content) and not is_end:
            return records, counts, position
        if end < len(content) and _checksum(content[position:end]) == content[end]:
            if kind in (PARAMETERS, ACTIVITY, ACTIVITY2):
                records.append((kind, time, content[position + HEADER_BYTES : end]))
            counts["other sensors"] += kind == SENSOR_DATA
            position = content.find(SEPARATOR, end + 1)
        else:
            counts["damaged"] += 1
            if counts["damaged"] > MAX_DAMAGED:
                break
            position = content.find(SEPARATOR, position + 1)
    return records, counts, position if position >= 0 else len(content)


def _checksum(record: bytes) -> int:
    return int(np.bitwise_xor.reduce(np.frombuffer(record, np.uint8))) ^ 0xFF


def _noticed(counts: Mapping[str, int], name: str) -> list[Finding]:
    findings = []
    if counts["damaged"]:
        findings.append(
            Finding(
                "warning", name, f"{counts['damaged']:,} damaged places in the log", "They were left out."
            )
        )
    if counts["other sensors"]:
        findings.append(
            Finding("note", name, "Data of the gyroscope and magnetometer", "Only acceleration was read.")
        )
    return findings


def _samples(records: list[Record], rate_hz: float) -> tuple[np.ndarray, np.ndarray]:
    """Return `(n,)` seconds since 1970 and `(n, 3)` raw acceleration."""
    blocks, times = [np.empty((0, 3), np.int16)], [np.empty(0)]
    # A single byte means that USB was connected.
    measured = [record for record in records if record[0] != PARAMETERS and len(record[2]) > 1]
    for (kind, size), alike in groupby(measured, key=lambda record: (record[0], len(record[2]))):
        group = list(alike)
        raw = np.frombuffer(b"".join(payload for _, _, payload in group), np.uint8).reshape(-1, size)
        block = _twelve_bits(raw) if kind == ACTIVITY else _sixteen_bits(raw)
        starts = np.array([time for _, time, _ in group], np.float64)
        n = block.shape[1]
        times.append((starts[:, None] + np.arange(n) / max(rate_hz, n)).reshape(-1))
        blocks.append(block.reshape(-1, 3))
    return np.concatenate(times), np.concatenate(blocks)


def _twelve_bits(raw: np.ndarray) -> np.ndarray:
    """Unpack `(records, n, 3)` x, y, z from signed 12-bit numbers in the order y, x, z, two in three bytes."""
    n_records, size = raw.shape
    whole = np.pad(raw, ((0, 0), (0, -size % 3))).astype(np.int16).reshape(n_records, -1, 3)
    first = whole[..., 0] << 4 | whole[..., 1] >> 4
    second = (whole[..., 1] & 0xF) << 8 | whole[..., 2]
    values = np.stack([first, second], axis=2).reshape(n_records, -1)[:, : size * 2 // 3 // 3 * 3]
    return ((values ^ 0x800) - 0x800).reshape(n_records, -1, 3)[..., [1, 0, 2]]


def _sixteen_bits(raw: np.ndarray) -> np.ndarray:
    """Unpack `(records, n, 3)` x, y, z."""
    n_records, size = raw.shape
    return np.ascontiguousarray(raw[:, : size // 6 * 6]).view("<i2").reshape(n_records, -1, 3)


def _scale(records: list[Record], info: dict[str, str]) -> float:
    """Return the raw value of 1 g, from the device parameters, its description or its serial number."""
    for kind, _, payload in records:
        if kind != PARAMETERS:
            continue
        for i in range(0, len(payload) - 7, 8):
            space, identifier, value = struct.unpack_from("<HHI", payload, i)
            if (space, identifier) == (0, ACCEL_SCALE) and _decoded(value) > 0:
                return _decoded(value)
    written = re.match(r"[\d.]+", info.get("Acceleration Scale", ""))
    if written and float(written[0]) > 0:
        return float(written[0])
    return SCALE_BY_SERIAL.get(info.get("Serial Number", "")[:3], SCALE_ELSE)


def _decoded(value: int) -> float:
    """Decode ActiGraph's floating point: signed, with 24 bits of fraction and 8 of exponent."""
    exponent, fraction = (value >> 24 ^ 0x80) - 0x80, (value & 0xFFFFFF ^ 0x800000) - 0x800000
    return fraction / 2**23 * 2.0**exponent
