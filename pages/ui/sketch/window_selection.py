"""Widgets that select the windows of a correction."""

import json
import re

import numpy as np
import streamlit as st

from data.windows import Windows
from pages.ui.common import cache
from pages.ui.common.state import Session
from pages.ui.common.widgets import remembered
from pages.ui.sketch.selection_state import SelectedWindow
from synth.editing.selection import Selection
from synth.editing.strokes import EditError

ANY = "any"
N_KINDS = 4
_PART = re.compile(r"^\s*(\d+)\s*(?:[-–]\s*(\d+)\s*)?$")


def choose_windows(
    session: Session, windows: Windows, selected: SelectedWindow, *, seed: int
) -> tuple[Selection, np.ndarray]:
    """Let the user select windows; return the selection and their indices.

    Args:
        session: Remembers the choices.
        windows: Those of the version before any correction: they decide.
        selected: What is on the canvas.
        seed: Of the search for kinds of movement.

    Raises:
        EditError: If no window is meant, or a number cannot be understood.
    """
    own = str(windows.activity[selected.window_index])
    activities = _several(session, "Activities", windows.activities, [own], "All activities")
    people = _several(session, "People", windows.subjects, [], "All people") if windows.subjects else []
    kind, like = st.columns(2)
    with kind:
        kinds = [ANY, *(f"kind {n + 1}" for n in range(N_KINDS))]
        cluster = kinds.index(_one(session, "Kind of movement", kinds, KIND_HELP)) - 1
    with like:
        n_like = _number(session, "Most similar windows", len(windows))
    numbers = _text(session, "Windows by number")
    selection = Selection(
        tuple(activities), tuple(people), numbers_in(numbers, len(windows)),
        cluster if cluster >= 0 else None, N_KINDS,
        selected.window_index if n_like else None, n_like or 1,
    )  # fmt: skip
    said = json.dumps([selection.to_json(), seed], sort_keys=True)
    found = cache.chosen(session.owner, windows.fingerprint, said, lambda: selection.which(windows, seed))
    return selection, found


KIND_HELP = "Windows are grouped into four kinds of movement (clusters), the most frequent first."


def numbers_in(text: str, n_windows: int) -> tuple[int, ...]:
    """Read numbers such as "1-5, 9", counted from 1, as indices counted from 0.

    Raises:
        EditError: If a part is no number, or there is no such window.
    """
    found: list[int] = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        matched = _PART.match(part)
        if matched is None:
            raise EditError(f"“{part[:40]}” is not a window number. Write, for example, 1-5, 9.")
        first, last = int(matched[1]), int(matched[2] or matched[1])
        if not 1 <= first <= last <= n_windows:
            raise EditError(f"“{part[:40]}” is not among the windows 1 to {n_windows}.")
        found += range(first - 1, last)
    return tuple(sorted(set(found)))


def _several(session: Session, label: str, options: list[str], usual: list[str], none: str) -> list[str]:
    key = f"sketch group {label}"
    noted = session.tab.get(key, usual)
    session.tab.start_widget(key, [name for name in noted if name in options])
    chosen = st.multiselect(label, options, key=key, placeholder=none)
    session.tab.keep(key, chosen)
    return chosen


def _one(session: Session, label: str, options: list[str], help: str) -> str:
    return remembered(
        session, f"sketch group {label}", options[0],
        lambda key: st.selectbox(label, options, key=key, help=help), fits=options.__contains__,
    )  # fmt: skip


def _number(session: Session, label: str, most: int) -> int:
    words = "How many windows most similar to the one on the canvas (dynamic time warping); 0 for all."
    chosen = remembered(
        session, f"sketch group {label}", 0,
        lambda key: st.number_input(label, 0, most, step=5, key=key, help=words), fits=lambda n: n <= most,
    )  # fmt: skip
    return int(chosen)


def _text(session: Session, label: str) -> str:
    return remembered(
        session, f"sketch group {label}", "",
        lambda key: st.text_input(label, key=key, placeholder="all, or for example 1-5, 9"),
    )  # fmt: skip
