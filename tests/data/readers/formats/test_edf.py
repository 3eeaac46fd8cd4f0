import re

import numpy as np
import pytest
from edfio import Edf, EdfAnnotation, EdfSignal, Patient

from data.errors import RecordingError
from data.readers import read_table
from tests.data.readers.formats.hostile import is_sentence, survives

RNG = np.random.default_rng(0)
ACC, GYRO = RNG.uniform(-2, 2, size=(1000, 3)), RNG.uniform(-200, 200, size=(1000, 3))

NOTES = (EdfAnnotation(2, None, "walk"), EdfAnnotation(10, 5, "sit"))


def signal(values: np.ndarray, rate_hz: float, label: str, written: str, limit: float) -> EdfSignal:
    return EdfSignal(values, rate_hz, label=label, physical_dimension=written, physical_range=(-limit, limit))


def edf(annotations=NOTES, patient="P7") -> bytes:
    signals = [signal(ACC[:, i], 50, f"Acc {axis}", "g", 8) for i, axis in enumerate("xyz")]
    signals += [signal(GYRO[:, i], 50, f"Gyro {axis}", "deg/s", 500) for i, axis in enumerate("xyz")]
    signals += [signal(RNG.uniform(-1, 1, 200), 10, "EMG", "mV", 1)]
    return Edf(
        signals, patient=Patient(code=patient), annotations=annotations, data_record_duration=1
    ).to_bytes()


def test_motion_signals_annotations_and_the_patient():
    table = read_table(edf(), name="a.edf")
    assert table.rate_hz == 50
    assert table.channels == ("Acc_x", "Acc_y", "Acc_z", "Gyro_x", "Gyro_y", "Gyro_z")
    assert dict(table.units) == {c: "g" if c.startswith("Acc") else "deg/s" for c in table.channels}
    np.testing.assert_allclose(table.frame[["Acc_x", "Acc_y", "Acc_z"]], ACC, atol=16 / 2**16)
    np.testing.assert_allclose(table.frame[["Gyro_x", "Gyro_y", "Gyro_z"]], GYRO, atol=1000 / 2**16)
    np.testing.assert_allclose(table.frame["t"], np.arange(1000) / 50)
    assert table.frame["subject"].unique().tolist() == ["P7"]
    assert "EMG (10 Hz)" in table.findings[0].found


def test_annotations_run_until_the_next_or_as_long_as_they_say():
    table = read_table(edf(), name="a.edf")
    activity = table.frame["activity"].astype(object).where(table.frame["activity"].notna(), "")
    runs = [(a, t.min(), t.max()) for a, t in table.frame["t"].groupby(activity.to_numpy())]
    assert runs == [
        ("", 0, pytest.approx(19.98)),
        ("sit", 10, pytest.approx(14.98)),
        ("walk", 2, pytest.approx(9.98)),
    ]


def test_pauses_of_a_discontinuous_recording_are_kept():
    content = edf(annotations=()).replace(b"EDF+C", b"EDF+D")
    for second in range(10, 20):  # the records' own times: a pause of 30 s after 10 s
        content = content.replace(f"+{second}\x14\x14".encode(), f"+{second + 30}\x14\x14".encode())
    t = read_table(content, name="pause.edf").frame["t"].to_numpy()
    assert np.diff(t)[499] == pytest.approx(30.02)
    assert np.delete(np.diff(t), 499) == pytest.approx(np.full(998, 0.02))


def test_an_anonymous_patient_is_nobody():
    assert "subject" not in read_table(edf(patient="X"), name="a.edf").frame


@pytest.mark.parametrize("field", [slice(236, 244), slice(252, 256), slice(244, 252)])
@pytest.mark.parametrize("value", [b"99999999", b"-1      ", b"0       ", b"nan     "])
def test_absurd_headers_give_a_sentence_or_a_table(field, value):
    content = bytearray(edf())
    content[field] = value[: field.stop - field.start]
    try:
        assert len(read_table(bytes(content), name="absurd.edf")) <= 1000
    except RecordingError as error:
        is_sentence(str(error), "absurd.edf")


def test_a_damaged_file_gives_a_sentence_or_a_table():
    assert survives(edf(), "fuzz.edf") > 10


def test_words_of_the_header_need_not_be_english():
    content = re.sub(rb"Acc x ", "Größe".encode("latin-1").ljust(6), edf(), count=1)
    assert "Größe" in read_table(content, name="a.edf").frame


def test_remarks_of_the_recording_software_are_no_activities():
    remarks = (
        "Recording starts",
        "Montage:REF, Selected",
        "A1+A2 OFF",
        "Lights off",
        "Impedance check",
        "Recording ends",
    )
    notes = [EdfAnnotation(i, None, text) for i, text in enumerate(remarks)]
    table = read_table(edf((*NOTES, *notes)), name="a.edf")
    assert set(table.frame["activity"].dropna()) == {"walk", "sit"}
    assert any("Recording starts" in finding.found for finding in table.findings)
    assert "activity" not in read_table(edf(notes), name="a.edf").frame


@pytest.mark.parametrize(
    "text", ["walking", "stand up", "start walking", "reference walk", "video game", "recording"]
)
def test_what_people_annotate_is_kept(text):
    assert set(read_table(edf([EdfAnnotation(0, 5, text)]), name="a.edf").frame["activity"].dropna()) == {
        text
    }
