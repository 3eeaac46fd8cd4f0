"""Widgets that lose nothing: a choice outlives leaving its page, a click whatever else happens at that moment."""

import time
from collections.abc import Callable, Collection
from typing import Any, TypeVar

import pandas as pd
import streamlit as st

from pages.ui.common.state import Session

CLICK_EXPIRES_S = 60.0  # a click that nothing came of is forgotten after that
Value = TypeVar("Value")


def show_table(table: pd.DataFrame, shares: Collection[str]) -> None:
    """Show a table; columns of shares in [0, 1] are written in per cent, as everywhere else: `74 %`."""
    shown = [name for name in table.columns if name in shares]
    percent = st.column_config.NumberColumn(format="%.0f %%")
    st.dataframe(
        table.assign(**{name: 100 * table[name] for name in shown}),
        hide_index=True,
        width="stretch",
        column_config=dict.fromkeys(shown, percent),
    )


def remembered(
    session: Session,
    key: str,
    usual: Value,
    show: Callable[[str], Value],
    *,
    fits: Callable[[Value], bool] = lambda noted: True,
) -> Value:
    """Show a widget as it was when its page was left, and return what it says; Streamlit forgets it then.

    Args:
        session: Remembers what it says.
        key: Of the widget, and of what is remembered.
        usual: Its initial value.
        show: Shows the widget with this key, and returns what it says.
        fits: Whether what is remembered can still be chosen; else it says what is usual.
    """
    noted = session.tab.get(key, usual)
    session.tab.start_widget(key, noted if fits(noted) else usual)
    chosen = show(key)
    session.tab.keep(key, chosen)
    return chosen


def button(
    session: Session,
    label: str,
    act: Callable[[], bool | None],
    *,
    key: str = "",
    place: Any = st,
    **looks: Any,
) -> None:
    """Show a button, and carry out its action once it has been clicked.

    What `st.button` returns is true in one run of the page only. Where anything else runs the page anew before that
    run comes to the button (a canvas that has just loaded, another click), the click would be gone. So it is noted in
    a callback, before the page runs at all, and forgotten when `act` has ended.

    Args:
        session: Remembers the click.
        label: What the button says.
        act: What it is for; returns whether the page is to be drawn anew after it. It can be broken off wherever it
            shows something, and is then done again: what must not be done twice comes last, with nothing shown after
            it. It must not rerun the page itself.
        key: Distinguishes it from other buttons; needed where labels repeat or change.
        place: Where it stands.
        looks: Whatever else `st.button` takes.
    """
    name = f"clicked {key or label}"
    place.button(label, key=key or None, on_click=_note, args=(session, name), **looks)
    clicked = session.tab.get(name)
    if clicked is None:
        return
    session.tab.keep(name, None)
    visit, when = clicked
    if looks.get("disabled") or visit != session.tab.visits or time.monotonic() - when > CLICK_EXPIRES_S:
        return
    try:
        anew = act()
    except Exception:
        raise
    except BaseException:  # Streamlit breaks the page off to run it anew
        _note(session, name)
        raise
    if anew:
        st.rerun()


def _note(session: Session, name: str) -> None:
    session.tab.keep(name, (session.tab.visits, time.monotonic()))
