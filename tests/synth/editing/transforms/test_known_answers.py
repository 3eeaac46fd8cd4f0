"""Every correction to a group does what it says: answers worked out from sines, steps and ranks."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.windows import Windows
from synth.editing.strokes import EditError
from synth.editing.transforms.base import Transform, TransformContext
from synth.editing.transforms.dropouts import DropOut
from synth.editing.transforms.gravity import Gravity, rotation
from synth.editing.transforms.level import Amplitude, Clip, Offset
from synth.editing.transforms.repetition import LikeRepetition, repetitions
from synth.editing.transforms.spectral import Roughness, Spectrum, Tremor
from synth.editing.transforms.statistics import Envelope, Histogram, quantiles
from synth.editing.transforms.timing import Shift, Tempo

RATE_HZ, N = 50.0, 400
T = np.arange(N) / RATE_HZ


def of(values: np.ndarray, channels: tuple[str, ...] = ("acc_x",)) -> Windows:
    """Make windows of `(n, timesteps, k)` values."""
    n = len(values)
    names = np.full(n, "a")
    return Windows(
        np.asarray(values, dtype=np.float32), names, names, names, names, np.arange(n), RATE_HZ, channels,
        ("g",) * len(channels), pd.DataFrame(index=["a"]),
    )  # fmt: skip


def sine(hz: float, amplitude: float = 1.0, level: float = 0.0, n: int = 1) -> Windows:
    return of(np.repeat((level + amplitude * np.sin(2 * np.pi * hz * T))[None, :, None], n, axis=0))


def after(transform: Transform, windows: Windows, seed: int = 0):
    return transform.apply(windows, TransformContext(seed, windows))


def strength_at(values: np.ndarray, hz: float) -> float:
    """Amplitude of the sine of a frequency in `(timesteps,)`."""
    t = np.arange(len(values)) / RATE_HZ
    return 2 * abs(np.mean((values - values.mean()) * np.exp(-2j * np.pi * hz * t)))


def test_amplitude_doubles_the_spread_and_keeps_the_mean():
    found = after(Amplitude(factor=2.0), sine(2, level=3)).values[0, :, 0]
    assert found.std() == pytest.approx(2 * np.sqrt(0.5), rel=1e-5)
    assert found.mean() == pytest.approx(3, abs=1e-5)


def test_offset_in_units_and_in_usual_movement():
    windows = sine(2, amplitude=0.2, level=1)
    assert after(Offset(by=0.5, measure="sensor units"), windows).values.mean() == pytest.approx(
        1.5, abs=1e-5
    )
    usual = 0.2 * np.sqrt(0.5)
    assert after(Offset(by=-2.0), windows).values.mean() == pytest.approx(1 - 2 * usual, abs=1e-5)


def test_clip_at_a_sensors_range_and_about_the_mean():
    windows = sine(2, level=1)
    found = after(Clip(limit=1.5, measure="sensor units"), windows).values
    np.testing.assert_allclose(found, np.clip(windows.values, -1.5, 1.5))
    about = after(Clip(limit=1.0), windows).values
    assert about.max() == pytest.approx(1 + np.sqrt(0.5), abs=1e-4)
    assert about.min() == pytest.approx(1 - np.sqrt(0.5), abs=1e-4)


@pytest.mark.parametrize(("factor", "hz"), [(2.0, 3.0), (0.5, 0.75), (1.0, 1.5)])
def test_tempo_multiplies_the_frequency_and_keeps_the_phase_in_the_middle(factor, hz):
    edited = after(Tempo(factor=factor), sine(1.5))
    known = edited.mask[0, :, 0]
    middle = (N - 1) / 2
    expected = np.sin(2 * np.pi * 1.5 * (middle + (np.arange(N) - middle) * factor) / RATE_HZ)
    inner = known & (np.abs(np.arange(N) - middle) < 0.4 * N / max(factor, 1))
    np.testing.assert_allclose(edited.values[0, inner, 0], expected[inner], atol=0.01)
    assert known.mean() == pytest.approx(min(1, 1 / factor), abs=0.01)
    inside = edited.values[0, known, 0]
    grid = np.arange(0.3, 5, 0.05)
    assert grid[np.argmax([strength_at(inside, g) for g in grid])] == pytest.approx(hz, abs=0.1)


def test_tempo_does_not_fold_what_gets_too_fast():
    """20 Hz played twice as fast would be seen as 10 Hz at 50 samples a second."""
    edited = after(Tempo(factor=2.0), sine(20))
    assert np.abs(edited.values[0, edited.mask[0, :, 0], 0][20:-20]).max() < 0.05


@pytest.mark.parametrize(("seconds", "gap"), [(0.2, slice(0, 10)), (-0.2, slice(N - 10, N))])
def test_shift_moves_whole_samples_and_leaves_a_gap(seconds, gap):
    windows = of(np.arange(N, dtype=float).reshape(1, N, 1))
    edited = after(Shift(seconds=seconds), windows)
    expected = np.ones(N, dtype=bool)
    expected[gap] = False
    np.testing.assert_array_equal(edited.mask[0, :, 0], expected)
    np.testing.assert_array_equal(edited.values[0, expected, 0], np.arange(N)[expected] - 50 * seconds)


def test_shift_beyond_the_window_is_refused():
    with pytest.raises(EditError, match="leaves nothing of windows of 8 s"):
        after(Shift(seconds=8.0), sine(1))


def test_roughness_takes_fast_parts_out_or_doubles_them():
    both = of((np.sin(2 * np.pi * T) + 0.3 * np.sin(2 * np.pi * 12 * T))[None, :, None])
    smooth = after(Roughness(factor=0.0, above_hz=5.0), both).values[0, :, 0]
    assert strength_at(smooth, 12) < 0.01
    assert strength_at(smooth, 1) == pytest.approx(1, abs=0.02)
    rough = after(Roughness(factor=2.0, above_hz=5.0), both).values[0, :, 0]
    assert strength_at(rough, 12) == pytest.approx(0.6, abs=0.02)
    assert strength_at(rough, 1) == pytest.approx(1, abs=0.02)


def test_tremor_adds_its_amplitude_at_its_frequency_and_no_two_windows_alike():
    windows = sine(1, amplitude=2.0, n=3)
    edited = after(Tremor(frequency_hz=5.0, amplitude=0.4, measure="sensor units"), windows).values
    for window in edited[:, :, 0]:
        assert strength_at(window, 5) == pytest.approx(0.4, abs=1e-3)
        assert strength_at(window, 1) == pytest.approx(2.0, abs=1e-3)
    assert not np.allclose(edited[0], edited[1])
    relative = after(Tremor(frequency_hz=5.0, amplitude=0.5), windows).values[0, :, 0]
    assert strength_at(relative, 5) == pytest.approx(0.5 * 2 * np.sqrt(0.5), abs=1e-3)
    assert (after(Tremor(), windows, seed=1).values != after(Tremor(), windows, seed=2).values).any()


def test_what_is_too_fast_for_the_sampling_rate_is_refused():
    for transform in (Tremor(frequency_hz=25.0), Roughness(above_hz=30.0)):
        with pytest.raises(EditError, match="less than 25 Hz"):
            after(transform, sine(1))


def test_spectrum_multiplies_each_frequency_by_the_curve():
    windows = of((3 + np.sin(2 * np.pi * 2 * T) + np.sin(2 * np.pi * 10 * T))[None, :, None])
    found = after(Spectrum(gains=((1.0, 2.0), (3.0, 2.0), (8.0, 0.0), (20.0, 0.0))), windows).values[0, :, 0]
    inner = found[50:-50]
    assert strength_at(inner, 2) == pytest.approx(2, abs=0.05)
    assert strength_at(inner, 10) == pytest.approx(0, abs=0.05)
    assert found.mean() == pytest.approx(3, abs=0.02)


def test_envelope_follows_the_drawn_strength():
    windows = sine(4, amplitude=3.0, n=2)
    found = after(Envelope(strengths=((0.0, 1.0), (0.45, 1.0), (0.55, 2.0), (1.0, 2.0))), windows).values[
        0, :, 0
    ]
    usual = 3 * np.sqrt(0.5)
    assert found[50:150].std() == pytest.approx(usual, rel=0.02)
    assert found[250:350].std() == pytest.approx(2 * usual, rel=0.02)


def test_envelope_leaves_rest_at_rest():
    still = of(np.full((1, N, 1), 2.0))
    np.testing.assert_array_equal(after(Envelope(), still).values, still.values)


def test_histogram_reaches_the_drawn_quantiles_and_keeps_the_order():
    rng = np.random.default_rng(0)
    windows = of(rng.exponential(size=(5, N, 1)))
    triangle = ((0.0, 0.0), (1.0, 1.0), (2.0, 0.0))
    found = after(Histogram(heights=triangle, measure="sensor units"), windows).values
    assert np.quantile(found, [0.125, 0.5, 0.875]) == pytest.approx([0.5, 1.0, 1.5], abs=0.005)
    order = np.argsort(windows.values.ravel(), kind="stable")
    assert (np.diff(found.ravel()[order]) >= 0).all()


def test_histogram_in_usual_movement_counts_from_the_mean():
    windows = of(np.random.default_rng(0).normal(4, 0.5, (3, N, 1)))
    found = after(Histogram(heights=((-1.0, 1.0), (1.0, 1.0))), windows).values
    assert found.min() == pytest.approx(3.5, abs=0.03)
    assert found.max() == pytest.approx(4.5, abs=0.03)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.floats(0, 10), min_size=2, max_size=8).filter(lambda ys: max(ys) > 1e-3),
    st.lists(st.floats(0, 1), min_size=2, max_size=20),
)
def test_quantiles_invert_the_integral_of_any_curve(ys, shares):
    points = tuple((float(x), y) for x, y in enumerate(ys))
    found = quantiles(points, np.sort(shares))
    assert (np.diff(found) >= -1e-9).all()
    assert ((found >= 0) & (found <= len(ys) - 1)).all()
    fine = np.linspace(0, len(ys) - 1, 20_001)
    density = np.interp(fine, range(len(ys)), ys)
    below = np.concatenate([[0], np.cumsum((density[1:] + density[:-1]) / 2)])
    below /= below[-1]
    np.testing.assert_allclose(np.interp(found, fine, below), np.sort(shares), atol=1e-3)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_dropouts_take_their_share_in_stretches_of_their_length(share):
    windows = sine(1, n=4)
    edited = after(DropOut(share=share, seconds=0.2), windows)
    assert (~edited.mask).mean() == pytest.approx(share, abs=0.02)
    edges = np.flatnonzero(np.diff(np.concatenate([[1], edited.mask[0, :, 0].astype(int), [1]])))
    lengths = np.diff(edges.reshape(-1, 2), axis=1)
    assert (lengths % 10 == 0).all()
    assert (edited.mask[0] != edited.mask[1]).any()


def test_held_dropouts_repeat_the_last_value():
    windows = of(np.arange(1, N + 1, dtype=float).reshape(1, N, 1))
    held = after(DropOut(share=0.3, seconds=0.1, then="held"), windows)
    gone = ~after(DropOut(share=0.3, seconds=0.1), windows).mask[0, :, 0]
    assert held.mask.all()
    expected = windows.values[0, :, 0].copy()
    for i in np.flatnonzero(gone):
        expected[i] = expected[i - 1] if i else expected[np.argmin(gone)]
    np.testing.assert_array_equal(held.values[0, :, 0], expected)


class TestGravity:
    CHANNELS = tuple(f"{s}_{a}" for s in ("acc", "gyro") for a in "xyz")

    @pytest.fixture
    def worn(self) -> Windows:
        """Four windows under gravity, mostly along x, with a gyroscope on the same device."""
        rng = np.random.default_rng(0)
        postures = np.array([0.95, 0.1, 0.2]) + rng.normal(0, 0.05, (4, 1, 3))
        acc = postures + rng.normal(0, 0.05, (4, N, 3))
        return of(np.concatenate([acc, rng.normal(0, 1, (4, N, 3))], axis=2), self.CHANNELS)

    def test_each_window_points_along_the_target_and_lengths_stay(self, worn):
        found = after(Gravity(x=0, y=0, z=1, turn="each window by itself"), worn).values
        means = found[:, :, :3].mean(axis=1)
        np.testing.assert_allclose(means[:, :2], 0, atol=1e-5)
        assert (means[:, 2] > 0.8).all()
        for axes in (slice(0, 3), slice(3, 6)):
            lengths = [np.linalg.norm(v[:, :, axes], axis=2) for v in (found, worn.values)]
            np.testing.assert_allclose(*lengths, rtol=1e-4)
        assert not np.allclose(found[:, :, 3:], worn.values[:, :, 3:])

    def test_one_turn_for_all_keeps_differences_of_posture(self, worn):
        found = after(Gravity(x=0, y=1, z=0), worn).values[:, :, :3].mean(axis=1)
        direction = found.mean(axis=0) / np.linalg.norm(found.mean(axis=0))
        np.testing.assert_allclose(direction, [0, 1, 0], atol=1e-5)
        apart = [np.linalg.norm(m[:, None] - m, axis=2) for m in (found, worn.values[:, :, :3].mean(axis=1))]
        np.testing.assert_allclose(*apart, atol=1e-5)

    def test_the_angle_between_acceleration_and_turning_stays(self, worn):
        found = after(Gravity(x=-1, y=0, z=0.3), worn).values
        dots = [(v[:, :, :3] * v[:, :, 3:]).sum(axis=2) for v in (found, worn.values)]
        np.testing.assert_allclose(*dots, atol=1e-4)

    def test_without_an_accelerometer_under_gravity_it_is_refused(self, worn):
        for channels in (("acc_x",), ("gyro_x", "gyro_y", "gyro_z")):
            with pytest.raises(EditError, match="all three axes"):
                after(Gravity(channels=channels), worn)

    @settings(max_examples=40, deadline=None)
    @given(st.lists(st.floats(-2, 2), min_size=6, max_size=6))
    def test_rotations_are_rotations(self, numbers):
        a, b = np.array(numbers[:3]), np.array(numbers[3:])
        turn = rotation(a, b)
        np.testing.assert_allclose(turn @ turn.T, np.eye(3), atol=1e-6)
        assert np.linalg.det(turn) == pytest.approx(1, abs=1e-6)
        lengths = np.linalg.norm(a), np.linalg.norm(b)
        if min(lengths) > 1e-3:
            np.testing.assert_allclose(turn @ a / lengths[0], b / lengths[1], atol=1e-5)

    def test_half_a_turn(self):
        np.testing.assert_allclose(
            rotation(np.array([0, 0, 1.0]), np.array([0, 0, -1.0])) @ [0, 0, 1], [0, 0, -1]
        )


class TestRepetition:
    def test_repetitions_of_a_sine_are_one_period_apart(self):
        borders = repetitions(np.sin(2 * np.pi * 0.8 * T)[:, None], RATE_HZ)
        assert len(borders) == 7
        np.testing.assert_allclose(np.diff(borders), RATE_HZ / 0.8, atol=1)

    def test_noise_has_none(self):
        noise = np.random.default_rng(0).normal(size=(N, 1))
        assert len(repetitions(noise, RATE_HZ)) == 0

    def test_the_second_becomes_like_the_first_and_the_rest_stays(self):
        trace = np.cos(2 * np.pi * 0.5 * T)  # peaks at 0, 100, 200, 300: whole repetitions from sample 100
        trace[120:180] += 0.3 * np.sin(np.pi * np.arange(60) / 60)  # a bump in the first whole one
        windows = of(trace[None, :, None])
        borders = repetitions(trace[:, None] / trace.std(), RATE_HZ)
        (a, b), (c, d) = borders[0:2], borders[1:3]
        found = after(LikeRepetition(pattern=1, changed=2), windows).values[0, :, 0]
        stretched = np.interp(np.linspace(0, 1, d - c + 1), np.linspace(0, 1, b - a + 1), trace[a : b + 1])
        inner = slice(c + 16, d - 15)
        np.testing.assert_allclose(found[inner], stretched[16:-16], atol=1e-6)
        assert np.abs(trace[c : d + 1] - stretched).max() > 0.2
        outside = np.r_[0:c, d + 1 : N]
        np.testing.assert_array_equal(found[outside], windows.values[0, outside, 0])
        assert found[c] == windows.values[0, c, 0]

    def test_all_others(self):
        trace = np.cos(2 * np.pi * 1.0 * T) * np.linspace(1, 2, N)
        found = after(LikeRepetition(pattern=2, changed=0), of(trace[None, :, None])).values[0, :, 0]
        borders = repetitions(trace[:, None] / trace.std(), RATE_HZ)
        lows = [found[a:b].min() for a, b in pairwise(borders)]
        before = [trace[a:b].min() for a, b in pairwise(borders)]
        assert np.ptp(before) > 0.5
        assert np.ptp(lows) < 0.05
        assert (
            found[borders[1] : borders[2]].tobytes()
            == trace[borders[1] : borders[2]].astype(np.float32).tobytes()
        )

    def test_a_group_without_enough_of_them_is_told(self):
        with pytest.raises(EditError, match="no window of this group has 9 complete repetitions"):
            after(LikeRepetition(changed=9), sine(0.8))
