"""Filling in missing samples of recordings: the nearer way is chosen, and the original stays."""

from dataclasses import replace

import numpy as np
import pytest

from data.errors import RecordingError
from data.gaps import gaps_of
from data.windows import WindowSettings
from synth.core.errors import Stopped
from synth.core.run_context import RunContext
from synth.imputers.linear import LinearInterpolation
from synth.imputers.mean import ChannelMean
from synth.imputers.nearest import NearestWindow
from synth.runs.background import Background
from synth.runs.gap_filling import Way, fill_gaps, hidden_errors, plain_ways
from synth.runs.repository import Repository
from synth.runs.store import Store
from synth.runs.study import study
from tests.synth.runs.at_once import AtOnce
from tests.toy import make_recordings

WAYS = {"Mean": Way(ChannelMean()), "Straight line": Way(LinearInterpolation())}


@pytest.fixture(scope="module")
def holed():
    """Four samples missing once in every 400; the rhythm is slow, so a straight line is near."""
    recordings = make_recordings(n_subjects=4, n_activities=2, seconds_per_series=24, n_channels=3)
    samples = recordings.samples.copy()
    for begin in range(200, len(samples) - 10, 400):
        samples.loc[begin : begin + 3, ["acc_x", "acc_y"]] = np.nan
    return replace(recordings, samples=samples)


@pytest.fixture(scope="module")
def question(holed):
    return study(holed, WindowSettings(), seed=0)


def test_the_way_that_is_nearest_to_the_truth_is_used(holed, question):
    told = []
    filled = fill_gaps(holed, question.split, WAYS, RunContext(0, told.append))
    assert filled.filled_by == "Straight line"
    assert "Straight line 0.0" in filled.findings[-1].done
    assert filled.findings[-1].done.index("Straight line") < filled.findings[-1].done.index("Mean")
    assert [p.text for p in told[:3]] == [
        "Trying: Mean",
        "Trying: Straight line",
        "Filling in: Straight line",
    ]
    assert told[-1].step <= told[-1].total
    assert not np.isnan(filled.samples[list(filled.channels)].to_numpy()).any()


def test_one_way_is_not_compared(holed, question):
    only = {"Mean": WAYS["Mean"]}
    filled = fill_gaps(holed, question.split, only, RunContext(0))
    assert filled.filled_by == "Mean"
    assert "hidden" not in filled.findings[-1].done
    mean = question.split.fit.values[:, :, 0].mean()
    assert filled.samples["acc_x"][200] == pytest.approx(mean, rel=1e-4)


def test_errors_are_those_of_the_hidden_samples(holed, question):
    """A way that is off by a tenth of the range everywhere has an error of a tenth."""

    class Off:
        def expect(self, values, mask, *, seed):
            span = np.ptp(question.split.fit.values.reshape(-1, 3), axis=0)
            return np.where(mask, values, truth + 0.1 * span)

    truth = question.split.fresh.values[:1]
    same = replace(question.split, fresh=question.split.fresh.take(np.array([0])))
    errors = hidden_errors(holed, gaps_of(holed, 128), same, {"off": Off()}, seed=0)
    assert errors["off"] == pytest.approx(0.1, rel=1e-3)


def test_it_can_be_stopped(holed, question):
    with pytest.raises(Stopped, match="as they were"):
        fill_gaps(holed, question.split, WAYS, RunContext(0, should_stop=lambda: True))


def test_without_gaps_there_is_nothing_to_do(question):
    whole = make_recordings(n_subjects=4, n_activities=2, seconds_per_series=24, n_channels=3)
    with pytest.raises(RecordingError, match="No gap can be filled"):
        fill_gaps(whole, question.split, WAYS, RunContext(0))


def test_plain_ways_are_there_and_none_copies_windows():
    assert next(iter(plain_ways())) == LinearInterpolation.title
    assert NearestWindow.title not in plain_ways()


def test_what_a_trained_way_learnt_is_used(question):
    payload = ChannelMean().fit(question.split.unseen, RunContext(0)).to_bytes()
    learnt = Way(ChannelMean(), payload).fitted(question.split, 0)
    missing = np.zeros((1, 128, 3), bool)
    got = learnt.impute(np.zeros(missing.shape, np.float32), missing, seed=0)[0, 0, 0]
    np.testing.assert_allclose(got, question.split.unseen.values.mean(axis=(0, 1)), rtol=1e-4)


def test_the_result_lands_beside_the_original(holed, question, tmp_path):
    repository = Repository(Store(tmp_path))
    key = repository.keep_recordings(holed)
    Background(repository, AtOnce()).fill_gaps(question, key, WAYS)
    ((filled, name),) = repository.filled_versions(key).items()
    assert name == "toy, gaps filled"
    assert repository.filled_from(filled) == key
    assert repository.filled_from(key) == ""
    assert repository.recordings(key).fingerprint == holed.fingerprint
    assert repository.recordings(filled).filled.sum() == len(range(200, len(holed.samples) - 10, 400)) * 4
