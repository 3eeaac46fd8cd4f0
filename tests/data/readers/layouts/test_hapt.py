import numpy as np
import pytest

from data.errors import RecordingError
from data.load import load
from data.readers import read_table
from tests.data.readers.layouts.trees import FORMS, activity_counts, changed, lines, wave, without, written

NAMES = """ 1 WALKING
 2 WALKING_UPSTAIRS
 3 WALKING_DOWNSTAIRS
 4 SITTING
 5 STANDING
 6 LAYING
 7 STAND_TO_SIT
 8 SIT_TO_STAND
 9 SIT_TO_LIE
10 LIE_TO_SIT
11 STAND_TO_LIE
12 LIE_TO_STAND
"""
LABELS = "1 1 5 51 200\n1 1 7 201 280\n1 1 5 301 400\n2 1 3 1 400\n3 2 12 11 399\n"


def tree():
    files = {"activity_labels.txt": NAMES, "Train/X_train.txt": "0.1 0.2\n", "RawData/labels.txt": LABELS}
    for experiment, person in ((1, 1), (2, 1), (3, 2)):
        for k, sensor in enumerate(("acc", "gyro")):
            name = f"RawData/{sensor}_exp{experiment:02d}_user{person:02d}.txt"
            files[name] = lines(wave(400, 3, seed=2 * experiment + k))
    return files


@pytest.mark.parametrize("form", FORMS)
def test_people_activities_trials_units_and_values(tmp_path, form):
    table = read_table(written(tree(), tmp_path, form, top="HAPT Data Set"))
    assert table.layout == "HAPT (raw recordings)"
    assert table.rate_hz == 50
    assert len(table) == 3 * 400
    first = table.frame.query("subject == '1' and trial == '1'").reset_index(drop=True)
    assert activity_counts(first) == {"standing": 250, "stand to sit": 80}
    # Samples count from 1, and the last one belongs to the activity.
    assert first["activity"].isna().to_numpy().nonzero()[0].tolist() == [*range(50), *range(280, 300)]
    np.testing.assert_allclose(first["acc_y"], wave(400, 3, 2)[:, 1], rtol=1e-6)
    np.testing.assert_allclose(first["gyro_x"], wave(400, 3, 3)[:, 0], rtol=1e-6)
    assert set(table.frame.query("subject == '2'")["activity"].dropna()) == {"lie to stand"}
    assert (table.units["acc_x"], table.units["gyro_x"]) == ("g", "rad/s")
    assert any("X_train.txt" in finding.found for finding in table.findings)


def test_the_raw_folder_alone_is_enough(tmp_path):
    table = read_table(written(tree(), tmp_path) / "RawData")
    assert set(table.frame["activity"].dropna()) == {
        "standing",
        "stand to sit",
        "walking downstairs",
        "lie to stand",
    }


def test_it_arrives_as_recordings(tmp_path):
    recordings = load(written(tree(), tmp_path))
    assert recordings.subjects == ["1", "2"]
    assert recordings.rate_hz == 50
    assert len(recordings.samples) == 250 + 80 + 400 + 389
    # Standing up to sample 200 and again from 301 on: nothing spans what lies between.
    assert recordings.samples.query("activity == 'standing'")["series"].nunique() == 2


def test_labels_of_experiments_that_are_not_there_are_counted(tmp_path):
    there = without(tree(), "RawData/acc_exp03_user02.txt", "RawData/gyro_exp03_user02.txt")
    findings = read_table(written(there, tmp_path)).findings
    assert any("1 label of experiments that are missing" in finding.found for finding in findings)


def test_a_label_that_goes_on_after_the_end_is_cut_there(tmp_path):
    table = read_table(written(changed(tree(), "RawData/labels.txt", "1 400", "1 405"), tmp_path))
    assert activity_counts(table.frame)["walking downstairs"] == 400
    assert any("1 label beyond the end" in finding.found for finding in table.findings)


def test_without_labels_or_the_other_sensor_it_says_what_is_missing(tmp_path):
    with pytest.raises(RecordingError, match=r"labels\.txt, which lists the activities, is missing"):
        read_table(written(without(tree(), "RawData/labels.txt"), tmp_path, top="a"))
    with pytest.raises(RecordingError, match=r"acc_exp03_user02\.txt.*gyro_exp03_user02\.txt, is missing"):
        read_table(written(without(tree(), "RawData/gyro_exp03_user02.txt"), tmp_path, top="b"))


def test_a_sensor_that_stopped_earlier_has_missing_values(tmp_path):
    shorter = {**tree(), "RawData/gyro_exp02_user01.txt": lines(wave(390, 3))}
    found = read_table(written(shorter, tmp_path)).frame.query("trial == '2'")
    assert found["gyro_x"].isna().sum() == 10
    assert found["acc_x"].notna().all()


@pytest.mark.parametrize(
    ("path", "old", "new", "message"),
    [
        (
            "RawData/labels.txt",
            "2 1 3 1",
            "2 1 13 1",
            r"RawData/labels\.txt, line 4: activity 13 is not one of 1, 2",
        ),
        (
            "RawData/labels.txt",
            "1 400\n3",
            "401 402\n3",
            r"labels\.txt, line 4: samples 401 to 402 of experiment 2",
        ),
        ("RawData/labels.txt", "51 200", "200 51", r"labels\.txt, line 1: samples 200 to 51"),
        ("RawData/labels.txt", "51 200", "51", r"labels\.txt, line 1: 4 values where 5 are expected"),
        ("RawData/acc_exp01_user01.txt", " ", "", r"acc_exp01_user01\.txt, line 1"),
    ],
)
def test_damaged_files_are_named_with_their_line(tmp_path, path, old, new, message):
    with pytest.raises(RecordingError, match=message):
        read_table(written(changed(tree(), path, old, new), tmp_path))
