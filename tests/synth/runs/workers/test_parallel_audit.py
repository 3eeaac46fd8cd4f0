"""Attacks in processes of their own find what they find one after the other, and leave no process behind."""

import multiprocessing

import pytest

from synth.audit.audit import audit, reference
from synth.core.errors import Stopped
from synth.core.run_context import RunContext
from synth.runs.workers.parallel_audit import Processes
from tests.synth.audit import planted
from tests.toy import make_split

pytestmark = pytest.mark.slow
QUESTIONS = ("utility", "copies", "membership")


def test_processes_find_what_is_found_one_by_one():
    split = make_split(n_subjects=6, n_channels=2, seconds_per_series=40)
    release = planted.noise(split.fit)
    alone = audit(split, release, RunContext(0), questions=QUESTIONS)
    with Processes() as each:
        known = reference(split, RunContext(0), questions=QUESTIONS, each=each)
        beside = audit(split, release, RunContext(0), questions=QUESTIONS, reference=known, each=each)
    assert beside.to_json(private=True) == alone.to_json(private=True)
    assert not multiprocessing.active_children()


def test_a_stop_ends_them():
    split = make_split(n_subjects=6, n_channels=6, seconds_per_series=60)
    with pytest.raises(Stopped), Processes() as each:
        reference(split, RunContext(0, should_stop=lambda: True), questions=QUESTIONS, each=each)
