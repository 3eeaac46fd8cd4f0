import pytest

from data.errors import RecordingError
from data.load import load
from tests.data.tables import tidy_table


def test_sample_is_a_word(sample_recordings):
    assert load("sample").fingerprint == sample_recordings.fingerprint


def test_columns_can_be_named(tmp_path):
    table = tidy_table().rename(columns={"subject": "foo", "activity": "bar", "t": "baz"})
    table["visit"] = "v1"
    table.to_csv(tmp_path / "odd.csv", index=False)
    recordings = load(tmp_path / "odd.csv", subject="foo", activity="bar", trial="visit", time="baz")
    assert recordings.name == "odd.csv"
    assert recordings.subjects == ["Ann", "Bob"]
    assert set(recordings.samples["series"]) == {
        f"{p}/{a}/v1" for p in ("Ann", "Bob") for a in ("walk", "sit")
    }


def test_one_sentence_names_file_and_cell(tmp_path):
    table = tidy_table().astype({"acc_x": object})
    table.loc[2, "acc_x"] = "broken"
    table.to_csv(tmp_path / "odd.csv", index=False, sep=";")
    with pytest.raises(RecordingError, match=r"odd\.csv, column acc_x, line 4: 'broken' is not a number"):
        load(tmp_path / "odd.csv")


def test_decimal_comma_file_gives_the_same_recordings(tmp_path):
    table = tidy_table()
    table.to_csv(tmp_path / "point.csv", index=False)
    table.to_csv(tmp_path / "comma.csv", index=False, sep=";", decimal=",")
    assert load(tmp_path / "point.csv").fingerprint == load(tmp_path / "comma.csv").fingerprint
