"""Devices and data sets with one file per sensor: Empatica, MetaBase, phyphox by hand, RealWorld, HHAR, BIDS motion."""

import json

import numpy as np
import pandas as pd
import pytest

from data.errors import RecordingError
from data.load import load
from data.readers import gather_files, known_layouts, read_table
from tests.data.readers.layouts.trees import FORMS, archive, lines, without, written

RNG = np.random.default_rng(0)
XYZ = RNG.normal(size=(400, 3)).round(3)
COUNTS = RNG.integers(-128, 128, size=(640, 3))


def e4(folder: str, seed: int = 0) -> dict[str, str]:
    values = np.roll(COUNTS, seed, axis=0)
    acc = "1700000000.000000, 1700000000.000000, 1700000000.000000\n32.000000, 32.000000, 32.000000\n"
    return {
        f"{folder}/ACC.csv": acc + lines(values, ","),
        f"{folder}/BVP.csv": "1700000000.000000\n64.000000\n" + "0.16\n" * 20,
        f"{folder}/IBI.csv": "1700000000.000000, IBI\n1.5,0.8\n",
        f"{folder}/tags.csv": "",
        f"{folder}/info.txt": ".csv files in this archive ...\n",
    }


E4 = {**e4("P01_walk"), **e4("P01_rest", 1), **e4("P02_walk", 2), **e4("P02_rest", 3)}


@pytest.mark.parametrize("form", ["folder", "zip"])
def test_empatica_e4(tmp_path, form):
    source = written(E4, tmp_path, form)
    table = read_table(source)
    assert table.layout == "Empatica E4 and EmbracePlus"
    assert table.units == {"acc_x": "g", "acc_y": "g", "acc_z": "g"}
    part = next(part for part in table.parts if part.path.endswith("P02_walk"))
    rows = table.frame.iloc[part.start : part.start + 640]
    np.testing.assert_allclose(rows[["acc_x", "acc_y", "acc_z"]], np.roll(COUNTS, 2, axis=0) / 64)
    np.testing.assert_allclose(rows["t"], np.arange(640) / 32)
    recordings = load(source, pattern="{subject}_{activity}/")
    assert (recordings.subjects, recordings.activities) == (["P01", "P02"], ["rest", "walk"])
    assert (recordings.rate_hz, len(recordings.samples)) == (32, 4 * 640)
    assert any("BVP.csv" in finding.found for finding in recordings.findings)


def test_sessions_as_archives_in_a_folder(tmp_path):
    tree = {
        f"{name}.zip": archive({k.split("/")[1]: v for k, v in e4(name, i).items()})
        for i, name in enumerate(("P1_walk", "P2_walk"))
    }
    assert [part.path for part in read_table(written(tree, tmp_path)).parts] == ["P1_walk", "P2_walk"]


def test_a_session_without_acceleration_says_what_it_is(tmp_path):
    with pytest.raises(RecordingError, match=r"pulse, skin conductance .* Add the file ACC\.csv"):
        read_table(written(without(e4("P1"), "P1/ACC.csv"), tmp_path))


@pytest.mark.parametrize(("unit", "factor"), [("s", 1e0), ("ms", 1e3), ("µs", 1e6)])
def test_embraceplus(tmp_path, unit, factor):
    def csv(rate_hz: float, n: int) -> str:
        t = (1.7e9 + np.arange(n) / rate_hz) * factor
        return "unix_timestamp,x,y,z\n" + "".join(
            f"{a:.0f},{x},{y},{z}\n" if factor > 1 else f"{a:.6f},{x},{y},{z}\n"
            for a, (x, y, z) in zip(t, XYZ[:n], strict=True)
        )

    tree = {f"P{p}/accelerometer.csv": csv(64, 320) for p in (1, 2)} | {
        f"P{p}/gyroscope.csv": csv(64, 320) for p in (1, 2)
    }
    table = read_table(written(tree, tmp_path))
    assert table.channels == tuple(f"{sensor}_{axis}" for sensor in ("acc", "gyro") for axis in "xyz"), unit
    assert table.units == {"acc_x": "g", "acc_y": "g", "acc_z": "g"}
    np.testing.assert_allclose(table.frame["t"].iloc[:3], [0, 1 / 64, 2 / 64], atol=1.1e-3)
    np.testing.assert_allclose(table.frame["acc_z"].iloc[:320], XYZ[:320, 2], rtol=1e-6)


def test_digital_biomarkers_are_no_motion(tmp_path):
    text = "timestamp_unix,timestamp_iso,participant_full_id,accelerometers_std_g\n1,2024,P1,0.1\n2,2024,P1,0.2\n"
    with pytest.raises(RecordingError, match="one value a minute"):
        read_table(written({"1-1-P1_2024-03-04_accelerometers-std.csv": text}, tmp_path))


def metabase(sensor: str, unit: str, *, epoch: str = "epoch", begin: int = 0, n: int = 400) -> str:
    text = f"{epoch} (ms),time (01:00),elapsed (s),x-axis ({unit}),y-axis ({unit}),z-axis ({unit})\n"
    for i, (x, y, z) in enumerate(XYZ[:n]):
        text += f"{1709543700000 + begin + 10 * i},2024-03-04T10:15:00.000,{i / 100:.3f},{x},{y},{z}\n"
    return text


@pytest.mark.parametrize("epoch", ["epoch", "epoc"])
@pytest.mark.parametrize("ending", [".csv", "_100.000Hz_1.5.0.csv"])
def test_metabase_joins_the_sensors_of_a_recording(tmp_path, epoch, ending):
    tree = {}
    for folder in ("P01/walk", "P01/rest", "P02/walk", "P02/rest"):
        name = f"{folder}/MetaWear_2024-03-04T10.15.00.000_C0FFEE000001_"
        tree[f"{name}Accelerometer{ending}"] = metabase("acc", "g", epoch=epoch)
        tree[f"{name}Gyroscope{ending}"] = metabase("gyro", "deg/s", epoch=epoch, begin=20)
        tree[f"{name}Magnetometer{ending}"] = metabase("mag", "T", epoch=epoch)
        tree[f"{name}Pressure{ending}"] = f"{epoch} (ms),time (01:00),elapsed (s),pressure (Pa)\n1,2,3,4\n"
    table = read_table(written(tree, tmp_path))
    assert [part.path for part in table.parts] == ["P01/rest", "P01/walk", "P02/rest", "P02/walk"]
    assert table.units["acc_x"] == "g"
    assert (table.units["gyro_x"], table.units["mag_x"]) == ("deg/s", "µT")
    first = table.frame.iloc[:400]
    np.testing.assert_allclose(first["acc_y"], XYZ[:, 1], rtol=1e-6)
    np.testing.assert_allclose(first["gyro_y"].iloc[2:], XYZ[:-2, 1], atol=1e-6)  # it began 20 ms later
    np.testing.assert_allclose(first["mag_y"], XYZ[:, 1] * 1e6, rtol=1e-6)
    assert first["gyro_y"].isna().sum() == 2


def test_two_recordings_in_a_folder_stay_apart(tmp_path):
    tree = {
        f"P01/MetaWear_{time}_C0FFEE_{sensor}.csv": metabase(
            sensor, "g" if sensor == "Accelerometer" else "deg/s"
        )
        for time in ("2024-03-04T10.15.00.000", "2024-03-04T10.25.00.000")
        for sensor in ("Accelerometer", "Gyroscope")
    }
    assert len(read_table(written(tree, tmp_path)).parts) == 2


PHYPHOX = (
    '"Time (s)","Linear Acceleration x (m/s^2)","Linear Acceleration y (m/s^2)","Linear Acceleration z (m/s^2)",'
    '"Absolute acceleration (m/s^2)"\n'
)


@pytest.mark.parametrize("folder", ["", "P1/"])
def test_phyphox_files_saved_under_names_of_their_own(tmp_path, folder):
    rows = lines(np.column_stack([np.arange(300) / 100, XYZ[:300], np.ones(300)]), ",")
    tree = {
        f"{folder}ana_WalkingRawData.csv": PHYPHOX + rows,
        f"{folder}bo_JumpingRawData2.csv": PHYPHOX + rows,
    }
    table = read_table(written(tree, tmp_path))
    assert table.layout == "phyphox"
    assert table.channels == (
        "linacc_x",
        "linacc_y",
        "linacc_z",
    )  # the absolute value is no channel of its own
    assert set(table.units.values()) == {"m/s²"}
    assert len(table.parts) == 2
    assert len(table) == 600
    one = read_table(written(dict(list(tree.items())[:1]), tmp_path / "one"))
    assert (one.channels, len(one)) == (table.channels, 300)


def test_a_table_with_labels_is_not_taken_for_phyphox(tmp_path):
    text = '"Time (s)","subject","X (m/s^2)","Y (m/s^2)","Z (m/s^2)"\n0,Ann,1,2,3\n0.1,Ann,1,2,3\n'
    files = gather_files(written({"a.csv": text}, tmp_path))
    assert [layout.TITLE for layout in known_layouts() if layout.recognises(files)] == []


def realworld() -> dict[str, str | bytes]:
    tree: dict[str, str | bytes] = {}
    for person in (1, 2):
        for activity in ("walking", "climbingup"):
            packed = {"acc": {}, "gyr": {}}
            for place in ("chest", "waist"):
                for kind, name in (("acc", "acc"), ("gyr", "Gyroscope")):
                    t = 1_436_000_000_000 + 20 * np.arange(400)
                    rows = "".join(
                        f"{i},{a},{x},{y},{z}\n" for i, (a, (x, y, z)) in enumerate(zip(t, XYZ, strict=True))
                    )
                    packed[kind][f"{name}_{activity}_{place}.csv"] = (
                        "id,attr_time,attr_x,attr_y,attr_z\n" + rows
                    )
            for kind, members in packed.items():
                tree[f"proband{person}/data/{kind}_{activity}_csv.zip"] = archive(members)
    return tree


def test_realworld_joins_places_and_sensors(tmp_path):
    source = written(realworld(), tmp_path)
    recordings = load(source)
    assert (recordings.subjects, recordings.activities) == (["1", "2"], ["climbing up", "walking"])
    assert recordings.rate_hz == 50
    assert recordings.channels == tuple(
        f"{place}_{sensor}_{axis}"
        for place in ("chest", "waist")
        for sensor in ("acc", "gyro")
        for axis in "xyz"
    )
    assert set(recordings.units) == {"g", "rad/s"}
    assert len(recordings.samples) == 4 * 400
    alone = load(source / "proband2")
    assert alone.subjects == ["2"]


def hhar(sensor: str, n: int = 300) -> str:
    text = "Index,Arrival_Time,Creation_Time,x,y,z,User,Model,Device,gt\n"
    for user in "ab":
        for device in ("nexus4_1", "s3_1"):
            shift = len(user + device) + ord(user)  # copies of a recording would be left out
            for i, (x, y, z) in enumerate(np.roll(XYZ, shift, axis=0)[:n]):
                label = ("null", "stand", "stairsup")[i // 100]
                times = f"{1_424_696_633_000 + 5 * i},{10**18 + i}"
                text += f"{i},{times},{x},{y},{z},{user},{device[:-2]},{device},{label}\n"
    return text


def test_hhar_has_a_trial_for_each_device(tmp_path):
    tree = {
        f"Activity recognition exp/Phones_{sensor}.csv": hhar(sensor)
        for sensor in ("accelerometer", "gyroscope")
    }
    recordings = load(written(tree, tmp_path))
    assert (recordings.subjects, recordings.activities) == (["a", "b"], ["stairs up", "standing"])
    assert recordings.rate_hz == 200
    assert len(recordings.samples) == 4 * 200
    assert set(recordings.samples["trial"]) == {"nexus4_1", "s3_1"}
    np.testing.assert_allclose(
        recordings.samples["gyro_x"].iloc[:5], np.roll(XYZ, 9 + ord("a"), axis=0)[200:205, 0], rtol=1e-5
    )


def bids(*, events: bool = True, n: int = 400) -> dict[str, str]:
    columns = [("t", "n/a", "LATENCY", "n/a", "s")]
    columns += [
        (f"w_{s}_{a}", a, kind, "wrist", unit)
        for s, kind, unit in (("a", "ACCEL", "m/s^2"), ("g", "GYRO", "deg/s"))
        for a in "xyz"
    ]
    channels = "name\tcomponent\ttype\ttracked_point\tunits\n" + "".join("\t".join(c) + "\n" for c in columns)
    tree = {
        "dataset_description.json": "{}",
        "participants.tsv": "participant_id\tage\tsex\nsub-01\t30\tF\nsub-02\t40\tM\n",
        "task-gait_tracksys-imu_channels.tsv": channels,
        "task-gait_tracksys-imu_motion.json": json.dumps({"SamplingFrequency": 100, "TaskName": "gait"}),
    }
    for person in ("01", "02"):
        name = f"sub-{person}/motion/sub-{person}_task-gait"
        values = np.column_stack([np.arange(n) / 100, XYZ[:n], XYZ[:n] * 10])
        tree[f"{name}_tracksys-imu_motion.tsv"] = lines(values, "\t")
        if events:
            tree[f"{name}_events.tsv"] = "onset\tduration\ttrial_type\n0\t1\twalk\n1\t2\tturn\n3\tn/a\tn/a\n"
    return tree


@pytest.mark.parametrize("form", FORMS)
def test_bids_motion(tmp_path, form):
    source = written(bids(), tmp_path, form)
    recordings = load(source)
    assert (recordings.subjects, recordings.activities) == (["01", "02"], ["turn", "walk"])
    assert recordings.rate_hz == 100
    assert recordings.channels == tuple(
        f"wrist_{sensor}_{axis}" for sensor in ("acc", "gyro") for axis in "xyz"
    )
    assert set(recordings.units) == {"g", "rad/s"}
    assert len(recordings.samples) == 2 * 300
    assert recordings.attributes.loc["02", "gender"] == "male"
    assert recordings.attributes["age"].tolist() == [30, 40]


def test_bids_without_events_takes_the_task(tmp_path):
    recordings = load(written(bids(events=False), tmp_path))
    assert (recordings.activities, len(recordings.samples)) == (["gait"], 800)


@pytest.mark.parametrize(
    ("lost", "message"),
    [
        ("task-gait_tracksys-imu_channels.tsv", "has no _channels.tsv"),
        ("task-gait_tracksys-imu_motion.json", "no _motion.json states its SamplingFrequency"),
    ],
)
def test_bids_without_its_descriptions_is_refused(tmp_path, lost, message):
    with pytest.raises(RecordingError, match=message):
        read_table(written(without(bids(), lost), tmp_path))


GAIT = "".join("\t".join(f"{v:.2f}" for v in row) + "\n" for row in np.abs(RNG.normal(size=(50, 19))))


@pytest.mark.parametrize("name", ["GaCo01_01.txt", "JuPt12_03.txt", "SiPt08_10.txt"])
def test_forces_under_the_feet_are_named(tmp_path, name):
    tree = {name: GAIT, "demographics.csv": "ID,Group,Gender,Age\nGaCo01,2,1,70\nGaCo02,2,2,71\n"}
    with pytest.raises(
        RecordingError, match=f"{name} is from PhysioNet's Gait in Parkinson's Disease: forces"
    ):
        read_table(written(tree, tmp_path))


@pytest.mark.parametrize(
    ("columns", "what"),
    [
        (["time", "hr"], "heart rate or pulse"),
        (["time", "ground_force_vx", "ground_force_px", "ground_torque_x"], "forces"),
        (["date", "epoch", "axis1", "axis2", "axis3", "steps", "lux"], "activity counts or steps"),
        (["subject", "activity", "time", "EMG1", "EMG2"], "electrical activity"),
    ],
)
def test_tables_of_another_quantity_are_named(tmp_path, columns, what):
    frame = pd.DataFrame(RNG.integers(0, 99, size=(60, len(columns))), columns=columns)
    with pytest.raises(RecordingError, match=what):
        read_table(written({"a.csv": frame.to_csv(index=False)}, tmp_path))


@pytest.mark.parametrize(
    "columns", [["time", "acc_x", "hr"], ["time", "hr", "speed"], ["axis1", "axis2", "axis3"]]
)
def test_what_may_be_motion_is_read(tmp_path, columns):
    frame = pd.DataFrame(RNG.normal(size=(60, len(columns))), columns=columns)
    if columns == ["axis1", "axis2", "axis3"]:
        frame["speed"] = 0.5
    assert len(read_table(written({"a.csv": frame.to_csv(index=False)}, tmp_path))) == 60
