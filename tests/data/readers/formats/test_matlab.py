import io
import struct
import zlib

import h5py
import numpy as np
import pytest
from scipy.io import savemat

from data.errors import RecordingError
from data.readers import read_table
from tests.data.readers.formats.hostile import is_sentence, survives

RNG = np.random.default_rng(0)
ACC, GYRO = RNG.normal(size=(200, 3)), RNG.normal(size=(200, 3))
HEADER = b"MATLAB 5.0 MAT-file, made by hand".ljust(124) + b"\x00\x01IM"


def mat(variables: dict, packed: bool = True) -> bytes:
    content = io.BytesIO()
    savemat(content, variables, do_compression=packed)
    return content.getvalue()


def mat73(fill) -> bytes:
    """Return HDF5 behind MATLAB's preface, as version 7.3 is."""
    content = io.BytesIO()
    with h5py.File(content, "w", userblock_size=512) as stored:
        fill(stored)
    return b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM" + bytes(384) + content.getvalue()[512:]


def element(kind: int, body: bytes) -> bytes:
    return struct.pack("<II", kind, len(body)) + body + bytes(-len(body) % 8)


def matrix(kind: int, shape: tuple[int, ...], inner: bytes, name: bytes = b"a") -> bytes:
    head = (
        element(6, struct.pack("<II", kind, 0))
        + element(5, struct.pack(f"<{len(shape)}i", *shape))
        + element(1, name)
    )
    return element(14, head + inner)


@pytest.mark.parametrize("packed", [True, False])
def test_variables_and_structures_become_columns(packed):
    table = read_table(
        mat(
            {"acc": ACC, "phone": {"gyro": GYRO.T, "fs": 25.0}, "subject": "S3", "activity": "jumping"},
            packed,
        ),
        name="a.mat",
    )
    np.testing.assert_array_equal(table.frame[["acc_x", "acc_y", "acc_z"]], ACC)
    np.testing.assert_array_equal(table.frame[["phone_gyro_x", "phone_gyro_y", "phone_gyro_z"]], GYRO)
    assert table.frame["subject"].unique().tolist() == ["S3"]
    assert table.frame["activity"].unique().tolist() == ["jumping"]
    assert table.rate_hz == 25


def test_cells_of_text_are_labels():
    labels = np.array(["walk", "sit"] * 100, dtype=object)
    table = read_table(mat({"acc": ACC, "activity": labels}), name="a.mat")
    assert table.frame["activity"].tolist() == labels.tolist()


def test_version_73_is_read_with_its_axes_in_order():
    def fill(stored):
        stored["acc"] = ACC.T
        stored["acc"].attrs["MATLAB_class"] = np.bytes_("double")
        stored["recording/fs"] = np.array([[100.0]])
        stored["recording/fs"].attrs["MATLAB_class"] = np.bytes_("double")
        stored["recording"].attrs["MATLAB_class"] = np.bytes_("struct")
        stored["subject"] = np.array([[ord(c)] for c in "P9"], np.uint16)
        stored["subject"].attrs["MATLAB_class"] = np.bytes_("char")
        cells = [
            stored.create_dataset(f"#refs#/{i}", data=np.array([[ord(c)] for c in w], np.uint16))
            for i, w in enumerate(["walk", "sit"])
        ]
        for cell in cells:
            cell.attrs["MATLAB_class"] = np.bytes_("char")
        references = np.array([[cells[i % 2].ref for i in range(200)]], dtype=h5py.ref_dtype)
        stored["activity"] = references
        stored["activity"].attrs["MATLAB_class"] = np.bytes_("cell")

    table = read_table(mat73(fill), name="a.mat")
    np.testing.assert_array_equal(table.frame[["acc_x", "acc_y", "acc_z"]], ACC)
    assert table.frame["subject"].unique().tolist() == ["P9"]
    assert table.frame["activity"].tolist() == ["walk", "sit"] * 100
    assert table.rate_hz == 100


def test_timetables_are_refused_with_how_to_save_instead():
    def fill(stored):
        stored["Acceleration"] = np.zeros((1, 6), np.uint32)
        stored["Acceleration"].attrs["MATLAB_class"] = np.bytes_("timetable")

    with pytest.raises(RecordingError, match="writetimetable") as caught:
        read_table(mat73(fill), name="sensorlog.mat")
    is_sentence(str(caught.value), "sensorlog.mat")
    opaque = element(
        14,
        element(6, struct.pack("<II", 17, 0))
        + element(1, b"T")
        + element(1, b"MCOS")
        + element(1, b"timetable")
        + matrix(13, (1, 1), element(6, bytes(4))),
    )
    with pytest.raises(RecordingError, match=r"writetimetable|damaged"):
        read_table(HEADER + opaque, name="v7.mat")


def test_bombs_are_refused_before_they_unpack():
    bomb = HEADER + element(15, zlib.compress(bytes(400 * 2**20), 9))
    with pytest.raises(RecordingError, match="unpacks to"):
        read_table(bomb, name="bomb.mat")
    deep = matrix(1, (1, 1), b"")
    for _ in range(2_000):
        deep = matrix(1, (1, 1), deep)
    with pytest.raises(RecordingError, match="nested more than 50 levels deep"):
        read_table(HEADER + deep, name="deep.mat")


@pytest.mark.parametrize("packed", [True, False])
def test_a_damaged_file_gives_a_sentence_or_a_table(packed):
    assert survives(mat({"acc": ACC, "s": {"gyro": GYRO}, "activity": "walk"}, packed), "fuzz.mat") > 20
