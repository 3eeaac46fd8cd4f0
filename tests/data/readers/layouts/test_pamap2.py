import numpy as np
import pytest

from data.errors import RecordingError
from data.load import load
from data.readers import read_table
from tests.data.readers.layouts.trees import FORMS, activity_counts, changed, wave, written

LABELS = np.repeat([0, 1, 0, 24], [20, 200, 20, 160])


def values(seed, labels=LABELS):
    found = wave(len(labels), 54, seed)
    found[:, 0] = 8.38 + np.arange(len(labels)) / 100
    found[:, 1] = labels
    found[::10, 2] = 104
    found[np.arange(len(labels)) % 10 != 0, 2] = np.nan
    return found


def text(values):
    return "".join(" ".join("NaN" if np.isnan(v) else f"{v:g}" for v in row) + "\n" for row in values)


def tree():
    return {
        "readme.pdf": b"%PDF-1.4",
        "Protocol/subject101.dat": text(values(1)),
        "Protocol/subject102.dat": text(values(2)),
        "Optional/subject101.dat": text(values(3, np.repeat([0, 18], [50, 350]))),
    }


@pytest.mark.parametrize("form", FORMS)
def test_people_activities_trials_units_and_values(tmp_path, form):
    table = read_table(written(tree(), tmp_path, form, top="PAMAP2_Dataset"))
    assert table.layout == "PAMAP2"
    assert table.roles["time"] == "t"
    optional = table.frame.query("subject == '101' and trial == 'optional'")
    assert activity_counts(optional) == {"folding laundry": 350}
    first = table.frame.query("subject == '101' and trial == 'protocol'")
    assert activity_counts(first) == {"lying": 200, "rope jumping": 160}
    expected = values(1)
    # From 1 on: 4 hand, 21 chest, 38 ankle; in each 2 to 4 acceleration (16 g), 8 to 10 gyroscope.
    for name, column in {
        "hand_temperature": 4,
        "hand_acc_x": 5,
        "hand_gyro_x": 11,
        "hand_mag_z": 16,
        "chest_acc_y": 23,
        "ankle_gyro_z": 38 + 9,
    }.items():
        np.testing.assert_allclose(first[name], expected[:, column - 1], rtol=1e-6)
    np.testing.assert_allclose(first["t"], expected[:, 0])
    assert first["heart_rate"].notna().sum() == 40
    assert len(table.channels) == 18
    assert (table.units["ankle_acc_x"], table.units["hand_gyro_x"], table.units["chest_mag_x"]) == (
        "m/s²",
        "rad/s",
        "µT",
    )
    assert table.attributes.loc["102"].to_dict() == {
        "gender": "female",
        "age": 25,
        "height": 169,
        "weight": 78,
        "handedness": "right",
    }


def test_it_arrives_as_recordings(tmp_path):
    recordings = load(written(tree(), tmp_path))
    assert recordings.subjects == ["101", "102"]
    assert recordings.activities == ["folding laundry", "lying", "rope jumping"]
    assert recordings.rate_hz == pytest.approx(100)
    assert len(recordings.samples) == 2 * 360 + 350
    assert set(recordings.units) == {"g", "rad/s"}


def test_a_folder_alone_is_enough(tmp_path):
    table = read_table(written(tree(), tmp_path) / "Optional")
    assert set(table.frame["trial"]) == {"optional"}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (" 24 NaN", " 25 NaN", r"subject101\.dat, line 242: activity 25 does not exist in this data set"),
        (" 24 NaN", " NaN", r"Protocol/subject101\.dat, line 242: 53 values where 54 are expected"),
        (" 24 NaN", " x NaN", r"subject101\.dat, line 242, column 2: 'x' is not a number"),
        (text(values(1)[-1:]), "12.37 24 Na", r"subject101\.dat, line 400: 3 values where 54"),
    ],
)
def test_damaged_files_are_named_with_their_line(tmp_path, old, new, message):
    with pytest.raises(RecordingError, match=message):
        read_table(written(changed(tree(), "Protocol/subject101.dat", old, new), tmp_path))
