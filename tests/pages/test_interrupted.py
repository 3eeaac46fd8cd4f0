"""What was under way when Penumbra ended is listed on Train and Trade-offs, to be gone on with or dismissed."""

import pytest

from data.windows import WindowSettings
from pages.ui.common import cache
from synth.mechanisms.rules.noise import Noise
from synth.runs.background import Background
from synth.runs.repository import Repository
from synth.runs.store import Store
from synth.runs.study import study
from synth.runs.sweep import points
from tests.pages.test_pages import click, opened
from tests.synth.runs.at_once import AtOnce

PAGES = ["pages/2_Train.py", "pages/4_Tradeoffs.py"]


@pytest.fixture
def repository(tmp_path, monkeypatch, small_recordings, light_attackers):
    """The repository of somebody whose app was killed while it made a version."""
    monkeypatch.setenv("PENUMBRA_HOME", str(tmp_path / "home"))
    cache.forget()
    registry = AtOnce()
    monkeypatch.setattr(cache, "jobs", lambda: registry)
    repository = Repository(Store(tmp_path / "home"))
    repository.store.write_workspace({"recordings": repository.keep_recordings(small_recordings)})
    Background(repository, AtOnce(room=0)).make(study(small_recordings, WindowSettings(), seed=0), Noise())
    yield repository
    cache.forget()


def warned(page) -> str:
    return "\n".join(element.value for element in page.warning)


@pytest.mark.parametrize("page", PAGES)
def test_it_is_listed_and_can_be_dismissed(repository, page):
    shown = opened(page)
    assert "**Making Added noise" in warned(shown)
    assert "ended: it goes on from the last checkpoint, or starts from the beginning where" in warned(shown)
    shown = click(shown, "Dismiss")
    assert not shown.exception
    assert "interrupted" not in warned(shown)
    assert "interrupted" not in warned(opened(page))


def test_it_goes_on(repository, small_recordings):
    opened_study = study(small_recordings, WindowSettings(), seed=0)
    assert repository.releases(opened_study) == {}
    shown = click(opened("pages/2_Train.py"), "Go on")
    assert not shown.exception
    assert len(repository.releases(opened_study)) == 1
    assert "interrupted" not in warned(opened("pages/2_Train.py"))


def test_points_of_a_sweep_are_one(repository, small_recordings):
    asked = points({Noise(): (0.1, 1.0, 2.0)}, [0])
    Background(repository, AtOnce(room=0)).sweep(study(small_recordings, WindowSettings(), seed=0), asked)
    assert "**Strength sweep** was interrupted when Penumbra ended: 3 of its points are missing." in warned(
        opened("pages/4_Tradeoffs.py")
    )
