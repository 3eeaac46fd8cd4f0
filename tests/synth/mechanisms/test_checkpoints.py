"""A fit that was interrupted goes on from its last checkpoint, and ends in the same bytes as one that was not."""

import pytest

from synth.core.checkpoints import Checkpoints
from synth.core.run_context import RunContext, ignore
from synth.mechanisms.base import mechanisms
from tests.eager import eagerly
from tests.synth.mechanisms.conftest import tiny

SLOW = ("flow", "physiogan", "sensegen", "stimuli")


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


@pytest.mark.parametrize("kind", ["rae", *(pytest.param(kind, marks=pytest.mark.slow) for kind in SLOW)])
def test_it_ends_in_the_same_bytes(kind, small_windows, tmp_path):
    learner = tiny(mechanisms()[kind], epochs=4, replacement="published")

    def fit(on_progress, checkpoints=None):
        with eagerly():
            return learner.fit(small_windows, RunContext(0, on_progress, checkpoints=checkpoints))

    whole = fit(ignore)
    with pytest.raises(Ended):
        fit(end_after(len(whole.history)), Checkpoints(tmp_path, every_s=0.0))
    assert (tmp_path / "0.bin").exists()
    again = fit(end_after(len(whole.history) - 1), Checkpoints(tmp_path))  # would end if it began anew
    assert again.history == whole.history
    assert again.to_bytes() == whole.to_bytes()
