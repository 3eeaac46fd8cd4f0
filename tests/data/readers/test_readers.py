import gzip
import io

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import RecordingError
from data.ingest.table import Table
from data.readers import extensions, files, read_table
from tests.data.tables import csv, tidy_table


def parquet(table: pd.DataFrame) -> bytes:
    sink = io.BytesIO()
    table.to_parquet(sink)
    return sink.getvalue()


def same(read: Table, expected: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(read.frame, expected, check_dtype=False, rtol=1e-6, check_categorical=False)


@pytest.mark.parametrize(
    ("separator", "decimal"), [(",", "."), *((s, d) for s in (";", "\t", "|") for d in (".", ","))]
)
def test_separators_and_decimal_signs_just_work(separator, decimal):
    table = tidy_table()
    same(read_table(csv(table, sep=separator, decimal=decimal)), table)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "utf-16"])
def test_encodings_just_work(encoding):
    table = tidy_table(people=("Zoë", "Jürgen"))
    same(read_table(table.to_csv(index=False).encode(encoding)), table)


@settings(max_examples=30, deadline=None)
@given(
    values=st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=30),
    separator=st.sampled_from([",", ";", "\t", "|"]),
    label=st.text(st.characters(codec="utf-8", categories=["L", "N"]), min_size=1, max_size=8),
)
def test_what_was_written_is_read(values, separator, label):
    table = pd.DataFrame({"subject": [f"x{label}"] * len(values), "acc_x": values})
    decimal = "," if separator == ";" else "."
    read = read_table(csv(table, sep=separator, decimal=decimal)).frame
    assert read["subject"].tolist() == table["subject"].tolist()
    np.testing.assert_allclose(read["acc_x"].astype(float), values, rtol=1e-12)


def test_gzip_is_unpacked():
    table = tidy_table()
    same(read_table(gzip.compress(csv(table))), table)
    same(read_table(gzip.compress(parquet(table))), table)


def test_content_decides_not_the_name(tmp_path):
    table = tidy_table()
    (tmp_path / "really_csv.parquet").write_bytes(csv(table))
    (tmp_path / "really_parquet.csv").write_bytes(parquet(table))
    same(read_table(tmp_path / "really_csv.parquet"), table)
    same(read_table(tmp_path / "really_parquet.csv"), table)


def test_rows_are_numbered_as_in_the_file():
    content = b"# watch 7\n\nsubject,acc_x\nA,1\n\nB,3\n"
    table = read_table(content)
    lines = content.decode().split("\n")
    for number, row in table.frame.dropna(how="all").iterrows():
        line = int(table.place(number).removeprefix("line "))
        assert lines[line - 1].startswith(row["subject"])
    assert read_table(parquet(tidy_table())).place(0) == "row 1"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "x.csv is empty"),
        (b" \n \n", "x.csv is empty"),
        (b"subject,activity,acc_x\n", "no rows"),
        (b"# only a comment\n", "no line of column names"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "it is a PNG image"),
        (b"PK\x03\x04aaaaaaaa", "damaged ZIP archive"),
        (b"\x00\x01\x02\x03", "none of the supported formats"),
        (b"PAR1 and then nothing of use", "Parquet file that is damaged"),
        (b"\x1f\x8b\x08 broken", "damaged gzip"),
        (b"hello\nworld\n", "only one column"),
        (b"1,2.5,3\n1,2.6,3\n", r"numbers where the column names should be \(line 1"),
        (b"a,b\n1,2\n1,2,3\n", "line 3: 3 columns where the lines above have 2"),
        (b"# x\na,b\n1,2\n1,2,3\n", "line 4: 3 columns where the lines above have 2"),
        (b'a,b\n1,2\n"1,2\n1,2\n', "line 3: a quotation mark is opened"),
    ],
)
def test_what_is_no_table_gets_one_sentence(content, message):
    with pytest.raises(RecordingError, match=message) as raised:
        read_table(content, name="x.csv")
    assert "x.csv" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_repeated_parquet_columns_are_named():
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = io.BytesIO()
    pq.write_table(pa.table([pa.array([1]), pa.array([2])], names=["acc_x", "acc_x"]), sink)
    with pytest.raises(RecordingError, match="two columns called 'acc_x'"):
        read_table(sink.getvalue(), name="x")


def test_too_big_is_refused_before_reading(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "MAX_FILE_MB", 1)
    path = tmp_path / "big.csv"
    path.write_bytes(b"a,b\n" + b"1,2\n" * 300_000)
    with pytest.raises(RecordingError, match=r"big.csv has 1 MB; at most 1 MB"):
        read_table(path)
    packed = gzip.compress(path.read_bytes())
    with pytest.raises(RecordingError, match=r"\(unpacked\).*at most 1 MB"):
        read_table(packed, name="big.csv.gz")


def test_a_path_that_is_not_there_is_named(tmp_path):
    with pytest.raises(RecordingError, match=r"nowhere.csv cannot be read \(No such file"):
        read_table(tmp_path / "nowhere.csv")


def test_every_reader_offers_its_endings():
    assert {"csv", "tsv", "parquet", "gz"} <= set(extensions())
