"""A method is started once it was asked for, whatever else is touched meanwhile."""

import streamlit as st

from data.windows import WindowSettings
from synth.core.run_context import RunContext
from synth.mechanisms.rules.noise import Noise
from synth.runs import tasks
from synth.runs.background import Background
from synth.runs.repository import Repository
from synth.runs.store import Store
from synth.runs.study import study
from tests.pages.test_pages import click, home, loaded, opened, recordings, words  # noqa: F401


def test_a_start_that_another_control_interrupts_begins_in_the_next_run(loaded, monkeypatch):  # noqa: F811
    asked = []

    def make(self, study, mechanism):
        asked.append(mechanism)
        if len(asked) == 1:
            st.rerun()  # as when another control is used before the job has begun

    monkeypatch.setattr(Background, "make", make)
    page = opened("pages/2_Train.py")
    page.pills(key="family").set_value("Blur or remove").run()
    page = click(page, "Start")
    assert not page.exception
    assert asked == [Noise(), Noise()]
    page.run()
    assert len(asked) == 2


def test_a_version_that_no_model_here_made_is_not_called_nothing(home, loaded, recordings):  # noqa: F811
    repository, question = Repository(Store(home)), study(recordings, WindowSettings(), seed=0)
    made = tasks.make(Noise(), question.split.fit, RunContext(0))
    repository.keep_release(question, made.release)
    said = words(opened("pages/2_Train.py"))
    assert "Nothing has been trained yet" not in said
    assert "No model has been trained on these recordings yet" in said
