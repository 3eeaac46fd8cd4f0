"""Tables and recordings to files and back: equal in everything."""

import datetime
import io

import numpy as np
import pandas as pd
import pytest

from data.export.arrow import read_table_file, recordings_from_bytes, recordings_to_bytes, write_table
from data.ingest.column_mapping import guess_mapping
from data.ingest.convert import to_recordings
from data.ingest.table import Part, Table
from data.recordings import Finding
from tests.data.tables import as_table, tidy_table
from tests.toy import make_recordings


def there_and_back(table: Table, folder) -> Table:
    write_table(table, folder / "table.arrow")
    return read_table_file(folder / "table.arrow")


def test_everything_about_a_table_comes_back(tmp_path):
    attributes = pd.DataFrame(
        {"gender": ["f", None], "age": [30, 41]}, index=pd.Index(["007", "Bob"], name="subject")
    )
    table = Table(
        "größe.zip",
        tidy_table(),
        parts=(Part("a/b.csv", 0, 2, "line"), Part("c.parquet", 200, 1, "row")),
        layout="MobiAct",
        roles={"subject": "subject", "trial": None},
        channels=("acc_x",),
        units={"acc_x": "m/s²"},
        rate_hz=51.2,
        attributes=attributes,
        findings=(Finding("warning", "a/b.csv", "found", "done"),),
    )
    back = there_and_back(table, tmp_path)
    pd.testing.assert_frame_equal(back.frame, table.frame)
    for field in ("name", "parts", "layout", "roles", "channels", "units", "rate_hz", "findings"):
        assert getattr(back, field) == getattr(table, field)
    assert back.attributes.index.tolist() == ["007", "Bob"]
    assert back.attributes["age"].tolist() == [30, 41]
    assert back.attributes["gender"].isna().tolist() == [False, True]


@pytest.mark.parametrize(
    "column",
    [
        [1, "two", None],
        [1.5, "x", True],
        [datetime.date(2026, 1, 1), "x", None],
        [2**70, 1, None],
        [None, None, None],
        ["a\nb", "\0", "😀"],
    ],
    ids=str,
)
def test_columns_of_several_types_come_back_as_words(tmp_path, column):
    frame = pd.DataFrame({"comment": pd.Series(column, dtype=object), "acc_x": [1.0, 2.0, np.nan]})
    back = there_and_back(as_table(frame), tmp_path).frame
    assert [None if pd.isna(v) else v for v in back["comment"]] == [
        None if v is None else str(v) for v in column
    ]
    np.testing.assert_array_equal(back["acc_x"], frame["acc_x"])


@pytest.mark.parametrize("cell", [b"raw", b"\xff\x00", "\ud800"])
def test_what_is_no_text_becomes_text(tmp_path, cell):
    frame = pd.DataFrame({"comment": pd.Series([cell, "two", 3, None], dtype=object)})
    back = there_and_back(as_table(frame), tmp_path).frame["comment"]
    assert back[1:3].tolist() == ["two", "3"]
    assert pd.isna(back[3])
    assert isinstance(back[0], str)


@pytest.mark.parametrize(
    "values",
    [
        pd.Series([1, 2], dtype="int64"),
        pd.Series([2**63 + 1, 1], dtype="uint64"),
        pd.Series([1, None], dtype="Int64"),
        pd.Series([True, False]),
        pd.Series(["a", None], dtype="category"),
        pd.Series([1.5, np.nan], dtype="float32"),
        pd.Series(pd.to_datetime(["2026-01-01 00:00:00.123456789", None])),
        pd.Series(pd.to_datetime(["2026-01-01", "2026-01-02"], utc=True)),
        pd.Series(pd.to_timedelta([1, 2], unit="ms")),
    ],
    ids=lambda values: str(values.dtype),
)
def test_values_of_one_type_come_back_as_they_are(tmp_path, values):
    frame = pd.DataFrame({"x": values})
    back = there_and_back(as_table(frame), tmp_path).frame["x"]
    pd.testing.assert_series_equal(
        back, frame["x"], check_dtype=values.dtype != "Int64", check_categorical=False
    )


def test_recordings_of_a_table_are_the_same_before_and_after(tmp_path):
    table = as_table(tidy_table().astype({"subject": "category"}))
    back = there_and_back(table, tmp_path)
    assert (
        to_recordings(back, guess_mapping(back)).fingerprint
        == to_recordings(table, guess_mapping(table)).fingerprint
    )


def test_a_table_is_not_changed_by_writing_it(tmp_path):
    frame = pd.DataFrame({"comment": pd.Series([1, "two"], dtype=object)})
    table = as_table(frame)
    write_table(table, tmp_path / "t.arrow")
    assert table.frame["comment"].tolist() == [1, "two"]


def test_recordings_come_back_equal():
    recordings = make_recordings(seconds_per_series=2)
    back = recordings_from_bytes(recordings_to_bytes(recordings))
    assert back.fingerprint == recordings.fingerprint
    assert (back.name, back.channels, back.units, back.rate_hz) == (
        recordings.name,
        recordings.channels,
        recordings.units,
        recordings.rate_hz,
    )


def test_other_bytes_are_no_recordings():
    sink = io.BytesIO()
    tidy_table().to_parquet(sink)
    with pytest.raises(ValueError, match="were not written by recordings_to_bytes"):
        recordings_from_bytes(sink.getvalue())
