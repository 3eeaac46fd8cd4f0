import numpy as np
import pytest

from data.errors import RecordingError
from data.load import load
from data.readers import read_table
from tests.data.readers.layouts.trees import FORMS, activity_counts, changed, lines, wave, written

LABELS = np.repeat([0, 4, 0, 12], [10, 200, 30, 160])


def values(seed):
    return np.column_stack([wave(400, 23, seed), LABELS])


def tree():
    return {
        "README.txt": "MHEALTH dataset",
        "mHealth_subject1.log": lines(values(1), "\t"),
        "mHealth_subject2.log": lines(values(2), "\t", "\r\n"),
        "mHealth_subject10.log": lines(values(3), "\t"),
    }


@pytest.mark.parametrize("form", FORMS)
def test_people_activities_units_and_values(tmp_path, form):
    table = read_table(written(tree(), tmp_path, form, top="MHEALTHDATASET"))
    assert table.layout == "mHealth"
    assert table.rate_hz == 50
    assert set(table.frame["subject"]) == {"1", "2", "10"}
    second = table.frame.query("subject == '2'")
    expected = values(2)
    # From 1 on: 1 chest acceleration, 4 electrocardiogram, 9 and 18 gyroscopes of ankle and arm, 23 magnetometer.
    for name, column in {
        "chest_acc_x": 1,
        "ecg_1": 4,
        "ankle_acc_x": 6,
        "ankle_gyro_x": 9,
        "arm_acc_z": 17,
        "arm_gyro_x": 18,
        "arm_mag_z": 23,
    }.items():
        np.testing.assert_allclose(second[name], expected[:, column - 1], rtol=1e-6)
    assert activity_counts(second) == {"walking": 200, "jump front and back": 160}
    assert second["activity"].isna().sum() == 40
    assert (table.units["chest_acc_x"], table.units["arm_gyro_z"]) == ("m/s²", "deg/s")
    assert "ecg_1" not in table.channels
    assert len(table.channels) == 15
    assert any("README.txt" in finding.found for finding in table.findings)


def test_one_file_is_enough(tmp_path):
    path = written(tree(), tmp_path) / "mHealth_subject2.log"
    assert set(read_table(path).frame["subject"]) == {"2"}


def test_it_arrives_as_recordings(tmp_path):
    recordings = load(written(tree(), tmp_path))
    assert recordings.subjects == ["1", "10", "2"]
    assert recordings.activities == ["jump front and back", "walking"]
    assert len(recordings.samples) == 3 * 360
    assert recordings.rate_hz == 50
    assert set(recordings.units) == {"g", "rad/s"}
    assert any("120" in finding.found for finding in recordings.findings)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("\t0\n", "\n", "mHealth_subject1.log, line 1: 23 values where 24 are expected"),
        ("\t0\n", "\t13\n", "mHealth_subject1.log, line 1: activity 13 does not exist in this data set"),
        (lines(values(1)[-1:], "\t"), "0.5\t-3.", "mHealth_subject1.log, line 400: 2 values where 24"),
        (lines(values(1), "\t"), " \n", "mHealth_subject1.log contains no samples"),
    ],
)
def test_damaged_files_are_named_with_their_line(tmp_path, old, new, message):
    with pytest.raises(RecordingError, match=message):
        read_table(written(changed(tree(), "mHealth_subject1.log", old, new), tmp_path))
