"""The address of Trade-offs shows the same again, names nothing of the recordings, and can do no harm."""

import shutil
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from data.windows import WindowSettings
from synth.audit.goal import PURPOSE_IN_WORDS, Goal
from synth.audit.question import question_of
from synth.reporting.advice import decide_among
from synth.runs.repository import Repository
from synth.runs.store import Store
from synth.runs.study import study
from tests.pages.test_pages import PROJECT, at_once, home, recordings  # noqa: F401, fixtures

ADDRESS = {
    "for": PURPOSE_IN_WORDS["movement"],
    "not": [question_of(key).harm for key in ("reidentification", "membership")],
    "limit_membership": "30",
    "question": question_of("copies").title,
    "method": "standin",
    "strength_standin": "0.95",
}
SHOWN = {
    "for": "movement",
    "not": ["reidentification", "membership"],
    "limit_membership": 30,
    "question": "copies",
    "method": "standin",
    "strength_standin": 0.95,
}
HOSTILE = (
    "",
    "-1",
    "99",
    "1e999",
    "nan",
    "../../etc/passwd",
    "<img src=x onerror=alert(1)>",
    "\x00",
    "😀" * 999,
)
NAMES = (*ADDRESS, "limit_reidentification", "limit_utility", "all", "version", "game", "sweep", "try next")


@pytest.fixture
def measured(home, measured_home) -> Repository:  # noqa: F811
    shutil.copytree(measured_home, home)
    return Repository(Store(home))


def opened(address: dict[str, Any]) -> AppTest:
    page = AppTest.from_file(str(PROJECT / "home.py"), default_timeout=60)
    page.switch_page("pages/4_Tradeoffs.py")
    page.query_params.update(address)
    page.run()
    assert not page.exception
    return page


def shown(page: AppTest) -> dict[str, Any]:
    return {name: page.session_state[name] for name in SHOWN if name in page.session_state}


def test_an_address_shows_what_it_says_also_after_another_page(measured):
    page = opened(ADDRESS)
    assert shown(page) == SHOWN
    assert page.query_params == ADDRESS
    page.query_params.clear()  # as the browser does
    page.switch_page("pages/2_Train.py").run()
    assert not page.query_params
    page.switch_page("pages/4_Tradeoffs.py").run()
    assert not page.exception
    assert shown(page) == SHOWN
    assert page.query_params == ADDRESS


def test_nothing_of_the_recordings_stands_in_the_address(measured, recordings):  # noqa: F811
    page = opened({})
    page.button_group(key="for").set_value("both")
    page.selectbox(key="method").set_value("standin")
    page.selectbox(key="Person of strength").select_index(1)
    page.selectbox(key="Activity of strength").select_index(1).run()
    assert page.query_params == {"method": "standin"}
    (version,) = measured.releases(study(recordings, WindowSettings(), seed=0))
    page = opened({"version": version[:8], "game": version[:8]})
    assert page.selectbox(key="version").value == page.selectbox(key="game").value == version
    assert not page.query_params  # the usual one


@pytest.mark.parametrize(
    "values", [HOSTILE, HOSTILE[::-1], [HOSTILE] * len(HOSTILE)], ids=["one each", "others", "all"]
)
def test_a_hostile_address_is_ignored_value_by_value(measured, recordings, at_once, home, values):  # noqa: F811
    reports = measured.reports(study(recordings, WindowSettings(), seed=0))
    kept = [entry.key for kind in ("release", "report", "point") for entry in measured.store.entries(kind)]
    page = opened({**dict(zip(NAMES, 2 * values, strict=False)), "strength_noise": "0.6"})
    assert page.selectbox(key="method").value == "noise"
    assert page.select_slider(key="strength_noise").value == 0.6  # what is right counts all the same
    assert page.select_slider(key="limit_reidentification").value == 10
    said = [element.value.replace("\\", "") for element in page.warning]
    assert f"**{decide_among(reports, Goal()).sentence}**" in said
    assert not at_once.of(str(home))
    assert kept == [
        entry.key for kind in ("release", "report", "point") for entry in measured.store.entries(kind)
    ]


def choice() -> None:
    import streamlit as st

    from pages.ui.common.state import Session
    from pages.ui.tradeoffs.address import chosen_in_address

    session = Session()
    session.tab.visit(st.session_state.get("now", "here"))
    options = {"0a": "Anna's walk.csv", "0b": "Ben", "0c": "Cleo"}
    if session.tab.get("page") == "here":
        chosen_in_address(
            session, "who", options, lambda key: st.selectbox("Who", list(options.values()), key=key)
        )


def test_a_choice_has_a_code_in_the_address_and_an_old_address_does_not_undo_it(tmp_path, monkeypatch):
    monkeypatch.setenv("PENUMBRA_HOME", str(tmp_path))
    page = AppTest.from_function(choice, default_timeout=60)
    page.query_params["who"] = "0b"
    page.run()
    assert page.selectbox(key="who").value == "Ben"
    page.selectbox(key="who").set_value("Cleo").run()
    assert page.query_params == {"who": "0c"}
    page.query_params["who"] = "0b"  # of a click that the page has not answered yet
    page.run()
    assert page.selectbox(key="who").value == "Cleo"
    assert page.query_params == {"who": "0c"}
    page.selectbox(key="who").set_value("Anna's walk.csv").run()
    assert not page.query_params
    for unknown in ("0d", "Ben", ["0b", "0d"], "\x00"):
        other = AppTest.from_function(choice, default_timeout=60)
        other.query_params["who"] = unknown
        other.run()
        assert not other.exception
        assert (other.selectbox(key="who").value, other.query_params) == ("Anna's walk.csv", {})
