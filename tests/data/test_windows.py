import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import RecordingError
from data.windows import WindowSettings, concatenate, cut_windows
from tests.toy import make_recordings, make_windows


@settings(max_examples=12, deadline=None)
@given(
    seconds=st.floats(1.0, 12.0),
    rate_hz=st.sampled_from([20.0, 50.0, 200.0]),
    duration_s=st.floats(0.2, 3.0),
    overlap=st.sampled_from([0.0, 0.25, 0.5, 0.9]),
    n_channels=st.integers(1, 3),
)
def test_windows_are_the_samples_at_their_start(seconds, rate_hz, duration_s, overlap, n_channels):
    recordings = make_recordings(2, 2, seconds, rate_hz, n_channels)
    length = max(2, round(duration_s * rate_hz))
    if length > round(seconds * rate_hz):
        with pytest.raises(RecordingError, match="No recording is as long as one window"):
            cut_windows(recordings, WindowSettings(duration_s, overlap))
        return
    windows = cut_windows(recordings, WindowSettings(duration_s, overlap))
    samples = recordings.samples
    for i in range(0, len(windows), max(1, len(windows) // 7)):
        series = samples[samples["series"] == windows.series[i]]
        piece = series.iloc[windows.start[i] : windows.start[i] + length]
        np.testing.assert_array_equal(windows.values[i], piece[list(recordings.channels)])
        assert set(piece["subject"]) == {windows.subject[i]}
        assert set(piece["activity"]) == {windows.activity[i]}
    step = max(1, round(length * (1 - overlap)))
    n_expected = (round(seconds * rate_hz) - length) // step + 1
    assert len(windows) == 4 * n_expected


def test_categories_and_text_cut_the_same(sample_recordings):
    as_text = sample_recordings.samples.astype(
        dict.fromkeys(("subject", "activity", "trial", "series"), "str")
    )
    other = type(sample_recordings)(
        "other",
        as_text,
        sample_recordings.rate_hz,
        sample_recordings.channels,
        sample_recordings.units,
    )
    assert other.fingerprint == sample_recordings.fingerprint
    assert cut_windows(other).fingerprint == cut_windows(sample_recordings).fingerprint


def test_fingerprint_feels_every_part(toy_windows):
    changed = toy_windows.values.copy()
    changed[3, 5, 1] += 1e-3
    others = [toy_windows.with_values(changed), toy_windows.take(np.arange(len(toy_windows))[::-1])]
    others += [make_windows(seed=1), make_windows(n_trials=2)]
    prints = {w.fingerprint for w in [toy_windows, *others]}
    assert len(prints) == 5
    assert make_windows().fingerprint == toy_windows.fingerprint


def test_taking_and_joining_restores(toy_windows):
    parts = [toy_windows.take(np.arange(0, 10)), toy_windows.take(np.arange(10, len(toy_windows)))]
    assert concatenate(parts).fingerprint == toy_windows.fingerprint


def test_only_like_windows_are_joined(toy_windows):
    with pytest.raises(ValueError, match="cannot be joined"):
        concatenate([toy_windows, make_windows(duration_s=1.28)])


@pytest.mark.parametrize(("duration_s", "overlap"), [(0, 0.5), (-1, 0.5), (2, 0.96), (2, -0.1)])
def test_impossible_settings_are_refused(duration_s, overlap):
    with pytest.raises(ValueError, match="Received"):
        WindowSettings(duration_s, overlap)


def test_toy_data_has_the_truth_it_claims():
    """Activities differ by rhythm: the strongest frequency of each is the one that was put in."""
    recordings = make_recordings(n_subjects=1, n_activities=3, seconds_per_series=60, n_channels=1)
    peaks = []
    for _, series in recordings.samples.groupby("activity"):
        x = series["acc_x"].to_numpy()
        peaks.append(np.argmax(np.abs(np.fft.rfft(x - x.mean()))) / 60)
    np.testing.assert_allclose(np.array(peaks) / peaks[0], [1, 2.4, 3.8], rtol=0.05)
