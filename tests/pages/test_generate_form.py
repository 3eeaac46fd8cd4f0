"""The Train page: a generator that is ready is asked for more, and what it makes becomes a version."""

import pytest

from data.windows import WindowSettings
from pages.ui.common import cache
from synth.core.run_context import RunContext
from synth.mechanisms.sensegen.sensegen import SenseGen
from synth.runs import tasks
from synth.runs.background import Background
from synth.runs.repository import Repository
from synth.runs.store import Store
from synth.runs.study import study
from tests.eager import eagerly
from tests.pages.test_pages import click, opened, words
from tests.synth.runs.at_once import AtOnce

pytestmark = pytest.mark.slow


@pytest.fixture
def question(small_recordings):
    return study(small_recordings, WindowSettings(), seed=0)


@pytest.fixture
def repository(tmp_path, monkeypatch, small_recordings, question):
    """The repository of somebody who has a generator of the small recordings; nothing is measured here."""
    monkeypatch.setenv("PENUMBRA_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(Background, "measure", lambda *_: None)
    registry = AtOnce()
    monkeypatch.setattr(cache, "jobs", lambda: registry)
    repository = Repository(Store(tmp_path / "home"))
    repository.store.write_workspace({"recordings": repository.keep_recordings(small_recordings)})
    tiny = SenseGen(units=2, layers=1, mixtures=1, epochs=1, samples_per_step=16)
    with eagerly():
        repository.keep_learnt(question, tiny, tasks.make(tiny, question.split.fit, RunContext(0)))
        yield repository


def test_real_windows_among_generated_ones_are_made_and_named_so(repository, question):
    page = opened("pages/2_Train.py")
    page.number_input(key="order windows").set_value(30).run()
    page.slider(key="order real").set_value(20).run()
    assert "20 % of the windows will be real recordings" in page.warning[0].value
    page = click(page, "Generate")
    assert not page.exception
    card = list(repository.releases(question).values())[-1]
    assert card["windows"] == 30
    assert "30 windows, 20 % real" in card["name"]
    n_before = len(repository.releases(question))
    click(page, "Generate")
    assert len(repository.releases(question)) == n_before


def test_too_few_windows_are_refused_in_words(repository, question):
    page = opened("pages/2_Train.py")
    page.number_input(key="order windows").set_value(1).run()
    page = click(page, "Generate")
    assert "too few for 2 activities" in words(page)
    assert len(repository.releases(question)) == 1
