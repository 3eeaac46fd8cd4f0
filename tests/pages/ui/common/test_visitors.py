"""A served app: visitors are apart, find their work after a reload, and are forgotten by a timer after they left."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages.ui.common import addresses, cache, state
from pages.ui.common.visitors import Visitors


class Clock:
    def __init__(self) -> None:
        self.time = 0.0

    def __call__(self) -> float:
        return self.time


class Visited:
    """Visitors with a clock of the test, and what was forgotten."""

    def __init__(self) -> None:
        self.clock, self.forgotten, self.busy = Clock(), [], set()
        self.visitors = Visitors(self.forget, self.busy.__contains__, keep_s=100, now=self.clock)

    def forget(self, folder: Path) -> None:
        assert (
            folder.exists()
        )  # work is stopped before the folder goes: nothing is written into it afterwards
        self.forgotten.append(folder)

    def arrive(self, name: str) -> Path:
        folder = self.visitors.folder(name)
        folder.mkdir(exist_ok=True)
        (folder / "private").write_text(name)
        return folder


@pytest.fixture
def visited() -> Visited:
    return Visited()


def test_each_has_a_folder_that_nobody_else_can_read_or_guess(visited):
    one, other = visited.arrive("one"), visited.arrive("other")
    assert one != other
    assert one == visited.visitors.folder("one")
    assert "one" not in str(one)
    assert one.parent.stat().st_mode & 0o077 == 0


def test_who_left_is_forgotten_when_the_time_is_over_and_not_before(visited):
    gone, there = visited.arrive("gone"), visited.arrive("there")
    visited.clock.time = 99
    assert visited.visitors.delete_absent() == []
    visited.visitors.folder("there")  # as every open page does
    visited.clock.time = 101
    assert visited.visitors.delete_absent() == [gone]
    assert visited.forgotten == [gone]
    assert not gone.exists()
    assert (there / "private").read_text() == "there"


def test_who_reloads_in_time_finds_the_work(visited):
    folder = visited.arrive("one")
    for time in (90, 180, 270):
        visited.clock.time = time
        assert visited.visitors.folder("one") == folder
        assert visited.visitors.delete_absent() == []
    assert (folder / "private").exists()


def test_work_in_progress_is_not_taken_away(visited):
    folder = visited.arrive("one")
    visited.busy.add(folder)
    visited.clock.time = 500
    assert visited.visitors.delete_absent() == []
    visited.busy.clear()
    assert visited.visitors.delete_absent() == [folder]


def page() -> None:
    import streamlit as st

    from pages.ui.common.state import Session

    session = Session()
    st.write(session.workspace.get("drawn", "nothing"))
    session.workspace.keep("drawn", session.tab.get("to draw", "something"))
    st.write(session.owner)


@pytest.fixture
def served(monkeypatch, visited):
    monkeypatch.setattr(addresses, "is_local", lambda: False)
    monkeypatch.setattr(cache, "visitors", lambda: visited.visitors)
    return visited


def opened() -> tuple[str, str]:
    """Open the page in a new tab; return what was drawn before, and whose folder it is."""
    app = AppTest.from_function(page, default_timeout=60).run()
    assert not app.exception
    drawn, owner = (said.value for said in app.markdown)
    return drawn, owner


def test_two_browsers_never_see_each_other(served, monkeypatch):
    cookies = iter(["first", "second", "first"])
    monkeypatch.setattr(state, "_cookie", lambda: next(cookies))
    drawn, first = opened()
    assert drawn == "nothing"
    drawn, second = opened()
    assert drawn == "nothing"
    assert first != second
    assert opened() == ("something", first)  # a reload: a new tab with the same cookie


def test_without_a_cookie_a_tab_is_a_visitor(served):
    assert opened()[0] == opened()[0] == "nothing"


def test_a_login_is_a_visitor_in_whatever_browser(served, monkeypatch):
    monkeypatch.setattr(state, "_cookie", lambda: "of another browser")
    logins = iter([{"is_logged_in": True, "iss": "i", "sub": who} for who in "aba"])
    monkeypatch.setattr(state, "login", lambda: next(logins))
    first, second, again = opened(), opened(), opened()
    assert first[0] == second[0] == "nothing"
    assert again == ("something", first[1])


def test_who_is_not_logged_in_sees_nothing_where_a_login_is_set_up(served, monkeypatch):
    monkeypatch.setattr("pages.ui.common.page_frame.login", lambda: {"is_logged_in": False})
    shown = AppTest.from_file(str(Path(__file__).parents[4] / "home.py"), default_timeout=60).run()
    assert not shown.exception
    assert [button.label for button in shown.button] == ["Log in"]
    assert not list(served.visitors._base.iterdir())
