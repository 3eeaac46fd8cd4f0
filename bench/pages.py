"""Time to first paint and to rerun of each page in real Chromium, idle and while a network is trained.

    python -m bench.pages

Starts the app with a home of its own, loads the sample, makes and measures one version. "First paint" is the
time from opening the address to the page's title; "rerun" the time until Streamlit has finished after a
reload of the open page's script. Memory is the resident size of the page process and of the largest worker.
"""

import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import IO

import psutil
from playwright.sync_api import Page, expect, sync_playwright

PROJECT = Path(__file__).parents[1]
PAGES = ("", "Data", "Train", "Sketch", "Tradeoffs")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
RUNNING = '[data-testid="stStatusWidget"]'


def started(home: str, *, output: IO[str] | None = None, **variables: str) -> tuple[subprocess.Popen, str]:
    """Start the app and return its process and address.

    Args:
        home: Its home folder.
        output: Takes what it prints; without one, only what it says of errors is shown.
        variables: More variables of its environment.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless=true"]
    environment = {**os.environ, "PENUMBRA_HOME": home, **variables}
    process = subprocess.Popen(
        [*command, f"--server.port={port}"],
        cwd=PROJECT,
        env=environment,
        stdout=output or subprocess.DEVNULL,
        stderr=output,
    )
    url = f"http://127.0.0.1:{port}"
    for _ in range(300):
        try:
            urllib.request.urlopen(f"{url}/_stcore/health", timeout=1)
            return process, url
        except OSError:
            time.sleep(0.1)
    process.kill()
    raise SystemExit("the app did not start")


def settled(page: Page) -> None:
    expect(page.locator(RUNNING)).to_have_count(0, timeout=120_000)


def measure(page: Page, url: str, state: str, process: subprocess.Popen) -> None:
    """Print first paint, full load and rerun of every page."""
    for name in PAGES:
        began = time.perf_counter()
        page.goto(f"{url}/{name}")
        page.get_by_test_id("stHeading").first.wait_for()
        painted = time.perf_counter() - began
        settled(page)
        reruns = []
        for _ in range(3):
            page.wait_for_timeout(500)
            began = time.perf_counter()
            page.keyboard.press("r")
            page.wait_for_timeout(50)
            settled(page)
            reruns.append(time.perf_counter() - began)
        print(f"{state:>9} {name or 'home':>10}: painted {painted:.2f} s, rerun {min(reruns):.2f} s")
    tree = psutil.Process(process.pid)
    workers = [child.memory_info().rss for child in tree.children(recursive=True)]
    print(f"{state:>9} memory: page process {tree.memory_info().rss / 2**20:.0f} MB, "
          f"largest worker {max(workers, default=0) / 2**20:.0f} MB")  # fmt: skip


def main() -> None:
    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        process, url = started(home)
        try:
            browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            page.set_default_timeout(60_000)
            page.goto(f"{url}/Data")
            page.get_by_role("button", name="Use the sample").click()
            page.get_by_text("Who did what").wait_for()
            measure(page, url, "idle", process)
            page.goto(f"{url}/Train")
            page.get_by_role("button", name="Start", exact=True).click()
            page.get_by_text(re.compile("step [1-9]")).wait_for(timeout=120_000)
            measure(page, url, "training", process)
            browser.close()
        finally:
            process.terminate()
            process.wait()


if __name__ == "__main__":
    main()
