"""The running app in real Chromium. Skipped, loudly, where there is no browser."""

import os
import shutil
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.waiting import wait_until

FAILED = pytest.StashKey[bool]()
PROJECT = Path(__file__).parents[2]
expect.set_options(
    timeout=60_000
)  # milliseconds; reading files starts a process, and the machine may be busy
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


@pytest.fixture(scope="session")
def chromium() -> str:
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("NO BROWSER: install Chromium (apt-get install chromium) to run the browser tests")
    return path


class App:
    """The app as a process of its own, with a home of its own."""

    def __init__(self, home: Path, script: Path = PROJECT / "app.py") -> None:
        self.home = home
        self._script = script
        self.url = ""
        self._process: subprocess.Popen | None = None

    def start(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        command = [sys.executable, "-m", "streamlit", "run", str(self._script)]
        options = ["--server.headless=true", f"--server.port={port}"]
        environment = {**os.environ, "PENUMBRA_HOME": str(self.home), "PYTHONPATH": str(PROJECT)}
        self._process = subprocess.Popen([*command, *options], env=environment, cwd=PROJECT)
        wait_until(self._answers)

    def _answers(self) -> bool:
        assert self._process.poll() is None, "the app ended"
        try:
            urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=2)
        except OSError:
            return False
        return True

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(timeout=30)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    running = App(tmp_path_factory.mktemp("home"))
    running.start()
    yield running
    running.stop()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    report = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report


@pytest.fixture
def page(chromium: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A browser window; where a test fails, the report says what stood in it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        opened = browser.new_page(viewport={"width": 1280, "height": 1000}, accept_downloads=True)
        opened.set_default_timeout(60_000)
        said: list[str] = []
        opened.on("pageerror", lambda error: said.append(f"{error}\n{error.stack}"))
        opened.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
        opened.on("crash", lambda _: said.append("the page crashed"))
        yield opened
        if request.node.stash.get(FAILED, False):
            print(f"On the page {opened.url} stood:\n{opened.locator('body').inner_text()}")
            print("The browser said:", *said, sep="\n")
        browser.close()
