"""What one person has drawn on one version: histories and fillings by window, and the list of corrections.

All of it is in the workspace, so it survives leaving the page, a reload and a restart.
"""

import base64
import hashlib
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from data.errors import PenumbraError
from data.windows import Windows
from pages.ui.common.state import Session
from pages.ui.sketch.history import Action, History
from synth.editing.drawn_edit import DrawnEdit
from synth.editing.recipe import MAX_STEPS, Recipe, RecipeStep
from synth.editing.selection import Selection
from synth.editing.strokes import DrawnWindow, EditError
from synth.imputers.draw_mode import DrawMode

MOST_WINDOWS = 50  # with drawings that were not accepted yet
REFUSED = "sketch refused"


@dataclass(frozen=True, eq=False)
class Filling:
    """How a correction was filled in.

    Attributes:
        filler: What did it, by its name on the page.
        draws: `(n_draws, timesteps, channels)` float32; the first one is what would be accepted.
    """

    filler: str
    draws: np.ndarray


class DrawingStore:
    """The drawings on one version.

    Args:
        session: Where they are remembered.
        windows: Those of the version. Drawings belong to exactly these, whatever the version is called.
        seed: Of the corrections.
    """

    def __init__(self, session: Session, windows: Windows, *, seed: int) -> None:
        self._session = session
        self._windows = windows
        self._seed = seed
        self.place = windows.fingerprint[:16]

    def history(self, window_index: int) -> History:
        """Return what was done on a window."""
        body = self._drawings().get(str(window_index))
        return History() if body is None else History.from_json(body["history"])

    def write(self, window_index: int, history: History) -> None:
        """Keep what was done on a window; its filling stays, for when it fits again."""
        body = self._drawings_now().get(str(window_index), {})
        self._write_drawing(window_index, {**body, "history": history.to_json()})

    def forget(self, window_index: int) -> None:
        """Forget everything that was done on a window, after it was accepted."""
        self._write_drawing(window_index, None)

    @property
    def begun(self) -> list[int]:
        """The windows with drawings that were not accepted yet."""
        return sorted(int(i) for i, body in self._drawings().items() if _has_marks(body["history"]))

    def has_room(self, window_index: int) -> bool:
        """Return whether drawings on this window can be kept as well."""
        return window_index in self.begun or len(self.begun) < MOST_WINDOWS

    def fill(self, drawn_window: DrawnWindow, filling: Filling) -> None:
        """Keep how a correction was filled in."""
        body = self._drawings_now().get(str(drawn_window.window_index), {"history": History().to_json()})
        packed = {
            "of": _digest(drawn_window),
            "filler": filling.filler,
            "shape": filling.draws.shape,
            "draws": _packed(filling.draws),
        }
        self._write_drawing(drawn_window.window_index, {**body, "filling": packed})

    def filling(self, drawn_window: DrawnWindow) -> Filling | None:
        """Return how exactly this correction was filled in, if it was."""
        packed = self._drawings().get(str(drawn_window.window_index), {}).get("filling")
        if packed is None or packed["of"] != _digest(drawn_window):
            return None
        draws = _unpacked(packed["draws"]).reshape(packed["shape"])
        return Filling(packed["filler"], draws)

    @property
    def recipe(self) -> Recipe:
        """The list of corrections; empty at first."""
        return self._recipe_of(self._session.workspace.get(self._list))

    def add_step(self, step: RecipeStep) -> None:
        """Append a correction to the list, whatever another tab has appended. Raises what `write_recipe` raises."""
        self.write_recipe(self._recipe_of(self._session.workspace.get_now(self._list)).with_step(step))

    def add_list(self, other: Recipe) -> None:
        """Put all steps of a list for these windows at the end, each with what filled it in there.

        A list that is empty so far takes over the seed, too, so that the steps give what they gave.

        Raises:
            EditError: If the list would become too long.
        """
        recipe = self._recipe_of(self._session.workspace.get_now(self._list))
        steps = (
            *recipe.steps,
            *(replace(step, imputer_kind=step.imputer_kind or other.imputer_kind) for step in other.steps),
        )
        if len(steps) > MAX_STEPS:
            raise EditError(
                f"With these the list would have {len(steps)} corrections; the limit is {MAX_STEPS}. Save the "
                "corrections so far as a version first, or leave some out."
            )
        self.write_recipe(replace(recipe if recipe.steps else other, steps=steps))

    def write_recipe(self, recipe: Recipe) -> None:
        """Keep the list of corrections.

        Raises:
            EditError: If it could not be read again: it has too many steps, or a step too many strokes.
        """
        card = recipe.card()
        Recipe.from_card(card)
        self._session.workspace.keep(self._list, card if recipe.steps else None)

    def accept(self, window_index: int, filler: str, draw_mode: DrawMode = "likely") -> None:
        """Append what was drawn on a window to the list, with the kind of its filler and its course."""
        edit = DrawnEdit(self.history(window_index).strokes)
        self.add_step(RecipeStep(Selection(indices=(window_index,)), edit, filler, draw_mode))
        self.forget(window_index)

    def move(self, number: int, to: int) -> None:
        """Move a step to another position in the list. Raises `EditError` where another tab has changed the list."""
        self.write_recipe(self._recipe_as_seen().moved(number, to))

    def take_out(self, number: int) -> None:
        """Take a step out of the list; what was drawn on one window goes back to its canvas, below what is there.

        Raises:
            EditError: If the canvas has no room for it, or another tab has changed the list.
        """
        recipe = self._recipe_as_seen()
        step = recipe.steps[number]
        if not isinstance(step.edit, DrawnEdit) or step.edit.aligned or len(step.selection.indices) != 1:
            self.write_recipe(recipe.without(number))
            return
        (window_index,) = step.selection.indices
        if not self.has_room(window_index):
            raise EditError(
                f"{len(self.begun)} windows have drawings that have not been accepted yet, so this one cannot go back "
                "to its canvas. It stays in the list. Accept or clear some of the others first."
            )
        strokes = (*step.edit.strokes, *self.history(window_index).strokes)
        self.write_recipe(recipe.without(number))
        self.write(window_index, History(tuple(Action((stroke,)) for stroke in strokes)))

    def attempt(self, change: Callable[[], None]) -> None:
        """Change something in a widget's callback; `refused` says why it was not made."""
        try:
            change()
        except PenumbraError as error:
            self._session.tab.keep(REFUSED, str(error))

    def refused(self) -> str:
        """Return once why the last change was not made; `""` where it was."""
        said = self._session.tab.get(REFUSED, "")
        self._session.tab.keep(REFUSED, "")
        return said

    @property
    def _list(self) -> str:
        return f"recipe {self.place}"

    def _recipe_of(self, card: Mapping[str, Any] | None) -> Recipe:
        return Recipe.of(self._windows, seed=self._seed) if card is None else Recipe.from_card(card)

    def _recipe_as_seen(self) -> Recipe:
        """Return the list that this tab's step numbers refer to; refuse where another tab changed it."""
        seen = self._session.workspace.get(self._list)
        now = self._session.workspace.get_now(self._list)
        if now != seen:
            raise EditError(
                "The list was changed in another tab. It is shown in its current state; please check it."
            )
        return self._recipe_of(now)

    def _drawings(self) -> dict[str, dict[str, Any]]:
        return self._session.workspace.get(f"drawings {self.place}", {})

    def _drawings_now(self) -> dict[str, dict[str, Any]]:
        return self._session.workspace.get_now(f"drawings {self.place}", {})

    def _write_drawing(self, window_index: int, body: Mapping[str, Any] | None) -> None:
        others = {i: other for i, other in self._drawings_now().items() if i != str(window_index)}
        self._session.workspace.keep(
            f"drawings {self.place}", others if body is None else {**others, str(window_index): body}
        )


def _has_marks(history: Mapping[str, Any]) -> bool:
    """Return whether a history, as it is kept, has strokes in force: its last action was not to clear."""
    done = [action for action in history["done"] if action["marks"] or action["clears"]]
    return bool(done) and not done[-1]["clears"]


def _digest(drawn_window: DrawnWindow) -> str:
    parts = (drawn_window.values, drawn_window.mask, drawn_window.rough)
    return hashlib.sha256(b"".join(np.ascontiguousarray(part).tobytes() for part in parts)).hexdigest()


def _packed(draws: np.ndarray) -> str:
    plain = np.ascontiguousarray(draws, dtype="<f4").tobytes()
    return base64.b64encode(zlib.compress(plain)).decode()


def _unpacked(text: str) -> np.ndarray:
    return np.frombuffer(zlib.decompress(base64.b64decode(text)), dtype="<f4").astype(np.float32)
