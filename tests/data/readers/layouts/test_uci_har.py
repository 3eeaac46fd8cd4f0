import numpy as np
import pytest

from data.errors import RecordingError
from data.load import load
from data.readers import read_table
from tests.data.readers.layouts.trees import FORMS, activity_counts, changed, wave, without, written

SIGNALS = [f"{name}_{axis}" for name in ("total_acc", "body_acc", "body_gyro") for axis in "xyz"]
LABELS = "1 WALKING\n2 WALKING_UPSTAIRS\n3 WALKING_DOWNSTAIRS\n4 SITTING\n5 STANDING\n6 LAYING\n"
# (person, activity, samples) of stretches without a break, in the order of the files.
TRAIN = [(1, 5, 128 + 64 * 3), (1, 5, 128), (1, 3, 128 + 64), (3, 1, 128 + 64 * 4)]
TEST = [(2, 6, 128 + 64 * 2)]


def stretch(i, kind):
    return wave(TRAIN[i][2] if kind == "train" else TEST[i][2], 9, seed=i + 10 * (kind == "test"))


def tree():
    files = {"activity_labels.txt": LABELS, "features.txt": "1 tBodyAcc-mean()-X\n"}
    for kind, stretches in (("train", TRAIN), ("test", TEST)):
        windows, people, activities = [], [], []
        for i, (person, activity, n) in enumerate(stretches):
            for start in range(0, n - 127, 64):
                windows.append(stretch(i, kind)[start : start + 128])
                people.append(person)
                activities.append(activity)
        files[f"{kind}/subject_{kind}.txt"] = "".join(f"{person}\n" for person in people)
        files[f"{kind}/y_{kind}.txt"] = "".join(f"{activity}\n" for activity in activities)
        files[f"{kind}/X_{kind}.txt"] = "0.1 0.2\n"
        for k, signal in enumerate(SIGNALS):
            rows = ("".join(f" {v: .7e}" for v in window[:, k]) for window in windows)
            files[f"{kind}/Inertial Signals/{signal}_{kind}.txt"] = "\n".join(rows) + "\n"
    return files


@pytest.mark.parametrize("form", FORMS)
def test_windows_become_stretches_without_repeated_samples(tmp_path, form):
    table = read_table(written(tree(), tmp_path, form, top="UCI HAR Dataset"))
    assert table.layout == "UCI HAR (windows)"
    assert table.rate_hz == 50
    assert len(table) == sum(n for *_, n in TRAIN + TEST)
    assert activity_counts(table.frame) == {
        "standing": 448,
        "walking downstairs": 192,
        "walking": 384,
        "laying": 256,
    }
    for trial, i in (("1", 0), ("2", 1), ("3", 2)):
        found = table.frame[(table.frame["subject"] == "1") & (table.frame["trial"] == trial)]
        np.testing.assert_allclose(found["acc_x"], stretch(i, "train")[:, 0], rtol=1e-6)
        np.testing.assert_allclose(found["body_acc_y"], stretch(i, "train")[:, 4], rtol=1e-6)
        np.testing.assert_allclose(found["gyro_z"], stretch(i, "train")[:, 8], rtol=1e-6)
    of_test = table.frame.query("subject == '2'")
    np.testing.assert_allclose(of_test["acc_z"], stretch(0, "test")[:, 2], rtol=1e-6)
    assert table.channels == ("acc_x", "acc_y", "acc_z", "gyro_x", "gyro_y", "gyro_z")
    assert (table.units["acc_x"], table.units["gyro_x"], table.units["body_acc_z"]) == ("g", "rad/s", "g")


def test_counts_before_and_after_add_up(tmp_path):
    table = read_table(written(tree(), tmp_path))
    said = " ".join(finding.found + " " + finding.done for finding in table.findings)
    # 4 + 1 + 2 + 5 windows of 128; all but the first of each stretch repeat 64.
    assert "12 windows" in said
    assert f"{(3 + 0 + 1 + 4) * 64:,} repeated samples" in said
    assert "joined to 4 stretches" in said
    assert "features.txt" in said


def test_one_set_and_no_body_acceleration_are_enough(tmp_path):
    alone = {path: text for path, text in tree().items() if "train" in path and "body_acc" not in path}
    table = read_table(written(alone, tmp_path))
    assert set(table.frame["activity"]) == {"standing", "walking downstairs", "walking"}
    assert not any("body_acc" in name for name in table.frame)


def test_it_arrives_as_recordings(tmp_path):
    recordings = load(written(tree(), tmp_path))
    assert recordings.subjects == ["1", "2", "3"]
    assert recordings.rate_hz == 50
    assert recordings.units == ("g",) * 3 + ("rad/s",) * 3
    assert recordings.samples["series"].nunique() == 5
    assert len(recordings.samples) == sum(n for *_, n in TRAIN + TEST)


@pytest.mark.parametrize(
    "missing", ["y_train.txt", "subject_train.txt", "Inertial Signals/body_gyro_y_train.txt"]
)
def test_missing_files_are_named(tmp_path, missing):
    with pytest.raises(RecordingError, match=f"{missing.rpartition('/')[2]} is missing"):
        read_table(written(without(tree(), f"train/{missing}"), tmp_path))


@pytest.mark.parametrize(
    ("path", "old", "new", "message"),
    [
        ("train/y_train.txt", "3\n", "9\n", r"train/y_train\.txt, line 6: activity 9 does not exist in"),
        ("train/y_train.txt", "3\n", "", r"has 12 lines, but train/y_train\.txt has 11"),
        (
            "train/subject_train.txt",
            "3\n",
            "44\n",
            r"subject_train\.txt, line 8: person 44 does not exist in",
        ),
        ("activity_labels.txt", "2 WALK", "WALK", r"activity_labels\.txt, line 2: 'WALKING_UPSTAIRS' is not"),
        (
            "train/Inertial Signals/body_gyro_x_train.txt",
            "e+00 ",
            "e+00",
            r"body_gyro_x_train\.txt, line 1.*(column|values)",
        ),
    ],
)
def test_damaged_files_are_named_with_their_line(tmp_path, path, old, new, message):
    with pytest.raises(RecordingError, match=message):
        read_table(written(changed(tree(), path, old, new), tmp_path))
