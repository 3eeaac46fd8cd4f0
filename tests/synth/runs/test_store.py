"""The store: all or nothing, addressed by content, one folder an owner, gone when deleted."""

import gc
import json
import threading
import weakref

import pytest

from synth.runs.keys import key_of
from synth.runs.store import Store
from synth.runs.upkeep.records import read_record


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "home")


def test_what_is_put_comes_back(store):
    store.put("model", "k", b"weights", {"label": "SenseGen"})
    assert store.get("model", "k") == b"weights"
    assert store.card("model", "k") == {"label": "SenseGen"}
    assert [entry.key for entry in store.entries("model")] == ["k"]


def test_unknown_keys_are_none_and_kinds_are_checked(store):
    assert store.get("model", "k") is None
    assert store.card("model", "k") is None
    store.delete("model", "k")
    with pytest.raises(ValueError, match="kind must be one of"):
        store.put("../elsewhere", "k", b"", {})


def test_what_was_read_of_records_is_forgotten_when_everything_is_deleted(store):
    store.put("report", "a", b"1", {"people": ["Anna"]})
    record = weakref.ref(read_record(store.root / "report" / "a.json", "report"))
    assert record().card == {"people": ["Anna"]}
    store.delete_everything()
    gc.collect()
    assert record() is None


def test_a_known_key_is_left_as_it_is(store):
    store.put("report", "k", b"first", {})
    store.put("report", "k", b"second", {})
    assert store.get("report", "k") == b"first"


def test_the_folder_is_the_owners_only(store):
    store.put("recordings", "k", b"private", {})
    assert (store.root.stat().st_mode & 0o077) == 0


def test_a_failed_write_leaves_nothing(store, tmp_path):
    with pytest.raises(TypeError):
        store.put("model", "k", b"weights", {"not json": object()})
    assert not store.has("model", "k")
    assert store.entries("model") == []


def test_two_writers_never_mix(store):
    payloads = [bytes([i]) * 200_000 for i in range(8)]
    threads = [threading.Thread(target=store.put, args=("release", "k", p, {})) for p in payloads]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.get("release", "k") in payloads
    assert list(store.root.rglob(".writing-*")) == []


def test_delete_everything(store):
    store.put("recordings", "k", b"private", {})
    store.write_workspace({"recordings": "k"})
    store.delete_everything()
    assert store.get("recordings", "k") is None
    assert store.read_workspace() == {}
    assert [path for path in store.root.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    "damage", [b"", b"{", b"[1, 2]", b"\xff\xfe", b'{"recordings": "other", "sha256": "0"}']
)
def test_a_damaged_workspace_is_read_from_its_copy_and_set_aside(store, damage):
    store.write_workspace({"recordings": "k"})
    (store.root / "workspace.json").write_bytes(damage)
    assert store.read_workspace() == {"recordings": "k"}
    assert [damaged.kind for damaged in store.damages()] == ["workspace"]
    (kept,) = store.root.glob("damaged/workspace/*/workspace.json")
    assert kept.read_bytes() == damage
    store.write_workspace({"a": 1})
    assert store.read_workspace() == {"a": 1}


def test_without_a_copy_a_damaged_workspace_is_an_empty_one(store):
    store.write_workspace({"recordings": "k"})
    for name in ("workspace.json", "workspace.bak"):
        (store.root / name).write_text("{")
    assert store.read_workspace() == {}
    store.write_workspace({"a": 1})
    assert json.loads((store.root / "workspace.json").read_text())["a"] == 1


def test_a_workspace_of_before_hashes_is_read(store):
    store.root.mkdir()
    (store.root / "workspace.json").write_text('{"recordings": "k"}')
    assert store.read_workspace() == {"recordings": "k"}
    assert store.damages() == []


def test_keys_depend_on_every_part_and_not_on_the_order_of_fields():
    assert key_of("model", {"a": 1, "b": 2}) == key_of("model", {"b": 2, "a": 1})
    assert key_of("model", {"a": 1}) != key_of("model", {"a": 2})
    assert key_of("model", {"a": 1}) != key_of("report", {"a": 1})
