"""The tutorial's protocol: movements with known lengths, published test trials, and no sample on two sides."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from bench.protocols import TUTORIAL, two_magnitudes
from data.errors import RecordingError
from data.recordings import Recordings, samples_from_series
from data.windows import Windows

SENSORS = ("acc_x", "acc_y", "acc_z", "gyro_x", "gyro_y", "gyro_z")
UNITS = ("g", "g", "g", "rad/s", "rad/s", "rad/s")
MOTION_SENSE = {
    "dws": (1, 2, 11),
    "ups": (3, 4, 12),
    "wlk": (7, 8, 15),
    "jog": (9, 16),
    "std": (6, 14),
    "sit": (5, 13),
}


def recordings(
    trials: dict[str, tuple[int, ...]], n_samples: int = 600, channels=SENSORS, row=None
) -> Recordings:
    """Return two people who do activities in trials; every sample is `row`, by default 1 g and 5 rad/s long."""
    series = pd.DataFrame(
        [
            {"subject": person, "activity": activity, "trial": str(trial) if trial else ""}
            for person in ("A", "B")
            for activity, numbers in trials.items()
            for trial in numbers
        ]
    )
    series["series"] = series["subject"] + "/" + series["activity"] + "/" + series["trial"]
    row = (0.6, 0.0, 0.8, 0.0, 3.0, 4.0) if row is None else row
    values = [np.tile(np.array(row, np.float32), (n_samples, 1)) for _ in range(len(series))]
    samples = samples_from_series(series, values, 50.0, channels)
    return Recordings("toy", samples, 50.0, channels, UNITS[: len(channels)])


def samples_of(windows: Windows) -> set[tuple[str, int]]:
    return {
        (series, t)
        for series, start in zip(windows.series, windows.start, strict=True)
        for t in range(start, start + windows.n_timesteps)
    }


def test_two_magnitudes_every_ten_samples():
    windows = TUTORIAL.windows(recordings({"walk": (1, 2)}))
    assert windows.channels == ("gyro_magnitude", "acc_magnitude")
    assert windows.units == ("rad/s", "g")
    assert len(windows) == 4 * ((600 - 128) // 10 + 1)
    np.testing.assert_array_equal(windows.start[:3], [0, 10, 20])
    np.testing.assert_allclose(windows.values, np.broadcast_to([5.0, 1.0], (len(windows), 128, 2)), rtol=1e-6)


@pytest.mark.parametrize("rate_hz", [20.0, 33.3, 200.0])
def test_samples_count_whatever_the_rate(rate_hz: float):
    windows = TUTORIAL.windows(replace(recordings({"walk": (1,)}), rate_hz=rate_hz))
    assert windows.n_timesteps == 128
    assert set(np.diff(windows.start[windows.subject == "A"])) == {10}


def test_gravity_and_the_rest_are_added():
    phone = ("rotationRate.x", "rotationRate.y", "rotationRate.z")
    phone += (
        "gravity.x",
        "gravity.y",
        "gravity.z",
        "userAcceleration.x",
        "userAcceleration.y",
        "userAcceleration.z",
    )
    made = recordings({"walk": (1,)}, channels=phone[:6], row=(0, 3, 4, 0, 0, -1))
    rest = pd.DataFrame(
        {name: np.float32(0.1 if name.endswith("z") else 0) for name in phone[6:]}, made.samples.index
    )
    made = Recordings(
        "phone", pd.concat([made.samples, rest], axis=1), 50.0, phone, ("rad/s",) * 3 + ("g",) * 6
    )
    lengths = two_magnitudes(made)
    np.testing.assert_allclose(
        lengths.samples[list(lengths.channels)], np.tile([5.0, 0.9], (1200, 1)), rtol=1e-6
    )


def test_tests_on_the_published_trials_of_motion_sense():
    windows = TUTORIAL.windows(recordings(MOTION_SENSE, n_samples=200))
    parts = TUTORIAL.parts(windows)
    assert parts.by == "trial"
    assert set(windows.trial[parts.tested]) == {"11", "12", "13", "14", "15", "16"}
    assert set(windows.trial[parts.learnt]) == {str(n) for n in range(1, 10)}


def test_a_trial_of_several_activities_is_on_one_side():
    windows = TUTORIAL.windows(recordings({"walk": (1, 2), "stand": (2,), "sit": (1,)}, n_samples=200))
    parts = TUTORIAL.parts(windows)
    assert set(windows.trial[parts.tested]) == {"2"}
    assert set(windows.trial[parts.learnt]) == {"1"}


@pytest.mark.parametrize(("trials", "by"), [((1, 2), "trial"), ((1,), "time"), (("",), "time")])
def test_no_sample_on_both_sides(trials: tuple, by: str):
    windows = TUTORIAL.windows(recordings({"walk": trials, "stand": trials}))
    parts = TUTORIAL.parts(windows)
    learnt, tested = windows.take(parts.learnt), windows.take(parts.tested)
    assert parts.by == by
    assert set(learnt.subject) == set(tested.subject) == {"A", "B"}
    assert not samples_of(learnt) & samples_of(tested)


def test_by_time_where_somebody_has_one_trial():
    windows = TUTORIAL.windows(recordings({"walk": (1, 2)}))
    alone = windows.take((windows.subject == "A") | (windows.trial == "1"))
    assert TUTORIAL.parts(alone).by == "time"


@pytest.mark.parametrize(
    ("channels", "row", "words"),
    [
        (SENSORS[:3], (0.6, 0, 0.8), "needs a gyroscope"),
        (SENSORS[3:], (0, 3, 4), "needs an accelerometer"),
        (SENSORS, (0.1, 0, 0, 0, 3, 4), "with gravity"),
    ],
)
def test_says_what_is_missing(channels: tuple[str, ...], row: tuple[float, ...], words: str):
    with pytest.raises(RecordingError, match=words):
        TUTORIAL.windows(recordings({"walk": (1,)}, channels=channels, row=row))
