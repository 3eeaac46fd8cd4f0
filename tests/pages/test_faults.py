"""Faults of the machine on every page: one sentence with what to do, and nothing lost."""

import errno
import os
import shutil
import tempfile
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from data.errors import RecordingError
from data.machine.faults import in_words
from pages.ui.common.faults import say_fault, sentence
from synth.runs.repository import Repository
from synth.runs.store import Store
from tests.pages.test_damage import told
from tests.pages.test_pages import PAGES, click, csv_of, home, opened, table  # noqa: F401, a fixture
from tests.waiting import wait_until

FAULTS = {
    errno.ENOSPC: "is full",
    errno.EACCES: "Give your account permission",
    errno.EROFS: "is read-only",
    errno.EIO: "reports a fault",
    errno.ENOMEM: "too little free memory",
}


@pytest.fixture(autouse=True)
def as_the_app(monkeypatch):
    """Let pages say what they did not catch, as `app.py` has them do; AppTest runs them without it."""
    known = "streamlit.runtime.scriptrunner.exec_code.handle_user_script_exception"
    monkeypatch.setattr(known, lambda fault, handler: say_fault(fault))


@pytest.fixture
def measured(home, measured_home):  # noqa: F811
    shutil.copytree(measured_home, home)
    return Repository(Store(home))


@pytest.fixture
def broken_disk(monkeypatch):
    """Let every write fail from now on."""

    def break_it(code: int) -> None:
        def fail(*arguments, **options):
            raise OSError(code, os.strerror(code), str(options.get("dir", "")) or None)

        monkeypatch.setattr(tempfile, "mkstemp", fail)
        monkeypatch.setattr(tempfile, "mkdtemp", fail)

    return break_it


@pytest.mark.parametrize("code", FAULTS)
@pytest.mark.parametrize("page", PAGES)
def test_every_page_can_be_looked_at_on_a_disk_that_takes_nothing(page, code, measured, broken_disk):
    broken_disk(code)
    shown = opened(page)
    assert not shown.exception
    assert "toy" in told(shown)


def window_length(page: AppTest) -> AppTest:
    return page.number_input(key="window length").set_value(4.0).run()


def a_file(page: AppTest) -> AppTest:
    return page.file_uploader[0].set_value([("mine.csv", csv_of(table()), "text/csv")]).run()


def the_sample(page: AppTest) -> AppTest:
    return click(page, "Use the sample")


def try_it(page: AppTest) -> AppTest:
    return click(page, "Try it with real sample recordings")


def made_from(page: AppTest) -> AppTest:
    chooser = next(box for box in page.selectbox if box.label.startswith("The file was made from"))
    return chooser.select_index(1).run()


@pytest.mark.parametrize("code", FAULTS)
@pytest.mark.parametrize(
    ("page", "act"),
    [
        ("home.py", try_it),
        ("pages/1_Data.py", window_length),
        ("pages/1_Data.py", a_file),
        ("pages/1_Data.py", the_sample),
        ("pages/4_Tradeoffs.py", made_from),
    ],
)
def test_what_cannot_be_kept_is_said_in_a_sentence(page, act, code, measured, broken_disk, home):  # noqa: F811
    shown = opened(page)  # which draws the secret that codes of people follow from
    before = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}
    broken_disk(code)
    shown = act(shown)
    assert not shown.exception
    assert FAULTS[code] in told(shown)
    assert {path: path.read_bytes() for path in home.rglob("*") if path.is_file()} == before


def test_an_upload_that_would_fill_the_disk_is_refused_before_it_is_copied(measured, home, monkeypatch):  # noqa: F811
    shown = opened("pages/1_Data.py")
    usage = shutil.disk_usage(home)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=2**20 + 10))
    shown = a_file(shown)
    assert not shown.exception
    assert "was not loaded. The disk that holds" in told(shown)
    assert "more are needed" in told(shown)
    assert list((home / "inbox").iterdir()) == []
    monkeypatch.undo()


def test_a_defect_is_a_sentence_too_and_says_that_nothing_is_lost():
    assert "defect of Penumbra (KeyError). What you have loaded and made is kept" in sentence(KeyError("x"))
    assert sentence(RecordingError("mine.csv is empty.")) == "mine.csv is empty."
    assert "too little free memory" in sentence(MemoryError())


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (OSError(errno.EADDRINUSE, "Address already in use"), "The network port is taken"),
        (OSError(errno.EMFILE, "Too many open files"), "Too many files are open"),
        (OSError(errno.ENOENT, "No such file", "/x"), "/x is not there any more"),
        (OSError(errno.EXDEV, "Cross-device link", "/x"), "refused to read or write /x (Cross-device link)"),
        (OSError(errno.EDQUOT, "Quota", "/x"), "The disk that holds /x is full"),
        (ValueError("no fault of the machine"), ""),
    ],
)
def test_every_fault_has_its_words(fault, said):
    assert said in in_words(fault)
    assert bool(in_words(fault)) == bool(said)


def by_path(path: Path) -> AppTest:
    shown = opened("pages/1_Data.py")
    shown.button_group(key="way in").set_value("On this computer").run()
    return shown.text_input(key="path in").set_value(str(path)).run()


def button(page: AppTest, label: str):
    return next(found for found in page.button if found.label == label)


def left(page: AppTest) -> bool:
    """Leave what is on its way in, wherever it is by now; return whether files can be chosen again."""
    ways_out = [one for one in page.button if one.label in ("Stop", "Cancel", "Choose other files")]
    for button in ways_out[:1]:
        button.click().run()
    return not ways_out


def test_a_path_is_read_only_in_a_folder_that_was_confirmed(home, tmp_path):  # noqa: F811
    folder = tmp_path / "my recordings"
    folder.mkdir()
    (folder / "mine.csv").write_bytes(csv_of(table()))
    shown = by_path(folder / "mine.csv")
    assert button(shown, "Read").disabled
    box = next(box for box in shown.checkbox if box.label.startswith("Penumbra may read recordings in"))
    assert str(folder) in box.label.replace("\\", "")
    box.check().run()
    assert not button(shown, "Read").disabled
    button(shown, "Read").click().run()
    assert not shown.exception
    assert Store(home).read_workspace()["folders to read"] == [str(folder)]
    wait_until(lambda: left(shown))
    again = by_path(folder)
    assert not button(again, "Read").disabled  # known from now on
    assert button(by_path(tmp_path / "other.csv"), "Read").disabled
    (folder / "link.csv").symlink_to(tmp_path / "other" / "private.csv")
    assert button(by_path(folder / "link.csv"), "Read").disabled  # the link leads out of it
    assert button(by_path(folder / ".." / "private.csv"), "Read").disabled


def test_a_path_that_is_none_is_said_to_be_none(home):  # noqa: F811
    shown = by_path(Path("~nobody-of-that-name/x"))
    assert not shown.exception
    assert "no path of this computer" in told(shown)


@pytest.mark.parametrize("page", PAGES)
def test_a_home_that_cannot_be_made_breaks_no_page(page, tmp_path, monkeypatch):
    (tmp_path / "a file").write_text("in the way")
    monkeypatch.setenv("PENUMBRA_HOME", str(tmp_path / "a file" / "home"))
    shown = opened(page)
    assert not shown.exception
    if page == "pages/1_Data.py":
        shown = the_sample(shown)
        assert not shown.exception
        assert "The recordings could not be kept. The computer refused" in told(shown)


@pytest.mark.parametrize("page", PAGES)
def test_a_home_that_is_a_file_breaks_no_page(page, tmp_path, monkeypatch):
    (tmp_path / "a file").write_text("in the way")
    monkeypatch.setenv("PENUMBRA_HOME", str(tmp_path / "a file"))
    assert not opened(page).exception
