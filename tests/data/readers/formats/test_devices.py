"""ActiGraph, Axivity and GENEActiv: written byte by byte, read, and compared with another reader where there is one."""

import numpy as np
import pytest

from data.errors import RecordingError
from data.readers import read_table
from tests.data.readers.formats import devices
from tests.data.readers.formats.hostile import is_sentence, survives

RAW = np.random.default_rng(0).integers(-511, 512, (1200, 6))
ACC = ["acc_x", "acc_y", "acc_z"]
GYRO = ["gyro_x", "gyro_y", "gyro_z"]


@pytest.mark.parametrize("kind", [0, 26])
@pytest.mark.parametrize(
    ("serial", "scale", "per_g"), [("NEO1", None, 341), ("MOS2", None, 256), ("TAS1", 300.0, 300)]
)
def test_actigraph(kind, serial, scale, per_g):
    table = read_table(devices.gt3x(RAW[:, :3], 30, kind, scale=scale, serial=serial), name="a.gt3x")
    np.testing.assert_allclose(table.frame[ACC], RAW[:, :3] / per_g, rtol=1e-5)
    np.testing.assert_allclose(table.frame["t"], np.arange(1200) / 30, atol=1e-6)
    assert table.frame["subject"].unique().tolist() == ["P07"]
    assert (table.rate_hz, set(table.units.values()), table.findings) == (30, {"g"}, ())


def test_actigraphs_documented_example():
    payload = bytes.fromhex("006008EBD007009EBF007008EBF0")
    samples = np.array([[8, 6, -323], [9, 7, -321], [8, 7, -323]])
    assert devices.twelve_bits(samples)[:-1] == payload[:-1]  # the last nibble is not used
    table = read_table(devices.gt3x(samples, 30, 0, serial="NEO1"), name="a.gt3x")
    np.testing.assert_allclose(table.frame[ACC].round(3).iloc[0], [0.023, 0.018, -0.947], atol=1e-6)


def test_actigraphs_sleep_leaves_a_gap():
    t = read_table(devices.gt3x(RAW[:, :3], 30, gap_s=60), name="a.gt3x").frame["t"].to_numpy()
    assert np.diff(t).max() == pytest.approx(60 + 1 / 30)


def test_actigraphs_damaged_record_is_left_out():
    def damage(log: bytes) -> bytes:
        second = log.find(devices.record(26, 1_421_142_130, RAW[30:60, :3].astype("<i2").tobytes()))
        return log[: second + 20] + bytes([log[second + 20] ^ 1]) + log[second + 21 :]

    table = read_table(devices.gt3x(RAW[:90, :3], 30, change_log=damage), name="a.gt3x")
    np.testing.assert_allclose(table.frame[ACC], RAW[[*range(30), *range(60, 90)], :3] / 256, rtol=1e-5)
    assert "damaged places" in table.findings[0].found


@pytest.mark.parametrize("packed", [True, False])
def test_axivity(packed):
    samples = RAW[:, :3]
    table = read_table(devices.cwa(samples, packed=packed), name="a.cwa")
    np.testing.assert_allclose(table.frame[ACC], samples / 256, rtol=1e-6)
    np.testing.assert_allclose(table.frame["t"], np.arange(1200) / 100, atol=1e-6)
    assert table.frame["subject"].unique().tolist() == ["P 12"]
    assert (table.rate_hz, table.channels, set(table.units.values())) == (100, tuple(ACC), {"g"})


def test_axivitys_packed_exponent():
    samples = np.array([[-2000, 512, 1023], [4088, -4096, 8], [1, -1, 0]] * 40)
    samples -= samples % np.array([[4], [8], [1]] * 40)
    table = read_table(devices.cwa(samples, packed=True), name="a.cwa")
    np.testing.assert_allclose(table.frame[ACC], samples / 256)


def test_axivity_with_rotation():
    table = read_table(devices.cwa(RAW, accel_bits=3, gyro_code=3), name="a.cwa")
    np.testing.assert_allclose(table.frame[GYRO], RAW[:, :3] * 1000 / 32768, rtol=1e-5)
    np.testing.assert_allclose(table.frame[ACC], RAW[:, 3:] / 2048, rtol=1e-5)
    assert table.units["gyro_x"] == "deg/s"


def test_axivitys_damaged_block_is_left_out_and_its_time_stays_empty():
    content = bytearray(devices.cwa(RAW[:, :3]))
    content[1024 + 512 + 100] ^= 0xFF
    table = read_table(bytes(content), name="a.cwa")
    assert len(table) == 1200 - 80
    assert np.diff(table.frame["t"]).max() == pytest.approx(0.81)
    assert "1 of 15 blocks" in table.findings[0].found


def test_geneactiv():
    samples = RAW[:, :3] * 4  # up to 2,044: more than 16 bits when times 100
    table = read_table(devices.geneactiv(samples), name="a.bin")
    gain, offset = np.array([25548, 25540, 25650]), np.array([574, -290, 1010])
    np.testing.assert_allclose(table.frame[ACC], (samples * 100 - offset) / gain, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(table.frame["t"], np.arange(1200) / 75, atol=1e-6)
    assert table.frame["subject"].unique().tolist() == ["P31"]
    assert (table.rate_hz, set(table.units.values())) == (75, {"g"})


def test_geneactivs_cut_page_is_left_out():
    table = read_table(devices.geneactiv(RAW[:, :3])[:-100], name="a.bin")
    assert len(table) == 900
    assert "1 damaged page" in table.findings[0].found


@pytest.mark.parametrize(("kind", "content"), [
    ("ReadCwa", devices.cwa(RAW[:960, :3])), ("ReadCwa", devices.cwa(RAW[:960, :3], packed=True)),
    ("ReadCwa", devices.cwa(RAW[:960])), ("ReadBin", devices.geneactiv(RAW[:, :3])),
])  # fmt: skip
@pytest.mark.filterwarnings("ignore")
def test_another_reader_finds_the_same(kind, content, tmp_path):
    from skdh import io as others

    path = tmp_path / ("a.cwa" if kind == "ReadCwa" else "a.bin")
    path.write_bytes(content)
    found = getattr(others, kind)().predict(file=str(path), tz_name=None)
    frame = read_table(path).frame
    np.testing.assert_allclose(frame[ACC], found["accel"][: len(frame)], atol=1e-6)
    np.testing.assert_allclose(frame["t"], found["time"][: len(frame)] - found["time"][0], atol=1e-5)
    if "gyro" in found:
        np.testing.assert_allclose(frame[GYRO], found["gyro"][: len(frame)], atol=1e-4)


HOSTILE = {
    "noise.gt3x": lambda: devices.gt3x(RAW[:0, :3]),
    "blocks.cwa": lambda: devices.cwa(RAW[:80, :3])[:1024] + b"AX" + bytes(510),
    "pages.bin": lambda: devices.geneactiv(RAW[:0, :3]) + b"Recorded Data\r\n" * 50_000,
    "gain.bin": lambda: devices.geneactiv(RAW[:300, :3]).replace(b"x gain:25548", b"x gain:0"),
}


@pytest.mark.parametrize("name", ["noise.gt3x", "blocks.cwa", "pages.bin", "gain.bin"])
def test_files_without_a_sound_sample_are_refused_in_a_sentence(name):
    with pytest.raises(RecordingError) as caught:
        read_table(HOSTILE[name](), name=name)
    is_sentence(str(caught.value), name)


@pytest.mark.parametrize(("name", "content"), [
    ("fuzz.gt3x", devices.gt3x(RAW[:, :3])), ("fuzz.cwa", devices.cwa(RAW)),
    ("fuzz.cwa", devices.cwa(RAW[:, :3], packed=True)), ("fuzz.bin", devices.geneactiv(RAW[:, :3])),
])  # fmt: skip
def test_damaged_files_give_a_sentence_or_a_table(name, content):
    assert survives(content, name) > 0
