"""Small synthetic recordings with known content: each person has a style, each activity a rhythm.

The truth in them: activities differ in frequency, people in gravity's direction (an offset a channel) and in
a small change of pace, so that both can be recognised and neither explains the other.
"""

import numpy as np
import pandas as pd

from data.export.code_list import CodeList
from data.export.sharing import Sharing
from data.recordings import Recordings
from data.splits import Split, SplitSettings, split_windows
from data.windows import Windows, WindowSettings, cut_windows

SHARING = Sharing(CodeList(b"a secret", "toy", tuple(f"P{i:02d}" for i in range(1, 10))))
NOISE = 0.1  # standard deviation, in g and rad/s


def make_recordings(
    n_subjects: int = 4,
    n_activities: int = 3,
    seconds_per_series: float = 20.0,
    rate_hz: float = 50.0,
    n_channels: int = 6,
    n_trials: int = 1,
    seed: int = 0,
) -> Recordings:
    """Make recordings of `n_subjects` x `n_activities` x `n_trials` series, one after the other."""
    rng = np.random.default_rng(seed)
    paces = rng.uniform(0.9, 1.1, n_subjects)
    offsets = rng.normal(0, 1, (n_subjects, n_channels))
    phases = rng.uniform(0, 2 * np.pi, n_channels)
    t = np.arange(round(seconds_per_series * rate_hz)) / rate_hz
    frames = []
    for subject in range(n_subjects):
        for activity in range(n_activities):
            rhythm_hz = paces[subject] * (0.5 + 0.7 * activity)
            for trial in range(n_trials):
                begin = rng.uniform(0, 2 * np.pi)
                waves = np.sin(2 * np.pi * rhythm_hz * t[:, None] + begin + phases)
                values = offsets[subject] + (0.5 + 0.2 * activity) * waves
                values = values + rng.normal(0, NOISE, values.shape)
                frames.append(_series(f"P{subject + 1:02d}", f"act{activity + 1}", str(trial + 1), t, values))
    channels = channel_names(n_channels)
    return Recordings(
        name="toy",
        samples=pd.concat(frames, ignore_index=True),
        rate_hz=rate_hz,
        channels=channels,
        units=tuple("g" if name.startswith("acc") else "rad/s" for name in channels),
    )


def make_windows(
    n_subjects: int = 4,
    n_activities: int = 3,
    seconds_per_series: float = 20.0,
    rate_hz: float = 50.0,
    n_channels: int = 6,
    n_trials: int = 1,
    seed: int = 0,
    duration_s: float = 2.56,
    overlap: float = 0.5,
) -> Windows:
    """Cut `make_recordings` into windows; 2.56 s with half overlap unless said otherwise."""
    recordings = make_recordings(
        n_subjects, n_activities, seconds_per_series, rate_hz, n_channels, n_trials, seed
    )
    return cut_windows(recordings, WindowSettings(duration_s, overlap))


def make_split(
    n_subjects: int = 4,
    n_activities: int = 3,
    seconds_per_series: float = 40.0,
    rate_hz: float = 50.0,
    n_channels: int = 6,
    n_trials: int = 1,
    seed: int = 0,
    duration_s: float = 2.56,
    overlap: float = 0.5,
    held_out: float = 0.3,
    fresh: float = 0.35,
) -> Split:
    """Split `make_windows` with the same seed."""
    windows = make_windows(
        n_subjects,
        n_activities,
        seconds_per_series,
        rate_hz,
        n_channels,
        n_trials,
        seed,
        duration_s,
        overlap,
    )
    return split_windows(windows, seed=seed, settings=SplitSettings(held_out, fresh))


def channel_names(n_channels: int) -> tuple[str, ...]:
    """Name up to twelve channels: `acc_x` ... `gyro_z`, then `acc2_x` ..."""
    names = [f"{sensor}_{axis}" for sensor in ("acc", "gyro", "acc2", "gyro2") for axis in "xyz"]
    return tuple(names[:n_channels])


def _series(subject: str, activity: str, trial: str, t: np.ndarray, values: np.ndarray) -> pd.DataFrame:
    labels = {"subject": subject, "activity": activity, "trial": trial}
    frame = pd.DataFrame({**labels, "series": f"{subject}/{activity}/{trial}", "t": t})
    frame[list(channel_names(values.shape[1]))] = values.astype(np.float32)
    return frame
