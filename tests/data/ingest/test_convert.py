"""Every row is used or left out with a reason; what comes out is what was put in."""

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import RecordingError
from data.ingest.column_mapping import guess_mapping
from data.ingest.convert import to_recordings
from data.ingest.preparation import Preparation
from data.recordings import Recordings
from data.windows import WindowSettings, cut_windows
from tests.data.tables import as_table, tidy_table


def read(table: pd.DataFrame, preparation: Preparation = Preparation(), **roles: object) -> Recordings:
    return to_recordings(as_table(table), guess_mapping(as_table(table), **roles), preparation)


def found(recordings: Recordings) -> str:
    return "\n".join(f"{f.where}: {f.found} -> {f.done}" for f in recordings.findings)


def balance(recordings: Recordings) -> tuple[int, int, int]:
    """Return rows read, used and left out."""
    match = re.match(r"([\d,]+) rows read: ([\d,]+) used, ([\d,]+) left out", recordings.findings[0].found)
    return tuple(int(number.replace(",", "")) for number in match.groups())


def test_a_clean_table_comes_through_unchanged():
    table = tidy_table()
    recordings = read(table)
    by_label = table.sort_values(["subject", "activity", "t"])
    np.testing.assert_array_equal(recordings.samples[["acc_x", "acc_y"]], by_label[["acc_x", "acc_y"]])
    assert recordings.rate_hz == 50
    assert list(recordings.samples["series"].unique()) == ["Ann/sit", "Ann/walk", "Bob/sit", "Bob/walk"]
    assert balance(recordings) == (400, 400, 0)
    assert all(finding.severity == "note" for finding in recordings.findings)


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 100), shuffled=st.booleans(), n=st.integers(12, 80))
def test_order_of_rows_does_not_matter(seed, shuffled, n):
    table = tidy_table(n=n)
    order = np.random.default_rng(seed).permutation(len(table))
    other = table.iloc[order if shuffled else np.arange(len(table))[::-1]]
    assert read(other).fingerprint == read(table).fingerprint


@pytest.mark.parametrize(
    ("write", "unit"),
    [
        (lambda t: t, "seconds"),
        (lambda t: (t * 1e3).round().astype(int), "milliseconds"),
        (lambda t: (t * 1e6).round().astype(int), "microseconds"),
        (lambda t: (t * 1e9).round().astype(int) + 1_700_000_000_000_000_000, "nanoseconds"),
        (lambda t: t + 1_700_000_000, "seconds"),
        (lambda t: pd.Timestamp("2026-01-31 23:59:59.5") + pd.to_timedelta(t, unit="s"), "dates and times"),
        (
            lambda t: (pd.Timestamp("2026-01-31") + pd.to_timedelta(t, unit="s")).dt.strftime(
                "%d.%m.%Y %H:%M:%S.%f"
            ),
            "dates and times",
        ),
        (
            lambda t: (pd.Timestamp("2026-01-31") + pd.to_timedelta(t, unit="s")).dt.strftime(
                "%Y-%m-%dT%H:%M:%S.%fZ"
            ),
            "dates and times",
        ),
    ],
)
def test_times_may_be_written_in_any_unit(write, unit):
    table = tidy_table()
    expected = read(table)
    recordings = read(table.assign(t=write(table["t"])))
    assert f"read as {unit}" in found(recordings)
    assert recordings.rate_hz == 50
    np.testing.assert_array_equal(recordings.samples["acc_x"], expected.samples["acc_x"])


def test_a_sample_counter_needs_the_rate():
    table = tidy_table().assign(t=np.tile(np.arange(100), 4))
    with pytest.raises(
        RecordingError, match=r"column t: this is a sample counter.*Specify the sampling rate"
    ):
        read(table)
    recordings = read(table, rate_hz=20.0)
    assert recordings.rate_hz == 20
    assert recordings.samples["t"].max() == pytest.approx(99 / 20)


def test_without_times_the_rate_is_asked_for_and_rows_follow_each_other():
    table = tidy_table().drop(columns="t")
    with pytest.raises(RecordingError, match=r"no time column.*Specify the rate"):
        read(table)
    recordings = read(table, rate_hz=25.0)
    assert (recordings.rate_hz, len(recordings.samples)) == (25.0, 400)
    again = read(pd.concat([table, table], ignore_index=True), rate_hz=25.0)
    assert again.samples["series"].nunique() == 8


def test_unusual_steps_ask_for_the_rate():
    table = tidy_table()
    with pytest.raises(RecordingError, match="fits no common sampling rate"):
        read(table.assign(t=table["t"] * 1e-7))


def test_times_that_stand_still_are_refused():
    with pytest.raises(RecordingError, match="column t: times never increase"):
        read(tidy_table().assign(t=0.0))


def test_unused_columns_are_listed():
    table = tidy_table().assign(acc_z="text", comment="fine")
    assert "Columns not used as channels: acc_z, comment" in found(read(table))


def test_unreadable_time_names_the_cell():
    table = tidy_table()
    table["t"] = [f"2026-01-01 00:00:{s:06.3f}" for s in table["t"]]
    table.loc[5, "t"] = "noon"
    table.index = pd.RangeIndex(2, len(table) + 2, name="line")
    with pytest.raises(RecordingError, match="column t, row 6: 'noon' is not a time"):
        read(table)


def test_text_in_a_channel_names_the_first_cell():
    table = tidy_table().astype({"acc_y": object})
    table.loc[[41, 60], "acc_y"] = ["n/a?", "bad"]
    table.index = pd.RangeIndex(2, len(table) + 2, name="line")
    with pytest.raises(RecordingError, match=r"column acc_y, row 42: 'n/a\?' is not a number \(2 such"):
        read(table)


def test_restarting_times_are_recordings_of_their_own():
    once = tidy_table(people=("Ann", "Bob"), n=200)
    twice = pd.concat([once, once.assign(acc_x=once["acc_x"] + 5)], ignore_index=True)
    recordings = read(twice)
    assert balance(recordings) == (1600, 1600, 0)
    assert recordings.samples["series"].nunique() == 8
    assert "Times restart 4 times" in found(recordings)
    first = recordings.samples.query("series == 'Ann/walk/1'")
    np.testing.assert_array_equal(first["acc_x"], once["acc_x"][:200])


def test_a_displaced_row_is_put_back():
    table = tidy_table()
    order = np.arange(len(table))
    order = np.concatenate([[70], np.delete(order, 70)])
    recordings = read(table.iloc[order])
    assert recordings.fingerprint == read(table).fingerprint
    assert "out of chronological order" in found(recordings)


def test_repeated_times_are_counted_and_dropped():
    table = tidy_table()
    doubled = table.loc[[*range(100), 10, 20, *range(100, 400)]].sort_values(["subject", "activity", "t"])
    recordings = read(doubled.reset_index(drop=True))
    assert balance(recordings) == (402, 400, 2)
    assert "2 rows with a repeated time" in found(recordings)


def test_a_gap_in_time_ends_a_recording():
    table = tidy_table(n=100)
    recordings = read(table.drop(index=range(40, 60)))
    assert recordings.samples["series"].value_counts().loc[["Ann/walk/1", "Ann/walk/2"]].tolist() == [40, 40]
    assert "1 gap in time" in found(recordings)


def walk_with_gap(n_missing: int) -> pd.DataFrame:
    """Return a table in which acc_x is three times the time, with some values missing in Ann's walk."""
    table = tidy_table(n=200)
    table["acc_x"] = table["t"] * 3
    table.loc[range(40, 40 + n_missing), "acc_x"] = np.nan
    return table


def test_values_missing_up_to_a_tenth_of_a_second_are_bridged():
    recordings = read(walk_with_gap(4))
    walk = recordings.samples.query("series == 'Ann/walk'")
    np.testing.assert_allclose(walk["acc_x"], walk["t"] * 3, atol=1e-6)
    assert balance(recordings) == (800, 800, 0)
    assert "4 values missing for a moment" in found(recordings)


@pytest.mark.parametrize(("n_missing", "preparation"), [(5, Preparation()), (1, Preparation(bridge_s=0))])
def test_values_missing_for_longer_stay_missing(n_missing, preparation):
    recordings = read(walk_with_gap(n_missing), preparation)
    walk = recordings.samples.query("series == 'Ann/walk'")
    assert walk["acc_x"].isna().tolist() == [40 <= i < 40 + n_missing for i in range(200)]
    assert walk["acc_y"].notna().all()
    assert balance(recordings) == (800, 800, 0)
    assert f"{n_missing} samples have missing values" in found(recordings)
    assert np.isfinite(cut_windows(recordings, WindowSettings(0.5, 0.0)).values).all()


def test_a_channel_missing_for_over_a_second_cuts_the_recording():
    recordings = read(walk_with_gap(60))
    lengths = recordings.samples["series"].value_counts()
    assert lengths.loc[["Ann/walk/1", "Ann/walk/2"]].tolist() == [40, 100]
    assert recordings.samples["acc_x"].notna().all()
    assert balance(recordings) == (800, 740, 60)
    assert "first at row 41" in found(recordings)


def test_missing_rows_are_bridged_the_same_way():
    table = tidy_table(n=100)
    table["acc_x"] = table["t"] * 3
    recordings = read(table.drop(index=[50, 51]))
    walk = recordings.samples.query("series == 'Ann/walk'")
    np.testing.assert_allclose(walk["acc_x"], walk["t"] * 3, atol=1e-6)
    assert "2 samples missing in short gaps" in found(recordings)


def test_two_sensors_on_clocks_of_their_own_meet():
    """An outer join of two sensors leaves every row half empty; nothing of either is lost."""
    table = tidy_table(n=200, rate_hz=100.0)
    table["acc_x"], table["acc_y"] = table["t"] * 3, -table["t"]
    table.loc[table.index % 2 == 0, "acc_x"] = np.nan
    table.loc[table.index % 2 == 1, "acc_y"] = np.nan
    samples = read(table).samples.query("series == 'Ann/walk'")
    np.testing.assert_allclose(samples["acc_x"], -3 * samples["acc_y"], atol=1e-5)
    assert len(samples) == 198


def test_labels_missing_are_counted():
    table = tidy_table().astype({"subject": object})
    table.loc[:9, "subject"] = None
    table.loc[10:14, "activity"] = ""
    table.loc[15:16, "t"] = np.nan
    recordings = read(table)
    assert balance(recordings) == (400, 383, 17)
    assert "15 without person or activity; 2 without time" in recordings.findings[0].found


def test_numbers_as_labels_lose_their_decimals():
    table = tidy_table(people=(1.0, 2.0))
    table.loc[0, "subject"] = np.nan
    assert read(table).subjects == ["1", "2"]


def test_mixed_rates_become_the_most_common_one():
    parts = [tidy_table(("Ann", "Bob"), rate_hz=50.0, n=500), tidy_table(("Cleo",), rate_hz=100.0, n=400)]
    table = pd.concat(parts, ignore_index=True)
    table["acc_x"] = np.sin(2 * np.pi * 1.5 * table["t"])
    recordings = read(table)
    assert recordings.rate_hz == 50
    cleo = recordings.samples.query("series == 'Cleo/walk'")
    assert len(cleo) == 200
    np.testing.assert_allclose(cleo["acc_x"][5:-5], np.sin(2 * np.pi * 1.5 * cleo["t"][5:-5]), atol=0.02)
    assert "2 of 6 recordings at a rate other than 50 Hz (100 Hz)" in found(recordings)


def test_slow_people_among_fast_ones_are_not_taken_for_gaps():
    parts = [tidy_table(("Ann", "Bob"), rate_hz=50.0, n=500), tidy_table(("Cleo",), rate_hz=5.0, n=100)]
    recordings = read(pd.concat(parts, ignore_index=True))
    assert recordings.samples.query("subject == 'Cleo'")["series"].nunique() == 2
    assert balance(recordings)[2] == 0


def test_jittered_times_are_evened_out():
    rng = np.random.default_rng(0)
    table = tidy_table(n=400)
    table["t"] += rng.uniform(-0.008, 0.008, len(table))
    table["acc_x"] = np.sin(2 * np.pi * table["t"])
    recordings = read(table)
    assert recordings.rate_hz == pytest.approx(50, rel=5e-3)
    walk = recordings.samples.query("series == 'Ann/walk'")
    begin = table["t"][0]
    np.testing.assert_allclose(walk["acc_x"], np.sin(2 * np.pi * (walk["t"] + begin)), atol=0.05)
    assert "uneven sampling" in found(recordings)


@pytest.mark.parametrize("rate_hz", [20.0, 25.0, 31.25, 51.2, 64.0, 100 / 3, 60.0, 200.0])
def test_rates_are_found(rate_hz):
    table = tidy_table(rate_hz=rate_hz, n=300)
    assert read(table).rate_hz == pytest.approx(rate_hz, rel=1e-4)
    rounded = table.assign(t=(table["t"] * 1000).round().astype(int))
    assert read(rounded).rate_hz == pytest.approx(rate_hz, rel=2e-3)


@pytest.mark.parametrize(
    ("people", "activities", "word"), [(("Ann",), ("a", "b"), "person"), (("A", "B"), ("x",), "activity")]
)
def test_only_one_of_something_is_warned_of(people, activities, word):
    recordings = read(tidy_table(people, activities))
    assert any(f.severity == "warning" and f"Only one {word}" in f.found for f in recordings.findings)


def test_a_channel_without_any_value_is_named():
    table = tidy_table()
    table["acc_z"] = np.nan
    mapping = guess_mapping(as_table(table))
    assert "acc_z" not in mapping.channels
    table["acc_y"] = np.nan
    with pytest.raises(RecordingError, match="column acc_y is empty"):
        to_recordings(as_table(table), mapping)


def test_people_attributes_are_kept_where_they_are_constant():
    table = tidy_table(people=("Ann", "Bob"))
    table["Gender"] = np.where(table["subject"] == "Ann", "f", "m")
    table["age"] = np.arange(len(table)) % 7
    attributes = read(table).attributes
    assert attributes.columns.tolist() == ["Gender"]
    assert attributes["Gender"].to_dict() == {"Ann": "f", "Bob": "m"}


def test_a_file_pasted_twice_is_read_once():
    table = tidy_table()
    recordings = read(pd.concat([table, table], ignore_index=True))
    assert balance(recordings) == (800, 400, 400)
    assert recordings.fingerprint == read(table).fingerprint


def test_labels_with_slashes_do_not_merge_series():
    table = tidy_table(people=("a", "a/b"), activities=("b/c", "c"))
    recordings = read(table)
    assert recordings.samples["series"].nunique() == 4
    assert balance(recordings) == (400, 400, 0)


def test_infinite_values_count_as_missing():
    table = tidy_table()
    table.loc[50, "acc_x"] = np.inf
    assert np.isfinite(read(table).samples["acc_x"]).all()


def test_scattered_rows_are_no_recording():
    clock = pd.Timestamp("2026-01-31") + pd.to_timedelta(np.arange(400) / 50, unit="s")
    table = tidy_table().assign(subject=[f"P{i}" for i in np.arange(400) % 200], t=clock)
    with pytest.raises(RecordingError, match="no two consecutive samples"):
        read(table)


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    n_dropped=st.integers(0, 60),
    n_missing=st.integers(0, 60),
    n_repeated=st.integers(0, 20),
)
def test_damage_never_breaks_the_balance(seed, n_dropped, n_missing, n_repeated):
    rng = np.random.default_rng(seed)
    table = tidy_table(n=60)
    table.loc[rng.integers(0, len(table), n_missing), "acc_x"] = np.nan
    table = table.drop(index=rng.choice(len(table), n_dropped, replace=False)).reset_index(drop=True)
    table = pd.concat([table, table.iloc[rng.integers(0, len(table), n_repeated)]], ignore_index=True)
    recordings = read(table)
    n_read, n_used, n_left_out = balance(recordings)
    assert n_read == len(table) == n_used + n_left_out
    samples = recordings.samples
    n_filled = sum(
        int(f.found.split()[0].replace(",", ""))
        for f in recordings.findings
        if "samples missing in" in f.found
    )
    assert len(samples) == n_used + n_filled
    assert samples["acc_y"].notna().all()
    assert samples["acc_x"].isna().sum() == sum(
        int(f.found.split()[0].replace(",", ""))
        for f in recordings.findings
        if "have missing values" in f.found
    )
    steps = samples.groupby("series", observed=True)["t"].diff().dropna()
    np.testing.assert_allclose(steps, 1 / recordings.rate_hz, rtol=1e-6)
    known = set(table["acc_y"])
    assert np.isin(samples["acc_y"], list(known)).sum() == n_used
