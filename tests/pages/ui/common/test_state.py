"""What a page remembers: nothing of it is a place where Streamlit can break a click off half-way."""

from streamlit.testing.v1 import AppTest


def page() -> None:
    from unittest.mock import patch

    import streamlit as st
    from streamlit.runtime.state import SafeSessionState

    from pages.ui.common.state import Session

    session = Session()
    session.tab.visit("Data")
    touched = []

    def touch(self, key, *value):
        touched.append(key)
        raise AssertionError(key)

    with (
        patch.object(SafeSessionState, "__getitem__", touch),
        patch.object(SafeSessionState, "__setitem__", touch),
        patch.object(SafeSessionState, "__contains__", touch),
    ):
        session.tab.keep("chosen", 3)
        session.workspace.keep("drawn", {"a": 1})
        session.data.seed = 5
        found = [
            session.tab.get("chosen"),
            session.workspace.get("drawn"),
            session.workspace.get_now("drawn"),
            session.data.seed,
        ]
    st.json({"found": found, "touched": touched, "visits": session.tab.visits})


def test_notes_and_the_workspace_do_not_touch_what_streamlit_watches(tmp_path, monkeypatch):
    monkeypatch.setenv("PENUMBRA_HOME", str(tmp_path))
    app = AppTest.from_function(page, default_timeout=60).run()
    assert not app.exception
    assert app.json[0].value == '{"found": [3, {"a": 1}, {"a": 1}, 5], "touched": [], "visits": 1}'


def forgetful() -> None:
    import streamlit as st

    from pages.ui.common.state import Session

    session = Session()
    session.tab.keep("chosen", 3)
    session.tab.keep("chosen", None)
    st.write(f"{session.tab.get('chosen', 'nothing')}")
    session.workspace.keep("drawn", 1)
    session.delete_everything()
    st.write(f"{session.workspace.get('drawn', 'nothing')} {session.tab.get('page', 'nowhere')}")


def test_what_is_forgotten_is_gone(tmp_path, monkeypatch):
    monkeypatch.setenv("PENUMBRA_HOME", str(tmp_path))
    app = AppTest.from_function(forgetful, default_timeout=60).run()
    assert not app.exception
    assert [said.value for said in app.markdown] == ["nothing", "nothing nowhere"]
