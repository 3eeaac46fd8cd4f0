"""The strip of edit impacts: by itself on a page, with the checks fitted in this process."""

import pytest
from streamlit.testing.v1 import AppTest

from pages.ui.common import cache
from synth.runs.repository import Repository
from synth.runs.store import Store
from tests.synth.runs.at_once import AtOnce

TITLES = ["Looks real?", "Activities recognised", "People recognised", "Copied recordings"]


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch, small_recordings):
    monkeypatch.setenv("PENUMBRA_HOME", str(tmp_path / "home"))
    repository = Repository(Store(tmp_path / "home"))
    repository.store.write_workspace({"recordings": repository.keep_recordings(small_recordings)})
    cache.forget()
    yield
    cache.forget()


@pytest.fixture
def registry(monkeypatch):
    jobs = AtOnce()
    monkeypatch.setattr(cache, "jobs", lambda: jobs)
    return jobs


def strip(edited: int, shift: float) -> None:
    """The page under test: the first windows of the recordings, moved."""
    import numpy as np

    from data.release import Release
    from pages.ui.common.state import Session
    from pages.ui.sketch.impact_strip import impact_strip

    session = Session()
    fit = session.data.study.split.fit
    release = Release("The original recordings", fit, np.arange(len(fit)))
    edits = {i: fit.values[i] + np.float32(shift) for i in range(edited)}
    impact_strip(session, session.data.study, release, edits)


def shown(edited: int, shift: float) -> AppTest:
    page = AppTest.from_function(strip, kwargs={"edited": edited, "shift": shift}, default_timeout=60).run()
    assert not page.exception
    return page


def texts(page: AppTest) -> list[str]:
    return [element.value.replace("\\", "") for element in page.markdown]


def test_without_a_correction_there_is_nothing(registry):
    assert texts(shown(0, 0.0)) == []
    assert registry.of("") == []


def test_four_columns_say_before_and_after(registry):
    page = shown(1, 30.0)
    found = texts(page)
    assert found[0] == "**What the accepted correction changed**"
    assert [text for text in found if text in TITLES] == TITLES
    after = found[found.index("Looks real?") + 1]
    assert after.startswith("passes as real (")
    assert "→ **distinguished from real (" in after
    assert "Technical term: discriminator." in page.markdown[1].help
    assert sum("Guessing" in caption.value for caption in page.caption) == 2
    again = texts(shown(1, 30.0))
    assert again == found


def test_an_unchanged_window_is_said_to_be(registry):
    found = texts(shown(2, 0.0))
    assert found[0] == "**What the 2 accepted corrections changed**"
    figures = [text for text in found[1:] if text not in TITLES]
    assert figures
    assert all(text.startswith("As before: ") for text in figures)


def test_panels_are_fitted_once_and_few_are_kept(registry, monkeypatch):
    monkeypatch.setattr("pages.ui.sketch.impact_strip.MAX_VERSIONS", 1)
    shown(1, 1.0)
    (impact_panel,) = cache.impact_panels().values()
    shown(1, 2.0)
    assert list(cache.impact_panels().values()) == [impact_panel]


def test_while_they_learn_progress_is_shown_and_after_a_stop_they_can_begin_again(monkeypatch):
    jobs = AtOnce(room=0)
    monkeypatch.setattr(cache, "jobs", lambda: jobs)
    page = shown(1, 1.0)
    assert [button.label for button in page.button] == ["Stop"]
    page.button[0].click().run()
    page.run()
    assert "Check the corrections" in [button.label for button in page.button]
    jobs._room = None
    next(b for b in page.button if b.label == "Check the corrections").click().run()
    assert [text for text in texts(page) if text in TITLES] == TITLES
