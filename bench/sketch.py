"""Pen-up to filled picture and change of window on the Sketch page, in real Chromium, with a trained GAIN.

    python -m bench.sketch

Starts the app with a home of its own, in which the sample and a shortly trained GAIN lie: how long it was trained does
not change how long it takes to load and to fill in. A time ends when the picture behind the canvas has changed, and in
brackets when the page has done everything.

    python -m bench.sketch 20        the first filling comes 20 s after the page was opened: the network is warm by then
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from bench.pages import FLAGS, started
from bench.provenance import this_run
from data.sample import load_sample
from data.windows import WindowSettings
from synth.core.run_context import RunContext
from synth.imputers.gain.gain import GAIN
from synth.runs import tasks
from synth.runs.repository import Repository
from synth.runs.store import Store
from synth.runs.study import study

N_TIMES = 5
QUIET_S = 0.7
LONGEST_S = 120
PICTURE = """() => {
    const place = '[class*="st-key-sketch-canvas"] [data-testid="stBidiComponentIsolated"]'
    const canvas = [...document.querySelectorAll(place)].at(-1)?.shadowRoot?.querySelector(".dc-background-canvas")
    return canvas ? canvas.toDataURL() : null
}"""
IDLE = '[data-testid="stApp"][data-test-script-state="notRunning"]'


def prepared(home: Path) -> None:
    """Keep the sample and a GAIN that was trained on it for a moment."""
    recordings = load_sample()
    repository = Repository(Store(home))
    repository.store.write_workspace({"recordings": repository.keep_recordings(recordings)})
    question = study(recordings, WindowSettings(), seed=0)
    gain = GAIN(iterations=60)
    repository.keep_learnt(question, gain, tasks.learn_to_fill(gain, question.split, RunContext(0)))


def timed(page: Page, act: Callable[[], None]) -> tuple[float, float]:
    """Return seconds from an action to another picture, and to the end of everything it set off."""
    before = page.evaluate(PICTURE)
    act()
    began = time.perf_counter()
    pictured = done = None
    while time.perf_counter() - began < LONGEST_S:
        now = time.perf_counter() - began
        if pictured is None and page.evaluate(PICTURE) not in (None, before):
            pictured = now
        if not page.locator(IDLE).count():
            done = None
        elif done is None:
            done = now
        elif pictured is not None and now - done > QUIET_S:
            return pictured, done
    raise SystemExit("nothing happened")


def erase(page: Page, left: float) -> None:
    """Drag over a part of the canvas that becomes unknown."""
    box = page.locator(".upper-canvas").last.bounding_box() or {"x": 0.0, "y": 0.0}
    page.mouse.move(box["x"] + left, box["y"] + 80)
    page.mouse.down()
    page.mouse.move(box["x"] + left + 40, box["y"] + 200, steps=10)
    page.mouse.up()


def opened(page: Page, url: str) -> None:
    page.goto(f"{url}/Sketch")
    page.locator(".upper-canvas").first.wait_for(timeout=LONGEST_S * 1000)
    page.locator(IDLE).wait_for(timeout=LONGEST_S * 1000)
    page.wait_for_timeout(1000)


def shown(what: str, times: list[tuple[float, float]]) -> None:
    """Print the median of some times."""
    pictured, done = (statistics.median(column) for column in zip(*times, strict=True))
    print(f"{what:32}{pictured:7.2f} s  ({done:.2f} s)")


def main() -> None:
    print(this_run("bench.sketch", seed=0))
    wait_s = float(sys.argv[1]) if len(sys.argv) > 1 else 0.0
    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        prepared(Path(home))
        process, url = started(home)
        browser = playwright.chromium.launch(args=FLAGS, executable_path="/usr/bin/chromium")
        page = browser.new_page(viewport={"width": 1280, "height": 1000})
        opened(page, url)
        page.get_by_role("radio", name="Unknown", exact=True).first.click()
        page.wait_for_timeout(int(1000 * (1 + wait_s)))
        shown(f"first filling, {wait_s:g} s later", [timed(page, lambda: erase(page, 90))])
        shown("warm filling", [timed(page, lambda n=n: erase(page, 150 + 90 * n)) for n in range(N_TIMES)])
        step = page.get_by_test_id("stNumberInputStepUp").first
        shown("change of window", [timed(page, step.click) for _ in range(N_TIMES)])
        browser.close()
        process.terminate()


if __name__ == "__main__":
    main()
