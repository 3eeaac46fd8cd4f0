"""What the canvas sends is kept once, also where its callback was broken off, and never taken back by silence."""

from types import SimpleNamespace

import numpy as np
import pytest

from pages.ui.sketch.canvas_view import CANVAS, Mounted, read_canvas, remount_canvas
from pages.ui.sketch.history import History
from synth.editing.strokes import DrawnCurve
from tests.pages.ui.canvas.test_canvas import PEN, RECORDED

WINDOW = np.zeros((128, 3), np.float32)
BEFORE = History().add(DrawnCurve(0, (3, 4), (0.1, 0.2)))
DRAWN = {"drawing": {"raw": {"objects": RECORDED["drawn"]["objects"]}}}


class Sheet:
    """A canvas that is on the page, what it says, and the book that its strokes are kept in."""

    def __init__(self, says: object) -> None:
        self.says, self.kept, self.n_written = says, BEFORE, 0
        self.notes = {CANVAS: Mounted((1, "here", 0, WINDOW.tobytes(), PEN, False), 0, BEFORE, None, BEFORE)}
        tab = SimpleNamespace(
            visits=1, get=self.notes.get, keep=self.notes.__setitem__, widget=lambda key: self.says
        )
        self.session = SimpleNamespace(tab=tab)
        book = SimpleNamespace(place="here", history=lambda index: self.kept, write=self._write)
        self.selected = SimpleNamespace(book=book, window=WINDOW, window_index=0)

    def _write(self, index: int, history: History) -> None:
        self.kept, self.n_written = history, self.n_written + 1

    def read_canvas(self) -> None:
        read_canvas(self.session, self.selected)


def test_what_was_drawn_is_kept_once():
    sheet = Sheet(DRAWN)
    sheet.read_canvas()
    assert len(sheet.kept.strokes) > len(BEFORE.strokes)
    sheet.read_canvas()
    assert sheet.n_written == 1


@pytest.mark.parametrize("silence", [None, {}, {"drawing": None}])
def test_a_canvas_that_says_nothing_takes_nothing_back(silence):
    sheet = Sheet(DRAWN)
    sheet.read_canvas()
    kept = sheet.kept
    sheet.says = silence
    sheet.read_canvas()
    assert sheet.kept is kept


def test_what_the_canvas_itself_takes_back_is_taken_back():
    sheet = Sheet(DRAWN)
    sheet.read_canvas()
    sheet.says = {"drawing": {"raw": {"objects": []}}}
    sheet.read_canvas()
    assert sheet.kept.strokes == BEFORE.strokes


@pytest.mark.parametrize("change", ["undone", "elsewhere"])
def test_what_comes_from_a_canvas_that_shows_something_else_by_now_is_not_kept(change):
    sheet = Sheet(DRAWN)
    if change == "undone":
        sheet.kept = BEFORE.undo()
    else:
        remount_canvas(sheet.session)
    sheet.read_canvas()
    assert sheet.n_written == 0
