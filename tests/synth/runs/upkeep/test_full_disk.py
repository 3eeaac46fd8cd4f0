"""A disk that is full, at every single call of the store: nothing half-written, nothing lost, one sentence."""

import errno
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from synth.core.errors import StoreError
from synth.runs.store import Store

CARD = {"study": "s", "release": "r"}
CALLS = (
    (tempfile, "mkstemp"),
    (os, "fdopen"),
    (os, "replace"),
    (os, "link"),
    (os, "mkdir"),
    (shutil, "disk_usage"),
)
MOUNT = shutil.which("mount")


def put(store: Store) -> None:
    store.put("report", "new", b"content" * 1000, CARD)


def write_workspace(store: Store) -> None:
    store.write_workspace({"seed": 2})


def put_first(store: Store) -> None:
    Store(store.root / "another").put("model", "k", b"weights", {"label": "x"})


WRITES = (put, write_workspace, put_first)


class HalfWritten:
    """A file that takes half of what is written, and then the disk is full."""

    def __init__(self, file) -> None:
        self._file = file

    def __enter__(self):
        return self

    def __exit__(self, *error) -> None:
        self._file.close()

    def write(self, content: bytes) -> None:
        self._file.write(content[: len(content) // 2])
        raise OSError(errno.ENOSPC, "No space left on device")


@contextmanager
def failing(at: int, code: int, *, half: bool = False) -> Iterator[list[int]]:
    """Let one call fail of those that the store makes of the disk; count them."""
    n_calls = [0]

    def counted(name: str, known: Callable) -> Callable:
        def call(*arguments, **options):
            n_calls[0] += 1
            if n_calls[0] - 1 != at:
                return known(*arguments, **options)
            if half and name == "fdopen":
                return HalfWritten(known(*arguments, **options))
            raise OSError(code, os.strerror(code), "somewhere")

        return call

    with pytest.MonkeyPatch.context() as patch:
        for module, name in CALLS:
            patch.setattr(module, name, counted(name, getattr(module, name)))
        yield n_calls


@pytest.fixture
def store(tmp_path: Path) -> Store:
    found = Store(tmp_path / "home")
    found.put("report", "old", b"kept before", CARD)
    found.write_workspace({"seed": 1})
    return found


def files(store: Store) -> dict[str, bytes]:
    return {
        p.relative_to(store.root).as_posix(): p.read_bytes() for p in store.root.rglob("*") if p.is_file()
    }


@pytest.mark.parametrize("half", [False, True])
@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize(
    "code", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EACCES, errno.EMFILE]
)
def test_an_error_at_any_call_leaves_all_or_nothing(write, code, half, store):
    said: list[str] = []
    at = 0
    while True:
        before = files(store)
        with failing(at, code, half=half) as n_calls:
            try:
                write(store)
            except StoreError as error:
                said.append(str(error))
            if n_calls[0] <= at:  # no call was left to fail
                break
        assert store.get("report", "old") == b"kept before"
        assert store.get("report", "new") in (None, b"content" * 1000)
        assert store.read_workspace() in ({"seed": 1}, {"seed": 2})
        assert store.damages() == []
        left = files(store)
        assert [name for name in left if ".writing-" in name] == []
        for name in {*left} - {*before}:
            assert not name.endswith(".bin") or any(n.endswith(".json") for n in {*left} - {*before})
        shutil.rmtree(store.root / "another", ignore_errors=True)
        store.delete("report", "new")
        at += 1
    assert len(said) >= 3
    assert all("could not be kept. " in sentence for sentence in said)
    assert at >= 3


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (errno.ENOSPC, "is full. Free some space"),
        (errno.EROFS, "is read-only. Set PENUMBRA_HOME"),
        (errno.EACCES, "Penumbra may not read or write"),
        (errno.ENOMEM, "too little free memory"),
    ],
)
def test_the_sentence_says_what_to_do(store, code, said):
    with failing(3, code), pytest.raises(StoreError, match=said):  # the temporary file
        put(store)


def test_a_disk_without_room_is_refused_before_writing_and_says_how_much_is_needed(store, monkeypatch):
    usage = shutil.disk_usage(store.root)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=2**20))
    before = files(store)
    with pytest.raises(
        StoreError, match=r"The report could not be kept\. .* is full: 3\.0 MB more are needed"
    ):
        store.put("report", "new", bytes(3_000_000), CARD)
    assert files(store) == before


def can_mount() -> bool:
    """Return whether a small file system can be made here: by root, outside most containers."""
    if MOUNT is None or not hasattr(os, "geteuid") or os.geteuid() != 0:
        return False
    with tempfile.TemporaryDirectory() as folder:
        command = [MOUNT, "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder]
        is_mounted = subprocess.run(command, capture_output=True).returncode == 0
        if is_mounted:
            subprocess.run(["umount", folder], check=True)
        return is_mounted


if can_mount():  # elsewhere, the errors above are all that can be tried

    @pytest.fixture
    def small_disk(tmp_path: Path) -> Iterator[Path]:
        folder = tmp_path / "disk"
        folder.mkdir()
        subprocess.run([str(MOUNT), "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)], check=True)
        yield folder
        subprocess.run(["umount", str(folder)], check=True)

    @pytest.mark.parametrize("room", [0, 2**40])
    def test_a_small_disk_is_filled_until_nothing_fits(small_disk, room, monkeypatch):
        """Once with the check before writing, and once without: then the disk is full in the middle of a write."""
        monkeypatch.setattr("data.atomic_write.shutil.disk_usage", _at_least(room))
        store = Store(small_disk / "home")
        kept = []
        while len(kept) < 100:
            try:
                store.put("report", str(len(kept)), bytes([len(kept)]) * 300_000, CARD)
            except StoreError as error:
                said = str(error)
                break
            kept.append(len(kept))
        assert "is full" in said
        assert len(kept) >= 9
        for number in kept:
            assert store.get("report", str(number)) == bytes([number]) * 300_000
        assert len(store.entries("report")) == len(kept)
        assert sorted(path.name for path in store.root.rglob(".writing-*")) == []
        assert len(list(store.root.glob("report/*.bin"))) == len(kept)
        assert store.delete_everything().kept == ()
        assert [path for path in store.root.rglob("*") if path.is_file()] == []


def _at_least(room: int) -> Callable:
    known = shutil.disk_usage

    def usage(path):
        found = known(path)
        return found._replace(free=max(found.free, room))

    return usage
