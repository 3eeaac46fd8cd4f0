import io

import h5py
import numpy as np
import pytest

from data.errors import RecordingError
from data.readers import read_table
from data.readers.formats import _subprocess
from tests.data.readers.formats.hostile import is_sentence, survives

ACC = np.random.default_rng(0).normal(size=(200, 3))


def stored(fill, **options) -> bytes:
    content = io.BytesIO()
    with h5py.File(content, "w", **options) as file:
        fill(file)
    return content.getvalue()


def fill_recording(file) -> None:
    file.create_dataset("wrist/acc", data=ACC, compression="gzip")
    file["activity"] = np.array(["walk", "sit"] * 100, dtype=object)
    file["person"] = np.array([b"A"] * 200)
    file.attrs["sampling_rate"] = 64.0


def test_datasets_become_columns_and_attributes_tell_the_rate():
    table = read_table(stored(fill_recording), name="a.h5")
    np.testing.assert_array_equal(table.frame[["wrist_acc_x", "wrist_acc_y", "wrist_acc_z"]], ACC)
    assert table.frame["activity"].tolist() == ["walk", "sit"] * 100
    assert table.frame["person"].unique().tolist() == ["A"]
    assert table.rate_hz == 64


def test_compounds_become_columns():
    rows = np.zeros(60, dtype=[("t", "f8"), ("acc_x", "f4")])
    rows["t"] = np.arange(60) / 20
    table = read_table(stored(lambda file: file.create_dataset("data", data=rows)), name="a.h5")
    assert list(table.frame) == ["data_t", "data_acc_x"]
    np.testing.assert_array_equal(table.frame["data_t"], rows["t"])


def test_nothing_outside_the_file_is_read(tmp_path):
    (tmp_path / "secret.bin").write_bytes(np.full(200, 7.0).tobytes())
    other = tmp_path / "other.h5"
    other.write_bytes(stored(fill_recording))

    def fill(file):
        file["acc"] = ACC
        file.create_dataset("raw", (200,), "f8", external=[(str(tmp_path / "secret.bin"), 0, 1600)])
        file["link"] = h5py.ExternalLink(str(other), "/wrist/acc")
        layout = h5py.VirtualLayout((200, 3), "f8")
        layout[...] = h5py.VirtualSource(str(other), "wrist/acc", shape=(200, 3))
        file.create_virtual_dataset("virtual", layout)

    table = read_table(stored(fill), name="links.h5")
    assert list(table.frame) == ["acc_x", "acc_y", "acc_z"]
    assert "raw (its values are stored in another file)" in table.findings[0].found
    assert "virtual (its values are stored in another file)" in table.findings[0].found


def test_a_bomb_is_refused_before_it_unpacks():
    bomb = stored(lambda file: file.create_dataset("a", (10**9,), "f8", chunks=(10**6,), compression="gzip"))
    assert len(bomb) < 1_000_000
    with pytest.raises(RecordingError, match="unpacks to") as caught:
        read_table(bomb, name="bomb.h5")
    is_sentence(str(caught.value), "bomb.h5")


@pytest.mark.parametrize("options", [{}, {"libver": "latest"}])
def test_a_damaged_file_gives_a_sentence_or_a_table(monkeypatch, options):
    monkeypatch.setattr(_subprocess, "MAX_PROCESSOR_S", 2)  # some keep the library busy for ever
    assert survives(stored(fill_recording, **options), "fuzz.h5") > 15


def test_a_process_that_has_ended_since_is_replaced():
    content = stored(fill_recording)
    assert len(read_table(content, name="a.h5")) == 200
    _subprocess._worker().kill()
    assert len(read_table(content, name="a.h5")) == 200
