"""ActiGraph's .gt3x: a ZIP archive of `info.txt` and a log of records, one per second of acceleration.

References:
    ActiGraph, "ActiGraph .gt3x File Format", https://github.com/actigraph/GT3X-File-Format: record headers and
    checksums (README), ACTIVITY (12 bits, y x z), ACTIVITY2 (16 bits, x y z), PARAMETERS (ACCEL_SCALE), `info.txt`.
"""

import re
import struct

import numpy as np
import pandas as pd

from data.errors import RecordingError
from data.ingest.table import Part, Table
from data.readers import files as _files
from data.readers.files import File
from data.readers.formats._errors import user_errors
from data.readers.formats._signals import MAX_SAMPLES, truncation_finding, with_subject
from data.recordings import Finding

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
    members = {member.path: member for member in _files.archive(file)}
    if LOG not in members:
        raise RecordingError(
            f"{file.path} comes from an ActiGraph with old firmware (no {LOG}). Export it from ActiLife as CSV."
        )
    info = _info(members[INFO].read())
    rate_hz = float(info["Sample Rate"])
    records, findings = _records(members[LOG].read(), file.path)
    seconds, samples, was_cut = _samples(records, rate_hz, _scale(records, info))
    if len(samples) == 0:
        raise RecordingError(
            f"{file.path} contains no acceleration. Choose a recording in which the device was worn."
        )
    frame = pd.DataFrame({"t": seconds, **{f"acc_{axis}": samples[:, i] for i, axis in enumerate("xyz")}})
    if was_cut:
        findings.append(truncation_finding(file.path, len(samples), rate_hz))
    return Table(
        file.path,
        with_subject(frame, info.get("Subject Name", "")),
        (Part(file.path, word="sample"),),
        roles={"time": "t"},
        channels=("acc_x", "acc_y", "acc_z"),
        units=dict.fromkeys(("acc_x", "acc_y", "acc_z"), "g"),
        rate_hz=rate_hz,
        findings=tuple(findings),
    )


def _info(content: bytes) -> dict[str, str]:
    lines = content.decode("utf-8", "replace").splitlines()
    return {key.strip("\ufeff "): value.strip() for key, _, value in (line.partition(":") for line in lines)}


def _records(log: bytes, name: str) -> tuple[list[tuple[int, int, bytes]], list[Finding]]:
    """Return type, time in seconds and payload of each valid record; bytes between records are skipped."""
    records: list[tuple[int, int, bytes]] = []
    n_damaged = n_other_sensors = n_bytes = 0
    position = log.find(SEPARATOR)
    while 0 <= position <= len(log) - HEADER_BYTES - 1 and n_bytes <= 7 * MAX_SAMPLES:
        kind, time, size = struct.unpack_from("<BIH", log, position + 1)
        end = position + HEADER_BYTES + size
        if end < len(log) and _checksum(log[position:end]) == log[end]:
            if kind in (PARAMETERS, ACTIVITY, ACTIVITY2):
                records.append((kind, time, log[position + HEADER_BYTES : end]))
                n_bytes += size
            n_other_sensors += kind == SENSOR_DATA
            position = log.find(SEPARATOR, end + 1)
        else:
            n_damaged += 1
            if n_damaged > MAX_DAMAGED:
                raise RecordingError(
                    f"{name} is damaged in too many places. Download it from the device again."
                )
            position = log.find(SEPARATOR, position + 1)
    findings = []
    if n_damaged:
        findings.append(
            Finding("warning", name, f"{n_damaged:,} damaged places in the log", "They were left out.")
        )
    if n_other_sensors:
        findings.append(
            Finding("note", name, "Data of the gyroscope and magnetometer", "Only acceleration was read.")
        )
    return records, findings


def _checksum(record: bytes) -> int:
    return int(np.bitwise_xor.reduce(np.frombuffer(record, np.uint8))) ^ 0xFF


def _samples(
    records: list[tuple[int, int, bytes]], rate_hz: float, scale: float
) -> tuple[np.ndarray, np.ndarray, bool]:
    """Return `(n,)` seconds since the first record, `(n, 3)` acceleration in g, and whether more was left out."""
    blocks, times = [], []
    n = 0
    for kind, time, payload in records:
        if kind == PARAMETERS or len(payload) < 2:  # a single byte means that USB was connected
            continue
        block = _twelve_bits(payload) if kind == ACTIVITY else _sixteen_bits(payload)
        blocks.append(block)
        times.append(time + np.arange(len(block)) / max(rate_hz, len(block)))
        n += len(block)
        if n > MAX_SAMPLES:
            break
    if not blocks:
        return np.empty(0), np.empty((0, 3), np.float32), False
    t = np.concatenate(times)[:MAX_SAMPLES]
    return (
        t - t[0],
        (np.concatenate(blocks)[:MAX_SAMPLES] / np.float32(scale)).astype(np.float32),
        n > MAX_SAMPLES,
    )


def _twelve_bits(payload: bytes) -> np.ndarray:
    """Unpack `(n, 3)` x, y, z from signed 12-bit numbers in the order y, x, z, two in three bytes."""
    whole = np.frombuffer(payload + b"\0" * (-len(payload) % 3), np.uint8).astype(np.int16).reshape(-1, 3)
    first = whole[:, 0] << 4 | whole[:, 1] >> 4
    second = (whole[:, 1] & 0xF) << 8 | whole[:, 2]
    values = np.stack([first, second], axis=1).reshape(-1)[: len(payload) * 2 // 3 // 3 * 3]
    return ((values ^ 0x800) - 0x800).reshape(-1, 3)[:, [1, 0, 2]]


def _sixteen_bits(payload: bytes) -> np.ndarray:
    return np.frombuffer(payload[: len(payload) // 6 * 6], "<i2").reshape(-1, 3)


def _scale(records: list[tuple[int, int, bytes]], info: dict[str, str]) -> float:
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
