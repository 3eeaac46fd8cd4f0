"""A click is done once, also where the run of the page that answered to it was broken off; a choice is remembered."""

import time

from streamlit.testing.v1 import AppTest

from pages.ui.common.widgets import CLICK_EXPIRES_S


def page() -> None:
    import streamlit as st

    from pages.ui.common.state import Session
    from pages.ui.common.widgets import button

    session = Session()
    session.tab.visit("Data")
    if session.tab.get("break off"):
        session.tab.keep("break off", None)
        st.rerun()

    def act() -> bool:
        st.write("at work")
        if session.tab.get("break off within"):
            session.tab.keep("break off within", None)
            st.rerun()
        if session.tab.get("goes wrong"):
            raise ValueError("it went wrong")
        session.tab.keep("done", session.tab.get("done") + 1)
        return True

    button(session, "Do it", act, disabled=session.tab.get("is disabled", False))


def opened(tmp_path, monkeypatch, **notes) -> AppTest:
    monkeypatch.setenv("PENUMBRA_HOME", str(tmp_path))
    app = AppTest.from_function(page, default_timeout=60)
    app.run()
    for name, value in {"done": 0, **notes}.items():
        app.session_state["penumbra"][f"{name.replace('_', ' ')}"] = value
    return app


def done(app: AppTest) -> int:
    return app.session_state["penumbra"]["done"]


def test_a_click_is_done_once(tmp_path, monkeypatch):
    app = opened(tmp_path, monkeypatch)
    app.button[0].click().run()
    app.run()
    assert done(app) == 1


def test_a_run_that_is_broken_off_before_the_button_takes_nothing_away(tmp_path, monkeypatch):
    app = opened(tmp_path, monkeypatch, break_off=True)
    app.button[0].click().run()
    assert done(app) == 1


def test_what_was_broken_off_is_done_again(tmp_path, monkeypatch):
    app = opened(tmp_path, monkeypatch, break_off_within=True)
    app.button[0].click().run()
    assert done(app) == 1


def test_what_went_wrong_is_not_done_again(tmp_path, monkeypatch):
    app = opened(tmp_path, monkeypatch, goes_wrong=True)
    app.button[0].click().run()
    assert app.exception
    app.session_state["penumbra"]["goes wrong"] = None
    app.run()
    assert not app.exception
    assert done(app) == 0


def test_a_click_does_not_outlive_leaving_the_page(tmp_path, monkeypatch):
    app = opened(tmp_path, monkeypatch)
    visits = app.session_state["penumbra"]["visits"]
    for visit, n in ((visits - 1, 0), (visits, 1)):
        app.session_state["penumbra"]["clicked Do it"] = (visit, time.monotonic())
        app.run()
        assert done(app) == n


def test_a_click_that_nothing_came_of_is_forgotten(tmp_path, monkeypatch):
    app = opened(tmp_path, monkeypatch)
    app.session_state["penumbra"]["clicked Do it"] = (
        app.session_state["penumbra"]["visits"],
        time.monotonic() - 2 * CLICK_EXPIRES_S,
    )
    app.run()
    assert done(app) == 0


def memory() -> None:
    import streamlit as st

    from pages.ui.common.state import Session
    from pages.ui.common.widgets import remembered

    session = Session()
    session.tab.visit("Data")
    if session.tab.get("elsewhere"):
        return
    remembered(
        session,
        "amount",
        3,
        lambda key: st.number_input("Amount", 0, 9, key=key),
        fits=lambda n: n <= session.tab.get("most", 9),
    )


def test_a_choice_outlives_leaving_its_page_while_it_can_be_chosen(tmp_path, monkeypatch):
    monkeypatch.setenv("PENUMBRA_HOME", str(tmp_path))
    app = AppTest.from_function(memory, default_timeout=60).run()
    assert app.number_input[0].value == 3
    app.number_input[0].set_value(7).run()
    for most, shown in ((9, 7), (5, 3)):
        notes = app.session_state["penumbra"]
        notes |= {"elsewhere": True, "most": most}
        app.run()
        assert not app.number_input
        notes.pop("elsewhere")
        app.run()
        assert app.number_input[0].value == shown
