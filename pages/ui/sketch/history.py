"""What a person did on one window, in order: with undo, redo and clear. Knows no Streamlit and no canvas."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from synth.editing.strokes import CorrectionError, Mark, mark_from_json, mark_to_json


@dataclass(frozen=True)
class Action:
    """One thing that can be undone.

    Attributes:
        marks: What it drew, rubbed out or moved.
        clears: Whether everything before it is void.
    """

    marks: tuple[Mark, ...] = ()
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
    def marks(self) -> tuple[Mark, ...]:
        """The marks in force: those since everything was cleared last."""
        cleared = [place for place, action in enumerate(self.done) if action.clears]
        since = cleared[-1] + 1 if cleared else 0
        return tuple(mark for action in self.done[since:] for mark in action.marks)

    def add(self, *marks: Mark) -> "History":
        """Return the history after marks that belong together; what was undone cannot be redone any more."""
        return History((*self.done, Action(marks)))

    def clear(self) -> "History":
        """Return the history after everything was cleared, which can be undone like anything else."""
        return History((*self.done, CLEAR)) if self.marks else self

    def undo(self) -> "History":
        """Return the history without its last action; the same one where there is none."""
        return History(self.done[:-1], (*self.undone, self.done[-1])) if self.done else self

    def redo(self) -> "History":
        """Return the history with what was undone last; the same one where there is nothing."""
        return History((*self.done, self.undone[-1]), self.undone[:-1]) if self.undone else self

    def condensed(self, before: Iterable[Mark], keep: int) -> "History":
        """Return a history of which only the last `keep` actions can be undone.

        Args:
            before: Marks that leave the same as all the others that are in force together.
            keep: How many actions stay as they are.
        """
        return replace(self, done=(Action(tuple(before)), *self.done[len(self.done) - keep :]))

    def to_json(self) -> dict[str, Any]:
        return {"done": [_to_json(a) for a in self.done], "undone": [_to_json(a) for a in self.undone]}

    @staticmethod
    def from_json(body: Mapping[str, Any]) -> "History":
        """Restore what `to_json` wrote. Raises `CorrectionError` where that was damaged."""
        try:
            return History(*(tuple(map(_from_json, body[part])) for part in ("done", "undone")))
        except (KeyError, TypeError, AttributeError) as error:
            raise CorrectionError("A drawing in the workspace is damaged and cannot be opened.") from error


def _to_json(action: Action) -> dict[str, Any]:
    return {"marks": [mark_to_json(mark) for mark in action.marks], "clears": action.clears}


def _from_json(body: Mapping[str, Any]) -> Action:
    return Action(tuple(map(mark_from_json, body["marks"])), bool(body["clears"]))
