"""The context every long piece of work is given: its seed, what it tells, and when it stops."""

import time

import pytest

from synth.core.errors import Stopped
from synth.core.run_context import Progress, RunContext


def test_a_seed_must_be_given():
    with pytest.raises(TypeError, match="seed"):
        RunContext()  # pyright: ignore[reportCallIssue]


def test_another_seed_keeps_who_is_told_and_who_is_asked():
    told = []
    context = RunContext(3, told.append, lambda: True).with_seed(4)
    context.tell(1, 2, "half")
    assert (context.seed, [p.text for p in told]) == (4, ["half"])
    with pytest.raises(Stopped):
        context.stop_if_asked()


def test_what_is_quiet_tells_nobody_and_still_stops():
    told = []
    context = RunContext(3, told.append, lambda: True).quiet()
    context.tell(1, 2, "half")
    assert (context.seed, told) == (3, [])
    with pytest.raises(Stopped, match="as it was before"):
        context.stop_if_asked("Stopped. It is as it was before.")


def test_by_default_nothing_stops_it():
    RunContext(0).stop_if_asked()


def test_progress_is_told_with_its_figures_and_the_time_since_it_began():
    told = []
    context = RunContext(0, told.append)
    context.tell(1, 4, "learning", figures={"loss": 2.0}, began=time.perf_counter() - 30)
    context.tell(2, 4, "learning")
    assert (told[0].step, told[0].total, told[0].text, told[0].figures) == (1, 4, "learning", {"loss": 2.0})
    assert told[0].elapsed_s >= 30
    assert (told[1].figures, told[1].elapsed_s) == ({}, 0.0)


def test_a_part_is_told_as_a_share_of_the_whole():
    told = []
    part = RunContext(5, told.append).part(20, 60, began=time.perf_counter() - 30)
    part.tell(0, 8, "second half")
    part.tell(4, 8, "second half", figures={"loss": 1.0})
    part.tell(8, 8, "second half")
    assert part.seed == 5
    assert [(p.step, p.total) for p in told] == [(20, 100), (40, 100), (60, 100)]
    assert told[1].figures == {"loss": 1.0}
    assert told[1].elapsed_s >= 30  # of the whole, not of the part


def test_the_time_left_follows_from_the_steps_so_far():
    assert Progress(0, 4, elapsed_s=3.0).seconds_left is None
    assert Progress(1, 4, elapsed_s=3.0).seconds_left == 9.0
