import io
import zipfile

import numpy as np
import pytest

from data.errors import RecordingError
from data.readers import read_table
from tests.data.readers.formats.hostile import is_sentence, survives

RNG = np.random.default_rng(0)
ACC, GYRO = RNG.normal(size=(200, 3)), RNG.normal(size=(200, 3))


def npz(**arrays) -> bytes:
    content = io.BytesIO()
    np.savez_compressed(content, **arrays)
    return content.getvalue()


def npy(array: np.ndarray) -> bytes:
    content = io.BytesIO()
    np.save(content, array)
    return content.getvalue()


def test_vectors_and_matrices_become_columns():
    activity = np.repeat(["walk", "sit"], 100)
    table = read_table(
        npz(acc=ACC, gyro=GYRO.T, activity=activity, subject="P1", fs=50, lags=np.arange(7)), name="a.npz"
    )
    assert list(table.frame) == ["subject", "activity", *(f"{s}_{a}" for s in ("acc", "gyro") for a in "xyz")]
    np.testing.assert_array_equal(table.frame[["acc_x", "acc_y", "acc_z"]], ACC)
    np.testing.assert_array_equal(table.frame[["gyro_x", "gyro_y", "gyro_z"]], GYRO)
    assert table.frame["activity"].tolist() == activity.tolist()
    assert table.frame["subject"].unique().tolist() == ["P1"]
    assert table.rate_hz == 50
    assert any("lags" in finding.found for finding in table.findings)


@pytest.mark.parametrize("axes", [(0, 1, 2), (0, 2, 1), (1, 2, 0)])
def test_windows_become_trials_whatever_the_order_of_axes(axes):
    windows, subject, y = RNG.normal(size=(20, 64, 6)), np.arange(20) % 4, np.repeat([0, 1], 10)
    table = read_table(npz(X=windows.transpose(axes), subject=subject, y=y), name="a.npz")
    values = table.frame[[f"X_{i + 1}" for i in range(6)]].to_numpy().reshape(20, 64, 6)
    np.testing.assert_array_equal(values, windows)
    np.testing.assert_array_equal(table.frame["subject"].to_numpy().reshape(20, 64)[:, 0], subject)
    assert dict(table.roles) == {"trial": "window", "activity": "y"}
    assert table.frame["window"].nunique() == 20


def test_names_of_channels_are_used():
    names = np.array(["wrist_acc_x", "wrist_acc_y", "hip_acc_x", "hip_acc_y"])
    table = read_table(npz(data=RNG.normal(size=(50, 4)), channels=names), name="a.npz")
    assert list(table.frame) == names.tolist()


def test_structured_arrays_become_columns():
    rows = np.zeros(50, dtype=[("subject", "U3"), ("t", "f8"), ("acc_x", "f4")])
    rows["t"], rows["subject"] = np.arange(50) / 25, "A"
    table = read_table(npy(rows), name="a.npy")
    assert list(table.frame) == ["subject", "t", "acc_x"]
    np.testing.assert_array_equal(table.frame["t"], rows["t"])


def test_objects_are_refused_in_a_sentence():
    for content, name in ((npy(np.array([{}], dtype=object)), "o.npy"), (npz(a=np.array([None])), "o.npz")):
        with pytest.raises(RecordingError, match="could run code") as caught:
            read_table(content, name=name)
        is_sentence(str(caught.value), name)


def test_a_header_that_promises_too_much_is_refused_before_memory_is_taken():
    content = npy(np.zeros(8)).replace(b"(8,), ", b"(99999999999,), ".ljust(6))
    with pytest.raises(RecordingError, match=r"ends too early|damaged"):
        read_table(content, name="long.npy")


def test_a_bomb_is_refused_before_it_unpacks():
    bomb = npz(a=np.zeros(70_000_000))
    assert len(bomb) < 1_000_000
    with pytest.raises(RecordingError, match=r"at most \d+ MB"):
        read_table(bomb, name="bomb.npz")


def test_nothing_with_rows_is_refused_with_what_is_there():
    with pytest.raises(RecordingError, match="contains no array with one row per sample") as caught:
        read_table(npz(a=np.float64(3), b=np.zeros((2, 2, 2, 2))), name="odd.npz")
    is_sentence(str(caught.value), "odd.npz")


def test_an_archive_of_other_files_is_not_an_npz():
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("a.csv", "subject,acc_x\n" + "A,1\nB,2\n" * 10)
    assert list(read_table(content.getvalue(), name="a.zip").frame) == ["subject", "acc_x"]


@pytest.mark.parametrize("content", [npy(ACC), npz(acc=ACC, label=np.repeat(["a", "b"], 100))])
def test_damaged_files_give_a_sentence_or_a_table(content):
    assert survives(content, "fuzz.npz") > 15
