"""Where a table of text begins: metadata, several lines of names, units, and the tables of known devices."""

import numpy as np
import pytest

from data.errors import NamelessColumnsError, RecordingError
from data.load import load
from data.readers import read_table
from data.readers.formats._header import find_header
from tests.data.readers.formats.hostile import is_sentence

VALUES = np.random.default_rng(0).normal(size=(300, 6)).round(3)
RATE_HZ = 50.0
ACTILIFE = (
    "------------ Data File Created By ActiGraph GT3X+ ActiLife v6.13.4 Firmware v1.9.2 date format {order} at 30 Hz  "
    "Filter Normal -----------\nSerial Number: TAS1X00000001\nStart Time 10:15:00\nStart Date 3/4/2024\n"
    "Epoch Period (hh:mm:ss) {epoch}\nDownload Time 12:00:00\nDownload Date 3/4/2024\nCurrent Memory Address: 0\n"
    "Current Battery Voltage: 4.1     Mode = 12\n--------------------------------------------------\n"
)
G = ("acc_x", "acc_y", "acc_z")
MINE = "mine.csv"


def body(separator: str = ",", *, first=None, end: str = "", n: int = 6, decimal: str = ".") -> str:
    """Return rows; `first(i)` is the text of the first cell."""
    lines = []
    for i, row in enumerate(VALUES):
        cells = [*([first(i)] if first else []), *(f"{value}".replace(".", decimal) for value in row[:n])]
        lines.append(separator.join(cells) + end)
    return "\n".join(lines) + "\n"


def table(text: str, name: str = MINE, **options):
    return read_table(text.encode(), name=name, **options)


def refusal(text: str, name: str = MINE) -> str:
    with pytest.raises(RecordingError) as caught:
        table(text, name)
    is_sentence(str(caught.value), name)
    return str(caught.value)


@pytest.mark.parametrize("order", ["M/d/yyyy", "d/MM/yyyy", "dd.MM.yyyy"])
@pytest.mark.parametrize("names", ["Accelerometer X,Accelerometer Y,Accelerometer Z\n", ""])
def test_the_raw_csv_of_actilife_with_and_without_names(order, names):
    read = table(ACTILIFE.format(order=order, epoch="00:00:00") + names + body(n=3))
    assert read.layout == "ActiGraph (CSV of ActiLife)"
    assert list(read.frame) == ["Accelerometer X", "Accelerometer Y", "Accelerometer Z"]
    assert read.units == dict.fromkeys(read.frame, "g")
    assert read.rate_hz == 30
    assert read.parts[0].first == (12 if names else 11)
    np.testing.assert_allclose(read.frame, VALUES[:, :3])


@pytest.mark.parametrize(("order", "day"), [("M/d/yyyy", "3/14/2024"), ("d/MM/yyyy", "14/03/2024")])
def test_actilife_with_timestamps_and_decimal_commas(tmp_path, order, day):
    def clock(i: int) -> str:
        return f"{day} 10:15:{i // 50:02d},{i % 50 * 20:03d}"

    names = "Timestamp;Accelerometer X;Accelerometer Y;Accelerometer Z\n"
    text = ACTILIFE.format(order=order, epoch="00:00:00") + names + body(";", first=clock, n=3, decimal=",")
    for name in ("P1_walk.csv", "P2_walk.csv"):
        (tmp_path / name).write_text(text.replace("0,943", "0,944") if name[1] == "2" else text)
    (tmp_path / "P2_walk.csv").write_text(text.replace(";0,", ";1,"))
    recordings = load(tmp_path, pattern="{subject}_{activity}.csv")
    assert (recordings.rate_hz, recordings.units, recordings.subjects) == (50, ("g", "g", "g"), ["P1", "P2"])
    assert len(recordings.samples) == 600


@pytest.mark.parametrize("epoch", ["00:00:01", "00:00:10", "00:01:00"])
def test_counts_per_epoch_are_named(epoch):
    text = ACTILIFE.format(order="M/d/yyyy", epoch=epoch) + "".join(
        f"{i % 50},{i % 7},{i % 5},0\n" for i in range(99)
    )
    assert "activity counts per epoch" in refusal(text)


@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_xsens_dot(separator):
    above = [
        ("DeviceTag:", "Dot 1"),
        ("FirmwareVersion:", "2.0.0"),
        ("SyncStatus:", "Synced"),
        ("OutputRate:", "60Hz"),
        ("Measurement Mode:", "Sensor fusion Mode - Extended(Quaternion)"),
    ]
    names = [
        "PacketCounter",
        "SampleTimeFine",
        "FreeAcc_X",
        "FreeAcc_Y",
        "FreeAcc_Z",
        "Gyr_X",
        "Gyr_Y",
        "Gyr_Z",
    ]
    text = (
        f"sep={separator}\n"
        + "".join(separator.join(line) + "\n" for line in above)
        + "© Xsens 2005-2021\n\n"
    )
    text += separator.join([*names, "Status"]) + "\n"
    text += body(
        separator, first=lambda i: f"{i}{separator}{3_000_000_000 + round(i * 1e6 / 60)}", end=f"{separator}0"
    )
    read = table(text)
    assert read.layout == "Xsens DOT"
    assert read.rate_hz == 60
    assert read.roles == {"time": "SampleTimeFine"}
    assert read.channels == tuple(names[2:])
    assert read.units["FreeAcc_X"] == "m/s²"
    assert (read.units["Gyr_Z"], read.units["SampleTimeFine"]) == ("deg/s", "µs")


def test_xsens_mtw_counts_tenths_of_milliseconds(tmp_path):
    above = "// Start Time: Unknown\n// Update Rate: 100.0Hz\n// Filter Profile: human (46.1)\n"
    names = "PacketCounter\tSampleTimeFine\tAcc_X\tAcc_Y\tAcc_Z\tGyr_X\tGyr_Y\tGyr_Z\n"
    text = above + names + body("\t", first=lambda i: f"{i}\t{100 * i}")
    (tmp_path / "P1_walk.txt").write_text(text)
    (tmp_path / "P2_walk.txt").write_text(text.replace("\t0.", "\t1."))
    recordings = load(tmp_path, pattern="{subject}_{activity}.txt")
    assert recordings.rate_hz == 100
    assert recordings.units == ("g", "g", "g", "rad/s", "rad/s", "rad/s")
    np.testing.assert_allclose(recordings.samples["Gyr_X"].iloc[:3], VALUES[:3, 3], rtol=1e-6)


@pytest.mark.parametrize("device", ["AB1", "8716"])
@pytest.mark.parametrize("hint", ['"sep=\t"\n', "sep=\t\n", ""])
def test_shimmer(device, hint):
    names = ["Timestamp_Unix_CAL", *(f"{s}_{axis}_CAL" for s in ("Accel_LN", "Gyro") for axis in "XYZ")]
    units = ["ms", *["m/(s^2)"] * 3, *["deg/s"] * 3]
    text = hint + "".join(f"Shimmer_{device}_{name}\t" for name in names) + "\n" + "\t".join(units) + "\t\n"
    text += body("\t", first=lambda i: f"{1.7e12 + i * 1000 / 51.2:.4f}", end="\t")
    read = table(text)
    assert read.layout == "Shimmer (Consensys)"
    assert list(read.frame) == names  # without the number of the device, which differs from person to person
    assert read.units == dict(zip(names, ["ms", *["m/s²"] * 3, *["deg/s"] * 3], strict=True))
    np.testing.assert_allclose(read.frame[names[1:]], VALUES)


def test_shimmer_with_four_lines_of_names():
    text = (
        "Shimmer\tShimmer\tShimmer\tShimmer\nTimestamp\tAccelerometer X\tAccelerometer Y\tAccelerometer Z\n"
        "CAL\tCAL\tCAL\tCAL\nmSecs\tm/(sec^2)\tm/(sec^2)\tm/(sec^2)\n"
    )
    read = table(text + body("\t", first=lambda i: f"{i * 19.53:.2f}", n=3))
    assert list(read.frame) == ["Timestamp", "Accelerometer X", "Accelerometer Y", "Accelerometer Z"]
    assert read.units["Accelerometer X"] == "m/s²"
    assert len(read) == 300


def test_physics_toolbox():
    text = "\ntime,gFx,gFy,gFz,ax,ay,az,\n" + body(first=lambda i: f"{i / 100:.3f}", end=",")
    read = table(text)
    assert read.channels == ("gFx", "gFy", "gFz", "ax", "ay", "az")
    assert {read.units[name] for name in read.channels} == {"g", "m/s²"}
    assert list(read.frame) == ["time", *read.channels]  # no column from the comma at the end


def test_sensorlog_uses_motion_channels_only():
    names = (
        "loggingTime(txt),accelerometerTimestamp_sinceReboot(s),accelerometerAccelerationX(G),"
        "accelerometerAccelerationY(G),accelerometerAccelerationZ(G),motionYaw(rad),locationLatitude(WGS84),"
        "gyroRotationX(rad/s)\n"
    )
    read = table(
        names
        + body(first=lambda i: f"2024-03-04 10:00:{i // 50:02d}.{i % 50 * 20:03d} +0100,{1000 + i / 50}")
    )
    assert read.layout == "SensorLog (iOS)"
    assert read.roles == {"time": "loggingTime(txt)"}
    assert read.channels == (
        *(f"accelerometerAcceleration{axis}(G)" for axis in "XYZ"),
        "gyroRotationX(rad/s)",
    )


@pytest.mark.parametrize("separator", ["\t", "   "])
@pytest.mark.parametrize("name", ["walk.mot", "walk.sto"])
def test_opensim(separator, name):
    text = (
        "Coordinates\nversion=1\nnRows=300\nnColumns=3\ninDegrees=yes\n\nUnits are S.I. units\n\nendheader\n"
    )
    text += separator.join(["time", "hip_flexion_r", "knee_angle_r"]) + "\n"
    read = table(text + body(separator, first=lambda i: f"{i / 100:.8f}", n=2), name)
    assert read.roles == {"time": "time"}
    assert list(read.frame) == ["time", "hip_flexion_r", "knee_angle_r"]
    np.testing.assert_allclose(read.frame["knee_angle_r"], VALUES[:, 1])


@pytest.mark.parametrize(
    ("above", "columns"),
    [
        ("left,left,left,right,right,right\nacc_x,acc_y,acc_z,acc_x,acc_y,acc_z\n", "repeated"),
        ("left,,,right,,\nacc_x,acc_y,acc_z,acc_x,acc_y,acc_z\n", "spans"),
        ("left,left,left,right,right,right\nacc_x,acc_y,acc_z,acc_x,acc_y,acc_z\ng,g,g,g,g,g\n", "units"),
    ],
)
def test_two_lines_of_names(above, columns):
    read = table(above + body())
    assert list(read.frame) == [f"{side}_{name}" for side in ("left", "right") for name in G], columns
    np.testing.assert_allclose(read.frame, VALUES)
    assert read.units == (dict.fromkeys(read.frame, "g") if columns == "units" else {})


def test_two_lines_of_names_over_row_numbers():
    text = "sensor,left,left,left,right,right,right\naxis,acc_x,acc_y,acc_z,acc_x,acc_y,acc_z\n"
    assert list(table(text + body(first=str)).frame)[:2] == ["sample", "left_acc_x"]


@pytest.mark.parametrize(
    "text", ["s,g,g,g\ntime,acc_x,acc_y,acc_z\n", "time,acc_x,acc_y,acc_z\n[s],[g],[g],[g]\n"]
)
def test_units_over_and_under_the_names(text):
    read = table(text + body(first=lambda i: f"{i / 50}", n=3))
    assert read.units == {"time": "s", **dict.fromkeys(G, "g")}
    assert read.parts[0].first == 3
    np.testing.assert_allclose(read.frame[list(G)], VALUES[:, :3])


def test_vicon_reads_the_first_table_of_a_file():
    text = "Devices\n1000\n,,Trigno - ACC,,,EMG - Voltage\nFrame,Sub Frame,ACCX1,ACCY1,ACCZ1,EMG1\n"
    text += ",,mm/s^2,mm/s^2,mm/s^2,V\n"
    text += body(first=lambda i: f"{i // 10 + 1},{i % 10}", n=4)
    text += "\nTrajectories\n100\n,,P1:LASI,,\nFrame,Sub Frame,X,Y,Z\n,,mm,mm,mm\n1,0,1,2,3\n2,0,1,2,3\n"
    read = table(text)
    assert (len(read), read.rate_hz, read.roles) == (300, 1000, {"time": None})
    assert read.units["ACCX1"] == "mm/s²"
    assert any("Trajectories" in finding.found for finding in read.findings)


def test_vicon_joins_markers_and_axes_without_the_person():
    text = "Trajectories\n100\n,,P1:LASI,,,P1:RASI,,\nFrame,Sub Frame,X,Y,Z,X,Y,Z\n,,mm,mm,mm,mm,mm,mm\n"
    read = table(text + body(first=lambda i: f"{i + 1},0"))
    assert list(read.frame)[2:] == [f"{marker}_{axis}" for marker in ("LASI", "RASI") for axis in "XYZ"]
    assert read.rate_hz == 100


def test_delsys_signals_have_times_of_their_own():
    text = "Label: Acc 1.X Sampling frequency: 148.148 Number of points: 300 start: 0 Unit: g\n"
    text += 'X[s],"IM 1: Acc 1.X [g]",X[s],"IM 1: Acc 1.Y [g]",X[s],"IM 1: EMG 1 [V]"\n'
    for i, row in enumerate(VALUES):
        t = f"{i / 148.148:.6f}"
        text += f"{t},{row[0]},{t},{row[1]},{i / 1925.9:.6f},{row[2]}\n"
    read = table(text)
    assert list(read.frame) == ["time", "IM 1: Acc 1.X [g]", "IM 1: Acc 1.Y [g]"]
    assert read.roles == {"time": "time"}
    assert read.rate_hz == 148.148
    np.testing.assert_allclose(read.frame["IM 1: Acc 1.Y [g]"], VALUES[:, 1], rtol=1e-6)
    assert any("EMG" in finding.found for finding in read.findings)


def test_trigno_discover_names_every_time():
    text = "Application:,Trigno Discover\nCollection Length (seconds):,2.0\n\nAvanti sensor 1 (1234)\n"
    text += "ACC X Time Series (s),ACC X (G),ACC Y Time Series (s),ACC Y (G)\n148.148 Hz,,148.148 Hz,\n"
    text += "".join(
        f"{i / 148.148:.6f},{row[0]},{i / 148.148:.6f},{row[1]}\n" for i, row in enumerate(VALUES)
    )
    read = table(text)
    assert list(read.frame) == ["time", "ACC X (G)", "ACC Y (G)"]
    np.testing.assert_allclose(read.frame["ACC Y (G)"], VALUES[:, 1], rtol=1e-6)


def test_pandas_names_the_row_numbers_below_two_lines_of_names():
    text = ",acc,acc,acc,gyr,gyr,gyr\n,x,y,z,x,y,z\nsample,,,,,,\n" + body(first=str)
    read = table(text)
    assert list(read.frame) == [
        "sample",
        *(f"{sensor}_{axis}" for sensor in ("acc", "gyr") for axis in "xyz"),
    ]
    np.testing.assert_allclose(read.frame["gyr_z"], VALUES[:, 5])


def test_a_unit_below_the_name_of_the_times_is_no_name():
    text = "time\tthigh\tthigh\tthigh\ns\tacc_x\tacc_y\tacc_z\n" + body(
        "\t", first=lambda i: f"{i / 50}", n=3
    )
    assert list(table(text).frame) == ["time", *G]


def test_empty_columns_between_tabs_are_columns():
    names = "// Update Rate: 75.0Hz\nPacketCounter\tUTC_Nano\tUTC_Year\tAcc_X\tAcc_Y\tAcc_Z\n"
    read = table(names + body("\t", first=lambda i: f"{i}\t\t", n=3))
    np.testing.assert_allclose(read.frame[["Acc_X", "Acc_Y", "Acc_Z"]], VALUES[:, :3])


def test_decimal_commas_in_quotation_marks():
    text = "acc_x,acc_y,acc_z\n" + "".join(
        ",".join(f'"{v}"'.replace(".", ",") for v in row[:3]) + "\n" for row in VALUES
    )
    np.testing.assert_allclose(table(text).frame, VALUES[:, :3])


@pytest.mark.parametrize("mark", ["# ", "% ", "// "])
def test_names_in_a_comment_directly_above_the_rows(mark):
    read = table(
        f"{mark}a remark\n{mark}t acc_x acc_y acc_z\n" + body(" ", first=lambda i: f"{i / 50:.2f}", n=3),
        "a.txt",
    )
    assert list(read.frame) == ["t", *G]
    np.testing.assert_allclose(read.frame[list(G)], VALUES[:, :3])


@pytest.mark.parametrize(("separator", "end"), [(",", ""), ("\t", ""), (" ", ""), (",", ";")])
def test_columns_without_names_are_asked_for_and_can_be_named(tmp_path, separator, end):
    text = body(separator, first=lambda i: f"{i / RATE_HZ:.2f}", n=3, end=end)
    with pytest.raises(
        NamelessColumnsError, match=r"has numbers where the column names should be \(line 1"
    ) as asked:
        table(text)
    assert len(asked.value.rows[0]) == 4
    for person in ("P1", "P2"):
        (tmp_path / f"{person}_walk.txt").write_text(text if person == "P1" else text.replace("0.1", "0.2"))
    with pytest.raises(NamelessColumnsError):
        load(tmp_path)
    recordings = load(tmp_path, columns=["t", *G], pattern="{subject}_{activity}.txt")
    assert (recordings.subjects, recordings.rate_hz, recordings.channels) == (["P1", "P2"], RATE_HZ, G)
    np.testing.assert_allclose(recordings.samples["acc_z"].iloc[:300], VALUES[:, 2], rtol=1e-6)


def test_a_first_line_with_labels_and_two_decimals_is_no_line_of_names():
    with pytest.raises(NamelessColumnsError, match="Name its 5 columns"):
        table(body(first=lambda i: "Ann,walk,left", n=2))


def test_a_wrong_number_of_names_is_said():
    with pytest.raises(NamelessColumnsError, match=r"has 3 columns .* but 2 names were given"):
        table(body(n=3), columns=["acc_x", "acc_y"])


@pytest.mark.parametrize("name", ["a", "subject", "m"])
def test_ordinary_tables_begin_where_they_did(name):
    header = find_header([f"{name},t,acc_x", "Ann,0.0,0.5", "Ann,0.1,0.6"])
    assert header is not None
    assert (header.names, header.first, header.units, header.rate_hz) == ((name, "t", "acc_x"), 1, (), None)


def test_a_table_of_words_has_no_units():
    header = find_header(["subject,gender", "P1,m", "P2,f", "P3,m"])
    assert header is not None
    assert (header.names, header.first) == (("subject", "gender"), 1)
