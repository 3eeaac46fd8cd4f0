import numpy as np
import pytest

from data.errors import RecordingError
from data.load import load
from data.readers import read_table
from tests.data.readers.layouts.trees import FORMS, activity_counts, wave, written

NAME = "WISDM_ar_v1.1_raw.txt"
START = 49105962326000


def records(person, activity, n=300, seed=0, start=START):
    times = start + 50_000_000 * np.arange(n)
    return [
        f"{person},{activity},{t},{x:g},{y:g},{z:g};"
        for t, (x, y, z) in zip(times, wave(n, 3, seed), strict=True)
    ]


def content():
    regular = [
        *records(33, "Jogging", seed=1),
        *records(33, "Upstairs", seed=2, start=START + 20_000_000_000),
        *records(17, "Walking", seed=3),
    ]
    quirks = [
        # Several records in a line, one that ends in a comma, an empty line, no value of z, no time at all.
        "".join(records(4, "Sitting", n=3, seed=4)),
        records(4, "Sitting", n=4, seed=4)[3].replace(";", ",;"),
        "",
        "4,Sitting,49106162326000,1.5,2.5,;",
        "4,Sitting,0,0.0,0.0,0.0;",
        "4,Sitting,49106262326000,1.5,2.5,3.5",
    ]
    return "\n".join([*regular, *quirks]) + "\n"


def tree():
    return {"readme.txt": "about", "WISDM_ar_v1.1_raw_about.txt": "about", NAME: content()}


@pytest.mark.parametrize("form", FORMS)
def test_people_activities_units_and_values(tmp_path, form):
    table = read_table(written(tree(), tmp_path, form, top="WISDM_ar_v1.1"))
    assert table.layout == "WISDM 2012 (v1.1)"
    assert table.roles == {"subject": "subject", "activity": "activity", "time": "t"}
    assert activity_counts(table.frame) == {"jogging": 300, "upstairs": 300, "walking": 300, "sitting": 7}
    walking = table.frame.query("subject == '17'")
    np.testing.assert_allclose(walking["acc_z"], wave(300, 3, 3)[:, 2], rtol=1e-6)
    np.testing.assert_allclose(np.diff(walking["t"]), 0.05, atol=1e-9)
    assert table.units == {"acc_x": "m/s²", "acc_y": "m/s²", "acc_z": "m/s²"}


def test_irregular_records_stay_with_what_they_have(tmp_path):
    found = read_table(written(tree(), tmp_path)).frame.query("subject == '4'")
    np.testing.assert_allclose(found["acc_x"], [*wave(4, 3, 4)[:, 0], 1.5, 0, 1.5], rtol=1e-6)
    assert found["acc_z"].isna().tolist() == [False] * 4 + [True, False, False]
    assert found["t"].isna().tolist() == [False] * 5 + [True, False]


def test_records_that_are_none_are_counted_and_stay_without_labels(tmp_path):
    broken = records(9, "Walking", n=2)
    damage = [
        "what is this",
        broken[0].rstrip(";") + "," + broken[1],
        "x,Walking,1,2,3,4;",
        f"{10**20},Walking,1,2,3,4;",
    ]
    table = read_table(written({NAME: content() + "\n".join(damage) + "\n"}, tmp_path))
    assert len(table) == 911
    assert table.frame["subject"].isna().sum() == 4
    assert table.frame["activity"].isna().sum() == 4
    warning = next(finding for finding in table.findings if finding.severity == "warning")
    assert "4 of 911 records" in warning.found
    assert "the first is record 908" in warning.found


def test_it_arrives_as_recordings(tmp_path):
    recordings = load(written(tree(), tmp_path) / NAME)
    assert recordings.subjects == ["17", "33", "4"]
    assert recordings.rate_hz == pytest.approx(20)
    assert recordings.units == ("g",) * 3
    assert recordings.activities == ["jogging", "sitting", "upstairs", "walking"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("  \n", f"{NAME} contains no samples"),
        ("nothing, that, is, a, record\n", f"{NAME} contains no record `person,activity"),
        (content() + "1,Walking," + "2," * 50 + "\n", f"{NAME} has a line that is not a list of"),
    ],
)
def test_files_without_records_are_refused(tmp_path, text, message):
    with pytest.raises(RecordingError, match=message):
        read_table(written({"readme.txt": "about", NAME: text}, tmp_path))
