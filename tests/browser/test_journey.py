"""The whole way through in a real browser: sample, train, draw, fill, accept, compare, download."""

import hashlib
import io
import json
import re
import zipfile

import pytest
from playwright.sync_api import Page, expect

from synth.__main__ import main
from tests.browser.places import on_page
from tests.browser.steps import MINUTES, appears, choose, click, settled, visit

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(3000)]

CANVAS_MS = 3_000  # the canvas does not say when it is ready, or when it has taken another tool up


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


def download(page: Page, label: str) -> bytes:
    with page.expect_download(timeout=2 * MINUTES) as waiting:
        page.get_by_role("button", name=label).click()
    return waiting.value.path().read_bytes()


@pytest.fixture(scope="module")
def by_shell(tmp_path_factory) -> dict:
    """What the shell says about noise on the same data with the same seed, from a store of its own."""
    folder = tmp_path_factory.mktemp("shell")
    arguments = ["--data", "sample", "--window", "6", "--overlap", "0", "--mechanism", "noise", "--seed", "0"]
    assert main(["explore", *arguments, "--store", str(folder / "store"), "--out", str(folder / "out")]) == 0
    return json.loads((folder / "out" / "report.json").read_text())


def test_the_whole_way_through(app, page):
    visit(page, app, "Data")
    page.get_by_role("button", name="Use the sample").click()
    expect(page.get_by_text("Shoulder exercises (sample)").first).to_be_visible()
    settled(page)
    page.get_by_role("slider", name="Overlap in %").focus()
    for _ in range(10):
        page.keyboard.press("ArrowLeft")
    length = page.get_by_role("spinbutton", name="Window length in seconds")
    length.fill("6")  # long ones are few: the whole way is what is tried here
    length.press("Enter")
    expect(page.get_by_text(re.compile("windows: "))).to_contain_text("744 windows")
    settled(page)

    visit(page, app, "Train")
    begin(page, "Blur or remove", "Added noise")
    begin(page, "Generate", "SenseGen", Maximum_rounds="1")
    begin(page, "Fill gaps", "GAIN", Longest_training="100")
    ready = page.get_by_test_id("stExpander")
    for name in ("Added noise", "SenseGen", "GAIN"):
        appears(page, ready.filter(has_text=f"✓ {name}"), minutes=16)

    page.reload()
    settled(page)
    expect(ready.filter(has_text="✓ SenseGen")).to_be_visible()

    visit(page, app, "Sketch")
    expect(page.locator(".upper-canvas")).to_be_visible()
    page.wait_for_timeout(CANVAS_MS)
    drag(page, (200, 170), (420, 120))
    accept = page.get_by_role("button", name="Accept", exact=True)
    expect(accept).to_be_enabled()
    page.get_by_label("Fill unknown parts with", exact=True).click()
    page.get_by_role("option", name="GAIN").click()
    settled(page)
    choose(page, "Unknown")
    choose(page, "In all channels")
    expect(page.get_by_text("In all channels at once")).to_be_visible()
    page.wait_for_timeout(CANVAS_MS)
    drag(page, (500, 60), (620, 260))
    expect(page.get_by_test_id("stSpinner")).to_have_count(0, timeout=2 * MINUTES)
    expect(accept).to_be_enabled(timeout=2 * MINUTES)
    click(page, "Accept")
    expect(page.get_by_text("1 corrected window")).to_be_visible()
    click(page, "Save as a version")
    expect(page.get_by_text("Saved.")).to_be_visible(timeout=2 * MINUTES)

    visit(page, app, "Tradeoffs")
    # Progress lines vanish for a moment whenever the page is drawn anew: the strip's count does not.
    appears(page, page.get_by_text("3 reports", exact=True).first, minutes=20)
    visit(page, app, "Tradeoffs")
    expect(page.get_by_text(", corrected").first).to_be_visible()
    page.get_by_role("tab", name="Download").click()
    html = download(page, "Report (HTML)").decode()
    assert "SenseGen" in html
    assert ", corrected" in html
    assert 'src="http' not in html
    page.get_by_label("Version to download").click()
    page.get_by_role("option", name="Added noise", exact=True).click()
    settled(page)
    (app.home / "noise.json").write_bytes(download(page, "Report (JSON)"))
    expect(page.get_by_role("button", name="Data (Parquet)")).to_have_count(0)
    page.get_by_text("I know, and want to share this version all the same").click()
    expect(page.get_by_role("button", name="Data (Parquet)")).to_be_visible()
    with zipfile.ZipFile(io.BytesIO(download(page, "Everything in one file (ZIP)"))) as package:
        (folder,) = {name.split("/")[0] for name in package.namelist()}
        assert folder.startswith("shoulder-exercises-sample_added-noise_20")
        for line in package.read(f"{folder}/SHA256SUMS").decode().splitlines():
            checksum, name = line.split("  ")
            assert hashlib.sha256(package.read(f"{folder}/{name}")).hexdigest() == checksum
        assert package.read(f"{folder}/report.json") == (app.home / "noise.json").read_bytes()


def test_the_page_says_what_the_shell_says(app, page, by_shell):
    by_page = json.loads((app.home / "noise.json").read_bytes())
    assert by_page["results"] == by_shell["results"]
    assert by_page["verdicts"] == by_shell["verdicts"]
    visit(page, app, "Tradeoffs")
    page.get_by_text("What these verdicts are based on").click()
    reasons = page.get_by_test_id("stExpander").filter(has_text="What these verdicts are based on")
    for verdict in by_shell["verdicts"].values():
        expect(reasons.get_by_text(verdict["sentence"]).first).to_be_visible()


def test_everything_survives_a_restart(app, page):
    app.stop()
    app.start()
    visit(page, app, "Tradeoffs")
    expect(page.get_by_role("tab", name="Trade-off", exact=True)).to_be_visible()
    visit(page, app, "Train")
    expect(page.get_by_test_id("stExpander").filter(has_text="✓ SenseGen")).to_be_visible()
