"""doctor: says what is damaged, left over or of an earlier version, repairs it, and loses nothing."""

import errno
import shutil
from pathlib import Path

import pytest

from synth.__main__ import main
from synth.runs.repository import Repository
from synth.runs.store import Store
from tests.synth.runs.upkeep.damaging import flip, new_process, truncate

OLD = Path(__file__).parents[2] / "golden" / "revision_84e5e5b" / "home.zip"


@pytest.fixture
def home(measured_home, tmp_path):
    return Path(shutil.copytree(measured_home, tmp_path / "home"))


def doctor(home: Path, capsys, *options: str) -> tuple[int, str]:
    new_process()
    code = main(["doctor", "--store", str(home), *options])
    said = capsys.readouterr()
    return code, said.out + said.err


def content_of(home: Path) -> dict[str, bytes]:
    return {p.relative_to(home).as_posix(): p.read_bytes() for p in home.rglob("*") if p.is_file()}


def test_a_whole_store(home, capsys):
    before = content_of(home)
    code, said = doctor(home, capsys)
    assert code == 0
    for kind in ("recordings", "model", "release", "reference", "report"):
        assert f"{kind}: 1 whole (" in said
    assert "DAMAGED" not in said
    assert content_of(home) == before


def test_damage_is_named_and_nothing_is_changed_without_being_asked_to(home, capsys):
    (payload,) = home.glob("release/*.bin")
    (record,) = home.glob("report/*.json")
    flip(payload)
    truncate(record)
    (home / "workspace.json").write_bytes(b"{")
    before = content_of(home)
    code, said = doctor(home, capsys)
    assert code == 3
    assert "release: 0 whole, 1 DAMAGED" in said
    assert f"DAMAGED release {payload.name.split('.')[0]}" in said
    assert "its content was changed" in said
    assert f"DAMAGED report {record.stem}" in said
    assert "DAMAGED workspace workspace.json" in said
    assert "--repair" in said
    assert content_of(home) == before


def test_repair_sets_aside_restores_the_workspace_and_sweeps(home, capsys):
    (payload,) = home.glob("release/*.bin")
    flip(payload)
    workspace = Store(home).read_workspace()
    (home / "workspace.json").write_bytes(b"{")
    (home / f".writing-{2**22 + 1}-abc").write_bytes(b"half")
    code, said = doctor(home, capsys, "--repair")
    assert code == 0
    assert "Repaired: 2 set aside" in said
    assert "left over from a crash" in said
    assert Store(home).read_workspace() == workspace
    assert (home / "workspace.json").exists()
    assert len(list(home.glob("damaged/release/*/*.bin"))) == 1
    assert list(home.glob(".writing-*")) == []
    code, said = doctor(home, capsys)
    assert code == 0
    assert "set aside earlier" in said


def test_what_was_kept_before_there_were_hashes_is_read_to_check_it(tmp_path, capsys):
    shutil.unpack_archive(OLD, tmp_path / "home")
    code, said = doctor(tmp_path / "home", capsys)
    assert code == 0
    assert "report: 4 whole, 4 kept before there were hashes" in said
    assert "of an earlier version" in said
    (path, *_) = sorted((tmp_path / "home").glob("recordings/*.bin"))
    truncate(path)
    code, said = doctor(tmp_path / "home", capsys, "--repair")
    assert code == 0
    assert "recordings: 1 whole, 1 DAMAGED" in said
    assert len(Repository(Store(tmp_path / "home")).loaded()) == 1


def test_an_empty_place_is_no_fault(tmp_path, capsys):
    code, said = doctor(tmp_path / "nothing", capsys)
    assert (code, "release: 0 whole" in said) == (0, True)
    assert not (tmp_path / "nothing").exists()


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (
            OSError(errno.ENOSPC, "No space left on device", "/home/me/x"),
            "The disk that holds /home/me/x is full",
        ),
        (
            PermissionError(errno.EACCES, "Permission denied", "/home/me/x"),
            "may not read or write /home/me/x",
        ),
        (OSError(errno.EROFS, "Read-only file system", "/home/me/x"), "/home/me/x is read-only"),
        (MemoryError(), "too little free memory"),
    ],
)
def test_every_command_says_what_the_machine_lacks_in_a_sentence(fault, said, monkeypatch, capsys, tmp_path):
    def fail(*arguments):
        raise fault

    monkeypatch.setattr(Repository, "stored_models", fail)
    assert main(["models", "--store", str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert "Traceback" not in error
