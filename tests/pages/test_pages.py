"""Every page on its own, without app.py having run: first visit, with data, and what bad input says."""

import io
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from data.windows import WindowSettings
from pages.ui import cache
from synth.shelf import Shelf
from synth.store import Store
from synth.study import study
from tests.toy import make_recordings

PROJECT = Path(__file__).parents[2]
PAGES = ["app.py", "pages/1_Data.py", "pages/2_Train.py", "pages/3_Sketch.py", "pages/4_Tradeoffs.py"]


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """A workspace of its own for each test; nothing cached from another."""
    monkeypatch.setenv("PENUMBRA_HOME", str(tmp_path / "home"))
    cache.forget()
    yield tmp_path / "home"
    cache.forget()


@pytest.fixture
def recordings(small_recordings):
    return small_recordings


@pytest.fixture
def loaded(home, recordings):
    """The workspace of somebody who has loaded recordings."""
    shelf = Shelf(Store(home))
    shelf.store.write_workspace({"recordings": shelf.keep_recordings(recordings)})
    return shelf


@pytest.fixture
def measured(home, measured_home):
    """The workspace of somebody who has made and measured one version."""
    shutil.copytree(measured_home, home)
    return Shelf(Store(home))


def opened(page: str) -> AppTest:
    app = AppTest.from_file(str(PROJECT / "app.py"), default_timeout=60)
    return (app if page == "app.py" else app.switch_page(page)).run()


def words(page: AppTest) -> str:
    shown = [*page.markdown, *page.caption, *page.info, *page.error, *page.subheader, *page.title]
    return "\n".join(element.value for element in shown)


@pytest.mark.parametrize("page", PAGES)
def test_first_visit_says_what_to_do(page):
    shown = opened(page)
    assert not shown.exception
    if page != "app.py" and "Data" not in page:
        assert "There are no recordings yet" in words(shown)


@pytest.mark.parametrize("page", PAGES)
def test_with_recordings_every_page_shows_their_name(page, loaded):
    shown = opened(page)
    assert not shown.exception
    assert "toy" in words(shown)


@pytest.mark.parametrize("page", PAGES)
def test_with_a_measured_version(page, measured):
    shown = opened(page)
    assert not shown.exception
    assert "1 version" in words(shown)
    assert "1 report" in words(shown)


def test_tradeoffs_show_the_verdicts_of_the_report(measured, recordings):
    question = study(recordings, WindowSettings(), seed=0)
    (report,) = measured.reports(question).values()
    shown = words(opened("pages/4_Tradeoffs.py"))
    for verdict in report.verdicts.values():
        assert verdict.sentence in shown


def test_window_settings_are_kept(loaded):
    page = opened("pages/1_Data.py")
    page.number_input(key="window length").set_value(4.0).run()
    assert not page.exception
    assert loaded.store.read_workspace()["windows"]["duration_s"] == 4.0
    assert opened("pages/1_Data.py").number_input(key="window length").value == 4.0


def test_windows_longer_than_every_recording_are_refused_in_words(loaded):
    page = opened("pages/1_Data.py")
    page.number_input(key="window length").set_value(50.0).run()
    assert not page.exception
    assert "No recording is as long as one window" in words(page)
    assert "No recording is as long as one window" in words(opened("pages/2_Train.py"))


def upload(content: bytes, name: str) -> AppTest:
    page = opened("pages/1_Data.py")
    page.file_uploader[0].upload(name, content, "text/csv").run()
    return page


def csv_of(frame: pd.DataFrame) -> bytes:
    buffer = io.StringIO()
    frame.to_csv(buffer, index=False)
    return buffer.getvalue().encode()


def table() -> pd.DataFrame:
    samples = make_recordings(n_subjects=3, n_activities=2, n_channels=3).samples
    return samples.drop(columns="series").astype({"subject": str, "activity": str, "trial": str})


def test_an_upload_is_mapped_and_loaded(home):
    page = upload(csv_of(table()), "mine.csv")
    assert not page.exception
    assert page.selectbox[0].value == "subject"
    next(b for b in page.button if b.label == "Load these recordings").click().run()
    assert not page.exception
    assert "mine.csv" in words(page)
    assert Store(home).read_workspace()["recordings"]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("empty.csv", b"", "is empty"),
        ("picture.csv", b"\x89PNG\r\n\x1a\n" + bytes(100), "PNG"),
    ],
)
def test_bad_files_are_one_sentence_and_nothing_is_lost(name, content, said, loaded):
    before = loaded.store.read_workspace()
    page = upload(content, name)
    assert not page.exception
    assert said in words(page)
    assert "What was loaded before is unchanged" in words(page)
    assert loaded.store.read_workspace() == before


def test_text_in_a_channel_names_row_and_column(loaded):
    frame = table().astype({"acc_x": object})
    frame.loc[6, "acc_x"] = "oops"
    page = upload(csv_of(frame), "bad.csv")
    next(b for b in page.button if b.label == "Load these recordings").click().run()
    said = words(page)
    assert "acc_x" in said
    assert "oops" in said
    assert "line 8" in said


def test_sketch_offers_every_version(measured):
    page = opened("pages/3_Sketch.py")
    assert len(page.selectbox(key="version").options) == 2


def test_delete_my_data(measured):
    page = opened("pages/1_Data.py")
    page.checkbox[0].check().run()
    next(b for b in page.button if b.label == "Delete my data").click().run()
    assert not page.exception
    assert [path for path in measured.store.root.rglob("*") if path.is_file()] == []


def test_pages_load_neither_tensorflow_nor_dask(measured):
    code = (
        "import sys; from streamlit.testing.v1 import AppTest\n"
        f"app = AppTest.from_file({str(PROJECT / 'app.py')!r}, default_timeout=60)\n"
        "page = app.switch_page('pages/2_Train.py').run()\n"
        "assert not page.exception\n"
        "print([m for m in ('tensorflow', 'keras', 'distributed', 'sklearn') if m in sys.modules])"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip().splitlines()[-1] == "[]"
