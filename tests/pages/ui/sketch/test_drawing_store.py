"""What is drawn on a version: what counts as begun, steps that go back to the canvas, and two tabs at once."""

import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from pages.ui.common.workspace import READ, Workspace
from pages.ui.sketch import drawing_store as books
from pages.ui.sketch.drawing_store import DrawingStore
from pages.ui.sketch.history import History
from synth.editing.drawn_edit import DrawnEdit
from synth.editing.recipe import MAX_STEPS, Recipe, RecipeStep
from synth.editing.selection import Selection
from synth.editing.strokes import EditError, Erasure, PinnedPoint
from synth.editing.transforms.level import Amplitude
from synth.runs.store import Store
from tests.toy import make_windows

WINDOWS = make_windows(n_subjects=2, n_activities=2, seconds_per_series=6, n_channels=2)
ERASED, PINNED = Erasure(1, 3), PinnedPoint(0, 5, 1.0)
LOUDER = RecipeStep(Selection(), Amplitude(factor=2.0))


class Notes:
    """The notes of a browser tab, without a browser."""

    def __init__(self) -> None:
        self._notes: dict = {}

    def get(self, name, default=None):
        return self._notes.get(name, default)

    def keep(self, name, value):
        self._notes[name] = value


def two_tabs() -> tuple[DrawingStore, DrawingStore]:
    store = Store(Path(tempfile.mkdtemp()))
    sessions = [SimpleNamespace(tab=tab, workspace=Workspace(store, tab)) for tab in (Notes(), Notes())]
    first, second = (DrawingStore(session, WINDOWS, seed=0) for session in sessions)
    return first, second


@pytest.fixture
def book() -> DrawingStore:
    return two_tabs()[0]


def test_a_cleared_window_is_not_begun(book, monkeypatch):
    monkeypatch.setattr(books, "MOST_WINDOWS", 1)
    book.write(0, History().add(ERASED).clear())
    assert book.begun == []
    assert book.has_room(1)
    book.write(0, book.history(0).undo())
    assert book.begun == [0]
    assert not book.has_room(1)
    book.write(0, book.history(0).clear().add(PINNED))
    assert book.begun == [0]


def test_a_drawing_goes_back_below_what_is_on_the_canvas_now(book):
    book.write(3, History().add(ERASED))
    book.accept(3, "linear")
    book.write(3, History().add(Erasure(0, 9)).clear().add(PINNED))
    book.take_out(0)
    assert book.history(3).strokes == (ERASED, PINNED)
    assert book.recipe.steps == ()


def test_a_drawing_stays_in_the_list_where_the_canvas_has_no_room(book, monkeypatch):
    monkeypatch.setattr(books, "MOST_WINDOWS", 1)
    book.write(3, History().add(ERASED))
    book.accept(3, "linear")
    book.write(4, History().add(PINNED))
    book.attempt(lambda: book.take_out(0))
    assert "stays in the list" in book.refused()
    assert book.refused() == ""
    assert len(book.recipe.steps) == 1
    assert book.history(3) == History()


def test_a_list_that_could_not_be_read_again_is_not_kept(book):
    full = Recipe.of(WINDOWS, [LOUDER] * MAX_STEPS)
    book.write_recipe(full)
    with pytest.raises(EditError, match="at most 200 steps"):
        book.add_step(LOUDER)
    assert book.recipe == full


def test_a_list_that_is_taken_in_keeps_its_fillers_and_into_an_empty_one_its_seed(book):
    other = Recipe.of(
        WINDOWS, [LOUDER, RecipeStep(Selection(), Amplitude(), "linear")], imputer_kind="cubic", seed=2**40
    )
    book.add_list(other)
    assert [step.imputer_kind for step in book.recipe.steps] == ["cubic", "linear"]
    assert book.recipe.seed == 2**40
    book.add_list(Recipe.of(WINDOWS, [LOUDER], seed=7))
    assert [step.imputer_kind for step in book.recipe.steps] == ["cubic", "linear", "linear"]
    assert book.recipe.seed == 2**40
    with pytest.raises(EditError, match="would have 203 corrections"):
        book.add_list(Recipe.of(WINDOWS, [LOUDER] * MAX_STEPS))
    assert len(book.recipe.steps) == 3


def test_two_tabs_keep_each_others_drawings_and_corrections():
    first, second = two_tabs()
    first.write(0, History().add(ERASED))
    second.write(1, History().add(PINNED))
    assert second.begun == [0, 1]
    first.add_step(LOUDER)
    second.add_step(RecipeStep(Selection(indices=(1,)), DrawnEdit((PINNED,))))
    assert len(second.recipe.steps) == 2
    for change in (lambda: first.take_out(0), lambda: first.move(0, 0)):
        with pytest.raises(EditError, match="another tab"):
            change()
        first._session.tab.keep(READ, {})  # what it shows is old again
    assert len(second.recipe.steps) == 2
