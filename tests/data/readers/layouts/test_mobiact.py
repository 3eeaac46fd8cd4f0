import numpy as np
import pytest

from data.errors import RecordingError
from data.load import load
from data.readers import read_table
from tests.data.readers.layouts.trees import FORMS, activity_counts, changed, wave, without, written

README = """===========================MobiActDataset===========================
Subjects:
+------+---------+-----------+-------+----------+----------+----------+
|  ID  |  Name   |  Surname  |  Age  |  Height  |  Weight  |  Gender  |
+------+---------+-----------+-------+----------+----------+----------+
|    1 | sub1    | sub1      |    32 |      180 |       85 |  M       |
|    3 | sub3    | sub3      |    26 |      164 |       55 |  F       |
|   28 | sub28   | sub28     |    23 |      178 |       70 |  \u00cc       |
+------+---------+-----------+-------+----------+----------+----------+

| No.| Label | Activity | Trials | Duration | Description |
| 1  | STD   | Standing | 1      | 5min     | Standing    |
"""
HEADER = "timestamp,rel_time,acc_x,acc_y,acc_z,gyro_x,gyro_y,gyro_z,azimuth,pitch,roll,label\n"
START = 1868695181000


def annotated(labels, seed, start=START):
    rows = []
    for i, (label, row) in enumerate(zip(labels, wave(len(labels), 9, seed), strict=True)):
        rows.append(
            f"{start + 5_000_000 * i},{0.005 * i:g}," + ",".join(f"{v:g}" for v in row) + f",{label}\n"
        )
    return HEADER + "".join(rows)


FALL = ["STD"] * 100 + ["BSC"] * 60 + ["LYI"] * 140


def tree_of_annotated():
    return {
        "Readme.txt": README,
        "Annotated Data/WAL/WAL_1_1_annotated.csv": annotated(["WAL"] * 400, 1),
        "Annotated Data/BSC/BSC_1_1_annotated.csv": annotated(FALL, 2),
        "Annotated Data/BSC/BSC_3_1_annotated.csv": annotated(FALL, 3),
        "Annotated Data/JOG/JOG_3_1_annotated.csv": annotated(["JOG"] * 400, 4),
    }


def remarks(sensor, code, person):
    unit = {"acc": "x,y,z(m/s^2)", "gyro": "x,y,z(rad/s)", "ori": "Azimuth,Pitch,Roll(degrees)"}[sensor]
    age, height, weight, gender = {1: (32, 180, 85, "Male"), 3: (26, 164, 55, "Female")}[person]
    return (
        f"#What the sensor measures.\n#timestamp(ns),{unit}\n#Datetime: 02/06/2014 15:24:25\n##########\n"
        f"#Activity: 2 - {code} - Walking - 5m\n#Subject ID: {person}\n#First Name: sub{person}\n#Last Name: sub\n"
        f"#Age: {age}\n#Height(cm): {height}\n#Weight(kg): {weight}\n#Gender: {gender}\n##########\n\n@DATA\n"
    )


def raw(sensor, code, person, seed, step_ms, n, offset_ms=0):
    times = START + offset_ms * 1_000_000 + step_ms * 1_000_000 * np.arange(n)
    rows = (
        f"{t}, " + ", ".join(f"{v:g}" for v in row) for t, row in zip(times, wave(n, 3, seed), strict=True)
    )
    return remarks(sensor, code, person) + "\n".join(rows) + "\n"


def tree_of_raw():
    files = {}
    for k, (code, person) in enumerate([("WAL", 1), ("WAL", 3), ("STU", 3), ("SLH", 3)]):
        files[f"{code}/{code}_acc_{person}_1.txt"] = raw("acc", code, person, 3 * k, 10, 300)
        files[f"{code}/{code}_gyro_{person}_1.txt"] = raw("gyro", code, person, 3 * k + 1, 20, 150)
        files[f"{code}/{code}_ori_{person}_1.txt"] = raw(
            "ori", code, person, 3 * k + 2, 20, 150, offset_ms=10
        )
    return files


def tree():
    return tree_of_annotated()


@pytest.mark.parametrize("form", FORMS)
def test_annotated_files(tmp_path, form):
    table = read_table(written(tree_of_annotated(), tmp_path, form, top="MobiAct_Dataset_v2.0"))
    assert table.layout == "MobiAct"
    fall = table.frame.query("subject == '1' and trial == 'BSC 1'")
    assert activity_counts(fall) == {"standing": 100, "back sitting chair": 60, "lying": 140}
    np.testing.assert_allclose(fall["acc_x"], wave(300, 9, 2)[:, 0], rtol=1e-6)
    np.testing.assert_allclose(fall["gyro_z"], wave(300, 9, 2)[:, 5], rtol=1e-6)
    np.testing.assert_allclose(fall["roll"], wave(300, 9, 2)[:, 8], rtol=1e-6)
    np.testing.assert_allclose(np.diff(fall["t"]), 0.005, atol=1e-9)
    assert table.channels == ("acc_x", "acc_y", "acc_z", "gyro_x", "gyro_y", "gyro_z")
    assert (table.units["acc_x"], table.units["gyro_x"], table.units["pitch"]) == ("m/s²", "rad/s", "deg")
    assert table.attributes.loc["1"].to_dict() == {"age": 32, "height": 180, "weight": 85, "gender": "male"}
    assert table.attributes.loc["3", "gender"] == "female"


def test_the_greek_m_of_the_readme_is_an_m(tmp_path):
    latin = {**tree(), "Readme.txt": README.encode("latin-1")}
    latin["Annotated Data/STD/STD_28_1_annotated.csv"] = annotated(["STD"] * 10, 9)
    assert read_table(written(latin, tmp_path)).attributes.loc["28", "gender"] == "male"


def test_raw_sensors_are_joined_by_time(tmp_path):
    table = read_table(written(tree_of_raw(), tmp_path))
    assert table.layout == "MobiAct"
    walking = table.frame.query("subject == '1'").reset_index(drop=True)
    assert set(walking["activity"]) == {"walking"}
    assert set(walking["trial"]) == {"WAL 1"}
    np.testing.assert_allclose(walking["acc_x"], wave(300, 3, 0)[:, 0], rtol=1e-6)
    gyro = wave(150, 3, 1)[:, 1]
    np.testing.assert_allclose(walking["gyro_y"][:299:2], gyro, rtol=1e-6)
    np.testing.assert_allclose(walking["gyro_y"][1:298:2], (gyro[:-1] + gyro[1:]) / 2, atol=1e-5)
    assert np.isnan(walking["gyro_y"][299])
    assert np.isnan(walking["azimuth"][0])
    assert table.frame.query("trial == 'SLH 1'")["activity"].isna().all()
    assert table.attributes.loc["3"].to_dict() == {"age": 26, "height": 164, "weight": 55, "gender": "female"}
    assert any("1 scenario of several activities" in finding.found for finding in table.findings)
    assert "_acc_" in table.place(0)
    assert table.place(0).endswith("line 16")


def test_where_both_are_there_the_annotated_ones_are_read(tmp_path):
    table = read_table(written({**tree_of_annotated(), **tree_of_raw()}, tmp_path))
    assert len(table) == 400 + 300 + 300 + 400
    assert any("12 raw files of the same movements" in finding.found for finding in table.findings)


def test_a_movement_without_gyroscope_is_told(tmp_path):
    table = read_table(written(without(tree_of_raw(), "WAL/WAL_gyro_1_1.txt"), tmp_path))
    assert table.frame.query("subject == '1'")["gyro_x"].isna().all()
    assert any(
        "1 movement lacks the file of a sensor: WAL 1 of 1" in finding.found for finding in table.findings
    )


def test_it_arrives_as_recordings(tmp_path):
    recordings = load(written(tree_of_annotated(), tmp_path))
    assert recordings.subjects == ["1", "3"]
    assert recordings.activities == ["back sitting chair", "jogging", "lying", "standing", "walking"]
    assert recordings.rate_hz == pytest.approx(200)
    assert recordings.units == ("g",) * 3 + ("rad/s",) * 3
    assert len(recordings.samples) == 1400


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (",WAL\n", ",XYZ\n", r"WAL_1_1_annotated\.csv, line 2: activity 'XYZ' is not one of STD, WAL"),
        (",WAL\n", "\n", r"WAL_1_1_annotated\.csv, line 2: 11 values where 12 are expected"),
        ("rel_time,", "", r"WAL_1_1_annotated\.csv: the columns should be timestamp, rel_time"),
        (f"\n{START},", "\nnow,", r"line 2, column 1: 'now' is not a number"),
    ],
)
def test_damaged_annotated_files_are_named_with_their_line(tmp_path, old, new, message):
    path = "Annotated Data/WAL/WAL_1_1_annotated.csv"
    with pytest.raises(RecordingError, match=message):
        read_table(written(changed(tree(), path, old, new), tmp_path))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("@DATA", "DATA", r"WAL_acc_1_1\.txt has no line @DATA"),
        (f"@DATA\n{START},", "@DATA\n", r"WAL_acc_1_1\.txt, line 16: 3 values where 4 are expected"),
        (f"@DATA\n{START}", "@DATA\nx", r"WAL_acc_1_1\.txt, line 16, column 1: 'x' is not a number"),
    ],
)
def test_damaged_raw_files_are_named_with_their_line(tmp_path, old, new, message):
    with pytest.raises(RecordingError, match=message):
        read_table(written(changed(tree_of_raw(), "WAL/WAL_acc_1_1.txt", old, new), tmp_path))


def test_an_unknown_movement_is_refused(tmp_path):
    files = {**tree_of_raw(), "XYZ/XYZ_acc_1_1.txt": raw("acc", "XYZ", 1, 0, 10, 50)}
    with pytest.raises(RecordingError, match=r"XYZ_acc_1_1\.txt: movement XYZ is not one of STD"):
        read_table(written(files, tmp_path))
