"""Damage of every kind of artefact: what is not what was written is set aside and named, and all else goes on."""

import json
import os
import random
import shutil
from pathlib import Path

import pytest

from data.export.arrow import recordings_to_bytes
from data.windows import WindowSettings
from synth.runs.repository import Repository
from synth.runs.store import KINDS, Store
from synth.runs.study import study
from synth.runs.upkeep.leftovers import sweep, sweep_temporary
from tests.synth.runs.upkeep.damaging import (
    WAYS,
    at_random,
    copy_of,
    flip,
    forbid_reading,
    new_process,
    write,
)

N_RANDOM = 300
IN_STORE = ("recordings", "model", "release", "reference", "report")
OLD = Path(__file__).parents[3] / "golden" / "revision_84e5e5b" / "home.zip"


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "home")


def file_of(store: Store, kind: str, part: str) -> Path:
    (path,) = (store.root / kind).glob(f"*.{part}")
    return path


@pytest.mark.parametrize("part", ["json", "bin"])
@pytest.mark.parametrize("way", WAYS)
def test_what_is_damaged_is_gone_named_and_can_be_made_again(store, way, part):
    store.put("report", "k", b'{"some": "content"}', {"study": "s", "release": "r"})
    store.put("report", "other", b"whole", {"study": "s", "release": "r"})
    (path,) = (store.root / "report").glob(f"k.*{part}" if part == "bin" else "k.json")
    WAYS[way](path)
    store = Store(store.root)
    if (way, part) == ("missing", "json"):
        assert (
            store.get("report", "k") is None
        )  # a payload alone is set aside when it is not just being written
    else:
        assert store.get("report", "k") is None
        (damage,) = store.damages()
        assert (damage.kind, damage.key) == ("report", "k")
        assert "report is damaged and no longer used" in damage.sentence
        assert damage.sentence.endswith("Measure the version again.")
    assert [entry.key for entry in store.entries("report")] == ["other"]
    assert store.get("report", "other") == b"whole"
    store.put("report", "k", b"again", {"study": "s", "release": "r"})
    assert store.get("report", "k") == b"again"


def test_what_is_set_aside_is_kept(store):
    store.put("release", "k", b"content", {"name": "Mine", "study": "s"})
    path = next((store.root / "release").glob("k.*.bin"))
    flip(path)
    damaged = path.read_bytes()
    assert store.get("release", "k") is None
    (damage,) = store.damages()
    assert damage.name == "Mine"
    assert {file.name for file in damage.folder.iterdir()} == {"k.json", path.name, "why.json"}
    assert (damage.folder / path.name).read_bytes() == damaged
    store.put("release", "k", b"content", {"name": "Mine", "study": "s"})
    flip(path)
    assert Store(store.root).get("release", "k") is None
    assert len(store.damages()) == 2


def test_every_flipped_bit_of_a_record_is_found(store):
    """A record is short enough to try them all: its own hash, the names of its fields, numbers and brackets."""
    store.put("point", "k", b"content", {"study": "s", "learner": {"kind": "noise"}, "point seed": 1})
    path = store.root / "point" / "k.json"
    written = path.read_bytes()
    for number in range(8 * len(written)):
        content = bytearray(written)
        content[number // 8] ^= 1 << number % 8
        write(path, content)
        if says_the_same(content, written):
            continue  # the last digit of the time, which no float tells from the one before
        assert store.card("point", "k") is None, bytes(content)
        for folder in store.root.glob("damaged/point/*"):
            (folder / path.name).unlink()
            for payload in folder.glob("*.bin"):
                payload.rename(path.parent / payload.name)
            shutil.rmtree(folder)
        write(path, written)
        assert store.get("point", "k") == b"content"


def says_the_same(content: bytes, written: bytes) -> bool:
    try:
        return json.loads(content) == json.loads(written)
    except ValueError:
        return False


def test_every_flipped_bit_of_a_payload_is_found(store):
    store.put("report", "k", bytes(64), {"study": "s", "release": "r"})
    path = next((store.root / "report").glob("*.bin"))
    record = (store.root / "report" / "k.json").read_bytes()
    for number in range(8 * 64):
        content = bytearray(64)
        content[number // 8] ^= 1 << number % 8
        write(path, content)
        write(store.root / "report" / "k.json", record)
        assert Store(store.root).get("report", "k") is None


@pytest.mark.parametrize("part", ["json", "bin"])
def test_a_file_that_may_not_be_read_is_set_aside(store, part, monkeypatch):
    store.put("report", "k", b"content", {"study": "s", "release": "r"})
    path = next((store.root / "report").glob(f"k*.{part}"))
    forbid_reading(monkeypatch, path)
    new_process()
    assert store.get("report", "k") is None
    (damage,) = store.damages()
    assert "cannot be read" in damage.why


def test_what_cannot_be_moved_is_passed_over_and_named(store, monkeypatch):
    store.put("report", "k", b"content", {"study": "s", "release": "r"})
    write(store.root / "report" / "k.json", b"{")

    def refuse(self, *arguments, **options):
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "rename", refuse)
    assert store.get("report", "k") is None
    assert store.entries("report") == []
    assert [damage.key for damage in store.damages() if damage.folder is None] == ["k"]


def test_a_payload_whose_record_was_lost_is_set_aside_when_it_is_not_just_being_written(store, monkeypatch):
    store.put("recordings", "k", b"content", {"name": "toy"})
    (store.root / "recordings" / "k.json").unlink()
    store.check()
    assert store.damages() == []
    monkeypatch.setattr("synth.runs.upkeep.leftovers.WRITTEN_S", -1)
    store.check()
    assert [(damage.kind, damage.key) for damage in store.damages()] == [("recordings", "k")]
    assert list((store.root / "recordings").iterdir()) == []


def test_hashes_are_checked_once_in_a_process_and_again_when_somebody_writes(store, monkeypatch):
    store.put("report", "k", b"content", {"study": "s", "release": "r"})
    read = []
    known = Path.open
    monkeypatch.setattr(Path, "open", lambda self, *a, **o: read.append(self.name) or known(self, *a, **o))
    new_process()
    for _ in range(3):
        assert store.get("report", "k") == b"content"
    payload = next((store.root / "report").glob("*.bin"))
    assert read.count("k.json") == 1
    assert read.count(payload.name) == 1 + 3  # hashed once, read three times
    flip(payload)
    assert store.get("report", "k") is None


def test_old_records_are_read_and_what_no_reader_understands_is_set_aside(tmp_path):
    shutil.unpack_archive(OLD, tmp_path / "home")
    store = Store(tmp_path / "home")
    repository = Repository(store)
    (key, *_) = repository.loaded()
    assert repository.recordings(key) is not None
    assert store.damages() == []
    path = store.root / "recordings" / f"{key}.bin"
    path.write_bytes(path.read_bytes()[:1000])
    assert repository.recordings(key) is None
    assert [damage.key for damage in store.damages()] == [key]


def test_random_damage_is_never_taken_for_what_was_kept(measured_home, small_recordings, tmp_path):
    """Of any file in the store, in any way: what is read afterwards is what was written, or is not there and named."""
    work = study(small_recordings, WindowSettings(), seed=0)
    chance = random.Random(0)
    whole = _all_of(Repository(Store(measured_home)), work)
    files = [path.relative_to(measured_home) for path in sorted(measured_home.glob("*/*.*"))]
    files += [Path("workspace.json"), Path("workspace.bak")]
    for number in range(N_RANDOM):
        home = copy_of(measured_home, tmp_path / "home")
        path = chance.choice(files)
        way = at_random(home / path, chance)
        store = Store(home)
        store.check()
        found = _all_of(Repository(store), work)
        lost = {name for name, content in whole.items() if found[name] != content}
        told = f"{number}: {path}, {way}; lost {lost}"
        assert all(found[name] is None or not found[name] for name in lost), told
        if path.parent == Path() or (path.suffix == ".json" and way == "missing"):
            assert lost <= {path.parent.name}, told
        elif lost or (home / path).exists() is False:
            assert [damage.kind for damage in store.damages()] == [path.parent.name], told
        assert store.read_workspace() == Store(measured_home).read_workspace(), told
        shutil.rmtree(home)


def _all_of(repository: Repository, work) -> dict:
    """Return everything of a repository, by kind."""
    (key,) = repository.loaded() or [""]
    recordings = repository.recordings(key)
    releases = {key: repository.release(key) for key in repository.releases(work)}
    return {
        "recordings": recordings and recordings_to_bytes(recordings),
        "release": [release.windows.fingerprint for release in releases.values()],
        "model": [repository.model_bytes(key) for key in repository.models(work)],
        "reference": repository.reference(work, "quick"),
        "report": [entry.key for entry in repository.store.entries("report")]
        and [repository.store.get("report", entry.key) for entry in repository.store.entries("report")],
    }


def test_the_workspace_goes_back_to_the_recordings_where_both_copies_are_lost(store):
    store.put("recordings", "k", b"content", {"name": "toy"})
    store.write_workspace({"recordings": "k", "seed": 3})
    for name in ("workspace.json", "workspace.bak"):
        (store.root / name).write_bytes(b"\0")
    store.check()
    assert store.read_workspace() == {"recordings": "k"}


def test_what_processes_left_behind_that_ended_is_swept(store, tmp_path):
    store.put("report", "k", b"content", {"study": "s", "release": "r"})
    dead = 2**22 + 1  # no process has so high a number
    (store.root / "report" / f".writing-{dead}-abc").write_bytes(b"half")
    (store.root / f".writing-{dead}-abc").write_bytes(b"half")
    (store.root / "report" / ".writing-abcdefgh").write_bytes(b"half, by an earlier version")
    (store.root / "inbox" / "dead").mkdir(parents=True)
    (store.root / "inbox" / "dead" / "owner").write_text(str(dead))
    (store.root / "inbox" / "alive").mkdir()
    (store.root / "inbox" / "alive" / "owner").write_text(str(os.getpid()))
    (store.root / f".writing-{os.getpid()}-abc").write_bytes(b"just being written")
    sweep(store.root)
    left = {path.relative_to(store.root).as_posix() for path in store.root.rglob("*") if path.is_file()}
    assert {path for path in left if not path.startswith("report/k.")} == {
        f".writing-{os.getpid()}-abc",
        "inbox/alive/owner",
    }
    assert store.get("report", "k") == b"content"
    (tmp_path / f"penumbra-{dead}-abc" / "x").mkdir(parents=True)
    (tmp_path / f"penumbra-{os.getpid()}-abc").mkdir()
    assert [path.name for path in sweep_temporary(tmp_path)] == [f"penumbra-{dead}-abc"]


def test_every_kind_has_a_name_a_remedy_and_a_place_in_the_deletion():
    from synth.runs.upkeep.deletion import PARTS
    from synth.runs.upkeep.records import CARD_FIELDS
    from synth.runs.upkeep.set_aside import REMEDIES, WORDS

    assert set(KINDS) == set(CARD_FIELDS) == set(WORDS) - {"workspace"} == set(REMEDIES) - {"workspace"}
    assert set(KINDS) <= set(PARTS)
