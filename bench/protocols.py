"""Published protocols by name: how recordings become windows, and which of these are learnt from and tested.

The tutorial's protocol standardises by mean and spread of what is learnt from. That is left to whoever learns
(mechanisms and attackers each standardise by their own training windows), so that windows stay in sensor units.

References:
    Malekzadeh, Clegg, Cavallaro, Haddadi, Mobile sensor data anonymization, IoTDI 2019, arXiv:1810.11546, with the
    authors' code.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd

from data.errors import RecordingError
from data.ingest.motion import with_magnitudes
from data.recordings import KEYS, Recordings
from data.sensors import Sensor, includes_gravity, sensors
from data.splits import cut_by_time
from data.windows import Windows, WindowSettings, cut_windows


@dataclass(frozen=True, eq=False)
class Parts:
    """Windows to learn from and windows to test on, which share no sample.

    Attributes:
        learnt: `(k,)` indices, rising.
        tested: `(m,)` indices, rising.
        by: Whether whole trials were parted, or time within recordings with a gap of one window.
    """

    learnt: np.ndarray
    tested: np.ndarray
    by: Literal["trial", "time"]


@dataclass(frozen=True)
class Protocol:
    """Windows of two magnitudes, cut by numbers of samples.

    Attributes:
        n_timesteps: Samples a window, >= 2.
        stride: Samples from the start of a window to that of the next, in [1, n_timesteps].
    """

    n_timesteps: int
    stride: int

    def windows(self, recordings: Recordings) -> Windows:
        """Cut recordings into windows of the lengths of angular velocity and of acceleration, in this order.

        Args:
            recordings: With a gyroscope and an accelerometer of three axes each; of several, those whose channels
                come first. Acceleration may come as gravity and the rest, as phones give it; these are added.

        Returns:
            `(n, n_timesteps, 2)` in the recordings' units.

        Raises:
            RecordingError: If one of them is missing, acceleration is without gravity, or nothing is long enough.
        """
        overlap = 1 - self.stride / self.n_timesteps
        settings = WindowSettings(self.n_timesteps / recordings.rate_hz, overlap)
        return cut_windows(two_magnitudes(recordings), settings)

    def parts(self, windows: Windows) -> Parts:
        """Part windows by trial where everybody has at least two trials, else by time.

        By trial, a person's last trial of each activity that was repeated is tested and all others are learnt from;
        of MotionSense these are the published test trials 11 to 16. A trial is never on both sides.

        Args:
            windows: Windows that claim people.
        """
        tested = _last_trials(windows)
        if tested is None:
            return Parts(*cut_by_time(windows), by="time")
        return Parts(np.flatnonzero(~tested), np.flatnonzero(tested), by="trial")


TUTORIAL = Protocol(n_timesteps=128, stride=10)


def two_magnitudes(recordings: Recordings) -> Recordings:
    """Return recordings of two channels: the lengths of angular velocity and of acceleration with gravity.

    Raises:
        RecordingError: If they cannot be told from the channels.
    """
    stacked = recordings.samples[list(recordings.channels)].to_numpy(np.float32)
    values, channels, units = with_magnitudes(stacked, recordings.channels, recordings.units)
    names = (
        f"{_gyroscope(recordings.channels).name}_magnitude",
        _acceleration(stacked, recordings.channels, channels),
    )
    chosen = [channels.index(name) for name in names]
    lengths = pd.DataFrame(values[:, chosen], columns=list(names), index=recordings.samples.index)
    return replace(
        recordings,
        samples=pd.concat([recordings.samples[list(KEYS)], lengths], axis=1),
        channels=names,
        units=tuple(units[i] for i in chosen),
    )


def _gyroscope(channels: Sequence[str]) -> Sensor:
    found = [sensor for sensor in sensors(channels) if sensor.quantity == "angular velocity"]
    if not found:
        raise RecordingError(
            "The tutorial's protocol needs a gyroscope with x, y and z, and there is none among the channels "
            f"{', '.join(channels)}. Load recordings with one, or name its channels gyro_x, gyro_y and gyro_z."
        )
    return found[0]


def _acceleration(values: np.ndarray, channels: Sequence[str], lengths: Sequence[str]) -> str:
    """Return the name, among the lengths, of the first acceleration that holds gravity."""
    found = [sensor for sensor in sensors(channels) if sensor.quantity == "acceleration"]
    if not found:
        raise RecordingError(
            "The tutorial's protocol needs an accelerometer with x, y and z, and there is none among the channels "
            f"{', '.join(channels)}. Load recordings with one, or name its channels acc_x, acc_y and acc_z."
        )
    whole = [f"{s.name}_magnitude" for s in found if includes_gravity(values[:, s.axes]) is not False]
    whole += [name for name in lengths if name == "total_acceleration_magnitude"]
    if not whole:
        raise RecordingError(
            "The tutorial's protocol needs acceleration with gravity, and gravity was taken out of these recordings. "
            "Load them without taking it out, or with the channels of gravity beside."
        )
    return whole[0]


def _last_trials(windows: Windows) -> np.ndarray | None:
    """Say which windows are of a trial that is its person's last of some repeated activity.

    Returns:
        `(n,)` bool; `None` where somebody has fewer than two trials, or repeated nothing.
    """
    labels = pd.DataFrame({k: getattr(windows, k) for k in ("subject", "activity", "trial")})
    done = labels[labels["trial"] != ""].drop_duplicates()
    done = done.assign(length=done["trial"].str.len()).sort_values(["subject", "activity", "length", "trial"])
    by_activity = done.groupby(["subject", "activity"])["trial"]
    repeated = by_activity.transform("size") > 1
    last = done[repeated & (by_activity.cumcount(ascending=False) == 0)]
    if set(last["subject"]) != set(windows.subjects):
        return None
    return pd.MultiIndex.from_frame(labels[["subject", "trial"]]).isin(
        pd.MultiIndex.from_frame(last[["subject", "trial"]])
    )
