import numpy as np
import pytest

from data.errors import RecordingError
from data.load import load
from data.readers import read_table
from tests.data.readers.layouts.trees import FORMS, activity_counts, archive, changed, wave, without, written

KEY = "walking = A\njogging = B\nteeth = G\ncatch = O\n\n"
START = {"phone": 252207666810782, "watch": 90426708196641}
MS = 1_000_000


def text(person, device, seed, offset_ns=0, n=200):
    """Two activities after each other, one minute apart, 20 Hz."""
    values, found = wave(2 * n, 3, seed), []
    for k, letter in enumerate("AO"):
        times = START[device] + offset_ns + k * 60_000 * MS + 50 * MS * np.arange(n)
        for t, (x, y, z) in zip(times, values[k * n : (k + 1) * n], strict=True):
            found.append(f"{person},{letter},{t},{x:g},{y:g},{z:g};\n")
    return "".join(found)


def tree():
    files = {
        "README.txt": "about",
        "activity_key.txt": KEY,
        "arff_files/phone/accel/data_1600_accel_phone.arff": "@x",
    }
    for person in (1600, 1601):
        for k, device in enumerate(("phone", "watch")):
            name = f"data_{person}_{{}}_{device}.txt"
            files[f"raw/{device}/accel/{name.format('accel')}"] = text(person, device, person + k)
            # The gyroscope begins half a step later.
            files[f"raw/{device}/gyro/{name.format('gyro')}"] = text(person, device, person + k + 5, 25 * MS)
    return files


@pytest.mark.parametrize("form", FORMS)
def test_people_activities_trials_units_and_values(tmp_path, form):
    table = read_table(written(tree(), tmp_path, form, top="wisdm-dataset"))
    assert table.layout == "WISDM 2019 (phone and watch)"
    assert set(table.frame["subject"]) == {"1600", "1601"}
    assert set(table.frame["trial"]) == {"phone", "watch"}
    watch = table.frame.query("subject == '1601' and trial == 'watch'").reset_index(drop=True)
    assert activity_counts(watch) == {"walking": 200, "catch": 200}
    np.testing.assert_allclose(watch["acc_x"], wave(400, 3, 1602)[:, 0], rtol=1e-6)
    np.testing.assert_allclose(np.diff(watch["t"][:200]), 0.05, atol=1e-6)
    gyro = wave(400, 3, 1607)[:, 2]
    # Half-way between the neighbours; nothing before the first one, and nothing across the pause.
    np.testing.assert_allclose(watch["gyro_z"][1:200], (gyro[:199] + gyro[1:200]) / 2, atol=1e-5)
    assert watch["gyro_z"].isna().to_numpy().nonzero()[0].tolist() == [0, 200]
    assert (table.units["acc_x"], table.units["gyro_x"]) == ("m/s²", "rad/s")
    assert len(table.channels) == 6
    assert table.place(1).endswith("raw/phone/accel/data_1600_accel_phone.txt, line 2")


def test_one_sensor_of_one_device_is_enough(tmp_path):
    folder = written(tree(), tmp_path) / "raw"
    table = read_table(folder / "phone" / "gyro")
    assert table.channels == ("gyro_x", "gyro_y", "gyro_z")
    assert set(table.frame["activity"]) == {"walking", "catch"}
    assert read_table(folder / "watch").frame["trial"].unique().tolist() == ["watch"]


def test_a_person_without_gyroscope_is_told(tmp_path):
    table = read_table(written(without(tree(), "raw/watch/gyro/data_1600_gyro_watch.txt"), tmp_path))
    assert any("One sensor is missing: watch of 1600" in finding.found for finding in table.findings)
    assert table.frame.query("subject == '1600' and trial == 'watch'")["gyro_x"].isna().all()


def test_it_arrives_as_recordings(tmp_path):
    recordings = load(written(tree(), tmp_path))
    assert recordings.subjects == ["1600", "1601"]
    assert recordings.activities == ["catch", "walking"]
    assert recordings.rate_hz == pytest.approx(20)
    assert recordings.units == ("g",) * 3 + ("rad/s",) * 3


def test_the_repository_wraps_the_archive(tmp_path):
    inner = archive({f"wisdm-dataset/{path}": content for path, content in tree().items()})
    path = tmp_path / "wisdm+smartphone.zip"
    path.write_bytes(archive({"wisdm-dataset.zip": inner}))
    assert read_table(path).layout == "WISDM 2019 (phone and watch)"


@pytest.mark.parametrize(
    ("path", "old", "new", "message"),
    [
        (
            "raw/phone/accel/data_1600_accel_phone.txt",
            "1600,A",
            "1600,N",
            "line 1: activity 'N' is not one of A, B",
        ),
        (
            "raw/phone/accel/data_1600_accel_phone.txt",
            "1600,A",
            "1600,AB",
            "line 1: activity 'AB' is not one of",
        ),
        ("raw/phone/accel/data_1600_accel_phone.txt", "1600,A", "1700,A", "line 1: this is person 1700"),
        (
            "raw/watch/gyro/data_1601_gyro_watch.txt",
            "1601,A,",
            "1601,",
            "line 1: 5 values where 6 are expected",
        ),
        (
            "raw/watch/gyro/data_1601_gyro_watch.txt",
            ",A,",
            ",A,t",
            "line 1, column 3: 't.*' is not a whole number",
        ),
        ("activity_key.txt", KEY, "nothing", "contains no line such as"),
    ],
)
def test_damaged_files_are_named_with_their_line(tmp_path, path, old, new, message):
    with pytest.raises(RecordingError, match=f"{path.rpartition('/')[2]}.*{message}"):
        read_table(written(changed(tree(), path, old, new), tmp_path))
