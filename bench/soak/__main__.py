"""A soak test: the same round over and over in real Chromium, and what the app takes up after each.

    python -m bench.soak --minutes 60

A round loads the sample, then a small table; opens all pages; makes a version and waits for its report, every fourth
time with a network, too; draws; deletes everything. One line is printed a round, and at the end, in words, what grew.
The line "rest" is measured after nobody has used the app for some minutes: what is gone by then was kept for a while.
Memory is resident; files are those of a home folder and of a folder for temporary files that only this app has.
"""

import argparse
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from subprocess import Popen

import psutil
from playwright.sync_api import Error, Page, expect, sync_playwright

from bench.pages import FLAGS, started
from bench.provenance import this_run
from bench.soak.growth import FEWEST, WARMING_UP, growth
from bench.soak.hand import one_round
from bench.soak.measured import HEADINGS, Measured, measure
from data.plurals import counted
from tests.browser.steps import visit

QUIET_S = 3.0  # after a round, until what was stopped has ended
REST_S = 150.0  # Streamlit forgets a closed page, with all that belongs to it, after two minutes
END_S = 15.0
PRINTED = 4000  # characters


@dataclass(frozen=True)
class App:
    """The running app, and where it writes."""

    process: Popen
    url: str
    home: Path
    temporary: Path
    output: Path

    @property
    def tracebacks(self) -> int:
        """How many it has printed so far."""
        return self.output.read_text(errors="replace").count("Traceback")

    def measured(self) -> Measured:
        return measure(self.process.pid, self.home, self.temporary)


@contextmanager
def running() -> Iterator[App]:
    """Start the app in folders of its own; at the end, say what of its processes and files did not end with it."""
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        home, temporary, output = (Path(folder) / name for name in ("home", "temporary", "output.txt"))
        temporary.mkdir()
        with output.open("w") as sink:
            process, url = started(str(home), output=sink, TMPDIR=str(temporary))
            app = App(process, url, home, temporary, output)
            try:
                yield app
            finally:
                end(app)


def end(app: App) -> None:
    below = psutil.Process(app.process.pid).children(recursive=True) if app.process.poll() is None else []
    app.process.terminate()
    left = psutil.wait_procs([psutil.Process(app.process.pid), *below], timeout=END_S)[1] if below else []
    for process in left:
        process.kill()
    app.process.wait()
    print(
        f"After the end: {len(left)} processes had to be killed. Temporary files and folders that are left:"
    )
    print(
        *(sorted(str(path.relative_to(app.temporary)) for path in app.temporary.rglob("*")) or ["none"]),
        sep="\n",
    )
    if app.tracebacks:
        print("What the app printed last:", app.output.read_text(errors="replace")[-PRINTED:], sep="\n")


def soak(app: App, page: Page, minutes: float) -> list[tuple[float, Measured]]:
    """Do rounds until the time is over; return when each ended, in hours, and what was measured then."""
    print(f"{'round':>5} {'s':>5} {HEADINGS} {'errors':>7} {'tracebacks':>10}")
    began, found = time.monotonic(), []
    try:
        while time.monotonic() - began < 60 * minutes:
            number, round_began = len(found) + 1, time.monotonic()
            errors = errors_of_round(app, page, number)
            took_s = time.monotonic() - round_began
            time.sleep(QUIET_S)
            found.append(((time.monotonic() - began) / 3600, app.measured()))
            row = f"{number:>5} {took_s:>5.0f} {found[-1][1].row} {len(errors):>7} {app.tracebacks:>10}"
            print(row, *errors, sep="\n        ", flush=True)
        rest(app, page)
    except KeyboardInterrupt:
        print("Interrupted.")
    return found


def rest(app: App, page: Page) -> None:
    """Print what is still taken up some minutes after the last round, when one more page is opened."""
    page.goto("about:blank")
    time.sleep(REST_S)
    visit(page, app, "")
    time.sleep(QUIET_S)
    print(f"{'rest':>5} {REST_S:>5.0f} {app.measured().row}", flush=True)


def errors_of_round(app: App, page: Page, number: int) -> list[str]:
    """Do a round; one that cannot be finished is an error, and the next one is begun all the same."""
    try:
        return one_round(page, app, number)
    except (AssertionError, Error) as error:
        return [f"round {number} broke off: {' '.join(str(error).split())[:300]}"]


def report(found: list[tuple[float, Measured]]) -> None:
    """Say in words what grew."""
    print(f"{counted(len(found), 'round')}; growth is looked for after the first {WARMING_UP}.")
    hours = [hour for hour, _ in found]
    for column in fields(Measured):
        values = [getattr(measured, column.name) for _, measured in found]
        line = growth(hours, values)
        said = (
            f"fewer than {FEWEST} rounds are left"
            if line is None
            else line.in_words(column.metadata["small"])
        )
        after = values[WARMING_UP:] or values
        if after:
            print(f"{column.metadata['title']:>10}: {after[0]:.6g} -> {after[-1]:.6g}; {said}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=60, help="no round is begun after that")
    minutes = parser.parse_args().minutes
    for name in (signal.SIGINT, signal.SIGTERM):  # however it is asked to stop, whatever was started is ended
        signal.signal(name, signal.default_int_handler)
    expect.set_options(timeout=60_000)
    print(this_run("bench.soak", seed=0))
    with running() as app, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 1000})
        page.set_default_timeout(60_000)
        report(soak(app, page, minutes))
        browser.close()


if __name__ == "__main__":
    main()
