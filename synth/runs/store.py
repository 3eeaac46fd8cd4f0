"""Artefacts on disk, each at an address of its own (`synth.runs.keys`): the same question is never computed twice.

home/                   one folder per user, readable by nobody else
  recordings/KEY        a payload and its card: what it is, how it was made
  model/KEY  release/KEY  reference/KEY  report/KEY  point/KEY
  unfinished/           notes of jobs under way (synth/runs/unfinished.py)
  workspace.json        what this person is working on (pages/ui/common/state.py)
"""

import json
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from data.atomic_write import write_whole

Kind = Literal["recordings", "model", "release", "reference", "report", "point"]
KINDS: tuple[Kind, ...] = get_args(Kind)


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
        """Keep an artefact; all of it or nothing. Known keys are left as they are."""
        if self.has(kind, key):
            return
        self._make_root()
        folder = self._folder(kind)
        folder.mkdir(exist_ok=True)
        write_whole(folder / f"{key}.bin", payload)
        record = {"card": dict(card), "created": time.time()}
        write_whole(folder / f"{key}.json", json.dumps(record).encode())

    def has(self, kind: Kind, key: str) -> bool:
        return (self._folder(kind) / f"{key}.json").exists()

    def get(self, kind: Kind, key: str) -> bytes | None:
        """Return the payload, or `None` where there is none."""
        return (self._folder(kind) / f"{key}.bin").read_bytes() if self.has(kind, key) else None

    def card(self, kind: Kind, key: str) -> Mapping[str, Any] | None:
        """Return the card, or `None` where there is none."""
        return self._entry(kind, key).card if self.has(kind, key) else None

    def entries(self, kind: Kind) -> list[Entry]:
        """Return all artefacts of a kind, oldest first."""
        found = [self._entry(kind, path.stem) for path in self._folder(kind).glob("*.json")]
        return sorted(found, key=lambda entry: entry.created)

    def delete(self, kind: Kind, key: str) -> None:
        """Delete one artefact; unknown keys are fine."""
        for suffix in (".json", ".bin"):
            (self._folder(kind) / f"{key}{suffix}").unlink(missing_ok=True)

    def delete_everything(self) -> None:
        """Delete recordings, models, releases, reports and the workspace."""
        for folder in (*map(self._folder, KINDS), self.root / "inbox", self.root / "unfinished"):
            shutil.rmtree(folder, ignore_errors=True)
        (self.root / "workspace.json").unlink(missing_ok=True)

    def read_workspace(self) -> dict[str, Any]:
        """Return what was written last, or an empty dict."""
        path = self.root / "workspace.json"
        try:
            return json.loads(path.read_text())
        except (FileNotFoundError, json.JSONDecodeError):
            return {}

    def write_workspace(self, content: Mapping[str, Any]) -> None:
        """Replace the workspace, all of it or nothing."""
        self._make_root()
        write_whole(self.root / "workspace.json", json.dumps(content).encode())

    def _make_root(self) -> None:
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)

    def _folder(self, kind: Kind) -> Path:
        if kind not in KINDS:
            raise ValueError(f"kind must be one of {KINDS}. Received: {kind!r}")
        return self.root / kind

    def _entry(self, kind: Kind, key: str) -> Entry:
        record = json.loads((self._folder(kind) / f"{key}.json").read_text())
        return Entry(key, record["card"], record["created"])
