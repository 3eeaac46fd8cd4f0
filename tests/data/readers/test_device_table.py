"""Long recordings of devices: which stretches become rows, what is said of the rest, and that nothing else changes."""

from dataclasses import replace

import numpy as np
import pytest

from data.errors import PenumbraError, RecordingError
from data.ingest.column_mapping import guess_mapping
from data.ingest.convert import to_recordings
from data.readers import device_table, files, read_many, read_table
from data.readers.formats import actigraph, axivity, geneactiv
from data.weeks.draw import Draw
from tests.data.readers.formats import devices

RATE_HZ = 5
HOURS = [True, True, False, False, False, True, True, True]  # worn or not
ACC = ["acc_x", "acc_y", "acc_z"]


def day(n_axes: int = 3) -> np.ndarray:
    """Return raw values of some hours, 256 to the g."""
    rng = np.random.default_rng(0)
    return np.concatenate(
        [rng.normal(0, 60 if worn else 0.3, (3600 * RATE_HZ, n_axes)) for worn in HOURS]
    ).astype(np.int16)


def long(content: bytes, name: str = "a.gt3x") -> list[files.File]:
    """Return a file of which no more than 20,000 values may be loaded as they are."""
    return [replace(files.one_file(content, name), max_values=20_000)]


@pytest.fixture
def twelve_stretches(monkeypatch):
    """Take 12 stretches, and read in small pieces."""
    taken = Draw(stretch_s=60, hours=0.2)
    monkeypatch.setattr(device_table.device_table, "__defaults__", (taken,))
    for module in (actigraph, geneactiv):
        monkeypatch.setattr(module, "PIECE_BYTES", 50_000)
    monkeypatch.setattr(axivity, "PIECE_BYTES", 20 * 512)


@pytest.mark.usefixtures("twelve_stretches")
def test_only_drawn_stretches_of_worn_time_become_rows():
    table = read_table(long(devices.gt3x(day(), RATE_HZ)))
    t = table.frame["t"].to_numpy()
    begins = t[np.diff(t, prepend=-np.inf) > 1]
    assert len(table) == 12 * 60 * RATE_HZ
    # Of 299 whole minutes (the last one lacks the end of its last sample), one in 24.9 is taken.
    minutes = [12, 37, 62, 87, 112, 137, 161, 186, 211, 236, 261, 286]
    assert begins.tolist() == [60 * (m if m < 120 else m + 180) for m in minutes]
    np.testing.assert_allclose(table.frame[ACC], day()[np.rint(t * RATE_HZ).astype(int)] / 256, rtol=1e-5)
    assert (
        "8.0 hours recorded (144,000 samples): worn for 5.0 hours, not worn for 3.0"
        in table.findings[0].found
    )
    assert "12 stretches of 1 minute " in table.findings[0].done
    assert "0.2 hours of 5.0 hours" in table.findings[0].done


@pytest.mark.usefixtures("twelve_stretches")
@pytest.mark.parametrize(
    ("name", "rate_hz", "content"),
    [
        ("a.cwa", 3.125, devices.cwa(day(), rate_code=0x45, rate_hz=3.125)),
        ("a.cwa", 3.125, devices.cwa(day(6), rate_code=0x45, rate_hz=3.125)),
        ("a.bin", RATE_HZ, devices.geneactiv(day(), RATE_HZ)),
    ],
)
def test_other_devices_too(name, rate_hz, content):
    drawn, whole = read_table(long(content, name)), read_table(content, name=name)
    assert "stretches of 1 minute " in drawn.findings[0].done
    assert len(drawn) == pytest.approx(12 * 60 * rate_hz, abs=12)
    rows = np.searchsorted(whole.frame["t"], drawn.frame["t"])
    for column in whole.frame.columns.drop("subject", errors="ignore"):
        np.testing.assert_array_equal(drawn.frame[column], whole.frame[column].to_numpy()[rows])


@pytest.mark.usefixtures("twelve_stretches")
def test_no_window_crosses_two_stretches():
    table = read_table(long(devices.gt3x(day(), RATE_HZ)))
    recordings = to_recordings(table, guess_mapping(table))
    assert recordings.index["n"].tolist() == [300] * 12


@pytest.mark.usefixtures("twelve_stretches")
def test_gaps_are_named():
    found = read_table(long(devices.gt3x(day(), RATE_HZ, gap_s=1800))).findings[1].found
    assert found.startswith("1 gap without samples, 0.5 hours in total (longest 0.5 hours)")
    assert "idle sleep mode" in found


@pytest.mark.usefixtures("twelve_stretches")
def test_a_device_that_nobody_wore_is_refused():
    with pytest.raises(RecordingError, match=r"a\.gt3x contains no 1 minute in which the device was worn"):
        read_table(long(devices.gt3x(day()[2 * 3600 * RATE_HZ : 5 * 3600 * RATE_HZ], RATE_HZ)))


@pytest.mark.parametrize("size", [2_500, 10_240])
@pytest.mark.parametrize(
    ("module", "name", "content"),
    [
        (actigraph, "a.gt3x", devices.gt3x(day()[:3000], 25, 0)),
        (actigraph, "a.gt3x", devices.gt3x(day()[:3000], 25)),
        (axivity, "a.cwa", devices.cwa(day()[:3000]) + b"cut short"),
        (axivity, "a.cwa", devices.cwa(day()[:3000], packed=True)),
        (geneactiv, "a.bin", devices.geneactiv(day()[:3000])[:-100]),
    ],
)
def test_pieces_of_any_size_give_the_same(module, name, content, size, monkeypatch):
    whole = read_table(content, name=name)
    monkeypatch.setattr(module, "PIECE_BYTES", size // 512 * 512 if module is axivity else size)
    pieces = read_table(content, name=name)
    assert pieces.frame.equals(whole.frame)
    assert pieces.findings == whole.findings


@pytest.mark.usefixtures("twelve_stretches")
@pytest.mark.parametrize("error", [KeyboardInterrupt, PenumbraError])
def test_progress_is_told_within_a_file_and_can_stop_it(error):
    told = []
    content = long(devices.gt3x(day(), RATE_HZ))
    read_table(content, on_progress=lambda *step: told.append(step))
    shares = [done for done, _, _ in told]
    assert shares == sorted(shares)
    assert shares[-1] == 100
    assert len(set(shares)) > 10
    assert {(total, text) for _, total, text in told} == {(100, "Reading a.gt3x (%)")}

    def stop(done, *_):
        if done > 70:
            raise error("stop")

    with pytest.raises(error, match="stop"):
        read_table(content, on_progress=stop)


def test_a_folder_of_long_recordings_may_be_bigger_than_memory(tmp_path, monkeypatch):
    for person in ("P01", "P02"):
        content = devices.gt3x(day()[: 600 * RATE_HZ], RATE_HZ, subject=person)
        (tmp_path / f"{person}_day.gt3x").write_bytes(content)
    n_bytes = (tmp_path / "P01_day.gt3x").stat().st_size
    monkeypatch.setattr(files, "MAX_FILE_MB", n_bytes / 2**21)
    monkeypatch.setattr(files, "MAX_TOTAL_MB", n_bytes / 2**21)
    table = read_table(tmp_path)
    assert table.frame["subject"].value_counts().to_dict() == {"P01": 3000, "P02": 3000}
    with pytest.raises(RecordingError, match="at most"):
        read_table(content, name="P02.gt3x")


def test_many_recordings_share_what_can_be_loaded(tmp_path, monkeypatch):
    monkeypatch.setattr(read_many, "MAX_VALUES", 2 * 3 * 3600 * RATE_HZ)  # an hour of each
    for person in ("P01", "P02"):
        (tmp_path / f"{person}_day.gt3x").write_bytes(devices.gt3x(day(), RATE_HZ, subject=person))
    told = []
    table = read_table(tmp_path, on_progress=lambda *step: told.append(step))
    assert table.frame["subject"].value_counts().to_dict() == {"P01": 3600 * RATE_HZ, "P02": 3600 * RATE_HZ}
    assert [finding.where for finding in table.findings] == ["P01_day.gt3x and 1 more"]
    assert (1, 2, "Reading P02_day.gt3x (100 %)") in told
