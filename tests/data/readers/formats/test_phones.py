"""Recordings of phone apps and WFDB: folders and archives of several files."""

import builtins
import contextlib
import io
import zipfile

import numpy as np
import pandas as pd
import pytest

from data.errors import RecordingError
from data.readers import read_table
from data.readers.files import one_file
from tests.data.readers.formats.hostile import is_sentence, survives

RNG = np.random.default_rng(0)
XYZ = RNG.normal(size=(300, 3)).round(6)


def packed(files: dict[str, str | bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in files.items():
            archive.writestr(name, body)
    return content.getvalue()


def sensor_logger(rate_hz: float, begin: float, n: int = 300) -> str:
    t = np.arange(n) / rate_hz + begin
    nanoseconds = (1_700_000_000_000_000_000 + np.round(t * 1e9)).astype(np.int64)
    x, y, z = XYZ[:n].T
    return pd.DataFrame({"time": nanoseconds, "seconds_elapsed": t, "z": z, "y": y, "x": x}).to_csv(
        index=False
    )


def sensor_logger_files(**more: str) -> dict[str, str]:
    notes = (
        'time,seconds_elapsed,text,millisecond_press_duration\n1,0.5,walking,60\n2,1.2,"sitting, still",60\n'
    )
    return {
        "Accelerometer.csv": sensor_logger(100, 0.0),
        "Gyroscope.csv": sensor_logger(50, 0.0, 150),
        "Annotation.csv": notes,
        "Metadata.csv": "version,device name,platform,standardisation\n3,iPhone,ios,false\n",
        "Location.csv": "time,seconds_elapsed,longitude,latitude\n1,0.5,8.1,50.2\n",
        **more,
    }


def phyphox_files(separator: str = ",", decimal: str = ".") -> dict[str, str]:
    def one(name: str, unit: str) -> str:
        columns = {f"{name} {axis} ({unit})": XYZ[:, i] for i, axis in enumerate("xyz")}
        frame = pd.DataFrame({"Time (s)": np.arange(300) / 200, **columns, "Absolute (m/s^2)": 1.0})
        return frame.to_csv(index=False, sep=separator, decimal=decimal, quoting=1 if decimal == "." else 0)

    return {
        "Accelerometer.csv": one("Acceleration", "m/s^2"),
        "Gyroscope.csv": one("Gyroscope", "rad/s"),
        "Linear Accelerometer.csv": one("Linear Acceleration", "m/s^2"),
        "meta/device.csv": '"property","value"\n"version","1.1.16"\n',
        "meta/time.csv": '"event","experiment time","system time"\n"START",0,1700000000.1\n',
    }


def matlab_csv(n: int = 100) -> str:
    times = pd.Timestamp("2024-09-30 10:37:40") + pd.to_timedelta(np.arange(n) * 20, unit="ms")
    x, y, z = XYZ[:n].T
    written = times.strftime("%d-%b-%Y %H:%M:%S.%f").str[:-3]
    return pd.DataFrame({"Timestamp": written, "X": x, "Y": y, "Z": z}).to_csv(index=False)


def wfdb_files(*names: str) -> dict[str, bytes]:
    """Return records of 16 bits and 200 steps a unit, with annotations at 0.5 s and 1.5 s."""
    files: dict[str, bytes] = {}
    for name in names:
        lines = [f"{name} 3 100 300", *(f"{name}.dat 16 200/g 16 0 0 0 0 acc_{axis}" for axis in "xyz")]
        files[f"{name}.hea"] = ("\n".join(lines) + "\n").encode()
        files[f"{name}.dat"] = np.round(XYZ * 200).astype("<i2").tobytes()
        files[f"{name}.atr"] = annotation(50, "(walk") + annotation(100, "(sit") + b"\0\0"
    return files


def annotation(samples_later: int, text: str) -> bytes:
    """Return a rhythm change (code 28) with its text, as MIT's annotation format has it."""
    body = text.encode()
    head = np.array([28 << 10 | samples_later, 63 << 10 | len(body)], "<u2").tobytes()
    return head + body + bytes(len(body) % 2)


def test_sensor_logger_joins_sensors_and_annotations():
    table = read_table(packed(sensor_logger_files()), name="P1_home.zip")
    assert table.layout == "Sensor Logger"
    assert table.channels == ("acc_x", "acc_y", "acc_z", "gyro_x", "gyro_y", "gyro_z")
    assert (table.units["acc_x"], table.units["gyro_z"]) == ("m/s²", "rad/s")
    np.testing.assert_allclose(table.frame[["acc_x", "acc_y", "acc_z"]], XYZ, rtol=1e-5)
    np.testing.assert_allclose(
        table.frame[["gyro_x", "gyro_y", "gyro_z"]][:299:2], XYZ[:150], rtol=1e-4, atol=1e-6
    )
    np.testing.assert_allclose(table.frame["t"], np.arange(300) / 100)
    begins = table.frame.groupby("activity")["t"].min()
    assert begins.to_dict() == pytest.approx({"walking": 0.5, "sitting, still": 1.2})
    assert table.frame["activity"].isna().sum() == 50


def test_sensor_logger_with_many_folders_and_many_archives():
    folders = {
        f"{p}/{name}": body for p in ("P1_walk", "P2_sit") for name, body in sensor_logger_files().items()
    }
    table = read_table(packed(folders), name="all.zip")
    assert [part.path for part in table.parts] == ["P1_walk", "P2_sit"]
    archives = [one_file(packed(sensor_logger_files()), f"{p}.zip") for p in ("P1_walk", "P2_sit")]
    again = read_table(archives)
    assert [part.path for part in again.parts] == ["P1_walk", "P2_sit"]
    pd.testing.assert_frame_equal(table.frame, again.frame)


def test_sensor_logger_keeps_the_sensors_that_all_recordings_have():
    first, second = sensor_logger_files(), sensor_logger_files()
    del second["Gyroscope.csv"]
    files = {f"{p}/{name}": body for p, one in (("A", first), ("B", second)) for name, body in one.items()}
    table = read_table(packed(files), name="all.zip")
    assert table.channels == ("acc_x", "acc_y", "acc_z")
    assert "gyro" in table.findings[0].found


@pytest.mark.parametrize(("standardised", "unit"), [("false", "g"), ("true", "m/s²")])
def test_sensor_loggers_watch_has_the_units_that_its_metadata_tell(standardised, unit):
    t = np.arange(100) / 50
    columns = {
        f"{kind}{axis}": XYZ[:100, i]
        for kind in ("rotationRate", "acceleration", "gravity")
        for i, axis in enumerate("XYZ")
    }
    watch = pd.DataFrame({"time": 1, "seconds_elapsed": t, **columns}).to_csv(index=False)
    metadata = f"version,standardisation\n3,{standardised}\n"
    table = read_table(packed({"WristMotion.csv": watch, "Metadata.csv": metadata}), name="watch.zip")
    assert (table.units["wristacc_x"], table.units["wristgyro_x"]) == (unit, "rad/s")


@pytest.mark.parametrize(("separator", "decimal"), [(",", "."), ("\t", "."), (";", ",")])
def test_phyphox_joins_its_files(separator, decimal):
    table = read_table(packed(phyphox_files(separator, decimal)), name="phyphox.zip")
    assert table.layout == "phyphox"
    np.testing.assert_allclose(table.frame[["acc_x", "acc_y", "acc_z"]], XYZ, rtol=1e-4, atol=1e-6)
    assert {c.split("_")[0]: table.units[c] for c in table.channels} == {
        "acc": "m/s²",
        "gyro": "rad/s",
        "linacc": "m/s²",
    }
    np.testing.assert_allclose(np.diff(table.frame["t"]), 1 / 200)


def test_phyphox_with_many_folders():
    files = {f"{p}/{name}": body for p in ("anna_run", "ben_run") for name, body in phyphox_files().items()}
    assert [part.path for part in read_table(packed(files), name="all.zip").parts] == ["anna_run", "ben_run"]


def test_matlab_mobile_puts_a_logs_sensors_together():
    names = [
        f"sensorlog_2024093{day}_103740_{sensor}.csv"
        for day in (0, 1)
        for sensor in ("Acceleration", "AngularVelocity")
    ]
    table = read_table(packed(dict.fromkeys(names, matlab_csv())), name="logs.zip")
    assert table.layout == "MATLAB Mobile"
    assert [part.path for part in table.parts] == ["sensorlog_20240930_103740", "sensorlog_20240931_103740"]
    np.testing.assert_allclose(table.frame["t"][:100], np.arange(100) / 50, atol=1e-6)
    np.testing.assert_allclose(table.frame[["gyro_x", "gyro_y", "gyro_z"]][:100], XYZ[:100], rtol=1e-5)


def test_wfdb_records_with_annotations():
    table = read_table(packed(wfdb_files("p1_home", "p2_home")), name="records.zip")
    assert table.layout == "WFDB (PhysioNet)"
    assert [part.path for part in table.parts] == ["p1_home", "p2_home"]
    np.testing.assert_allclose(
        table.frame[["acc_x", "acc_y", "acc_z"]][:300], np.round(XYZ * 200) / 200, atol=1e-5
    )
    assert (table.rate_hz, table.units["acc_x"]) == (100, "g")
    assert table.frame["activity"][:300].value_counts().to_dict() == {"walk": 100, "sit": 150}


def test_a_wfdb_header_cannot_name_files_elsewhere(tmp_path):
    (tmp_path / "secret.dat").write_bytes(np.zeros(900, "<i2").tobytes())
    (tmp_path / "study").mkdir()
    for name, body in wfdb_files("a").items():
        (tmp_path / "study" / name).write_bytes(body.replace(b"a.dat", b"../secret.dat"))
    with pytest.raises(RecordingError):
        read_table(tmp_path / "study")


def test_a_missing_library_is_told_with_the_command_that_installs_it(monkeypatch):
    real = builtins.__import__

    def without(name, *args, **options):
        if name == "wfdb":
            raise ImportError(name)
        return real(name, *args, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(RecordingError, match=r"run pip install 'wfdb") as caught:
        read_table(packed(wfdb_files("a")), name="records.zip")
    assert "records.zip" in str(caught.value)


@pytest.mark.parametrize(
    "files",
    [
        sensor_logger_files(),
        phyphox_files(),
        {f"log_{s}.csv": matlab_csv() for s in ("Acceleration", "AngularVelocity")},
    ],
)
def test_recordings_without_numbers_are_refused_in_a_sentence(files):
    empty = {name: "\n".join(body.splitlines()[:1]) + "\n" for name, body in files.items()}
    with pytest.raises(RecordingError) as caught:
        read_table(packed(empty), name="empty.zip")
    is_sentence(str(caught.value), "empty.zip")


@pytest.mark.parametrize("files", [sensor_logger_files(), phyphox_files(), wfdb_files("a")])
def test_damaged_files_give_a_sentence_or_a_table(files):
    assert survives(packed(files), "fuzz.zip", n=30) > 0
    inner = sorted(files)[0]
    rng = np.random.default_rng(0)
    for _ in range(30):
        body = bytearray(files[inner] if isinstance(files[inner], bytes) else files[inner].encode())
        for position in rng.integers(0, len(body), 5):
            body[position] = rng.integers(256)
        with contextlib.suppress(RecordingError):
            read_table(packed({**files, inner: bytes(body)}), name="fuzz.zip")
