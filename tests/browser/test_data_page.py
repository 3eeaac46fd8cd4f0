"""Recordings come in as people have them, in a real browser: a public data set, a bad file, a folder, a drag."""

import io
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import Page, TimeoutError, expect

from synth.runs.repository import Repository
from synth.runs.store import Store
from tests.browser.steps import settled, visit
from tests.toy import make_recordings

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def recordings():
    return make_recordings(n_subjects=3, n_activities=3, n_trials=2, n_channels=3)


@pytest.fixture(scope="module")
def folder(recordings, tmp_path_factory) -> Path:
    """One file a recording, in a folder a person."""
    top = tmp_path_factory.mktemp("study")
    for (person, activity, trial), rows in recordings.samples.groupby(["subject", "activity", "trial"]):
        (top / person).mkdir(exist_ok=True)
        rows[["t", *recordings.channels]].to_csv(top / person / f"{activity}_rep{trial}.csv", index=False)
    return top


@pytest.fixture(scope="module")
def archive(folder) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as packed:
        for path in sorted(folder.rglob("*.csv")):
            packed.write(path, path.relative_to(folder.parent))
    return sink.getvalue()


def choose(page: Page, files: object) -> None:
    other = page.get_by_text("Load other recordings")
    settled(page)
    if other.count():
        other.click()
    page.locator('[data-testid="stFileUploader"] input[type="file"]').first.set_input_files(files)


@pytest.fixture
def loaded(app, recordings) -> Repository:
    """The workspace of somebody who has loaded recordings called toy."""
    repository = Repository(Store(app.home))
    repository.store.write_workspace({"recordings": repository.keep_recordings(recordings)})
    return repository


def test_an_archive_of_many_files_is_loaded(app, page, archive):
    visit(page, app, "Data")
    choose(page, {"name": "study.zip", "mimeType": "application/zip", "buffer": archive})
    expect(page.get_by_label("File name pattern", exact=True)).to_have_value("{subject}/{activity}_{trial}")
    expect(page.get_by_text("18,000 rows from 18 files")).to_be_visible()
    page.get_by_role("button", name="Load these recordings").click()
    expect(page.get_by_role("heading", name="study.zip")).to_be_visible()
    page.get_by_role("tab", name="Unseen people").click()
    expect(page.get_by_text("of 1 unseen person")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="study.zip")).to_be_visible()
    assert list((app.home / "inbox").iterdir()) == []


def test_a_bad_file_says_what_is_wrong_and_loses_nothing(app, page, loaded):
    before = loaded.store.read_workspace()
    visit(page, app, "Data")
    choose(
        page,
        {
            "name": "bad.csv",
            "mimeType": "text/csv",
            "buffer": b"subject,activity,t,acc_x\nA,b,0,1\nA,b,.1,x\n",
        },
    )
    page.get_by_role("button", name="Load these recordings").click()
    expect(page.get_by_text("bad.csv, column acc_x, line 3: 'x' is not a number")).to_be_visible()
    page.get_by_role("button", name="Choose other files").click()
    expect(page.get_by_role("heading", name="toy")).to_be_visible()
    assert loaded.store.read_workspace() == before


def test_a_folder_is_loaded_from_this_computer(app, page, loaded, folder):
    visit(page, app, "Data")
    page.get_by_text("Load other recordings").click()
    page.get_by_text("On this computer", exact=True).click()
    path = page.get_by_label("Path of a file, a ZIP or a folder", exact=True)
    path.fill(str(folder))
    path.press("Enter")
    page.get_by_text("Penumbra may read recordings in").click()
    page.get_by_role("button", name="Read", exact=True).click()
    page.get_by_role("button", name="Load these recordings").click()
    expect(page.get_by_role("heading", name=folder.name)).to_be_visible()


def test_dragging_over_a_recording_shows_that_part(app, page, loaded):
    visit(page, app, "Data")
    page.get_by_role("tab", name="View a recording").click()
    whole = page.get_by_text("0.0 to 20.0 s")
    expect(whole).to_be_visible()
    overview = (
        page.get_by_test_id("stVegaLiteChart")
        .filter(has_text="drag over a part")
        .locator("canvas, svg")
        .first
    )
    for _ in range(5):  # the chart is painted before it listens
        box = overview.bounding_box()
        page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 20)
        page.mouse.down()
        page.mouse.move(box["x"] + 0.75 * box["width"], box["y"] + 20, steps=10)
        page.mouse.up()
        with suppress(TimeoutError):
            whole.wait_for(state="detached", timeout=8_000)
            break
    expect(whole).to_have_count(0)
