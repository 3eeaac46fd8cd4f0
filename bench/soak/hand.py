"""What a person does in one round: load, look at every page, make a version, draw, delete."""

from playwright.sync_api import Page, expect

from tests.browser.steps import CANVAS_MS, MINUTES, appears, begin, click, drag, settled, tab, visit
from tests.toy import make_recordings

PAGES = ("", "Data", "Train", "Sketch", "Tradeoffs")
DELETE = "Delete my data"
NETWORK_EVERY = 4  # rounds
ERRORS = '[data-testid="stException"], [data-testid="stAlertContentError"]'


def one_round(page: Page, app, number: int) -> list[str]:
    """Do everything once, and return the errors that pages showed.

    Args:
        page: Of the browser.
        app: Has the `url` of the app.
        number: Of the round: its recordings are like those of no other, so that nothing is found in a cache.
    """
    errors: list[str] = []
    delete_what_is_there(page, app)
    use_sample(page)
    load(page, number)
    for name in PAGES:
        visit(page, app, name)
        errors += page.locator(ERRORS).all_text_contents()
    visit(page, app, "Train")
    begin(page, "Blur or remove", "Added noise")
    has_network = number % NETWORK_EVERY == 0
    if has_network:
        begin(page, "Generate", "SenseGen", Maximum_rounds="1")
    draw(page, app)
    errors += page.locator(ERRORS).all_text_contents()
    visit(page, app, "Tradeoffs")
    appears(page, page.get_by_text("2 reports" if has_network else "1 report", exact=True).first, minutes=16)
    settled(page)
    errors += page.locator(ERRORS).all_text_contents()
    delete_what_is_there(page, app)
    return errors


def use_sample(page: Page) -> None:
    click(page, "Use the sample")
    expect(page.get_by_role("heading", name="Shoulder exercises (sample)")).to_be_visible()
    settled(page)


def load(page: Page, number: int) -> None:
    """Upload a small table, and load what is in it."""
    recordings = make_recordings(n_activities=2, seconds_per_series=30, n_channels=3, seed=number)
    name = f"round_{number}.csv"
    content = recordings.samples.to_csv(index=False).encode()
    page.get_by_text("Load other recordings").click()
    uploader = page.locator('[data-testid="stFileUploader"] input[type="file"]').first
    uploader.set_input_files({"name": name, "mimeType": "text/csv", "buffer": content})
    page.get_by_role("button", name="Load these recordings").click()
    expect(page.get_by_role("heading", name=name)).to_be_visible()
    settled(page)


def draw(page: Page, app) -> None:
    """Draw a stroke and accept it."""
    visit(page, app, "Sketch")
    expect(page.locator(".upper-canvas")).to_be_visible()
    page.wait_for_timeout(CANVAS_MS)
    drag(page, (200, 170), (420, 120))
    expect(page.get_by_role("button", name="Accept", exact=True)).to_be_enabled(timeout=2 * MINUTES)
    click(page, "Accept")
    expect(page.get_by_text("1 corrected window")).to_be_visible()


def delete_what_is_there(page: Page, app) -> None:
    visit(page, app, "Data")
    if page.get_by_role("tab", name=DELETE).count() == 0:
        return
    tab(page, DELETE)
    page.get_by_text("Yes, I want to delete everything").click()
    click(page, DELETE)
    expect(page.get_by_text("Your data were deleted.")).to_be_visible()
