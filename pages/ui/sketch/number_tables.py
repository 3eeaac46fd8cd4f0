"""Type instead of drawing: tables of values and ranges, and shifts of a part."""

from collections.abc import Callable, Sequence

import pandas as pd
import streamlit as st

from data.errors import PenumbraError
from pages.ui.common.markdown import literal
from pages.ui.common.state import Session
from pages.ui.common.widgets import button
from pages.ui.sketch.canvas_view import add_strokes, chosen_part
from pages.ui.sketch.selection_state import SelectedWindow
from pages.ui.sketch.tool_picker import chosen_join
from pages.ui.sketch.typed_edits import curve_through, described, moved_part, points_at, unknown_between
from synth.editing.strokes import Stroke

EXACTLY, ROUGHLY, POINTS = "Lines, exactly", "Lines, roughly", "Single points"
TABLES = "sketch tables"
N_ROWS = 4  # empty ones to begin with


def type_numbers(session: Session, selected: SelectedWindow) -> None:
    """Show tables that do what the drawing tools do, and list the edits so far."""
    values, ranges, moves, done = st.columns([1.3, 1.6, 1, 1.1], gap="small")
    with values:
        _values(session, selected)
    with ranges:
        _ranges(session, selected)
    with moves:
        _moves(session, selected)
    with done:
        st.markdown("**Edits on this window**")
        strokes = selected.book.history(selected.window_index).strokes
        words = [described(stroke, selected.windows.channels, selected.rate_hz) for stroke in strokes]
        st.markdown(
            "\n".join(f"{n}. {literal(text)}" for n, text in enumerate(words, 1)) or ":gray[Nothing yet.]"
        )


def _values(session: Session, selected: SelectedWindow) -> None:
    name = literal(selected.windows.channels[selected.channel])
    st.markdown(f"**Values of {name}**")
    how = st.selectbox(
        "How closely the values are matched", [EXACTLY, ROUGHLY, POINTS], label_visibility="collapsed"
    )
    unit = f" ({selected.unit})" if selected.unit else ""
    rows = _table(session, "values", {"time (s)": float, f"value{unit}": float})
    size = {"rate_hz": selected.rate_hz, "n_timesteps": len(selected.window)}

    def strokes() -> Sequence[Stroke]:
        if how == POINTS:
            return points_at(rows, selected.channel, reach=max(1, len(selected.window) // 20), **size)
        belief = "exact" if how == EXACTLY else "roughly"
        join = chosen_join(session, selected)
        return [curve_through(rows, selected.channel, belief=belief, join=join, **size)]

    _button(session, selected, "Draw these values", strokes, able=bool(rows))


def _ranges(session: Session, selected: SelectedWindow) -> None:
    st.markdown("**Unknown ranges**")
    rows = _table(session, "ranges", {"from (s)": float, "to (s)": float, "all": bool})

    def strokes() -> Sequence[Stroke]:
        size = {"rate_hz": selected.rate_hz, "n_timesteps": len(selected.window)}
        return unknown_between(rows, selected.channel, **size)

    _button(session, selected, "Mark as unknown", strokes, able=bool(rows))


def _moves(session: Session, selected: SelectedWindow) -> None:
    st.markdown("**Move a part**")
    end_s = (len(selected.window) - 1) / selected.rate_hz
    start, stop = chosen_part(session, selected) or (0, len(selected.window))
    step = 1 / selected.rate_hz
    key = f"{selected.window_index} {selected.channel} {start} {stop}"
    from_s = st.number_input("From (s)", 0.0, end_s, start / selected.rate_hz, step, key=f"move from {key}")
    to_s = st.number_input("To (s)", 0.0, end_s, (stop - 1) / selected.rate_hz, step, key=f"move to {key}")
    later_s = st.number_input("Delay (s)", -end_s, end_s, 0.0, step, key=f"move by {key}")
    unit = f" ({selected.unit})" if selected.unit else ""
    up = st.number_input(f"Offset{unit}", value=0.0, step=0.1, format="%g", key=f"move up {key}")

    def strokes() -> Sequence[Stroke]:
        return [
            moved_part(
                (from_s, to_s),
                later_s,
                up,
                selected.channel,
                rate_hz=selected.rate_hz,
                n_timesteps=len(selected.window),
            )
        ]

    _button(session, selected, "Move it", strokes, able=bool(later_s or up))


def _table(session: Session, name: str, columns: dict[str, type]) -> list[tuple]:
    """Show an empty table and return its rows that hold anything."""
    empty = pd.DataFrame(
        {
            c: [False] * N_ROWS if kind is bool else pd.Series([None] * N_ROWS, dtype=float)
            for c, kind in columns.items()
        }
    )
    key = f"{TABLES} {name} {session.tab.get(TABLES, 0)}"
    typed = st.data_editor(empty, num_rows="dynamic", hide_index=True, width="stretch", key=key)
    numbers = [c for c, kind in columns.items() if kind is float]
    typed = typed.dropna(how="all", subset=numbers)
    return [
        tuple(
            bool(v) if kind is bool else (None if pd.isna(v) else float(v))
            for v, kind in zip(row, columns.values(), strict=True)
        )
        for row in typed.itertuples(index=False)
    ]


def _button(
    session: Session,
    selected: SelectedWindow,
    label: str,
    make: Callable[[], Sequence[Stroke]],
    *,
    able: bool,
) -> None:
    """Offer to apply what was typed, then empty the tables. What cannot be done is reported and stays there."""

    def act() -> bool:
        try:
            refused = add_strokes(selected, *make())
        except PenumbraError as error:
            refused = str(error)
        if refused:
            st.error(literal(refused))
            return False
        session.tab.keep(TABLES, session.tab.get(TABLES, 0) + 1)
        return True

    button(session, label, act, disabled=not able or not selected.book.has_room(selected.window_index))
