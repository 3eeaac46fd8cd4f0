"""Artefacts on disk, each at an address of its own (`synth.runs.keys`): the same question is never computed twice.

home/                   one folder per user, readable by nobody else
  recordings/KEY        a payload and its record: what it is, how it was made, the hashes of both (upkeep/records.py)
  model/KEY  release/KEY  reference/KEY  report/KEY  point/KEY
  workspace.json        what this person is working on (pages/ui/common/state.py), and workspace.bak, its copy
  inbox/                uploads on their way in
  unfinished/           notes of jobs under way (synth/runs/unfinished.py)
  damaged/              what was set aside (upkeep/set_aside.py)
  checkpoints/          how far the training of these jobs has got
  secret                codes of people and the noise of differential privacy follow from it

Hashes are checked when something is read. What is not what was written is set aside and is then not there; nothing that
reads raises because of it.
"""

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from data.atomic_write import missing_space, write_whole
from data.machine.faults import full_disk, in_words
from synth.core.errors import StoreError
from synth.runs.upkeep import deletion, leftovers, records, set_aside
from synth.runs.upkeep.deletion import Deletion
from synth.runs.upkeep.records import Damaged, Record
from synth.runs.upkeep.set_aside import WORDS, Damage

Kind = Literal["recordings", "model", "release", "reference", "report", "point"]
KINDS: tuple[Kind, ...] = get_args(Kind)
WORKSPACE, COPY = "workspace.json", "workspace.bak"
CHECKED_AT_START = 256 * 2**20  # bytes: half a second; what is larger is checked when it is read


@dataclass(frozen=True)
class Entry:
    """One artefact in the store, without its payload."""

    key: str
    card: Mapping[str, Any]
    created: float


class Store:
    """Artefacts of one user under one folder. Safe to use from several threads and processes.

    Args:
        root: The folder; made, for this user only, with the first artefact.
    """

    def __init__(self, root: Path) -> None:
        self.root = Path(root)

    def put(self, kind: Kind, key: str, payload: bytes, card: Mapping[str, Any]) -> None:
        """Keep an artefact; all of it or nothing. Known keys are left as they are.

        Raises:
            StoreError: If the disk is full or may not be written.
        """
        if self.has(kind, key):
            return
        name, record = records.new_record(key, payload, card, time.time())
        folder = self._folder(kind)
        self._write(WORDS[kind], len(payload), lambda: _put(folder, key, name, payload, record))
        if not self.has(kind, key):
            raise StoreError(
                f"The {WORDS[kind]} could not be kept: a damaged file is in its place that Penumbra may not move. "
                f"Give your account permission to write in {folder}."
            )

    def has(self, kind: Kind, key: str) -> bool:
        return self._record(kind, key) is not None

    def get(self, kind: Kind, key: str) -> bytes | None:
        """Return the payload, or `None` where there is none, or a damaged one."""
        record = self._checked(kind, key)
        if record is None:
            return None
        try:
            return (self._folder(kind) / record.payload).read_bytes()
        except FileNotFoundError:  # deleted meanwhile
            return None
        except OSError:
            self.set_aside(kind, key, "its content cannot be read")
            return None

    def read(self, kind: Kind, key: str, opened: Callable[[bytes], Any]) -> Any:
        """Return what a payload says, or `None` where there is none, or a damaged one.

        Args:
            kind: Of the artefact.
            key: Its address.
            opened: Reads the payload. What it raises says that a payload without a hash is damaged; where there is a
                hash, and it is right, that would be a defect of the program, and is raised.
        """
        payload, record = self.get(kind, key), self._record(kind, key)
        if payload is None or record is None:
            return None
        try:
            return opened(payload)
        except MemoryError:
            raise
        except Exception:  # whatever a reader makes of bytes that nobody wrote
            if record.is_hashed:
                raise
        self.set_aside(kind, key, "its content cannot be read")
        return None

    def card(self, kind: Kind, key: str) -> Mapping[str, Any] | None:
        """Return the card, or `None` where there is none."""
        record = self._record(kind, key)
        return None if record is None else record.card

    def entries(self, kind: Kind) -> list[Entry]:
        """Return all artefacts of a kind, oldest first."""
        found = {key: self._record(kind, key) for key in self._keys(kind)}
        entries = [Entry(key, record.card, record.created) for key, record in found.items() if record]
        return sorted(entries, key=lambda entry: entry.created)

    def delete(self, kind: Kind, key: str) -> None:
        """Delete one artefact; unknown keys are fine.

        Raises:
            StoreError: If the disk may not be written.
        """
        try:
            for path in self._files(kind, key):
                path.unlink(missing_ok=True)
        except OSError as error:
            raise StoreError(f"This {WORDS[kind]} could not be deleted. {in_words(error)}") from error

    def delete_everything(self) -> Deletion:
        """Delete recordings, models, releases, reports, the workspace, and what is set aside or left over."""
        deleted = deletion.delete_everything(self.root)
        records.forget()
        return deleted

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing that `delete_everything` would delete."""
        return not deletion.found(self.root)

    def set_aside(self, kind: Kind, key: str, why: str) -> None:
        """Move a damaged artefact out of the way; it is not there from then on."""
        files = [path for path in self._files(kind, key) if path.exists()]
        if files:  # else deleted meanwhile
            set_aside.set_aside(self.root, files, Damage(kind, key, self._name(kind, key), why))

    def damages(self) -> list[Damage]:
        """Return what is damaged: what was set aside, and what cannot even be moved."""
        stuck = [
            Damage(kind, key, "", "its files can be neither read nor moved")
            for kind in KINDS
            for key in self._keys(kind)
            if self._record(kind, key) is None and (self._folder(kind) / f"{key}.json").exists()
        ]
        return [*set_aside.damages(self.root), *stuck]

    def check(self, most_bytes: int = CHECKED_AT_START) -> None:
        """Set aside what is damaged.

        Args:
            most_bytes: How many bytes of payloads to read, the small ones first.
        """
        leftovers.set_orphans_aside(self.root, KINDS)
        sizes: dict[tuple[Kind, str], int] = {
            (kind, key): self._size(kind, key) for kind in KINDS for key in self._keys(kind)
        }
        for (kind, key), size in sorted(sizes.items(), key=lambda item: item[1]):
            most_bytes -= size
            if most_bytes >= 0:
                self._checked(kind, key)
        self._restore_workspace()

    def read_workspace(self) -> dict[str, Any]:
        """Return what was written last, its copy where that is damaged, or an empty dict."""
        for name in (WORKSPACE, COPY):
            path = self.root / name
            try:
                return records.opened(path.read_bytes())[0]
            except FileNotFoundError:
                continue
            except (Damaged, OSError):
                set_aside.set_aside(
                    self.root, [path], Damage("workspace", name, "", "it is no longer legible")
                )
        return {}

    def write_workspace(self, content: Mapping[str, Any]) -> None:
        """Replace the workspace, all of it or nothing.

        Raises:
            StoreError: If the disk is full or may not be written.
        """
        sealed = records.sealed(content)

        def write() -> None:
            write_whole(
                self.root / COPY, sealed
            )  # first: the workspace itself is read as long as it is whole
            write_whole(self.root / WORKSPACE, sealed)

        self._write("change", len(sealed), write)

    def _restore_workspace(self) -> None:
        """Go back to the recordings that were loaded last, where the workspace and its copy are lost."""
        if not self.read_workspace():
            loaded = self.entries("recordings")
            with suppress(StoreError):  # on a full disk: at the next start
                if loaded:
                    self.write_workspace({"recordings": loaded[-1].key})

    def _write(self, what: str, n_bytes: int, write: Callable[[], None]) -> None:
        try:
            missing = missing_space(self.root, n_bytes)
            if missing:
                raise StoreError(f"The {what} could not be kept. {full_disk(self.root, missing)}")
            self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
            write()
        except OSError as error:
            raise StoreError(f"The {what} could not be kept. {in_words(error)}") from error

    def _folder(self, kind: Kind) -> Path:
        if kind not in KINDS:
            raise ValueError(f"kind must be one of {KINDS}. Received: {kind!r}")
        return self.root / kind

    def _files(self, kind: Kind, key: str) -> list[Path]:
        """Return the record, and the payloads of this or an earlier format that may be there."""
        folder = self._folder(kind)
        try:
            payloads = [
                path for path in folder.iterdir() if path.suffix == ".bin" and path.name.split(".")[0] == key
            ]
        except OSError:
            payloads = []
        return [folder / f"{key}.json", *payloads]

    def _record(self, kind: Kind, key: str) -> Record | None:
        """Return a record whose payload is there; what is damaged is set aside."""
        folder = self._folder(kind)
        try:
            record = records.read_record(folder / f"{key}.json", kind)
            records.check_size(folder, record)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (Damaged, OSError) as damaged:
            why = str(damaged) if isinstance(damaged, Damaged) else "its content cannot be read"
            self.set_aside(kind, key, why)
            return None
        return record

    def _checked(self, kind: Kind, key: str) -> Record | None:
        """Return a record whose payload is what was written; what is damaged is set aside."""
        record = self._record(kind, key)
        try:
            if record is not None:
                records.check_payload(self._folder(kind), record)
        except Damaged as damaged:
            self.set_aside(kind, key, str(damaged))
            return None
        return record

    def _size(self, kind: Kind, key: str) -> int:
        """Return the size of a payload in bytes; 0 where there is none, or a damaged one."""
        record = self._record(kind, key)
        try:
            return 0 if record is None else (self._folder(kind) / record.payload).stat().st_size
        except OSError:
            return 0

    def _keys(self, kind: Kind) -> list[str]:
        """Return the addresses of all records."""
        try:
            return [path.stem for path in self._folder(kind).iterdir() if path.suffix == ".json"]
        except OSError:  # nothing was kept yet, or the folder is damaged
            return []

    def _name(self, kind: Kind, key: str) -> str:
        """Return what the person calls an artefact, as far as its record can still be read."""
        with suppress(Damaged, OSError, KeyError):
            card = records.read_record(self._folder(kind) / f"{key}.json", kind).card
            return str(card["name" if kind in ("recordings", "release") else "label"])
        return ""


def _put(folder: Path, key: str, name: str, payload: bytes, record: bytes) -> None:
    """Write a payload and its record; where another process was first, its record counts."""
    folder.mkdir(exist_ok=True)
    written = folder / f"{key}.json"
    try:
        write_whole(folder / name, payload)
        write_whole(written, record, keep_existing=True)
    except OSError:
        _delete_unless_named(folder / name, written)
        raise
    _delete_unless_named(folder / name, written)


def _delete_unless_named(payload: Path, written: Path) -> None:
    """Delete a payload that no record names."""
    with suppress(OSError):
        if not written.exists() or payload.name.encode() not in written.read_bytes():
            payload.unlink(missing_ok=True)
