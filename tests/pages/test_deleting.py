"""Delete means delete: first of all, whatever state the workers are in, with a list of what was deleted."""

import os
import shutil
from pathlib import Path

import pytest

from pages.ui.common import cache
from synth.runs.store import Store
from tests.pages.test_damage import told
from tests.pages.test_pages import click, home, opened  # noqa: F401, a fixture
from tests.synth.runs.at_once import AtOnce


class Broken(AtOnce):
    """Workers in a bad state: whatever is asked of them fails, after results may have come in."""

    def __init__(self, fault: Exception, landing: Store | None = None) -> None:
        super().__init__()
        self._fault, self._landing = fault, landing

    def forget_owner(self, owner: str) -> None:
        if self._landing is not None:
            self._landing.put("report", "late", b"content", {"study": "s", "release": "r"})
        raise self._fault


def delete(page: str = "pages/1_Data.py"):
    shown = opened(page)
    assert not shown.exception
    next(box for box in shown.checkbox if box.label.startswith("Yes, I want")).check().run()
    return click(shown, "Delete my data")


def files(home: Path) -> list[Path]:  # noqa: F811
    return [path for path in home.rglob("*") if path.is_file()]


@pytest.fixture
def measured(home, measured_home):  # noqa: F811
    shutil.copytree(measured_home, home)
    return home


@pytest.mark.parametrize(
    "fault",
    [OSError("Timed out"), TimeoutError(), RuntimeError("cannot schedule"), KeyError("tcp://"), ValueError()],
)
def test_in_every_state_of_the_workers(measured, fault, monkeypatch):
    monkeypatch.setattr(cache, "jobs", lambda: Broken(fault, Store(measured)))
    shown = delete()
    assert not shown.exception
    assert "Your data were deleted" in told(shown)
    assert files(measured) == []


def test_with_a_list_of_what_was_deleted(measured):
    store = Store(measured)
    (measured / "inbox" / "old").mkdir(parents=True)
    (measured / "inbox" / "old" / "0.upload").write_bytes(bytes(10))
    (measured / "inbox" / "old" / "owner").write_text(str(os.getpid()))
    (measured / "damaged" / "report" / "k").mkdir(parents=True)
    (measured / "damaged" / "report" / "k" / "k.bin").write_bytes(bytes(10))
    (measured / ".writing-1-abc").write_bytes(bytes(10))
    (measured / "unfinished").mkdir()
    (measured / "unfinished" / "checkpoint").write_bytes(bytes(10))
    lines = store.delete_everything().lines
    for said in (
        "recordings (2 files",
        "models (2 files",
        "versions (2 files",
        "reports (2 files",
        "measurements of the original recordings (2 files",
        "drawings, corrections and settings (2 files",
        "uploads on their way in (2 files",
        "damaged files that were set aside (1 file",
        "interrupted work (1 file",
        "left over from earlier crashes (1 file",
    ):
        assert any(line.startswith(f"Deleted: {said}") for line in lines), said
    assert files(measured) == []
    assert store.is_empty


def test_the_list_is_on_the_page_once(measured):
    shown = delete()
    assert "Deleted: recordings (2 files" in told(shown)
    assert "Deleted" not in told(shown.run())


def test_the_secret_goes_and_files_of_others_stay(measured):
    (measured / "secret").write_bytes(b"secret")
    (measured / "letter.txt").write_text("not ours")
    Store(measured).delete_everything()
    assert sorted(path.name for path in measured.iterdir()) == ["letter.txt"]


def test_what_cannot_be_deleted_is_named(measured, monkeypatch):
    known = shutil.rmtree
    stuck = measured / "report"
    monkeypatch.setattr(shutil, "rmtree", lambda path, **o: None if Path(path) == stuck else known(path, **o))
    deletion = Store(measured).delete_everything()
    assert deletion.kept == (stuck,)
    assert any(line.startswith(f"NOT deleted: {stuck}") for line in deletion.lines)
    assert files(measured) == files(stuck) or {path.parent for path in files(measured)} == {stuck}


def test_a_link_in_the_folder_is_deleted_and_not_what_it_points_to(measured, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("not ours")
    shutil.rmtree(measured / "inbox", ignore_errors=True)
    (measured / "inbox").symlink_to(tmp_path / "mine")
    Store(measured).delete_everything()
    assert not (measured / "inbox").is_symlink()
    assert (tmp_path / "mine" / "letter.txt").read_text() == "not ours"


def test_without_recordings_what_is_left_can_be_deleted(measured):
    for name in ("recordings", "model"):
        shutil.rmtree(measured / name)
    shown = delete()
    assert not shown.exception
    assert files(measured) == []
    assert "Delete my data" not in [button.label for button in opened("pages/1_Data.py").button]


def test_residues_are_swept_when_the_app_starts(measured):
    dead = 2**22 + 1
    (measured / f".writing-{dead}-abc").write_bytes(bytes(10))
    (measured / "report" / f".writing-{dead}-abc").write_bytes(bytes(10))
    (measured / "inbox" / "dead").mkdir(parents=True)
    (measured / "inbox" / "dead" / "owner").write_text(str(dead))
    assert not opened("home.py").exception
    assert list(measured.rglob(".writing-*")) == []
    assert list((measured / "inbox").iterdir()) == []


class Unreachable(AtOnce):
    """Workers that do not answer when they are told to stop."""

    def stop(self, key: str) -> None:
        raise TimeoutError(f"no answer about {key}")


def test_what_cannot_be_stopped_keeps_nothing_any_more():
    registry = Unreachable(room=0)
    for key in ("one", "two"):
        registry.submit(sum, [1], key=key, owner="me", title=key, topic="train", on_result=print)
    registry.submit(sum, [1], key="three", owner="other", title="three", topic="train", on_result=print)
    with pytest.raises(TimeoutError, match="no answer about"):
        registry.forget_owner("me")
    assert registry.of("me") == []
    assert [job.key for job in registry.of("other")] == ["three"]
