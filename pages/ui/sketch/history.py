"""What a person did on one window, in order: with undo, redo and clear. Independent of Streamlit and of the canvas."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from synth.editing.strokes import EditError, Stroke, stroke_from_json, stroke_to_json


@dataclass(frozen=True)
class Action:
    """One thing that can be undone.

    Attributes:
        strokes: What it drew, erased or moved.
        clears: Whether everything before it is void.
    """

    strokes: tuple[Stroke, ...] = ()
    clears: bool = False


CLEAR = Action(clears=True)


@dataclass(frozen=True)
class History:
    """Actions in their order, and those that were undone.

    Attributes:
        done: Oldest first.
        undone: The one to be redone next is last.
    """

    done: tuple[Action, ...] = ()
    undone: tuple[Action, ...] = ()

    @property
    def strokes(self) -> tuple[Stroke, ...]:
        """The strokes in force: those since everything was cleared last."""
        cleared = [place for place, action in enumerate(self.done) if action.clears]
        since = cleared[-1] + 1 if cleared else 0
        return tuple(stroke for action in self.done[since:] for stroke in action.strokes)

    def add(self, *strokes: Stroke) -> "History":
        """Return the history after strokes that belong together; what was undone cannot be redone any more."""
        return History((*self.done, Action(strokes)))

    def clear(self) -> "History":
        """Return the history after everything was cleared, which can be undone like anything else."""
        return History((*self.done, CLEAR)) if self.strokes else self

    def undo(self) -> "History":
        """Return the history without its last action; the same one where there is none."""
        return History(self.done[:-1], (*self.undone, self.done[-1])) if self.done else self

    def redo(self) -> "History":
        """Return the history with what was undone last; the same one where there is nothing."""
        return History((*self.done, self.undone[-1]), self.undone[:-1]) if self.undone else self

    def condensed(self, before: Iterable[Stroke], keep: int) -> "History":
        """Return a history of which only the last `keep` actions can be undone.

        Args:
            before: Strokes with the same effect as all others in force together.
            keep: How many actions stay as they are.
        """
        return replace(self, done=(Action(tuple(before)), *self.done[len(self.done) - keep :]))

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON values, for `from_json`."""
        return {"done": [_to_json(a) for a in self.done], "undone": [_to_json(a) for a in self.undone]}

    @staticmethod
    def from_json(body: Mapping[str, Any]) -> "History":
        """Restore what `to_json` wrote. Raises `EditError` if that was damaged."""
        try:
            return History(*(tuple(map(_from_json, body[part])) for part in ("done", "undone")))
        except (KeyError, TypeError, AttributeError) as error:
            raise EditError("A drawing in the workspace is damaged and cannot be opened.") from error


def _to_json(action: Action) -> dict[str, Any]:
    return {"marks": [stroke_to_json(stroke) for stroke in action.strokes], "clears": action.clears}


def _from_json(body: Mapping[str, Any]) -> Action:
    return Action(tuple(map(stroke_from_json, body["marks"])), bool(body["clears"]))
