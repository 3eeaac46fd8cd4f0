"""What a person does on the pages, and how to wait until the pages have answered."""

import warnings

from playwright.sync_api import Locator, Page, expect

from tests.browser.places import on_page

MINUTES = 60_000  # milliseconds
SENT_MS = 250  # until the browser has told the app of a click
CANVAS_MS = 3_000  # the canvas does not say when it is ready, or when it has taken another tool up


def settled(page: Page) -> None:
    """Wait until the page has drawn everything and shows no error."""
    page.wait_for_timeout(SENT_MS)
    expect(page.get_by_test_id("stHeading").first).to_be_visible()
    done = page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]')
    expect(done).to_have_count(1, timeout=2 * MINUTES)
    expect(page.get_by_test_id("stException")).to_have_count(0)
    assert page.get_by_text("met a defect of Penumbra").all_text_contents() == []


def visit(page: Page, app, name: str) -> None:
    page.goto(f"{app.url}/{name}")
    settled(page)


def click(page: Page, name: str) -> None:
    """Click a button once nothing moves any more, as a person would, and wait for what comes of it."""
    settled(page)
    page.get_by_test_id("stButton").get_by_role("button", name=name, exact=True).click()
    settled(page)


def choose(page: Page, name: str) -> None:
    """Choose one of several options; as a person does, look whether it was taken, and say so where it was not."""
    option = page.get_by_role("radio", name=name, exact=True).first
    for _ in range(3):
        settled(page)
        option.click()
        settled(page)
        if option.is_checked():
            return
        warnings.warn(f"a click on {name!r} was not taken", stacklevel=2)
    raise AssertionError(f"{name!r} cannot be chosen")


def tab(page: Page, name: str) -> Locator:
    """Open a tab and return what is on it."""
    page.get_by_role("tab", name=name).click()
    settled(page)
    return page.get_by_role("tabpanel").filter(visible=True)


def appears(page: Page, mark: Locator, *, minutes: int) -> None:
    """Wait for the end of long work; every two minutes load the page anew, as whoever comes back to it does.

    On a busy computer a page that was left open during training was once found empty; the cause is not known. What the
    browser said is printed where a test fails.
    """
    for left in range(minutes // 2, 0, -1):
        try:
            expect(mark).to_be_visible(timeout=2 * MINUTES)
            return
        except AssertionError:
            if left == 1:
                raise
            page.reload()
            settled(page)


def begin(page: Page, family: str, method: str, **settings: str) -> None:
    """Start a method on the Train page with some of its settings changed."""
    choose(page, family)
    choose(page, method)
    expect(page.get_by_text(f"Settings: {method}")).to_be_visible()
    settled(page)  # until then the form of another method may still be there
    for label, value in settings.items():
        field = page.get_by_label(label.replace("_", " "), exact=True)
        field.fill(value)
        field.press("Enter")
        settled(page)
    click(page, "Start")
    running = page.get_by_test_id("stProgress").filter(has_text=method)
    done = page.get_by_test_id("stExpander").filter(has_text=f"✓ {method}")
    expect(running.or_(done).first).to_be_visible(timeout=2 * MINUTES)


def drawn_point(page: Page, x: float, y: float) -> tuple[float, float]:
    return on_page((x, y), page.locator(".upper-canvas").bounding_box())


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*drawn_point(page, *start))
    page.mouse.down()
    page.mouse.move(*drawn_point(page, *end), steps=12)
    page.mouse.up()
    settled(page)
