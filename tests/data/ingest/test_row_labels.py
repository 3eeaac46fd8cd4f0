"""What is said about people finds them."""

import unicodedata

import numpy as np
import pandas as pd
import pytest

from data.errors import RecordingError
from data.ingest.column_mapping import guess_mapping
from data.ingest.convert import to_recordings
from data.ingest.preparation import Preparation
from data.ingest.table import Table
from data.recordings import Recordings
from tests.data.tables import tidy_table


def loaded(people: tuple, attributes: pd.DataFrame, **columns: object):
    table = Table("t.csv", tidy_table(people).assign(**columns), attributes=attributes)
    return to_recordings(table, guess_mapping(table))


def recordings_of(frame: pd.DataFrame):
    table = Table("t.csv", frame)
    return to_recordings(table, guess_mapping(table))


@pytest.mark.parametrize(
    ("people", "listed"),
    [
        (("P01", "P10"), ("1", "10")),
        (("01", "02", "10"), ("1", "2", "10")),
        (("sub3", "sub4"), ("sub3", "4")),
    ],
)
def test_people_are_found_by_name_or_by_number(people, listed):
    ages = pd.DataFrame({"age": range(20, 20 + len(listed))}, index=pd.Index(listed, name="subject"))
    found = loaded(people, ages).attributes
    assert found["age"].tolist() == list(range(20, 20 + len(listed)))


def test_one_number_is_not_given_to_two_people():
    ages = pd.DataFrame({"age": [30]}, index=pd.Index(["1"], name="subject"))
    recordings = loaded(("A1", "B1"), ages)
    assert recordings.attributes["age"].isna().all()
    assert any("There are no attributes for 2 people" in finding.found for finding in recordings.findings)


def test_the_table_about_people_wins_over_a_column():
    gender = pd.DataFrame({"gender": ["f", "m"]}, index=pd.Index(["Ann", "Bob"], name="subject"))
    assert loaded(("Ann", "Bob"), gender, gender="?").attributes["gender"].tolist() == ["f", "m"]


def test_people_who_were_recorded_in_another_unit_are_warned_of():
    frame = tidy_table(("A", "B", "C", "D"), n=300)
    acc = frame[["acc_x", "acc_y"]].assign(acc_z=9.81) * 0.05
    acc["acc_z"] = 9.81
    acc[frame["subject"] == "D"] /= 9.81
    table = Table("t.csv", pd.concat([frame.drop(columns=["acc_x", "acc_y"]), acc], axis=1))
    recordings = to_recordings(table, guess_mapping(table))
    assert recordings.units == ("g", "g", "g")
    assert any("acc of D" in finding.found for finding in recordings.findings)


def test_a_magnitude_that_is_there_is_not_made_again():
    frame = tidy_table(n=300).assign(acc_z=1.0, acc_magnitude=lambda f: f["acc_x"].abs())
    table = Table("t.csv", frame)
    recordings = to_recordings(table, guess_mapping(table), Preparation(magnitudes=True))
    assert recordings.channels.count("acc_magnitude") == 1


def test_taking_gravity_out_does_not_hide_a_clipped_sensor():
    frame = tidy_table(n=500).assign(acc_z=1.0)
    frame["acc_x"] = frame["acc_x"].clip(-0.5, 0.5)
    frame.loc[frame.index % 7 < 3, "acc_x"] = 0.5
    table = Table("t.csv", frame)
    recordings = to_recordings(table, guess_mapping(table), Preparation(remove_gravity=True))
    assert any("clipped at" in finding.found for finding in recordings.findings)


def test_what_was_asked_for_and_could_not_be_done_is_said():
    table = Table("t.csv", tidy_table(n=300))
    recordings = to_recordings(table, guess_mapping(table), Preparation(remove_gravity=True, magnitudes=True))
    told = " ".join(finding.found for finding in recordings.findings)
    assert "Gravity should be removed, but" in told
    assert "Magnitudes were requested, but" in told


def findings_of(frame: pd.DataFrame) -> tuple[Recordings, str]:
    table = Table("t.csv", frame)
    recordings = to_recordings(table, guess_mapping(table))
    return recordings, " ".join(finding.found for finding in recordings.findings)


def test_recordings_without_activities_are_unlabelled():
    frame = tidy_table(activities=("walk",)).drop(columns="activity")
    recordings, told = findings_of(frame)
    assert recordings.activities == ["unlabelled"]
    assert recordings.subjects == ["Ann", "Bob"]
    assert 'all recordings have the activity "unlabelled"' in told
    assert "Only one activity" not in told


def test_spellings_that_differ_in_case_or_spaces_are_one_label():
    frame = tidy_table(activities=("Walk", "walk ", "sit down", "sitdown", "WALK"))
    recordings, told = findings_of(frame)
    assert recordings.activities == ["WALK", "sit down"]
    assert "Activity WALK is also written Walk, walk" in told
    assert "Activity sit down is also written sitdown" in told


def test_spaces_between_numbers_and_leading_zeros_make_other_labels():
    recordings, told = findings_of(tidy_table(people=("1 1", "11", "001", "1")))
    assert recordings.subjects == ["001", "1", "1 1", "11"]
    assert "also written" not in told


def test_people_without_a_channel_are_named():
    frame = tidy_table(("A", "B", "C"), n=300)
    frame.loc[frame["subject"] == "B", "acc_y"] = None
    recordings, told = findings_of(frame)
    assert recordings.subjects == ["A", "C"]
    assert "B was left out entirely: acc_y has no values there" in told
    table = Table("t.csv", frame)
    kept = to_recordings(table, guess_mapping(table).without(["acc_y"]))
    assert kept.subjects == ["A", "B", "C"]


def test_people_without_usable_rows_are_named():
    frame = tidy_table(("A", "B", "C"), n=300)
    frame.loc[frame["subject"] == "C", "activity"] = None
    recordings, told = findings_of(frame)
    assert recordings.subjects == ["A", "B"]
    assert "C was left out entirely: no row was usable" in told


LOOK_ALIKE = {
    "decomposed": unicodedata.normalize("NFD", "Zo\u00eb B"),
    "no-break space": "Zo\u00eb\u00a0B",
    "narrow no-break space": "Zo\u00eb\u202fB",
    "zero-width space": "Zo\u00eb\u200b B",
    "byte order mark": "\ufeffZo\u00eb B",
    "right-to-left override": "\u202eZo\u00eb B\u202c",
    "soft hyphen": "Zo\u00ad\u00eb B",
}


@pytest.mark.parametrize("other", LOOK_ALIKE.values(), ids=list(LOOK_ALIKE))
def test_spellings_that_look_the_same_are_one_person_and_it_is_said(other):
    table = pd.concat(
        [tidy_table(people=("Zo\u00eb B", "Ann")), tidy_table(people=(other,))], ignore_index=True
    )
    table["trial"] = np.repeat(["1", "2"], [400, 200])
    recordings = recordings_of(table)
    assert recordings.subjects == ["Ann", "Zo\u00eb B"]
    (said,) = [f.found for f in recordings.findings if "spelt in several ways" in f.found]
    assert said == "The person is spelt in several ways that look the same: Zo\u00eb B"


def test_plain_labels_stay_as_they_are_and_nothing_is_said():
    recordings = recordings_of(tidy_table(people=("Zo\u00eb B", "Zoe B", "\u6f22\u5b57", "a_b-1")))
    assert recordings.subjects == sorted(["Zo\u00eb B", "Zoe B", "\u6f22\u5b57", "a_b-1"])
    assert not [f for f in recordings.findings if "spelt" in f.found]


@pytest.mark.parametrize(("column", "word"), [("subject", "person"), ("activity", "activity")])
def test_a_name_of_a_hundred_thousand_characters_is_refused(column, word):
    table = tidy_table()
    table.loc[7, column] = "x" * 100_000
    with pytest.raises(RecordingError, match=f"column {column}, row 8: this {word} has 100,000 characters"):
        recordings_of(table)
    table[column] = table[column].mask(table.index == 7, "x" * 200)
    recordings_of(table)


def test_more_people_than_anybody_records_are_refused():
    people = [f"p{i}" for i in range(10_001)]
    table = tidy_table(people=("a",), n=4).drop(columns="subject")
    crowd = pd.concat([table] * len(people), ignore_index=True).assign(subject=np.repeat(people, len(table)))
    with pytest.raises(RecordingError, match="has 10,001 people; at most 10,000 are read"):
        recordings_of(crowd)
