"""What of the Trade-offs page stands in its address, so that whoever copies or reloads it sees the same.

These are choices from lists of the program, numbers, and the beginnings of keys of versions, which are hashes: never a
name of a person, an activity, a channel, a file or a version. An address chooses what is shown. It starts nothing and
deletes nothing.

for, not, limit_...    what the version is for, what must not happen, within which limits
question               which question is looked at
all                    whether the board shows all versions
method, strength_...   the method of *Move a strength*, and the strength of each
version, game          the version of *All numbers*, and of *Can you tell?*

A widget that has one of these names as its key, and `bind="query-params"`, is kept in step with the address by
Streamlit: a choice other than the usual one is written as the widget words it, and what the widget does not offer is
dropped. That will not do for versions, whose names may be those of files, and for the method, as the usual one changes
with what was measured: `chosen_in_address` keeps these.
"""

from collections.abc import Callable, Mapping

import streamlit as st

from pages.ui.common.page_frame import ADDRESS
from pages.ui.common.state import Session
from pages.ui.common.widgets import remembered

PURPOSE, HARMS, LIMIT = "for", "not", "limit_"
QUESTION, ALL_VERSIONS = "question", "all"
METHOD, STRENGTH = "method", "strength_"
VERSION, GAME = "version", "game"
NAMES = {PURPOSE, HARMS, QUESTION, ALL_VERSIONS, METHOD, VERSION, GAME}
N_DIGITS = 8  # of the key of a version: enough to tell those of one person apart


def coded(keys: Mapping[str, object]) -> dict[str, str]:
    """Return keys of versions by what stands for them in the address."""
    return {key[:N_DIGITS]: key for key in keys}


def chosen_in_address(
    session: Session, name: str, options: Mapping[str, str], show: Callable[[str], str]
) -> str:
    """Show a widget as the address says when the page is opened; then write there what is chosen.

    Args:
        session: Remembers the choice.
        name: Of the choice in the address; the key of the widget.
        options: What can be chosen, by what stands for it in the address; the first is usual and is not written.
        show: Shows the widget with this key, and returns what it says.
    """
    usual = next(iter(options.values()))
    said, read = st.query_params.get(name, ""), f"visit whose address said {name}"
    if session.tab.get(read) != session.tab.visits:  # not later: a quick second click brings an old address
        session.tab.keep(read, session.tab.visits)
        if said in options:
            session.tab.set_widget(name, options[said])
    chosen = remembered(session, name, usual, show, fits=lambda noted: noted in options.values())
    written = next((code for code, option in options.items() if option == chosen != usual), None)
    if written is None:
        st.query_params.pop(name, None)
    elif written != said:
        st.query_params[name] = written
    return chosen


def remember_address(session: Session) -> None:
    """Remember the address as it is now, for coming back to the page."""
    own = (name for name in st.query_params if name in NAMES or name.startswith((LIMIT, STRENGTH)))
    session.tab.keep(ADDRESS, {name: st.query_params.get_all(name) for name in own})


def take_up_address(session: Session) -> None:
    """Take up what was chosen, where somebody comes back to the page by an address that says nothing.

    Links lead back to the address that was left. The browser's back button may not: when a page is left, Streamlit puts
    its address without anything into the history.
    """
    left = session.tab.get(ADDRESS)
    if left and session.tab.arrived and not st.query_params:
        st.query_params.from_dict(left)
        st.rerun()
