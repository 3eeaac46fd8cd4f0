import numpy as np
import pandas as pd
import pytest

from data.readers.join_sensors import fastest_stream, join_streams


def stream(t, **axes):
    return pd.DataFrame({"t": np.asarray(t, float), **axes})


def test_the_slower_sensor_lies_on_straight_lines_at_the_times_of_the_faster():
    fast = stream([0, 0.01, 0.02, 0.03, 0.04], x=[1, 2, 3, 4, 5])
    slow = stream([0, 0.02, 0.04], x=[0, 20, 0], y=[1, 1, 1])
    table = join_streams({"gyro": slow, "acc": fast})
    assert list(table.columns) == ["t", "gyro_x", "gyro_y", "acc_x"]
    np.testing.assert_allclose(table["t"], fast["t"])
    np.testing.assert_allclose(table["gyro_x"], [0, 10, 20, 10, 0])
    np.testing.assert_allclose(table["acc_x"], fast["x"])
    assert table["acc_x"].dtype == np.float32


def test_of_about_equally_fast_sensors_the_first_keeps_time():
    a, b = stream([0, 0.0100, 0.0200], x=[0, 0, 0]), stream([0, 0.0099, 0.0198], x=[0, 0, 0])
    assert fastest_stream({"acc": a, "gyro": b}) == "acc"
    assert fastest_stream({"gyro": b, "acc": a}) == "gyro"
    assert fastest_stream({"acc": a, "gyro": stream([0, 0.005, 0.01], x=[0, 0, 0])}) == "gyro"


def test_nothing_is_invented_before_the_start_and_after_the_end():
    table = join_streams({"acc": stream([0, 1, 2, 3], x=[0, 0, 0, 0]), "gyro": stream([1, 2], x=[5, 6])})
    np.testing.assert_array_equal(table["gyro_x"], [np.nan, 5, 6, np.nan])


def test_a_pause_of_more_than_three_usual_steps_stays_missing_but_its_ends_do_not():
    t = np.arange(10.0)
    paused = stream([0, 1, 2, 6, 7, 8, 9], x=[0, 1, 2, 6, 7, 8, 9])
    bridged = stream([0, 1, 2, 5, 6, 7, 8, 9], x=[0, 1, 2, 5, 6, 7, 8, 9])
    table = join_streams({"acc": stream(t, x=t), "a": paused, "b": bridged})
    np.testing.assert_array_equal(table["a_x"], [0, 1, 2, np.nan, np.nan, np.nan, 6, 7, 8, 9])
    np.testing.assert_array_equal(table["b_x"], t)


def test_repeated_unordered_and_missing_values_of_the_other_sensor():
    other = stream([2, 0, 1, 1, 3], x=[2, 0, 1, 99, np.nan])
    table = join_streams({"acc": stream([0, 0.5, 1, 1.5, 2, 3], x=np.zeros(6)), "gyro": other})
    np.testing.assert_array_equal(table["gyro_x"], [0, 0.5, 1, 1.5, 2, np.nan])


def test_the_timekeepers_rows_stay_as_they_are():
    acc = stream([1, 0, 1, np.nan], x=[4, 3, 2, 1])
    table = join_streams({"acc": acc, "gyro": stream([0, 1], x=[7, 8])})
    np.testing.assert_array_equal(table["acc_x"], [4, 3, 2, 1])
    np.testing.assert_array_equal(table["gyro_x"], [8, 7, 8, np.nan])


@pytest.mark.parametrize("empty", [[], [np.nan]])
def test_a_sensor_without_samples_is_missing_everywhere(empty):
    table = join_streams({"acc": stream([0, 1], x=[1, 2]), "gyro": stream(empty, x=np.zeros(len(empty)))})
    assert table["gyro_x"].isna().all()
    assert table["acc_x"].tolist() == [1, 2]


def test_no_streams_is_a_programmers_mistake():
    with pytest.raises(ValueError, match="at least one stream"):
        join_streams({})


def test_the_times_of_a_chosen_sensor():
    slow, fast = stream([0, 1, 2], x=[0, 1, 2]), stream(np.arange(5) / 2, x=np.arange(5))
    table = join_streams({"acc": slow, "gyro": fast}, onto="acc")
    np.testing.assert_array_equal(table["t"], [0, 1, 2])
    np.testing.assert_array_equal(table["gyro_x"], [0, 2, 4])
