"""Files as measuring devices write them, byte by byte from their documentation."""

import io
import struct
import zipfile

import numpy as np

TICKS_AT_1970 = 621355968000000000  # .NET ticks, 100 ns since the year 1


def gt3x(
    samples: np.ndarray, rate_hz: int = 30, kind: int = 26, begin: int = 1_421_142_129, scale: float | None = None,
    subject: str = "P07", serial: str = "MOS2D16160581", gap_s: int = 0, change_log=lambda log: log,
) -> bytes:  # fmt: skip
    """Return a .gt3x with `(n, 3)` raw values, one record a second; `gap_s` seconds are missing in the middle."""
    info = (
        f"Serial Number: {serial}\r\nFirmware: 1.9.2\r\nBattery Voltage: 4.2\r\nSample Rate: {rate_hz}\r\n"
        f"Start Date: {TICKS_AT_1970 + begin * 10**7}\r\nSubject Name: {subject}\r\n"
    )
    records = [record(6, begin, b'{"MetadataType":"Bio"}')]
    if scale is not None:
        records.append(record(21, begin, struct.pack("<HHI", 0, 55, ssp(scale))))
    for i in range(0, len(samples), rate_hz):
        second = samples[i : i + rate_hz]
        time = begin + i // rate_hz + (gap_s if i >= len(samples) // 2 else 0)
        records.append(
            record(kind, time, twelve_bits(second) if kind == 0 else second.astype("<i2").tobytes())
        )
    records.append(record(26, begin + 10**6, b"\x01"))  # the USB cable
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("log.bin", change_log(b"".join(records)))
        archive.writestr("info.txt", info)
    return content.getvalue()


def record(kind: int, time: int, payload: bytes) -> bytes:
    """Return one record of ActiGraph's log with its checksum."""
    body = struct.pack("<BBIH", 0x1E, kind, time, len(payload)) + payload
    return body + bytes([~int(np.bitwise_xor.reduce(np.frombuffer(body, np.uint8))) & 0xFF])


def twelve_bits(samples: np.ndarray) -> bytes:
    """Pack x, y, z as ActiGraph's ACTIVITY does: y, x, z with 12 bits each."""
    bits = "".join(f"{int(value) & 0xFFF:012b}" for row in samples for value in (row[1], row[0], row[2]))
    bits += "0" * (-len(bits) % 8)
    return bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits), 8))


def ssp(value: float) -> int:
    """Encode a positive number as ActiGraph's parameters do."""
    exponent = 0
    while value >= 1:
        value, exponent = value / 2, exponent + 1
    return int(value * 2**23) | exponent << 24


def cwa(
    samples: np.ndarray, rate_code: int = 0x4A, packed: bool = False, entries: str = "_s=HAR&_sc=P%2012",
    accel_bits: int = 0, gyro_code: int = 0, rate_hz: float = 100.0,
) -> bytes:  # fmt: skip
    """Return a .cwa with `(n, 3)` or `(n, 6)` raw values that begins on 23 May 2023, 10:20:30."""
    n_axes = samples.shape[1]
    config = 0 if n_axes == 3 else gyro_code or 2
    header = struct.pack("<2sHBHIHIIIB", b"MD", 1020, 0x17, 1234, 77, 0xFFFF, 0, 0, 0, 0).ljust(35, b"\0")
    header += bytes([config, rate_code])
    header = header.ljust(64, b"\0") + entries.encode().ljust(448, b" ")
    content = header.ljust(1024, b"\xff")
    per_block = 40 if n_axes == 6 else 120 if packed else 80
    for number, i in enumerate(range(0, len(samples), per_block)):
        block = samples[i : i + per_block]
        raw = b"".join(ten_bits(row) for row in block) if packed else block.astype("<i2").tobytes()
        content += cwa_block(
            number, i / rate_hz, raw, len(block), n_axes, rate_code, packed, accel_bits, gyro_code, rate_hz
        )
    return content


def cwa_block(
    number, seconds, raw, count, n_axes, rate_code, packed, accel_bits, gyro_code, rate_hz
) -> bytes:
    """Return a block whose time stamp, a whole second, counts for the sample `at`."""
    whole = int(np.ceil(seconds))
    at = round((whole - seconds) * rate_hz)
    minutes, second = divmod(30 + whole, 60)
    hours, minute = divmod(20 + minutes, 60)
    stamp = 23 << 26 | 5 << 22 | 23 << 17 | (10 + hours) << 12 | minute << 6 | second
    layout = n_axes << 4 | (0 if packed else 2)
    scales = accel_bits << 13 | gyro_code << 10
    block = struct.pack(
        "<2sHHIIIHHBBBBhH",
        b"AX",
        508,
        0,
        77,
        number,
        stamp,
        scales,
        300,
        0,
        200,
        rate_code,
        layout,
        at,
        count,
    )
    block = (block + raw).ljust(510, b"\0")
    return block + struct.pack("<H", -sum(struct.unpack("<255H", block)) & 0xFFFF)


def ten_bits(row: np.ndarray) -> bytes:
    """Pack x, y, z with the least common exponent with which they fit into 10 bits."""
    exponent = next(e for e in range(4) if all(-512 <= int(v) >> e < 512 for v in row))
    word = exponent << 30
    for i, value in enumerate(row):
        word |= (int(value) >> exponent & 0x3FF) << 10 * i
    return struct.pack("<I", word)


GENEACTIV_HEADER = """Device Identity
Device Unique Serial Code:011710
Device Type:GENEActiv
Device Model:1.1
Device Firmware Version:Ver2.02
Calibration Date:2011-12-01 09:30:03:000

Device Capabilities
Accelerometer Range:-8 to 8
Accelerometer Resolution:0.0039
Accelerometer Units:g
Light Meter Range:0 to 5000
Light Meter Resolution:5
Light Meter Units:lux
Temperature Sensor Range:0 to 60
Temperature Sensor Resolution:0.1
Temperature Sensor Units:deg. C

Configuration Info
Measurement Frequency:{rate} Hz
Measurement Period:45 Hours
Start Time:2012-05-23 16:47:50:000
Time Zone:GMT +01:00

Trial Info
Study Centre:HAR
Study Code:1
Investigator ID:2
Exercise Type:
Config Operator ID:
Config Time:2012-05-23 16:40:00:000
Config Notes:
Extract Operator ID:
Extract Time:2012-05-24 16:40:00:000
Extract Notes:

Subject Info
Device Location Code:left wrist
Subject Code:P31
Date of Birth:1980-01-01
Sex:female
Height:170
Weight:65
Handedness Code:
Subject Notes:

Calibration Data
x gain:25548
x offset:574
y gain:25540
y offset:-290
z gain:25650
z offset:1010
Volts:300
Lux:800

Memory Status
Number of Pages:{pages}

"""


def geneactiv(samples: np.ndarray, rate_hz: float = 75.0) -> bytes:
    """Return a .bin with `(n, 3)` raw values in pages of 300."""
    pages = [samples[i : i + 300] for i in range(0, len(samples), 300)]
    text = GENEACTIV_HEADER.format(rate=f"{rate_hz:g}", pages=len(pages))
    for number, page in enumerate(pages):
        seconds = np.timedelta64(round(number * 300 / rate_hz * 1000), "ms")
        moment = str(np.datetime64("2012-05-23T16:47:50.000") + seconds).replace("T", " ").replace(".", ":")
        digits = "".join(f"{int(v) & 0xFFF:03X}" for row in page for v in (*row, 5 << 2))
        text += (
            f"Recorded Data\nDevice Unique Serial Code:011710\nSequence Number:{number}\nPage Time:{moment}\n"
            f"Unassigned:\nTemperature:21.5\nBattery voltage:4.1\nDevice Status:Recording\n"
            f"Measurement Frequency:{rate_hz:.1f}\n{digits}\n"
        )
    return text.replace("\n", "\r\n").encode()
