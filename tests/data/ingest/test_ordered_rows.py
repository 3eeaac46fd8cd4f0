"""Rows of several sensors, of overlapping files, and of clocks that start again."""

import numpy as np
import pandas as pd
import pytest

from data.ingest.column_mapping import guess_mapping
from data.ingest.convert import to_recordings
from data.ingest.table import Piece, Table, stacked
from data.recordings import Recordings
from tests.data.ingest.test_convert import balance, found, read
from tests.data.tables import tidy_table


def of_two_sensors(n: int = 400) -> pd.DataFrame:
    """Return 200 Hz rows of acc_x and 50 Hz rows of gyro_x, each in rows of its own, on straight lines."""
    frames = []
    for person in ("Ann", "Bob"):
        for activity in ("walk", "sit"):
            labels = {"subject": person, "activity": activity}
            t = np.arange(n) / 200
            frames.append(pd.DataFrame({**labels, "t": t, "acc_x": 3 * t, "gyro_x": np.nan}))
            frames.append(pd.DataFrame({**labels, "t": t[::4], "acc_x": np.nan, "gyro_x": -t[::4]}))
    return pd.concat(frames, ignore_index=True)


@pytest.mark.parametrize("order", ["one after the other", "by time", "shuffled"])
def test_rows_of_two_sensors_are_merged(order):
    table = of_two_sensors()
    if order == "by time":
        table = table.sort_values(["subject", "activity", "t"], kind="stable")
    elif order == "shuffled":
        table = table.sample(frac=1, random_state=0)
    recordings = read(table.reset_index(drop=True))
    assert recordings.rate_hz == 200
    # After the last row of the slow sensor, nothing is known of it.
    assert balance(recordings) == (2000, 1988, 12)
    assert "400 rows of several sensors at the same time were merged" in found(recordings)
    assert "already there" not in found(recordings)
    assert "Times restart" not in found(recordings)
    samples = recordings.samples
    assert len(samples) == 4 * 397
    np.testing.assert_allclose(samples["acc_x"], -3 * samples["gyro_x"], atol=1e-5)


def test_two_sensors_whose_times_start_again_are_two_recordings():
    once = of_two_sensors().sort_values(["subject", "activity", "t"], kind="stable")
    again = once.assign(acc_x=once["acc_x"] + 5)
    recordings = read(pd.concat([once, again], ignore_index=True))
    assert recordings.samples["series"].nunique() == 8
    assert "Times restart 4 times" in found(recordings)


def test_rows_that_contradict_each_other_are_not_merged():
    table = tidy_table()
    other = table.iloc[[10]].assign(acc_x=7.0, acc_y=np.nan)
    recordings = read(pd.concat([table, other], ignore_index=True))
    assert balance(recordings) == (401, 400, 1)
    assert 7.0 not in set(recordings.samples["acc_x"])


def test_a_slow_channel_is_bridged_up_to_its_own_step_only():
    table = tidy_table(n=400, rate_hz=200.0)
    table["acc_x"] = table["t"] * 3
    table.loc[table["t"].mul(200).round() % 32 != 0, "acc_x"] = np.nan
    walk = read(table).samples.query("series == 'Ann/walk'")
    np.testing.assert_allclose(walk["acc_x"], walk["t"] * 3, atol=1e-5)
    table.loc[(table["t"] > 0.7) & (table["t"] < 1.2), "acc_x"] = np.nan
    walk = read(table).samples.query("series == 'Ann/walk'")
    assert walk["acc_x"].isna().any()


def of_files(*frames: pd.DataFrame, time: str | None = "t", rate_hz: float | None = None) -> Recordings:
    pieces = [Piece(f"{i}.csv", frame.reset_index(drop=True)) for i, frame in enumerate(frames)]
    frame, parts = stacked(pieces)
    table = Table("folder", frame, parts)
    return to_recordings(table, guess_mapping(table, rate_hz=rate_hz))


def test_overlapping_exports_are_read_once():
    table = tidy_table(n=200)
    early, late = table[table["t"] < 3], table[table["t"] >= 1]
    recordings = of_files(early, late)
    assert balance(recordings) == (1200, 800, 400)
    assert "400 that also occur in another file" in recordings.findings[0].found
    assert recordings.samples.groupby(["subject", "activity"], observed=True).size().tolist() == [200] * 4
    assert "Times restart" not in found(recordings)


def test_files_that_start_at_the_same_time_with_other_values_are_kept():
    table = tidy_table(n=100)
    other = table.assign(acc_x=table["acc_x"] + 1)
    other.loc[::9, "acc_x"] = table["acc_x"]  # some agree by chance
    recordings = of_files(table, other)
    assert balance(recordings) == (800, 800, 0)
    assert "Times restart" not in found(recordings)


def test_files_without_times_are_not_told_to_start_again():
    table = tidy_table(n=100).drop(columns="t")
    recordings = of_files(table, table, rate_hz=50.0)
    assert balance(recordings) == (800, 800, 0)
    assert "Times restart" not in found(recordings)


def test_whole_seconds_lose_no_row_and_are_told():
    table = tidy_table(n=500)
    table["t"] = 1_700_000_000 + table["t"].astype(int)
    recordings = read(table)
    assert balance(recordings) == (2000, 2000, 0)
    assert recordings.rate_hz == 50
    assert "Times are rounded to seconds -> Samples were spread evenly, at about 50 Hz" in found(recordings)
    assert "read as seconds" in found(recordings)
