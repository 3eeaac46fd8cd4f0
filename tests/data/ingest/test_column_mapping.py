import numpy as np
import pandas as pd
import pytest

from data.errors import RecordingError
from data.ingest.column_mapping import N_ROWS_SAMPLED, ColumnMapping, guess_mapping, guess_roles
from data.ingest.table import Part, Table
from tests.data.tables import as_table, tidy_table


def table_with(**names: str) -> pd.DataFrame:
    return tidy_table().rename(columns=names)


@pytest.mark.parametrize(
    ("subject", "activity", "time"),
    [
        ("subject", "activity", "t"),
        ("Subject_ID", "Activity Name", "Timestamp"),
        ("user", "label", "time"),
        ("userId", "activityLabel", "timestamp_ms"),
        ("participant", "exercise", "seconds_elapsed"),
        ("PID", "Class", "TIME"),
        ("Proband", "Übung", "Zeit"),
        ("Teilnehmer", "Aktivität", "Zeitstempel"),
        ("sujet", "activité", "temps"),
        ("id", "gt", "epoch"),
        ("subject_code", "activity_code", "sample_time"),
    ],
)
def test_odd_names_are_understood(subject, activity, time):
    table = table_with(subject=subject, activity=activity, t=time)
    mapping = guess_mapping(as_table(table))
    assert (mapping.subject, mapping.activity, mapping.time) == (subject, activity, time)
    assert mapping.channels == ("acc_x", "acc_y")
    assert mapping.trial is None


def test_counters_labels_and_attributes_are_no_channels():
    table = tidy_table()
    n = len(table)
    table.insert(0, "Unnamed: 0", np.arange(n))
    table["bout"] = np.repeat(np.arange(n // 100), 100)
    table["segment_id"] = table["bout"]
    table["row"] = np.arange(n)
    table["nth"] = np.arange(n) + 5
    table["phase_code"] = np.repeat([1, 2, 1, 2], 100)
    table["constant"] = 3.5
    table["age"] = np.repeat([40, 50], 200)
    table["note"] = "fine"
    table["flag"] = np.arange(n) % 2 == 0
    table["heart_rate"] = 60 + np.random.default_rng(0).normal(size=n)
    mapping = guess_mapping(as_table(table))
    assert mapping.channels == ("acc_x", "acc_y", "heart_rate")


def test_a_row_number_called_id_is_not_a_person():
    table = table_with(subject="who")
    table["id"] = np.arange(len(table))
    assert guess_mapping(as_table(table)).subject == "who"
    with pytest.raises(RecordingError, match="neither a column nor the file names contain the person"):
        guess_mapping(as_table(table.drop(columns="who")))


def test_sensor_names_with_role_words_stay_channels():
    table = table_with(acc_x="userAcceleration.x", acc_y="rotationRate.y")
    mapping = guess_mapping(as_table(table))
    assert mapping.channels == ("userAcceleration.x", "rotationRate.y")
    assert mapping.subject == "subject"


def test_no_people_column_names_the_columns_found():
    with pytest.raises(
        RecordingError, match=r"file names contain the person; the columns are .*foo, activity, t, acc_x"
    ):
        guess_mapping(as_table(table_with(subject="foo")))


def test_a_column_of_activity_words_is_the_activity_whatever_it_is_called():
    assert guess_mapping(as_table(table_with(activity="foo"))).activity == "foo"
    table = tidy_table(activities=("red", "blue")).rename(columns={"activity": "foo"})
    assert guess_mapping(as_table(table)).activity is None


def test_a_column_that_says_anonymous_names_nobody():
    table = table_with(subject="who").assign(subject="X")
    assert guess_mapping(as_table(table)).subject == "who"
    with pytest.raises(RecordingError, match="contain the person"):
        guess_mapping(as_table(table.drop(columns="who")))


def test_a_channel_can_be_left_out():
    mapping = guess_mapping(as_table(tidy_table()))
    assert mapping.without(["acc_x"]).channels == ("acc_y",)
    assert mapping.without([]) == mapping
    with pytest.raises(RecordingError, match="no channel 'acc_z' to leave out"):
        mapping.without(["acc_z"])
    with pytest.raises(RecordingError, match="Keep at least one"):
        mapping.without(["acc_x", "acc_y"])


def test_no_channel_says_so():
    with pytest.raises(RecordingError, match="No column contains measured values"):
        guess_mapping(as_table(tidy_table()[["subject", "activity", "t"]]))


def test_what_is_named_wins():
    table = table_with(subject="foo", activity="bar", t="when")
    mapping = guess_mapping(as_table(table), subject="foo", activity="bar", time="when", rate_hz=20.0)
    assert mapping == ColumnMapping("foo", "bar", None, "when", ("acc_x", "acc_y"), 20.0, ("", ""))


def test_a_named_column_must_be_there():
    with pytest.raises(RecordingError, match=r"no column 'nobody' to read the subject from.*acc_x"):
        guess_mapping(as_table(tidy_table()), subject="nobody")


def test_a_cell_of_text_does_not_hide_a_channel():
    table = tidy_table().astype({"acc_x": object})
    table.loc[7, "acc_x"] = "oops"
    assert "acc_x" in guess_mapping(as_table(table)).channels


def test_roles_can_be_missing_when_asked_for_roles_only():
    assert guess_roles(as_table(tidy_table()[["acc_x"]])) == dict.fromkeys(
        ("subject", "activity", "trial", "time")
    )


@pytest.mark.parametrize(
    ("scale", "unit"), [(1.0, "g"), (9.81, "m/s²"), (1000.0, "mg"), (0.05, ""), (3.0, "")]
)
def test_acceleration_units_come_from_gravity(scale, unit):
    table = tidy_table()
    rng = np.random.default_rng(0)
    gravity = np.array([0.6, 0.0, 0.8]) + rng.normal(0, 0.05, (len(table), 3))
    table = table.drop(columns=["acc_x", "acc_y"])
    table[["acc_x", "acc_y", "acc_z"]] = scale * gravity
    assert guess_mapping(as_table(table)).units == (unit,) * 3


@pytest.mark.parametrize(("scale", "unit"), [(1.0, "rad/s"), (57.3, "deg/s"), (0.001, "")])
def test_rotation_units_come_from_speed(scale, unit):
    table = tidy_table().drop(columns=["acc_x", "acc_y"])
    table[["gyro_x", "gyro_y", "gyro_z"]] = scale * np.random.default_rng(0).normal(0, 1.5, (len(table), 3))
    assert guess_mapping(as_table(table)).units == (unit,) * 3


def test_written_units_win():
    names = {"acc_x": "acc_x [m/s^2]", "acc_y": "gyr y (deg/s)"}
    assert guess_mapping(as_table(table_with(**names))).units == ("m/s²", "deg/s")


def test_impossible_rate_is_refused():
    with pytest.raises(RecordingError, match="between 0 and 10,000"):
        guess_mapping(as_table(tidy_table()), rate_hz=-5.0)


def test_page_and_shell_guess_from_the_same_rows():
    """The page has a thinned table; people who only sit in the first half must not decide the unit."""
    rng = np.random.default_rng(0)
    table = pd.concat([tidy_table(activities=("sit", "walk"), n=40_000)], ignore_index=True)
    walks = (table["activity"] == "walk").to_numpy()
    turning = np.where(walks, 200.0, 2.0)[:, None] * rng.normal(size=(len(table), 3))
    table[["gyro_x", "gyro_y", "gyro_z"]] = turning
    whole = as_table(table)
    thin = whole.thinned(N_ROWS_SAMPLED)
    assert guess_mapping(thin) == guess_mapping(whole)
    assert (
        dict(zip(guess_mapping(thin).channels, guess_mapping(thin).units, strict=True))["gyro_x"] == "deg/s"
    )


def test_user_acceleration_says_nothing_of_its_unit():
    values = np.random.default_rng(0).normal(0, 0.6, (500, 3))
    named = {f"userAcceleration_{axis}": values[:, i] for i, axis in enumerate("xyz")}
    table = as_table(pd.DataFrame({"subject": "A", "activity": np.repeat(["a", "b"], 250), **named}))
    assert guess_mapping(table, rate_hz=50).units == ("", "", "")


def test_a_thinned_table_holds_every_file_and_its_rows():
    frame = pd.DataFrame({"x": np.arange(3000)})
    parts = tuple(Part(f"{i}.csv", start=1000 * i) for i in range(3))
    thin = Table("t", frame, parts).thinned(300)
    assert [part.path for part in thin.parts] == ["0.csv", "1.csv", "2.csv"]
    assert len(thin) == 300
    assert thin.frame["x"].is_monotonic_increasing
