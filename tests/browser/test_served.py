"""The app as it is served to others: two browsers are apart, and a reload keeps the work."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect, sync_playwright

from tests.browser.conftest import FLAGS, App

SAMPLE = "Shoulder exercises (sample)"
pytestmark = [pytest.mark.slow, pytest.mark.browser]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    running = App(tmp_path_factory.mktemp("home"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STREAMLIT_SERVER_ADDRESS", "0.0.0.0")
        patch.setenv("STREAMLIT_SERVER_ALLOWED_HOSTS", "127.0.0.1")
        running.start()
    yield running
    running.stop()


@pytest.fixture
def contexts(chromium: str) -> Iterator[list[BrowserContext]]:
    """Two browsers that share nothing."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield [browser.new_context() for _ in range(2)]
        browser.close()


def open_data(context: BrowserContext, app: App) -> Page:
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(f"{app.url}/Data")
    expect(page.get_by_role("heading", name="Data", exact=True)).to_be_visible()
    return page


def test_two_browsers_are_apart_and_a_reload_keeps_the_work(served, contexts):
    one, other = contexts
    page = open_data(one, served)
    expect(page.get_by_text("On this computer", exact=True)).to_have_count(
        0
    )  # no paths for those who are elsewhere
    page.get_by_role("button", name="Use the sample").click()
    heading = page.get_by_role("heading", name=SAMPLE)
    expect(heading).to_be_visible()
    page.reload()
    expect(heading).to_be_visible()
    expect(open_data(one, served).get_by_role("heading", name=SAMPLE)).to_be_visible()
    stranger = open_data(other, served)
    expect(stranger.get_by_role("button", name="Use the sample")).to_be_visible()
    expect(stranger.get_by_role("heading", name=SAMPLE)).to_have_count(0)
    (cookie,) = [c for c in one.cookies() if c["name"] == "penumbra_visitor"]
    assert cookie["httpOnly"]
    assert cookie["sameSite"] == "Strict"
    assert list(served.home.iterdir()) == []  # nothing of a visitor is in the folder of whoever runs the app
