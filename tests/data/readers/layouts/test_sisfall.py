import numpy as np
import pytest

from data.errors import RecordingError
from data.load import load
from data.readers import read_table
from tests.data.readers.layouts.trees import FORMS, changed, without, written

README = """
---- SisFall: A Fall and Movement Dataset ----

| Code | Activity                  | Trials | Duration |
| D01  | Walking slowly            | 1      | 100s     |

+---------+-----+--------+--------+--------+
| Subject | Age | Height | Weight | Gender |
+---------+-----+--------+--------+--------+
| SA01    | 26  | 165    | 53     | F      |
| SA02    | 23  | 176    | 58.5   | M      |
| SE06    | 60  | 163    | 79     | M      |
+---------+-----+--------+--------+--------+
* Height in cm and Weight in kg.
"""
LINE = "{:4d},{:4d}, {:3d}, {:3d},{:4d},{:4d}, {:3d},{:4d},{:4d};"


def raw(n=400, seed=0):
    return np.random.default_rng(seed).integers(-999, 999, (n, 9))


def text(values, end="\n"):
    return "".join(LINE.format(*row) + end for row in values)


def tree():
    return {
        "Readme.txt": README,
        "SA01/D01_SA01_R01.txt": text(raw(seed=1)),
        "SA01/F05_SA01_R04.txt": text(raw(seed=2), end="\r\n"),
        "SA02/D01_SA02_R01.txt": text(raw(seed=3)) + "\n",
        "SE06/D14_SE06_R02.txt": text(raw(seed=4)),
    }


@pytest.mark.parametrize("form", FORMS)
def test_people_activities_trials_units_and_values(tmp_path, form):
    table = read_table(written(tree(), tmp_path, form, top="SisFall_dataset"))
    assert table.layout == "SisFall"
    assert table.rate_hz == 200
    assert len(table) == 4 * 400
    fall = table.frame.query("subject == 'SA01' and trial == '4'")
    assert fall["activity"].unique().tolist() == ["fall forward while jogging caused by a trip"]
    np.testing.assert_allclose(fall["acc_x"], raw(seed=2)[:, 0] * 32 / 8192, rtol=1e-6)
    np.testing.assert_allclose(fall["gyro_y"], raw(seed=2)[:, 4] * 4000 / 65536, rtol=1e-6)
    np.testing.assert_allclose(fall["acc2_z"], raw(seed=2)[:, 8] * 16 / 16384, rtol=1e-6)
    assert table.channels == ("acc_x", "acc_y", "acc_z", "gyro_x", "gyro_y", "gyro_z")
    assert (table.units["acc_x"], table.units["gyro_x"], table.units["acc2_x"]) == ("g", "deg/s", "g")
    assert table.place(401).endswith("F05_SA01_R04.txt, line 2")
    assert table.frame["acc_x"].dtype == np.float32


def test_the_readme_tells_age_height_weight_and_gender(tmp_path):
    people = read_table(written(tree(), tmp_path)).attributes
    assert people.index.tolist() == ["SA01", "SA02", "SE06"]
    assert people.loc["SA02"].to_dict() == {"age": 23, "height": 176, "weight": 58.5, "gender": "male"}
    assert people.loc["SA01", "gender"] == "female"
    table = read_table(written(without(tree(), "Readme.txt"), tmp_path, top="other"))
    assert table.attributes.empty
    assert any("No Readme.txt" in finding.found for finding in table.findings)


def test_the_words_of_the_readme(tmp_path):
    activities = set(read_table(written(tree(), tmp_path)).frame["activity"])
    assert "walking slowly" in activities
    assert any(activity.startswith("being on one's back change to lateral") for activity in activities)


def test_it_arrives_as_recordings(tmp_path):
    recordings = load(written(tree(), tmp_path))
    assert recordings.subjects == ["SA01", "SA02", "SE06"]
    assert recordings.rate_hz == 200
    assert recordings.units == ("g",) * 3 + ("rad/s",) * 3
    assert recordings.attributes.loc["SE06", "age"] == 60


def test_a_file_that_is_there_twice_is_read_once(tmp_path):
    table = read_table(written({**tree(), "copy/D01_SA01_R01.txt": "anything"}, tmp_path))
    assert len(table) == 4 * 400
    assert any("1 recording occurs more than once" in finding.found for finding in table.findings)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (text(raw(seed=1))[:46], "1,2,3;\n", "D01_SA01_R01.txt, line 1: 3 values where 9 are expected"),
        (text(raw(seed=1)), "", "D01_SA01_R01.txt contains no samples"),
        (text(raw(seed=1))[-47:], " 12,-1", "D01_SA01_R01.txt, line 400: 2 values where 9 are expected"),
        (text(raw(seed=1))[:5], " abc,", r"D01_SA01_R01.txt, line 1, column 1: 'abc' is not a whole number"),
        (
            text(raw(seed=1))[:5],
            "9999999999999,",
            "D01_SA01_R01.txt, line 1, column 1: '9999999999999' is not",
        ),
    ],
)
def test_damaged_files_are_named_with_their_line(tmp_path, old, new, message):
    with pytest.raises(RecordingError, match=message):
        read_table(written(changed(tree(), "SA01/D01_SA01_R01.txt", old, new), tmp_path))


def test_an_unknown_activity_is_refused(tmp_path):
    with pytest.raises(RecordingError, match=r"D20_SA01_R01\.txt: activity D20 does not exist in SisFall"):
        read_table(written({**tree(), "SA01/D20_SA01_R01.txt": text(raw())}, tmp_path))


def test_progress_is_told_and_can_stop_the_reading(tmp_path):
    told = []
    read_table(written(tree(), tmp_path), on_progress=lambda *step: told.append(step))
    assert [(done, total) for done, total, _ in told] == [(i, 4) for i in range(4)]

    def stop(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read_table(tmp_path / "download", on_progress=stop)
