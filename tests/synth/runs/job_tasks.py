"""Tasks for test_jobs, in a module of their own because workers import them."""

import os
import time

from synth.core.errors import TrainingError
from synth.core.learner import Progress


def add(a, b, *, on_progress, should_stop):
    on_progress(Progress(1, 1, "adding", {"sum": a + b}, 0.1))
    return a + b


def count_for_ever(*, on_progress, should_stop):
    from synth.core.errors import Stopped

    step = 0
    while not should_stop():
        step += 1
        on_progress(Progress(step, 1_000_000, "counting"))
        time.sleep(0.01)
    raise Stopped("stopped")


QUESTIONS = ("utility", "copies")


def attack_everywhere(split, *, on_progress, should_stop):
    from synth.audit.audit import reference
    from synth.runs.parallel_audit import on_all_workers

    hooks = {"on_progress": on_progress, "should_stop": should_stop}
    return reference(split, seed=0, questions=QUESTIONS, each=on_all_workers, **hooks).to_json()


def refuse(*, on_progress, should_stop):
    raise TrainingError("There is nothing to learn from. Load recordings first.")


def die(*, on_progress, should_stop):
    os._exit(1)


def die_soon(*, on_progress, should_stop):
    time.sleep(2)
    os._exit(1)


def slow_add(a, b, *, on_progress, should_stop):
    time.sleep(1)
    return a + b


def leave():
    """End a worker's process."""
    os._exit(1)
