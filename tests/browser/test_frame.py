"""A page drawn anew right after a timed part of it stays where it was."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from pages.ui.common.page_frame import DATA, HOME, SKETCH, TRADEOFFS, TRAIN
from tests.browser.conftest import App

pytestmark = [pytest.mark.slow, pytest.mark.browser]

CLICKS = 3
UNTIL_DRAWN_AGAIN_MS = 1_700
PAGE = """
import gc
import time
import streamlit as st
from pages.ui.common.page_frame import open_page

# Streamlit collects garbage between a part and what was asked for meanwhile; with much in memory that takes a while.
slowly = lambda phase, found: time.sleep(1) if phase == "start" and found["generation"] == 2 else None
if not gc.callbacks:
    gc.callbacks.append(slowly)

open_page("Framed", "Where is everything drawn?")
_, right = st.columns(2)

@st.fragment(run_every=0.2)
def timed_part():
    st.caption("a timed part")

with right:
    timed_part()
st.button("Again")
st.session_state["runs"] = st.session_state.get("runs", 0) + 1
st.caption(f"drawn {st.session_state['runs']} times")
"""


@pytest.fixture(scope="module")
def framed(tmp_path_factory):
    """An app of one page, which has just drawn a timed part nearly all the time."""
    folder: Path = tmp_path_factory.mktemp("framed")
    (folder / "pages").mkdir()
    for name in (DATA, TRAIN, SKETCH, TRADEOFFS):
        (folder / name).write_text("")
    (folder / HOME).write_text(PAGE)
    running = App(tmp_path_factory.mktemp("home"), script=folder / HOME)
    running.start()
    yield running
    running.stop()


def test_a_click_right_after_a_timed_part_leaves_the_page_in_its_place(framed, page):
    page.goto(framed.url)
    for click in range(CLICKS):
        expect(page.get_by_text(f"drawn {click + 1} times")).to_be_visible()
        page.wait_for_timeout(UNTIL_DRAWN_AGAIN_MS)
        page.get_by_role("button", name="Again").click()
    expect(page.get_by_text(f"drawn {CLICKS + 1} times")).to_be_visible()
    page.wait_for_timeout(UNTIL_DRAWN_AGAIN_MS)
    columns = page.get_by_test_id("stColumn")
    expect(columns.get_by_text("a timed part")).to_have_count(1)
    expect(columns.get_by_text("Where is everything drawn?")).to_have_count(0)
    expect(page.get_by_text("Where is everything drawn?")).to_have_count(1)
    expect(page.get_by_role("button", name="Again")).to_have_count(1)
