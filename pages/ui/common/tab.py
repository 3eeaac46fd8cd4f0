"""What one browser tab remembers until it is reloaded: choices, notes, which page is open."""

from typing import Any

import streamlit as st

TAB = "penumbra"  # one dict: no place where Streamlit could break a page off between two of its entries


class Tab:
    """Notes of this browser tab, and the values of its widgets."""

    def __init__(self) -> None:
        self._notes: dict[str, Any] = st.session_state.setdefault(TAB, {})
        self.arrived = False

    def visit(self, page: str) -> None:
        """Note which page is open; `arrived` says whether another one was open before."""
        self.arrived = self.get("page") != page
        self.keep("visits", self.visits + self.arrived)
        self.keep("page", page)

    @property
    def visits(self) -> int:
        """How many pages were opened in this tab so far."""
        return self.get("visits", 0)

    def get(self, name: str, default: Any = None) -> Any:
        """Return a choice that outlives leaving a page, but not a reload."""
        return self._notes.get(name, default)

    def keep(self, name: str, value: Any) -> None:
        """Remember a choice; `None` forgets it."""
        if value is None:
            self._notes.pop(name, None)
        else:
            self._notes[name] = value

    def start_widget(self, key: str, value: Any) -> None:
        """Give a widget its first value; Streamlit forgets it when its page is left."""
        if key not in st.session_state:
            st.session_state[key] = value

    def set_widget(self, key: str, value: Any) -> None:
        """Change the value of a widget; only before it is shown, or in a callback."""
        st.session_state[key] = value

    def widget(self, key: str) -> Any:
        """Return the value of a widget, in its callback."""
        return st.session_state.get(key)

    def forget(self) -> None:
        """Forget everything, widgets too."""
        self._notes.clear()
        for name in list(st.session_state):
            if name != TAB:
                del st.session_state[name]
