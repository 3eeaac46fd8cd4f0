"""Labels given afterwards: tables of times in many notations, cutting recordings, proposals."""

from dataclasses import replace

import edfio
import numpy as np
import pandas as pd
import pytest

from data.errors import RecordingError
from data.export.arrow import recordings_from_bytes, recordings_to_bytes
from data.labels import COLUMNS, LabelSpans, propose, read_labels, with_labels
from data.load import load
from data.readers.files import one_file
from data.recordings import Recordings

NINE = 1_709_629_200.0  # 2024-03-05 09:00:00, since 1970


def unlabelled(people=("P01", "P02"), seconds=60, rate_hz=20.0, began=None):
    """Recordings of one series a person, whose only channel counts samples."""
    n = round(seconds * rate_hz)
    samples = pd.concat(
        [
            pd.DataFrame(
                {
                    "subject": person,
                    "activity": "unlabelled",
                    "trial": "",
                    "series": f"{person}/unlabelled",
                    "t": np.arange(n) / rate_hz,
                    "acc_x": np.arange(n, dtype=np.float32),
                }
            )
            for person in people
        ],
        ignore_index=True,
    )
    return Recordings("walks", samples, rate_hz, ("acc_x",), ("g",), began=began)


def spans_in(text, name="labels.csv"):
    return read_labels(one_file(text.encode(), name))


def rows_of(spans):
    return [tuple(row) for row in spans.table.drop(columns="series").to_numpy().tolist()]


WALK_AND_SIT = [("P01", 1.5, 10.0, "walk"), ("P01", 10.0, 20.25, "sit")]


@pytest.mark.parametrize(
    "text",
    [
        "subject,start,end,activity\nP01,1.5,10,walk\nP01,10,20.25,sit\n",
        "Proband;Beginn;Ende;Aktivität\nP01;1,5;10;walk\nP01;10;20,25;sit\n",
        "participant\tonset\tduration\ttrial_type\nP01\t1.5\t8.5\twalk\nP01\t10\t10.25\tsit\n",
        "subject,start,end,activity\nP01,0:00:01.5,0:00:10,walk\nP01,00:10,00:20.25,sit\n",
        "Diary of March\n\nsubject,start_ms,end_ms,label\nP01,1500,10000,walk\nP01,10000,20250,sit\n",
        "P01\t\t00:00:01.500\t1.5\t00:00:10.000\t10.0\t00:00:08.500\t8.5\twalk\n"
        "P01\t\t00:00:10.000\t10.0\t00:00:20.250\t20.25\t00:00:10.250\t10.25\tsit\n",
        "Tier\tBegin Time - ss.msec\tEnd Time - ss.msec\tDuration - ss.msec\tAnnotation\n"
        "P01\t1.5\t10.0\t8.5\twalk\nP01\t10.0\t20.25\t10.25\tsit\n",
        "Observation id,Subject,Behavior,Behavior type,Start (s),Stop (s),Duration (s)\n"
        "o1,P01,walk,STATE,1.5,10,8.5\no1,P01,sit,STATE,10,20.25,10.25\n",
        "Observation id,o1\n\nTime,Subject,Behavior,Status\n1.5,P01,walk,START\n10,P01,walk,STOP\n"
        "10,P01,sit,START\n12,P01,cough,POINT\n20.25,P01,sit,STOP\n",
    ],
    ids=[
        "plain",
        "German",
        "BIDS",
        "clock",
        "milliseconds",
        "ELAN bare",
        "ELAN",
        "BORIS aggregated",
        "BORIS events",
    ],
)
def test_tables_of_times_in_the_notations_of_the_field(text):
    spans = spans_in(text)
    people = {"", "P01"}  # ELAN without names does not say what its tiers are
    assert [(row[0] in people, *row[1:]) for row in rows_of(spans)] == [
        (True, *row[1:]) for row in WALK_AND_SIT
    ]
    assert spans.clock == "recording"


def test_signs_that_nobody_sees_are_left_out_of_names():
    spans = spans_in(
        "subject,start,end,activity\nAn\u200bna,1,2,wa\u00adlk\nAnna,2,3,wa\u202elk\nAnna,3,4,\x1b[31mwalk\n"
    )
    assert set(spans.table["subject"]) == {"Anna"}
    assert set(spans.table["activity"]) == {"walk", "[31mwalk"}


def test_names_are_cleaned_wherever_spans_come_from():
    """Marks and kinds are typed in, and stand in shared files as names of activities."""
    table = pd.DataFrame([("An\u200bna", "", 1.0, 2.0, "fall of An\u00adna")], columns=list(COLUMNS))
    assert LabelSpans("Marks", table).table[["subject", "activity"]].to_numpy().tolist() == [
        ["Anna", "fall of Anna"]
    ]
    with pytest.raises(RecordingError, match="201 characters"):
        LabelSpans("Marks", table.assign(activity="x" * 201))


def test_spellings_that_differ_only_in_case_or_spaces_are_one_activity():
    spans = spans_in("subject,start,end,activity\nP01,0,5,Un labelled\nP01,5,10,Walk\nP01,10,20,walk\n")
    labelled = with_labels(unlabelled(), spans)
    assert labelled.activities == ["Walk", "unlabelled"]
    assert labelled.index.loc[labelled.index["activity"] == "Walk", "n"].tolist() == [300]


def test_annotations_of_edf_are_those_of_its_patient(tmp_path):
    signal = edfio.EdfSignal(np.zeros(200), sampling_frequency=10, label="x", physical_range=(-1, 1))
    notes = [
        edfio.EdfAnnotation(2.0, 3.0, "walk"),
        edfio.EdfAnnotation(6.0, None, "sit"),
        edfio.EdfAnnotation(9.0, 4.0, "lie"),
    ]
    edfio.Edf([signal], patient=edfio.Patient(code="P02"), annotations=notes).write(
        tmp_path / "hypnogram.edf"
    )
    spans = read_labels(one_file((tmp_path / "hypnogram.edf").read_bytes(), "hypnogram.edf"))
    assert rows_of(spans) == [("P02", 2.0, 5.0, "walk"), ("P02", 6.0, 9.0, "sit"), ("P02", 9.0, 13.0, "lie")]


@pytest.mark.parametrize(
    "text",
    [
        "subject,start,end,activity\nP01,0:00:00," + "9" * 400 + ":00:00,walk\n",
        'subject,start,end,activity\nP01,1,2,"' + "x" * 200_000 + '"\n',
        "0       X X X X".ljust(168) + "01.01.2409.00.00256".ljust(88),
        "subject,start,end,activity\nP01,1,2," + "x" * 500 + "\n",
        "a,b\n" * 300_000,
        "subject,start,end,activity\nP01,-" + "9" * 300 + ",10,walk\n",
    ],
    ids=["long hours", "long cell", "EDF without signals", "long name", "many lines", "long number"],
)
def test_hostile_tables_get_a_sentence(text):
    with pytest.raises(RecordingError, match=r"labels\.csv"):
        spans_in(text)


def test_events_without_duration_are_left_out_and_said():
    spans = spans_in("subject,start,end,activity\nP01,1,2,walk\nP01,5,5,cough\n")
    assert spans.activities == ["walk"]
    assert [(f.severity, f.found) for f in spans.findings] == [
        ("note", "1 event without duration, for example cough")
    ]


@pytest.mark.parametrize(
    "text",
    [
        "subject,start,end,activity\nP01,2024-03-05 09:00:10,2024-03-05 09:00:30,walk\n",
        "subject,start,end,activity\nP01,05.03.2024 09:00:10,05.03.2024 09:00:30,walk\n",
        "subject,date,start,end,activity\nP01,2024-03-05,09:00:10,09:00:30,walk\n",
    ],
    ids=["ISO", "day first", "date apart"],
)
def test_dates_are_matched_with_the_clock_of_the_recordings(text):
    spans = spans_in(text)
    assert (spans.clock, rows_of(spans)) == ("date", [("P01", NINE + 10, NINE + 30, "walk")])
    labelled = with_labels(unlabelled(began=np.array([NINE, NINE])), spans)
    walk = labelled.samples[labelled.samples["activity"] == "walk"]
    assert (walk["acc_x"].min(), walk["acc_x"].max(), set(walk["subject"])) == (200, 599, {"P01"})
    assert labelled.began.tolist() == [NINE, NINE + 10, NINE + 30, NINE]


def test_a_span_past_midnight_ends_on_the_next_day():
    spans = spans_in("subject,date,start,end,activity\nP01,2024-03-05,23:50:00,00:10:00,sleep\n")
    assert spans.table["end_s"].iat[0] - spans.table["begin_s"].iat[0] == 1200


def test_the_night_summary_of_ggir():
    text = "ID,night,sleeponset,wakeup,calendar_date,guider\nP01,1,22.5,31.25,2024-03-05,HDCZA\n"
    day = NINE - 9 * 3600
    assert rows_of(spans_in(text)) == [("P01", day + 22.5 * 3600, day + 31.25 * 3600, "sleep")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("subject,start,end,activity\nP01,1,soon,walk\n", "line 2: 'soon' is no time"),
        ("a,b,c\n1,2,3\n", "no line names a start, an end"),
        ("subject,start,end,activity\nP01,9,2,walk\n", "no span of time that ends after it begins"),
        (
            "subject,start,end,activity\nP01,1,2,walk\nP01,2024-03-05 09:00,2024-03-05 09:01,sit\n",
            "mixes dates",
        ),
    ],
)
def test_what_is_wrong_is_said_with_the_line(text, said):
    with pytest.raises(RecordingError, match=said):
        spans_in(text)


def test_recordings_are_cut_where_the_activity_changes():
    spans = spans_in(
        "subject,start,end,activity\nP01,10,20,walk\nP01,20,30,walk\nP01,25,40,sit\n,50,60,lie\n"
    )
    labelled = with_labels(unlabelled(), spans)
    index = labelled.index
    assert index[["subject", "activity", "n"]].to_numpy().tolist() == [
        ["P01", "unlabelled", 200],
        ["P01", "walk", 300],
        ["P01", "sit", 300],
        ["P01", "unlabelled", 200],
        ["P01", "lie", 200],
        ["P02", "unlabelled", 1000],
        ["P02", "lie", 200],
    ]
    np.testing.assert_array_equal(labelled.samples["acc_x"], unlabelled().samples["acc_x"])
    for series in index["series"]:
        assert labelled.samples_of(series)["t"].iloc[0] == 0
    assert index["series"].is_unique


def test_a_shift_moves_labels_and_what_lies_outside_is_said():
    spans = spans_in("subject,start,end,activity\nP01,0,5,walk\nP01,70,80,sit\nP09,1,2,walk\n")
    labelled = with_labels(unlabelled(), spans, shift_s=10)
    assert labelled.samples.loc[labelled.samples["activity"] == "walk", "acc_x"].min() == 200
    said = [finding.found for finding in labelled.findings]
    assert "1 span lies outside the recordings" in said
    assert "Labels of 1 people without recordings, for example P09" in said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "subject,start,end,activity\nP09,1,2,walk\n",
            "names P09, but the people in the recordings are called P01, P02",
        ),
        (
            "subject,start,end,activity\nP01,100,120,walk\n",
            "these last from 0 s to 60 s, the labels from 100 s to 120 s",
        ),
        (
            "subject,start,end,activity\nP01,2024-03-05 09:00,2024-03-05 09:01,walk\n",
            "do not say when they began",
        ),
    ],
)
def test_labels_that_fit_nowhere_say_why(text, said):
    with pytest.raises(RecordingError, match=said):
        with_labels(unlabelled(), spans_in(text))


def test_several_recordings_of_a_person_need_a_clock():
    two = with_labels(unlabelled(), spans_in("subject,start,end,activity\nP01,10,20,walk\n"))
    spans = spans_in("subject,start,end,activity\nP01,12,14,run\n")
    with pytest.raises(RecordingError, match="not known when each began"):
        with_labels(replace(two, began=None), spans)
    run = with_labels(two, spans)
    assert run.samples.loc[run.samples["activity"] == "run", "acc_x"].tolist() == list(range(240, 280))


def test_when_recordings_began_survives_the_store():
    kept = recordings_from_bytes(recordings_to_bytes(unlabelled(began=np.array([NINE, NINE + 5]))))
    assert kept.began.tolist() == [NINE, NINE + 5]
    assert recordings_from_bytes(recordings_to_bytes(unlabelled())).began is None


def moving(n_people=3, rate_hz=25.0, seed=0):
    """Half a minute of rest, then of slow, then of fast movement, twice a person."""
    rng = np.random.default_rng(seed)
    frames = []
    for person in range(n_people):
        parts = [(0.02, 1.0), (0.5, 1.0), (1.5, 3.0)] * 2
        t = np.arange(round(30 * rate_hz)) / rate_hz
        values = np.concatenate(
            [s * np.sin(2 * np.pi * hz * t)[:, None] + rng.normal(0, 0.02, (len(t), 3)) for s, hz in parts]
        )
        frame = pd.DataFrame(values.astype(np.float32), columns=["acc_x", "acc_y", "acc_z"])
        labels = {
            "subject": f"P{person}",
            "activity": "unlabelled",
            "trial": "",
            "series": f"P{person}/unlabelled",
        }
        frames.append(pd.DataFrame({**labels, "t": np.arange(len(frame)) / rate_hz, **frame}))
    samples = pd.concat(frames, ignore_index=True)
    return Recordings("free living", samples, rate_hz, ("acc_x", "acc_y", "acc_z"), ("g",) * 3)


def test_kinds_of_movement_are_found_and_numbered_from_the_quietest():
    spans = propose(moving(), 3)
    assert list(spans.table.columns) == list(COLUMNS)
    for series, mine in spans.table.groupby("series"):
        assert mine["activity"].tolist() == ["kind 1", "kind 2", "kind 3"] * 2, series
        assert mine["begin_s"].tolist() == [0, 30, 60, 90, 120, 150]
    labelled = with_labels(moving(), spans)
    assert labelled.activities == ["kind 1", "kind 2", "kind 3"]


def test_the_number_of_kinds_follows_from_the_data():
    assert 3 <= len(propose(moving()).activities) <= 5


def test_missing_values_belong_to_no_kind():
    recordings = moving()
    samples = recordings.samples.copy()
    samples.loc[100:200, "acc_y"] = np.nan
    spans = propose(replace(recordings, samples=samples), 3)
    first = spans.table[spans.table["series"] == "P0/unlabelled"]
    assert first["end_s"].iat[0] <= 4.0 + 1e-9 or first["begin_s"].iat[0] >= 5.0


def test_too_little_to_propose_anything():
    with pytest.raises(RecordingError, match="too few"):
        propose(unlabelled(people=("P01",), seconds=30))


def test_spans_must_end_after_they_begin():
    with pytest.raises(ValueError, match="end after it begins"):
        LabelSpans("x", pd.DataFrame([("P01", "", 2.0, 2.0, "walk")], columns=list(COLUMNS)))


@pytest.mark.parametrize(
    ("start", "notation", "began"),
    [
        (NINE, "%Y-%m-%d %H:%M:%S.%f", NINE),
        (NINE, "%d.%m.%Y %H:%M:%S.%f", NINE),
        (NINE, "unix", NINE),
        (NINE, "day numbers", NINE),
        (30.0, "unix", 30.0),
    ],
    ids=["ISO", "day first", "since 1970", "day numbers of Excel", "seconds"],
)
def test_recordings_know_when_each_series_began(tmp_path, start, notation, began):
    t = np.concatenate([start + np.arange(0, 20, 0.1), start + 100 + np.arange(0, 20, 0.1)])
    numbers = {"unix": t, "day numbers": t / 86_400 + 25_569}
    written = numbers[notation] if notation in numbers else pd.to_datetime(t, unit="s").strftime(notation)
    frames = [
        pd.DataFrame({"subject": person, "activity": "rest", "t": written, "acc_x": np.sin(t)})
        for person in ("P1", "P2")
    ]
    pd.concat(frames).to_csv(tmp_path / "recordings.csv", index=False)
    loaded = load(tmp_path / "recordings.csv")
    np.testing.assert_allclose(loaded.began, [began, began + 100] * 2, atol=1e-3)
    labelled = with_labels(loaded, spans_in("subject,start,end,activity\nP2,105,115,walk\n"))
    walk = labelled.index[labelled.index["activity"] == "walk"]
    assert walk[["subject", "n"]].to_numpy().tolist() == [["P2", 100]]


def test_files_that_each_count_from_zero_are_not_taken_for_one_after_another(tmp_path):
    for name in ("P1_walk", "P1_sit", "P2_walk", "P2_sit"):
        t = np.arange(0, 10, 0.02)
        pd.DataFrame({"t": t, "acc_x": np.sin(t * len(name))}).to_csv(tmp_path / f"{name}.csv", index=False)
    with pytest.raises(RecordingError, match="not known when each began"):
        with_labels(load(tmp_path), spans_in("subject,start,end,activity\nP1,2,4,run\n"))
