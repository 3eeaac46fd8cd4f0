"""Times in whatever way they were written: one format a column, and never a cell by itself."""

import time

import numpy as np
import pandas as pd
import pytest

from data.errors import RecordingError
from data.ingest.table import Table
from data.ingest.times import Times, to_seconds

BEGIN = pd.Timestamp("2023-02-12 23:59:58")


def read(texts: object, *, groups: np.ndarray | None = None, rate_hz: float | None = None) -> Times:
    frame = pd.DataFrame({"t": texts})
    groups = np.zeros(len(frame), int) if groups is None else groups
    return to_seconds(Table("x.csv", frame), "t", groups, rate_hz=rate_hz)


def stamps(n: int = 200, begin: pd.Timestamp = BEGIN) -> pd.DatetimeIndex:
    return begin + pd.to_timedelta(np.arange(n) * 20, unit="ms")


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ("%d.%m.%Y %H:%M:%S.%f", "dates and times, day first"),
        ("%d/%m/%Y %H:%M:%S.%f", "dates and times, day first"),
        ("%m/%d/%Y %H:%M:%S.%f", "dates and times, month first"),
        ("%m/%d/%y %I:%M:%S.%f %p", "dates and times, month first"),
        ("%Y-%m-%dT%H:%M:%S.%fZ", "dates and times"),
        ("%Y-%m-%d %H:%M:%S,%f", "dates and times"),
        ("%Y/%m/%d %H:%M:%S:%f", "dates and times"),
        ("%d %b %Y %H:%M:%S.%f", "dates and times"),
        ("%H:%M:%S.%f", "clock times or durations"),
        ("%M:%S.%f", "minutes and seconds"),
    ],
)
def test_one_recording_over_midnight(form, words):
    times = read(stamps().strftime(form))
    assert times.unit == words
    np.testing.assert_allclose(times.seconds, np.arange(200) / 50, atol=1e-6)


@pytest.mark.parametrize(
    "text", ["{:02d}:{:04.1f}", "{}:{:06.3f}", "0:{:02d}:{:06.3f}", "0 days 00:{:02d}:{:09.6f}"]
)
def test_minutes_and_seconds_of_spreadsheets(text):
    t = np.arange(0, 130, 0.1)
    times = read([text.format(int(s // 60), round(s % 60, 1)) for s in t.round(1)])
    np.testing.assert_allclose(times.seconds, t, atol=1e-9)


def test_dates_are_never_told_cell_by_cell():
    assert read(["12.02.2023 23:59:59", "13.02.2023 00:00:00"]).seconds.tolist() == [0, 1]
    with pytest.raises(
        RecordingError, match=r"column t, row 3: '2/13/2023 10:00' is not a time .the others are"
    ):
        read(["13/2/2023 10:00", "14/2/2023 10:00", "2/13/2023 10:00"])


def test_an_order_that_is_open_is_the_one_in_which_times_go_on():
    days = [BEGIN + pd.Timedelta(days=i) for i in range(-3, 0)]
    assert read([d.strftime("%m/%d/%Y %H:%M:%S") for d in days]).unit.endswith("month first")
    assert read([d.strftime("%d/%m/%Y %H:%M:%S") for d in days]).unit.endswith("day first")
    across = ["31/01/2023 10:00:00", "01/02/2023 10:00:00"]
    np.testing.assert_array_equal(read(across).seconds, [0, 86_400])


@pytest.mark.parametrize(
    "text", ["noon", "31.02.2023 10:00:00", "12.13.2023 10:00:00", "12.02.2023 24:00:00"]
)
def test_what_does_not_fit_is_named(text):
    with pytest.raises(RecordingError, match=rf"row 2: '{text}' is not a time"):
        read(["12.02.2023 10:00:00", text, "12.02.2023 10:00:01"])


def test_words_for_missing_are_no_times():
    np.testing.assert_array_equal(read(["10:00:00.0", "NA", "10:00:00.5"]).seconds, [0, np.nan, 0.5])


def test_offsets_of_time_zones_count():
    texts = ["2023-02-12 10:00:00.5 +01:00", "12.02.2023 10:00:00.5 +0100", "12.02.2023 10:00:00.5Z"]
    later = read([texts[1], texts[2]])
    assert later.seconds.tolist() == [0, 3600]
    assert read([texts[0], "2023-02-12 10:00:00.5 +00:00"]).seconds.tolist() == [0, 3600]


def test_a_clock_goes_on_within_its_group_only():
    clock = ["23:59:59.98", "00:00:00.00", "00:00:00.02"]
    groups = np.repeat([0, 1], 3)
    np.testing.assert_allclose(read(clock * 2, groups=groups).seconds, [0, 0.02, 0.04] * 2, atol=1e-6)
    again = read(["10:00:00.0", "10:00:00.5", "10:00:00.0", "10:00:00.5"])
    assert again.seconds.tolist() == [0, 0.5, 0, 0.5]


@pytest.mark.parametrize(
    "write",
    [
        lambda t: 1_700_000_000 + t,
        lambda t: (1_700_000_000 + t) * 1000,
        lambda t: 1_700_000_000.0 + t,
        lambda t: (pd.Timestamp("2023-02-12 23:59:58") + pd.to_timedelta(t, unit="s")).strftime(
            "%d/%m/%Y %H:%M:%S"
        ),
        lambda t: pd.Timestamp("2023-02-12 23:59:58") + pd.to_timedelta(t, unit="s"),
    ],
    ids=["unix", "milliseconds", "float", "text", "dates"],
)
@pytest.mark.parametrize("rate_hz", [None, 50.0])
def test_whole_seconds_are_spread(write, rate_hz):
    which = np.arange(20, 480)  # the first and the last second are parts
    times = read(write(which // 50), rate_hz=rate_hz)
    assert (times.ticks, times.rate_hz) == ("seconds", 50)
    np.testing.assert_allclose(times.seconds - times.seconds[0], np.arange(460) / 50, atol=1e-6)


def test_whole_minutes_are_spread():
    texts = (BEGIN + pd.to_timedelta(np.arange(9000) // 3000, unit="min")).strftime("%d.%m.%Y %H:%M")
    times = read(texts)
    assert (times.ticks, times.rate_hz) == ("minutes", 50)
    np.testing.assert_allclose(np.diff(times.seconds), 0.02, atol=1e-6)


def test_rows_a_second_may_vary_a_little_but_not_much():
    rng = np.random.default_rng(0)
    a_little = np.repeat(np.arange(60), rng.integers(48, 53, 60))
    assert read(a_little).rate_hz == pytest.approx(50, abs=1)
    assert (np.diff(read(a_little).seconds) > 0).all()
    with pytest.raises(
        RecordingError, match=r"rounded to seconds.*Specify the sampling rate in Hz, and choose no"
    ):
        read(np.repeat(np.arange(60), rng.integers(5, 100, 60)))


def test_a_counter_and_a_second_of_two_sensors_stay_what_they_are():
    with pytest.raises(RecordingError, match="sample counter"):
        read(np.arange(100))
    with pytest.raises(RecordingError, match="sample counter"):
        read(np.repeat(np.arange(100), 2))


def test_a_million_dates_are_read_soon():
    texts = stamps(10**6).strftime("%m/%d/%Y %H:%M:%S.%f")
    began = time.process_time()
    times = read(texts)
    assert time.process_time() - began < 8  # seconds of processor time; 2 are usual
    assert times.seconds[-1] == pytest.approx((10**6 - 1) / 50)


def stated(numbers: object, name: str = "t", *, rate_hz: float | None = None, units=None) -> Times:
    """Read a column of a given name, from a table that states a rate or units."""
    table = Table("x.csv", pd.DataFrame({name: numbers}), rate_hz=rate_hz, units=units or {})
    return to_seconds(table, name, np.zeros(len(table), int), rate_hz=None)


@pytest.mark.parametrize("begin", [45355.4270833, 738950.4270833, 0.4270833])
@pytest.mark.parametrize("rate", [25, 100])
def test_day_numbers_of_excel_and_matlab(begin, rate):
    read = stated(begin + np.arange(300) / rate / 86_400)
    assert read.unit == "day numbers"
    # Day numbers since year 0 leave 10 microseconds.
    np.testing.assert_allclose(read.seconds, np.arange(300) / rate, atol=2e-5)


def test_small_steps_of_other_numbers_are_no_days():
    with pytest.raises(RecordingError, match="fits no common sampling rate"):
        stated(5_000 + np.arange(300) / 25 / 86_400)


@pytest.mark.parametrize(
    ("unit", "scale", "name"),
    [
        ("tenths of milliseconds", 1e-4, "time (0.1 ms)"),
        ("milliseconds", 1e-3, "epoch (ms)"),
        ("microseconds", 1e-6, "t_us"),
        ("nanoseconds", 1e-9, "timestamp [ns]"),
        ("seconds", 1.0, "time (s)"),
    ],
)
@pytest.mark.parametrize("rate", [1.25, 50, 2000])
def test_a_unit_in_the_name_is_used(unit, scale, name, rate):
    read = stated(np.round(np.arange(300) / rate / scale, 3), name)
    assert read.unit == unit
    np.testing.assert_allclose(read.seconds, np.arange(300) / rate, atol=1e-6 + scale)


def test_a_unit_in_the_name_that_cannot_be_is_not_used():
    assert stated(np.arange(300) * 20, "time (s)").unit == "milliseconds"


@pytest.mark.parametrize(
    ("digits", "unit"),
    [
        (10, "seconds"),
        (13, "milliseconds"),
        (14, "tenths of milliseconds"),
        (16, "microseconds"),
        (19, "nanoseconds"),
    ],
)
def test_numbers_that_are_dates_of_our_time_show_their_unit(digits, unit):
    per_second = 10 ** (digits - 10)
    numbers = 1_700_000_000 * per_second + np.arange(300) * per_second // 10  # 10 Hz
    if unit == "seconds":
        numbers = 1_700_000_000 + np.arange(300) / 10
    read = stated(numbers)
    assert read.unit == unit
    np.testing.assert_allclose(read.seconds, np.arange(300) / 10, atol=1e-6)


def test_a_rate_above_the_table_tells_tenths_of_milliseconds():
    numbers = np.arange(300) * 100
    assert stated(numbers).unit == "milliseconds"
    assert stated(numbers, rate_hz=100).unit == "tenths of milliseconds"
    assert stated(numbers, rate_hz=10).unit == "milliseconds"
    assert stated(numbers, rate_hz=37).unit == "milliseconds"  # fits nothing: as without it
    np.testing.assert_allclose(stated(np.arange(300), rate_hz=60).seconds, np.arange(300) / 60)


@pytest.mark.parametrize("size", [2**16, 2**24, 2**32])
def test_a_counter_that_begins_again_is_continued(size):
    numbers = (size - 5_000 + np.arange(900) * 10) % size
    read = stated(numbers, "t_ms")
    assert read.unit == f"milliseconds, continued where it began again after {size:,}"
    np.testing.assert_allclose(read.seconds - read.seconds[0], np.arange(900) / 100, atol=1e-9)


def test_a_restart_of_another_recording_is_not_continued():
    numbers = np.concatenate([np.arange(300), np.arange(300)]) * 20
    assert stated(numbers).unit == "milliseconds"
    assert stated(numbers).seconds.max() == pytest.approx(5.98)


@pytest.mark.parametrize("rate", [25, 30, 50, 100, 128])
@pytest.mark.parametrize(("scale", "decimals"), [(1.0, 1), (1e-3, -2)])
def test_times_rounded_to_tenths_are_spread(rate, scale, decimals):
    t = np.arange(40 * rate) / rate
    read = stated(np.round(np.floor(t * 10) / 10 / scale, max(decimals, 0)))
    assert read.ticks == "tenths of a second"
    assert read.rate_hz == pytest.approx(rate, rel=0.02)
    np.testing.assert_allclose(read.seconds - read.seconds[0], t, atol=0.06)
    np.testing.assert_allclose(np.diff(read.seconds), 1 / rate, rtol=0.01)  # one rate, not one a tick


@pytest.mark.parametrize("rate", [40, 64])
def test_times_that_were_rounded_to_the_nearest_tenth_are_spread(rate):
    read = stated([round(i / rate, 1) for i in range(40 * rate)])
    assert read.rate_hz == pytest.approx(rate, rel=0.02)
    np.testing.assert_allclose(np.diff(read.seconds), 1 / rate, rtol=0.01)


def test_clock_times_with_a_colon_before_the_fraction():
    texts = [f"10:15:{i // 50:02d}:{i % 50 * 20:03d}" for i in range(300)]
    np.testing.assert_allclose(stated(texts).seconds, np.arange(300) / 50, atol=1e-9)


def test_two_sensors_at_ten_times_a_second_are_not_spread():
    assert stated(np.repeat(np.arange(300) / 10, 2)).ticks == ""
