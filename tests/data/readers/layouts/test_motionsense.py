import numpy as np
import pytest

from data.errors import RecordingError
from data.load import load
from data.readers import read_table
from tests.data.readers.layouts.trees import FORMS, archive, changed, wave, without, written

A_HEADER = (
    ",attitude.roll,attitude.pitch,attitude.yaw,gravity.x,gravity.y,gravity.z,"
    "rotationRate.x,rotationRate.y,rotationRate.z,userAcceleration.x,userAcceleration.y,userAcceleration.z"
)
PEOPLE = "code,weight,height,age,gender\n1,102,188,46,1\n2,72,180,28,1\n3,48,161,28,0\n"
A, B, C = "A_DeviceMotion_data", "B_Accelerometer_data", "C_Gyroscope_data"


def csv(header, values):
    rows = (f"{i}," + ",".join(f"{v:g}" for v in row) for i, row in enumerate(values))
    return "\n".join([header, *rows]) + "\n"


def tree():
    return {
        "data_subjects_info.csv": PEOPLE,
        f"{A}/dws_1/sub_1.csv": csv(A_HEADER, wave(300, 12, 1)),
        f"{A}/dws_1/sub_3.csv": csv(A_HEADER, wave(300, 12, 2)),
        f"{A}/jog_16/sub_1.csv": csv(A_HEADER, wave(250, 12, 3)),
        f"{A}/sit_5/sub_3.csv": csv(A_HEADER, wave(200, 12, 4)),
    }


def bare(folder):
    return {f"{folder}/dws_1/sub_{s}.csv": csv(",x,y,z", wave(280, 3, s)) for s in (1, 3)}


@pytest.mark.parametrize("form", FORMS)
def test_people_activities_trials_units_and_values(tmp_path, form):
    table = read_table(written(tree(), tmp_path, form, top="motion-sense"))
    assert table.layout == "MotionSense"
    assert table.rate_hz == 50
    assert len(table) == 300 + 300 + 250 + 200
    assert set(table.frame["activity"]) == {"downstairs", "jogging", "sitting"}
    jogging = table.frame.query("subject == '1' and trial == '16'")
    assert set(jogging["activity"]) == {"jogging"}
    np.testing.assert_allclose(jogging["attitude.roll"], wave(250, 12, 3)[:, 0], rtol=1e-6)
    np.testing.assert_allclose(jogging["userAcceleration.z"], wave(250, 12, 3)[:, 11], rtol=1e-6)
    assert len(table.channels) == 9
    assert (table.units["gravity.x"], table.units["rotationRate.y"], table.units["attitude.yaw"]) == (
        "g",
        "rad/s",
        "rad",
    )
    assert table.attributes.index.tolist() == ["1", "3"]
    assert table.attributes.loc["1"].to_dict() == {"weight": 102, "height": 188, "age": 46, "gender": "male"}
    assert table.attributes.loc["3", "gender"] == "female"
    assert table.place(300).endswith("dws_1/sub_3.csv, line 2")


def test_of_several_folders_one_is_read_and_the_others_are_counted(tmp_path):
    table = read_table(written({**tree(), **bare(B), **bare(C)}, tmp_path))
    assert len(table) == 1050
    left_out = {finding.where: finding for finding in table.findings}
    assert "2 files of the same trials" in left_out[B].found
    assert "A_DeviceMotion_data was read" in left_out[C].done


@pytest.mark.parametrize(("folder", "sensor", "unit"), [(B, "acc", "g"), (C, "gyro", "rad/s")])
def test_the_bare_sensors(tmp_path, folder, sensor, unit):
    table = read_table(written(bare(folder), tmp_path))
    assert table.channels == (f"{sensor}_x", f"{sensor}_y", f"{sensor}_z")
    assert table.units == dict.fromkeys(table.channels, unit)
    np.testing.assert_allclose(table.frame[f"{sensor}_y"][:280], wave(280, 3, 1)[:, 1], rtol=1e-6)
    assert read_table(tmp_path / "download" / folder).channels == table.channels


def test_the_repository_has_one_archive_a_folder(tmp_path):
    packed = {
        "data_subjects_info.csv": PEOPLE,
        f"{A}.zip": archive(without(tree(), "data_subjects_info.csv")),
        f"{B}.zip": archive(bare(B)),
    }
    table = read_table(written(packed, tmp_path, top="data"))
    assert len(table) == 1050
    assert table.attributes.loc["3", "gender"] == "female"


def test_it_arrives_as_recordings(tmp_path):
    recordings = load(written(tree(), tmp_path))
    assert recordings.subjects == ["1", "3"]
    assert recordings.rate_hz == 50
    assert len(recordings.samples) == 1050
    assert recordings.units == ("g",) * 3 + ("rad/s",) * 3 + ("g",) * 3


@pytest.mark.parametrize(
    ("path", "old", "new", "message"),
    [
        (
            f"{A}/dws_1/sub_1.csv",
            "\n1,",
            "\n1,7,",
            r"dws_1/sub_1\.csv, line 3: 14 values where 13 are expected",
        ),
        (
            f"{A}/dws_1/sub_3.csv",
            "attitude.roll",
            "roll",
            r"dws_1/sub_3\.csv: the columns should be attitude",
        ),
        (f"{A}/sit_5/sub_3.csv", "\n3,", "\n3,?", r"sub_3\.csv, line 5, column 2: '\?.*' is not a number"),
        ("data_subjects_info.csv", "weight", "mass", r"data_subjects_info\.csv should have the columns code"),
        ("data_subjects_info.csv", "102", "heavy", r"data_subjects_info\.csv should have the columns code"),
    ],
)
def test_damaged_files_are_named_with_their_line(tmp_path, path, old, new, message):
    with pytest.raises(RecordingError, match=message):
        read_table(written(changed(tree(), path, old, new), tmp_path))
