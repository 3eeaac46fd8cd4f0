"""What an earlier version of the program made, as a person meets it: named, made again, deleted."""

import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from data.windows import WindowSettings
from pages.ui.common import cache
from synth.mechanisms.rules.noise import Noise
from synth.runs.repository import Repository
from synth.runs.store import Store
from synth.runs.study import study
from tests.synth.runs.at_once import AtOnce

PROJECT = Path(__file__).parents[2]
EARLIER = "Added noise, made by an earlier version"


@pytest.fixture
def home(measured_home, tmp_path, monkeypatch, light_attackers) -> Repository:
    """Noise was made and measured; since then it is made in another way."""
    shutil.copytree(measured_home, tmp_path / "home")
    monkeypatch.setenv("PENUMBRA_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(cache, "jobs", AtOnce)
    monkeypatch.setattr(Noise, "version", Noise.version + 1)
    return Repository(Store(tmp_path / "home"))


def names(repository: Repository, recordings) -> list[str]:
    opened = study(recordings, WindowSettings(), seed=0)
    return [str(card["name"]) for card in repository.releases(opened).values()]


def opened(page: str) -> AppTest:
    app = AppTest.from_file(str(PROJECT / "home.py"), default_timeout=60).run()
    app.switch_page(page).run()
    assert not app.exception
    return app


def said(app: AppTest) -> str:
    return "\n".join(element.value for element in (*app.markdown, *app.caption, *app.warning))


def test_it_is_named_on_every_page_and_can_be_made_again(home, small_recordings):
    page = opened("pages/4_Tradeoffs.py")
    assert EARLIER in said(page)
    assert page.expander[0].label == "1 version was made by an earlier version of Penumbra"
    next(button for button in page.button if button.label == "Make again").click().run()
    assert not page.exception
    assert names(home, small_recordings) == [EARLIER, "Added noise"]
    page = opened("pages/2_Train.py")
    assert "Trained by an earlier version of Penumbra and no longer used: Added noise" in said(page)


def test_it_can_be_deleted(home, small_recordings):
    page = opened("pages/4_Tradeoffs.py")
    next(b for b in page.button if b.label == "Delete" and b.key and b.key.startswith("delete")).click().run()
    assert not page.exception
    assert names(home, small_recordings) == []


def test_numbers_of_earlier_attackers_are_not_mixed_with_others_without_a_word(home, monkeypatch):
    monkeypatch.setattr(Noise, "version", Noise.version - 1)
    assert "Measured by an earlier version" not in said(opened("pages/4_Tradeoffs.py"))
    monkeypatch.setattr("synth.audit.verdicts.VERSION", 99)
    told = said(opened("pages/4_Tradeoffs.py"))
    assert "Measured by an earlier version of Penumbra, with other attackers or rules: “Added noise”" in told
    assert "Added noise, measured by an earlier version" in told
