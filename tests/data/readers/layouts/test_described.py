"""Public data sets that are only described: people, activities, units, rates and values, as their documents say."""

import io

import numpy as np
import pytest
from scipy.io import savemat

from data.errors import RecordingError
from data.load import load
from data.readers import gather_files, known_layouts, read_table
from data.readers.layouts._layout import Layout
from tests.data.readers.layouts.trees import FORMS, lines, wave, written


def mat(name: str, values: np.ndarray) -> bytes:
    sink = io.BytesIO()
    savemat(sink, {name: values, "title": "anything"})
    return sink.getvalue()


def milliseconds(n: int, rate_hz: float) -> np.ndarray:
    return np.floor(np.arange(n) * 1000 / rate_hz)[:, None]


def counts(n: int, n_columns: int, seed: int) -> np.ndarray:
    return np.round(wave(n, n_columns, seed) * 100)


def labelled(values: np.ndarray, labels: list[int]) -> np.ndarray:
    return np.column_stack([values, np.repeat(labels, len(values) // len(labels))])


def opportunity(seed: int) -> np.ndarray:
    values = counts(120, 250, seed)
    values[:, 0] = milliseconds(120, 30)[:, 0]
    values[:, 243] = np.repeat([0, 1, 2, 4], 30)
    return values


HUGADB = "#Activity\twalking\n#ActivityID\t1\n#Date\t01-01\n" + "\t".join(
    [*(f"c{i}" for i in range(38)), "act"]
)
TREES = {
    "Daphnet (freezing of gait)": {
        f"dataset/{name}.txt": lines(
            np.column_stack([milliseconds(320, 64), labelled(counts(320, 9, i), [0, 1, 2, 1])])
        )
        for i, name in enumerate(("S01R01", "S01R02", "S02R01"))
    },
    "HuGaDB": {
        f"HuGaDB_v2_various_{person}_00.txt": f"{HUGADB}\n"
        + lines(labelled(counts(200, 38, i), [1, 5]), "\t")
        for i, person in enumerate(("01", "02"))
    },
    "UTD-MHAD (inertial)": {
        f"a{a}_s{s}_t1_inertial.mat": mat("d_iner", wave(180, 6, 10 * a + s)) for a in (1, 23) for s in (1, 2)
    },
    "USC-HAD": {
        f"Subject{s}/a{a}t1.mat": mat("sensor_readings", wave(300, 6, 10 * a + s))
        for a in (1, 12)
        for s in (1, 14)
    },
    "KU-HAR (raw)": {
        f"{folder}/{person}_{letter}_1.csv": lines(
            np.column_stack(
                [np.arange(300) / 100, wave(300, 3, i), np.arange(300) / 100, wave(300, 3, i + 50)]
            ),
            ",",
        )
        for i, (folder, letter, person) in enumerate(
            (f, c, p) for f, c in (("0.Stand", "A"), ("11.Walk", "L")) for p in ("1001", "1026")
        )
    },
    "DSADS (Daily and Sports Activities)": {
        f"data/a{a}/p{p}/s{s}.txt": lines(wave(125, 45, int(a) * 100 + p * 10 + int(s)), ",")
        for a in ("01", "19")
        for p in (1, 2)
        for s in ("01", "02", "03")
    },
    "Opportunity": {
        f"dataset/{name}.dat": lines(opportunity(i)) for i, name in enumerate(("S1-ADL1", "S2-Drill"))
    },
}
# People, activities, rate in Hz, number of channels, number of samples after leaving out unlabelled ones.
FACTS = {
    "Daphnet (freezing of gait)": (["S01", "S02"], ["freeze", "no freeze"], 64, 9, 3 * 240),
    "HuGaDB": (["01", "02"], ["sitting", "walking"], 56.35, 36, 400),
    "UTD-MHAD (inertial)": (["1", "2"], ["swipe left", "walk"], 50, 6, 4 * 180),
    "USC-HAD": (["1", "14"], ["elevator down", "walking forward"], 100, 6, 4 * 300),
    "KU-HAR (raw)": (["1001", "1026"], ["stand", "walk"], 100, 6, 4 * 300),
    "DSADS (Daily and Sports Activities)": (["1", "2"], ["playing basketball", "sitting"], 25, 45, 4 * 375),
    "Opportunity": (["S1", "S2"], ["sit", "stand", "walk"], 30, 30, 2 * 90),
}


def test_every_description_is_tried():
    described = {layout.TITLE for layout in known_layouts() if isinstance(layout, Layout)}
    assert described == set(TREES) == set(FACTS)


@pytest.mark.parametrize("title", TREES)
@pytest.mark.parametrize("form", FORMS)
def test_a_data_set_as_it_is_downloaded(tmp_path, title, form):
    source = written(TREES[title], tmp_path, form)
    files = gather_files(source)
    assert [layout.TITLE for layout in known_layouts() if layout.recognises(files)] == [title]
    recordings = load(source)
    people, activities, rate_hz, n_channels, n_samples = FACTS[title]
    assert recordings.subjects == people
    assert recordings.activities == activities
    assert recordings.rate_hz == pytest.approx(rate_hz, rel=1e-3)
    assert len(recordings.channels) == n_channels
    assert len(recordings.samples) == n_samples


@pytest.mark.parametrize("title", TREES)
def test_a_description_says_where_it_comes_from(title):
    layout = next(known for known in known_layouts() if title == known.TITLE)
    assert isinstance(layout, Layout)
    assert layout.source
    assert layout.licence
    assert set(layout.units) <= {"acc", "linacc", "gyro", "mag"}


def of(tmp_path, title: str):
    return read_table(written(TREES[title], tmp_path))


def test_daphnet_in_milli_g_with_its_times(tmp_path):
    table = of(tmp_path, "Daphnet (freezing of gait)")
    part = table.frame.query("subject == 'S01' and trial == 'R02'")
    np.testing.assert_allclose(part["trunk_acc_z"], counts(320, 9, 1)[:, 8])
    np.testing.assert_allclose(part["t"], milliseconds(320, 64)[:, 0] / 1000)
    assert set(table.units.values()) == {"mg"}
    assert part["activity"].isna().sum() == 80


def test_hugadb_scales_counts_to_their_range(tmp_path):
    table = of(tmp_path, "HuGaDB")
    first = table.frame.query("subject == '01'")
    np.testing.assert_allclose(first["rf_acc_x"], counts(200, 38, 0)[:, 0] * 2 / 32768, rtol=1e-6)
    np.testing.assert_allclose(first["lt_gyro_z"], counts(200, 38, 0)[:, 35] * 2000 / 32768, rtol=1e-6)
    assert "rf_acc_x" in table.channels
    assert (table.units["rf_acc_x"], table.units["lt_gyro_z"]) == ("g", "deg/s")


def test_segments_of_dsads_follow_each_other(tmp_path):
    table = of(tmp_path, "DSADS (Daily and Sports Activities)")
    part = table.frame.query("subject == '2' and activity == 'playing basketball'")
    expected = np.concatenate([wave(125, 45, 1900 + 20 + s) for s in (1, 2, 3)])
    np.testing.assert_allclose(part["torso_acc_x"], expected[:, 0], rtol=1e-6)
    np.testing.assert_allclose(part["left_leg_mag_z"], expected[:, 44], rtol=1e-6)
    assert len(table.parts) == 4
    assert "torso_mag_x" not in table.units


def test_opportunity_reads_the_columns_of_the_five_units(tmp_path):
    table = of(tmp_path, "Opportunity")
    part = table.frame.query("subject == 'S2'")
    values = opportunity(1)
    # From 1 on: 38 is the acceleration of the back, 93 the angular velocity of the left lower arm.
    np.testing.assert_allclose(part["back_acc_x"], values[:, 37])
    np.testing.assert_allclose(part["left_lower_arm_gyro_x"], values[:, 92])
    assert (table.units["back_acc_x"], "back_gyro_x" in table.units) == ("mg", False)


@pytest.mark.parametrize(
    ("title", "path", "content", "message"),
    [
        (
            "UTD-MHAD (inertial)",
            "a28_s1_t1_inertial.mat",
            mat("d_iner", wave(9, 6)),
            "activity 28 does not exist",
        ),
        ("UTD-MHAD (inertial)", "a1_s1_t1_inertial.mat", mat("d_iner", wave(9, 5)), r"the shape \(9, 5\)"),
        ("UTD-MHAD (inertial)", "a1_s1_t1_inertial.mat", mat("d", wave(9, 6)), "no such array"),
        (
            "HuGaDB",
            "HuGaDB_v2_various_01_00.txt",
            f"{HUGADB}\n1\t2\n",
            "line 5: 2 values where 39 are expected",
        ),
        (
            "Daphnet (freezing of gait)",
            "dataset/S01R01.txt",
            lines(np.full((9, 11), 3)),
            "line 1: activity 3 does not",
        ),
    ],
)
def test_damaged_files_are_named(tmp_path, title, path, content, message):
    with pytest.raises(RecordingError, match=message):
        read_table(written({**TREES[title], path: content}, tmp_path))


def test_files_called_alike_with_other_columns_are_nobodys(tmp_path):
    tree = {"S01R01.txt": lines(wave(50, 4)), "a01/p1/s01.txt": lines(wave(50, 6), ",")}
    files = gather_files(written(tree, tmp_path))
    assert [layout.TITLE for layout in known_layouts() if layout.recognises(files)] == []
