"""Real strokes with the mouse on the Sketch page, down to the samples that they become.

What was drawn is read from the workspace, where the page keeps it; what it should be follows from where the mouse
went on the canvas.
"""

import json
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from playwright.sync_api import FloatRect, Page, expect

from data.windows import WindowSettings
from pages.ui.canvas import Frame, frame_around
from pages.ui.sketch.canvas_view import HEIGHT, WIDTH
from pages.ui.sketch.history import History
from synth.editing.recipe import Recipe
from synth.editing.strokes import DrawnCurve, Erasure, MovedStretch, PinnedPoint, Stroke
from synth.runs.repository import Repository
from synth.runs.store import Store
from synth.runs.study import Study, study
from tests.browser.places import on_drawing, on_page
from tests.browser.steps import MINUTES, choose, click, settled, tab, visit
from tests.toy import make_recordings

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(600)]

CANVAS_MS = 700  # a new canvas does not say when it can be drawn on
WITHIN_PX = 2.0
Corner = tuple[float, float]
BOTH = """(button, label) => {
    const other = document.querySelector(`input[aria-label='${label}']`)
    button.click()
    setTimeout(() => other.click(), 20)
}"""


@pytest.fixture(scope="module")
def questioned(app) -> Study:
    """The workspace of somebody who has loaded recordings, and what the page makes of them."""
    recordings = make_recordings(n_subjects=4, n_activities=2, seconds_per_series=30, n_channels=3)
    repository = Repository(Store(app.home))
    repository.store.write_workspace({"recordings": repository.keep_recordings(recordings)})
    return study(recordings, WindowSettings(), seed=0)


@pytest.fixture(scope="module")
def frame(questioned) -> Frame:
    """The canvas of the first window's first channel, with the slider's rounding."""
    fit = questioned.split.fit
    first = int(np.flatnonzero(fit.activity == fit.activities[0])[0])
    whole = frame_around(fit.values[first, :, 0], width=WIDTH, height=HEIGHT)
    return Frame(WIDTH, HEIGHT, whole.n_timesteps, *(float(f"{v:.3g}") for v in (whole.low, whole.high)))


class Sketching:
    """What a person does on the page, and what the workspace says afterwards."""

    def __init__(self, page: Page, app) -> None:
        self.page = page
        self._store = Store(app.home)
        self._box: FloatRect | None = None

    def drag(self, *corners: Corner) -> list[Corner]:
        """Press at the first corner, go through the others, let go; then wait until it was kept."""
        before = self.kept()
        reached = self.stroke(*corners)
        self.kept_since(before)
        return reached

    def stroke(self, *corners: Corner, begun: Callable[[], object] = lambda: None) -> list[Corner]:
        """Draw with the mouse and return the corners in pixels of the drawing, as whole pixels of the page.

        Args:
            *corners: In pixels of the drawing.
            begun: Done before the mouse moves.
        """
        at, reached = self._places(corners)
        begun()
        self.page.mouse.move(*at[0])
        self.page.mouse.down()
        for place in at[1:]:
            self.page.mouse.move(*place, steps=15)
        self.page.mouse.up()
        return reached

    def touch(self, start: Corner, stop: Corner) -> list[Corner]:
        """Draw a line with a finger, as `stroke` does with the mouse; then wait until it was kept."""
        before = self.kept()
        ends, reached = self._places([start, stop])
        devtools = self.page.context.new_cdp_session(self.page)
        for step, (x, y) in enumerate(np.linspace(*ends, 16).tolist()):
            touch = {"type": "touchMove" if step else "touchStart", "touchPoints": [{"x": x, "y": y}]}
            devtools.send("Input.dispatchTouchEvent", touch)
        devtools.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        self.kept_since(before)
        return reached

    def _places(self, corners: Sequence[Corner]) -> tuple[list[Corner], list[Corner]]:
        canvas = self.page.locator(".upper-canvas")
        expect(canvas).to_have_count(1)
        self._box = box = canvas.bounding_box() or self._box  # there is none while another takes its place
        at = [on_page(corner, box) for corner in corners]
        return at, [on_drawing(place, box) for place in at]

    def kept(self) -> list:
        """Return what was done by hand, without what the page has filled in since."""
        workspace = self._store.read_workspace()
        drawings = [body for name, body in workspace.items() if name.startswith("drawings ")]
        histories = [body["history"] for found in drawings for body in found.values()]
        return [histories, [body for name, body in workspace.items() if name.startswith("recipe ")]]

    def kept_since(self, before: list, n_actions: int | None = None) -> None:
        """Wait until something else is kept than before, or so many actions."""
        for _ in range(600):
            if self.kept() != before and (n_actions is None or n_actions == len(self.history.done)):
                settled(self.page)
                return
            self.page.wait_for_timeout(100)
        raise AssertionError("nothing was kept within a minute")

    def press(self, name: str) -> None:
        before = self.kept()
        click(self.page, name)
        self.kept_since(before)

    def take(self, hint: str, *names: str) -> None:
        """Choose a tool and its detail, and wait until the page says what to do with it."""
        for name in names:
            choose(self.page, name)
        expect(self.page.get_by_text(hint)).to_be_visible()
        self.page.wait_for_timeout(CANVAS_MS)

    def take_and_draw(self, key: str, *corners: Corner) -> list[Corner]:
        """Choose a tool with its key and draw at once, before the page has answered."""
        before = self.kept()
        self.page.keyboard.press(key)
        reached = self.stroke(*corners)
        self.kept_since(before)
        return reached

    def _drawn(self) -> dict:
        kept = self._store.read_workspace()
        (found,) = [value for name, value in kept.items() if name.startswith("drawings ")] or [{}]
        (body,) = found.values() or [None]
        return body

    @property
    def history(self) -> History:
        return History.from_json(self._drawn()["history"])

    @property
    def recipe(self) -> Recipe:
        kept = self._store.read_workspace()
        (card,) = [value for name, value in kept.items() if name.startswith("recipe ")]
        return Recipe.from_card(card)


def rows_of(stroke: DrawnCurve, frame: Frame) -> tuple[np.ndarray, np.ndarray]:
    return frame.x_of(np.array(stroke.indices)), frame.y_of(np.array(stroke.values))


def samples_between(frame: Frame, corners: Sequence[Corner]) -> list[int]:
    left, right = sorted(x for x, _ in corners)
    return list(range(int(np.ceil(frame.t_of(left - 0.5))), int(np.floor(frame.t_of(right + 0.5))) + 1))


def assert_drawn(stroke: Stroke, corners: Sequence[Corner], frame: Frame) -> None:
    """The stroke is a straight line from one place of the drawing to another."""
    assert isinstance(stroke, DrawnCurve)
    assert sorted(stroke.indices) == samples_between(frame, corners)
    x, y = rows_of(stroke, frame)
    assert np.abs(y - np.interp(x, *np.transpose(sorted(corners)))).max() <= WITHIN_PX


def test_strokes_become_samples_and_everything_is_still_there(app, page, questioned, frame):
    hand = Sketching(page, app)
    visit(page, app, "Sketch")
    expect(page.locator(".upper-canvas")).to_be_visible()
    page.wait_for_timeout(2 * CANVAS_MS)

    # One forwards and one backwards, the second before the page has answered to the first.
    before = hand.kept()
    reached = [hand.stroke((100, 60), (220, 200)), hand.stroke((420, 80), (330, 250))]
    hand.kept_since(before, n_actions=2)
    for stroke, corners in zip(hand.history.strokes, reached, strict=True):
        assert_drawn(stroke, corners, frame)

    hand.take("The result will be close to it", "Line", "Roughly")
    corners = hand.drag((200, 150), (140, 150))
    assert hand.history.strokes[2].belief == "roughly"
    assert_drawn(hand.history.strokes[2], corners, frame)

    hand.take("In all channels at once", "Unknown", "In all channels")
    erased = samples_between(frame, hand.drag((460, 60), (540, 240)))
    assert hand.history.strokes[3] == Erasure(erased[0], erased[-1] + 1)

    hand.take("Click on a value", "Point")
    hand.drag((620, 100), (620, 100))
    point = hand.history.strokes[4]
    assert isinstance(point, PinnedPoint)
    assert point.reach >= 1
    assert abs(frame.x_of(point.index) - 620) <= frame.pixels_per_step / 2
    assert abs(frame.y_of(point.value) - 100) <= WITHIN_PX

    # The filling is there at once; undo and redo change it and bring it back.
    accept = page.get_by_role("button", name="Accept")
    expect(accept).to_be_enabled()
    expect(page.get_by_test_id("stVegaLiteChart").first).to_be_visible()
    whole = hand.history
    hand.press("Undo")
    hand.press("Undo")
    assert hand.history.strokes == whole.strokes[:3]
    hand.press("Redo")
    hand.press("Redo")
    assert hand.history.strokes == whole.strokes
    hand.press("Clear")
    assert hand.history.strokes == ()
    expect(accept).to_be_disabled()
    hand.press("Undo")
    assert hand.history.strokes == whole.strokes

    # What is drawn right after a tool was chosen, or after an undo, counts: as that tool, on the canvas that follows.
    erased = samples_between(frame, hand.take_and_draw("5", (240, 60), (300, 240)))
    assert hand.history.strokes[5] == Erasure(erased[0], erased[-1] + 1)
    hand.take_and_draw("1", (240, 120), (300, 120))
    assert isinstance(hand.history.strokes[6], DrawnCurve)
    before, n_actions = hand.kept(), len(hand.history.done)
    page.keyboard.press("Control+z")
    corners = hand.stroke((240, 140), (300, 140))
    hand.kept_since(before, n_actions)
    assert_drawn(hand.history.strokes[6], corners, frame)
    hand.press("Undo")
    hand.press("Undo")
    assert hand.history.strokes == whole.strokes

    # For a moment the canvas may have no size, as while another takes its place: what is drawn meanwhile comes after.
    before = hand.kept()
    shown = page.locator(".st-key-sketch-sheet [data-testid='stBidiComponentIsolated']").first
    corners = hand.stroke((240, 130), (300, 130), begun=lambda: shown.evaluate("it => it.style.scale = 0"))
    assert hand.kept() == before
    shown.evaluate("it => it.style.scale = ''")
    hand.kept_since(before)
    assert_drawn(hand.history.strokes[5], corners, frame)
    hand.press("Undo")
    expect(page.locator(".dc-toolbar")).to_be_hidden()  # its pencil takes the pen away

    hand.take("Drag a box around", "Move")
    box = hand.stroke((560, 60), (600, 240))
    expect(page.get_by_text("Drag from the green part")).to_be_visible()
    page.wait_for_timeout(CANVAS_MS)
    hand.drag((580, 150), (560, 120))
    move = hand.history.strokes[5]
    part = samples_between(frame, box)
    assert (move.start, move.stop) == (part[0], part[-1] + 1)
    assert isinstance(move, MovedStretch)
    assert abs(move.by_samples + 20 / frame.pixels_per_step) <= 0.5 + WITHIN_PX / frame.pixels_per_step
    assert abs(move.by_value - 30 * frame.value_per_pixel) <= WITHIN_PX * frame.value_per_pixel

    page.reload()
    settled(page)
    expect(page.locator(".upper-canvas")).to_be_visible()
    expect(page.get_by_test_id("stVegaLiteChart").first).to_be_visible()
    assert len(hand.history.strokes) == 6
    page.wait_for_timeout(2 * CANVAS_MS)
    hand.take("Draw the curve as it should be", "Pen", "Exactly as drawn")
    hand.drag((240, 100), (300, 100))
    assert len(hand.history.strokes) == 7

    # In another width of the window the canvas has another size, and what is drawn on it becomes the same.
    wide = page.locator(".upper-canvas").bounding_box()["width"]
    page.set_viewport_size({"width": 700, "height": 1000})
    settled(page)
    canvas = page.locator(".upper-canvas").bounding_box()
    strip = page.locator(".st-key-sketch-channels img").first.bounding_box()
    assert canvas["width"] < 0.8 * wide
    assert (strip["x"], strip["width"]) == pytest.approx((canvas["x"], canvas["width"]), abs=0.5)
    corners = hand.drag((100, 60), (220, 200))
    assert_drawn(hand.history.strokes[7], corners, frame)
    corners = hand.touch((420, 80), (330, 250))
    assert_drawn(hand.history.strokes[8], corners, frame)
    page.set_viewport_size({"width": 1280, "height": 1000})
    strokes = hand.history.strokes

    hand.press("Accept")
    expect(page.get_by_text("1 corrected window")).to_be_visible()
    assert hand.recipe.steps[0].edit.strokes == strokes


def test_a_group_is_corrected_and_the_list_is_saved_as_a_version(app, page, questioned):
    hand = Sketching(page, app)
    visit(page, app, "Sketch")
    expect(page.get_by_text("1 corrected window")).to_be_visible()  # from before, in another browser
    panel = tab(page, "Correct a group")
    expect(panel.get_by_text("Window 1,")).to_be_visible()  # the preview
    n = int((questioned.split.fit.activity == "act1").sum())
    hand.press("Add to the list")
    expect(page.get_by_text(f"{n} corrected windows")).to_be_visible()
    page.reload()
    settled(page)
    expect(page.get_by_text(f"{n} corrected windows")).to_be_visible()
    recipe = hand.recipe
    assert [step.edit.kind for step in recipe.steps] == ["drawn", "amplitude"]
    page.get_by_text("Share this list").click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Save the list as a file").click()
    assert json.loads(waiting.value.path().read_text()) == json.loads(recipe.to_json())
    page.keyboard.press("Escape")
    # Another click before the page has answered to this one takes nothing away from it.
    settled(page)
    page.get_by_role("button", name="Save as a version").evaluate(BOTH, "Show the original")
    expect(page.get_by_text("Saved.")).to_be_visible(timeout=2 * MINUTES)
    (card,) = Repository(Store(app.home)).releases(questioned).values()
    assert card["made"]["recipe"]["steps"] == recipe.card()["steps"]
    assert card["corrections"] == n
