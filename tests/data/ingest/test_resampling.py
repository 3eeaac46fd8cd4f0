"""Rates and even grids: tones with known answers."""

import numpy as np
import pytest

from data.ingest.resampling import common_rate, resample_evenly, series_rates


def tone(hz: float, rate_hz: float, seconds: float = 10.0) -> tuple[np.ndarray, np.ndarray]:
    t = np.arange(round(seconds * rate_hz)) / rate_hz
    return t, np.sin(2 * np.pi * hz * t)[:, None].astype(np.float32)


def test_a_tone_above_the_new_rates_limit_vanishes_instead_of_folding_back():
    t, values = tone(40.0, 100.0)
    evened = resample_evenly(t, values, 100.0, 50.0)
    assert evened.resampled
    assert len(evened.values) == 500
    inner = evened.values[50:-50, 0]
    assert inner.std() < 0.02
    folded = np.abs(np.fft.rfft(inner * np.hanning(len(inner))))
    assert (
        folded.max()
        < 0.01 * np.abs(np.fft.rfft(tone(10.0, 50.0)[1][50:-50, 0] * np.hanning(len(inner)))).max()
    )


@pytest.mark.parametrize("hz", [1.0, 5.0, 10.0])
@pytest.mark.parametrize(("rate_hz", "common_hz"), [(100.0, 50.0), (25.0, 50.0), (64.0, 50.0), (200.0, 50.0)])
def test_tones_below_it_stay(hz, rate_hz, common_hz):
    t, values = tone(hz, rate_hz)
    evened = resample_evenly(t, values, rate_hz, common_hz)
    expected = np.sin(2 * np.pi * hz * np.arange(len(evened.values)) / common_hz)
    np.testing.assert_allclose(evened.values[50:-50, 0], expected[50:-50], atol=0.05)


def test_missing_stretches_stay_missing_when_resampled():
    t, values = tone(2.0, 100.0)
    values = np.repeat(values, 2, axis=1)
    values[300:350, 0] = np.nan
    evened = resample_evenly(t, values, 100.0, 50.0)
    missing = np.flatnonzero(np.isnan(evened.values[:, 0]))
    assert set(range(150, 175)) <= set(missing.tolist()) <= set(range(148, 177))
    assert np.isfinite(evened.values[:, 1]).all()
    expected = np.sin(2 * np.pi * 2.0 * np.arange(500) / 50)
    np.testing.assert_allclose(evened.values[50:145, 0], expected[50:145], atol=0.05)


@pytest.mark.parametrize("bridge", [True, False])
def test_lost_samples_are_bridged_only_if_asked(bridge):
    t, values = tone(1.0, 50.0)
    kept = np.delete(np.arange(500), [100, 101, 300])
    evened = resample_evenly(t[kept], values[kept], 50.0, 50.0, bridge=bridge)
    assert len(evened.values) == 500
    np.testing.assert_array_equal(evened.values[kept], values[kept])
    assert np.isnan(evened.values[[100, 101, 300], 0]).all() != bridge
    assert evened.n_filled == (3 if bridge else 0)


def test_a_clock_that_is_slightly_off_keeps_its_samples():
    t = np.arange(1000) / 50.2
    values = np.random.default_rng(0).normal(size=(1000, 2)).astype(np.float32)
    np.testing.assert_array_equal(resample_evenly(t, values, 50.2, 50.0).values, values)


def test_the_rate_of_most_samples_wins():
    assert common_rate(np.array([50.01, 49.99, 100.0]), np.array([500, 500, 900])) == 50
    assert common_rate(np.array([33.3333]), np.array([10])) == 33.333


def test_missing_samples_do_not_slow_a_rate():
    t = np.delete(np.arange(1000) / 50, np.arange(100, 900, 7))
    assert series_rates(t, np.array([0]))[0] == pytest.approx(50)


def test_a_series_of_one_sample_has_no_rate():
    rates = series_rates(np.array([0.0, 0.02, 0.04, 9.0]), np.array([0, 3]))
    assert rates[0] == pytest.approx(50)
    assert np.isnan(rates[1])
