"""A fit that was interrupted goes on from its last checkpoint, and ends in the same bytes as one that was not."""

from pathlib import Path

import pytest

from data.windows import Windows
from synth.core.checkpoints import Checkpoints
from synth.core.learner import Learner
from synth.core.run_context import RunContext, ignore
from synth.imputers.gain import training, windows
from synth.imputers.gain.gain import GAIN
from synth.mechanisms.base import mechanisms
from tests.eager import eagerly
from tests.synth.mechanisms.conftest import tiny

SLOW = ("aae", "flow", "physiogan", "sensegen", "stimuli")


class Ended(Exception):
    """The process ends, whatever is under way."""


def end_after(n):
    """Return a callback that lets the process end when it is told for the n-th time."""
    told = []

    def on_progress(progress):
        told.append(progress)
        if len(told) == n:
            raise Ended

    return on_progress


def goes_on(learner: Learner, private: Windows, folder: Path) -> None:
    """Check that what was interrupted after its last checkpoint but one ends like what was not."""

    def fit(on_progress, checkpoints=None):
        with eagerly():
            return learner.fit(private, RunContext(0, on_progress, checkpoints=checkpoints))

    whole = fit(ignore)
    with pytest.raises(Ended):
        fit(end_after(len(whole.history)), Checkpoints(folder, every_s=0.0))
    assert (folder / "0.bin").exists()
    again = fit(end_after(len(whole.history) - 1), Checkpoints(folder))  # would end if it began anew
    assert again.history == whole.history
    assert again.to_bytes() == whole.to_bytes()


@pytest.mark.parametrize("kind", ["rae", *(pytest.param(kind, marks=pytest.mark.slow) for kind in SLOW)])
def test_it_ends_in_the_same_bytes(kind, small_windows, tmp_path):
    stages = {"pretraining": 1, "rounds": 2, "epochs": 1, "feed_back": True, "restart_regularisers": True}
    short = stages if kind == "aae" else {"epochs": 4}
    goes_on(tiny(mechanisms()[kind], **short, replacement="published"), small_windows, tmp_path)


@pytest.mark.parametrize("network", ["dense", pytest.param("convolutional", marks=pytest.mark.slow)])
def test_gain_draws_on_where_it_stood(network, small_windows, tmp_path, monkeypatch):
    for module in (training, windows):
        monkeypatch.setattr(module, "ITERATIONS_A_ROUND", 3)
    learner = GAIN(network=network, iterations=12, hidden=8, batch_size=16, patience=9)
    goes_on(learner, small_windows, tmp_path)
