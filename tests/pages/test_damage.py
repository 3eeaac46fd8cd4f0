"""Damage of every kind of artefact, on every page: no exception, a sentence that names it, and all else goes on."""

import os
import random
import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from data.windows import WindowSettings
from pages.ui.common import cache
from synth.runs.repository import Repository
from synth.runs.store import Store
from synth.runs.study import study
from synth.runs.upkeep.set_aside import REMEDIES, WORDS
from tests.pages.test_pages import PAGES, click, home, opened, words  # noqa: F401, a fixture
from tests.synth.runs.upkeep.damaging import WAYS, forbid_reading, new_process

KINDS = ("recordings", "model", "release", "reference", "report")
PARTS = [(kind, part) for kind in KINDS for part in ("json", "bin")]
CASES = [(kind, part, way) for kind, part in PARTS for way in [*WAYS, "unreadable"]]
ODD_WORKSPACES = [
    '{"recordings": 5}',
    '{"recordings": "KEY", "windows": 7, "shares": [], "seed": "x", "roles": 3, "holdouts": "a"}',
    '{"recordings": "KEY", "windows": {"duration_s": -1}, "shares": {"what": 1}, "roles": {"KEY": {"a": 1}}}',
    '{"recordings": "KEY", "damage that is known": 5, "folders to read": {}}',
]
OLD = Path(__file__).parents[1] / "golden" / "revision_84e5e5b" / "home.zip"


def in_turn(*cases):
    """Half of the cases, each on one page in turn; with `PENUMBRA_EVERYWHERE=1` each case on each page, in ten minutes.

    What the store makes of each case is tried in `tests/synth/runs/upkeep`: here it is what a page says of it.
    """
    if os.environ.get("PENUMBRA_EVERYWHERE") == "1":
        return [(case, page) for case in cases for page in PAGES]
    some = random.Random(0).sample(cases, (len(cases) + 1) // 2)
    return [(case, PAGES[number % len(PAGES)]) for number, case in enumerate(some)]


@pytest.fixture
def damaged(home, measured_home, monkeypatch):  # noqa: F811
    """Damage one file of somebody who made and measured a version."""

    def damage(kind: str, part: str, way: str) -> Repository:
        if not home.exists():
            shutil.copytree(measured_home, home)
        (path,) = home.glob(f"{kind}/*.{part}")
        if way == "unreadable":
            forbid_reading(monkeypatch, path)
        else:
            WAYS[way](path)
        new_process()
        return Repository(Store(home))

    return damage


def told(page: AppTest) -> str:
    return words(page) + "\n".join(warning.value for warning in page.warning).replace("\\", "")


@pytest.mark.parametrize(("case", "page"), in_turn(*CASES))
def test_a_page_names_what_is_damaged(case, page, damaged):
    damaged(*case)
    shown = opened(page)
    assert not shown.exception
    if case[1:] != ("json", "missing"):  # a payload alone may just be being written
        assert f"The {WORDS[case[0]]}" in told(shown)
        assert "damaged and no longer used" in told(shown)
        assert REMEDIES[case[0]] in told(shown)


@pytest.mark.parametrize(("case", "page"), in_turn(*PARTS))
def test_what_is_damaged_while_the_app_runs_breaks_no_page(case, page, damaged, home, measured_home):  # noqa: F811
    shutil.copytree(measured_home, home)
    shown = opened(page)
    assert not shown.exception
    cache.forget()
    damaged(*case, "flipped")
    for _ in range(2):
        shown.run()
        assert not shown.exception
    if case[0] in ("recordings", "report") or case[1] == "json":  # the others are read when they are needed
        assert f"The {WORDS[case[0]]}" in told(shown)


@pytest.mark.parametrize(("way", "page"), in_turn(*WAYS, "unreadable"))
def test_a_damaged_workspace_loses_nothing(way, page, home, measured_home, monkeypatch):  # noqa: F811
    shutil.copytree(measured_home, home)
    path = home / "workspace.json"
    if way == "unreadable":
        forbid_reading(monkeypatch, path)
    else:
        WAYS[way](path)
    shown = opened(page)
    assert not shown.exception
    assert "toy" in words(shown)
    if way != "missing":
        assert "The list of what you were working on is damaged" in told(shown)


@pytest.mark.parametrize(("content", "page"), in_turn(*ODD_WORKSPACES))
def test_a_workspace_without_a_hash_may_say_anything(content, page, home, measured_home):  # noqa: F811
    shutil.copytree(measured_home, home)
    key = Store(home).read_workspace()["recordings"]
    (home / "workspace.json").write_text(content.replace("KEY", key))
    assert not opened(page).exception


@pytest.mark.parametrize(
    ("case", "page"),
    in_turn(
        *[
            (kind, way)
            for kind in ("recordings", "release", "report", "model")
            for way in ("truncated", "empty", "of another type", "overwritten")
        ]
    ),
)
def test_what_was_kept_before_there_were_hashes_breaks_no_page_either(case, page, home):  # noqa: F811
    shutil.unpack_archive(OLD, home)
    for path in home.glob(f"{case[0]}/*.*"):
        WAYS[case[1]](path)
    new_process()
    assert not opened(page).exception


def test_damaged_files_can_be_deleted_or_left_alone(damaged, home):  # noqa: F811
    damaged("report", "bin", "flipped")
    shown = click(opened("pages/4_Tradeoffs.py"), "Do not show again")
    assert "damaged" not in told(shown)
    assert len(list(home.glob("damaged/report/*/*.bin"))) == 1
    assert "damaged" not in told(opened("home.py"))
    shutil.rmtree(home)
    damaged("report", "bin", "flipped")
    shown = click(opened("pages/1_Data.py"), "Delete the damaged files")
    assert not shown.exception
    assert "damaged" not in told(shown)
    assert list(home.glob("damaged/report/*")) == []


def test_a_damaged_version_can_be_made_again(damaged, small_recordings):
    repository = damaged("release", "bin", "truncated")
    work = study(small_recordings, WindowSettings(), seed=0)
    assert "The version “Added noise” is damaged" in told(opened("pages/2_Train.py"))
    assert repository.releases(work) == {}
    assert len(repository.models(work)) == 1


@pytest.mark.parametrize(("kind", "part"), PARTS)
def test_the_page_that_deletes_deletes_whatever_is_damaged(kind, part, damaged, home):  # noqa: F811
    damaged(kind, part, "a folder")
    shown = opened("pages/1_Data.py")
    assert not shown.exception
    box = next(box for box in shown.checkbox if box.label.startswith("Yes, I want"))
    box.check().run()
    shown = click(shown, "Delete my data")
    assert not shown.exception
    assert "Your data were deleted" in told(shown)
    assert [path for path in home.rglob("*") if path.is_file()] == []
