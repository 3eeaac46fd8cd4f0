import io

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import feather

from data.errors import RecordingError
from data.readers import read_table
from tests.data.readers.formats.hostile import is_sentence, survives
from tests.data.tables import tidy_table


def packed(frame: pd.DataFrame | pa.Table, compression: str = "lz4") -> bytes:
    content = io.BytesIO()
    feather.write_feather(frame, content, compression=compression)
    return content.getvalue()


@pytest.mark.parametrize("compression", ["lz4", "zstd", "uncompressed"])
def test_what_was_written_is_read(compression):
    frame = tidy_table().assign(activity=lambda f: f["activity"].astype("category"))
    read = read_table(packed(frame, compression), name="a.feather").frame
    pd.testing.assert_frame_equal(read, frame, check_categorical=False, check_dtype=False)


def test_streams_are_read_as_files_are():
    table = pa.Table.from_pandas(tidy_table())
    content = io.BytesIO()
    with pa.ipc.new_stream(content, table.schema) as writer:
        writer.write_table(table, max_chunksize=70)
    read = read_table(content.getvalue(), name="a.arrow").frame
    pd.testing.assert_frame_equal(read, tidy_table(), check_dtype=False)


def test_compound_columns_are_named_and_left_out():
    table = pa.table({"subject": ["A", "B"], "acc_x": [1.0, 2.0], "all": [[1], [2, 3]]})
    read = read_table(packed(table), name="a.feather")
    assert list(read.frame.columns) == ["subject", "acc_x"]
    assert "all" in read.findings[0].found


def test_a_bomb_is_refused_before_it_unpacks():
    bomb = packed(pa.table({"acc_x": np.zeros(80_000_000)}), "zstd")
    assert len(bomb) < 1_000_000
    with pytest.raises(RecordingError, match="unpacks to") as caught:
        read_table(bomb, name="bomb.feather")
    is_sentence(str(caught.value), "bomb.feather")


def test_the_first_version_is_refused():
    with pytest.raises(RecordingError, match="version 2"):
        read_table(b"FEA1" + bytes(100), name="old.feather")


@pytest.mark.parametrize("compression", ["lz4", "uncompressed"])
def test_a_damaged_file_gives_a_sentence_or_a_table(compression):
    assert survives(packed(tidy_table(n=20), compression), "fuzz.feather") > 20
