"""Everybody can read and use the pages: axe-core, a checker of the WCAG, finds nothing serious on any of them."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.steps import settled, visit

pytestmark = [pytest.mark.slow, pytest.mark.browser]

PAGES = ("", "Data", "Train", "Sketch", "Tradeoffs")
GREYED_MS = 1_500  # what has just been drawn anew is pale for a moment


def serious(page: Page) -> list[str]:
    """Return what axe-core calls serious or critical, each with what it is about."""
    found = Axe().run(page).response["violations"]
    return [
        f"{rule['id']}: {node['html'][:120]} ({node['failureSummary']})"
        for rule in found
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_a_serious_barrier(app, page, scheme):
    page.emulate_media(color_scheme=scheme)
    visit(page, app, "")
    page.get_by_role("button", name="Try it with real sample recordings").click()
    expect(page.get_by_role("heading", name="Trade-offs")).to_be_visible()
    for name in PAGES:
        visit(page, app, name)
        expect(page.locator("[data-stale=true]")).to_have_count(0)
        page.wait_for_timeout(GREYED_MS)
        settled(page)
        assert serious(page) == [], f"{name or 'Home'}, {scheme}"


def test_barriers_are_found(page):
    page.set_content(
        "<html lang=en><title>x</title><main><h1>x</h1><img src=x><p style='color:#ccc'>pale</p></main>"
    )
    assert {finding.split(":")[0] for finding in serious(page)} >= {"image-alt", "color-contrast"}
