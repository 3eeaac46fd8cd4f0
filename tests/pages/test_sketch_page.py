"""The Sketch page without a browser: what does not need the canvas, and what is said about bad input."""

import json
from dataclasses import replace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from data.windows import WindowSettings
from pages.ui.common import cache
from pages.ui.sketch.fillers import Filler
from pages.ui.sketch.filling import DRAW_MODE
from pages.ui.sketch.history import History
from synth.core.run_context import RunContext
from synth.editing.drawn_edit import DrawnEdit
from synth.editing.recipe import Recipe, RecipeStep
from synth.editing.selection import Selection
from synth.editing.strokes import DrawnCurve, Erasure
from synth.editing.transforms.level import Amplitude
from synth.imputers.comparison import GAP_IN_ALL, ImputationError
from synth.imputers.cubic import CubicInterpolation
from synth.imputers.linear import LinearInterpolation
from synth.imputers.nearest import NearestWindow
from synth.runs.repository import Repository
from synth.runs.store import Store
from synth.runs.study import study
from tests.pages.test_pages import PROJECT, words
from tests.synth.runs.at_once import AtOnce

INDEX = 0  # the window that is on the canvas first


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """A workspace of its own for each test; work in the background waits."""
    monkeypatch.setenv("PENUMBRA_HOME", str(tmp_path / "home"))
    cache.forget()
    registry = AtOnce(room=0)
    monkeypatch.setattr(cache, "jobs", lambda: registry)
    yield tmp_path / "home"
    cache.forget()


@pytest.fixture
def repository(home, small_recordings) -> Repository:
    found = Repository(Store(home))
    found.store.write_workspace({"recordings": found.keep_recordings(small_recordings)})
    return found


@pytest.fixture
def windows(small_recordings):
    return study(small_recordings, WindowSettings(), seed=0).split.fit


class Kept:
    """The part of the workspace that belongs to these windows."""

    def __init__(self, repository, windows) -> None:
        self._store, self._place = repository.store, windows.fingerprint[:16]

    def write(self, *, history: History | None = None, recipe: Recipe | None = None) -> None:
        found = self._store.read_workspace()
        if history is not None:
            found[f"drawings {self._place}"] = {str(INDEX): {"history": history.to_json()}}
        if recipe is not None:
            found[f"recipe {self._place}"] = recipe.card()
        self._store.write_workspace(found)

    @property
    def history(self) -> History:
        return History.from_json(
            self._store.read_workspace()[f"drawings {self._place}"][str(INDEX)]["history"]
        )

    @property
    def recipe(self) -> Recipe:
        return Recipe.from_card(self._store.read_workspace()[f"recipe {self._place}"])


@pytest.fixture
def kept(repository, windows) -> Kept:
    return Kept(repository, windows)


DRAWING = History().add(DrawnCurve(0, (3, 4, 5), (0.1, 0.2, 0.3))).add(Erasure(20, 30))


def opened(tab: str = "Before and after") -> AppTest:
    page = AppTest.from_file(str(PROJECT / "home.py"), default_timeout=120).switch_page("pages/3_Sketch.py")
    page.session_state["sketch tab"] = tab
    page.run()
    assert not page.exception
    return page


def press(page: AppTest, label: str) -> AppTest:
    next(button for button in page.button if button.label == label).click().run()
    assert not page.exception
    return page


def test_a_drawing_is_there_after_a_reload_filled_in_and_can_be_accepted_and_taken_back(kept, windows):
    kept.write(history=DRAWING)
    page = press(opened(), "Undo")
    assert kept.history.strokes == DRAWING.strokes[:1]
    page = press(press(page, "Redo"), "Accept")
    assert "1 corrected window" in words(page)
    (step,) = kept.recipe.steps
    assert (step.selection, step.edit.strokes) == (Selection(indices=(INDEX,)), DRAWING.strokes)
    assert "Window 1: drawn" in words(page)
    press(page, "Remove")
    assert kept.history.strokes == DRAWING.strokes
    assert "corrected window" not in words(opened())


def test_the_list_is_saved_as_a_version_with_its_recipe(kept, repository, windows, small_recordings):
    group = RecipeStep(Selection(activities=("act1",)), Amplitude(factor=2.0))
    one = RecipeStep(Selection(indices=(INDEX,)), DrawnEdit(DRAWING.strokes), "cubic")
    kept.write(recipe=Recipe.of(windows, [one, group]))
    page = press(opened(), "Later")
    assert kept.recipe.steps == (group, one)
    page = press(page, "Save as a version")
    assert "Saved." in words(page)
    question = study(small_recordings, WindowSettings(), seed=0)
    ((key, card),) = repository.releases(question).items()
    assert [step["edit"]["kind"] for step in card["made"]["recipe"]["steps"]] == ["amplitude", "drawn"]
    values = repository.release(key).windows.values
    others = np.flatnonzero(windows.activity != "act1")
    np.testing.assert_array_equal(values[others[others != INDEX]], windows.values[others[others != INDEX]])
    np.testing.assert_allclose(values[INDEX, 3:6, 0], [0.1, 0.2, 0.3], rtol=1e-6)


def test_a_group_is_chosen_previewed_and_put_into_the_list(kept, windows):
    page = opened("Correct a group")
    n = int((windows.activity == windows.activity[INDEX]).sum())
    assert f"{n} of {len(windows)} windows" in words(page)
    page.text_input(key="sketch group Windows by number").set_value("1-3, x").run()
    assert "“x” is not a window number" in words(page)
    assert "Add to the list" not in [button.label for button in page.button]
    page.text_input(key="sketch group Windows by number").set_value("1-3").run()
    page.number_input(key="settings of amplitude factor").set_value(0.5).run()
    page = press(page, "Add to the list")
    (step,) = kept.recipe.steps
    assert step.selection.indices == (0, 1, 2)
    assert step.edit == Amplitude(factor=0.5)
    assert "3 corrected windows" in words(page)


def test_every_symbol_has_a_form_and_a_preview(kept):
    kept.write(history=DRAWING)
    page = opened("Correct a group")
    chooser = page.selectbox(key="sketch symbol")
    for title in chooser.options:
        page.selectbox(key="sketch symbol").select(title).run()
        assert not page.exception, title
        assert "Which correction" in words(page)


def test_numbers_are_typed_instead_of_drawn(kept):
    page = opened("Type instead of drawing")
    later = next(box for box in page.number_input if box.label == "Delay (s)")
    later.set_value(0.2).run()
    page = press(page, "Move it")
    (move,) = kept.history.strokes
    assert (move.channel, move.start, move.by_samples) == (0, 0, 5)
    assert "Moved in acc" in words(page)


def test_a_list_for_other_channels_is_told_and_loses_nothing(kept, windows):
    mine = Recipe.of(windows, [RecipeStep(Selection(), Amplitude())])
    kept.write(recipe=mine)
    foreign = json.loads(mine.to_json())
    foreign["steps"][0]["edit"]["channels"] = ["ecg"]
    for content, said in ((json.dumps(foreign), "the channel ecg"), ("no json", "not valid JSON")):
        page = opened()
        page.file_uploader[-1].set_value([("theirs.json", content.encode(), "application/json")]).run()
        assert not page.exception
        assert said in words(page)
        assert "is unchanged" in words(page)
        assert kept.recipe == mine


def test_a_loaded_list_is_read_before_it_is_used(kept, windows):
    theirs = Recipe.of(
        windows, [RecipeStep(Selection(indices=(1,)), Amplitude(factor=3.0), "cubic")], seed=2**40
    )
    page = opened()
    page.file_uploader[-1].set_value([("theirs.json", theirs.to_json().encode(), "application/json")]).run()
    assert "Window 2: movement" in words(page)
    assert "selected by number in step 1." in page.warning[0].value
    press(page, "Use this list")
    assert kept.recipe == theirs


def test_real_windows_are_copied_only_when_asked_to_and_with_a_warning(kept, monkeypatch):
    kept.write(history=DRAWING)
    errors = [
        ImputationError(learner.title, GAP_IN_ALL, rmse, rmse, rmse, 5, "people")
        for learner, rmse in ((NearestWindow, 0.01), (CubicInterpolation, 0.02), (LinearInterpolation, 0.03))
    ]
    monkeypatch.setattr("pages.ui.sketch.filling.held_out_errors", lambda session, study: errors)
    page = opened()
    assert f"“{CubicInterpolation.title}” for {GAP_IN_ALL}: its error is 0.020" in words(page)
    assert not page.warning
    page.selectbox(key="sketch filler").select(NearestWindow.title).run()
    assert "copies pieces of real recordings" in page.warning[0].value


def test_everything_erased_is_still_filled_in(kept, windows):
    kept.write(history=History().add(Erasure(0, windows.n_timesteps)))
    page = opened()
    assert not page.error
    assert not next(button for button in page.button if button.label == "Accept").disabled


def test_what_was_filled_in_by_a_network_that_is_gone_is_told(kept, windows):
    step = RecipeStep(Selection(indices=(INDEX,)), DrawnEdit(DRAWING.strokes), "gain")
    kept.write(recipe=Recipe.of(windows, [step]))
    page = opened()
    assert "Step 1 was filled in by a network that has not been trained" in words(page)
    assert next(button for button in page.button if button.label == "Save as a version").disabled


def test_a_damaged_drawing_is_told(repository, windows):
    found = repository.store.read_workspace()
    place = f"drawings {windows.fingerprint[:16]}"
    repository.store.write_workspace({**found, place: {"0": {"history": {"done": [1], "undone": []}}}})
    assert "damaged" in words(opened())


def test_a_channel_that_varies_little_at_a_high_level_can_be_drawn_on(repository, small_recordings):
    samples = small_recordings.samples.copy()
    first = small_recordings.channels[0]
    samples[first] = 1013.4 + 0.2 * np.tanh(samples[first])
    repository.store.write_workspace(
        {"recordings": repository.keep_recordings(replace(small_recordings, samples=samples))}
    )
    shown = next(slider for slider in opened().slider if slider.label.startswith("Values shown"))
    assert 1012 < shown.min < shown.value[0] < shown.value[1] < shown.max < 1015


def test_a_network_fills_in_the_likely_course_unless_a_possible_one_is_asked_for(kept, windows, monkeypatch):
    card = {"label": "A network", "errors": []}
    network = Filler("A network", "gain", "key", lambda: LinearInterpolation().fit(windows, RunContext(0)))
    monkeypatch.setattr("pages.ui.sketch.fillers._newest", lambda session, study: [("key", card)])
    monkeypatch.setattr("pages.ui.sketch.fillers._warm", lambda session, key, card: network)
    kept.write(history=DRAWING)
    page = opened()
    assert page.radio(key=DRAW_MODE).value == "likely"
    page.selectbox(key="sketch filler").select(LinearInterpolation.title).run()
    assert DRAW_MODE not in [radio.key for radio in page.radio]
    page.selectbox(key="sketch filler").select("A network").run()
    page.radio(key=DRAW_MODE).set_value("possible").run()
    assert "Traces of them end up in the version" in page.warning[0].value
    press(page, "Accept")
    (step,) = kept.recipe.steps
    assert (step.imputer_kind, step.draw_mode) == ("gain", "possible")
