"""The section about missing samples: by itself on a page, with the work done in this process."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from data.roles import Roles
from pages.ui.common import cache
from synth.runs.repository import Repository
from synth.runs.store import Store
from tests.synth.runs.at_once import AtOnce


@pytest.fixture
def repository(tmp_path, monkeypatch):
    monkeypatch.setenv("PENUMBRA_HOME", str(tmp_path / "home"))
    cache.forget()
    yield Repository(Store(tmp_path / "home"))
    cache.forget()


@pytest.fixture
def registry(monkeypatch):
    jobs = AtOnce()
    monkeypatch.setattr(cache, "jobs", lambda: jobs)
    return jobs


@pytest.fixture
def holed(small_recordings):
    samples = small_recordings.samples.copy()
    samples.loc[100:104, "acc_x"] = np.nan
    samples.loc[300:360, "acc_x"] = np.nan
    return replace(small_recordings, samples=samples)


def section() -> None:
    from pages.ui.common.state import Session
    from pages.ui.sketch.gap_filling import missing_section

    session = Session()
    missing_section(session, session.data.study)


def shown() -> AppTest:
    page = AppTest.from_function(section, default_timeout=60).run()
    assert not page.exception
    return page


def click(page: AppTest, label: str) -> AppTest:
    next(button for button in page.button if button.label == label).click().run()
    assert not page.exception
    return page


def words(page: AppTest) -> str:
    return "\n".join(e.value for e in (*page.markdown, *page.caption, *page.info)).replace("\\", "")


def use(repository, recordings) -> str:
    key = repository.keep_recordings(recordings)
    repository.store.write_workspace({"recordings": key})
    return key


def test_complete_recordings_show_nothing(repository, small_recordings):
    use(repository, small_recordings)
    page = shown()
    assert not page.expander
    assert words(page) == ""


def test_fill_in_use_and_go_back(repository, registry, holed):
    key = use(repository, holed)
    roles = Roles({"act1": "sensitive", "act2": "required"})
    repository.store.write_workspace(
        {"recordings": key, "roles": {key: {"activities": dict(roles.activities), "attributes": {}}}}
    )
    page = shown()
    assert "Gaps: 2," in words(page)
    assert "1 of them" in words(page)
    page = click(page, "Fill in missing samples")
    assert "✓ **toy, gaps filled**" in words(page)
    assert "61 samples in long gaps" in words(page)
    page = click(page, "Use these recordings")
    workspace = repository.store.read_workspace()
    assert workspace["recordings"] != key
    assert repository.recordings(workspace["recordings"]).filled.sum() == 5
    assert workspace["roles"][workspace["recordings"]]["activities"]["act1"] == "sensitive"
    assert "were missing and were filled in" in words(page)
    click(page, "Go back to the original recordings")
    assert repository.store.read_workspace()["recordings"] == key


def test_one_way_can_be_chosen(repository, registry, holed):
    key = use(repository, holed)
    page = shown()
    page.selectbox(key="fill gaps with").set_value("Straight line").run()
    click(page, "Fill in missing samples")
    (filled,) = repository.filled_versions(key)
    assert repository.recordings(filled).filled_by == "Straight line"
    assert "hidden" not in repository.recordings(filled).findings[-1].done


def test_gaps_that_are_too_long_are_only_told(repository, small_recordings):
    samples = small_recordings.samples.copy()
    samples.loc[300:360, "acc_x"] = np.nan
    use(repository, replace(small_recordings, samples=samples))
    page = shown()
    assert "With longer windows (Data page), longer gaps can be filled in." in words(page)
    assert [button.label for button in page.button] == []


def test_it_is_on_the_sketch_page(repository, holed):
    use(repository, holed)
    app = AppTest.from_file(str(Path(__file__).parents[4] / "home.py"), default_timeout=60)
    page = app.switch_page("pages/3_Sketch.py").run()
    assert not page.exception
    assert "Missing samples in the recordings" in [expander.label for expander in page.expander]
